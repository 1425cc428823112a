"""Networks of a container: the typed `Endpoint`, and which of them go into the request that creates the container.

Danger: engines below API 1.44 take one network at create; the others must be connected afterwards, before the start.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from pydock.api._encoding import gated, since
from pydock.errors import InvalidArgument, Unsupported
from pydock.models.options.table import Body
from pydock.models.options.values import is_map, strings, text
from pydock.transport.version import Version

__all__ = [
    "Endpoint",
    "Networks",
    "addresses",
    "attach_networks",
    "endpoints",
    "ipv4",
    "ipv6",
    "is_user_defined",
    "mac_address",
]

_MANY = Version(1, 44)
_MAC = re.compile(r"([0-9a-fA-F]{2}[:-]){5}[0-9a-fA-F]{2}")


@dataclass(frozen=True, kw_only=True)
class Endpoint:
    """How a container hangs on a network.

    `aliases` are further names for it there; `ip` and `ip6` fixed addresses (the network needs a subnet of its own);
    `mac` needs API 1.44 (the first network: any). The network with the highest `gw_priority` (API 1.48) has the
    default gateway. `links` are `container:alias` or names.

    ```python
    networks={"backend": Endpoint(ip="10.5.0.9", aliases=["db"]), "monitoring": True}
    ```
    """

    aliases: Sequence[str] = ()
    ip: str | None = None
    ip6: str | None = None
    mac: str | None = None
    gw_priority: int | None = None
    links: Sequence[str] = ()
    link_local_ips: Sequence[str] = ()
    driver_opts: Mapping[str, str] = field(default_factory=dict[str, str])

    def __post_init__(self) -> None:
        for name in ("aliases", "links", "link_local_ips"):
            if isinstance(getattr(self, name), str):
                raise InvalidArgument(f"{name} is a list: Endpoint({name}=[{getattr(self, name)!r}]).")
        for value, check in ((self.ip, ipv4), (self.ip6, ipv6), (self.mac, mac_address)):
            if value is not None:
                check(value)
        addresses(self.link_local_ips)

    def settings(self, version: Version, *, connect: bool = False) -> dict[str, Any]:
        """Return it as the daemon wants it; raise Unsupported for what its API does not know.

        `connect`: for an existing container, where a MAC address is honoured from API 1.54 only.
        """
        ipam = {"IPv4Address": self.ip, "IPv6Address": self.ip6, "LinkLocalIPs": list(self.link_local_ips)}
        wire = {
            "IPAMConfig": {name: value for name, value in ipam.items() if value},
            "Aliases": list(self.aliases),
            "Links": list(self.links),
            "DriverOpts": dict(self.driver_opts),
            "MacAddress": since("1.54" if connect else "1.44", self.mac),
            "GwPriority": since("1.48", self.gw_priority),
        }
        sent = {name: value for name, value in wire.items() if value not in (None, [], {})}
        return {name: gated(value, version, name, "of an Endpoint") for name, value in sent.items()}


Networks = Mapping[str, Endpoint | bool] | Sequence[str]
"""`{"backend": Endpoint(…), "other": True}` or `["backend", "other"]`; the first is the container's main network."""


def is_user_defined(network: str | None) -> bool:
    """Return whether this is a network that somebody created, with names and fixed addresses."""
    return (
        network is not None and network not in {"", "default", "bridge", "nat", "host", "none"} and ":" not in network
    )


def attach_networks(body: Body, given: Mapping[str, Any], version: Version) -> tuple[tuple[str, dict[str, Any]], ...]:
    """Put the networks into the body; return those that must be connected after it."""
    wanted = _wanted(given)
    if not wanted:
        return ()
    main, *others = wanted
    if "network" in given or "networks" in given:
        body["HostConfig"]["NetworkMode"] = main
    if version < _MANY and wanted[main].mac:
        body["MacAddress"] = wanted[main].mac  # container-wide until 1.43, dropped without a word since 1.52
        wanted[main] = replace(wanted[main], mac=None)
    settings = {name: _settings(name, endpoint, version, name != main) for name, endpoint in wanted.items()}
    at_once = settings if version >= _MANY else {main: settings[main]}
    if len(settings) > 1 or settings[main] or "networks" in given:
        body["NetworkingConfig"] = {"EndpointsConfig": at_once}
    return tuple((name, settings[name]) for name in others if name not in at_once)


def _settings(name: str, endpoint: Endpoint, version: Version, secondary: bool) -> dict[str, Any]:
    try:
        return endpoint.settings(version)
    except Unsupported as error:
        where = f"{error.feature} on the {'further ' if secondary else ''}network {name}"
        raise Unsupported(where, needs=error.needs, has=error.has) from None


def _wanted(given: Mapping[str, Any]) -> dict[str, Endpoint]:
    """Return every asked network with its endpoint, the main one first."""
    if "networks" in given:
        return dict(given["networks"])
    network = given.get("network")
    endpoint = Endpoint(
        aliases=given.get("network_aliases", ()),
        ip=given.get("ip"),
        ip6=given.get("ip6"),
        mac=given.get("mac_address"),
        link_local_ips=given.get("link_local_ips", ()),
        links=given.get("links", ()) if is_user_defined(network) else (),
    )
    return {network or "default": endpoint} if network or endpoint != Endpoint() else {}


def endpoints(value: Networks) -> dict[str, Endpoint]:
    """Return the endpoint of every network."""
    if isinstance(value, str):
        raise InvalidArgument(f"{value!r} is one network; write network={value!r}.")
    pairs: list[tuple[Any, Any]] = list(value.items()) if is_map(value) else [(name, True) for name in strings(value)]
    wanted: dict[str, Endpoint] = {}
    for name, endpoint in pairs:
        if endpoint is not True and not isinstance(endpoint, Endpoint):
            raise InvalidArgument(f"{endpoint!r} is neither an Endpoint nor True.")
        wanted[text(name)] = Endpoint() if endpoint is True else endpoint
    return wanted


# Addresses


def ipv4(value: object) -> str:
    """An IPv4 address."""
    return _address(value, 4, "10.5.0.9")


def ipv6(value: object) -> str:
    """An IPv6 address."""
    return _address(value, 6, "fd00::9")


def addresses(value: object) -> list[str]:
    """Addresses of either kind."""
    return [_address(item, None, "10.0.0.2") for item in strings(value)]


def mac_address(value: object) -> str:
    """A MAC address."""
    if not _MAC.fullmatch(text(value)):
        raise InvalidArgument(f'{value!r} is no MAC address such as "02:42:ac:11:00:02".')
    return text(value)


def _address(value: object, kind: int | None, example: str) -> str:
    try:
        address = ipaddress.ip_address(text(value))
    except ValueError:
        address = None
    if address is None or (kind is not None and address.version != kind):
        raise InvalidArgument(f"{value!r} is no IP{f'v{kind}' if kind else ''} address such as {example!r}.")
    return text(value)
