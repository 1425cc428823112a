"""What a container has without anybody asking: by its image, and by the engine that it was made on.

Danger: the daemon writes both into the container as if somebody had asked. Who compares or repeats a container must
know them, or everything looks like a wish.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from pydock.api._base import JSON
from pydock.models.options.table import Body

__all__ = ["Surroundings", "inherited", "kept"]

_PODMAN_PATH = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


def kept(value: object) -> dict[str, Any]:
    """Return a JSON object, or an empty one for the null that Go writes for it."""
    return dict(value) if isinstance(value, Mapping) else {}  # pyright: ignore[reportUnknownArgumentType]


@dataclass(frozen=True)
class Surroundings:
    """The image's configuration, and the habits of the engine."""

    image: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """`Config` as the image has it; empty when the image is gone."""
    image_id: str = ""
    podman: bool = False
    cgroups: str = "2"
    runtime: str = "runc"
    log_driver: str = "json-file"
    hostname: str = ""
    """The name of the daemon's host, which a container in its network has as well."""

    @classmethod
    def of(cls, image: bytes | None, info: bytes) -> Surroundings:
        """Read the answers of the image's inspect (None: it is gone) and of info."""
        engine, found = kept(JSON(info).load()), kept(JSON(image or b"{}").load())
        return cls(
            image=kept(found.get("Config")),
            image_id=str(found.get("Id") or ""),
            podman="BuildahVersion" in engine,
            cgroups=str(engine.get("CgroupVersion") or "1"),
            runtime=str(engine.get("DefaultRuntime") or "runc"),
            log_driver=str(engine.get("LoggingDriver") or "json-file"),
            hostname=str(engine.get("Name") or ""),
        )

    @property
    def environment(self) -> set[str]:
        """Variables that a container has of itself, `NAME=value`."""
        own = {_PODMAN_PATH, "container=podman", "TERM=xterm"} if self.podman else set[str]()
        return own | set(self.image.get("Env") or ())

    def habits(self, config: Body, host: Body) -> dict[str, object]:
        """Return what the engine fills in for options that were left out."""
        private = self.cgroups == "2" and not host.get("Privileged")
        habits: dict[str, object] = {
            "cgroupns": "private" if private else "host",
            "ipc": "private",
            "isolation": "default",
            "log_driver": self.log_driver,
            "memory_swap": 2 * int(host.get("Memory") or 0),
            "runtime": self.runtime,
            "shm_size": 64 * 2**20,
            "stop_signal": self.image.get("StopSignal") or "SIGTERM",
            "user": self.image.get("User"),
            "workdir": self.image.get("WorkingDir"),
        }
        return habits | self._podmans(config) if self.podman else habits

    def _podmans(self, config: Body) -> dict[str, object]:
        return {
            "cgroup_parent": config.get("CgroupParent"),
            "init": False,
            "ipc": "shareable",
            "memory_swappiness": 0,
            "pid": "private",
            "pids_limit": 2048,
            "runtime": "oci",
            "shm_size": 65_536_000,
            "stop_signal": self.image.get("StopSignal") or "15",
            "stop_timeout": 10,
            "uts": "private",
            "workdir": self.image.get("WorkingDir") or "/",
        }


def inherited(config: Body, image: Mapping[str, Any]) -> Body:
    """Return the configuration of a request as the daemon completes it from the image."""
    whole = {**config, "Env": _environment(config.get("Env") or (), image.get("Env") or ())}
    for name in ("Labels", "ExposedPorts", "Volumes"):
        whole[name] = kept(image.get(name)) | kept(config.get(name))
    for name in ("User", "WorkingDir", "StopSignal"):
        whole[name] = config.get(name) or image.get(name)
    if not config.get("Entrypoint"):
        whole["Entrypoint"] = image.get("Entrypoint")
        whole["Cmd"] = config.get("Cmd") or image.get("Cmd")
    check = kept(config.get("Healthcheck"))
    if kept(image.get("Healthcheck")) and check.get("Test") != ["NONE"]:
        check = kept(image.get("Healthcheck")) | {name: value for name, value in check.items() if value}
    whole["Healthcheck"] = check
    return whole


def _environment(own: Iterable[str], images: Iterable[str]) -> list[str]:
    given = {line.partition("=")[0] for line in own}
    return [*(line for line in images if line.partition("=")[0] not in given), *own]
