"""`docker.prune()`: what nobody uses is removed, or only named with `dry_run=True`.

Danger: what is gone stays gone. Filters are checked before the first removal, and volumes go only when
asked for.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from pydantic import Field

from pydock.api import API
from pydock.display.mixin import Displayed
from pydock.errors import InvalidArgument, NotFound
from pydock.models._base import Model, NullList, parse
from pydock.models.units import Size, unix_time
from pydock.models.volumes import Volumes, labels_match

__all__ = ["PruneReport", "prune", "would_prune"]

Filters = Mapping[str, Sequence[str]]
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
    """Ids of images and layers; names that were taken away are not listed."""
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
    untagged = parse(_Answer, await api.images.prune(filters=images))
    cache = await _prune_cache(api, all, filters)
    answers = (containers, untagged, cache)
    reclaimed = sum(answer.space_reclaimed for answer in answers) + (gone.reclaimed if gone else 0)
    return PruneReport(
        containers.containers_deleted,
        networks.networks_deleted,
        gone.deleted if gone else [],
        [item.deleted for item in untagged.images_deleted if item.deleted],
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
    used = {item["ImageID"] for item in every if item not in stopped}
    networks = _items(await api.networks.list(filters={"dangling": ["true"]}))
    images = [item for item in _items(await api.images.list()) if item["Id"] not in used and (all or _dangling(item))]
    images = [item for item in images if _matches(item, filters)]
    gone = await Volumes(api).prune_matching(filters, all=False, dry_run=True) if volumes else None
    cache = await _unused_cache(api, all, filters)
    sizes = [*(item.get("SizeRw", 0) for item in stopped), *(item["Size"] for item in [*images, *cache])]
    return PruneReport(
        [item["Id"] for item in stopped],
        [item["Name"] for item in networks if _matches(item, filters)],
        gone.deleted if gone else [],
        [item["Id"] for item in images],
        [item["ID"] for item in cache],
        Size(sum(sizes) + (gone.reclaimed if gone else 0)),
        dry_run=True,
    )


def _check(volumes: bool, filters: Filters) -> None:
    if volumes and "until" in filters:
        raise InvalidArgument("No engine knows when a volume was used last: prune volumes without until=.")


def _items(body: Any) -> list[dict[str, Any]]:
    return body.load() or []


def _dangling(image: Mapping[str, Any]) -> bool:
    return (image.get("RepoTags") or ["<none>:<none>"]) == ["<none>:<none>"]


async def _unused_cache(api: API, all: bool, filters: Filters) -> list[dict[str, Any]]:
    if any(name.startswith("label") for name in filters):
        return []
    records: list[dict[str, Any]] = (await api.system.data_usage()).load().get("BuildCache") or []
    unused = [item for item in records if not item.get("InUse") and (all or not item.get("Shared"))]
    return [item for item in unused if _old_enough(item.get("LastUsedAt") or item.get("CreatedAt") or 0, filters)]


def _matches(item: Mapping[str, Any], filters: Filters) -> bool:
    """Apply the filters of a prune to an item of a list."""
    labels: Mapping[str, str] = item.get("Labels") or {}
    return labels_match(labels, filters) and _old_enough(item.get("Created", 0), filters)


def _old_enough(created: float | str, filters: Filters) -> bool:
    seconds = datetime.fromisoformat(created).timestamp() if isinstance(created, str) else created
    return all(seconds <= float(unix_time(until)) for until in filters.get("until", ()))
