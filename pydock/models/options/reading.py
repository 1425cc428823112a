"""From the wire back to what people write: ports, mounts, networks, devices, health checks.

Each function is the inverse of the converter of its option; what it returns is taken by that converter again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pydock.models.options.devices import DeviceRequest
from pydock.models.options.endpoints import Endpoint
from pydock.models.options.inheritance import kept
from pydock.models.options.lifecycle import Healthcheck
from pydock.models.options.mounts import Bind, ClusterMount, ImageMount, MountLike, PipeMount, Tmpfs, VolumeMount
from pydock.models.options.table import Body

__all__ = [
    "read_device",
    "read_duration",
    "read_endpoint",
    "read_health",
    "read_link",
    "read_mount",
    "read_ports",
    "read_rates",
    "read_request",
    "read_restart",
    "read_ulimits",
]


def read_ports(bindings: Mapping[str, Sequence[Mapping[str, str]] | None]) -> list[str]:
    """`["127.0.0.1:8080:80", "53:53/udp"]`; a port that is bound to nothing is published nowhere."""
    return [_port(key, binding) for key, several in bindings.items() for binding in several or ()]


def _port(key: str, binding: Mapping[str, str]) -> str:
    number, _, protocol = key.partition("/")
    inside = number if protocol in {"", "tcp"} else f"{number}/{protocol}"
    address, host = binding.get("HostIp") or "", binding.get("HostPort") or ""
    address = f"[{address}]" if ":" in address else address
    host = "" if host == "0" else host
    if address:
        return f"{address}:{host}:{inside}"
    return f"{host}:{inside}" if host else inside


def read_restart(policy: Body) -> str | None:
    """`"on-failure:3"`."""
    name, retries = policy.get("Name") or "no", policy.get("MaximumRetryCount")
    if name == "no":
        return None
    return f"{name}:{retries}" if retries and name == "on-failure" else str(name)


def read_ulimits(limits: Sequence[Body]) -> dict[str, int | tuple[int, int]]:
    """`{"nofile": (1024, 2048)}`; podman writes `RLIMIT_NOFILE`."""
    return {
        str(one["Name"]).removeprefix("RLIMIT_").lower(): one["Soft"]
        if one["Soft"] == one["Hard"]
        else (one["Soft"], one["Hard"])
        for one in limits
    }


def read_rates(several: Sequence[Body]) -> dict[str, int]:
    """`{"/dev/sda": 100}`."""
    return {str(one["Path"]): one["Weight"] if "Weight" in one else one["Rate"] for one in several}


def read_device(device: Body) -> str:
    """`"/dev/fuse"`, `"/dev/a:/dev/b:rw"`."""
    host, inside, may = device["PathOnHost"], device["PathInContainer"], device["CgroupPermissions"]
    if may not in {"rwm", ""}:  # podman does not tell it
        return f"{host}:{inside}:{may}"
    return str(host) if host == inside else f"{host}:{inside}"


def read_request(request: Body) -> DeviceRequest:
    """Read a request to a driver of devices."""
    return DeviceRequest(
        driver=request.get("Driver") or "",
        count=request.get("Count") or 0,
        ids=request.get("DeviceIDs") or (),
        capabilities=request.get("Capabilities") or (),
        options=kept(request.get("Options")),
    )


def read_link(link: str) -> str:
    """`"db:alias"` of `"/db:/web/alias"`."""
    container, _, alias = link.partition(":")
    return f"{container.removeprefix('/')}:{alias.rpartition('/')[2]}"


# Health


def read_health(check: Body) -> Healthcheck | bool | None:
    """A `Healthcheck`, False for one that is switched off, None for none."""
    if check.get("Test") == ["NONE"]:
        return False
    found = Healthcheck(
        test=_test(check.get("Test") or []),
        interval=read_duration(check.get("Interval")),
        timeout=read_duration(check.get("Timeout")),
        retries=check.get("Retries") or None,
        start_period=read_duration(check.get("StartPeriod")),
        start_interval=read_duration(check.get("StartInterval")),
    )
    return None if found == Healthcheck() else found


def _test(words: Sequence[str]) -> str | list[str] | None:
    if len(words) == 2 and words[0] == "CMD-SHELL" and words[1]:
        return words[1]
    return list(words) or None


def read_duration(nanoseconds: int | None) -> str | None:
    """`"1m30s"`; None for zero, which says nothing."""
    if not nanoseconds:
        return None
    for unit, size in (("h", 3_600 * 10**9), ("m", 60 * 10**9), ("s", 10**9), ("ms", 10**6), ("us", 10**3)):
        if nanoseconds % size == 0:
            return f"{nanoseconds // size}{unit}"
    return f"{nanoseconds}ns"


# Mounts


def read_mount(mount: Body) -> MountLike:
    """A typed mount; an anonymous volume with nothing to say is its path."""
    kind, target = mount.get("Type"), str(mount.get("Target"))
    if kind == "volume":
        return _volume(mount, target)
    source, read_only = str(mount.get("Source") or ""), bool(mount.get("ReadOnly"))
    if kind == "bind":
        return _bind(mount, source, target, read_only)
    if kind == "tmpfs":
        return _tmpfs(target, kept(mount.get("TmpfsOptions")))
    if kind == "image":
        return ImageMount(source, target, kept(mount.get("ImageOptions")).get("Subpath") or None)
    return ClusterMount(source, target, read_only) if kind == "cluster" else PipeMount(source, target)


def _volume(mount: Body, target: str) -> MountLike:
    options = kept(mount.get("VolumeOptions"))
    driver = kept(options.get("DriverConfig"))
    volume = VolumeMount(
        mount.get("Source") or None,
        target,
        read_only=bool(mount.get("ReadOnly")),
        subpath=options.get("Subpath") or None,
        copy=not options.get("NoCopy"),
        driver=driver.get("Name") or None,
        driver_opts=kept(driver.get("Options")),
        labels=kept(options.get("Labels")),
    )
    return target if volume == VolumeMount(None, target) else volume


def _bind(mount: Body, source: str, target: str, read_only: bool) -> Bind:
    options = kept(mount.get("BindOptions"))
    recursive: Any = "disabled" if options.get("NonRecursive") else "enabled"
    if read_only and options.get("ReadOnlyNonRecursive"):
        recursive = "writable"
    if read_only and options.get("ReadOnlyForceRecursive"):
        recursive = "readonly"
    return Bind(
        source,
        target,
        read_only=read_only,
        propagation=options.get("Propagation") or None,
        recursive=recursive,
        create=bool(options.get("CreateMountpoint")),
        consistency=mount.get("Consistency") or None,
    )


def _tmpfs(target: str, options: Body) -> Tmpfs:
    size, mode = options.get("SizeBytes") or None, options.get("Mode") or None
    further = ["=".join(option) for option in options.get("Options") or ()]
    return Tmpfs(target, size=size, mode=f"{mode:o}" if mode else None, options=further or ())


# Networks


def read_endpoint(wire: Body, mac: str | None, not_aliases: set[str]) -> Endpoint:
    """An `Endpoint` without what the engine adds to it."""
    asked = kept(wire.get("IPAMConfig"))
    aliases = [alias for alias in wire.get("Aliases") or () if alias not in not_aliases]
    return Endpoint(
        aliases=aliases or (),
        ip=asked.get("IPv4Address") or None,
        ip6=asked.get("IPv6Address") or None,
        mac=mac or None,
        gw_priority=wire.get("GwPriority") or None,
        links=[read_link(link) for link in wire.get("Links") or ()] or (),
        link_local_ips=asked.get("LinkLocalIPs") or (),
        driver_opts=kept(wire.get("DriverOpts")),
    )
