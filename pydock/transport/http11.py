"""One HTTP/1.1 connection: one exchange at a time.

The danger is using a connection again that still holds a piece of something: after anything but a whole request
and a whole answer it is closed, never drained.
"""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterable, AsyncIterator, Mapping
from typing import cast

import anyio

from pydock.errors import ConnectionLost, DockerError, InvalidArgument, ProtocolError, StreamInterrupted
from pydock.transport.answer import Answer, Incoming
from pydock.transport.dial import ssh_failure, tls_failure
from pydock.transport.endpoint import Endpoint
from pydock.transport.sockets import BULK, Stream

__all__ = ["Body", "Connection"]

Body = bytes | AsyncIterable[bytes]

_AT_ONCE = 64 << 10
"""A body up to this size is sent together with its head; a larger one while the answer is watched."""
_HEAD_LIMIT = 1 << 20
_ERROR_LIMIT = 1 << 20
_ERROR_SECONDS = 10.0
"""An error's words are worth this much waiting; some proxies never end theirs."""


class _UnsendableError(Exception):
    """The daemon takes nothing more of the body. Its answer may tell why."""


class Connection:
    """A connection to a daemon, over any byte stream."""

    __slots__ = (
        "_appetite",
        "_endpoint",
        "_incoming",
        "_received",
        "_stream",
        "_trouble",
        "_whole",
        "closed",
        "idle_since",
        "reused",
        "touched",
    )

    def __init__(self, stream: Stream, endpoint: Endpoint) -> None:
        self._stream = stream
        self._endpoint = endpoint
        self._incoming = Incoming()
        self._received = 0
        self._trouble: OSError | None = None  # why sending failed
        self._appetite = 32 << 10  # a large buffer costs more than the system call, so only for those who fill it
        self._whole = True
        self.touched: bool = False
        """Whether a byte of the answer has come."""
        self.reused: bool = False
        """Whether an exchange has gone well on this connection before."""
        self.closed: bool = False
        self.idle_since: float = 0.0

    @property
    def status(self) -> int:
        """Of the answer whose head has come."""
        return self._incoming.status

    @property
    def headers(self) -> Mapping[str, str]:
        """Of the answer, names in lower case."""
        return self._incoming.headers

    @property
    def upgraded(self) -> bool:
        """Whether the daemon has left HTTP (101)."""
        return self._incoming.upgraded

    @property
    def reusable(self) -> bool:
        """Whether the request and the answer were whole, so that another exchange may follow."""
        return self._whole and not self.closed and self._incoming.keeps_alive

    def alive(self) -> bool:
        """Return whether an idle connection still stands: nothing came, not even the end."""
        return self._stream.silent()

    def close(self) -> None:
        """Close at once."""
        if not self.closed:
            self.closed = True
            self._incoming.drop()
            self._stream.close()

    async def ask(self, head: bytes, body: bytes, *, only_head: bool) -> Answer:
        """Send a request and read its whole answer; of an error at most 1 MiB, and not for ever."""
        await self.start(head, body, only_head=only_head)
        incoming = self._incoming
        if incoming.status >= 400:
            await self.read_error()
        while not incoming.complete:
            await self._more()
        pieces = incoming.pieces
        return Answer(incoming.status, incoming.headers, pieces[0] if len(pieces) == 1 else b"".join(pieces))

    async def start(
        self,
        head: bytes,
        body: Body = b"",
        *,
        only_head: bool = False,
        length: int | None = None,
        upgrade: bool = False,
    ) -> None:
        """Send a request and wait for the head of its answer.

        A body that is iterated is sent chunked, or with the Content-Length `length` that the head has announced.
        """
        incoming = self._incoming
        incoming.begin(only_head=only_head)
        self.touched, self._received, self._trouble = False, 0, None
        if isinstance(body, bytes) and len(body) <= _AT_ONCE:
            await self._send_at_once(head + body)
        else:
            await self._upload(head, body, length)
        while not incoming.headed:
            await self._more()
        if incoming.status == 101 and not (upgrade and incoming.upgraded):
            raise ProtocolError("The daemon switched protocols (101) without being asked to. Is a proxy in between?")

    async def read(self) -> bytes:
        """Return the next piece of the body, `b""` at its end."""
        incoming = self._incoming
        while not incoming.pieces:
            if incoming.complete:
                return b""
            await self._more()
        pieces = incoming.pieces
        data = pieces[0] if len(pieces) == 1 else b"".join(pieces)
        pieces.clear()
        return data

    async def read_error(self) -> None:
        """Take in an error's body, as far as it is worth it; a body that goes on is cut off there."""
        incoming = self._incoming
        size = 0
        with anyio.move_on_after(_ERROR_SECONDS):
            while not incoming.complete and size < _ERROR_LIMIT:
                await self._more()
                size = sum(map(len, incoming.pieces))
        if not incoming.complete:
            incoming.complete, self._whole = True, False

    # After a 101

    async def receive(self, limit: int) -> bytes:
        """Return what came on the upgraded connection, `b""` at the end."""
        if pieces := self._incoming.pieces:  # they came together with the 101
            data = b"".join(pieces)
            self._incoming.pieces = [data[limit:]] if len(data) > limit else []
            return data[:limit]
        try:
            return await self._stream.recv(limit)
        except OSError as error:
            raise self._broken(error) from None

    async def send(self, data: bytes | memoryview) -> None:
        """Send bytes on the upgraded connection."""
        try:
            await self._stream.send(data)
        except OSError as error:
            raise StreamInterrupted(
                f"The other side takes nothing more ({_words(error)}). Did the program end before it read everything?"
            ) from None

    async def send_eof(self) -> None:
        """Say that nothing more will be sent."""
        try:
            await self._stream.send_eof()
        except OSError:
            return  # there is nobody left who could want to know; reading tells

    # Sending

    async def _send_at_once(self, data: bytes) -> None:
        try:
            await self._stream.send(data)
            await self._stream.wait()
        except OSError as error:  # an answer may have come before the connection broke; reading tells
            self._trouble = error

    async def _upload(self, head: bytes, body: Body, length: int | None) -> None:
        self._whole = False
        troubles: list[Exception] = []
        async with anyio.create_task_group() as group:
            group.start_soon(self._watch, group.cancel_scope, troubles)
            try:
                await self._send_body(head, body, length)
                self._whole = True
            except _UnsendableError:
                pass
            except Exception as error:  # noqa: BLE001 - raised below; inside it would become an exception group
                troubles.insert(0, error)
            group.cancel_scope.cancel()
        if troubles:
            raise troubles[0]

    async def _watch(self, sending: anyio.CancelScope, troubles: list[Exception]) -> None:
        """Read while the body is sent: once an answer has begun, the rest of the body is of no use."""
        try:
            while not self._incoming.headed:
                await self._more()
        except DockerError as error:
            troubles.append(error)
        sending.cancel()

    async def _send_body(self, head: bytes, body: Body, length: int | None) -> None:
        await self._put(head)
        if isinstance(body, bytes):
            view = memoryview(body)
            for position in range(0, len(view), BULK):
                await self._put(view[position : position + BULK])
            return
        pieces = aiter(body)
        try:
            sent = await self._send_pieces(pieces, length)
        finally:
            if (aclose := getattr(pieces, "aclose", None)) is not None:
                with anyio.CancelScope(shield=True):
                    await aclose()
        if length is None:
            await self._put(b"0\r\n\r\n")
        elif sent < length:
            raise InvalidArgument(f"The body ended after {sent} of the announced {length} bytes.")

    async def _send_pieces(self, pieces: AsyncIterator[object], length: int | None) -> int:
        sent = 0
        async for piece in pieces:
            if not isinstance(piece, (bytes, bytearray, memoryview)):
                raise InvalidArgument(f"A body yields bytes, not {type(piece).__name__}; text needs .encode().")
            view = memoryview(cast("bytes", piece)).cast("B")
            size = len(view)
            if not size:
                continue  # a chunk of no bytes would end the body
            sent += size
            if length is None:
                await self._put_chunk(view, size)
            elif sent > length:
                raise InvalidArgument(f"The body yields more than the announced {length} bytes.")
            else:
                await self._put(view)
        return sent

    async def _put_chunk(self, view: memoryview, size: int) -> None:
        if size <= _AT_ONCE:
            await self._put(b"".join((b"%x\r\n" % size, view, b"\r\n")))
            return
        await self._put(b"%x\r\n" % size)  # copying a large piece costs more than two more system calls
        await self._put(view)
        await self._put(b"\r\n")

    async def _put(self, data: bytes | memoryview) -> None:
        try:
            await self._stream.send(data)
        except OSError as error:
            self._trouble = error
            raise _UnsendableError from None

    # Receiving

    async def _more(self) -> None:
        incoming = self._incoming
        try:
            data = await self._stream.recv(self._appetite)
        except OSError as error:
            raise self._broken(error) from None
        if data:
            if len(data) == self._appetite < BULK:
                self._appetite *= 2
            self.touched = True
            incoming.feed(data)
            if not incoming.headed:
                self._received += len(data)
                if self._received > _HEAD_LIMIT:
                    raise ProtocolError("The daemon's headers do not end. Is this the daemon's address?")
        elif incoming.headed and incoming.until_end:
            incoming.complete = True
        else:
            raise self._broken(self._trouble)

    def _broken(self, error: OSError | None) -> DockerError:
        incoming, endpoint = self._incoming, self._endpoint
        words = self._stream.failure() or ("" if error is None else _words(error))
        because = f" ({words})" if words else ""
        if self.closed:
            return StreamInterrupted("The stream was closed on this side while it was in use.")
        if incoming.headed:
            return StreamInterrupted(f"The connection was cut in the middle of the answer{because}.")
        if isinstance(error, ssl.SSLError) and not isinstance(error, ssl.SSLEOFError):
            return tls_failure(endpoint, error)
        if endpoint.scheme == "ssh" and not self.touched:
            return ssh_failure(endpoint, words)
        when = "in the middle of its answer" if self.touched else "before it answered"
        return ConnectionLost(
            f"The daemon at {endpoint.url} closed the connection {when}{because}.",
            tried=(endpoint.url,),
            hint="It may or may not have done what was asked: look before you repeat it. Was the daemon restarted?",
        )


def _words(error: OSError) -> str:
    return (error.strerror or str(error)).lower()
