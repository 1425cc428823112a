"""What the daemon knows of a volume, as data; the verbs are elsewhere.

Danger: a volume's name is its id. Its size and its users are counted only by the disk usage report.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Annotated, ClassVar, Generic, TypeVar

from pydantic import Field

from pydock.models._base import Known, Model, NullDict, NullList, Resource, When, wire
from pydock.models.cluster_volume import ClusterVolume
from pydock.models.units import Size

__all__ = ["VolumeData", "VolumeList", "VolumePruneReport", "VolumeUsage"]


class VolumeUsage(Model):
    """How much a volume is used."""

    size: Known[Size] = None
    """How much of the disk it takes; None when the driver cannot say."""
    ref_count: Known[int] = None
    """How many containers have it, running or not; None when it was not counted."""


class VolumeData(Resource):
    """A volume. List and inspect know the same."""

    noun: ClassVar[str] = "volume"

    id: Annotated[str, Field(alias="Name")]
    """The name."""
    driver: str = ""
    """The driver: `local`."""
    mountpoint: str = ""
    """The path on the host."""
    created_at: When = None
    """When it was created."""
    status: NullDict[str, object] = Field(default_factory=dict[str, object])
    """The driver's own words about it."""
    labels: NullDict[str, str] = Field(default_factory=dict[str, str])
    """What its maker noted."""
    scope: str = ""
    """How far it reaches: `local` or `global`."""
    cluster_volume: ClusterVolume | None = None
    """What the swarm knows of it (API 1.42)."""
    options: NullDict[str, str] = Field(default_factory=dict[str, str])
    """The driver's options."""
    usage_data: VolumeUsage | None = None
    """How much it is used; only in a disk usage report."""

    @property
    def name(self) -> str:
        """The name, which is the id."""
        return self.id

    @property
    def size(self) -> Size | None:
        """How much of the disk it takes; None until `await volume.usage()`, or when the driver cannot say."""
        return self.usage_data.size if self.usage_data else None

    @property
    def anonymous(self) -> bool:
        """It was made without a name (known of those made by Engine 23 or later)."""
        return "com.docker.volume.anonymous" in self.labels

    @property
    def age(self) -> timedelta | None:
        """How long ago it was created."""
        return None if self.created_at is None else datetime.now(UTC) - self.created_at

    def _words(self) -> Iterable[str]:
        return (self.driver,)


VolumeT = TypeVar("VolumeT", bound=VolumeData)


class VolumeList(Model, Generic[VolumeT]):
    """What listing volumes answered: `parse(VolumeList[Volume], body, api)`."""

    volumes: NullList[VolumeT] = Field(default_factory=list[VolumeT])
    """The volumes."""
    warnings: NullList[str] = Field(default_factory=list[str])
    """What drivers could not list."""


class VolumePruneReport(Model):
    """What pruning removed."""

    __display__ = "prune"

    deleted: NullList[str] = wire("VolumesDeleted", [])
    """The names of the removed volumes."""
    reclaimed: Size = wire("SpaceReclaimed", Size(0))
    """How many bytes are free again."""
