"""Images: their three tenses and the collection. Everything that moves bytes is streamed.

Danger: an image's id differs between the two image stores, and a name without a tag means all tags to the
daemon.
"""

from __future__ import annotations

from collections.abc import AsyncIterable, Awaitable, Callable, Mapping, Sequence
from datetime import timedelta
from os import PathLike
from typing import Self, Unpack

import anyio

from pydock.api import API
from pydock.api.registry_auth import registry_auth_header, registry_config_header
from pydock.errors import (
    BuildError,
    ImageNotFound,
    ImportError_,
    InvalidArgument,
    LoadError,
    PullError,
    PushError,
    StreamError,
)
from pydock.models._base import Listing, Ref, parse, parse_listing
from pydock.models.credentials import Credentials, CredentialStore
from pydock.models.files.context import BuildContext, Context
from pydock.models.filters import ImageFilters, ImagePruneFilters, wire_filters
from pydock.models.image_data import (
    DeleteResult,
    HistoryLayer,
    ImageData,
    ImagePruneReport,
    ImageSummaryData,
    SearchResult,
)
from pydock.models.progress import Progress, ProgressEvent
from pydock.models.references import ImageReference
from pydock.models.units import parse_size
from pydock.transport.deadline import deadline
from pydock.transport.streams import ByteStream, JSONStream

__all__ = ["Image", "ImageRef", "ImageSummary", "Images", "Source"]

Source = bytes | AsyncIterable[bytes] | str | PathLike[str]
"""A tar: its bytes, pieces of it as they come, or the path of a local file."""

_PIECE = 1 << 20


class ImageRef(Ref):
    """An image by its id or name, with every verb. Making one sends no request."""

    noun = "image"

    async def inspect(self) -> Image:
        """Return what the daemon knows about it now."""
        return parse(Image, await self.api.images.inspect(self.id), self.api)

    async def history(self) -> Listing[HistoryLayer]:
        """List its layers, newest first, with what made each and its size."""
        return parse_listing(HistoryLayer, await self.api.images.history(self.id), None, "layers")

    async def tag(self, reference: str) -> Self:
        """Give it another name: `await image.tag("registry.example/team/app:1.2")`."""
        name = ImageReference.parse(reference)
        if name.digest:
            raise InvalidArgument(f"{reference!r} has a digest, which cannot be given: image.tag('app:1.2').")
        await self.api.images.tag(self.id, repo=name.repository, tag=name.tag or "latest")
        return self

    async def remove(self, *, force: bool = False, prune_parents: bool = True) -> Listing[DeleteResult]:
        """Remove the name, or the image when it is the last one; return what was untagged and deleted.

        `ImageInUse` when a container needs it; `force` removes it under a stopped container.
        """
        body = await self.api.images.delete(self.id, force=force or None, noprune=None if prune_parents else True)
        return parse_listing(DeleteResult, body, None, "deletions")

    def save(self) -> ByteStream:
        """Return it as a tar stream that `images.load` reads: `async for piece in image.save()`."""
        return self.api.images.get(self.id)

    async def save_to(self, path: str | PathLike[str], *, timeout: float | timedelta | None = None) -> None:
        """Write it as a tar to a local file, in constant memory."""
        with deadline(timeout, f"Saving {self.id}"):
            async with self.save() as stream, await anyio.open_file(path, "wb") as file:
                gathered = bytearray()
                async for piece in stream:
                    gathered += piece
                    if len(gathered) >= _PIECE:
                        await file.write(bytes(gathered))
                        gathered.clear()
                await file.write(bytes(gathered))


class ImageSummary(ImageSummaryData, ImageRef):
    """An image as a list shows it, with every verb."""


class Image(ImageData, ImageRef):
    """An image with all that inspect knows, with every verb."""

    async def refresh(self) -> Self:
        """Read it again in place and return it."""
        self._become(parse(type(self), await self.api.images.inspect(self.id), self.api))
        return self


class Images:
    """The images of a daemon."""

    def __init__(self, api: API, credentials: CredentialStore) -> None:
        self._api = api
        self._credentials = credentials

    def __getitem__(self, id_or_name: str) -> ImageRef:
        """Name an image without asking for it: `await docker.images["busybox"].tag("mine")`."""
        if not id_or_name or id_or_name.startswith("/"):
            raise InvalidArgument(f"{id_or_name!r} is no name or id of an image: docker.images['busybox'].")
        return ImageRef(self._api, id_or_name)

    async def get(self, id_or_name: str) -> Image:
        """Return an image with all that is known about it; `ImageNotFound` when it is not here."""
        return await self[id_or_name].inspect()

    async def exists(self, id_or_name: str) -> bool:
        """Return whether the image is here."""
        try:
            await self._api.images.inspect(id_or_name)
        except ImageNotFound:
            return False
        return True

    def pull(
        self,
        reference: str,
        *,
        platform: str | None = None,
        all_tags: bool = False,
        credentials: Credentials | None = None,
        timeout: float | timedelta | None = None,
    ) -> Progress[Image]:
        """Pull an image; without a tag that is `latest`, all of them only with `all_tags=True`.

        Credentials are found as the docker CLI finds them unless given. Raises `PullError`, `ImageNotFound`,
        `Unauthorized`.

            image = await docker.images.pull("busybox:1.36", platform="linux/arm64")
        """
        name = ImageReference.parse(reference)
        repository, tag = name.pull_query

        async def open_() -> JSONStream:
            return self._api.images.create(
                from_image=repository,
                tag=None if all_tags else tag,
                all_tags=all_tags,
                platform=platform,
                registry_auth=await self._auth(name, credentials),
            )

        return Progress(
            open_, self._finder(name.familiar), _fails(PullError), what=f"Pulling {reference}", timeout=timeout
        )

    def build(
        self,
        context: str | PathLike[str] | Context,
        *,
        tags: Sequence[str] = (),
        dockerfile: str | PathLike[str] | bytes | None = None,
        args: Mapping[str, str | None] | None = None,
        labels: Mapping[str, str] | None = None,
        target: str | None = None,
        platform: str | None = None,
        cache_from: Sequence[str] = (),
        no_cache: bool = False,
        pull: bool = False,
        network: str | None = None,
        extra_hosts: Sequence[str] = (),
        shm_size: int | str | None = None,
        memory: int | str | None = None,
        memory_swap: int | str | None = None,
        cpu_shares: int | None = None,
        cpuset_cpus: str | None = None,
        squash: bool = False,
        keep_intermediate: bool = False,
        timeout: float | timedelta | None = None,
    ) -> Progress[Image]:
        """Build an image with the daemon's classic builder; the context is streamed, no temporary file is made.

        `context`: a folder (with its `.dockerignore`), or a `DockerfileContext`, `TarContext` or `BuildContext` of
        `pydock.models.files.context`; a URL is fetched by the daemon. `dockerfile`: a path, or the text as bytes.
        Every base image's credentials are sent, as the CLI does. Raises `BuildError`, which shows the failing step.

            image = await docker.images.build("./app", tags=["app:1"], args={"VERSION": "1"})
        """
        for tag in tags:
            ImageReference.parse(tag)

        async def open_() -> JSONStream:
            remote = str(context) if isinstance(context, str) and "://" in context else None
            found = _context(context, dockerfile) if remote is None else None
            stored = await self._credentials.all()
            return self._api.images.build(
                b"" if found is None else found,
                remote=remote,
                dockerfile=await found.prepare() if found else (str(dockerfile) if dockerfile else None),
                t=list(tags) or None,
                buildargs=args,
                labels=labels,
                target=target,
                platform=platform,
                cachefrom=list(cache_from) or None,
                nocache=no_cache or None,
                pull=pull or None,
                networkmode=network,
                extrahosts=list(extra_hosts) or None,
                shmsize=None if shm_size is None else parse_size(shm_size),
                memory=None if memory is None else parse_size(memory),
                memswap=None if memory_swap is None else parse_size(memory_swap),
                cpushares=cpu_shares,
                cpusetcpus=cpuset_cpus,
                squash=squash or None,
                rm=not keep_intermediate,
                forcerm=None if keep_intermediate else True,
                registry_config=registry_config_header({key: one.wire() for key, one in stored.items()}),
            )

        return Progress(open_, self._built, _build_error, what="Building an image", timeout=timeout)

    def push(
        self,
        reference: str,
        *,
        credentials: Credentials | None = None,
        platform: str | None = None,
        timeout: float | timedelta | None = None,
    ) -> Progress[str | None]:
        """Push an image; without a tag that is `latest`. The result is its digest.

        The digest is None where the daemon does not tell it. Raises `PushError`, also for an image that is not here.
        """
        name = ImageReference.parse(reference)

        async def open_() -> JSONStream:
            return self._api.images.push(
                name.repository,
                tag=name.tag or "latest",
                platform=platform,
                registry_auth=await self._auth(name, credentials),
            )

        return Progress(open_, _pushed_digest, _fails(PushError), what=f"Pushing {reference}", timeout=timeout)

    def load(
        self, source: Source, *, platform: str | None = None, timeout: float | timedelta | None = None
    ) -> Progress[Listing[Image]]:
        """Load images from a tar made by `save`; the result lists them. Raises `LoadError`.

        await docker.images.load("app.tar")
        """

        async def open_() -> JSONStream:
            return self._api.images.load(_content(source), platform=[platform] if platform else None)

        return Progress(open_, self._loaded, _fails(LoadError), what="Loading images", timeout=timeout)

    def import_(
        self,
        source: Source,
        *,
        repository: str | None = None,
        tag: str | None = None,
        message: str | None = None,
        changes: Sequence[str] = (),
        platform: str | None = None,
        timeout: float | timedelta | None = None,
    ) -> Progress[Image]:
        r"""Make an image with one layer from a tar of a file system.

        `changes` are Dockerfile instructions: `["CMD [\\"sh\\"]"]`. Raises `ImportError_` or `ServerError` for garbage.
        """

        async def open_() -> JSONStream:
            return self._api.images.create(
                _content(source),
                from_src="-",
                repo=repository,
                tag=tag,
                message=message,
                changes=list(changes) or None,
                platform=platform,
            )

        return Progress(open_, self._imported, _fails(ImportError_), what="Importing an image", timeout=timeout)

    def save(self, *names: str) -> ByteStream:
        """Return several images as one tar stream."""
        if not names:
            raise InvalidArgument("Name at least one image: docker.images.save('busybox', 'app:1.2').")
        return self._api.images.get_all(names=list(names))

    async def search(self, term: str, *, limit: int | None = None) -> Listing[SearchResult]:
        """Search Docker Hub."""
        return parse_listing(SearchResult, await self._api.images.search(term=term, limit=limit), None, "results")

    async def prune(self, *, all: bool = False, **filters: Unpack[ImagePruneFilters]) -> ImagePruneReport:
        """Remove untagged images, with `all=True` every image that no container uses."""
        wire = {"dangling": ["false" if all else "true"], **(wire_filters("image_prune", filters))}
        return parse(ImagePruneReport, await self._api.images.prune(filters=wire))

    async def list(self, *, all: bool = False, **filters: Unpack[ImageFilters]) -> Listing[ImageSummary]:
        """List the images that are here: one request. `all=True` shows intermediate ones, too.

        for image in await docker.images.list(reference="busybox*"):
            print(image.tags, image.size)
        """
        body = await self._api.images.list(all=all or None, filters=wire_filters("images", filters))
        return parse_listing(ImageSummary, body, self._api, "images")

    async def _auth(self, name: ImageReference, given: Credentials | None) -> str:
        found = given or await self._credentials.for_registry(name.registry_key)
        return registry_auth_header(found.wire() if found else None)

    def _finder(self, name: str) -> Callable[[Sequence[ProgressEvent]], Awaitable[Image]]:
        async def find(_: Sequence[ProgressEvent]) -> Image:
            return await self.get(name)

        return find

    async def _built(self, events: Sequence[ProgressEvent]) -> Image:
        for event in reversed(events):
            if told := event.told("ID"):
                return await self.get(told)
        raise BuildError("The build ended without an image. Its log tells more: error.log.", events=events)

    async def _imported(self, events: Sequence[ProgressEvent]) -> Image:
        return await self.get(events[-1].status.strip())

    async def _loaded(self, events: Sequence[ProgressEvent]) -> Listing[Image]:
        names: list[str] = []
        for event in events:
            for prefix in ("Loaded image ID: ", "Loaded image: "):
                names += [event.stream.removeprefix(prefix).strip()] if event.stream.startswith(prefix) else []
        return Listing([await self.get(name) for name in names], title="images")


def _fails(
    kind: type[PullError | PushError | LoadError | ImportError_],
) -> Callable[[str, Sequence[ProgressEvent], int | None], StreamError]:
    def make(message: str, events: Sequence[ProgressEvent], code: int | None) -> StreamError:
        return kind(message, events=events, code=code)

    return make


def _build_error(message: str, events: Sequence[ProgressEvent], code: int | None) -> StreamError:
    lines = [line for event in events for line in event.stream.splitlines() if line.strip()]
    steps = [number for number, line in enumerate(lines) if line.startswith("Step ")]
    shown = lines[steps[-1] :] if steps else lines
    tail = shown if len(shown) <= 21 else [shown[0], "…", *shown[-20:]]
    return BuildError("\n".join([message, *tail]), events=events, code=code)


def _context(context: str | PathLike[str] | Context, dockerfile: str | PathLike[str] | bytes | None) -> Context:
    if isinstance(context, (str, PathLike)):
        return BuildContext(context, dockerfile=dockerfile)
    if dockerfile is not None:
        raise InvalidArgument(
            "This context knows its Dockerfile; give dockerfile= to it: BuildContext(path, dockerfile=…)."
        )
    return context


async def _pushed_digest(events: Sequence[ProgressEvent]) -> str | None:
    for event in events:
        if told := event.told("Digest"):
            return told
    for event in reversed(events):
        _, found, rest = event.status.partition("digest: ")
        if found:
            return rest.split()[0]
    return None


def _content(source: Source) -> bytes | AsyncIterable[bytes]:
    if isinstance(source, (str, PathLike)):
        return _FilePieces(source)
    return source


class _FilePieces:
    """A local file in pieces; one hop to a thread for each MiB."""

    def __init__(self, path: str | PathLike[str]) -> None:
        self._path = path
        self._file: anyio.AsyncFile[bytes] | None = None

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> bytes:
        if self._file is None:
            try:
                self._file = await anyio.open_file(self._path, "rb")
            except OSError as error:
                raise InvalidArgument(f"{self._path} cannot be read: {error.strerror}.") from error
        piece = await self._file.read(_PIECE)
        if not piece:
            await self._file.aclose()
            raise StopAsyncIteration
        return piece
