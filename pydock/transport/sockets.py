"""Byte streams over non-blocking sockets: try the system call first, wait only when the kernel says so.

The danger is starving others: a loop in which no call ever has to wait must still let other tasks run and be
cancelled. Everything here raises OSError; who speaks HTTP over it knows what that means.
"""

from __future__ import annotations

import select
import socket
from contextlib import suppress
from typing import Protocol

import anyio
from anyio.lowlevel import checkpoint

from pydock.errors import InvalidArgument

__all__ = ["BULK", "SocketStream", "Stream"]

BULK = 256 << 10
"""How much to ask for when much may come; a unix socket hands over up to some 200 KiB at once."""
_FAIR = 15
"""After so many calls in a row that need not wait, others get their turn."""

_BUSY = "Another task is {} this stream already; give each task a stream of its own."


class Stream(Protocol):
    """Bytes both ways."""

    async def recv(self, limit: int = ...) -> bytes:
        """Return what has come, at least one byte, or `b""` at the end."""
        ...

    async def wait(self) -> None:
        """Wait until something has come, or the end."""
        ...

    async def send(self, data: bytes | memoryview) -> None:
        """Send everything."""
        ...

    async def send_eof(self) -> None:
        """Say that nothing more will be sent; receiving goes on."""
        ...

    def silent(self) -> bool:
        """Return whether nothing came, not even the end: an idle connection that may be used again."""
        ...

    def failure(self) -> str:
        """Return what the helper process wrote to stderr, if there is one."""
        ...

    def close(self) -> None:
        """Close at once, without waiting; also from `__del__`, outside of any event loop."""
        ...


class SocketStream:
    """A connected unix or TCP socket."""

    __slots__ = ("_poll", "_receive", "_socket", "_streak", "_waiting")

    def __init__(self, sock: socket.socket) -> None:
        sock.setblocking(False)
        self._socket = sock
        self._receive = sock.recv
        self._streak = 0
        self._waiting = 0
        self._poll: select.poll | None = None

    async def recv(self, limit: int = 65536) -> bytes:
        """Return what has come, at least one byte, or `b""` at the end."""
        self._streak += 1
        if self._streak > _FAIR:
            self._streak = 0
            await checkpoint()
        while True:
            try:
                return self._receive(limit)
            except BlockingIOError:
                await self.wait()

    async def wait(self) -> None:
        """Wait until something has come, or the end."""
        self._streak = 0
        self._waiting += 1
        try:
            await anyio.wait_readable(self._socket)
        except anyio.BusyResourceError:
            raise InvalidArgument(_BUSY.format("reading")) from None
        except (anyio.ClosedResourceError, ValueError):  # ValueError: the socket is closed, its number is -1
            raise ConnectionAbortedError("closed on this side") from None
        finally:
            self._waiting -= 1

    async def send(self, data: bytes | memoryview) -> None:
        """Send everything."""
        sent = await self.send_some(data)
        if sent < len(data):
            rest = memoryview(data)[sent:]
            while rest:
                rest = rest[await self.send_some(rest) :]

    async def send_some(self, data: bytes | memoryview | bytearray) -> int:
        """Send as much as the kernel takes, at least one byte, and return how much that was."""
        self._streak += 1
        if self._streak > _FAIR:
            self._streak = 0
            await checkpoint()
        while True:
            try:
                return self._socket.send(data)
            except BlockingIOError:
                await self._wait_writable()

    async def _wait_writable(self) -> None:
        self._streak = 0
        self._waiting += 1
        try:
            await anyio.wait_writable(self._socket)
        except anyio.BusyResourceError:
            raise InvalidArgument(_BUSY.format("writing to")) from None
        except (anyio.ClosedResourceError, ValueError):
            raise ConnectionAbortedError("closed on this side") from None
        finally:
            self._waiting -= 1

    async def send_eof(self) -> None:
        """Shut down the sending half."""
        self._socket.shutdown(socket.SHUT_WR)
        await checkpoint()

    def silent(self) -> bool:
        """Return whether nothing came, not even the end."""
        if self._poll is None:
            self._poll = select.poll()
            self._poll.register(self._socket, select.POLLIN)
        return not self._poll.poll(0)

    def recv_now(self) -> bytes:
        """Return what has come already; BlockingIOError when nothing has."""
        data = self._receive(BULK)
        if not data:
            raise ConnectionResetError("closed by the daemon")
        return data

    def failure(self) -> str:
        """Return nothing: there is no helper process."""
        return ""

    def close(self) -> None:
        """Close at once; whoever waits is woken with an error."""
        if self._waiting and self._socket.fileno() >= 0:
            with suppress(anyio.NoEventLoopError, RuntimeError):  # its event loop has ended; nobody waits
                anyio.notify_closing(self._socket)
        self._socket.close()
