"""Filters of lists, prunes and events as typed options; `wire_filters` writes them as the daemon wants them.

Danger: the daemon ignores unknown filters of events without a word, and takes a map of labels for text. So names are
checked here, and labels are written out: `label={"tier": "web", "debug": None}` → `["tier=web", "debug"]`.
Values of one filter are alternatives, different filters must all hold; several labels must all be there.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Annotated, Literal, TypedDict, cast

from pydock.api import API
from pydock.errors import InvalidArgument
from pydock.models.options.table import At, check_names, entries, place
from pydock.models.options.values import Scalar, Strings, boolean, items, one_of, scalar, strings, text
from pydock.models.units import nanoseconds, unix_time
from pydock.transport.version import NEWEST, Version

__all__ = [
    "BuildPruneFilters",
    "ContainerFilters",
    "EventFilters",
    "ImageFilters",
    "ImagePruneFilters",
    "Kind",
    "LabelFilter",
    "NetworkFilters",
    "PruneFilters",
    "VolumeFilters",
    "VolumePruneFilters",
    "known_filters",
    "wire_filters",
]

LabelFilter = Mapping[str, Scalar | None] | Strings
"""`{"tier": "web"}`; None asks only that the label is there. Or `"tier=web"`, `["tier=web", "debug"]`."""
Until = datetime | timedelta | str
"""A datetime, how long ago (timedelta, `"24h"`), or text in RFC 3339."""
Published = int | str | Sequence[int | str]
"""`80`, `"53/udp"`, `"8000-8010"`, or several."""


def _labels(value: LabelFilter) -> list[str]:
    if isinstance(value, Mapping):
        return [text(name) if item is None else f"{text(name)}={scalar(item)}" for name, item in value.items()]
    return strings(value)


def _flag(value: object) -> list[str]:
    return ["true" if boolean(value) else "false"]


def _numbers(value: object) -> list[str]:
    numbers = [value] if isinstance(value, int) else items(value)
    if wrong := [number for number in numbers if not isinstance(number, int) or isinstance(number, bool)]:
        raise InvalidArgument(f"{wrong[0]!r} is not a number.")
    return [str(number) for number in numbers]


def _words(*words: str) -> Callable[[object], list[str]]:
    known = one_of(*words)

    def convert(value: object) -> list[str]:
        return [known(word) for word in strings(value)]

    return convert


def _ports(value: Published) -> list[str]:
    return [text(str(port)) for port in ([value] if isinstance(value, (int, str)) else items(value))]


def _until(value: Until) -> list[str]:
    """A length of time stays one: the daemon counts it back on its own clock."""
    if isinstance(value, timedelta):
        return [f"{nanoseconds(value) / 1_000_000_000:.6f}s"]
    try:
        nanoseconds(value)
    except InvalidArgument:
        return [unix_time(value)]
    return [text(value)] if isinstance(value, str) else [unix_time(value)]


def _age(value: Until) -> list[str]:
    """Return how long ago, whatever it was written as: engines before 23.0 know no other form for the build cache."""
    if isinstance(value, timedelta) or (isinstance(value, str) and value.strip()[-1:].isalpha() and "T" not in value):
        return [f"{nanoseconds(value) / 1_000_000_000:.6f}s"]
    return [f"{max(0.0, time.time() - float(unix_time(value))):.6f}s"]


_STATUSES = ("created", "restarting", "running", "removing", "paused", "exited", "dead")
_HEALTH = ("starting", "healthy", "unhealthy", "none")
_EVENT_TYPES = (
    "builder", "config", "container", "daemon", "image", "network", "node", "plugin", "secret", "service", "volume",
)  # fmt: skip
Status = Literal["created", "restarting", "running", "removing", "paused", "exited", "dead"]
HealthWord = Literal["starting", "healthy", "unhealthy", "none"]
Scope = Literal["local", "global", "swarm"]


class _ByLabel(TypedDict, total=False):
    label: Annotated[LabelFilter, At("label", convert=_labels, example='{"tier": "web", "debug": None}')]
    """Labels that must all be there, with these values."""


class ContainerFilters(_ByLabel, total=False):
    """Filters of `docker.containers.list`."""

    id: Annotated[Strings, At("id", convert=strings, example='"4f5c"')]
    """A part of the id."""
    name: Annotated[Strings, At("name", convert=strings, example='"^/?web$"')]
    """A regular expression that is found in the name."""
    status: Annotated[
        Status | Sequence[Status], At("status", convert=_words(*_STATUSES), example='["running", "paused"]')
    ]
    """Where it is in its life."""
    exited: Annotated[int | Sequence[int], At("exited", convert=_numbers, example="137")]
    """The exit code; give `all=True` as well."""
    health: Annotated[HealthWord | Sequence[HealthWord], At("health", convert=_words(*_HEALTH), example='"unhealthy"')]
    """What the health checks say; `none` has no check."""
    ancestor: Annotated[Strings, At("ancestor", convert=strings, example='"nginx:latest"')]
    """The image, or one that it was built from."""
    before: Annotated[str, At("before", convert=strings, example='"web"')]
    """Created before this container."""
    since: Annotated[str, At("since", convert=strings, example='"web"')]
    """Created after this container."""
    network: Annotated[Strings, At("network", convert=strings, example='"backend"')]
    """Connected to this network."""
    volume: Annotated[Strings, At("volume", convert=strings, example='"data"')]
    """A volume's name or where something is mounted."""
    publish: Annotated[Published, At("publish", convert=_ports, example='"8080/tcp"')]
    """A port of the container that is published."""
    expose: Annotated[Published, At("expose", convert=_ports, example='"80/tcp"')]
    """A port that is exposed."""
    is_task: Annotated[bool, At("is-task", convert=_flag, example="True")]
    """Made by a swarm service, or not."""
    isolation: Annotated[
        Literal["default", "process", "hyperv"],
        At("isolation", convert=_words("default", "process", "hyperv"), example='"hyperv"'),
    ]
    """The isolation technology (Windows only)."""


class ImageFilters(_ByLabel, total=False):
    """Filters of `docker.images.list`."""

    reference: Annotated[Strings, At("reference", convert=strings, example='"busybox:*"')]
    """A pattern for the name."""
    dangling: Annotated[bool, At("dangling", convert=_flag, example="True")]
    """Without a name, or with one."""
    before: Annotated[str, At("before", convert=strings, example='"nginx"')]
    """Created before this image."""
    since: Annotated[str, At("since", convert=strings, example='"nginx"')]
    """Created after this image."""
    until: Annotated[Until, At("until", convert=_until, since="1.44", example='"24h"')]
    """Created before this time."""


class NetworkFilters(_ByLabel, total=False):
    """Filters of `docker.networks.list`."""

    id: Annotated[Strings, At("id", convert=strings, example='"4f5c"')]
    """A part of the id."""
    name: Annotated[Strings, At("name", convert=strings, example='"backend"')]
    """A part of the name."""
    driver: Annotated[Strings, At("driver", convert=strings, example='"bridge"')]
    """The driver."""
    scope: Annotated[
        Scope | Sequence[Scope], At("scope", convert=_words("local", "global", "swarm"), example='"local"')
    ]
    """How far it reaches."""
    type: Annotated[Literal["custom", "builtin"], At("type", convert=_words("custom", "builtin"), example='"custom"')]
    """Made by somebody, or the engine's own."""
    dangling: Annotated[bool, At("dangling", convert=_flag, example="True")]
    """No container uses it, or one does."""


class VolumeFilters(_ByLabel, total=False):
    """Filters of `docker.volumes.list`."""

    name: Annotated[Strings, At("name", convert=strings, example='"data"')]
    """A part of the name."""
    driver: Annotated[Strings, At("driver", convert=strings, example='"local"')]
    """The driver."""
    dangling: Annotated[bool, At("dangling", convert=_flag, example="True")]
    """No container uses it, or one does."""


class EventFilters(_ByLabel, total=False):
    """Filters of `docker.events`."""

    type: Annotated[Strings, At("type", convert=_words(*_EVENT_TYPES), example='"container"')]
    """The kind of object."""
    event: Annotated[Strings, At("event", convert=strings, example='["start", "die"]')]
    """What happened."""
    container: Annotated[Strings, At("container", convert=strings, example='"web"')]
    """A container, by name or id."""
    image: Annotated[Strings, At("image", convert=strings, example='"nginx"')]
    """An image, by name or id."""
    network: Annotated[Strings, At("network", convert=strings, example='"backend"')]
    """A network, by name or id."""
    volume: Annotated[Strings, At("volume", convert=strings, example='"data"')]
    """A volume, by name."""
    plugin: Annotated[Strings, At("plugin", convert=strings, example='"vieux/sshfs"')]
    """A plugin, by name or id."""
    daemon: Annotated[Strings, At("daemon", convert=strings, example='"node-1"')]
    """The daemon, by name or id."""
    scope: Annotated[
        Scope | Sequence[Scope], At("scope", convert=_words("local", "global", "swarm"), example='"swarm"')
    ]
    """Where it happened."""
    service: Annotated[Strings, At("service", convert=strings, example='"web"')]
    """A swarm service, by name or id."""
    node: Annotated[Strings, At("node", convert=strings, example='"node-1"')]
    """A node of the swarm, by id."""
    secret: Annotated[Strings, At("secret", convert=strings, example='"password"')]
    """A secret, by name or id."""
    config: Annotated[Strings, At("config", convert=strings, example='"nginx.conf"')]
    """A config, by name or id."""


class _ByLabels(_ByLabel, total=False):
    label_not: Annotated[LabelFilter, At("label!", convert=_labels, example='{"keep": None}')]
    """Labels that keep an object from being removed."""


class PruneFilters(_ByLabels, total=False):
    """Filters of the prune of containers and networks."""

    until: Annotated[Until, At("until", convert=_until, example='"24h"')]
    """Only what was created before this time."""


class ImagePruneFilters(PruneFilters, total=False):
    """Filters of `docker.images.prune`."""

    dangling: Annotated[bool, At("dangling", convert=_flag, example="False")]
    """True (the default): only images without a name; False: all that no container uses."""


class VolumePruneFilters(_ByLabels, total=False):
    """Filters of `docker.volumes.prune`."""

    all: Annotated[bool, At("all", convert=_flag, since="1.42", example="True")]
    """Named volumes, too. Engines of older APIs always remove both, and have no such filter."""


class BuildPruneFilters(TypedDict, total=False):
    """Filters of the prune of the build cache."""

    until: Annotated[Until, At("until", convert=_age, example='"24h"')]
    """Only what was last used before this time."""
    id: Annotated[Strings, At("id", convert=strings, example='"rf2k3…"')]
    """The id of a record."""
    parent: Annotated[Strings, At("parent", convert=strings, example='"rf2k3…"')]
    """The id of the record before it."""
    type: Annotated[Strings, At("type", convert=strings, example='"exec.cachemount"')]
    """`regular`, `internal`, `frontend`, `source.local`, `source.git.checkout`, `exec.cachemount`."""
    description: Annotated[Strings, At("description", convert=strings, example='"cached"')]
    """What it is the result of, word for word; the daemon takes no spaces here."""
    inuse: Annotated[bool, At("inuse", convert=_flag, example="False")]
    """A build uses it now."""
    shared: Annotated[bool, At("shared", convert=_flag, example="False")]
    """Images share it."""
    private: Annotated[bool, At("private", convert=_flag, example="True")]
    """Nothing else shares it."""


Kind = Literal[
    "containers", "images", "networks", "volumes", "events", "prune", "image_prune", "volume_prune", "build_prune"
]
_TABLES: Mapping[str, type] = {
    "containers": ContainerFilters,
    "images": ImageFilters,
    "networks": NetworkFilters,
    "volumes": VolumeFilters,
    "events": EventFilters,
    "prune": PruneFilters,
    "image_prune": ImagePruneFilters,
    "volume_prune": VolumePruneFilters,
    "build_prune": BuildPruneFilters,
}


def wire_filters(kind: Kind, filters: object, *, version: Version = NEWEST) -> dict[str, list[str]]:
    """Return filters as the daemon wants them: each name with a list of texts.

    Raises InvalidArgument for a name that does not exist (with the one that was meant) and for a wrong value, and
    Unsupported when the API `version` does not know the filter.
    """
    table = _TABLES[kind]
    given = check_names(cast("Mapping[str, object]", filters or {}), table, f"a filter of {kind.replace('_', ' ')}")
    known = entries(table)
    wire: dict[str, list[str]] = {}
    for name, value in given.items():
        place(wire, name, known[name], value, version)
    return {name: values for name, values in wire.items() if values}


async def known_filters(api: API, kind: Kind, filters: object) -> dict[str, list[str]]:
    """Return filters for the version that is spoken with the daemon; wrong ones are refused before it is asked."""
    version = api.engine.version
    wire = wire_filters(kind, filters, version=version or NEWEST)
    return wire if version else wire_filters(kind, filters, version=await api.engine.negotiate())
