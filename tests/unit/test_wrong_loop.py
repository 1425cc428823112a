"""A client lives in one event loop at a time: in the next one it simply works, in two at once it says so."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import anyio
import pytest

from pydock.errors import WrongLoop
from pydock.transport.endpoint import resolve
from pydock.transport.engine import Engine

OK = b"HTTP/1.1 200 OK\r\nApi-Version: 1.44\r\nContent-Length: 2\r\n\r\nOK"


@pytest.fixture
def url(folder: Path) -> Iterator[str]:
    """A daemon in a thread of its own, which outlives the event loops of the test."""
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(folder / "d.sock"))
    listener.listen()

    def answer(peer: socket.socket) -> None:
        with peer:
            while peer.recv(65536):
                peer.sendall(OK)

    def accept() -> None:
        while True:
            try:
                peer, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=answer, args=(peer,), daemon=True).start()

    thread = threading.Thread(target=accept)
    thread.start()
    yield f"unix://{folder}/d.sock"
    listener.shutdown(socket.SHUT_RDWR)
    listener.close()
    thread.join()


@pytest.fixture
def engine(url: str) -> Engine:
    return Engine(lambda: resolve(url, environ={"HOME": "/nowhere"}))


async def use(engine: Engine) -> None:
    assert (await engine.request("GET", "/x")).body == b"OK"


@pytest.mark.parametrize("backends", [("asyncio", "asyncio"), ("trio", "trio"), ("asyncio", "trio", "asyncio")])
def test_the_next_loop_simply_works(engine: Engine, backends: tuple[str, ...]) -> None:
    for backend in backends:
        anyio.run(use, engine, backend=backend)
    anyio.run(engine.aclose, backend=backends[-1])


def test_a_stream_left_open_in_an_ended_loop_does_not_block_the_next(engine: Engine) -> None:
    kept: list[Any] = []

    async def leave() -> None:
        kept.append(await engine.open("GET", "/x"))

    anyio.run(leave)
    anyio.run(use, engine)
    anyio.run(kept.pop().aclose)
    anyio.run(engine.aclose)


@pytest.mark.parametrize("home", ["asyncio", "trio"])
@pytest.mark.parametrize("other", ["asyncio", "trio"])
def test_another_loop_is_told_what_to_do(engine: Engine, home: str, other: str) -> None:
    raised: list[BaseException] = []

    def elsewhere() -> None:
        try:
            anyio.run(use, engine, backend=other)
        except WrongLoop as error:
            raised.append(error)

    async def main() -> None:
        await use(engine)
        await anyio.to_thread.run_sync(elsewhere)
        await use(engine)
        await engine.aclose()

    anyio.run(main, backend=home)
    assert len(raised) == 1
    assert "docker.spawn(" in str(raised[0])
