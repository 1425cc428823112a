"""`docker.prune()`: what nobody uses is removed, or only named with `dry_run=True`.

Danger: what is gone stays gone. Filters are checked before the first removal, and volumes go only when
asked for.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from pydantic import Field

from pydock.api import API
from pydock.display.mixin import Displayed
from pydock.errors import InvalidArgument, NotFound
from pydock.models._base import Model, NullList, parse
from pydock.models.disk_usage import BuildCacheRecord, DiskUsage
from pydock.models.units import Size, unix_time
from pydock.models.volumes import Volumes, labels_match
from pydock.transport.version import Version

__all__ = ["PruneReport", "prune", "would_prune"]

Filters = Mapping[str, Sequence[str]]
Item = Mapping[str, Any]
_PREDEFINED = ("bridge", "host", "none", "podman")
_STOPPED = ["created", "exited", "dead"]


@dataclass
class PruneReport(Displayed):
    """What `docker.prune()` has removed, or would remove."""

    __display__ = "prune"

    containers_deleted: list[str] = field(default_factory=list[str])
    """Ids."""
    networks_deleted: list[str] = field(default_factory=list[str])
    """Names."""
    volumes_deleted: list[str] = field(default_factory=list[str])
    """Names."""
    images_deleted: list[str] = field(default_factory=list[str])
    """Ids of images, with the intermediate ones of builds; not the layers, nor the names that were taken away."""
    build_cache_deleted: list[str] = field(default_factory=list[str])
    """Ids of the builder's records."""
    reclaimed: Size = field(default_factory=Size)
    """Bytes. With `dry_run` an estimate: layers that images share are counted for each."""
    dry_run: bool = False
    """True: nothing was removed."""


class _Deleted(Model):
    deleted: str = ""


class _Answer(Model):
    containers_deleted: NullList[str] = Field(default_factory=list[str])
    networks_deleted: NullList[str] = Field(default_factory=list[str])
    images_deleted: NullList[_Deleted] = Field(default_factory=list[_Deleted])
    caches_deleted: NullList[str] = Field(default_factory=list[str])
    space_reclaimed: int = 0


async def prune(api: API, *, all: bool, volumes: bool, filters: Filters) -> PruneReport:
    """Remove stopped containers, unused networks, dangling images, build cache; volumes when asked."""
    _check(volumes, filters)
    images = {"dangling": ["false" if all else "true"], **filters}
    containers = parse(_Answer, await api.containers.prune(filters=filters))
    networks = parse(_Answer, await api.networks.prune(filters=filters))
    gone = await Volumes(api).prune_matching(filters, all=False, dry_run=False) if volumes else None
    known = {_digits(item["Id"]): item["Id"] for item in _items(await api.images.list(all=True))}
    untagged = parse(_Answer, await api.images.prune(filters=images))
    cache = await _prune_cache(api, all, filters)
    answers = (containers, untagged, cache)
    reclaimed = sum(answer.space_reclaimed for answer in answers) + (gone.reclaimed if gone else 0)
    return PruneReport(
        containers.containers_deleted,
        networks.networks_deleted,
        gone.deleted if gone else [],
        # layers are told as well, and Podman leaves out the `sha256:`
        [known[_digits(item.deleted)] for item in untagged.images_deleted if _digits(item.deleted) in known],
        cache.caches_deleted,
        Size(reclaimed),
    )


async def _prune_cache(api: API, all: bool, filters: Filters) -> _Answer:
    if any(name.startswith("label") for name in filters):
        return _Answer()  # a record of the builder has no labels: a filter for them chooses none
    try:
        return parse(_Answer, await api.images.build_prune(all=all or None, filters=filters))
    except NotFound:  # Podman has no such operation
        return _Answer()


async def would_prune(api: API, *, all: bool, volumes: bool, filters: Filters) -> PruneReport:
    """Return what `prune` would remove now."""
    _check(volumes, filters)
    every = _items(await api.containers.list(all=True, size=True))
    stopped = [item for item in every if item["State"] in _STOPPED and _matches(item, filters)]
    going = {item["Id"] for item in stopped}
    staying = [item for item in every if item["Id"] not in going]
    used = {item["ImageID"] for item in staying}
    networks = await _unused_networks(api, staying)
    here = _items(await api.images.list(all=True))
    parents = {_parent(item) for item in here}
    images = [item for item in here if _goes(item, parents, used, all=all) and _matches(item, filters)]
    removed = _with_parents(images, here, used)
    gone = await Volumes(api).prune_matching(filters, all=False, dry_run=True) if volumes else None
    cache = await _unused_cache(api, all, filters)
    sizes = [
        *(item.get("SizeRw", 0) for item in stopped),
        *(item["Size"] for item in images),
        *(record.size for record in cache),
    ]
    return PruneReport(
        [item["Id"] for item in stopped],
        [item["Name"] for item in networks if _matches(item, filters)],
        gone.deleted if gone else [],
        [item["Id"] for item in removed],
        [record.id for record in cache],
        Size(sum(sizes) + (gone.reclaimed if gone else 0)),
        dry_run=True,
    )


async def _unused_networks(api: API, running: Sequence[Item]) -> list[Item]:
    """List the networks that no running container is on. The daemon's own filter `dangling` names used ones as well."""
    swarm = {item["Id"] for item in _items(await api.networks.list(filters={"dangling": ["true"]}))}
    joined: set[str] = set()
    for item in running:
        settings: Item = item.get("NetworkSettings") or {}
        joined |= set(settings.get("Networks") or ())
    return [
        item
        for item in _items(await api.networks.list())
        if item["Name"] not in {*_PREDEFINED, *joined}
        and not item.get("Ingress")
        and not item.get("ConfigOnly")
        and (item.get("Scope") != "swarm" or item["Id"] in swarm)
    ]


def _digits(id: str) -> str:
    return id.removeprefix("sha256:")


def _check(volumes: bool, filters: Filters) -> None:
    if volumes and "until" in filters:
        raise InvalidArgument("No engine knows when a volume was used last: prune volumes without until=.")


def _items(body: Any) -> list[dict[str, Any]]:
    return body.load() or []


def _dangling(image: Mapping[str, Any]) -> bool:
    return (image.get("RepoTags") or ["<none>:<none>"]) == ["<none>:<none>"]


def _goes(image: Item, parents: Collection[str], used: Collection[str], *, all: bool) -> bool:
    """Return whether an image is one to prune.

    A nameless one that others were built on stays with them, but not in containerd's store (which tells descriptors).
    """
    intermediate = "Descriptor" not in image and _dangling(image) and _digits(image["Id"]) in parents
    return image["Id"] not in used and not intermediate and (all or _dangling(image))


def _parent(image: Item) -> str:
    """Return the id of what it was built on; Podman leaves out the `sha256:` of this one only."""
    return _digits(image.get("ParentId") or "")


def _with_parents(going: Sequence[Item], here: Sequence[Item], used: Collection[str]) -> list[Item]:
    """Add the intermediate images that nothing else was built on: they go with the last one that needs them."""
    gone = {_digits(image["Id"]): image for image in going}
    by_id = {_digits(image["Id"]): image for image in here}
    children: dict[str, set[str]] = {}
    for image in here:
        children.setdefault(_parent(image), set()).add(_digits(image["Id"]))
    for image in going:
        parent = by_id.get(_parent(image))
        while parent is not None and _dangling(parent) and parent["Id"] not in used:
            digits = _digits(parent["Id"])
            if not children[digits] <= gone.keys():
                break
            gone[digits] = parent
            parent = by_id.get(_parent(parent))
    return list(gone.values())


async def _unused_cache(api: API, all: bool, filters: Filters) -> list[BuildCacheRecord]:
    if any(name.startswith("label") for name in filters):
        return []
    version = await api.system.negotiated()
    body = await api.system.data_usage(
        type=["build-cache"] if version >= Version(1, 42) else None,
        verbose=True if version >= Version(1, 52) else None,
    )
    unused = [item for item in parse(DiskUsage, body).build_cache.items if not item.in_use and (all or not item.shared)]
    return [item for item in unused if _old_enough(_last_used(item), filters)]


def _last_used(record: BuildCacheRecord) -> float:
    moment = record.last_used_at or record.created_at
    return moment.timestamp() if moment else 0.0


def _matches(item: Mapping[str, Any], filters: Filters) -> bool:
    """Apply the filters of a prune to an item of a list."""
    labels: Mapping[str, str] = item.get("Labels") or {}
    return labels_match(labels, filters) and _old_enough(item.get("Created", 0), filters)


def _old_enough(created: float | str, filters: Filters) -> bool:
    seconds = datetime.fromisoformat(created).timestamp() if isinstance(created, str) else created
    return all(seconds <= float(unix_time(until)) for until in filters.get("until", ()))
