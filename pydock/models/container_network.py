"""How a container is connected: its endpoints, its addresses, and which of its ports the host publishes.

Danger: since API 1.52 the address stands in the endpoints only, before it also stood (sometimes empty)
beside them; a port may be published twice, once for IPv4 and once for IPv6.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from pydantic import Field

from pydock.errors import InvalidArgument
from pydock.models._base import Model, NullDict, NullList, wire

__all__ = [
    "Address",
    "EndpointIPAM",
    "EndpointSettings",
    "NetworkSettings",
    "PortBinding",
    "PortMap",
    "PublishedPort",
    "SummaryNetworkSettings",
    "address_of",
    "published_port",
]


class PublishedPort(Model):
    """A port of a container, and where the host publishes it.

    `str()` is the CLI's form: `0.0.0.0:8080->80/tcp`.
    """

    host_ip: str = wire("IP", "")
    """The address of the host; `0.0.0.0` and `::` are all of them. Empty when the port is not published."""
    container_port: int = wire("PrivatePort", 0)
    """The port inside."""
    host_port: int | None = wire("PublicPort", None)
    """The port of the host; None when the port is only exposed."""
    protocol: str = wire("Type", "tcp")
    """`tcp`, `udp` or `sctp`."""

    def __str__(self) -> str:
        inside = f"{self.container_port}/{self.protocol}"
        if self.host_port is None:
            return inside
        host = f"[{self.host_ip}]" if ":" in self.host_ip else self.host_ip
        return f"{host}:{self.host_port}->{inside}"


class PortBinding(Model):
    """Where the host publishes (or was asked to publish) a port."""

    host_ip: str = ""
    """The address of the host; empty is all."""
    host_port: str = ""
    """The port of the host, or a range `8000-8010`; empty is any free one."""


PortMap = NullDict[str, NullList[PortBinding]]
"""Bindings by `"80/tcp"`; an empty list is a port that is exposed but not published."""


class EndpointIPAM(Model):
    """The addresses that the container asked for."""

    ipv4_address: str = wire("IPv4Address", "")
    """The IPv4 address asked for."""
    ipv6_address: str = wire("IPv6Address", "")
    """The IPv6 address asked for."""
    link_local_ips: NullList[str] = wire("LinkLocalIPs", [])
    """Link-local addresses asked for."""


class EndpointSettings(Model):
    """One connection of a container to a network."""

    ipam_config: EndpointIPAM | None = wire("IPAMConfig", None)
    """The addresses that were asked for."""
    links: NullList[str] = Field(default_factory=list[str])
    """Legacy links, `container:alias`."""
    mac_address: str = ""
    """The hardware address; empty when stopped."""
    aliases: NullList[str] = Field(default_factory=list[str])
    """Further names in this network; a list of containers leaves them out even when set."""
    driver_opts: NullDict[str, str] = Field(default_factory=dict[str, str])
    """Options of the network driver for this endpoint."""
    gw_priority: int = 0
    """Which endpoint gives the default gateway: the highest (API 1.48)."""
    network_id: str = wire("NetworkID", "")
    """The network; empty before the first start."""
    endpoint_id: str = wire("EndpointID", "")
    """The endpoint; empty when stopped."""
    gateway: str = ""
    """The IPv4 gateway."""
    ip_address: str = wire("IPAddress", "")
    """The IPv4 address; empty when stopped."""
    ip_prefix_len: int = wire("IPPrefixLen", 0)
    """How many bits of the IPv4 address name the network."""
    ipv6_gateway: str = wire("IPv6Gateway", "")
    """The IPv6 gateway."""
    global_ipv6_address: str = wire("GlobalIPv6Address", "")
    """The IPv6 address."""
    global_ipv6_prefix_len: int = wire("GlobalIPv6PrefixLen", 0)
    """How many bits of the IPv6 address name the network."""
    dns_names: NullList[str] = wire("DNSNames", [])
    """All names that the network's DNS answers to (API 1.44)."""


class Address(Model):
    """An address with the length of its network's prefix."""

    addr: str = ""
    """The address."""
    prefix_len: int = 0
    """How many bits of it name the network."""


class SummaryNetworkSettings(Model):
    """The networks of a container in a list."""

    networks: NullDict[str, EndpointSettings] = Field(default_factory=dict[str, EndpointSettings])
    """The endpoints by the network's name."""


class NetworkSettings(SummaryNetworkSettings):
    """How the container is connected. Only `networks`, `ports` and the sandbox are left since API 1.52."""

    sandbox_id: str = wire("SandboxID", "")
    """The network namespace's id; empty when stopped."""
    sandbox_key: str = ""
    """The path of the network namespace on the host."""
    ports: PortMap = Field(default_factory=dict[str, list[PortBinding]])
    """Bindings by `"80/tcp"`; `{}` when stopped."""
    bridge: str = ""
    """The bridge that the daemon was given, not this container's."""
    hairpin_mode: bool = False
    """Containers reach their own published ports through the host."""
    link_local_ipv6_address: str = wire("LinkLocalIPv6Address", "")
    """A link-local address of the default bridge."""
    link_local_ipv6_prefix_len: int = wire("LinkLocalIPv6PrefixLen", 0)
    """Its prefix."""
    secondary_ip_addresses: NullList[Address] = wire("SecondaryIPAddresses", [])
    """Further IPv4 addresses in the default bridge."""
    secondary_ipv6_addresses: NullList[Address] = wire("SecondaryIPv6Addresses", [])
    """Further IPv6 addresses in the default bridge."""
    endpoint_id: str = wire("EndpointID", "")
    """The endpoint in the default bridge."""
    gateway: str = ""
    """The gateway of the default bridge."""
    global_ipv6_address: str = wire("GlobalIPv6Address", "")
    """The IPv6 address in the default bridge."""
    global_ipv6_prefix_len: int = wire("GlobalIPv6PrefixLen", 0)
    """Its prefix."""
    ip_address: str = wire("IPAddress", "")
    """The IPv4 address in the default bridge (Podman: in the first network)."""
    ip_prefix_len: int = wire("IPPrefixLen", 0)
    """Its prefix."""
    ipv6_gateway: str = wire("IPv6Gateway", "")
    """The IPv6 gateway of the default bridge."""
    mac_address: str = ""
    """The hardware address in the default bridge."""

    def published(self) -> list[PublishedPort]:
        """Flatten `ports` into what a list of containers has, in order of the port."""
        found = [port for key, bindings in self.ports.items() for port in _flatten(key, bindings)]
        return sorted(found, key=lambda port: (port.container_port, port.protocol, port.host_ip))


def _flatten(key: str, bindings: Iterable[PortBinding]) -> list[PublishedPort]:
    number, _, protocol = key.partition("/")
    inside = int(number) if number.isdecimal() else 0
    protocol = protocol or "tcp"
    published = [
        PublishedPort(host_ip=to.host_ip, host_port=int(to.host_port), container_port=inside, protocol=protocol)
        for to in bindings
        if to.host_port.isdecimal()
    ]
    return published or [PublishedPort(container_port=inside, protocol=protocol)]


def published_port(ports: Iterable[PublishedPort], wanted: int | str) -> PublishedPort | None:
    """Find where `80`, `"80"` or `"53/udp"` is published, IPv4 first."""
    number, _, protocol = str(wanted).partition("/")
    if not number.isdecimal():
        raise InvalidArgument(f'{wanted!r} is not a port of a container; write 80 or "53/udp".')
    inside = (int(number), protocol or "tcp")
    found = [port for port in ports if port.host_port and (port.container_port, port.protocol) == inside]
    return min(found, key=lambda port: ":" in port.host_ip, default=None)


def address_of(networks: Mapping[str, EndpointSettings], mode: str, network: str | None) -> str | None:
    """Give the address in a network, by default in the one of the container's mode, else the first with one."""
    names = [network] if network is not None else ["bridge" if mode == "default" else mode, *networks]
    endpoints = [networks[name] for name in names if name in networks]
    addresses = (endpoint.ip_address or endpoint.global_ipv6_address for endpoint in endpoints)
    return next(filter(None, addresses), None)
