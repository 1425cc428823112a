"""RFC 6455 for a client that moves bytes, over a connection that was taken over. Sans-IO but for `WebSocket`.

The danger is the end: a close frame ends the stream, a connection cut without one raises. Messages mean
nothing here, so fragments are handed on as they come and no frame is ever gathered.
"""

from __future__ import annotations

import base64
import hashlib
import os
import struct
from collections import deque
from typing import NamedTuple, Self

import anyio

from pydock.errors import ProtocolError, StreamError, StreamInterrupted
from pydock.transport.engine import Response
from pydock.transport.frames import Decoder, Frame
from pydock.transport.streams import Duplex

__all__ = ["Handshake", "Piece", "WebSocket", "WebSocketDecoder", "WebSocketFrames", "encode_frame"]

_GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
_CONTINUATION, _TEXT, _BINARY, _CLOSE, _PING, _PONG = 0, 1, 2, 8, 9, 10
_WELL = frozenset({1000, 1001, 1005})
"""Close codes that are an end: done, going away, none given."""


class Handshake:
    """One opening handshake: what to send, and the check of what comes back."""

    def __init__(self, key: bytes | None = None) -> None:
        self._key = base64.b64encode(key or os.urandom(16))

    @property
    def headers(self) -> dict[str, str]:
        """What the request must carry."""
        return {
            "Connection": "Upgrade",
            "Upgrade": "websocket",
            "Sec-WebSocket-Version": "13",
            "Sec-WebSocket-Key": self._key.decode(),
        }

    @property
    def accept(self) -> str:
        """What the answer's `Sec-WebSocket-Accept` must be."""
        return base64.b64encode(hashlib.sha1(self._key + _GUID, usedforsecurity=False).digest()).decode()

    async def open(self, response: Response) -> WebSocket:
        """Take over the connection of an answer; or close it and raise ProtocolError."""
        if response.status == 101 and response.headers.get("sec-websocket-accept") == self.accept:
            return WebSocket(response.duplex())
        with anyio.CancelScope(shield=True):
            await response.aclose()
        raise ProtocolError(
            f"The WebSocket handshake was answered with {response.status} and without the right key. "
            "Is a proxy in between?"
        )


class Piece(NamedTuple):
    """A piece of a data frame, or a whole control frame."""

    opcode: int
    data: bytes


class WebSocketDecoder:
    """Bytes in, pieces out."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._left = 0  # of the data frame that is being handed on

    def feed(self, data: bytes) -> list[Piece]:
        """Take bytes cut anywhere; return what is complete by now."""
        self._buffer += data
        pieces: list[Piece] = []
        while self._buffer and (piece := self._next()):
            pieces.append(piece)
        return pieces

    def _next(self) -> Piece | None:
        if not self._left:
            header = self._header()
            if header is None:
                return None
            opcode, size, start = header
            if opcode >= _CLOSE:
                return self._control(opcode, start, start + size)
            del self._buffer[:start]
            self._left = size
            if not size:
                return Piece(_BINARY, b"")
        data = bytes(self._buffer[: self._left])
        if not data:
            return None
        del self._buffer[: len(data)]
        self._left -= len(data)
        return Piece(_BINARY, data)

    def _header(self) -> tuple[int, int, int] | None:
        """Return opcode, size of the payload and where it starts, once all of that is there."""
        buffer = self._buffer
        if len(buffer) < 2:
            return None
        opcode, size, start = buffer[0] & 0x0F, buffer[1] & 0x7F, 2
        if buffer[0] & 0x70 or buffer[1] & 0x80 or opcode not in {0, 1, 2, 8, 9, 10}:
            raise ProtocolError(f"This is no WebSocket frame of a server: {bytes(buffer[:2])!r}.")
        if opcode >= _CLOSE and (size > 125 or not buffer[0] & 0x80):
            raise ProtocolError("A WebSocket control frame is long or in fragments.")
        if size >= 126:
            shape, start = ("!H", 4) if size == 126 else ("!Q", 10)
            if len(buffer) < start:
                return None
            size = struct.unpack_from(shape, buffer, 2)[0]
        return opcode, size, start

    def _control(self, opcode: int, start: int, end: int) -> Piece | None:
        if len(self._buffer) < end:
            return None
        data = bytes(self._buffer[start:end])
        del self._buffer[:end]
        return Piece(opcode, data)


def encode_frame(opcode: int, data: bytes, mask: bytes | None = None) -> bytes:
    """Write a client's frame, which must be masked."""
    mask = mask or os.urandom(4)
    size = len(data)
    if size < 126:
        head = struct.pack("!BB", 0x80 | opcode, 0x80 | size)
    elif size < 1 << 16:
        head = struct.pack("!BBH", 0x80 | opcode, 0x80 | 126, size)
    else:
        head = struct.pack("!BBQ", 0x80 | opcode, 0x80 | 127, size)
    stretched = (mask * (size // 4 + 1))[:size]
    masked = (int.from_bytes(data, "big") ^ int.from_bytes(stretched, "big")).to_bytes(size, "big")
    return head + mask + masked


class WebSocket:
    """A byte stream both ways inside WebSocket frames. `async with`, or `aclose()` it."""

    def __init__(self, duplex: Duplex) -> None:
        self._duplex = duplex
        self._decoder = WebSocketDecoder()
        self._pieces: deque[Piece] = deque()
        self._sending = anyio.Lock()  # pongs go out while somebody sends
        self._sent_close = False
        self._ended = False

    async def recv(self) -> bytes:
        """Return the next bytes, `b""` at the end; StreamInterrupted when the connection was cut."""
        while self._pieces or await self._more():
            if data := await self._take(self._pieces.popleft()):
                return data
        return b""

    async def send(self, data: bytes) -> None:
        """Send bytes as one binary frame."""
        if self._sent_close:
            raise StreamError("The sending half of this WebSocket is closed.")
        await self._send(_BINARY, data)

    async def send_eof(self) -> None:
        """Send the close frame; what the other side still sends can be received."""
        if not self._sent_close:
            self._sent_close = True
            await self._send(_CLOSE, struct.pack("!H", 1000))

    def frames(self, decoder: Decoder) -> WebSocketFrames:
        """Return the receiving half as frames of output, as `Duplex.frames` does."""
        return WebSocketFrames(self, decoder)

    async def aclose(self) -> None:
        """Close the connection at once."""
        self._ended = self._sent_close = True
        self._pieces.clear()
        await self._duplex.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    async def _more(self) -> bool:
        """Read until there are pieces; False at the end."""
        while not self._ended and not self._pieces:
            data = await self._duplex.recv()
            if not data:
                raise StreamInterrupted("The connection ended without a WebSocket close frame.")
            self._pieces.extend(self._decoder.feed(data))
        return bool(self._pieces)

    async def _take(self, piece: Piece) -> bytes:
        if piece.opcode == _PING:
            if not self._sent_close:
                await self._send(_PONG, piece.data)
        elif piece.opcode == _CLOSE:
            await self._close(piece.data)
        return piece.data if piece.opcode == _BINARY else b""

    async def _close(self, data: bytes) -> None:
        code = int.from_bytes(data[:2], "big") if len(data) >= 2 else 1005
        await self.aclose()
        if code not in _WELL:
            raise StreamInterrupted(f"The WebSocket was closed with {code}: {data[2:].decode('utf-8', 'replace')}.")

    async def _send(self, opcode: int, data: bytes) -> None:
        async with self._sending:
            await self._duplex.send(encode_frame(opcode, data))


class WebSocketFrames:
    """What a WebSocket brings, as frames of output: an async iterator."""

    def __init__(self, socket: WebSocket, decoder: Decoder) -> None:
        self._socket = socket
        self._decoder = decoder
        self._ready: deque[Frame] = deque()

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Frame:
        if not self._ready:
            self._ready.extend(await self.batch())
        if not self._ready:
            raise StopAsyncIteration
        return self._ready.popleft()

    async def batch(self) -> list[Frame]:
        """Return what came at once, in one list; an empty one at the end."""
        ready = list(self._ready)
        self._ready.clear()
        while not ready:
            data = await self._socket.recv()
            if not data:
                self._decoder.close()
                break
            ready = self._decoder.feed(data)
        return ready

    async def aclose(self) -> None:
        """Close the connection at once."""
        await self._socket.aclose()
