"""`Docker`: one daemon, its collections, and their lifetime. Knows which rooms exist and nothing else."""

from __future__ import annotations

import functools
import os
import sys
from collections.abc import Awaitable, Mapping
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Literal, Self, TypeVar, Unpack, overload

import anyio

from pydock.api import API
from pydock.config import load
from pydock.transport.endpoint import TLS, Endpoint, resolve
from pydock.transport.engine import Engine

if TYPE_CHECKING:
    import httpx

    from pydock.display.map import Map
    from pydock.models.containers import Containers
    from pydock.models.credentials import CredentialStore
    from pydock.models.disk_usage import DiskUsage
    from pydock.models.event_data import Event
    from pydock.models.events import EventStream, Reconnected
    from pydock.models.filters import EventFilters, LabelFilter, PruneFilters
    from pydock.models.images import Images
    from pydock.models.networks import Networks
    from pydock.models.ping import Ping
    from pydock.models.pruning import PruneReport
    from pydock.models.session import Session
    from pydock.models.system_data import SystemInfo, SystemVersion
    from pydock.models.units import Moment
    from pydock.models.volumes import Volumes
    from pydock.spawning import Spawned
    from pydock.widgets.explorer import Explorer

__all__ = ["Docker"]

T = TypeVar("T")


class Docker:
    """A Docker daemon.

    Without arguments the daemon is found as the docker CLI finds it: DOCKER_HOST, DOCKER_CONTEXT, the current context,
    the default socket; then the sockets of rootless Docker, Docker Desktop, colima, OrbStack and Podman. Constructing
    does no I/O. `docker.endpoint` says which daemon it is and why.

        async with pydock.Docker() as docker:
            print(await docker.version())

    One object may be used by many tasks of one event loop at once, and lives as long as you like: in a notebook it
    stays open from cell to cell. Close it with `await docker.aclose()` where `async with` does not fit.

    Args:
        host: `"unix:///run/docker.sock"`, `"tcp://host:2376"`, `"ssh://user@host"`; beats the environment.
        context: the name of a docker context; not together with `host`.
        tls: certificates for a tcp host; True takes them from DOCKER_CERT_PATH or the configuration's directory.
        api_version: speak this version instead of negotiating one: `"1.44"`.
        max_connections: how many requests are under way at once; streams do not count.
        connect_timeout: seconds until a daemon that does not answer is unreachable.
        headers: sent with each request, beside `HttpHeaders` of the CLI's configuration.
        transport: any `httpx.AsyncBaseTransport` instead of our own, such as `httpx.MockTransport` in tests. It gets
            `headers`, but not `HttpHeaders` of the configuration: these are meant for the way to the real daemon.

    """

    def __init__(
        self,
        host: str | Path | None = None,
        *,
        context: str | None = None,
        tls: TLS | bool | None = None,
        api_version: str | None = None,
        max_connections: int = 100,
        connect_timeout: float = 30.0,
        headers: Mapping[str, str] | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        engine = Engine(
            functools.partial(resolve, host, context=context, tls=tls),
            api_version=api_version,
            max_connections=max_connections,
            connect_timeout=connect_timeout,
            headers=headers,
            transport=transport,
        )
        self.api: API = API(engine)
        """Every operation of the Engine API as it is on the wire: the escape hatch."""
        self._born_on = _running_loop()

    @property
    def endpoint(self) -> Endpoint:
        """Which daemon this is: `.url`, where that was said (`.source`) and a sentence about it (`.reason`)."""
        return self.api.engine.endpoint

    @functools.cached_property
    def containers(self) -> Containers:
        """The daemon's containers."""
        from pydock.models.containers import Containers

        return Containers(self.api, lambda: self.images, self._proxies)

    @functools.cached_property
    def credentials(self) -> CredentialStore:
        """The credentials of registries: logins of this client, and what the docker CLI has stored."""
        from pydock.models.credentials import CredentialStore

        return CredentialStore()

    @functools.cached_property
    def images(self) -> Images:
        """The daemon's images."""
        from pydock.models.images import Images

        return Images(self.api, self.credentials, self._proxies)

    @functools.cached_property
    def networks(self) -> Networks:
        """The daemon's networks."""
        from pydock.models.networks import Networks

        return Networks(self.api)

    @functools.cached_property
    def volumes(self) -> Volumes:
        """The daemon's volumes."""
        from pydock.models.volumes import Volumes

        return Volumes(self.api)

    async def ping(self) -> Ping:
        """Ask whether it is there and what it speaks."""
        from pydock.models.ping import Ping

        return Ping.from_headers(await self.api.system.ping())

    async def version(self) -> SystemVersion:
        """Return the versions of the engine, its API and its components."""
        from pydock.models._base import parse
        from pydock.models.system_data import SystemVersion

        return parse(SystemVersion, await self.api.system.version(), self.api)

    async def info(self) -> SystemInfo:
        """Return what `docker info` tells: counts, drivers, the host, the swarm's state, warnings."""
        from pydock.models._base import parse
        from pydock.models.system_data import SystemInfo

        return parse(SystemInfo, await self.api.system.info(), self.api)

    async def disk_usage(self) -> DiskUsage:
        """Return what takes the disk, and how much of it nobody uses. Slow where there is much."""
        from pydock.models._base import parse
        from pydock.models.disk_usage import DiskUsage

        return parse(DiskUsage, await self.api.system.data_usage(), self.api)

    @overload
    def events(
        self,
        *,
        since: Moment | None = None,
        until: Moment | None = None,
        reconnect: Literal[False] = False,
        **filters: Unpack[EventFilters],
    ) -> EventStream[Event]: ...
    @overload
    def events(
        self,
        *,
        since: Moment | None = None,
        until: Moment | None = None,
        reconnect: bool,
        **filters: Unpack[EventFilters],
    ) -> EventStream[Event | Reconnected]: ...
    def events(
        self,
        *,
        since: Moment | None = None,
        until: Moment | None = None,
        reconnect: bool = False,
        **filters: Unpack[EventFilters],
    ) -> EventStream[Event] | EventStream[Event | Reconnected]:
        """Follow what happens: `async for event in docker.events(type="container", event="die")`.

        `since`, `until`: a datetime, RFC 3339 text, or how long ago ("10m"); the daemon remembers 256 events. From
        now on without `since`, for ever without `until`. A daemon that goes away raises `StreamInterrupted`; with
        `reconnect=True` the stream goes on when it is back, behind a `Reconnected`, with nothing lost or doubled.

            async with docker.events(type="container") as events:     # what happens from here on is seen
                async for event in events:
                    print(event.time, event.action, event.name)
        """
        from pydock.models.events import EventStream
        from pydock.models.filters import wire_filters

        wire = wire_filters("events", filters)
        return EventStream(self.api, since=since, until=until, filters=wire, reconnect=reconnect)

    async def map(self) -> Map:
        """Return how networks, containers and volumes hang together, as a drawing for notebooks and as text.

        print(await docker.map())
        """
        from pydock.display.map import topology

        containers = await self.containers.list(all=True)
        return topology(containers, await self.networks.list(), await self.volumes.list())

    def session(self, *, labels: Mapping[str, str] | None = None) -> Session:
        """Make things for a while: what is created through the session is labelled, and removed at its end.

        async with docker.session() as session:
            web = await session.containers.run_detached("nginx")
        """
        from pydock.models.containers import Containers
        from pydock.models.session import Session

        return Session(self.api, lambda api: Containers(api, lambda: self.images, self._proxies), labels)

    async def sweep(self, *, labels: Mapping[str, str] | None = None) -> None:
        """Remove what sessions of this host have left whose process is dead.

        With labels instead: every container, network and volume that has all of them, used or not.

            await docker.sweep(labels={"ci.job": "17"})
        """
        from pydock.models.session import sweep, sweep_dead

        if labels:
            await sweep(self.api, [f"{key}={value}" for key, value in labels.items()])
        else:
            await sweep_dead(self.api)

    async def prune(
        self, *, all: bool = False, volumes: bool = False, dry_run: bool = False, **filters: Unpack[PruneFilters]
    ) -> PruneReport:
        """Remove what nobody uses: stopped containers, networks, untagged images, build cache.

        `all=True` also removes tagged images that no container uses; `volumes=True` anonymous volumes. With
        `dry_run=True` nothing is removed, and the report says what would be. Filters: `label=`, `until="24h"`.

            print((await docker.prune(dry_run=True)).reclaimed)
        """
        from pydock.models.filters import known_filters
        from pydock.models.pruning import prune, would_prune

        wire = await known_filters(self.api, "prune", filters)
        return await (would_prune if dry_run else prune)(self.api, all=all, volumes=volumes, filters=wire)

    async def login(
        self,
        username: str = "",
        password: str = "",
        *,
        registry: str = "docker.io",
        identity_token: str = "",
        save: bool = False,
    ) -> str:
        """Log in to a registry for the pulls, pushes and builds of this client; return the daemon's word.

        `save=True` also stores it where the docker CLI does. Wrong credentials are `Unauthorized`.

            await docker.login("me", token, registry="ghcr.io")
        """
        from pydock.models.credentials import Credentials
        from pydock.models.login import log_in

        given = Credentials(username=username, password=password, identity_token=identity_token)
        return await log_in(self.api, self.credentials, given, registry, save=save)

    async def logout(self, *, registry: str = "docker.io", erase: bool = False) -> bool:
        """Forget a login of this client, with `erase=True` also what the docker CLI has stored; False if none."""
        from pydock.models.login import log_out

        return await log_out(self.credentials, registry, erase=erase)

    def _proxies(self) -> Mapping[str, str]:
        """Return the proxy variables that the CLI's configuration has for containers of this daemon."""
        return load(os.environ).proxies_for(self.endpoint.url)

    async def explore(self, *, readonly: bool = False, label: LabelFilter = ()) -> Explorer:
        """Show the daemon live in a notebook: containers with logs and stats, images, networks, volumes, events.

        Needs `pip install 'pydock-engine[jupyter]'`. `view.selected` is the container for the next cell. `label`
        leaves out what does not have it: `label={"tier": "web"}`.

            view = await docker.explore()
            view
        """
        from pydock.widgets.explorer import Explorer

        return await Explorer.of(self, readonly=readonly, label=label)

    def spawn(self, work: Awaitable[T]) -> Spawned[T]:
        """Run something in the background on this client's event loop, from any thread: for buttons of your own.

        Jupyter handles a click in another thread, where the client cannot be used. What is returned may be awaited
        or cancelled, or forgotten: it runs on, and an error is logged. asyncio only.

            button.on_click(lambda _: docker.spawn(container.stop()))
        """
        from pydock.spawning import spawn

        return spawn(self.api.engine.home or self._born_on, work)

    async def aclose(self) -> None:
        """Close all connections. Streams that are still open are cut; a later call opens new connections."""
        with anyio.CancelScope(shield=True):
            await self.api.engine.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    def __repr__(self) -> str:
        return f"<Docker {self.endpoint.url} ({self.endpoint.source})>"


def _running_loop() -> object | None:
    """Return the asyncio loop that runs here; asyncio is not imported only to find that none does."""
    if "asyncio" not in sys.modules:
        return None
    from pydock.spawning import running_loop

    return running_loop()
