"""A shell at a real terminal: keys, size, the exit code, and the terminal as it was before, however it ends."""

from __future__ import annotations

import contextlib
import fcntl
import os
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Generator
from typing import TYPE_CHECKING

import pytest

import pydock
from pydock.errors import InvalidArgument

if TYPE_CHECKING:
    from tests.engine.conftest import Engine, Raw

pytestmark = pytest.mark.row(57)

PROGRAM = """
import fcntl, signal, sys, termios
import anyio, pydock
signal.signal(signal.SIGHUP, signal.SIG_DFL)  # what runs in the background inherits that it is ignored
signal.signal(signal.SIGINT, signal.default_int_handler)
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
async def main():
    async with pydock.Docker(sys.argv[2]) as docker:
        print("ended with", await docker.containers[sys.argv[3]].shell(**eval(sys.argv[4])))
anyio.run(main, backend=sys.argv[1])
"""


class Person:
    """Somebody at a terminal in which a program runs `container.shell()`."""

    def __init__(self, *arguments: str) -> None:
        self._master, self._slave = os.openpty()
        self.resize(24, 80)
        self._before = termios.tcgetattr(self._slave)
        command = [sys.executable, "-c", PROGRAM, *arguments]
        end = self._slave
        self.program = subprocess.Popen(command, stdin=end, stdout=end, stderr=end, start_new_session=True)
        self._screen = b""

    def type(self, keys: str) -> None:
        os.write(self._master, keys.encode())

    def resize(self, rows: int, columns: int) -> None:
        fcntl.ioctl(self._master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def sees(self, text: str) -> str:
        """Wait until it is on the screen, and return what is there up to it."""
        patience = time.monotonic() + 60
        while text.encode() not in self._screen:
            remaining = patience - time.monotonic()
            assert remaining > 0, f"no {text!r} in {self._screen!r}"
            if select.select([self._master], [], [], remaining)[0]:
                self._screen += os.read(self._master, 4096)
        seen, _, self._screen = self._screen.partition(text.encode())
        return seen.decode()

    def raw(self) -> bool:
        return termios.tcgetattr(self._slave) != self._before

    def leave(self) -> None:
        self.program.kill()
        self.program.wait()
        os.close(self._master)
        os.close(self._slave)


@pytest.fixture
def container(raw: Raw, label: dict[str, str]) -> str:
    """Give a running container."""
    body = {"Image": "busybox", "Cmd": ["sleep", "600"], "Labels": label}
    made: str = raw("POST", "/containers/create", body=body)["Id"]
    raw("POST", f"/containers/{made}/start")
    return made


@contextlib.contextmanager
def at_terminal(engine: Engine, container: str, backend: str = "asyncio", options: str = "{}") -> Generator[Person]:
    person = Person(backend, engine.url, container, options)
    try:
        yield person
    finally:
        person.leave()


def in_container(raw: Raw, container: str) -> str:
    processes: list[list[str]] = raw("GET", f"/containers/{container}/top")["Processes"]
    return "\n".join(" ".join(one) for one in processes)


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_typing_and_resizing(engine: Engine, container: str, backend: str) -> None:
    with at_terminal(engine, container, backend) as person:
        person.sees("# ")
        assert person.raw()
        person.type("until [ \"$(stty size)\" = '24 80' ]; do sleep 0.1; done; echo fi''ts\r")
        person.sees("fits")
        person.resize(33, 101)
        person.type("until [ \"$(stty size)\" = '33 101' ]; do sleep 0.1; done; echo gr''own\r")
        person.sees("grown")
        person.type("sh -c 'echo st''arted; sleep 1000'\r")
        person.sees("started")
        person.type("\x03")
        person.sees("# ")
        person.type("echo code $?; exit 3\r")
        person.sees("code 130")
        person.sees("ended with 3")
        assert person.program.wait(60) == 0
        assert not person.raw()


def test_each_key_arrives_at_once_and_unchanged(engine: Engine, container: str) -> None:
    """Also ctrl-p, which the daemon would hold back, and what is no text."""
    options = "{'command': ['sh', '-c', 'stty raw; echo go; od -v -t x1 -w1']}"
    with at_terminal(engine, container, options=options) as person:
        person.sees("go")
        for key in ("\x10", "\x00", "ÿ", "\x1b", "\x7f"):
            person.type(key)
            for byte in key.encode():
                person.sees(f" {byte:02x}")


def test_detaching(engine: Engine, container: str, raw: Raw) -> None:
    options = "{'command': ['sh', '-c', 'echo go; exec sleep 456'], 'detach_keys': 'ctrl-],q'}"
    with at_terminal(engine, container, options=options) as person:
        person.sees("go")
        person.type("\x1dq")
        person.sees("ended with None")
        assert not person.raw()
        assert "sleep 456" in in_container(raw, container)


@pytest.mark.parametrize("by", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_signal(engine: Engine, container: str, raw: Raw, by: signal.Signals) -> None:
    with at_terminal(engine, container, options="{'command': ['sh', '-c', 'echo go; sleep 456']}") as person:
        person.sees("go")
        assert person.raw()
        person.program.send_signal(by)
        code = person.program.wait(60)
        assert code in ({-by, 1, 130} if by is signal.SIGINT else {-by})
        assert not person.raw()
        assert "sleep 456" not in in_container(raw, container)


def test_the_container_dies_meanwhile(engine: Engine, container: str, raw: Raw) -> None:
    with at_terminal(engine, container) as person:
        person.sees("# ")
        raw("POST", f"/containers/{container}/kill")
        person.program.wait(60)
        assert not person.raw()


def test_error(engine: Engine, container: str, raw: Raw) -> None:
    raw("POST", f"/containers/{container}/kill")
    with at_terminal(engine, container) as person:
        assert person.program.wait(60) == 1
        person.sees("NotRunning")
        assert not person.raw()


async def test_without_a_terminal(docker: pydock.Docker) -> None:
    """It is refused before anything is asked: there is no such container."""
    with pytest.raises(InvalidArgument, match=r"container\.terminal\(\)"):
        await docker.containers["no-such-container"].shell()
