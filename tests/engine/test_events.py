"""The events of real engines, also over a connection that is cut again and again."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import anyio
import anyio.abc
import pytest

import pydock
from pydock.models.event_data import Event
from pydock.models.events import Reconnected

if TYPE_CHECKING:
    from tests.engine.conftest import Engine


async def test_what_happens_after_opening_is_seen(docker: pydock.Docker, label: dict[str, str]) -> None:
    name = f"pydock-{label['pydock.test']}"
    with anyio.fail_after(20):
        async with docker.events(type="volume") as events:
            volume = await docker.volumes.create(name, labels=label)
            await volume.remove()
            seen: list[str] = []
            async for event in events:
                if name in (event.actor.id, event.name):
                    seen.append(event.verb)
                if event.verb in ("destroy", "remove") and seen:
                    break
    assert seen[0] == "create"
    assert event.time is not None


async def test_past_events_end_by_themselves(docker: pydock.Docker, engine: Engine, label: dict[str, str]) -> None:
    if engine.podman:
        pytest.skip("podman's journal does not give past events back reliably")
    box = await docker.containers.run_detached("busybox", ["true"], labels=label)
    await box.wait()
    told = (await docker.api.system.info()).load()["SystemTime"]
    mine = {"pydock.test": label["pydock.test"]}
    found = [event.verb async for event in docker.events(since="10m", until=told, type="container", label=mine)]
    assert found[:1] == ["create"]
    assert "start" in found
    await box.remove()


class Cutter:
    """Stands before the engine and cuts all connections when told."""

    def __init__(self, engine: str) -> None:
        self._engine = engine
        self._open: list[anyio.abc.AsyncResource] = []

    async def cut(self) -> None:
        connections, self._open = self._open, []
        for connection in connections:
            await connection.aclose()

    async def serve(self, client: anyio.abc.SocketStream) -> None:
        engine = await anyio.connect_unix(self._engine)
        self._open += [client, engine]
        async with client, engine, anyio.create_task_group() as tasks:
            tasks.start_soon(self._copy, client, engine)
            tasks.start_soon(self._copy, engine, client)

    async def _copy(self, source: anyio.abc.SocketStream, target: anyio.abc.SocketStream) -> None:
        try:
            async for data in source:
                await target.send(data)
        except (anyio.BrokenResourceError, anyio.ClosedResourceError):
            return
        await target.aclose()


@asynccontextmanager
async def cutter(engine: Engine, path: Path) -> AsyncIterator[Cutter]:
    proxy = Cutter(engine.url.removeprefix("unix://"))
    async with await anyio.create_unix_listener(path) as listener, anyio.create_task_group() as tasks:
        tasks.start_soon(listener.serve, proxy.serve)
        yield proxy
        tasks.cancel_scope.cancel()


@pytest.mark.row(29)
async def test_each_event_once_over_five_cuts(
    docker: pydock.Docker, engine: Engine, label: dict[str, str], tmp_path: Path
) -> None:
    made = [f"pydock-{number}-{label['pydock.test']}" for number in range(15)]
    seen: list[str] = []
    cuts = 0
    with anyio.fail_after(60):
        async with (
            cutter(engine, tmp_path / "cut.sock") as proxy,
            pydock.Docker(f"unix://{tmp_path}/cut.sock") as cut_off,
            cut_off.events(type="volume", event="create", reconnect=True) as events,
        ):
            for number in range(5):
                await docker.volumes.create(made[3 * number], labels=label)
                while made[3 * number] not in seen:
                    item = await anext(events)
                    assert isinstance(item, Event)
                    seen.append(item.name or item.actor.id)
                await docker.volumes.create(made[3 * number + 1], labels=label)
                await proxy.cut()
                await docker.volumes.create(made[3 * number + 2], labels=label)
                while cuts <= number or made[3 * number + 2] not in seen:
                    item = await anext(events)
                    if isinstance(item, Reconnected):
                        cuts += 1
                    else:
                        seen.append(item.name or item.actor.id)
    assert cuts == 5
    assert [name for name in seen if label["pydock.test"] in name] == made


@pytest.mark.row(29)
async def test_a_cut_is_never_the_end(docker: pydock.Docker, engine: Engine, tmp_path: Path) -> None:
    async with (
        cutter(engine, tmp_path / "cut.sock") as proxy,
        pydock.Docker(f"unix://{tmp_path}/cut.sock") as cut_off,
        cut_off.events(type="plugin") as events,
    ):
        await proxy.cut()
        with pytest.raises(pydock.StreamInterrupted):
            await anext(events)
