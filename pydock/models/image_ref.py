"""The three tenses of an image: a ref (an id or name and every verb), what `list` knows, and what `inspect` knows.

Danger: an image's id differs between the two image stores, and one name may stand for images of several platforms.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from os import PathLike
from typing import TYPE_CHECKING, Self

from pydock.api import API
from pydock.errors import ImageNotFound, InvalidArgument, PlatformMismatch
from pydock.models._base import Listing, parse, parse_listing
from pydock.models.files.whole import write_whole
from pydock.models.image_data import AttestationStatement, DeleteResult, HistoryLayer, ImageData, ImageSummaryData
from pydock.models.layers import ImageContents, read_contents
from pydock.models.live import LiveImage
from pydock.models.oci import Platform
from pydock.models.references import ImageReference
from pydock.transport.deadline import deadline
from pydock.transport.streams import ByteStream
from pydock.transport.version import Version

if TYPE_CHECKING:
    from pydock.models.containers import ContainerSummary

__all__ = ["Image", "ImageRef", "ImageSummary", "image_of_platform"]

_MANIFESTS, _BY_PLATFORM = Version(1, 48), Version(1, 49)
"""Since when inspect tells manifests, and answers for one platform."""


class ImageRef(LiveImage):
    """An image by its id or name, with every verb. Making one sends no request."""

    noun = "image"

    async def inspect(self, *, manifests: bool = False, platform: str | None = None) -> Image:
        """Return what the daemon knows about it now.

        With `manifests` its `manifests` are told (API 1.48; containerd's image store only). With `platform` it is the
        image of that platform (API 1.49), and `ImageNotFound` when that is not here.
        """
        body = await self.api.images.inspect(self.id, manifests=manifests or None, platform=platform)
        return parse(Image, body, self.api)

    async def available_platforms(self) -> Listing[Platform]:
        """List the platforms of which all content is here; one, where the image store does not keep several.

        [str(platform) for platform in await image.available_platforms()]      # ["linux/amd64", "linux/arm64"]
        """
        several = await self.api.images.negotiated() >= _MANIFESTS
        return Listing((await self.inspect(manifests=several)).platforms, title="platforms")

    async def attestations(
        self, *, platform: str | None = None, type: Sequence[str] = (), statement: bool = False
    ) -> Listing[AttestationStatement]:
        """List what comes with it as proof: provenance, bills of materials (API 1.55, containerd's image store).

        `type` chooses predicate types (URLs); `statement` also loads the statements themselves.
        """
        body = await self.api.images.attestations(
            self.id, platform=[platform] if platform else None, type=list(type) or None, statement=statement or None
        )
        return parse_listing(AttestationStatement, body, None, "attestations")

    async def used_by(self) -> Listing[ContainerSummary]:
        """List the containers that were made from it or from an image built on it, running or not."""
        from pydock.models.containers import ContainerSummary  # containers know their image: no circle

        name = self.id.removeprefix("sha256:")  # with it Podman finds none
        body = await self.api.containers.list(all=True, filters={"ancestor": [name]})
        return parse_listing(ContainerSummary, body, self.api, "containers")

    async def history(self, *, platform: str | None = None) -> Listing[HistoryLayer]:
        """List its layers, newest first, with what made each and its size. `platform` needs API 1.48."""
        body = await self.api.images.history(self.id, platform=platform)
        return parse_listing(HistoryLayer, body, None, "layers")

    async def tag(self, reference: str) -> Self:
        """Give it another name: `await image.tag("registry.example/team/app:1.2")`."""
        name = ImageReference.parse(reference)
        if name.digest:
            raise InvalidArgument(f"{reference!r} has a digest, which cannot be given: image.tag('app:1.2').")
        await self.api.images.tag(self.id, repo=name.repository, tag=name.tag or "latest")
        return self

    async def remove(
        self, *, force: bool = False, prune_parents: bool = True, platforms: Sequence[str] = ()
    ) -> Listing[DeleteResult]:
        """Remove the name, or the image when it is the last one; return what was untagged and deleted.

        `ImageInUse` when a container needs it; `force` removes it under a stopped container. With `platforms` only
        these go (API 1.50, containerd's image store; several from 1.52).
        """
        body = await self.api.images.delete(
            self.id,
            force=force or None,
            noprune=None if prune_parents else True,
            platforms=list(platforms) or None,
        )
        return parse_listing(DeleteResult, body, None, "deletions")

    def save(self, *, platform: str | None = None) -> ByteStream:
        """Return it as a tar stream that `images.load` reads: `async for piece in image.save()`.

        `platform` chooses one of several (API 1.48). An image named by its id has no name in the tar.
        """
        return self.api.images.get(self.id, platform=[platform] if platform else None)

    async def save_to(
        self, path: str | PathLike[str], *, platform: str | None = None, timeout: float | timedelta | None = None
    ) -> None:
        """Write it as a tar to a local file, in constant memory. The file is there when all of it is.

        Raises `InvalidArgument` for a path that cannot be written.

            await docker.images["app:1"].save_to("app.tar")
        """
        with deadline(timeout, f"Saving {self.id}"):
            async with self.save(platform=platform) as stream:
                await write_whole(stream, path)

    async def contents(self, *, platform: str | None = None, timeout: float | timedelta | None = None) -> ImageContents:
        """Read what its layers hold, file by file, what is in them in vain, and how efficient it so is.

        All of it is streamed from the daemon (as `save` does), and only the headers are kept. `platform` chooses one
        of several (API 1.48). Raises `MissingExtra` for layers in zstd where this Python cannot read them.

            found = await docker.images["app:1"].contents()
            print(f"{found.efficiency:.0%}, {found.wasted} in vain:", found.wasted_paths[:3])
        """
        with deadline(timeout, f"Reading the layers of {self.id}"):
            async with self.save(platform=platform) as stream:
                return await read_contents(stream, self.id)


class ImageSummary(ImageSummaryData, ImageRef):
    """An image as a list shows it, with every verb."""


class Image(ImageData, ImageRef):
    """An image with all that inspect knows, with every verb."""

    async def refresh(self) -> Self:
        """Read it again in place and return it."""
        self._become(parse(type(self), await self.api.images.inspect(self.id), self.api))
        return self


async def image_of_platform(api: API, name: str, platform: str) -> Image:
    """Return the image of one platform; `PlatformMismatch` when what is here is of another.

    Engines whose API is older than 1.49 cannot choose: what they would run by this name is looked at.
    """
    ref = ImageRef(api, name)
    if await api.images.negotiated() >= _BY_PLATFORM:
        try:
            return await ref.inspect(platform=_whole(platform))
        except ImageNotFound:
            here = await ref.available_platforms()
            raise PlatformMismatch(name, wanted=platform, available=[str(one) for one in here]) from None
    image = await ref.inspect()
    if not image.platform.suits(platform):
        raise PlatformMismatch(name, wanted=platform, available=[str(image.platform)])
    return image


def _whole(platform: str) -> str:
    """Complete a platform that names only the processor, as pull takes it."""
    return platform if "/" in platform else f"linux/{platform}"
