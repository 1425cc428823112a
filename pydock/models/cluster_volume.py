"""Volumes that a swarm's CSI plugin keeps (API 1.42)."""

from __future__ import annotations

from pydantic import Field

from pydock.models._base import Model, NullDict, NullList, When, wire
from pydock.models.units import Size

__all__ = [
    "AccessMode",
    "AccessibilityRequirements",
    "CapacityRange",
    "ClusterVolume",
    "ClusterVolumeInfo",
    "ClusterVolumeSpec",
    "ObjectVersion",
    "PublishStatus",
    "Topology",
    "VolumeSecret",
]


class ObjectVersion(Model):
    """The version of an object of a swarm; an update must name it."""

    index: int = 0
    """The version."""


class Topology(Model):
    """A place in the cluster."""

    segments: NullDict[str, str] = Field(default_factory=dict[str, str])
    """Its coordinates: zone, rack, … by name."""


class AccessibilityRequirements(Model):
    """From where a volume must be reached."""

    requisite: NullList[Topology] = Field(default_factory=list[Topology])
    """At least one of these places."""
    preferred: NullList[Topology] = Field(default_factory=list[Topology])
    """Rather these, the best first."""


class CapacityRange(Model):
    """How large a volume is to be."""

    required_bytes: Size = Size(0)
    """At least; zero is any."""
    limit_bytes: Size = Size(0)
    """At most; zero is any."""


class VolumeSecret(Model):
    """A secret that the plugin gets."""

    key: str = ""
    """The plugin's name for it."""
    secret: str = ""
    """The swarm's secret."""


class AccessMode(Model):
    """How tasks use a volume."""

    scope: str = ""
    """`single` node or `multi`."""
    sharing: str = ""
    """`none`, `readonly`, `onewriter` or `all`."""
    mount_volume: NullDict[str, object] = Field(default_factory=dict[str, object])
    """Options of volumes with a file system."""
    secrets: NullList[VolumeSecret] = Field(default_factory=list[VolumeSecret])
    """Secrets that the plugin gets."""
    accessibility_requirements: AccessibilityRequirements | None = None
    """From where it must be reached."""
    capacity_range: CapacityRange | None = None
    """How large it is to be."""
    availability: str = ""
    """`active`, `pause` or `drain`."""


class ClusterVolumeSpec(Model):
    """What a cluster volume is to be."""

    group: str = ""
    """A name that several volumes share."""
    access_mode: AccessMode | None = None
    """How tasks use it."""
    secrets: NullList[VolumeSecret] = Field(default_factory=list[VolumeSecret])
    """Secrets that the plugin gets (where the engine sends them, not where the description has them)."""
    accessibility_requirements: AccessibilityRequirements | None = None
    """From where it must be reached."""
    capacity_range: CapacityRange | None = None
    """How large it is to be."""
    availability: str = ""
    """`active`, `pause` or `drain`."""


class ClusterVolumeInfo(Model):
    """What the plugin says about a volume."""

    capacity_bytes: Size = Size(0)
    """How large it is; zero is unknown."""
    volume_context: NullDict[str, str] = Field(default_factory=dict[str, str])
    """The plugin's own notes."""
    volume_id: str = wire("VolumeID", "")
    """The plugin's id; empty before it is made."""
    accessible_topology: NullList[Topology] = Field(default_factory=list[Topology])
    """From where it is reached."""


class PublishStatus(Model):
    """How a volume is on one node."""

    node_id: str = wire("NodeID", "")
    """The node."""
    state: str = ""
    """`pending-publish`, `published`, `pending-node-unpublish`, `pending-controller-unpublish`."""
    publish_context: NullDict[str, str] = Field(default_factory=dict[str, str])
    """The plugin's own notes."""


class ClusterVolume(Model):
    """What a swarm knows of a volume."""

    id: str = wire("ID", "")
    """The swarm's id; it is not the volume's name."""
    version: ObjectVersion = Field(default_factory=ObjectVersion)
    """The version; an update must name it."""
    created_at: When = None
    """When it was created."""
    updated_at: When = None
    """When it was last changed."""
    spec: ClusterVolumeSpec = Field(default_factory=ClusterVolumeSpec)
    """What it is to be."""
    info: ClusterVolumeInfo | None = None
    """What the plugin says."""
    publish_status: NullList[PublishStatus] = Field(default_factory=list[PublishStatus])
    """How it is on each node."""
