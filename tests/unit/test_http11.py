"""One connection against a daemon that does everything a daemon, or a proxy before it, may do."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

import anyio
import anyio.lowlevel
import pytest

from pydock.errors import (
    ConnectionLost,
    DockerError,
    InvalidArgument,
    ProtocolError,
    StreamInterrupted,
    TimedOut,
)
from pydock.transport.endpoint import resolve
from pydock.transport.engine import Answer, Engine, Response

Peer = Any
Script = Callable[[Peer], Awaitable[None]]
Serve = Callable[[Script], AbstractAsyncContextManager[str]]
Answering = Callable[..., Script]

pytestmark = pytest.mark.anyio
OK = b"HTTP/1.1 200 OK\r\nApi-Version: 1.44\r\nContent-Length: 2\r\n\r\nOK"


def engine_at(url: str, **options: Any) -> Engine:
    options.setdefault("api_version", "1.44")
    return Engine(lambda: resolve(url, environ={"HOME": "/nowhere"}), **options)


async def ask(serve: Serve, script: Script, method: str = "GET", **options: Any) -> Answer:
    async with serve(script) as url:
        engine = engine_at(url)
        try:
            return await engine.request(method, "/x", **options)
        finally:
            await engine.aclose()


async def test_a_request_on_the_wire(serve: Serve) -> None:
    heads: list[bytes] = []

    async def script(peer: Peer) -> None:
        heads.append(await peer.head())
        assert await peer.exactly(4) == b"body"
        await peer.send(OK)

    answer = await ask(serve, script, "POST", body=b"body", headers={"X-Registry-Auth": "e30="})
    assert (answer.status, answer.body, answer.headers["api-version"]) == (200, b"OK", "1.44")
    lines = heads[0].decode().split("\r\n")
    assert lines[0] == "POST /v1.44/x HTTP/1.1"
    assert {"Host: api.moby.localhost", "Accept-Encoding: identity", "X-Registry-Auth: e30=", "Content-Length: 4"} <= {
        *lines
    }
    assert any(line.startswith("User-Agent: pydock") for line in lines)


@pytest.mark.parametrize(
    ("wire", "body"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", b""),
        (b"HTTP/1.1 204 No Content\r\n\r\n", b""),
        (b"HTTP/1.1 304 Not Modified\r\nContent-Length: 12\r\n\r\n", b""),
        (b"HTTP/1.1 200 OK\r\n\r\nto the end", b"to the end"),
        (b"HTTP/1.0 200 OK\r\n\r\nold", b"old"),
        (
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2;x=y\r\nde\r\n0\r\nTrailer: t\r\n\r\n",
            b"abcde",
        ),
        (b"HTTP/1.1 100 Continue\r\nA: b\r\n\r\nHTTP/1.1 103 Early Hints\r\n\r\n" + OK, b"OK"),
        (b"HTTP/1.1 301 Moved\r\nLocation: /elsewhere\r\nContent-Length: 2\r\n\r\nno", b"no"),
    ],
)
@pytest.mark.parametrize("step", [1, 7, 10_000])
async def test_answers_in_any_framing_and_any_pieces(serve: Serve, wire: bytes, body: bytes, step: int) -> None:
    async def script(peer: Peer) -> None:
        await peer.head()
        for at in range(0, len(wire), step):
            await peer.send(wire[at : at + step])

    answer = await ask(serve, script)
    assert answer.body == body
    assert answer.headers.get("a") is None
    assert "trailer" not in answer.headers


async def test_head_has_no_body_and_the_connection_goes_on(serve: Serve) -> None:
    async def script(peer: Peer) -> None:
        assert (await peer.head()).startswith(b"HEAD")
        await peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\nX-A: b\r\n\r\n")
        assert (await peer.head()).startswith(b"GET")
        await peer.send(OK)

    async with serve(script) as url:
        engine = engine_at(url)
        assert (await engine.request("HEAD", "/x")).headers["x-a"] == "b"
        assert (await engine.request("GET", "/x")).body == b"OK"
        await engine.aclose()


@pytest.mark.parametrize(
    ("wire", "kind", "words"),
    [
        (b"", ConnectionLost, "before it answered"),
        (b"HTTP/1.1 200 OK\r\nContent-", ConnectionLost, "in the middle of its answer"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabc", StreamInterrupted, "cut in the middle"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab", StreamInterrupted, "cut in the middle"),
        (b"SSH-2.0-OpenSSH_9.2\r\n", ProtocolError, "SSH-2.0"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n", ProtocolError, "does not speak HTTP"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", ProtocolError, "does not speak HTTP"),
        (b"HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\nraw", ProtocolError, "101"),
        (b"HTTP/1.1 200 OK\r\nX: " + b"y" * (3 << 20), ProtocolError, "do not end"),
    ],
)
async def test_broken_answers_are_typed_errors(serve: Serve, wire: bytes, kind: type[DockerError], words: str) -> None:
    async def script(peer: Peer) -> None:
        await peer.head()
        await peer.send(wire)

    with pytest.raises(kind, match=words):
        await ask(serve, script)


async def test_an_endless_error_is_cut_off(serve: Serve) -> None:
    async def script(peer: Peer) -> None:
        await peer.head()
        await peer.send(b"HTTP/1.1 502 Bad Gateway\r\n\r\n<html>")
        while True:
            await peer.send(b"x" * 65536)

    answer = await ask(serve, script)
    assert answer.status == 502
    assert 1 << 20 <= len(answer.body) < 2 << 20
    assert answer.body.startswith(b"<html>x")


async def test_a_timeout_names_the_call(serve: Serve) -> None:
    async def script(peer: Peer) -> None:
        await peer.receive()
        await anyio.sleep_forever()

    with pytest.raises(TimedOut, match=r"GET /x took longer than 0.01 s"):
        await ask(serve, script, timeout=0.01)


async def pieces(count: int, piece: bytes = b"x" * 65536) -> AsyncIterator[bytes]:
    for _ in range(count):
        yield piece


async def test_an_upload_is_chunked_or_of_the_announced_length(serve: Serve) -> None:
    got: list[tuple[bytes, bytes]] = []

    async def script(peer: Peer) -> None:
        for size in (3 * 3 + 3 * 5 + 5, 9):
            head = await peer.head()
            got.append((head, await peer.exactly(size)))
            await peer.send(OK)

    async with serve(script) as url:
        engine = engine_at(url)
        for headers in (None, {"Content-Length": "9"}):
            response = await engine.open("PUT", "/x", body=pieces(3, b"abc"), headers=headers)
            assert await response.read() == b"OK"
        await engine.aclose()
    assert b"chunked" in got[0][0]
    assert got[0][1] == b"3\r\nabc\r\n" * 3 + b"0\r\n\r\n"
    assert b"chunked" not in got[1][0]
    assert got[1][1] == b"abc" * 3


@pytest.mark.parametrize("length", ["8", "10"])
async def test_an_upload_of_another_length_than_announced(serve: Serve, length: str) -> None:
    async def script(peer: Peer) -> None:
        while await peer.receive():
            pass

    async with serve(script) as url:
        engine = engine_at(url)
        with pytest.raises(InvalidArgument, match="announced"):
            await engine.open("PUT", "/x", body=pieces(3, b"abc"), headers={"Content-Length": length})
        await engine.aclose()


@pytest.mark.parametrize("reads_on", [False, True])
@pytest.mark.parametrize("whole", [False, True])
async def test_an_early_error_ends_the_upload(serve: Serve, reads_on: bool, whole: bool) -> None:
    closed = anyio.Event()
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        try:
            while True:
                yield b"x" * 65536
                sent += 65536
        finally:
            await anyio.lowlevel.checkpoint()
            closed.set()

    async def script(peer: Peer) -> None:
        await peer.head()
        await peer.send(b"HTTP/1.1 404 Not Found\r\nContent-Length: 4\r\n\r\nnope")
        if reads_on:
            while await peer.receive():
                pass
        else:
            await anyio.sleep_forever()

    body: Any = bytes(64 << 20) if whole else endless()
    async with serve(script) as url:
        engine = engine_at(url)
        response = await engine.open("PUT", "/x", body=body)
        assert response.status == 404
        assert await response.read() == b"nope"
        await engine.aclose()
    if not whole:
        await closed.wait()
        assert sent < 32 << 20


async def test_an_early_error_and_a_closed_connection(serve: Serve) -> None:
    async def script(peer: Peer) -> None:
        await peer.head()
        await peer.send(b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 3\r\n\r\nbad")

    async with serve(script) as url:
        engine = engine_at(url)
        for _ in range(20):
            response = await engine.open("PUT", "/x", body=pieces(200))
            assert (response.status, await response.read()) == (400, b"bad")
        await engine.aclose()


async def test_a_failing_body_raises_what_it_raised(serve: Serve) -> None:
    async def failing() -> AsyncIterator[bytes]:
        yield b"x"
        raise ZeroDivisionError

    async def script(peer: Peer) -> None:
        while await peer.receive():
            pass

    async with serve(script) as url:
        engine = engine_at(url)
        with pytest.raises(ZeroDivisionError):
            await engine.open("PUT", "/x", body=failing())
        with pytest.raises(InvalidArgument, match="yields bytes, not str"):
            await engine.open("PUT", "/x", body=pieces(1, "text"))  # type: ignore[arg-type]
        await engine.aclose()


UPGRADED = b"HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n"


async def test_an_upgrade_keeps_the_early_bytes_and_half_closes(serve: Serve) -> None:
    heads: list[bytes] = []

    async def script(peer: Peer) -> None:
        heads.append(await peer.head())
        await peer.send(UPGRADED + b"early")
        total = b""
        while data := await peer.receive():
            total += data
        await peer.send(b"%d bytes" % len(total))

    async with serve(script) as url:
        engine = engine_at(url)
        response = await engine.open("POST", "/x", upgrade=True, body=b"")
        async with response.duplex() as both:
            assert both.status == 101
            assert await both.recv(2) == b"ea"
            assert await both.recv() == b"rly"
            for _ in range(50):
                await both.send(bytearray(100_000))
            await both.send_eof()
            await both.send_eof()
            with pytest.raises(InvalidArgument, match="after send_eof"):
                await both.send(b"x")
            assert await both.recv() == b"5000000 bytes"
            assert await both.recv() == b""
        await engine.aclose()
    assert b"Connection: Upgrade\r\nUpgrade: tcp" in heads[0]


@pytest.mark.parametrize("chunked", [False, True])
async def test_an_old_style_hijack_answers_200(serve: Serve, chunked: bool) -> None:
    async def script(peer: Peer) -> None:
        await peer.head()
        await peer.send(b"HTTP/1.1 200 OK\r\n" + (b"Transfer-Encoding: chunked\r\n" if chunked else b"") + b"\r\n")
        data = await peer.receive()
        await peer.send(b"4\r\n" + data + b"\r\n0\r\n\r\n" if chunked else data)

    async with serve(script) as url:
        engine = engine_at(url)
        async with (await engine.open("POST", "/x", upgrade=True)).duplex() as both:
            await both.send(b"ping")
            assert await both.recv(3) == b"pin"
            assert await both.recv(3) == b"g"
            assert await both.recv() == b""
        await engine.aclose()


async def test_a_cancelled_recv_loses_nothing(serve: Serve) -> None:
    go = anyio.Event()

    async def script(peer: Peer) -> None:
        await peer.head()
        await peer.send(UPGRADED)
        await go.wait()
        await peer.send(b"late")

    async with serve(script) as url:
        engine = engine_at(url)
        async with (await engine.open("POST", "/x", upgrade=True)).duplex() as both:
            with anyio.move_on_after(0.01) as scope:
                await both.recv()
            assert scope.cancelled_caught
            go.set()
            assert await both.recv() == b"late"
        await engine.aclose()


async def test_closing_wakes_the_reader(serve: Serve) -> None:
    async def script(peer: Peer) -> None:
        await peer.head()
        await peer.send(UPGRADED)
        await anyio.sleep_forever()

    async with serve(script) as url:
        engine = engine_at(url)
        response = await engine.open("POST", "/x", upgrade=True)
        both = response.duplex()
        ended = anyio.Event()

        async def read() -> None:
            with pytest.raises(StreamInterrupted, match="closed on this side"):
                await both.recv()
            ended.set()

        async with anyio.create_task_group() as group:
            group.start_soon(read)
            await anyio.wait_all_tasks_blocked()
            await engine.aclose()
            await ended.wait()


async def test_two_readers_are_told(serve: Serve) -> None:
    async def script(peer: Peer) -> None:
        await peer.head()
        await peer.send(UPGRADED)
        await anyio.sleep_forever()

    async with serve(script) as url:
        engine = engine_at(url)
        async with (await engine.open("POST", "/x", upgrade=True)).duplex() as both, anyio.create_task_group() as group:
            group.start_soon(both.recv)
            await anyio.wait_all_tasks_blocked()
            with pytest.raises(InvalidArgument, match="Another task is reading"):
                await both.recv()
            group.cancel_scope.cancel()
        await engine.aclose()


async def test_sending_to_somebody_who_left(serve: Serve) -> None:
    async def script(peer: Peer) -> None:
        await peer.head()
        await peer.send(UPGRADED + b"bye")

    async with serve(script) as url:
        engine = engine_at(url)
        async with (await engine.open("POST", "/x", upgrade=True)).duplex() as both:
            with pytest.raises(StreamInterrupted, match="takes nothing more"):
                await both.send(b"x" * (64 << 20))
            assert await both.recv() == b"bye"
        await engine.aclose()


async def test_a_dropped_answer_warns_and_closes(serve: Serve, answering: Answering) -> None:
    ended = anyio.Event()

    async def script(peer: Peer) -> None:
        await peer.head()
        await peer.send(b"HTTP/1.1 200 OK\r\n\r\nfirst")
        await peer.receive()
        ended.set()

    async def drop(engine: Engine) -> None:
        response: Response | None = await engine.open("GET", "/x/logs?tail=1")
        assert response is not None
        assert await response.__anext__() == b"first"
        del response

    async with serve(script) as url:
        engine = engine_at(url)
        with pytest.warns(ResourceWarning, match=r"GET /x/logs was dropped") as seen:
            await drop(engine)
        assert len(seen) == 1
        await ended.wait()
        await engine.aclose()


async def test_bad_targets_and_headers_are_refused_before_any_io() -> None:
    engine = engine_at("unix:///nowhere.sock")
    for target in ("", "x", "/a b", "/a\r\nX: y", "/é"):
        with pytest.raises(InvalidArgument, match="no path"):
            await engine.request("GET", target)
    for headers in ({"X": "a\r\nb"}, {"X Y": "a"}, {"": "a"}, {"X": "日本"}):
        with pytest.raises(InvalidArgument, match="header"):
            await engine.request("GET", "/x", headers=headers)
    with pytest.raises(InvalidArgument, match="Content-Length"):
        await engine.open("PUT", "/x", headers={"Content-Length": "many"}, body=b"x")
