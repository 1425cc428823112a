"""Where the daemon keeps the files of images and containers: graph drivers and, since API 1.52, snapshotters."""

from __future__ import annotations

from pydantic import Field

from pydock.models._base import Model, NullDict, wire

__all__ = ["GraphDriver", "Storage", "StorageRootFS", "StorageSnapshot"]


class GraphDriver(Model):
    """Where a graph driver keeps the layers."""

    name: str = ""
    """The driver: `overlay2`."""
    data: NullDict[str, str] = Field(default_factory=dict[str, str])
    """Paths on the host by the driver's own words."""


class StorageSnapshot(Model):
    """The snapshotter of a container's root file system."""

    name: str = ""
    """The snapshotter: `overlayfs`."""


class StorageRootFS(Model):
    """What keeps a container's root file system."""

    snapshot: StorageSnapshot | None = None
    """The snapshotter, with the containerd image store."""


class Storage(Model):
    """What keeps a container's files (API 1.52, containerd image store)."""

    root_fs: StorageRootFS | None = wire("RootFS", None)
    """What keeps the root file system."""
