"""A session: everything made through it is labelled, and gone at its end.

Danger: a creation that is cancelled half-way may still happen in the daemon, after the cleaning. So a
creation that was sent is always waited for.
"""

from __future__ import annotations

import os
import platform
import uuid
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self, cast

import anyio

from pydock.api import API
from pydock.api import containers as api_containers
from pydock.api import networks as api_networks
from pydock.api import volumes as api_volumes
from pydock.api._base import JSON
from pydock.errors import Conflict, ContainerNotFound, DockerError, NetworkNotFound, VolumeNotFound
from pydock.models.containers import Containers
from pydock.models.networks import Networks
from pydock.models.volumes import Volumes, labels_match
from pydock.transport.deadline import deadline

__all__ = ["OWNER_LABEL", "SESSION_LABEL", "Session", "sweep", "sweep_dead"]

SESSION_LABEL = "pydock.session.id"
OWNER_LABEL = "pydock.session.owner"
"""Host, process and the start of the process: a process id alone is given again."""
_ROUNDS = 5
_AT_ONCE = 8
_PATIENCE = 120
"""Seconds until a daemon that does not answer any more holds up an exit no longer."""


class Session:
    """Containers, networks and volumes for a while: `async with docker.session() as session`.

    Its collections are those of the daemon; what is *created* with them has the session's labels and is removed at
    the end, also after an error or a cancellation: containers with their anonymous volumes, then networks, then
    volumes. What was there before, and images, stay.

        async with docker.session() as session:
            backend = await session.networks.create("backend")
            web = await session.containers.run_detached("nginx", networks=["backend"])
    """

    def __init__(
        self, api: API, containers: Callable[[API], Containers], labels: Mapping[str, str] | None = None
    ) -> None:
        self._api = api
        self.id: str = uuid.uuid4().hex
        self.labels: dict[str, str] = {**(labels or {}), SESSION_LABEL: self.id, OWNER_LABEL: _owner()}
        """On everything that is made through the session."""
        labelling = _Labelling(api, self.labels)
        self.containers: Containers = containers(labelling)
        self.networks: Networks = Networks(labelling)
        self.volumes: Volumes = Volumes(labelling)

    async def clean(self) -> None:
        """Remove what the session has made so far. It can go on afterwards."""
        await sweep(self._api, [f"{SESSION_LABEL}={self.id}"])

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with anyio.CancelScope(shield=True):
            try:
                with deadline(_PATIENCE, f"Cleaning up the session {self.id}"):
                    await self.clean()
            except DockerError as failure:
                if error is None:
                    raise
                error.add_note(f"Cleaning up the session {self.id} failed, too: {failure}")

    def __repr__(self) -> str:
        return f"<Session {self.id}>"


class _Labelling(API):
    """The API, except that what it creates is labelled, and waited for even when that is cancelled."""

    def __init__(self, api: API, labels: Mapping[str, str]) -> None:
        super().__init__(api.engine)
        self.containers = _Containers(api.engine)
        self.networks = _Networks(api.engine)
        self.volumes = _Volumes(api.engine)
        for group in (self.containers, self.networks, self.volumes):
            group.labels = labels


class _Containers(api_containers.Containers):
    labels: Mapping[str, str]

    async def create(self, body: Mapping[str, object], *, name: str | None = None, platform: str | None = None) -> JSON:
        return await _for_sure(super().create(_labelled(body, self.labels), name=name, platform=platform))


class _Networks(api_networks.Networks):
    labels: Mapping[str, str]

    async def create(self, body: Mapping[str, object]) -> JSON:
        return await _for_sure(super().create(_labelled(body, self.labels)))


class _Volumes(api_volumes.Volumes):
    labels: Mapping[str, str]

    async def create(self, body: Mapping[str, object] | None = None) -> JSON:
        return await _for_sure(super().create(_labelled(body or {}, self.labels)))


async def _for_sure(creating: Awaitable[JSON]) -> JSON:
    answers: list[JSON] = []
    with anyio.CancelScope(shield=True):
        answers.append(await creating)
    return answers[0]


def _labelled(body: Mapping[str, object], labels: Mapping[str, str]) -> dict[str, object]:
    given = cast("Mapping[str, str]", body.get("Labels") or {})
    return {**body, "Labels": {**given, **labels}}


# Removing


async def sweep(api: API, labels: Sequence[str]) -> None:
    """Remove all containers, networks and volumes that have all the labels, each `key` or `key=value`."""
    filters = {"label": list(labels)}

    def having(key: str, items: list[dict[str, Any]] | None) -> list[str]:
        # Looked at again here: an engine that ignored or loosened the filter would have us remove everything.
        return [item[key] for item in items or [] if labels_match(item.get("Labels") or {}, filters)]

    async def containers() -> list[str]:
        return having("Id", (await api.containers.list(all=True, filters=filters)).load())

    async def networks() -> list[str]:
        return having("Id", (await api.networks.list(filters=filters)).load())

    async def volumes() -> list[str]:
        return having("Name", (await api.volumes.list(filters=filters)).load()["Volumes"])

    async def remove_container(id_: str) -> None:
        with suppress(Conflict):  # it does not run
            await api.containers.kill(id_)  # Podman's forced removal would give it 10 s to stop
        await api.containers.delete(id_, force=True, v=True)

    async def remove_volume(name: str) -> None:
        await api.volumes.delete(name, force=True)

    await _remove_all(containers, remove_container)
    await _remove_all(networks, api.networks.delete)
    await _remove_all(volumes, remove_volume)


async def _remove_all(find: Callable[[], Awaitable[list[str]]], remove: Callable[[str], Awaitable[None]]) -> None:
    """Remove until there is nothing left; what goes by itself meanwhile is as well, what stays is an error."""
    failure: DockerError | None = None
    slots = anyio.Semaphore(_AT_ONCE)

    async def attempt(name: str) -> None:
        nonlocal failure
        async with slots:
            try:
                await remove(name)
            except (ContainerNotFound, NetworkNotFound, VolumeNotFound):
                pass
            except DockerError as error:
                failure = error

    for round_ in range(_ROUNDS):
        found = await find()
        if not found:
            return
        if round_:
            await anyio.sleep(0.1 * round_)  # "removal is already in progress" is a 409
        async with anyio.create_task_group() as tasks:
            for name in found:
                tasks.start_soon(attempt, name)
    if failure is not None and await find():
        raise failure


async def sweep_dead(api: API) -> None:
    """Remove what sessions of this host have left whose process is dead."""
    here = platform.node()
    filters = {"label": [OWNER_LABEL]}
    found: list[Mapping[str, Any]] = [
        *(await api.containers.list(all=True, filters=filters)).load(),
        *(await api.networks.list(filters=filters)).load(),
        *((await api.volumes.list(filters=filters)).load()["Volumes"] or []),
    ]
    owners = {item["Labels"][OWNER_LABEL] for item in found if OWNER_LABEL in (item["Labels"] or {})}
    for owner in sorted(owners):
        host, _, process = owner.partition("/")
        if host == here and process != _process(process.partition(".")[0]):
            await sweep(api, [f"{OWNER_LABEL}={owner}"])


def _owner() -> str:
    return f"{platform.node()}/{_process(str(os.getpid()))}"


def _process(pid: str) -> str | None:
    """Name a process so that no later one has the name; None when it is dead. Without /proc the pid must do."""
    try:
        start = Path(f"/proc/{int(pid)}/stat").read_text().rpartition(")")[2].split()[19]
    except (OSError, ValueError, IndexError):
        return _alive(pid)
    return f"{pid}.{start}"


def _alive(pid: str) -> str | None:
    if Path("/proc/self/stat").exists() or not pid.isdecimal():
        return None
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return None
    except PermissionError:
        pass
    return f"{pid}."
