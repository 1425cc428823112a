"""A daemon that says exactly what a test tells it to."""

from __future__ import annotations

import contextlib
import socket
import tempfile
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import anyio
import anyio.abc
import pytest

from pydock.transport.sockets import SocketStream

OK = b"HTTP/1.1 200 OK\r\nApi-Version: 1.44\r\nContent-Length: 2\r\n\r\nOK"


class Peer:
    """The daemon's side of one connection."""

    def __init__(self, stream: SocketStream) -> None:
        self.stream = stream
        self._kept = b""

    async def _more(self) -> None:
        data = await self.stream.recv()
        if not data:
            raise ConnectionResetError
        self._kept += data

    async def head(self) -> bytes:
        """Read the head of a request; the script ends when none comes."""
        while b"\r\n\r\n" not in self._kept:
            await self._more()
        head, _, self._kept = self._kept.partition(b"\r\n\r\n")
        return head

    async def receive(self) -> bytes:
        """Read what comes next, `b""` at the end."""
        data, self._kept = self._kept, b""
        return data or await self.stream.recv()

    async def exactly(self, size: int) -> bytes:
        while len(self._kept) < size:
            await self._more()
        data, self._kept = self._kept[:size], self._kept[size:]
        return data

    async def send(self, data: bytes) -> None:
        await self.stream.send(data)


Script = Callable[[Peer], Awaitable[None]]
Serve = Callable[[Script], AbstractAsyncContextManager[str]]


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder with a path short enough for a socket."""
    with tempfile.TemporaryDirectory(prefix="pd") as path:
        yield Path(path)


@pytest.fixture
def serve(folder: Path) -> Serve:
    """Run a script for each connection, closed at its end: `async with serve(script) as url`."""

    @asynccontextmanager
    async def run(script: Script) -> AsyncGenerator[str]:
        path = folder / "d.sock"
        failures: list[Exception] = []

        async def handle(sock: socket.socket) -> None:
            stream = SocketStream(sock)
            try:
                await script(Peer(stream))
            except OSError:  # the client left
                pass
            finally:
                stream.close()

        async def accept(listener: socket.socket, group: anyio.abc.TaskGroup) -> None:
            while True:
                await anyio.wait_readable(listener)
                with contextlib.suppress(BlockingIOError):
                    group.start_soon(handle, listener.accept()[0])

        # not anyio's own listener: its streams fail when they are cancelled just as something arrives
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(str(path))
            listener.listen(1000)
            listener.setblocking(False)
            async with anyio.create_task_group() as group:
                group.start_soon(accept, listener, group)
                try:
                    yield f"unix://{path}"
                except Exception as error:  # noqa: BLE001 - raised below, not as an exception group
                    failures.append(error)
                group.cancel_scope.cancel()
        path.unlink()
        if failures:
            raise failures[0]

    return run


@pytest.fixture
def answering() -> Callable[..., Script]:
    """Make a script that answers each request (without a body) with the given bytes, in turn, the last for ever."""

    def make(*answers: bytes) -> Script:
        async def script(peer: Peer) -> None:
            turn = 0
            while True:
                await peer.head()
                await peer.send(answers[min(turn, len(answers) - 1)])
                turn += 1

        return script

    return make
