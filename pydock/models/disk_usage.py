"""What takes the daemon's disk, and what of it could go.

Danger: API 1.52 brought another shape, engines may send both, and zero numbers are then left out. What is
said here does not depend on the shape: the sums follow `docker system df`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from pydantic import Field

from pydock.models._base import Model, NullList, When, wire
from pydock.models.container_data import ContainerSummaryData
from pydock.models.container_parts import ContainerStatus
from pydock.models.image_data import ImageSummaryData
from pydock.models.units import Size
from pydock.models.volume_data import VolumeData

__all__ = [
    "BuildCacheRecord",
    "BuildCacheUsage",
    "ContainersUsage",
    "DiskUsage",
    "ImagesUsage",
    "Usage",
    "VolumesUsage",
]

T = TypeVar("T")


class BuildCacheRecord(Model):
    """A record of the build cache."""

    id: str = wire("ID", "")
    """Its id."""
    parent: str = ""
    """The record it builds on; gone with API 1.42."""
    parents: NullList[str] = Field(default_factory=list[str])
    """The records it builds on (API 1.42)."""
    type: str = ""
    """`regular`, `internal`, `frontend`, `source.local`, `source.git.checkout`, `exec.cachemount`."""
    description: str = ""
    """The build step that made it."""
    in_use: bool = False
    """A build uses it now."""
    shared: bool = False
    """Its files are an image's as well, so it takes no disk of its own."""
    size: Size = Size(0)
    """How much of the disk it takes."""
    created_at: When = None
    """When it was made."""
    last_used_at: When = None
    """When it was last used; None is never."""
    usage_count: int = 0
    """How often it was used."""


class _Counted(Model):
    active_count: int = 0
    """How many are in use."""
    total_count: int = 0
    """How many there are."""
    reclaimable: Size = Size(0)
    """How many bytes pruning could free."""
    total_size: Size = Size(0)
    """How many bytes they take."""


class ImagesUsage(_Counted):
    """The images, as sent since API 1.52."""

    items: NullList[ImageSummaryData] = Field(default_factory=list[ImageSummaryData])
    """The images; only with `verbose=True`."""


class ContainersUsage(_Counted):
    """The containers, as sent since API 1.52."""

    items: NullList[ContainerSummaryData] = Field(default_factory=list[ContainerSummaryData])
    """The containers; only with `verbose=True`."""


class VolumesUsage(_Counted):
    """The volumes, as sent since API 1.52."""

    items: NullList[VolumeData] = Field(default_factory=list[VolumeData])
    """The volumes; only with `verbose=True`."""


class BuildCacheUsage(_Counted):
    """The build cache, as sent since API 1.52."""

    items: NullList[BuildCacheRecord] = Field(default_factory=list[BuildCacheRecord])
    """The records; only with `verbose=True`."""


@dataclass(frozen=True, slots=True)
class Usage(Generic[T]):
    """How much of the disk one kind of object takes."""

    total_count: int
    """How many there are."""
    active_count: int
    """How many are in use."""
    size: Size
    """How many bytes they take."""
    reclaimable: Size
    """How many bytes pruning could free."""
    items: Sequence[T]
    """The objects; since API 1.52 only with `verbose=True`."""


class DiskUsage(Model):
    """What takes the daemon's disk: `images`, `containers`, `volumes`, `build_cache`."""

    __display__ = "disk_usage"

    layers_size: Size = Size(0)
    """What all image layers take; before API 1.52."""
    builder_size: Size = Size(0)
    """What the build cache takes; gone with API 1.42."""
    legacy_images: NullList[ImageSummaryData] = wire("Images", [])
    """The images; before API 1.52."""
    legacy_containers: NullList[ContainerSummaryData] = wire("Containers", [])
    """The containers; before API 1.52."""
    legacy_volumes: NullList[VolumeData] = wire("Volumes", [])
    """The volumes; before API 1.52."""
    legacy_build_cache: NullList[BuildCacheRecord] = wire("BuildCache", [])
    """The build cache; before API 1.52."""
    image_usage: ImagesUsage | None = None
    """The images (API 1.52)."""
    container_usage: ContainersUsage | None = None
    """The containers (API 1.52)."""
    volume_usage: VolumesUsage | None = None
    """The volumes (API 1.52)."""
    build_cache_usage: BuildCacheUsage | None = None
    """The build cache (API 1.52)."""

    @property
    def images(self) -> Usage[ImageSummaryData]:
        """The images. Active are those that containers were made from."""
        items = self.legacy_images
        if new := self.image_usage:
            return _as_sent(new, new.items or items)
        used = [image for image in items if image.containers != 0]
        own = sum(image.size - image.shared_size for image in used if image.shared_size is not None)
        return _summed(items, [image for image in items if image.containers], self.layers_size, self.layers_size - own)

    @property
    def containers(self) -> Usage[ContainerSummaryData]:
        """What containers wrote beyond their images. Active are those that run, are paused or restart."""
        items = self.legacy_containers
        if new := self.container_usage:
            return _as_sent(new, new.items or items)
        active = [container for container in items if container.status in _ACTIVE]
        written = _total(container.size_rw for container in items)
        return _summed(items, active, written, written - _total(container.size_rw for container in active))

    @property
    def volumes(self) -> Usage[VolumeData]:
        """The volumes. Active are those that a container has, running or not."""
        items = self.legacy_volumes
        if new := self.volume_usage:
            return _as_sent(new, new.items or items)
        counted = [volume for volume in items if volume.usage_data]
        active = [volume for volume in counted if volume.usage_data and volume.usage_data.ref_count]
        free = [volume for volume in counted if volume.usage_data and volume.usage_data.ref_count == 0]
        return _summed(items, active, _volumes_size(counted), _volumes_size(free))

    @property
    def build_cache(self) -> Usage[BuildCacheRecord]:
        """The build cache. Active are the records that a build uses now; shared ones count with the images."""
        items = self.legacy_build_cache
        if new := self.build_cache_usage:
            return _as_sent(new, new.items or items)
        active = [record for record in items if record.in_use]
        size = _total(record.size for record in items if not record.shared)
        return _summed(items, active, size, size - _total(record.size for record in active if not record.shared))

    @property
    def size(self) -> Size:
        """What all of it takes."""
        return Size(sum(kind.size for kind in (self.images, self.containers, self.volumes, self.build_cache)))

    @property
    def reclaimable(self) -> Size:
        """What pruning could free."""
        kinds = (self.images, self.containers, self.volumes, self.build_cache)
        return Size(sum(kind.reclaimable for kind in kinds))


_ACTIVE = (ContainerStatus.RUNNING, ContainerStatus.PAUSED, ContainerStatus.RESTARTING)


def _as_sent(sent: _Counted, items: Sequence[T]) -> Usage[T]:
    return Usage(sent.total_count, sent.active_count, sent.total_size, sent.reclaimable, items)


def _summed(items: Sequence[T], active: Sequence[T], size: int, reclaimable: int) -> Usage[T]:
    return Usage(len(items), len(active), Size(size), Size(max(reclaimable, 0)), items)


def _total(sizes: Iterable[int | None]) -> int:
    return sum(size or 0 for size in sizes)


def _volumes_size(volumes: Iterable[VolumeData]) -> int:
    return _total(volume.usage_data.size for volume in volumes if volume.usage_data)
