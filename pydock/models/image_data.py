"""What `list` and what `inspect` know of an image, its manifests and its history, as data; the verbs are elsewhere.

Danger: with the containerd image store the id is the manifest's digest and not the config's, and sizes
count differently; ids and sizes of two daemons must not be compared. `<none>:<none>` is no tag.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Annotated, ClassVar

from pydantic import Field

from pydock.models._base import Known, Model, NullDict, NullList, OpenEnum, Resource, When, wire
from pydock.models.container_config import ContainerConfig, ImageConfig
from pydock.models.image_identity import Identity
from pydock.models.oci import Descriptor, Platform
from pydock.models.storage import GraphDriver
from pydock.models.units import Size

__all__ = [
    "AttestationData",
    "AttestationStatement",
    "BuildPruneReport",
    "CommitResult",
    "DeleteResult",
    "HistoryLayer",
    "ImageData",
    "ImageManifest",
    "ImageManifestData",
    "ImageMetadata",
    "ImagePruneReport",
    "ImageSummaryData",
    "ManifestKind",
    "ManifestSize",
    "RootFS",
    "SearchResult",
    "UnpackedSize",
]


class ManifestKind(OpenEnum):
    """What a manifest describes."""

    IMAGE = "image"
    ATTESTATION = "attestation"
    UNKNOWN = "unknown"


class ManifestSize(Model):
    """How much of the disk a manifest's content takes."""

    total: Size = Size(0)
    """Content and unpacked files together."""
    content: Size = Size(0)
    """The content as it was pulled: compressed layers, config."""


class UnpackedSize(Model):
    """How much of the disk the unpacked files take."""

    unpacked: Size | None = None
    """The bytes; None when it is not unpacked."""


class ImageManifestData(Model):
    """What a manifest of an image says."""

    platform: Platform = Field(default_factory=Platform)
    """What it runs on."""
    identity: Identity | None = None
    """Where it comes from (API 1.54, on request)."""
    containers: NullList[str] = Field(default_factory=list[str])
    """The ids of the containers made from it."""
    size: UnpackedSize = Field(default_factory=UnpackedSize)
    """How much of the disk the unpacked files take."""


class AttestationData(Model):
    """What a manifest of attestations is about."""

    for_digest: str | None = wire("For", None)
    """The manifest's digest that it attests."""


class ImageManifest(Model):
    """One manifest of an image: a platform, or attestations (API 1.47, containerd image store)."""

    id: str = wire("ID", "")
    """Its digest."""
    descriptor: Descriptor = Field(default_factory=Descriptor)
    """What points at it."""
    available: bool = False
    """All of its content is here."""
    size: ManifestSize = Field(default_factory=ManifestSize)
    """How much of the disk it takes."""
    kind: ManifestKind = ManifestKind.UNKNOWN
    """What it describes."""
    image: ImageManifestData | None = wire("ImageData", None)
    """What it says, when it is an image."""
    attestation: AttestationData | None = wire("AttestationData", None)
    """What it is about, when it holds attestations."""


class RootFS(Model):
    """The layers of an image."""

    type: str = ""
    """`layers`."""
    layers: NullList[str] = Field(default_factory=list[str])
    """The digests of the unpacked layers, the base first."""


class ImageMetadata(Model):
    """What this daemon noted about an image."""

    last_tag_time: When = None
    """When it was last tagged here; None with a graph driver when it never was."""


class ImageSummaryData(Resource):
    """An image as a list shows it."""

    noun: ClassVar[str] = "image"

    parent_id: str = ""
    """The image it was built on here; empty for pulled images."""
    repo_tags: NullList[str] = Field(default_factory=list[str])
    """Its names as sent; `tags` leaves out `<none>:<none>`."""
    repo_digests: NullList[str] = Field(default_factory=list[str])
    """Its names with the digests of registries: `name@sha256:…`."""
    created: When = None
    """When it was built."""
    size: Size = Size(0)
    """How much of the disk it takes, with what it shares with others."""
    shared_size: Known[Size] = None
    """What it shares with other images; None when it was not counted (only with `shared_size=True`)."""
    virtual_size: Size | None = None
    """The same as `size`; gone with API 1.44."""
    labels: NullDict[str, str] = Field(default_factory=dict[str, str])
    """What its maker noted."""
    containers: Known[int] = None
    """How many containers were made from it; None when it was not counted (before API 1.51)."""
    manifests: NullList[ImageManifest] = Field(default_factory=list[ImageManifest])
    """Its manifests (API 1.47, containerd image store, only with `manifests=True`)."""
    descriptor: Descriptor | None = None
    """What its name points at (API 1.48, containerd image store)."""

    @property
    def tags(self) -> list[str]:
        """Its names with tags."""
        return _tags(self.repo_tags)

    @property
    def name(self) -> str:
        """Its first tag, or its short id."""
        return next(iter(self.tags), self.short_id)

    @property
    def digest(self) -> str | None:
        """The digest by which a registry knows it; None when it was never pulled or pushed."""
        return _digest(self.repo_digests, self.descriptor)

    @property
    def platforms(self) -> list[Platform]:
        """The platforms whose content is all here; empty unless listed with `manifests=True`."""
        return _available(self.manifests)

    @property
    def age(self) -> timedelta | None:
        """How long ago it was built."""
        return _age(self.created)

    def _words(self) -> Iterable[str]:
        return (*self.tags, str(self.size))


class ImageData(Resource):
    """An image with all that inspect knows."""

    noun: ClassVar[str] = "image"

    descriptor: Descriptor | None = None
    """What its name points at (API 1.48, containerd image store)."""
    manifests: NullList[ImageManifest] = Field(default_factory=list[ImageManifest])
    """Its manifests (API 1.48, containerd image store, only with `manifests=True`)."""
    identity: Identity | None = None
    """Where it comes from (API 1.53)."""
    repo_tags: NullList[str] = Field(default_factory=list[str])
    """Its names as sent; `tags` leaves out `<none>:<none>`."""
    repo_digests: NullList[str] = Field(default_factory=list[str])
    """Its names with the digests of registries: `name@sha256:…`."""
    parent: str = ""
    """The image it was built on here; left out since API 1.52 when empty."""
    comment: str | None = None
    """What its maker said about the last step."""
    created: When = None
    """When it was built."""
    container: str = ""
    """The container it was committed from; gone with API 1.45."""
    container_config: ContainerConfig | None = None
    """That container's settings; gone with API 1.45."""
    docker_version: str = ""
    """The engine that built it; left out since API 1.52 when empty."""
    author: str | None = None
    """Who made it."""
    config: ImageConfig = Field(default_factory=ImageConfig)
    """What it says about the containers made of it."""
    architecture: str = ""
    """The processor: `amd64`."""
    variant: str | None = None
    """The processor's variant: `v8`."""
    os: str = ""
    """The operating system: `linux`."""
    os_version: str | None = None
    """The operating system's version (Windows)."""
    size: Size = Size(0)
    """How much of the disk it takes; what is counted differs between image stores and engines."""
    virtual_size: Size | None = None
    """The same as `size`; gone with API 1.44."""
    graph_driver: GraphDriver | None = None
    """Where its layers are; None with the containerd image store since API 1.52."""
    root_fs: Annotated[RootFS, Field(alias="RootFS")] = Field(default_factory=RootFS)
    """Its layers."""
    metadata: ImageMetadata = Field(default_factory=ImageMetadata)
    """What this daemon noted about it."""

    @property
    def tags(self) -> list[str]:
        """Its names with tags."""
        return _tags(self.repo_tags)

    @property
    def name(self) -> str:
        """Its first tag, or its short id."""
        return next(iter(self.tags), self.short_id)

    @property
    def digest(self) -> str | None:
        """The digest by which a registry knows it; None when it was never pulled or pushed."""
        return _digest(self.repo_digests, self.descriptor)

    @property
    def labels(self) -> dict[str, str]:
        """What its maker noted."""
        return self.config.labels

    @property
    def layers(self) -> list[str]:
        """The digests of its unpacked layers, the base first. `history` has their commands and sizes."""
        return self.root_fs.layers

    @property
    def platform(self) -> Platform:
        """What it runs on."""
        return Platform(
            os=self.os, architecture=self.architecture, variant=self.variant or "", os_version=self.os_version or ""
        )

    @property
    def platforms(self) -> list[Platform]:
        """The platforms whose content is all here; only its own unless inspected with `manifests=True`."""
        return _available(self.manifests) or [self.platform]

    @property
    def age(self) -> timedelta | None:
        """How long ago it was built."""
        return _age(self.created)

    def _words(self) -> Iterable[str]:
        return (*self.tags, str(self.platform), str(self.size))


class HistoryLayer(Model):
    """One step of how an image was made."""

    __display__ = "layer"

    id: str = ""
    """The image of the step; `<missing>` when it is not here."""
    created: When = None
    """When the step was done."""
    created_by: str = ""
    """The command of the step."""
    tags: NullList[str] = Field(default_factory=list[str])
    """The names of the step's image."""
    size: Size = Size(0)
    """How many bytes the step added."""
    comment: str = ""
    """What was said about the step."""


class DeleteResult(Model):
    """One thing that deleting an image did: a name was taken off, or an image is gone."""

    untagged: str | None = None
    """The name that was taken off."""
    deleted: str | None = None
    """The id of what is gone."""

    def __str__(self) -> str:
        return f"Untagged: {self.untagged}" if self.untagged else f"Deleted: {self.deleted}"


class SearchResult(Model):
    """A repository that a search on Docker Hub found."""

    name: str = wire("name", "")
    """The repository."""
    description: str = wire("description", "")
    """What it is said to be."""
    is_official: bool = wire("is_official", False)
    """Docker vouches for it."""
    is_automated: bool = wire("is_automated", False)
    """Deprecated; always False since API 1.45."""
    star_count: int = wire("star_count", 0)
    """How many users like it."""


class ImagePruneReport(Model):
    """What pruning removed."""

    __display__ = "prune"

    deleted: NullList[DeleteResult] = wire("ImagesDeleted", [])
    """The names taken off and the images gone."""
    reclaimed: Size = wire("SpaceReclaimed", Size(0))
    """How many bytes are free again."""


class BuildPruneReport(Model):
    """What pruning the build cache removed."""

    __display__ = "prune"

    deleted: NullList[str] = wire("CachesDeleted", [])
    """The ids of the removed records."""
    reclaimed: Size = wire("SpaceReclaimed", Size(0))
    """How many bytes are free again."""


class CommitResult(Model):
    """What committing a container answered."""

    id: str
    """The new image's id."""


class AttestationStatement(Model):
    """A statement about an image that comes with it: its provenance, its bill of materials (API 1.55)."""

    descriptor: Descriptor = Field(default_factory=Descriptor)
    """What points at the statement."""
    predicate_type: str = ""
    """What kind of statement it is, as a URL."""
    statement: NullDict[str, object] = Field(default_factory=dict[str, object])
    """The in-toto statement itself; only with `statement=True`."""


def _tags(repo_tags: Iterable[str]) -> list[str]:
    return [tag for tag in repo_tags if tag != "<none>:<none>"]


def _digest(repo_digests: Iterable[str], descriptor: Descriptor | None) -> str | None:
    digests = (name.partition("@")[2] for name in repo_digests if not name.endswith("@<none>"))
    return next(digests, None) or (descriptor.digest if descriptor else None) or None


def _available(manifests: Iterable[ImageManifest]) -> list[Platform]:
    return [one.image.platform for one in manifests if one.image and one.available]


def _age(created: datetime | None) -> timedelta | None:
    return None if created is None else datetime.now(UTC) - created
