"""Ports: what `--publish` and `--expose` take, and typed.

Danger: engines up to 28 silently do not publish a port that stands in `PortBindings` only, so both maps are always
filled; and a port without a host port must still have a binding, an explicitly empty one.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, cast

from pydock.errors import InvalidArgument
from pydock.models.options.values import items

__all__ = ["Expose", "Port", "PortLike", "Ports", "expose", "publish"]

Protocol = Literal["tcp", "udp", "sctp"]


@dataclass(frozen=True, slots=True)
class Port:
    """A port of the container that is reachable from the host.

    `host=None` lets the engine choose a free port (`container.published(80)` tells which), a range such as
    `"8000-8010"` one of these. `ip` is the host's address to listen on; empty is all of them.

    ```python
    ports=[Port(80, host=8080, ip="127.0.0.1"), Port(53, proto="udp")]
    ```
    """

    container: int
    host: int | str | None = None
    ip: str = ""
    proto: Protocol = "tcp"

    def __post_init__(self) -> None:
        if not isinstance(self.container, int):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise InvalidArgument(f"{self.container!r} is no number: Port(80, host=8080, proto='udp').")
        _span(self.container)
        if self.host not in (None, "", 0, "0"):
            _span(self.host)
        if self.proto not in {"tcp", "udp", "sctp"}:
            raise InvalidArgument(f"{self.proto!r} is none of tcp, udp, sctp: Port(53, proto='udp').")
        if self.ip:
            try:
                ipaddress.ip_address(self.ip)
            except ValueError:
                raise InvalidArgument(f"{self.ip!r} is no IP address of the host: Port(80, ip='127.0.0.1').") from None

    @property
    def key(self) -> str:
        """The container's side as the daemon writes it: `80/tcp`."""
        return f"{self.container}/{self.proto}"

    def wire(self) -> dict[str, str]:
        """Return the host's side as the daemon wants it."""
        return {"HostIp": self.ip, "HostPort": "" if self.host in (None, 0, "0") else str(self.host)}


PortLike = Port | int | str | tuple[int, int]
"""`Port(…)`, `8080` (a free host port → 8080), `"[ip:][host:]container[/proto]"` with ranges, `(host, container)`."""
Ports = Port | int | str | Sequence[PortLike] | Mapping[int | str, int | str | None]
"""One or several; a map goes the other way, as `docker inspect` shows it: `{container: host}`."""
Expose = int | str | Sequence[int | str]
"""`80`, `"53/udp"`, `"7000-7002"`, or several of them."""

_TEXT = re.compile(
    r"(?:(?P<ip>\[[0-9a-fA-F:.%]+\]|[0-9.]*):(?=.*:))?(?:(?P<host>[0-9-]*):)?(?P<container>[0-9-]+)(?:/(?P<proto>\w+))?"
)


def publish(value: Ports) -> tuple[dict[str, dict[str, str]], dict[str, list[dict[str, str]]]]:
    """Return ExposedPorts and PortBindings."""
    exposed: dict[str, dict[str, str]] = {}
    bindings: dict[str, list[dict[str, str]]] = {}
    taken: set[tuple[str, str, str]] = set()
    for port in _ports(value):
        binding = port.wire()
        place = (binding["HostIp"], binding["HostPort"], port.proto)
        if binding["HostPort"] and "-" not in binding["HostPort"] and place in taken:
            raise InvalidArgument(f"host port {binding['HostPort']}/{port.proto} is given twice.")
        taken.add(place)
        exposed[port.key] = {}
        bindings.setdefault(port.key, []).append(binding)
    return exposed, bindings


def expose(value: Expose) -> dict[str, dict[str, str]]:
    """Return ExposedPorts, ranges spelled out."""
    given = [value] if isinstance(value, (int, str)) else items(value)
    exposed: dict[str, dict[str, str]] = {}
    for item in given:
        text, _, proto = str(item).partition("/")
        first, last = _span(text)
        exposed |= {Port(number, proto=cast("Protocol", proto or "tcp")).key: {} for number in range(first, last + 1)}
    return exposed


def _ports(value: Ports) -> Iterator[Port]:
    if isinstance(value, Mapping):
        for container, host in value.items():
            yield from _of_pair(host, container)
        return
    if isinstance(value, tuple) and len(value) == 2 and all(isinstance(number, int) for number in value):
        one, other = value
        raise InvalidArgument(f"{value} may be one port or two; write [({one}, {other})] or [{one}, {other}].")
    for item in [value] if isinstance(value, (Port, int, str)) else items(value):
        if isinstance(item, Port):
            yield item
        elif isinstance(item, (int, str)) and not isinstance(item, bool):
            yield from _of_text(str(item))
        elif isinstance(item, tuple):
            yield from _of_pair(*cast("tuple[object, object]", item))
        else:
            raise InvalidArgument(f"{item!r} is not a port.")


def _of_pair(host: object, container: object) -> Iterator[Port]:
    return _of_text(f"{'' if host is None else host}:{container}")


def _of_text(text: str) -> Iterator[Port]:
    """Read `[ip:][host:]container[/proto]`; ranges pair up; one container port takes any of a host's range."""
    match = _TEXT.fullmatch(text.strip())
    if match is None:
        raise InvalidArgument(f'{text!r} is not a port; write "8080:80", "127.0.0.1:8080:80/udp" or "7000-7002:80-82".')
    ip, host, proto = (
        (match["ip"] or "").strip("[]"),
        match["host"] or "",
        cast("Protocol", (match["proto"] or "tcp").lower()),
    )
    first, last = _span(match["container"])
    if first == last:
        yield Port(first, host or None, ip, proto)
        return
    start, end = _span(host) if host else (0, last - first)
    if end - start != last - first:
        raise InvalidArgument(f"{text!r}: the ranges differ in length.")
    for offset in range(last - first + 1):
        yield Port(first + offset, start + offset if host else None, ip, proto)


def _span(value: object) -> tuple[int, int]:
    first, _, last = str(value).partition("-")
    if isinstance(value, bool) or not first.isdecimal() or not (last or first).isdecimal():
        raise InvalidArgument(f"{value!r} is not a port: Port(80, host=8080).")
    if not 1 <= int(first) <= int(last or first) <= 65535:
        raise InvalidArgument(f"{value!r} is no port or range of ports between 1 and 65535.")
    return int(first), int(last or first)
