"""From a container back to the options that make it again: the inverse of `render`.

Danger: the daemon's answer does not tell what somebody asked for from what the image or the engine filled in. What
equals theirs is left out, so that a newer image or another engine may bring its own.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from pydock.models.options.conflicts import bind_target
from pydock.models.options.endpoints import Endpoint
from pydock.models.options.inheritance import Surroundings, inherited, kept
from pydock.models.options.reading import (
    read_device,
    read_endpoint,
    read_health,
    read_link,
    read_mount,
    read_ports,
    read_rates,
    read_request,
    read_restart,
    read_ulimits,
)
from pydock.models.options.render import ContainerOptions, CreateRequest
from pydock.models.options.table import Body, entries

__all__ = ["OWN_LABELS", "SPEC_LABEL", "Recipe", "recipe_of", "recipe_of_request"]

SPEC_LABEL = "pydock.spec"
"""The mark of what `ensure` was asked for."""
OWN_LABELS = (SPEC_LABEL, "pydock.session.")
"""Labels (or how they begin) that are not the container's own."""
_ANONYMOUS = re.compile("[0-9a-f]{64}")
_PODMANS_WORDS = {"rw", "rprivate", "rbind", "nosuid", "nodev"}
_PODMANS_NOTES = (
    "io.container.manager",
    "io.podman.",
    "org.opencontainers.image.stopSignal",
    "org.systemd.property.",
)
_MASKED = {"/proc/kcore", "/proc/keys", "/proc/timer_list", "/sys/firmware"}
_READ_ONLY = {"/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"}


@dataclass(frozen=True)
class Recipe:
    """What makes a container: `run_detached(image, command, **options)`, each option in one spelling."""

    image: str
    command: tuple[str, ...] | None
    options: Mapping[str, Any] = field(repr=False)


@dataclass(frozen=True)
class _Seen:
    """A container as the daemon tells it."""

    id: str
    name: str
    running: bool
    config: Body
    host: Body
    networks: Mapping[str, Body]
    around: Surroundings
    habits: Mapping[str, object]

    def words(self, name: str) -> tuple[list[str], list[str]]:
        """Return the container's and the image's."""
        return self.config.get(name) or [], self.around.image.get(name) or []

    def at(self, path: str) -> object:
        place: object = {**self.config, "HostConfig": self.host}
        for part in path.split("."):
            place = kept(place).get(part)
        return place


def recipe_of(seen: Body, around: Surroundings) -> Recipe:
    """Return what makes the container that inspect tells about (as JSON)."""
    config, host = kept(seen.get("Config")), kept(seen.get("HostConfig"))
    networks = kept(kept(seen.get("NetworkSettings")).get("Networks"))
    name = str(seen.get("Name") or "").removeprefix("/")
    running = bool(kept(seen.get("State")).get("Running"))
    habits, identity = around.habits(config, host), str(seen.get("Id") or "")
    return _recipe(_Seen(identity, name, running, config, host, networks, around, habits))


def recipe_of_request(request: CreateRequest, around: Surroundings) -> Recipe:
    """Return the same for a request to create one: what `recipe_of` would say when the daemon had done it."""
    body = {name: value for name, value in request.body.items() if name not in {"HostConfig", "NetworkingConfig"}}
    config, host = inherited(body, around.image), kept(request.body.get("HostConfig"))
    host.setdefault("NetworkMode", "default")
    networks = kept(kept(request.body.get("NetworkingConfig")).get("EndpointsConfig")) | dict(request.connect_later)
    return _recipe(_Seen("", request.name or "", False, config, host, networks, around, around.habits(config, host)))


def _recipe(seen: _Seen) -> Recipe:
    options: dict[str, Any] = {}
    for name, at in entries(ContainerOptions).items():
        if name in _READ:
            value = _READ[name](seen)
        elif len(at.paths) == 1 and not at.by_hand and not at.paths[0].startswith("?"):
            value = seen.at(at.paths[0]) or None
        else:
            continue
        if value not in (None, "", [], {}, seen.habits.get(name)):
            options[name] = value
    image = str(seen.config.get("Image") or "")
    return Recipe(image, _command(seen), options)


# The program


def _command(seen: _Seen) -> tuple[str, ...] | None:
    words, images = seen.words("Cmd")
    return tuple(words) if words and (words != images or _entrypoint(seen) is not None) else None


def _entrypoint(seen: _Seen) -> list[str] | None:
    words, images = seen.words("Entrypoint")
    words = [] if words == [""] else words
    if words == images:
        return None
    return list(words) or [""]


def _env(seen: _Seen) -> dict[str, str | None]:
    lines = [line for line in seen.config.get("Env") or () if line not in seen.around.environment]
    pairs = (line.partition("=") for line in lines)
    engines = {"HOME", "HOSTNAME"} if seen.around.podman else set[str]()  # since its start
    return {name: value if equals else None for name, equals, value in pairs if name not in engines}


def _labels(seen: _Seen) -> dict[str, str]:
    images = kept(seen.around.image.get("Labels"))
    labels = kept(seen.config.get("Labels"))
    return {
        name: value for name, value in labels.items() if images.get(name) != value and not name.startswith(OWN_LABELS)
    }


def _attach(seen: _Seen) -> list[str]:
    return [name.lower() for name in ("Stdin", "Stdout", "Stderr") if seen.config.get(f"Attach{name}")]


def _console(seen: _Seen) -> tuple[int, ...] | None:
    size = seen.host.get("ConsoleSize") or (0, 0)
    return tuple(size) if any(size) else None


def _hostname(seen: _Seen) -> str | None:
    name, mode = seen.config.get("Hostname"), str(seen.host.get("NetworkMode"))
    shared = mode.startswith("container:") or seen.host.get("UTSMode") == "host"
    if shared or (mode == "host" and name in {seen.around.hostname, "localhost"}):
        return None
    return None if seen.id and name == seen.id[:12] else name


def _health(seen: _Seen) -> object:
    own, images = (read_health(_asked_check(where, seen.around)) for where in (seen.config, seen.around.image))
    return None if own == images else own


def _asked_check(config: Mapping[str, Any], around: Surroundings) -> Body:
    """Leave out what podman writes where nothing was said."""
    check = kept(config.get("Healthcheck"))
    usual = {"Interval": 30 * 10**9, "Timeout": 30 * 10**9, "Retries": 3} if around.podman else {}
    return {name: value for name, value in check.items() if usual.get(name) != value}


# Limits


def _cpus(seen: _Seen) -> float | int | None:
    billionths = seen.host.get("NanoCpus") or 0
    return (billionths / 10**9 if billionths % 10**9 else billionths // 10**9) or None


def _swappiness(seen: _Seen) -> int | None:
    value = seen.host.get("MemorySwappiness")
    return None if value == -1 else value


def _devices(seen: _Seen) -> list[str]:
    plain = [read_device(one) for one in seen.host.get("Devices") or ()]
    cdi = (one for one in seen.host.get("DeviceRequests") or () if one.get("Driver") == "cdi")
    return plain + [name for one in cdi for name in one.get("DeviceIDs") or ()]


def _requests(seen: _Seen) -> list[object]:
    return [read_request(one) for one in seen.host.get("DeviceRequests") or () if one.get("Driver") != "cdi"]


def _rates(key: str) -> Callable[[_Seen], object]:
    return lambda seen: read_rates(seen.host.get(key) or ())


# The network


def _published(seen: _Seen) -> list[str]:
    return read_ports(kept(seen.host.get("PortBindings")))


def _exposed(seen: _Seen) -> list[str]:
    known = kept(seen.around.image.get("ExposedPorts")) | kept(seen.host.get("PortBindings"))
    return [port.removesuffix("/tcp") for port in kept(seen.config.get("ExposedPorts")) if port not in known]


def _network(seen: _Seen) -> str | None:
    mode = str(seen.host.get("NetworkMode") or "default")
    if mode in {"host", "none"} or ":" in mode:
        return mode
    endpoints = _endpoints(seen)
    if len(endpoints) != 1 or "bridge" in endpoints:
        return None
    name, endpoint = next(iter(endpoints.items()))
    return name if endpoint == Endpoint() else None


def _networks(seen: _Seen) -> dict[str, Endpoint | bool] | None:
    endpoints = _endpoints(seen)
    if _network(seen) is not None or endpoints in ({}, {"bridge": Endpoint()}):
        return None
    return {name: True if endpoint == Endpoint() else endpoint for name, endpoint in endpoints.items()}


def _endpoints(seen: _Seen) -> dict[str, Endpoint]:
    """Return every endpoint, the main one first, under the names that options use."""
    mode = str(seen.host.get("NetworkMode") or "default")
    main = "bridge" if mode in {"default", ""} else mode
    found = {_plain_name(name, main): wire for name, wire in seen.networks.items()}
    if seen.around.podman and main == "bridge" and len(found) and main not in found:
        main = next(iter(found))  # podman says `bridge` for every network
    main = next((name for name, wire in found.items() if wire.get("NetworkID") == main != ""), main)
    ordered = ({main: found[main]} if main in found else {}) | found
    return {
        name: read_endpoint(kept(wire), _mac(seen, kept(wire), name == main), _names(seen))
        for name, wire in ordered.items()
    }


def _plain_name(name: str, main: str) -> str:
    return {"podman": "bridge", "default": "bridge"}.get(name, name) if main == "bridge" else name


def _names(seen: _Seen) -> set[str]:
    """Return the aliases that the engine gives of itself."""
    return {seen.id[:12], *([seen.name, seen.config.get("Hostname") or ""] if seen.around.podman else [])}


def _mac(seen: _Seen, wire: Body, main: bool) -> str | None:
    """Return the address that was asked for: while it runs, `MacAddress` is whatever the endpoint has."""
    asked = seen.config.get("MacAddress") if main else None
    return asked or (None if seen.running or wire.get("EndpointID") else wire.get("MacAddress")) or None


def _links(seen: _Seen) -> list[str]:
    return [read_link(link) for link in seen.host.get("Links") or ()]


# Files and isolation


def _mounts(seen: _Seen) -> list[object]:
    binds = [_podmans_bind(bind) if seen.around.podman else str(bind) for bind in seen.host.get("Binds") or ()]
    typed = [read_mount(mount) for mount in seen.host.get("Mounts") or ()]
    taken = {bind_target(bind) for bind in seen.host.get("Binds") or ()}
    taken |= {str(mount["Target"]) for mount in seen.host.get("Mounts") or ()}
    taken |= {*kept(seen.around.image.get("Volumes")), *kept(seen.host.get("Tmpfs"))}
    others = [path for path in kept(seen.config.get("Volumes")) if path not in taken]
    return [*(bind for bind in binds if bind not in kept(seen.around.image.get("Volumes"))), *typed, *others]


def _podmans_bind(bind: str) -> str:
    """Podman tells every volume and its own options here; an anonymous volume is its path."""
    source, target, *options = bind.split(":")
    if _ANONYMOUS.fullmatch(source):
        return target
    said = [word for part in options for word in part.split(",") if word not in _PODMANS_WORDS]
    return ":".join([source, target, *([",".join(said)] if said else [])])


def _security(seen: _Seen) -> list[str]:
    host = seen.host
    words: list[str] = list(host.get("SecurityOpt") or ())
    if host.get("Privileged") or host.get("PidMode") == "host" or host.get("IpcMode") == "host":
        words = [word for word in words if word not in {"label=disable", "label:disable"}]  # the daemon's own
    return [*words, *(["systempaths=unconfined"] if _unconfined(seen) else [])]


def _unconfined(seen: _Seen) -> bool:
    engines = seen.around.podman or seen.host.get("Privileged") or "MaskedPaths" not in seen.host
    return not (engines or seen.host.get("MaskedPaths") or seen.host.get("ReadonlyPaths"))


def _paths(key: str, usual: set[str]) -> Callable[[_Seen], object]:
    def read(seen: _Seen) -> list[str] | None:
        paths: list[str] = seen.host.get(key) or []
        return None if usual <= set(paths) else paths

    return read


def _microseconds(key: str) -> Callable[[_Seen], object]:
    """Podman tells `cpus` in both ways, of which one is enough."""
    return lambda seen: None if seen.around.podman and seen.host.get("NanoCpus") else seen.host.get(key) or None


def _tmpfs(seen: _Seen) -> dict[str, str]:
    said: dict[str, str] = kept(seen.host.get("Tmpfs"))
    if not seen.around.podman:
        return said
    engines = {*_PODMANS_WORDS, "tmpcopyup", "noexec"}
    return {path: ",".join(word for word in words.split(",") if word not in engines) for path, words in said.items()}


def _annotations(seen: _Seen) -> dict[str, str]:
    said: dict[str, str] = kept(seen.host.get("Annotations"))
    return {name: value for name, value in said.items() if not (seen.around.podman and name.startswith(_PODMANS_NOTES))}


_READ: Mapping[str, Callable[[_Seen], object]] = {
    "annotations": _annotations,
    "attach": _attach,
    "blkio_weight_device": _rates("BlkioWeightDevice"),
    "console_size": _console,
    "cpu_period": _microseconds("CpuPeriod"),
    "cpu_quota": _microseconds("CpuQuota"),
    "cpus": _cpus,
    "device_read_bps": _rates("BlkioDeviceReadBps"),
    "device_read_iops": _rates("BlkioDeviceReadIOps"),
    "device_requests": _requests,
    "device_write_bps": _rates("BlkioDeviceWriteBps"),
    "device_write_iops": _rates("BlkioDeviceWriteIOps"),
    "devices": _devices,
    "entrypoint": _entrypoint,
    "env": _env,
    "env_file": lambda _: None,
    "expose": _exposed,
    "gpus": lambda _: None,
    "healthcheck": _health,
    "hostname": _hostname,
    "init": lambda seen: seen.host.get("Init"),
    "label_file": lambda _: None,
    "labels": _labels,
    "links": _links,
    "masked_paths": _paths("MaskedPaths", _MASKED),
    "memory_swappiness": _swappiness,
    "mounts": _mounts,
    "name": lambda seen: seen.name,
    "network": _network,
    "networks": _networks,
    "ports": _published,
    "readonly_paths": _paths("ReadonlyPaths", _READ_ONLY),
    "restart": lambda seen: read_restart(kept(seen.host.get("RestartPolicy"))),
    "security_opt": _security,
    "tmpfs": _tmpfs,
    "ulimits": lambda seen: read_ulimits(seen.host.get("Ulimits") or ()),
}
"""Options whose value is not simply what stands in their place."""
