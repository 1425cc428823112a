"""Connections are reused, never shared, never lost; slots come back whatever happens to their requests."""

from __future__ import annotations

import gc
import os
import random
import threading
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

import anyio
import pytest

from pydock.errors import ConnectionLost, DockerError, InvalidArgument
from pydock.transport.endpoint import resolve
from pydock.transport.engine import Engine

Peer = Any
Script = Callable[[Peer], Awaitable[None]]
Serve = Callable[[Script], AbstractAsyncContextManager[str]]
Answering = Callable[..., Script]

OK = b"HTTP/1.1 200 OK\r\nApi-Version: 1.44\r\nContent-Length: 2\r\n\r\nOK"


def engine_at(url: str, **options: Any) -> Engine:
    options.setdefault("api_version", "1.44")
    return Engine(lambda: resolve(url, environ={"HOME": "/nowhere"}), **options)


def open_files() -> int:
    gc.collect()
    return len(os.listdir("/proc/self/fd"))  # noqa: PTH208 - a count, and no Path objects that hold things


async def until(condition: Callable[[], bool]) -> None:
    """Let the daemon's side see what our side has done."""
    with anyio.fail_after(10):
        while not condition():  # noqa: ASYNC110 - what the kernel does has no event
            await anyio.sleep(0.001)


class Counting:
    """A daemon that counts its connections and how many requests run at once."""

    def __init__(self) -> None:
        self.connections = self.running = self.most = 0
        self.gate: anyio.Event | None = None

    async def __call__(self, peer: Peer) -> None:
        self.connections += 1
        while True:
            await peer.head()
            self.running += 1
            self.most = max(self.most, self.running)
            try:
                if self.gate is not None:
                    await self.gate.wait()
                await anyio.lowlevel.checkpoint()
            finally:
                self.running -= 1
            await peer.send(OK)


@pytest.mark.anyio
async def test_calls_in_a_row_share_one_connection(serve: Serve) -> None:
    daemon = Counting()
    async with serve(daemon) as url:
        engine = engine_at(url)
        for method in ("GET", "POST", "DELETE"):
            assert (await engine.request(method, "/x")).body == b"OK"
        assert await (await engine.open("GET", "/x")).read() == b"OK"
        assert (await engine.request("GET", "/x")).body == b"OK"
        await engine.aclose()
    assert daemon.connections == 1


@pytest.mark.anyio
async def test_no_more_requests_run_at_once_than_allowed(serve: Serve) -> None:
    daemon = Counting()
    daemon.gate = anyio.Event()
    async with serve(daemon) as url:
        engine = engine_at(url, max_connections=3)
        async with anyio.create_task_group() as group:
            for _ in range(50):
                group.start_soon(engine.request, "GET", "/x")
            await until(lambda: daemon.running == 3)
            daemon.gate.set()
        await engine.aclose()
    assert (daemon.most, daemon.connections) == (3, 3)


@pytest.mark.anyio
async def test_open_streams_hold_up_nobody(serve: Serve) -> None:
    async def script(peer: Peer) -> None:
        while True:
            if b"/logs" in await peer.head():
                await peer.send(b"HTTP/1.1 200 OK\r\n\r\n")
                await anyio.sleep_forever()
            await peer.send(OK)

    async with serve(script) as url:
        engine = engine_at(url, max_connections=1)
        streams = [await engine.open("GET", "/logs") for _ in range(30)]
        assert (await engine.request("GET", "/x")).body == b"OK"
        for stream in streams:
            await stream.aclose()
        await engine.aclose()


@pytest.mark.anyio
@pytest.mark.parametrize("junk", [b"", b"HTTP/1.1 408 Timeout\r\n\r\n"])
async def test_a_connection_that_the_daemon_closed_is_not_used_again(serve: Serve, junk: bytes) -> None:
    connections = 0

    async def script(peer: Peer) -> None:
        nonlocal connections
        connections += 1
        await peer.head()
        await peer.send(OK)
        await closing.wait()
        await peer.send(junk)
        closed.set()

    closing, closed = anyio.Event(), anyio.Event()
    async with serve(script) as url:
        engine = engine_at(url)
        await engine.request("POST", "/x")
        closing.set()
        await closed.wait()
        await anyio.wait_all_tasks_blocked()
        await engine.request("POST", "/x")
        await engine.aclose()
    assert connections == 2


@pytest.mark.anyio
@pytest.mark.parametrize(("method", "works"), [("GET", True), ("POST", False)])
async def test_closed_when_the_request_arrives(serve: Serve, method: str, works: bool) -> None:
    requests: list[bytes] = []

    async def script(peer: Peer) -> None:
        requests.append(await peer.head())
        if len(requests) != 1:
            await peer.send(OK)
            return
        await peer.send(OK)
        requests.append(await peer.head())  # and closes

    async with serve(script) as url:
        engine = engine_at(url)
        await engine.request("GET", "/x")
        if works:
            assert (await engine.request(method, "/y")).body == b"OK"
        else:
            with pytest.raises(ConnectionLost, match="may or may not have done"):
                await engine.request(method, "/y")
        await engine.aclose()
    assert len(requests) == (3 if works else 2)


@pytest.mark.anyio
async def test_a_fresh_connection_is_not_tried_twice(serve: Serve) -> None:
    requests = 0

    async def script(peer: Peer) -> None:
        nonlocal requests
        await peer.head()
        requests += 1

    async with serve(script) as url:
        engine = engine_at(url)
        with pytest.raises(ConnectionLost):
            await engine.request("GET", "/x")
        await engine.aclose()
    assert requests == 1


@pytest.mark.anyio
@pytest.mark.parametrize(
    "wire",
    [
        b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nOK",
        b"HTTP/1.0 200 OK\r\n\r\nOK",
        OK + b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil",
        OK + b"HTTP/1.1 2",
    ],
)
async def test_a_spoilt_connection_is_not_kept(serve: Serve, wire: bytes) -> None:
    connections = 0

    async def script(peer: Peer) -> None:
        nonlocal connections
        connections += 1
        while True:
            await peer.head()
            await peer.send(wire)
            if b"1.0" in wire:
                return

    async with serve(script) as url:
        engine = engine_at(url)
        for _ in range(3):
            assert (await engine.request("GET", "/x")).body == b"OK"
        await engine.aclose()
    assert connections == 3


@pytest.mark.anyio
async def test_a_half_read_stream_closes_its_connection(serve: Serve) -> None:
    ended = anyio.Event()

    async def script(peer: Peer) -> None:
        await peer.head()
        await peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\nsome")
        assert await peer.receive() == b""
        ended.set()

    async with serve(script) as url:
        engine = engine_at(url)
        response = await engine.open("GET", "/x")
        assert await response.__anext__() == b"some"
        await response.aclose()
        await ended.wait()
        await engine.aclose()


@pytest.mark.anyio
async def test_a_cancelled_waiter_passes_its_turn_on(serve: Serve) -> None:
    daemon = Counting()
    daemon.gate = anyio.Event()
    done: list[int] = []
    async with serve(daemon) as url:
        engine = engine_at(url, max_connections=1)
        scopes = [anyio.CancelScope() for _ in range(4)]

        async def one(number: int) -> None:
            with scopes[number]:
                await engine.request("GET", "/x")
                done.append(number)

        async with anyio.create_task_group() as group:
            for number in range(4):
                group.start_soon(one, number)
                await anyio.wait_all_tasks_blocked()
            scopes[1].cancel()
            daemon.gate.set()
        assert done == [0, 2, 3]
        await engine.aclose()


@pytest.mark.anyio
async def test_a_turn_that_comes_together_with_the_cancellation_is_passed_on(serve: Serve) -> None:
    async with serve(Counting()) as url:
        engine = engine_at(url, max_connections=1)
        await engine.request("GET", "/x")
        home: Any = engine._pool._home  # type: ignore[union-attr]
        home.free -= 1  # a slot of ours
        async with anyio.create_task_group() as group:
            group.start_soon(engine.request, "GET", "/x")
            await anyio.wait_all_tasks_blocked()
            group.cancel_scope.cancel()
            home.leave()  # before the one who waits can notice
        assert home.free == 1
        await engine.aclose()


@pytest.mark.anyio
async def test_a_storm_of_cancellations_loses_nothing(serve: Serve) -> None:  # noqa: C901 - one storm
    dice = random.Random(7)
    ended = 0

    async def script(peer: Peer) -> None:
        while True:
            head = await peer.head()
            for _ in range(dice.randrange(4)):
                await anyio.lowlevel.checkpoint()
            if b"/logs" in head:
                await peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nsome")
                await anyio.lowlevel.checkpoint()
                await peer.send(b"thing")
            elif b"/up" in head:
                await peer.exactly(3 * (5 + 1000 + 2) + 5)
                await peer.send(OK)
            else:
                await peer.send(OK[:20])
                await anyio.lowlevel.checkpoint()
                await peer.send(OK[20:])

    async def body() -> AsyncIterator[bytes]:
        for _ in range(3):
            await anyio.lowlevel.checkpoint()
            yield b"x" * 1000

    async def one(engine: Engine) -> None:
        nonlocal ended
        kind = dice.randrange(5)
        with anyio.move_on_after(dice.choice([0, 0.0005, 0.002, 0.005, 0.02, 1])):
            if kind == 0:
                async with anyio.create_task_group() as group:
                    response = await engine.open("GET", "/logs")
                    async for _ in response:
                        group.cancel_scope.cancel()
            elif kind == 1:
                response = await engine.open("PUT", "/up", body=body())
                await response.read()
            else:
                await engine.request("GET", "/x")
        ended += 1

    async with serve(script) as url:
        engine = engine_at(url, max_connections=10)
        await engine.request("GET", "/x")
        before = open_files()
        async with anyio.create_task_group() as group:
            for number in range(2000):
                group.start_soon(one, engine)
                if number % 50 == 0:
                    await anyio.lowlevel.checkpoint()
        assert ended == 2000
        home = engine._pool._home  # type: ignore[union-attr]
        assert home is not None
        assert home.free == 10
        with anyio.fail_after(10):
            async with anyio.create_task_group() as group:
                for _ in range(20):
                    group.start_soon(engine.request, "GET", "/x")
        await engine.aclose()
        await until(lambda: open_files() <= before)


@pytest.mark.anyio
async def test_closing_leaves_no_file_open_and_is_no_end(serve: Serve) -> None:
    daemon = Counting()
    async with serve(daemon) as url:
        before = open_files()
        engine = engine_at(url)
        async with anyio.create_task_group() as group:
            for _ in range(20):
                group.start_soon(engine.request, "GET", "/x")
        assert open_files() > before
        await engine.aclose()
        await engine.aclose()
        await until(lambda: open_files() == before)
        assert (await engine.request("GET", "/x")).body == b"OK"
        await engine.aclose()


@pytest.mark.anyio
async def test_a_request_under_way_survives_close_and_its_connection_does_not(serve: Serve) -> None:
    daemon = Counting()
    daemon.gate = anyio.Event()
    async with serve(daemon) as url:
        before = open_files()
        engine = engine_at(url)
        async with anyio.create_task_group() as group:
            group.start_soon(engine.request, "GET", "/x")
            await anyio.wait_all_tasks_blocked()
            await engine.aclose()
            daemon.gate.set()
        await until(lambda: open_files() == before)


@pytest.mark.anyio
async def test_an_engine_that_is_forgotten_closes_its_idle_connections(serve: Serve) -> None:
    ended = anyio.Event()

    async def script(peer: Peer) -> None:
        await peer.head()
        await peer.send(OK)
        await peer.receive()
        ended.set()

    async def use(url: str) -> None:
        await engine_at(url).request("GET", "/x")

    async with serve(script) as url:
        await use(url)
        gc.collect()
        await ended.wait()


@pytest.mark.anyio
async def test_idle_connections_grow_old(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    daemon = Counting()
    now = 1000.0
    monkeypatch.setattr("pydock.transport.pool.monotonic", lambda: now)
    async with serve(daemon) as url:
        engine = engine_at(url)
        async with anyio.create_task_group() as group:
            for _ in range(5):
                group.start_soon(engine.request, "GET", "/x")
        assert daemon.connections == 5
        now += 1000
        await engine.request("GET", "/x")
        home: Any = engine._pool._home  # type: ignore[union-attr]
        assert len(home._idle) == 1
        assert daemon.connections == 6
        await engine.aclose()


@pytest.mark.anyio
async def test_a_failed_connect_gives_its_slot_back(folder: Path) -> None:
    engine = engine_at(f"unix://{folder}/none.sock", max_connections=1)
    for _ in range(3):
        with pytest.raises(DockerError), anyio.fail_after(5):
            await engine.request("GET", "/x")


@pytest.mark.parametrize("value", [0, -1, True, 2.5, "3"])
def test_the_limit_is_checked(value: Any) -> None:
    with pytest.raises(InvalidArgument, match="max_connections"):
        engine_at("unix:///x", max_connections=value)


@pytest.mark.anyio
async def test_a_forked_child_shares_no_connection(serve: Serve) -> None:
    daemon = Counting()

    async def in_the_child(engine: Engine) -> bool:
        return engine._pool._at_home().take() is None  # type: ignore[union-attr]

    async with serve(daemon) as url:
        engine = engine_at(url)
        await engine.request("GET", "/x")
        child = os.fork()
        if child == 0:
            results: list[bool] = []
            thread = threading.Thread(target=lambda: results.append(anyio.run(in_the_child, engine)))
            thread.start()
            thread.join()
            os._exit(0 if results == [True] else 1)
        _, status = os.waitpid(child, 0)  # noqa: ASYNC222 - it ends at once
        assert os.waitstatus_to_exitcode(status) == 0
        assert (await engine.request("GET", "/x")).body == b"OK"
        await engine.aclose()
    assert daemon.connections == 1
