"""httpx transports under pydock, and pydock's connections under httpx."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

import httpx
import pytest
import respx

from pydock.errors import ConnectionLost, DockerError, ProtocolError, StreamInterrupted, TimedOut, Unreachable
from pydock.transport.endpoint import resolve
from pydock.transport.engine import Engine
from pydock.transport.httpx_bridge import EngineTransport
from pydock.transport.streams import JSONStream

Peer = Any
Script = Callable[[Peer], Awaitable[None]]
Serve = Callable[[Script], AbstractAsyncContextManager[str]]

pytestmark = pytest.mark.anyio
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOK"


def mocked(handler: Callable[[httpx.Request], httpx.Response], **options: Any) -> Engine:
    def never() -> Any:
        raise AssertionError("a given transport needs no endpoint")

    return Engine(never, transport=httpx.MockTransport(handler), **options)


async def test_a_mocked_daemon_is_negotiated_with() -> None:
    seen: list[str] = []

    def handler(request: httpx.Request) -> httpx.Response:
        seen.append(f"{request.method} {request.url.raw_path.decode()} {request.headers['accept-encoding']}")
        if request.url.path == "/_ping":
            return httpx.Response(200, headers={"Api-Version": "1.44"})
        return httpx.Response(409, json={"message": "no"}, headers={"X-A": "b"})

    engine = mocked(handler)
    answer = await engine.request("POST", "/containers/a%2Fb/start?x=1", body=b"{}")
    assert (answer.status, answer.body, answer.headers["x-a"]) == (409, b'{"message":"no"}', "b")
    await engine.aclose()
    assert seen == ["HEAD /_ping identity", "POST /v1.44/containers/a%2Fb/start?x=1 identity"]


async def test_respx_works() -> None:
    router = respx.Router()
    route = router.get("http://docker/v1.44/info").respond(json={"ID": "x"})
    engine = Engine(
        lambda: resolve("unix:///x"), transport=httpx.MockTransport(router.async_handler), api_version="1.44"
    )
    assert (await engine.request("GET", "/info")).body == b'{"ID":"x"}'
    assert route.called
    await engine.aclose()


class Events(httpx.AsyncByteStream):
    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield b'{"a":1}\n{"b"'
        yield b":2}\n"


async def test_streams_and_uploads_over_a_mock() -> None:
    got: list[bytes] = []

    async def handler(request: httpx.Request) -> httpx.Response:
        got.append(await request.aread())
        return httpx.Response(200, stream=Events())

    async def body() -> AsyncIterator[bytes]:
        yield b"ab"
        yield b"cd"

    engine = mocked(handler, api_version="1.44")  # type: ignore[arg-type]
    stream = JSONStream(lambda: engine.open("POST", "/build", body=body()))
    assert [value async for value in stream] == [b'{"a":1}', b'{"b":2}']
    assert got == [b"abcd"]
    async with JSONStream(lambda: engine.open("POST", "/build")) as half:
        assert await anext(half) == b'{"a":1}'
    await engine.aclose()


async def test_an_upgrade_over_a_network_stream() -> None:
    class Network:
        def __init__(self) -> None:
            self.written: list[bytes] = []

        async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
            return b"hello"[:max_bytes]

        async def write(self, data: bytes, timeout: float | None = None) -> None:
            self.written.append(data)

        async def send_eof(self) -> None:
            self.written.append(b"EOF")

    network = Network()
    engine = mocked(lambda _: httpx.Response(101, extensions={"network_stream": network}), api_version="1.44")
    async with (await engine.open("POST", "/x", upgrade=True)).duplex() as both:
        await both.send(b"hi")
        await both.send_eof()
        assert await both.recv(3) == b"hel"
    assert network.written == [b"hi", b"EOF"]
    await engine.aclose()


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (httpx.ConnectError("no"), Unreachable),
        (httpx.ReadTimeout("slow"), TimedOut),
        (httpx.RemoteProtocolError("cut"), ConnectionLost),
        (httpx.ReadError("cut"), ConnectionLost),
        (httpx.TooManyRedirects("x"), ProtocolError),
        (OSError("x"), ConnectionLost),
    ],
)
async def test_no_httpx_error_escapes(error: Exception, kind: type[DockerError]) -> None:
    def handler(_: httpx.Request) -> httpx.Response:
        raise error

    engine = mocked(handler, api_version="1.44")
    with pytest.raises(kind):
        await engine.request("GET", "/x")
    await engine.aclose()


async def test_a_cut_body_is_a_typed_error() -> None:
    async def cut() -> AsyncIterator[bytes]:
        yield b"1\n"
        raise httpx.RemoteProtocolError("peer closed connection")

    engine = mocked(lambda _: httpx.Response(200, content=cut()), api_version="1.44")
    stream = JSONStream(lambda: engine.open("GET", "/x"))
    assert await anext(stream) == b"1"
    with pytest.raises(StreamInterrupted):
        await anext(stream)
    await engine.aclose()


async def test_our_connections_under_an_httpx_client(serve: Serve) -> None:
    heads: list[bytes] = []

    async def script(peer: Peer) -> None:
        while True:
            head = await peer.head()
            heads.append(head)
            if head.startswith(b"POST"):
                assert await peer.exactly(7) == b'{"a":1}'
            if b"/cut" in head:
                await peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc")
                return
            await peer.send(OK)

    async with serve(script) as url:
        engine = Engine(lambda: resolve(url, environ={"HOME": "/nowhere"}))
        async with httpx.AsyncClient(transport=EngineTransport(engine), base_url="http://docker") as client:
            assert (await client.get("/v1.44/info?x=1")).text == "OK"
            assert (await client.post("/v1.44/x", json={"a": 1})).status_code == 200
            with pytest.raises(httpx.ReadError, match="cut in the middle"):
                await client.get("/cut")
        await engine.aclose()
    assert heads[0].startswith(b"GET /v1.44/info?x=1 HTTP/1.1")
    assert heads[0].lower().count(b"\r\nhost:") == 1


async def test_no_daemon_under_an_httpx_client() -> None:
    engine = Engine(lambda: resolve("unix:///nowhere/d.sock", environ={"HOME": "/nowhere"}))
    async with httpx.AsyncClient(transport=EngineTransport(engine), base_url="http://docker") as client:
        with pytest.raises(httpx.ConnectError, match="no such socket"):
            await client.get("/info")


def test_httpx_is_not_imported_unless_asked_for() -> None:
    program = "import sys, pydock.transport.engine as e; e.Engine(lambda: None); print('httpx' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], capture_output=True, text=True).stdout == "False\n"
