"""Two bridges to httpx: its transports may carry our requests, and our connections its clients.

Nothing else here imports httpx, and this only when somebody asks for it: it would double the time to import pydock.
The danger is letting an httpx error out on our side, or one of ours on its.
"""

from __future__ import annotations

import socket
from collections.abc import AsyncIterable, AsyncIterator, Generator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, cast

import anyio
import httpx

from pydock.errors import (
    ConnectionLost,
    DockerError,
    ProtocolError,
    StreamError,
    StreamInterrupted,
    TimedOut,
    Unreachable,
)
from pydock.transport.answer import Answer
from pydock.transport.http11 import Body
from pydock.transport.response import Response

if TYPE_CHECKING:
    from pydock.transport.engine import Engine

__all__ = ["Bridge", "EngineTransport"]

_ORIGIN = "http://docker"
_NO_TIMEOUT = httpx.Timeout(None).as_dict()


class Bridge:
    """Carries pydock's requests over any httpx transport. They go to `http://docker/v1.xx/…`."""

    def __init__(self, transport: httpx.AsyncBaseTransport) -> None:
        self._transport = transport

    async def ask(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """Send a request and read its whole answer."""
        response = await self.open(method, path, headers, body)
        return Answer(response.status, response.headers, await response.read())

    async def open(self, method: str, path: str, headers: Mapping[str, str], body: Body) -> Response:
        """Send a request and return when its headers have come."""
        identity = {"Accept-Encoding": "identity", **headers}
        request = httpx.Request(
            method,
            _ORIGIN + path,
            headers=identity,
            content=body or None if isinstance(body, bytes) else body,
            extensions={"timeout": _NO_TIMEOUT},
        )
        with _ours(answered=False):
            response = await self._transport.handle_async_request(request)
        return _Bridged(response, f"{method} {path.partition('?')[0]}")

    async def aclose(self) -> None:
        """Close the transport."""
        with _ours(answered=True):
            await self._transport.aclose()


class _Bridged(Response):
    """An httpx response as one of ours."""

    __slots__ = ("_answer", "_pieces", "_upgraded")

    def __init__(self, answer: httpx.Response, what: str) -> None:
        self._connection = None
        self._ended = False
        self._what = what
        self._rest = b""
        self.status = answer.status_code
        self.headers = {name.lower(): value for name, value in answer.headers.items()}
        self._answer: httpx.Response | None = answer
        self._pieces: AsyncIterator[bytes] = aiter(_stream_of(answer))
        self._upgraded = answer.extensions.get("network_stream") if answer.status_code == 101 else None

    async def piece(self) -> bytes:
        if self._ended or self._answer is None:
            return b""
        try:
            with _ours(answered=True):
                async for piece in self._pieces:
                    if piece:
                        return piece
        except BaseException:
            await self.aclose()
            raise
        self._ended = True
        await self.aclose()
        return b""

    async def aclose(self) -> None:
        answer, self._answer = self._answer, None
        if answer is not None:
            with anyio.CancelScope(shield=True), _ours(answered=True):
                if (aclose := getattr(self._pieces, "aclose", None)) is not None:
                    await aclose()
                await answer.aclose()

    def close(self) -> None:
        self._answer = None  # httpx can only close while it waits; the transport's aclose() does the rest

    async def receive(self, limit: int) -> bytes:
        if self._upgraded is None:
            data = self._rest or await self.piece()
            self._rest = data[limit:]
            return data[:limit]
        with _ours(answered=True):
            return bytes(await self._upgraded.read(max_bytes=limit))

    async def send(self, data: bytes | memoryview) -> None:
        if self._upgraded is None or self._answer is None:
            raise StreamInterrupted(f"The transport gives no stream to send on for {self._what}.")
        with _ours(answered=True):
            await self._upgraded.write(bytes(data))

    async def send_eof(self) -> None:
        if self._upgraded is None:
            return
        with _ours(answered=True):
            if hasattr(self._upgraded, "send_eof"):
                await self._upgraded.send_eof()
                return
            sock = self._upgraded.get_extra_info("socket")
            if sock is not None:
                sock.shutdown(socket.SHUT_WR)


class EngineTransport(httpx.AsyncBaseTransport):
    """Carries the requests of an `httpx.AsyncClient` over the connections of an engine.

    ```python
    async with httpx.AsyncClient(transport=EngineTransport(engine), base_url="http://docker") as client:
        (await client.get("/v1.44/info")).json()
    ```
    Paths are sent as they are, so write the version. Of httpx's timeouts only that for reading an answer's
    head counts. Closing the client does not close the engine, which belongs to who made it.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request; errors become those of httpx."""
        dropped = {"host", "connection", "transfer-encoding", "accept-encoding"}
        headers = {name: value for name, value in request.headers.items() if name.lower() not in dropped}
        body = await _content(request)
        if isinstance(body, bytes):
            headers.pop("content-length", None)
        limit = request.extensions.get("timeout", {}).get("read")
        with _theirs(request):
            with anyio.move_on_after(limit):
                response = await self._engine.open(
                    request.method,
                    request.url.raw_path.decode("ascii"),
                    headers=headers,
                    body=body,
                    upgrade="upgrade" in request.headers,
                    versioned=False,
                )
                return httpx.Response(response.status, headers=dict(response.headers), stream=_Body(response, request))
        raise httpx.ReadTimeout(f"no answer within {limit} s", request=request)


class _Body(httpx.AsyncByteStream):
    def __init__(self, response: Response, request: httpx.Request) -> None:
        self._response = response
        self._request = request

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while True:
            with _theirs(self._request):
                piece = await self._response.piece()
            if not piece:
                return
            yield piece

    async def aclose(self) -> None:
        await self._response.aclose()


def _stream_of(answer: httpx.Response) -> httpx.AsyncByteStream:
    if answer.is_stream_consumed:  # a mocked answer that was read while it was made
        return httpx.ByteStream(answer.content)
    if isinstance(answer.stream, httpx.AsyncByteStream):
        return answer.stream
    raise ProtocolError("The transport answered with a blocking stream; give pydock an async transport.")


async def _content(request: httpx.Request) -> Body:
    stream: Any = request.stream
    if isinstance(stream, httpx.ByteStream):
        return await request.aread()
    if isinstance(stream, AsyncIterable):
        return cast("AsyncIterable[bytes]", stream)
    raise TypeError("give an async iterable as content")


@contextmanager
def _ours(*, answered: bool) -> Generator[None]:
    """Turn what httpx raises into what pydock raises."""
    try:
        yield
    except DockerError:
        raise
    except httpx.TimeoutException as error:
        raise TimedOut(f"The transport gave up waiting: {str(error) or type(error).__name__}.") from error
    except (httpx.ConnectError, httpx.UnsupportedProtocol, httpx.ProxyError) as error:
        raise Unreachable(f"The transport cannot connect: {error}.", tried=(_ORIGIN,)) from error
    except httpx.RemoteProtocolError as error:
        if answered:
            raise StreamInterrupted(f"The connection was cut in the middle of the answer ({error}).") from error
        raise ConnectionLost(f"The daemon closed the connection before it answered ({error}).") from error
    except (httpx.NetworkError, OSError) as error:
        kind = StreamInterrupted if answered else ConnectionLost
        raise kind(f"The connection broke ({str(error) or type(error).__name__}).") from error
    except (httpx.HTTPError, httpx.StreamError) as error:
        raise ProtocolError(f"The transport failed: {error}.") from error


@contextmanager
def _theirs(request: httpx.Request) -> Generator[None]:
    """Turn what pydock raises into what httpx raises."""
    try:
        yield
    except TimedOut as error:
        raise httpx.ConnectTimeout(str(error), request=request) from error
    except ConnectionLost as error:
        raise httpx.RemoteProtocolError(str(error), request=request) from error
    except Unreachable as error:
        raise httpx.ConnectError(str(error), request=request) from error
    except StreamError as error:
        raise httpx.ReadError(str(error), request=request) from error
