"""`docker.images`: pull, push, build, load and list. Everything that moves bytes is streamed.

Danger: a name without a tag means all tags to the daemon.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from os import PathLike
from typing import Unpack

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
    ServerError,
)
from pydock.models._base import Listing, parse, parse_listing
from pydock.models.credentials import Credentials, CredentialStore
from pydock.models.distribution_data import DistributionData
from pydock.models.files.context import Context
from pydock.models.files.source import Source, content_of, size_of
from pydock.models.filters import BuildPruneFilters, ImageFilters, ImagePruneFilters, known_filters
from pydock.models.image_data import (
    BuildPruneReport,
    ImagePruneReport,
    SearchResult,
)
from pydock.models.image_outcomes import build_error, context_of, fails_with, pushed_digest, said_of_build
from pydock.models.image_ref import Image, ImageRef, ImageSummary, image_of_platform
from pydock.models.progress import Progress, ProgressEvent
from pydock.models.progress_meter import Upload
from pydock.models.references import ImageReference
from pydock.models.refusals import refusal
from pydock.models.units import parse_size
from pydock.transport.streams import ByteStream, JSONStream

__all__ = ["Image", "ImageRef", "ImageSummary", "Images", "Source", "image_of_platform"]


class Images:
    """The images of a daemon."""

    def __init__(
        self, api: API, credentials: CredentialStore, proxies: Callable[[], Mapping[str, str]] = dict[str, str]
    ) -> None:
        self._api = api
        self._credentials = credentials
        self._proxies = proxies

    def __getitem__(self, id_or_name: str) -> ImageRef:
        """Name an image without asking for it: `await docker.images["busybox"].tag("mine")`."""
        if not id_or_name or id_or_name.startswith("/"):
            raise InvalidArgument(f"{id_or_name!r} is no name or id of an image: docker.images['busybox'].")
        return ImageRef(self._api, id_or_name)

    async def get(self, id_or_name: str, *, manifests: bool = False, platform: str | None = None) -> Image:
        """Return an image with all that is known about it; `ImageNotFound` when it is not here.

        `manifests` (API 1.48) and `platform` (API 1.49) as in `ImageRef.inspect`.
        """
        return await self[id_or_name].inspect(manifests=manifests, platform=platform)

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

        The result of all tags is the image of `latest`, or of the first one where there is no such tag.
        Credentials are found as the docker CLI finds them unless given. Raises `PullError`, which is `ImageNotFound`,
        `Unauthorized`, `Forbidden` or `NoSpace` as well where the daemon's words tell, and `PlatformMismatch` when the
        registry has it, but not for the `platform`.

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

        async def pulled(events: Sequence[ProgressEvent]) -> Image:
            tags = [event.id for event in events if event.status.startswith("Pulling from")] if all_tags else []
            called = name.familiar if "latest" in tags or not tags else f"{name.repository}:{tags[0]}"
            return await (image_of_platform(self._api, called, platform) if platform else self.get(called))

        failure = fails_with(PullError, image=name.familiar, platform=platform)
        return Progress(open_, pulled, failure, what=f"Pulling {reference}", timeout=timeout)

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
        Every base image's credentials are sent, and the proxies of config.json are build arguments, as with the CLI.
        Raises `BuildError`, which shows the failing step.

            image = await docker.images.build("./app", tags=["app:1"], args={"VERSION": "1"})
        """
        for tag in tags:
            ImageReference.parse(tag)
        upload = Upload()

        async def open_() -> JSONStream:
            remote = str(context) if isinstance(context, str) and "://" in context else None
            found = context_of(context, dockerfile) if remote is None else None
            stored = await self._credentials.all()
            return self._api.images.build(
                b"" if found is None else upload.counted(found),
                remote=remote,
                dockerfile=await found.prepare() if found else (str(dockerfile) if dockerfile else None),
                t=list(tags) or None,
                buildargs={**self._proxies(), **(args or {})} or None,
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

        return Progress(
            open_, self._built, build_error, what=said_of_build(tags, context), timeout=timeout, upload=upload
        )

    def push(
        self,
        reference: str,
        *,
        credentials: Credentials | None = None,
        platform: str | None = None,
        timeout: float | timedelta | None = None,
    ) -> Progress[str | None]:
        """Push an image; without a tag that is `latest`. The result is its digest.

        The digest is None where the daemon does not tell it. Raises `PushError`, which is `ImageNotFound` as well when
        it is not here, and `Unauthorized` or `Forbidden` when the registry refuses.

            digest = await docker.images.push("registry.example/team/app:1.2")
        """
        name = ImageReference.parse(reference)

        async def open_() -> JSONStream:
            return self._api.images.push(
                name.repository,
                tag=name.tag or "latest",
                platform=platform,
                registry_auth=await self._auth(name, credentials),
            )

        return Progress(open_, pushed_digest, fails_with(PushError), what=f"Pushing {reference}", timeout=timeout)

    def load(
        self, source: Source, *, platform: str | None = None, timeout: float | timedelta | None = None
    ) -> Progress[Listing[Image]]:
        """Load images from a tar made by `save`; the result lists them. Raises `LoadError`.

        await docker.images.load("app.tar")
        """
        upload = Upload()

        async def open_() -> JSONStream:
            content = upload.counted(content_of(source), await size_of(source))
            return self._api.images.load(content, quiet=False, platform=[platform] if platform else None)

        return Progress(
            open_, self._loaded, fails_with(LoadError), what="Loading images", timeout=timeout, upload=upload
        )

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

        `changes` are Dockerfile instructions: `["CMD [\\"sh\\"]"]`. Raises `ImportError_` for garbage.
        """
        upload = Upload()

        async def open_() -> JSONStream:
            return self._api.images.create(
                upload.counted(content_of(source), await size_of(source)),
                from_src="-",
                repo=repository,
                tag=tag,
                message=message,
                changes=list(changes) or None,
                platform=platform,
            )

        return Progress(
            open_, self._imported, fails_with(ImportError_), what="Importing an image", timeout=timeout, upload=upload
        )

    def save(self, *names: str, platform: str | None = None) -> ByteStream:
        """Return several images as one tar stream; `platform` chooses among several (API 1.48).

        async with docker.images.save("busybox", "app:1.2") as tar:
            async for piece in tar: ...
        """
        if not names:
            raise InvalidArgument("Name at least one image: docker.images.save('busybox', 'app:1.2').")
        return self._api.images.get_all(names=list(names), platform=[platform] if platform else None)

    async def distribution(self, reference: str, *, credentials: Credentials | None = None) -> DistributionData:
        """Return what the registry says about an image, without pulling it: its digest and its platforms.

        Raises `Unauthorized` or `Forbidden` for what may not be seen, `ImageNotFound`, on older engines `ServerError`.
        Podman has no such operation: `ImageNotFound`.

            (await docker.images.distribution("busybox:1.36")).descriptor.digest
        """
        name = ImageReference.parse(reference)
        auth = await self._auth(name, credentials)
        try:
            body = await self._api.distribution.inspect(name.familiar, registry_auth=auth)
        except ServerError as error:
            raise refusal(error) from None
        return parse(DistributionData, body)

    async def search(self, term: str, *, limit: int | None = None) -> Listing[SearchResult]:
        """Search Docker Hub."""
        return parse_listing(SearchResult, await self._api.images.search(term=term, limit=limit), None, "results")

    async def prune(self, *, all: bool = False, **filters: Unpack[ImagePruneFilters]) -> ImagePruneReport:
        """Remove untagged images, with `all=True` every image that no container uses.

        print((await docker.images.prune(until="168h")).reclaimed)
        """
        wire = {"dangling": ["false" if all else "true"], **await known_filters(self._api, "image_prune", filters)}
        return parse(ImagePruneReport, await self._api.images.prune(filters=wire))

    async def prune_build_cache(
        self,
        *,
        all: bool = False,
        reserved_space: int | str | None = None,
        max_used_space: int | str | None = None,
        min_free_space: int | str | None = None,
        **filters: Unpack[BuildPruneFilters],
    ) -> BuildPruneReport:
        """Remove what the builder keeps to be faster next time: unused records, with `all=True` also shared ones.

        Sizes are bytes or texts like `"10GB"`: `reserved_space` is kept in any case, `max_used_space` is how much may
        stay, `min_free_space` is what the disk shall have (these two need API 1.48). Filters: `until="24h"`, `id=`,
        `parent=`, `type="exec.cachemount"`, `description=`, `inuse=`, `shared=`, `private=`. Podman has no such cache:
        `NotFound`.

            report = await docker.images.prune_build_cache(until="168h", reserved_space="5GB")
            print(report.reclaimed)
        """
        wire = await known_filters(self._api, "build_prune", filters)
        body = await self._api.images.build_prune(
            all=all or None,
            filters=wire,
            reserved_space=None if reserved_space is None else parse_size(reserved_space),
            max_used_space=None if max_used_space is None else parse_size(max_used_space),
            min_free_space=None if min_free_space is None else parse_size(min_free_space),
        )
        return parse(BuildPruneReport, body)

    async def list(
        self,
        *,
        all: bool = False,
        shared_size: bool = False,
        manifests: bool = False,
        **filters: Unpack[ImageFilters],
    ) -> Listing[ImageSummary]:
        """List the images that are here: one request. `all=True` shows intermediate ones, too.

        `shared_size` lets the daemon count what images share (API 1.42, slow); `manifests` tells their manifests, and
        so all their `platforms` (API 1.47, containerd's image store).

        for image in await docker.images.list(reference="busybox*"):
            print(image.tags, image.size)
        """
        body = await self._api.images.list(
            all=all or None,
            filters=await known_filters(self._api, "images", filters),
            shared_size=shared_size or None,
            manifests=manifests or None,
        )
        return parse_listing(ImageSummary, body, self._api, "images")

    async def _auth(self, name: ImageReference, given: Credentials | None) -> str:
        found = given or await self._credentials.for_registry(name.registry_key)
        return registry_auth_header(found.wire() if found else None)

    async def _built(self, events: Sequence[ProgressEvent]) -> Image:
        for event in reversed(events):
            if told := event.told("ID"):
                return await self.get(told)
        raise BuildError("The build ended without an image. Its log tells more: error.log.", events=events)

    async def _imported(self, events: Sequence[ProgressEvent]) -> Image:
        if not events:
            raise ImportError_("The daemon made no image of it, and did not say why.", events=events)
        return await self.get(events[-1].status.strip())

    async def _loaded(self, events: Sequence[ProgressEvent]) -> Listing[Image]:
        names: list[str] = []
        for event in events:
            for prefix in ("Loaded image ID: ", "Loaded image: "):
                names += [event.stream.removeprefix(prefix).strip()] if event.stream.startswith(prefix) else []
        return Listing([await self.get(name) for name in names], title="images")
