"""Streams for people and for the rooms above: classes, opened at the first read, closed at the end or at any error.

The danger is the half-read stream: an error inside, a cancelled reader or a dropped object must close the socket,
and a cut connection must never look like the end.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Iterator, Mapping
from types import TracebackType
from typing import Generic, Self, TypeVar, cast

import anyio

from pydock.errors import InvalidArgument
from pydock.transport.frames import Decoder, Frame, JSONDecoder
from pydock.transport.response import Response

__all__ = ["Batches", "ByteStream", "Duplex", "FrameStream", "JSONStream", "Opener"]

T = TypeVar("T")
Opener = Callable[[], Awaitable[Response]]


class _Stream(ABC, Generic[T]):
    """An async iterator over what a response is decoded into."""

    def __init__(self) -> None:
        self._response: Response | None = None
        self._ready: Iterator[T] = iter(())
        self._over = False

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> T:
        for item in self._ready:
            return item
        batch = await self.batch()
        if not batch:
            raise StopAsyncIteration
        self._ready = ready = iter(batch)
        return next(ready)

    async def batch(self) -> list[T]:
        """Return what came at once, in one list; an empty one at the end."""
        if ready := list(self._ready):
            return ready
        if self._over:
            return []
        try:
            response = self._response or await self.open()
            while (items := await self._decoded(response)) is not None:
                if items:
                    return items
            await self.aclose()
        except BaseException as error:
            await self._fail(error)
            raise
        return []

    def batches(self) -> Batches[T]:
        """Iterate lists of what came at once: three times as fast where items are small and many."""
        return Batches(self)

    async def open(self) -> Response:
        """Send the request now instead of at the first read, and return the answer (for its headers)."""
        if self._response is None:
            if self._over:
                raise InvalidArgument("This stream is over; ask for a new one.")
            self._response = await self._request()
        return self._response

    async def aclose(self) -> None:
        """Close the stream. Any number of times; what was decoded already is dropped."""
        self._over = True
        self._ready = iter(())
        if self._response is not None:
            with anyio.CancelScope(shield=True):
                await self._response.aclose()

    async def __aenter__(self) -> Self:
        await self.open()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    async def _fail(self, error: BaseException) -> None:  # noqa: ARG002 - for _Half
        await self.aclose()

    @abstractmethod
    async def _request(self) -> Response: ...

    @abstractmethod
    async def _decoded(self, response: Response) -> list[T] | None:
        """Read once and decode: what is whole by now, maybe nothing; None at the end."""


class Batches(Generic[T]):
    """An async iterator over lists; the stream beneath is opened and closed as if it were iterated itself."""

    def __init__(self, stream: _Stream[T]) -> None:
        self._stream = stream

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> list[T]:
        if batch := await self._stream.batch():
            return batch
        raise StopAsyncIteration

    async def aclose(self) -> None:
        """Close the stream."""
        await self._stream.aclose()

    async def __aenter__(self) -> Self:
        await self._stream.open()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()


class ByteStream(_Stream[bytes]):
    """The bytes of an answer, in pieces as they come."""

    def __init__(self, opener: Opener) -> None:
        super().__init__()
        self._opener = opener

    async def read(self, limit: int | None = None) -> bytes:
        """Read the rest, at most `limit` bytes of it, and close."""
        try:
            pieces: list[bytes] = []
            size = 0
            while (limit is None or size < limit) and (batch := await self.batch()):
                pieces += batch
                size += sum(map(len, batch))
            return b"".join(pieces)[:limit]
        finally:
            await self.aclose()

    async def _request(self) -> Response:
        return await self._opener()

    async def _decoded(self, response: Response) -> list[bytes] | None:
        piece = await response.piece()
        return [piece] if piece else None


class JSONStream(_Stream[bytes]):
    """The JSON values of an answer, each as its bytes."""

    def __init__(self, opener: Opener) -> None:
        super().__init__()
        self._opener = opener
        self._decoder = JSONDecoder()

    async def _request(self) -> Response:
        return await self._opener()

    async def _decoded(self, response: Response) -> list[bytes] | None:
        self._decoder.feed(b"")  # raises what was found behind the last batch
        if piece := await response.piece():
            return self._decoder.feed(piece)
        return self._decoder.close() or None  # a last value is the one before the end


class FrameStream(_Stream[Frame]):
    """The frames of a container's output."""

    def __init__(self, opener: Callable[[], Awaitable[tuple[Response, Decoder]]]) -> None:
        super().__init__()
        self._opener = opener
        self._decoder: Decoder | None = None

    async def _request(self) -> Response:
        response, self._decoder = await self._opener()
        return response

    async def _decoded(self, response: Response) -> list[Frame] | None:
        decoder = self._decoder
        assert decoder is not None  # noqa: S101 - _request has set it
        decoder.feed(b"")  # raises what was found behind the last batch
        if piece := await self._read(response):
            return decoder.feed(piece)
        decoder.close()
        return None

    async def _read(self, response: Response) -> bytes:
        return await response.piece()


class Duplex:
    """A connection both ways: what a process reads and what it writes.

    ```python
    async with response.duplex() as both:
        await both.send(b"hello")
        await both.send_eof()                   # output keeps flowing
        while data := await both.recv(): ...
    ```
    A cancelled `recv` has lost nothing. A cancelled `send` may have sent a part.
    """

    def __init__(self, response: Response) -> None:
        self._response = response
        self._sending = False
        self._eof = False

    @property
    def status(self) -> int:
        """101, or 200 where the upgrade was not understood."""
        return self._response.status

    @property
    def headers(self) -> Mapping[str, str]:
        """Headers of the answer, names in lower case."""
        return self._response.headers

    async def recv(self, max: int = 65536) -> bytes:
        """Return what came, at least one byte and at most `max`; `b""` at the end."""
        return await self._response.receive(max)

    async def send(self, data: bytes | bytearray | memoryview) -> None:
        """Send all of the bytes. StreamInterrupted when the other side takes nothing more."""
        view = _view(data)
        if self._eof:
            raise InvalidArgument("Nothing can be sent after send_eof().")
        if self._sending:
            raise InvalidArgument("Another task is sending on this stream; the bytes would be mixed.")
        self._sending = True
        try:
            await self._response.send(view)
        finally:
            self._sending = False

    async def send_eof(self) -> None:
        """Say that nothing more will be sent; receiving goes on. Any number of times."""
        if not self._eof:
            self._eof = True
            await self._response.send_eof()

    def frames(self, decoder: Decoder) -> FrameStream:
        """Return the receiving half as frames. A cancelled read leaves the connection open: it is still ours."""
        return _Half(self._response, decoder)

    async def aclose(self) -> None:
        """Close both ways. Any number of times."""
        with anyio.CancelScope(shield=True):
            await self._response.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()


class _Half(FrameStream):
    """The frames of a Duplex, which goes on when a read is cancelled."""

    def __init__(self, response: Response, decoder: Decoder) -> None:
        async def opener() -> tuple[Response, Decoder]:
            return response, decoder

        super().__init__(opener)

    async def _read(self, response: Response) -> bytes:
        return await response.receive(65536)

    async def _fail(self, error: BaseException) -> None:
        if not isinstance(error, anyio.get_cancelled_exc_class()):
            await self.aclose()


def _view(data: object) -> bytes | memoryview:
    if isinstance(data, bytes):
        return data
    if isinstance(data, (bytearray, memoryview)):
        return memoryview(cast("bytes", data)).cast("B")
    raise InvalidArgument(f"send() takes bytes, not {type(data).__name__}: send(text.encode()).")
