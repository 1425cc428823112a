"""A recipe as a line of the docker CLI.

Danger: the line is read by a shell, so every word is quoted; what the CLI has no flag for is told in a comment at its
end instead of being lost.
"""

from __future__ import annotations

import csv
import io
import shlex
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any

from pydock.api._encoding import gated
from pydock.models.options.as_code import SIZES, size_text, source
from pydock.models.options.devices import DeviceRequest
from pydock.models.options.endpoints import Endpoint
from pydock.models.options.lifecycle import Healthcheck
from pydock.models.options.mounts import MountLike
from pydock.models.options.recreate import Recipe
from pydock.models.options.values import is_map
from pydock.transport.version import Version

__all__ = ["as_cli"]

_MANY = Version(1, 44)
_FLAGS = {
    "annotations": "--annotation",
    "device_cgroup_rules": "--device-cgroup-rule",
    "devices": "--device",
    "dns_options": "--dns-option",
    "env": "-e",
    "extra_hosts": "--add-host",
    "interactive": "-i",
    "labels": "--label",
    "links": "--link",
    "log_opts": "--log-opt",
    "ports": "-p",
    "remove": "--rm",
    "sysctls": "--sysctl",
    "tty": "-t",
    "ulimits": "--ulimit",
}
_WITHOUT_A_FLAG = {"console_size", "masked_paths", "network_disabled", "readonly_paths"}
_DRAWN_TOGETHER = {"attach", "entrypoint", "stdin_once"}
"""Told by where they stand or by what is left out."""


def as_cli(recipe: Recipe, version: Version) -> str:
    """Return the line; below API 1.44 further networks are connected by commands that follow."""
    recipe, later = _for_old_engines(recipe) if version < _MANY else (recipe, [])
    words = ["docker", "create" if later else "run", *_attachment(recipe, created=bool(later))]
    for name, value in recipe.options.items():
        if name not in _DRAWN_TOGETHER | _WITHOUT_A_FLAG:
            words += _WRITE[name](value) if name in _WRITE else _plain(name, value)
    entrypoint: list[str] = recipe.options.get("entrypoint", [])
    words += [f"--entrypoint={entrypoint[0]}"] if entrypoint else []
    words += [recipe.image, *entrypoint[1:], *(recipe.command or ())]
    name = recipe.options.get("name", "")
    lines = [words, *(["docker", "network", "connect", *_connected(end), net, name] for net, end in later)]
    lines += [["docker", "start", name]] if later else []
    return " && ".join(map(shlex.join, lines)) + _missing(recipe.options)


def _for_old_engines(recipe: Recipe) -> tuple[Recipe, list[tuple[str, Any]]]:
    """Return it with one network, whose MAC address is the container's, and the networks that must come later."""
    wanted: dict[str, Any] = recipe.options.get("networks", {})
    networks = list(wanted.items())
    if not networks:
        return recipe, []
    name, endpoint = networks[0]
    options = dict(recipe.options)
    if isinstance(endpoint, Endpoint) and endpoint.mac:
        options["mac_address"] = endpoint.mac
        endpoint = replace(endpoint, mac=None)
    return replace(recipe, options={**options, "networks": {name: endpoint}}), networks[1:]


def _attachment(recipe: Recipe, *, created: bool) -> list[str]:
    """Say it in the CLI's way: without `-d` it attaches, and then notes so in the container."""
    streams = recipe.options.get("attach", [])
    if not streams:
        return [] if created else ["-d"]
    usual = ["stdin", "stdout", "stderr"] if recipe.options.get("interactive") else ["stdout", "stderr"]
    return [] if streams == usual else [f"--attach={stream}" for stream in streams]


def _missing(options: Mapping[str, Any]) -> str:
    names = [name for name in options if name in _WITHOUT_A_FLAG]
    return f"  # without a flag: {', '.join(f'{name}={source(options[name])}' for name in names)}" if names else ""


def _plain(name: str, value: object) -> list[str]:
    flag = _FLAGS.get(name, f"--{name.replace('_', '-')}")
    if name in SIZES and isinstance(value, int):
        value = size_text(value)
    if isinstance(value, bool):
        return [flag if value else f"{flag}=false"]
    if is_map(value):
        return _each(flag, (key if item is None else f"{key}={item}" for key, item in value.items()))
    if isinstance(value, list):
        return _each(flag, map(str, value))  # pyright: ignore[reportUnknownArgumentType]
    return _each(flag, [str(value)])


def _each(flag: str, values: Iterable[str]) -> list[str]:
    """Write `--flag value`; a value that begins with a dash belongs to its flag by `=`."""
    words: list[str] = []
    for value in values:
        joined = f"{flag}={value}" if flag.startswith("--") else f"{flag}{value}"
        words += [joined] if value.startswith("-") else [flag, value]
    return words


def _colons(flag: str) -> Callable[[Any], list[str]]:
    return lambda value: _each(flag, (f"{path}:{item}" if item != "" else path for path, item in value.items()))


def _ulimits(value: Mapping[str, Any]) -> list[str]:
    limits = (
        f"{name}={limit[0]}:{limit[1]}" if isinstance(limit, tuple) else f"{name}={limit}"
        for name, limit in value.items()
    )
    return _each("--ulimit", limits)


def _health(value: Healthcheck | bool) -> list[str]:
    if not isinstance(value, Healthcheck):
        return ["--no-healthcheck"]
    words: list[str] = []
    if value.test is not None:
        test = value.test if isinstance(value.test, str) else shlex.join(list(value.test)[1:])
        words += _each("--health-cmd", [test])
    for part in ("interval", "timeout", "retries", "start_period", "start_interval"):
        if (said := getattr(value, part)) is not None:
            words += [f"--health-{part.replace('_', '-')}", str(said)]
    return words


def _device_requests(value: Iterable[DeviceRequest]) -> list[str]:
    words: list[str] = []
    for one in value:
        count = ["count=all" if one.count == -1 else f"count={one.count}"] if one.count else []
        ids = [f"device={','.join(one.ids)}"] if one.ids else []
        capabilities = [word for words_ in one.capabilities for word in words_ if word != "gpu"]
        parts = [*count, *ids, *([f"driver={one.driver}"] if one.driver else [])]
        parts += [f"capabilities={','.join(capabilities)}"] if capabilities else []
        parts += [f"options={','.join(f'{k}={v}' for k, v in one.options.items())}"] if one.options else []
        words += ["--gpus", _csv(parts)]
    return words


# Mounts and networks


def _mounts(value: Iterable[MountLike]) -> list[str]:
    words: list[str] = []
    for mount in value:
        words += ["-v", mount] if isinstance(mount, str) else ["--mount", _csv(_mount_words(mount))]
    return words


def _mount_words(mount: MountLike) -> list[str]:
    wire: Any = {} if isinstance(mount, str) else gated(mount.wire(), None, "")  # whatever the API's version is
    bind, volume = wire.get("BindOptions", {}), wire.get("VolumeOptions", {})
    tmpfs, image, driver = wire.get("TmpfsOptions", {}), wire.get("ImageOptions", {}), volume.get("DriverConfig", {})
    recursive = next((word for key, word in _RECURSIVE.items() if bind.get(key)), None)
    said: dict[str, Any] = {
        "type": wire["Type"],
        "source": wire.get("Source"),
        "target": wire["Target"],
        "readonly": wire.get("ReadOnly"),
        "consistency": wire.get("Consistency"),
        "bind-propagation": bind.get("Propagation"),
        "bind-recursive": recursive,
        "volume-nocopy": volume.get("NoCopy"),
        "volume-subpath": volume.get("Subpath"),
        "volume-driver": driver.get("Name"),
        "image-subpath": image.get("Subpath"),
        "tmpfs-size": tmpfs.get("SizeBytes"),
        "tmpfs-mode": f"{tmpfs['Mode']:o}" if "Mode" in tmpfs else None,
    }
    words = [key if item is True else f"{key}={item}" for key, item in said.items() if item]
    words += [f"volume-opt={key}={item}" for key, item in driver.get("Options", {}).items()]
    return words + [f"volume-label={key}={item}" for key, item in volume.get("Labels", {}).items()]


_RECURSIVE = {"NonRecursive": "disabled", "ReadOnlyNonRecursive": "writable", "ReadOnlyForceRecursive": "readonly"}


def _networks(value: Mapping[str, Endpoint | bool]) -> list[str]:
    words: list[str] = []
    for name, endpoint in value.items():
        said = _endpoint_words(endpoint)
        words += ["--network", _csv([f"name={name}", *said]) if said else name]
        words += _links(endpoint)
    return words


def _endpoint_words(endpoint: Endpoint | bool) -> list[str]:
    if not isinstance(endpoint, Endpoint):
        return []
    words = [f"alias={alias}" for alias in endpoint.aliases]
    words += [f"ip={endpoint.ip}"] if endpoint.ip else []
    words += [f"ip6={endpoint.ip6}"] if endpoint.ip6 else []
    words += [f"mac-address={endpoint.mac}"] if endpoint.mac else []
    words += [f"link-local-ip={ip}" for ip in endpoint.link_local_ips]
    words += [f"driver-opt={key}={item}" for key, item in endpoint.driver_opts.items()]
    return words + ([f"gw-priority={endpoint.gw_priority}"] if endpoint.gw_priority else [])


def _connected(endpoint: Endpoint | bool) -> list[str]:
    """Return the flags of `docker network connect`."""
    flags = {"alias": "--alias", "ip": "--ip", "ip6": "--ip6", "link-local-ip": "--link-local-ip"}
    pairs = (word.partition("=") for word in _endpoint_words(endpoint))
    words = [part for key, _, item in pairs for part in (flags.get(key, f"--{key}"), item)]
    return words + _links(endpoint)


def _links(endpoint: Endpoint | bool) -> list[str]:
    return _each("--link", endpoint.links) if isinstance(endpoint, Endpoint) else []


def _csv(words: Iterable[str]) -> str:
    written = io.StringIO()
    csv.writer(written, lineterminator="").writerow(words)
    return written.getvalue()


_WRITE: Mapping[str, Callable[[Any], list[str]]] = {
    "blkio_weight_device": _colons("--blkio-weight-device"),
    "device_read_bps": _colons("--device-read-bps"),
    "device_read_iops": _colons("--device-read-iops"),
    "device_requests": _device_requests,
    "device_write_bps": _colons("--device-write-bps"),
    "device_write_iops": _colons("--device-write-iops"),
    "healthcheck": _health,
    "mounts": _mounts,
    "networks": _networks,
    "tmpfs": _colons("--tmpfs"),
    "ulimits": _ulimits,
}
