"""What `list` and what `inspect` know of a network, as data; the verbs are elsewhere.

Danger: only inspect knows the members; a list has none, whatever the network has.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from pydantic import Field

from pydock.models._base import Model, NullDict, NullList, Resource, When, wire

__all__ = [
    "IPAM",
    "ConfigReference",
    "IPAMConfig",
    "IPAMStatus",
    "NetworkCreateResult",
    "NetworkData",
    "NetworkMember",
    "NetworkPruneReport",
    "NetworkStatus",
    "NetworkSummaryData",
    "Peer",
    "SubnetStatus",
]


class IPAMConfig(Model):
    """A subnet of a network."""

    subnet: str = ""
    """The subnet: `172.20.0.0/16`."""
    ip_range: str = wire("IPRange", "")
    """The part of it that addresses are given from."""
    gateway: str = ""
    """The gateway's address."""
    auxiliary_addresses: NullDict[str, str] = Field(default_factory=dict[str, str])
    """Addresses that are never given, by a name for what has them."""


class IPAM(Model):
    """How addresses are given."""

    driver: str = ""
    """The address driver: `default`."""
    config: NullList[IPAMConfig] = Field(default_factory=list[IPAMConfig])
    """The subnets."""
    options: NullDict[str, str] = Field(default_factory=dict[str, str])
    """The driver's options."""


class ConfigReference(Model):
    """The network that another takes its settings from."""

    network: str = ""
    """The network."""


class Peer(Model):
    """A node of an overlay network."""

    name: str = ""
    """The node's name in the network."""
    ip: str = wire("IP", "")
    """The node's address."""


class NetworkMember(Model):
    """A container (or a service's load balancer) in a network."""

    name: str = ""
    """The container's name."""
    endpoint_id: str = wire("EndpointID", "")
    """The endpoint."""
    mac_address: str = ""
    """The hardware address."""
    ipv4_address: str = wire("IPv4Address", "")
    """The IPv4 address with its prefix: `172.20.0.2/16`."""
    ipv6_address: str = wire("IPv6Address", "")
    """The IPv6 address with its prefix."""


class SubnetStatus(Model):
    """How full a subnet is."""

    ips_in_use: int = wire("IPsInUse", 0)
    """How many addresses are in use, with those of network, gateway and broadcast."""
    dynamic_ips_available: int = wire("DynamicIPsAvailable", 0)
    """How many can still be given; 2**64-1 is that many or more."""


class IPAMStatus(Model):
    """How full the subnets are."""

    subnets: NullDict[str, SubnetStatus] = Field(default_factory=dict[str, SubnetStatus])
    """The fill by subnet."""


class NetworkStatus(Model):
    """What a network does now (API 1.52)."""

    ipam: IPAMStatus | None = wire("IPAM", None)
    """How full the subnets are."""


class NetworkSummaryData(Resource):
    """A network as a list shows it."""

    noun: ClassVar[str] = "network"

    name: str = ""
    """The name; 20.10 can have two networks of one name."""
    created: When = None
    """When it was created."""
    scope: str = ""
    """How far it reaches: `local`, `swarm`, `global`."""
    driver: str = ""
    """The driver: `bridge`, `overlay`, `macvlan`, `host`, `null`."""
    enable_ipv4: bool = wire("EnableIPv4", True)
    """It gives IPv4 addresses; always before API 1.48."""
    enable_ipv6: bool = wire("EnableIPv6", False)
    """It gives IPv6 addresses."""
    ipam: IPAM | None = wire("IPAM", None)
    """How addresses are given."""
    internal: bool = False
    """It does not reach outside."""
    attachable: bool = False
    """Containers can join the swarm's network."""
    ingress: bool = False
    """It publishes the swarm's ports."""
    config_from: ConfigReference = Field(default_factory=ConfigReference)
    """The network that it takes its settings from."""
    config_only: bool = False
    """It is only settings for others."""
    options: NullDict[str, str] = Field(default_factory=dict[str, str])
    """The driver's options."""
    labels: NullDict[str, str] = Field(default_factory=dict[str, str])
    """What its maker noted."""
    peers: NullList[Peer] = Field(default_factory=list[Peer])
    """The nodes of an overlay network."""

    @property
    def subnets(self) -> list[str]:
        """Its subnets: `["172.20.0.0/16"]`; empty for `host` and `none`."""
        return [config.subnet for config in self.ipam.config if config.subnet] if self.ipam else []

    @property
    def gateways(self) -> list[str]:
        """The addresses of its gateways."""
        return [config.gateway for config in self.ipam.config if config.gateway] if self.ipam else []

    def _words(self) -> Iterable[str]:
        return (self.name, self.driver, *self.subnets)


class NetworkData(NetworkSummaryData):
    """A network with all that inspect knows."""

    containers: NullDict[str, NetworkMember] = Field(default_factory=dict[str, NetworkMember])
    """Its running members by the container's id; `ep-…` and `lb-…` are the swarm's."""
    services: NullDict[str, object] = Field(default_factory=dict[str, object])
    """The swarm services in it; only with `verbose=True`."""
    status: NetworkStatus | None = None
    """What it does now (API 1.52)."""


class NetworkCreateResult(Model):
    """What creating a network answered."""

    id: str
    """The new network's id."""
    warning: str = ""
    """What the daemon did not do as asked."""


class NetworkPruneReport(Model):
    """What pruning removed."""

    __display__ = "prune"

    deleted: NullList[str] = wire("NetworksDeleted", [])
    """The names of the removed networks."""
