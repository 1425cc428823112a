"""Devices, GPUs, block devices and ulimits.

Danger: `/dev/x` is a device of the host, `vendor.com/class=name` (CDI) is a request to a driver: two fields.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pydock.errors import InvalidArgument
from pydock.models.options.values import csv_words, items, mapping, text, whole
from pydock.models.units import parse_size

__all__ = [
    "Device",
    "DeviceRequest",
    "Devices",
    "Gpus",
    "Ulimit",
    "Ulimits",
    "device_requests",
    "devices",
    "gpus",
    "rates",
    "ulimits",
    "weights",
]

_PERMISSIONS = re.compile(r"(?!.*(.).*\1)[rwm]{1,3}")
_CDI = re.compile(r"[A-Za-z][\w.-]*/[A-Za-z][\w.-]*=[\w.:-]+")


@dataclass(frozen=True)
class Device:
    """A device of the host. `container` is its path inside (default: the same), `permissions` some of `rwm`."""

    host: str
    container: str | None = None
    permissions: str = "rwm"

    def __post_init__(self) -> None:
        if not _PERMISSIONS.fullmatch(self.permissions):
            raise InvalidArgument(f"{self.permissions!r} is not some of rwm: Device('/dev/fuse', permissions='rw').")

    def wire(self) -> dict[str, str]:
        """Return it as the daemon wants it."""
        return {
            "PathOnHost": text(self.host),
            "PathInContainer": self.container or self.host,
            "CgroupPermissions": self.permissions,
        }


@dataclass(frozen=True, kw_only=True)
class DeviceRequest:
    """Devices that a driver chooses: how many (`count`, -1 is all) or which (`ids`).

    `capabilities` are alternatives, each a list of words that a device must have all of: `[["gpu", "compute"]]`.
    """

    driver: str = ""
    count: int = 0
    ids: Sequence[str] = ()
    capabilities: Sequence[Sequence[str]] = ()
    options: Mapping[str, str] = field(default_factory=dict[str, str])

    def __post_init__(self) -> None:
        if self.count and self.ids:
            raise InvalidArgument('count and ids exclude each other: DeviceRequest(ids=["GPU-1"], …).')

    def wire(self) -> dict[str, object]:
        """Return it as the daemon wants it."""
        wire: dict[str, object] = {
            "Driver": self.driver,
            "Count": self.count,
            "DeviceIDs": list(self.ids),
            "Capabilities": [list(words) for words in self.capabilities],
            "Options": dict(self.options),
        }
        return {name: value for name, value in wire.items() if value}


Devices = str | Device | Sequence[str | Device]
"""`Device(…)`, `"/dev/fuse"`, `"/dev/a:/dev/b:rw"`, or the CDI name `"vendor.com/class=name"`."""


def devices(value: Devices) -> tuple[list[dict[str, str]] | None, list[dict[str, object]] | None]:
    """Return Devices and, for CDI names, DeviceRequests."""
    plain: list[dict[str, str]] = []
    names: list[str] = []
    for item in [value] if isinstance(value, (str, Device)) else items(value):
        if isinstance(item, Device):
            plain.append(item.wire())
        elif _CDI.fullmatch(text(item)):
            names.append(item)
        else:
            plain.append(_device(item).wire())
    return plain or None, [DeviceRequest(driver="cdi", ids=names).wire()] if names else None


def _device(written: str) -> Device:
    host, _, rest = written.partition(":")
    middle, _, last = rest.partition(":")
    if middle and not last and _PERMISSIONS.fullmatch(middle):
        return Device(host, None, middle)
    return Device(host, middle or None, last or "rwm")


# GPUs

Gpus = str | int | Sequence[str] | DeviceRequest
"""`"all"`, how many, which (`["GPU-…", "1"]`), the CLI's text (`"device=0,driver=nvidia"`) or a `DeviceRequest`."""


def device_requests(value: DeviceRequest | Sequence[DeviceRequest]) -> list[dict[str, object]]:
    """Return DeviceRequests."""
    return [item.wire() for item in ([value] if isinstance(value, DeviceRequest) else items(value))]


def gpus(value: Gpus) -> list[dict[str, object]]:
    """Return the DeviceRequest of GPUs."""
    if isinstance(value, DeviceRequest):
        return [value.wire()]
    if isinstance(value, str):
        return [_gpus_of_text(value).wire()]
    if isinstance(value, int):
        return [_gpu(count=whole(-1)(value)).wire()]
    return [_gpu(ids=[text(item) for item in items(value)]).wire()]


def _gpu(*, count: int = 0, ids: Sequence[str] = (), capabilities: Sequence[str] = (), **more: Any) -> DeviceRequest:
    if not count and not ids:
        raise InvalidArgument("no GPU is asked for; leave gpus out.")
    return DeviceRequest(count=count, ids=ids, capabilities=[list(capabilities) or ["gpu"]], **more)


def _gpus_of_text(written: str) -> DeviceRequest:
    """Read `all`, `2`, or the CLI's `count=2,driver=…,"device=0,1","capabilities=utility"`."""
    fields: dict[str, Any] = {}
    for part in csv_words(written):
        key, separator, value = part.partition("=")
        if not separator:
            key, value = "count", part
        if key == "count":
            fields["count"] = -1 if value == "all" else whole(-1)(int(value) if value.isdecimal() else value)
        elif key == "device":
            fields["ids"] = value.split(",")
        elif key == "driver":
            fields["driver"] = value
        elif key == "capabilities":
            fields["capabilities"] = [*dict.fromkeys(["gpu", *value.split(",")])]
        elif key == "options":
            fields["options"] = mapping(value.split(","))
        else:
            raise InvalidArgument(f"{key!r} is none of count, device, driver, capabilities, options.")
    return _gpu(**fields)


# Block devices


def weights(value: object) -> list[dict[str, object]]:
    """`{"/dev/sda": 200}` as Path and Weight."""
    return [
        {"Path": path, "Weight": whole(10, 1000)(_number(weight))}
        for path, weight in mapping(value, separator=":").items()
    ]


def rates(unit: Callable[[object], int]) -> Callable[[object], list[dict[str, object]]]:
    """`{"/dev/sda": "1mb"}` as Path and Rate."""
    return lambda value: [
        {"Path": path, "Rate": unit(_number(rate))} for path, rate in mapping(value, separator=":").items()
    ]


def _number(value: str) -> int | str:
    return int(value) if value.isdecimal() else value


bytes_per_second: Callable[[object], list[dict[str, object]]] = rates(parse_size)
operations_per_second: Callable[[object], list[dict[str, object]]] = rates(whole(0))

# Ulimits


@dataclass(frozen=True)
class Ulimit:
    """A limit of `ulimit`: the name without RLIMIT_, what counts (`soft`), the most (`hard`); -1 is none."""

    name: str
    soft: int
    hard: int | None = None

    def __post_init__(self) -> None:
        hard = self.soft if self.hard is None else self.hard
        if (self.soft == -1 and hard != -1) or -1 < hard < self.soft:
            raise InvalidArgument(
                f"the soft limit {self.soft} of {self.name} is above the hard one {hard}: "
                f"ulimits={{{self.name!r}: ({hard}, {self.soft})}}."
            )

    def wire(self) -> dict[str, object]:
        """Return it as the daemon wants it."""
        return {
            "Name": text(self.name),
            "Soft": whole(-1)(self.soft),
            "Hard": self.soft if self.hard is None else whole(-1)(self.hard),
        }


Ulimits = Mapping[str, int | tuple[int, int]] | Sequence[Ulimit | str]
"""`{"nofile": (1024, 2048), "nproc": 512}`, `["nofile=1024:2048"]` or `[Ulimit(…)]`."""


def ulimits(value: Ulimits) -> list[dict[str, object]]:
    """Return Ulimits."""
    if isinstance(value, Mapping):
        found = [Ulimit(name, *(limit if isinstance(limit, tuple) else (limit,))) for name, limit in value.items()]
    else:
        found = [item if isinstance(item, Ulimit) else _ulimit(item) for item in items(value)]
    return [limit.wire() for limit in found]


def _ulimit(written: str) -> Ulimit:
    name, _, limits = written.partition("=")
    soft, _, hard = limits.partition(":")
    return Ulimit(name, int(soft), int(hard) if hard else None)
