"""`docker.containers`: list, get, create and run.

Danger: `list` is one request and stays one, however many containers there are.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Literal, Unpack

import anyio

from pydock.api import API
from pydock.errors import (
    APIError,
    ContainerNotFound,
    DockerError,
    ImageNotFound,
    InvalidArgument,
    PlatformMismatch,
    StreamError,
)
from pydock.models._base import Listing, parse, parse_listing
from pydock.models.container_parts import ContainerPruneReport, CreateResult
from pydock.models.containers.measuring import AllStats
from pydock.models.containers.ref import Container, ContainerRef, ContainerSummary
from pydock.models.containers.running import RunResult, attached_run
from pydock.models.containers.together import of_each
from pydock.models.filters import ContainerFilters, PruneFilters, known_filters
from pydock.models.options import Command, ContainerOptions, CreateRequest, EnsureOptions, render, spelled_out
from pydock.models.processes import Input
from pydock.transport.deadline import deadline
from pydock.transport.version import NEWEST

if TYPE_CHECKING:
    from pydock.models.containers.ensuring import Ensured
    from pydock.models.images import Images

__all__ = ["Containers", "Pull"]

Pull = Literal["missing", "always", "never"]
"""When `create` and `run` pull the image: when it is not here, each time, or not at all."""


class Containers:
    """The containers of a daemon."""

    def __init__(
        self, api: API, images: Callable[[], Images], proxies: Callable[[], Mapping[str, str]] = dict[str, str]
    ) -> None:
        self._api = api
        self._images = images  # asked for when one is missing: a list needs none of their models
        self._proxies = proxies

    def __getitem__(self, id_or_name: str) -> ContainerRef:
        """Name a container without asking for it: `await docker.containers["web"].stop()`."""
        name = id_or_name.removeprefix("/")
        if not name or "/" in name:
            raise InvalidArgument(f"{id_or_name!r} is no name or id of a container: docker.containers['web'].")
        return ContainerRef(self._api, name)

    async def get(self, id_or_name: str, *, size: bool = False) -> Container:
        """Return a container with all that is known about it; `ContainerNotFound` when there is none.

        `size=True` makes the daemon add up its files, which takes long.

            web = await docker.containers.get("web")
        """
        return await self[id_or_name].inspect(size=size)

    @spelled_out
    async def create(
        self, image: str, command: Command | None = None, *, pull: Pull = "missing", **options: Unpack[ContainerOptions]
    ) -> Container:
        """Create a container without starting it.

        Raises `NameInUse`, `ImageNotFound`, `PlatformMismatch`, `InvalidArgument` (before any request), `Unsupported`.

            box = await docker.containers.create("busybox", ["sleep", "60"], name="box")
        """
        ref, _ = await self._create(image, command, pull, _attachable(options))
        return await ref.inspect()

    @spelled_out
    async def run(
        self,
        image: str,
        command: Command | None = None,
        *,
        input: Input | None = None,
        check: bool = False,
        pull: Pull = "missing",
        timeout: float | timedelta | None = None,
        **options: Unpack[ContainerOptions],
    ) -> RunResult:
        r"""Run a container to its end and return its exit code and output.

        `input` is written to its stdin, which is then closed. With `remove=True` it is gone, and its name free, when
        this returns. With `check` another exit code than 0 raises `ContainerFailed`. A call that is cancelled or takes
        longer than `timeout` kills the container (and removes it with `remove=True`).

            done = await docker.containers.run("busybox", ["echo", "hi"], remove=True)
            done.exit_code, done.stdout          # 0, b"hi\\n"
        """
        if input is not None:
            options = {"interactive": True, **options}
        options = _attachable(options)
        with deadline(timeout, f"Running {image}"):
            ref, request = await self._create(image, command, pull, options)
            return await attached_run(
                ref,
                tty=bool(request.body.get("Tty")),
                given=input,
                removes_itself=bool(options.get("remove")),
                check=check,
            )

    @spelled_out
    async def run_detached(
        self, image: str, command: Command | None = None, *, pull: Pull = "missing", **options: Unpack[ContainerOptions]
    ) -> Container:
        """Create a container, start it and return it while it runs.

        web = await docker.containers.run_detached("nginx", name="web", ports=["8080:80"])
        """
        ref, _ = await self._create(image, command, pull, options)
        await ref.start()
        return await ref.inspect()

    @spelled_out
    async def ensure(
        self,
        name: str,
        image: str,
        command: Command | None = None,
        *,
        pull: Pull = "missing",
        **options: Unpack[EnsureOptions],
    ) -> Ensured:
        """Let a container of this name run with exactly this image, command and options; do nothing when it does.

        One that is the same is left alone, and started or unpaused if it does not run. One that differs is stopped and
        replaced, and `differences` of the answer say why; named volumes stay, its other data go. When the new one
        cannot be created or started, or the call is cancelled, the old one is put back as it was. An image name that
        points to another image by now is a difference (`pull="always"` finds out); what `container.update` changed is
        one, too.

            web = await docker.containers.ensure("web", "nginx", ports=["8080:80"], restart="always")
            print(web)             # web: recreated
                                   #     ports: ["80:80"] → ["8080:80"]
            web.container, web.changed

        Containers made by others are compared by what inspect tells; those made here carry the label `pydock.spec`.
        """
        from pydock.models.containers.ensuring import Wanted
        from pydock.models.containers.recreating import surroundings

        name = name.removeprefix("/")
        request = await self._rendered(image, command, {"name": name, **options})
        if pull == "always" or (pull == "missing" and not await self._images().exists(image)):
            await self._pull(image, request.platform)
        around = await surroundings(self._api, image)
        wanted = Wanted(request, around, lambda marked: self._made(marked, image, "never"))
        return await wanted.instead_of(await self._existing(name))

    async def _existing(self, name: str) -> Container | None:
        try:
            found = await self.get(name)
        except ContainerNotFound:
            return None
        return found if found.name == name else None  # the daemon takes the beginning of an id as well

    async def _create(
        self, image: str, command: Command | None, pull: Pull, options: ContainerOptions
    ) -> tuple[ContainerRef, CreateRequest]:
        request = await self._rendered(image, command, options)
        return await self._made(request, image, pull), request

    async def _made(self, request: CreateRequest, image: str, pull: Pull) -> ContainerRef:
        if pull == "always":
            await self._pull(image, request.platform)
        try:
            created = await self._post(request)
        except ImageNotFound as error:
            await self._fetch(image, request.platform, pull, error)
            created = await self._post(request)
        ref = ContainerRef(self._api, created.id)
        try:
            for network, endpoint in request.connect_later:
                await self._api.networks.connect(network, {"Container": ref.id, "EndpointConfig": dict(endpoint)})
        except BaseException:  # half of it is nothing that anybody asked for
            with anyio.move_on_after(10, shield=True), contextlib.suppress(DockerError):
                await ref.remove(force=True, volumes=True)
            raise
        return ref

    async def _rendered(self, image: str, command: Command | None, options: ContainerOptions) -> CreateRequest:
        """Render; once before the daemon is asked for its version, so that bad options never need a daemon."""
        proxies = self._proxies()
        engine = self._api.engine
        request = render(image, command, options, version=engine.version or NEWEST, proxies=proxies)
        if engine.version is None:
            request = render(image, command, options, version=await engine.negotiate(), proxies=proxies)
        return request

    async def _post(self, request: CreateRequest) -> CreateResult:
        return parse(
            CreateResult,
            await self._api.containers.create(request.body, name=request.name, platform=request.platform),
        )

    async def _fetch(self, image: str, platform: str | None, pull: Pull, missing: ImageNotFound) -> None:
        """Pull what is missing; when it is here for another platform only, that is the error to tell."""
        failure: DockerError = missing
        if pull == "missing":
            try:
                return await self._pull(image, platform)
            except (StreamError, APIError) as error:
                failure = error
        if platform is not None and await self._images().exists(image):
            from pydock.models.images import image_of_platform

            try:
                await image_of_platform(self._api, image, platform)
            except PlatformMismatch as mismatch:
                raise mismatch from failure
        raise failure

    async def _pull(self, image: str, platform: str | None) -> None:
        await self._images().pull(image, platform=platform)

    async def prune(self, **filters: Unpack[PruneFilters]) -> ContainerPruneReport:
        """Remove all stopped containers and say which and how much came free.

        report = await docker.containers.prune(label={"tier": "test"}, until="24h")
        """
        body = await self._api.containers.prune(filters=await known_filters(self._api, "prune", filters))
        return parse(ContainerPruneReport, body)

    async def list(
        self, *, all: bool = False, limit: int | None = None, size: bool = False, **filters: Unpack[ContainerFilters]
    ) -> Listing[ContainerSummary]:
        """List the running containers, with `all=True` the others as well: one request.

        `limit`: only the newest, running or not. Filters are keywords: `label={"tier": "web"}`, `name="web"`,
        `status="exited"`, `network="backend"`, …

            for c in await docker.containers.list(all=True, label={"tier": "web"}):
                print(c.name, c.status)
        """
        body = await self._api.containers.list(
            all=all or None,
            limit=limit,
            size=size or None,
            filters=await known_filters(self._api, "containers", filters),
        )
        return parse_listing(ContainerSummary, body, self._api, "containers")

    async def stats_all(
        self,
        *,
        one_shot: bool = False,
        concurrency: int = 100,
        timeout: float | timedelta | None = None,
        **filters: Unpack[ContainerFilters],
    ) -> AllStats:
        """Measure all running containers at once: a sample of each by its name, within 2 seconds or so.

        `one_shot` (API 1.41) answers at once, and then nothing is known about the CPU's share. `concurrency`: how
        many are asked at a time. Filters as in `list`. A container that is removed meanwhile is left out.

            for name, sample in (await docker.containers.stats_all()).items():
                print(name, sample.cpu_percent, sample.memory.used)
        """
        with deadline(timeout, "Measuring all containers"):
            running = await self.list(**filters)
            samples = await of_each(running, lambda one: one.stats(one_shot=one_shot), concurrency=concurrency)
        return AllStats({one.name or one.short_id: sample for one, sample in samples})

    async def inspect_all(
        self,
        *,
        all: bool = False,
        concurrency: int = 20,
        timeout: float | timedelta | None = None,
        **filters: Unpack[ContainerFilters],
    ) -> Listing[Container]:
        """List containers with all that is known about each: one request more for each of them.

        `all` and the filters as in `list`, which is enough for most. A container that is removed meanwhile is left out.

            for container in await docker.containers.inspect_all(label={"tier": "web"}):
                print(container.name, container.posture().names)
        """
        with deadline(timeout, "Inspecting all containers"):
            listed = await self.list(all=all, **filters)
            found = await of_each(listed, ContainerRef.inspect, concurrency=concurrency)
        return Listing([container for _, container in found], title="containers")


def _attachable(options: ContainerOptions) -> ContainerOptions:
    """Let the end of an attachment's input be the end of the container's: without `stdin_once` it would wait on."""
    if not options.get("interactive"):
        return options
    return {"stdin_once": True, "attach": ["stdin", "stdout", "stderr"], **options}
