"""The parts of containers that are no settings: state, health, mounts, storage; and the results of verbs.

Danger: `ExitCode` is 0 while the program still runs; only a finished container has one.
"""

from __future__ import annotations

from enum import IntEnum
from typing import NamedTuple

from pydantic import Field

from pydock.models._base import Model, NullList, OpenEnum, When, wire
from pydock.models.host_config import MountType
from pydock.models.units import Size

__all__ = [
    "ChangeKind",
    "Compose",
    "ContainerChange",
    "ContainerPruneReport",
    "ContainerState",
    "ContainerStatus",
    "CreateResult",
    "Health",
    "HealthLog",
    "HealthStatus",
    "MountPoint",
    "SummaryHealth",
    "TopResult",
    "UpdateResult",
    "WaitError",
    "WaitResult",
]


class ContainerStatus(OpenEnum):
    """Where a container is in its life. Engines may say other words (Podman: `stopping`), which are kept."""

    CREATED = "created"
    RUNNING = "running"
    PAUSED = "paused"
    RESTARTING = "restarting"
    REMOVING = "removing"
    EXITED = "exited"
    DEAD = "dead"


class HealthStatus(OpenEnum):
    """What the health checks say."""

    NONE = "none"
    STARTING = "starting"
    HEALTHY = "healthy"
    UNHEALTHY = "unhealthy"


class HealthLog(Model):
    """One run of the health check."""

    start: When = None
    """When it began."""
    end: When = None
    """When it ended."""
    exit_code: int = 0
    """0 is healthy, 1 unhealthy; -1 was cut off by the timeout."""
    output: str = ""
    """What it printed, at most 4096 bytes."""


class SummaryHealth(Model):
    """The health in a list of containers (API 1.52)."""

    status: HealthStatus = HealthStatus.NONE
    """What the checks say."""
    failing_streak: int = 0
    """How many failed in a row."""


class Health(SummaryHealth):
    """The health of a container with a health check."""

    log: NullList[HealthLog] = Field(default_factory=list[HealthLog])
    """The last five checks, the oldest first."""


class ContainerState(Model):
    """What a container does now, or how it ended."""

    status: ContainerStatus = ContainerStatus("unknown")
    """Where it is in its life."""
    running: bool = False
    """Its program runs; also true while paused."""
    paused: bool = False
    """Its program is frozen."""
    restarting: bool = False
    """The daemon is about to start it again."""
    oom_killed: bool = wire("OOMKilled", False)
    """A process in it was killed because memory ran out."""
    dead: bool = False
    """It could not be removed whole."""
    pid: int = 0
    """The process id on the host; 0 when not running."""
    exit_code: int = 0
    """The last exit code; 0 while running, too."""
    error: str = ""
    """Why it could not be started."""
    started_at: When = None
    """When it was last started."""
    finished_at: When = None
    """When it last ended."""
    health: Health | None = None
    """What the health checks say; None without a health check."""


class MountPoint(Model):
    """A mount as it came out."""

    type: MountType = MountType.VOLUME
    """What is mounted."""
    name: str = ""
    """The volume's name."""
    source: str = ""
    """The path on the host; in a list of containers it may be empty."""
    destination: str = ""
    """The path inside."""
    driver: str = ""
    """The volume's driver."""
    mode: str = ""
    """The options it was asked for: `ro`, `z`."""
    writable: bool = wire("RW", False)
    """The container may write."""
    propagation: str = ""
    """Which mounts inside the path both sides see."""


class Compose(NamedTuple):
    """What docker compose noted on a container that it made."""

    project: str
    service: str
    number: int | None
    """Which of the service's containers, from 1."""


# Results of verbs


class ChangeKind(IntEnum):
    """What happened to a path since the container was created."""

    MODIFIED = 0
    ADDED = 1
    DELETED = 2


class ContainerChange(Model):
    """A path that differs from the image. `str()` is the CLI's line: `A /etc/new`."""

    __display__ = "change"

    path: str = ""
    """The path inside."""
    kind: ChangeKind = ChangeKind.MODIFIED
    """What happened."""

    def __str__(self) -> str:
        return f"{'CAD'[self.kind]} {self.path}"


class TopResult(Model):
    """The processes of a container as `ps` on the daemon's host shows them. `str()` is the table."""

    __display__ = "top"

    titles: NullList[str] = Field(default_factory=list[str])
    """The names of the columns; they depend on the arguments given to ps."""
    processes: NullList[list[str]] = Field(default_factory=list[list[str]])
    """A row for each process."""

    @property
    def rows(self) -> list[dict[str, str]]:
        """The processes as mappings by title."""
        return [dict(zip(self.titles, row, strict=False)) for row in self.processes]

    def __str__(self) -> str:
        lines = [self.titles, *self.processes]
        widths = [max(map(len, column)) for column in zip(*lines, strict=False)]
        padded = ([cell.ljust(width) for cell, width in zip(line, widths, strict=False)] for line in lines)
        return "\n".join("  ".join(cells).rstrip() for cells in padded)


class WaitError(Model):
    """Why waiting failed."""

    message: str = ""
    """The daemon's words."""


class WaitResult(Model):
    """How a container ended."""

    __display__ = "wait_result"

    exit_code: int = wire("StatusCode", 0)
    """The exit code; 137 after a kill."""
    error: WaitError | None = None
    """Why waiting failed; None when it did not."""


class CreateResult(Model):
    """What creating a container answered."""

    id: str
    """The new container's id."""
    warnings: NullList[str] = Field(default_factory=list[str])
    """What the daemon did not do as asked."""


class UpdateResult(Model):
    """What changing a container's limits answered."""

    warnings: NullList[str] = Field(default_factory=list[str])
    """What the daemon did not do as asked."""


class ContainerPruneReport(Model):
    """What pruning removed."""

    __display__ = "prune"

    deleted: NullList[str] = wire("ContainersDeleted", [])
    """The ids of the removed containers."""
    reclaimed: Size = wire("SpaceReclaimed", Size(0))
    """How many bytes are free again."""
