"""The events of real engines, also over a connection that is cut again and again."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import anyio
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
    """Stands before the engine and cuts all connections when told. In threads: it must not share the client's loop."""

    def __init__(self, engine: str, path: Path) -> None:
        self._engine = engine
        self._open: list[socket.socket] = []
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(path))
        self._listener.listen()
        threading.Thread(target=self._serve, daemon=True).start()

    async def cut(self) -> None:
        connections, self._open = self._open, []
        for connection in connections:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _serve(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                engine = socket.socket(socket.AF_UNIX)
                engine.connect(self._engine)
                self._open += [client, engine]
                threading.Thread(target=self._carry, args=(client, engine), daemon=True).start()

    def _carry(self, client: socket.socket, engine: socket.socket) -> None:
        back = threading.Thread(target=self._copy, args=(engine, client), daemon=True)
        back.start()
        self._copy(client, engine)
        back.join()
        client.close()
        engine.close()

    def _copy(self, source: socket.socket, target: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                target.sendall(data)
        with contextlib.suppress(OSError):
            target.shutdown(socket.SHUT_WR)


@asynccontextmanager
async def cutter(engine: Engine, path: Path) -> AsyncIterator[Cutter]:
    proxy = Cutter(engine.url.removeprefix("unix://"), path)
    try:
        yield proxy
    finally:
        await proxy.cut()
        proxy.close()


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
