"""What `list` and what `inspect` know of a container, as data; the verbs are elsewhere.

Danger: the daemon calls different things by one name in the two (`Image` is a name in one and an id in the
other, `State` a word and an object), so the properties here, not the wire's names, are what both have in
common.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Annotated, ClassVar

from pydantic import Field

from pydock.models._base import NullAs, NullDict, NullList, Resource, When, wire
from pydock.models.container_config import ContainerConfig
from pydock.models.container_network import (
    EndpointSettings,
    NetworkSettings,
    PublishedPort,
    SummaryNetworkSettings,
    address_of,
    published_port,
)
from pydock.models.container_parts import (
    Compose,
    ContainerState,
    ContainerStatus,
    HealthStatus,
    MountPoint,
    SummaryHealth,
)
from pydock.models.host_config import HostConfig, SummaryHostConfig
from pydock.models.oci import Descriptor
from pydock.models.storage import GraphDriver, Storage
from pydock.models.units import Size

__all__ = ["ContainerData", "ContainerSummaryData"]

_EXITED = re.compile(r"(?:Exited|Restarting) \((-?\d+)\)")
_HEALTH = re.compile(r"\((?:health: )?(starting|healthy|unhealthy)\)")


class ContainerSummaryData(Resource):
    """A container as a list shows it."""

    noun: ClassVar[str] = "container"

    names: NullList[str] = Field(default_factory=list[str])
    """All names with a leading slash; legacy links add `/other/alias`."""
    image: str = ""
    """The image as it was asked for; its id where the name has moved on."""
    image_id: str = wire("ImageID", "")
    """The image's id."""
    image_manifest_descriptor: Descriptor | None = None
    """The manifest that was chosen for the platform (API 1.48, containerd image store)."""
    command: str = ""
    """The whole command in one line."""
    created: When = None
    """When it was created."""
    ports: NullList[PublishedPort] = Field(default_factory=list[PublishedPort])
    """The exposed ports, and where the host publishes them."""
    size_rw: Size | None = None
    """The bytes that it wrote beyond its image; only with `size=True`."""
    size_root_fs: Size | None = None
    """The bytes of its whole root file system; only with `size=True`."""
    labels: NullDict[str, str] = Field(default_factory=dict[str, str])
    """What its maker noted."""
    status: ContainerStatus = wire("State", ContainerStatus("unknown"))
    """Where it is in its life."""
    status_text: str = wire("Status", "")
    """The CLI's words: `Up 2 hours (healthy)`, `Exited (137) 5 minutes ago`."""
    host_config: SummaryHostConfig = Field(default_factory=SummaryHostConfig)
    """The little that a list tells about the host's side."""
    network_settings: Annotated[SummaryNetworkSettings, NullAs(SummaryNetworkSettings)] = Field(
        default_factory=SummaryNetworkSettings
    )
    """How it is connected; Podman's disk usage report has null."""
    mounts: NullList[MountPoint] = Field(default_factory=list[MountPoint])
    """What is mounted in it."""
    health_summary: SummaryHealth | None = wire("Health", None)
    """What the health checks say (API 1.52); `health` knows it on older ones as well."""

    @property
    def name(self) -> str:
        """The name without the slash; empty when it has none."""
        own = [name for name in self.names if name.count("/") <= 1]
        return next(iter([*own, *self.names]), "").removeprefix("/")

    @property
    def age(self) -> timedelta | None:
        """How long ago it was created."""
        return _age(self.created)

    @property
    def health(self) -> HealthStatus | None:
        """What the health checks say; None without a health check."""
        if self.health_summary is not None:
            return _known_health(self.health_summary.status)
        found = _HEALTH.search(self.status_text)
        return HealthStatus(found[1]) if found else None

    @property
    def exit_code(self) -> int | None:
        """How its program ended; None while it runs or never did."""
        found = _EXITED.match(self.status_text)
        return int(found[1]) if found else None

    @property
    def networks(self) -> Mapping[str, EndpointSettings]:
        """Its endpoints by the network's name."""
        return self.network_settings.networks

    @property
    def compose(self) -> Compose | None:
        """The compose project and service that it belongs to; None when docker compose did not make it."""
        return _compose(self.labels)

    def ip_address(self, network: str | None = None) -> str | None:
        """Its address in a network, by default in the one it was created in, else the first that has one.

        None when it is stopped, not in that network, or uses the host's network.
        """
        return address_of(self.networks, self.host_config.network_mode, network)

    def published(self, port: int | str) -> PublishedPort | None:
        """Where the host publishes a port, `80` or `"53/udp"`, IPv4 first; None when it does not (now)."""
        return published_port(self.ports, port)

    def _words(self) -> Iterable[str]:
        return (self.name, self.status, self.image)


class ContainerData(Resource):
    """A container with all that inspect knows."""

    noun: ClassVar[str] = "container"

    full_name: str = wire("Name", "")
    """The name with the daemon's leading slash; `name` is without."""
    created: When = None
    """When it was created."""
    path: str = ""
    """The program that runs."""
    args: NullList[str] = Field(default_factory=list[str])
    """The program's arguments."""
    state: ContainerState = Field(default_factory=ContainerState)
    """What it does now, or how it ended."""
    image_id: str = wire("Image", "")
    """The image's id; `image` is its name."""
    resolv_conf_path: str = ""
    """The host's path of /etc/resolv.conf."""
    hostname_path: str = ""
    """The host's path of /etc/hostname."""
    hosts_path: str = ""
    """The host's path of /etc/hosts."""
    log_path: str | None = None
    """The host's path of the log file; empty with other log drivers than `json-file`."""
    restart_count: int = 0
    """How often the restart policy started it again."""
    driver: str = ""
    """The storage driver."""
    platform: str = ""
    """The operating system: `linux`."""
    image_manifest_descriptor: Descriptor | None = None
    """The manifest that was chosen for the platform (API 1.48, containerd image store)."""
    mount_label: str = ""
    """The SELinux label of its files."""
    process_label: str = ""
    """The SELinux label of its processes."""
    app_armor_profile: str = ""
    """The AppArmor profile; empty where the host has none."""
    exec_ids: NullList[str] = wire("ExecIDs", [])
    """The commands that are running in it beside its program."""
    host_config: HostConfig = Field(default_factory=HostConfig)
    """How it may use its host."""
    graph_driver: GraphDriver | None = None
    """Where its layers are; None with the containerd image store since API 1.52."""
    storage: Storage | None = None
    """What keeps its files (API 1.52, containerd image store)."""
    size_rw: Size | None = None
    """The bytes that it wrote beyond its image; only with `size=True`."""
    size_root_fs: Size | None = None
    """The bytes of its whole root file system; only with `size=True`."""
    mounts: NullList[MountPoint] = Field(default_factory=list[MountPoint])
    """What is mounted in it, as it came out."""
    config: ContainerConfig = Field(default_factory=ContainerConfig)
    """What it was created with."""
    network_settings: NetworkSettings = Field(default_factory=NetworkSettings)
    """How it is connected."""

    @property
    def name(self) -> str:
        """The name without the slash."""
        return self.full_name.removeprefix("/")

    @property
    def image(self) -> str:
        """The image as it was asked for."""
        return self.config.image

    @property
    def labels(self) -> dict[str, str]:
        """What its maker noted."""
        return self.config.labels

    @property
    def status(self) -> ContainerStatus:
        """Where it is in its life."""
        return self.state.status

    @property
    def health(self) -> HealthStatus | None:
        """What the health checks say; None without a health check."""
        return _known_health(self.state.health.status) if self.state.health else None

    @property
    def exit_code(self) -> int | None:
        """How its program ended; None while it runs or never did."""
        ended = self.state.finished_at is not None and not (self.state.running or self.state.paused)
        return self.state.exit_code if ended else None

    @property
    def age(self) -> timedelta | None:
        """How long ago it was created."""
        return _age(self.created)

    @property
    def ports(self) -> list[PublishedPort]:
        """The exposed ports, and where the host publishes them; empty when stopped."""
        return self.network_settings.published()

    @property
    def networks(self) -> Mapping[str, EndpointSettings]:
        """Its endpoints by the network's name."""
        return self.network_settings.networks

    @property
    def compose(self) -> Compose | None:
        """The compose project and service that it belongs to; None when docker compose did not make it."""
        return _compose(self.labels)

    def ip_address(self, network: str | None = None) -> str | None:
        """Its address in a network, by default in the one it was created in, else the first that has one.

        None when it is stopped, not in that network, or uses the host's network. The same on all API versions
        (the address beside the networks is gone since API 1.52).
        """
        found = address_of(self.networks, self.host_config.network_mode, network)
        if found is None and network is None:
            found = self.network_settings.ip_address or self.network_settings.global_ipv6_address or None
        return found

    def published(self, port: int | str) -> PublishedPort | None:
        """Where the host publishes a port, `80` or `"53/udp"`, IPv4 first; None when it does not (now)."""
        return published_port(self.ports, port)

    def _words(self) -> Iterable[str]:
        return (self.name, self.status, self.image)


def _age(created: datetime | None) -> timedelta | None:
    return None if created is None else datetime.now(UTC) - created


def _known_health(status: HealthStatus) -> HealthStatus | None:
    return None if status in ("", HealthStatus.NONE) else status


def _compose(labels: Mapping[str, str]) -> Compose | None:
    project = labels.get("com.docker.compose.project")
    if not project:
        return None
    number = labels.get("com.docker.compose.container-number", "")
    service = labels.get("com.docker.compose.service", "")
    return Compose(project, service, int(number) if number.isdecimal() else None)
