"""An answer whose body is still to be read. It owns its connection until the body has ended.

The danger is the answer that somebody drops: it closes its socket when it is collected, and warns.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from pydock.errors import StreamInterrupted
from pydock.transport.http11 import Connection

if TYPE_CHECKING:
    from pydock.transport.streams import Duplex

__all__ = ["Response"]


class Response:
    """An answer whose body is still to be read: iterate it, or `read()` it. Close it in any case."""

    __slots__ = ("__weakref__", "_connection", "_ended", "_give_back", "_rest", "_what", "headers", "status")

    status: int
    headers: Mapping[str, str]
    """Names in lower case."""

    def __init__(self, connection: Connection, give_back: Callable[[Connection], None], what: str) -> None:
        self._connection: Connection | None = connection
        self._give_back = give_back
        self._what = what
        self._rest = b""
        self._ended = False
        self.status = connection.status
        self.headers = connection.headers

    def __aiter__(self) -> Response:
        return self

    async def __anext__(self) -> bytes:
        """Return the next piece (not an HTTP chunk: what one read gave). A cut raises StreamInterrupted."""
        if data := await self.piece():
            return data
        raise StopAsyncIteration

    async def piece(self) -> bytes:
        """Return the next piece, `b""` at the end."""
        if self._ended:
            return b""
        connection = self._open()
        try:
            data = await connection.read()
        except BaseException:
            self.close()
            raise
        if not data:
            self._ended = True
            self._connection = None
            self._give_back(connection)
        return data

    async def read(self, limit: int | None = None) -> bytes:
        """Read the rest, at most `limit` bytes of it, and close. An error's body is not waited for for ever."""
        try:
            if self.status >= 400 and self._connection is not None:
                await self._connection.read_error()
            pieces: list[bytes] = []
            size = 0
            while (limit is None or size < limit) and (data := await self.piece()):
                pieces.append(data)
                size += len(data)
            return b"".join(pieces)[:limit]
        finally:
            await self.aclose()

    def duplex(self) -> Duplex:
        """Take over the connection as a byte stream both ways (after 101, or 200 of an old-style hijack)."""
        from pydock.transport.streams import Duplex

        return Duplex(self)

    async def aclose(self) -> None:
        """Close the connection, unless the body was read to its end. Any number of times."""
        self.close()

    def close(self) -> None:
        """Close at once, without waiting."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    def __del__(self) -> None:
        if getattr(self, "_connection", None) is not None:
            self.close()
            warnings.warn(
                f"the answer to {self._what} was dropped while it was open; use `async with`, or await its aclose()",
                ResourceWarning,
                stacklevel=2,
                source=self,
            )

    # For Duplex

    async def receive(self, limit: int) -> bytes:
        """Return what came, at most `limit` bytes, `b""` at the end."""
        if self._connection is not None and self._connection.upgraded:
            return await self._connection.receive(limit)
        data = self._rest or await self.piece()
        self._rest = data[limit:]
        return data[:limit]

    async def send(self, data: bytes | memoryview) -> None:
        """Send bytes behind the request."""
        await self._open().send(data)

    async def send_eof(self) -> None:
        """Say that nothing more will be sent."""
        if self._connection is not None:
            await self._connection.send_eof()

    def _open(self) -> Connection:
        if self._connection is None:
            raise StreamInterrupted(f"The stream of {self._what} was closed on this side.")
        return self._connection
