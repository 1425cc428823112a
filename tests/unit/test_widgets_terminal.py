"""The terminal without a browser: what is shipped, and the queues between a program and a page."""

from __future__ import annotations

import asyncio
import hashlib
import re
import sys
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Self, cast

import anyio
import pytest

from pydock.console import Detector
from pydock.errors import InvalidArgument, MissingExtra
from pydock.models.containers import ContainerRef
from pydock.models.logs import Chunk
from pydock.widgets import terminal as module
from pydock.widgets.outbox import KEPT, PIECE, WINDOW, Outbox

WIDGETS = Path(__file__).parents[2] / "pydock" / "widgets"
BUNDLE = WIDGETS / "static" / "terminal.js"
SOURCES = ("build.js", "package-lock.json", "package.json", "terminal.js")


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"  # widgets live on the kernel's loop


# What is shipped


def test_the_bundle_is_built_from_its_sources() -> None:
    digest = hashlib.sha256(b"".join((WIDGETS / "frontend" / name).read_bytes() for name in SOURCES)).hexdigest()
    header = BUNDLE.read_text()[:200]
    assert f"sha256 {digest}" in header, "cd pydock/widgets/frontend && npm ci && npm run build"


@pytest.mark.parametrize("place", [BUNDLE, WIDGETS / "static" / "THIRD_PARTY.txt"], ids=["bundle", "notice"])
def test_licences_go_with_it(place: Path) -> None:
    text = place.read_text()
    for package in ("@xterm/xterm", "@xterm/addon-fit"):
        assert re.search(rf"{package} [\d.]+ \(MIT\)", text)
    assert "Copyright (c) 2017-2019, The xterm.js authors" in text
    assert text.count("The above copyright notice and this permission notice shall be included in") >= 2


def test_the_lock_file_names_no_host() -> None:
    lock = (WIDGETS / "frontend" / "package-lock.json").read_text()
    assert '"integrity"' in lock
    assert '"resolved"' not in lock
    assert "://" not in re.sub(r'"funding": \{[^}]*\}', "", lock)


# The way to the page


class Page:
    """A page that draws what it gets, and may miss messages."""

    def __init__(self) -> None:
        self.messages: list[tuple[Mapping[str, object], bytes]] = []
        self.drawn = b""

    def __call__(self, content: Mapping[str, object], data: bytes) -> None:
        self.messages.append((content, data))
        if content["start"] == len(self.drawn):
            self.drawn += data


def test_all_bytes_arrive_in_order_and_in_pieces() -> None:
    page = Page()
    outbox = Outbox(page)
    outbox.begin()
    data = bytes(range(256)) * 500
    outbox.put(data[:100_000])
    outbox.put(data[100_000:])
    outbox.flush()
    outbox.flush()
    assert page.drawn == data
    assert [len(piece) for _, piece in page.messages] == [PIECE] * 4
    assert {content["run"] for content, _ in page.messages} == {1}


async def test_a_program_waits_while_too_much_is_under_way() -> None:
    outbox = Outbox(Page())
    outbox.begin()
    outbox.put(bytes(WINDOW))
    outbox.flush()
    waiting = asyncio.ensure_future(outbox.room())
    outbox.acknowledge(outbox.run + 1, 1000)  # of another program
    outbox.acknowledge(outbox.run, WINDOW + 1)  # never sent
    await asyncio.sleep(0)
    assert not waiting.done()
    outbox.acknowledge(outbox.run, 1)
    await waiting


async def test_another_program_does_not_wait_for_the_page_of_the_last() -> None:
    outbox = Outbox(Page())
    outbox.begin()
    outbox.put(bytes(WINDOW))
    outbox.begin()
    await outbox.room()
    assert (outbox.run, outbox.end) == (2, 0)


def test_what_was_dropped_on_the_way_is_sent_again() -> None:
    page = Page()
    outbox = Outbox(page)
    outbox.begin()
    outbox.put(b"lost ")
    outbox._send = lambda *_: None  # the server drops it
    outbox.flush()
    outbox._send = page
    outbox.put(b"found")
    outbox.flush()
    assert page.drawn == b""
    outbox.again(0)
    assert page.drawn == b"lost found"


def test_what_is_not_drawn_is_kept_and_the_rest_is_bounded() -> None:
    page = Page()
    outbox = Outbox(page)
    outbox.begin()
    for _ in range(10):
        outbox.put(bytes(100_000))
        outbox.flush()
    page.messages.clear()
    outbox.replay("view")
    assert page.messages[0][0] == {"type": "output", "run": 1, "start": 0, "to": "view"}
    outbox.acknowledge(1, outbox.end)
    outbox.put(b"!")
    page.messages.clear()
    outbox.replay("view")
    assert page.messages[0][0]["start"] == outbox.end - KEPT
    assert sum(len(data) for _, data in page.messages) == KEPT - 1  # "!" was not sent yet


# The view, with a program that answers each line with itself in capitals; "exit" ends it


class Program:
    def __init__(self) -> None:
        self.exit_code: int | None = None
        self.sizes: list[tuple[int, int]] = []
        self.closed = False
        self.stdin = self
        self._sender, self._receiver = anyio.create_memory_object_stream[bytes](10)

    async def send(self, data: bytes) -> None:
        await self._sender.send(data)

    async def resize(self, *, rows: int, columns: int) -> None:
        self.sizes.append((rows, columns))

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Chunk:
        typed = await self._receiver.receive()
        if typed == b"exit":
            self.exit_code = 3
            raise StopAsyncIteration
        return Chunk("stdout", typed.upper())

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        self.closed = True
        self._sender.close()
        self._receiver.close()


class Container:
    id = "0123456789abcdef"

    def __init__(self) -> None:
        self.programs: list[Program] = []
        self.options: dict[str, Any] = {}

    def open_exec(self, command: Sequence[str], **options: object) -> Program:
        self.options = {"command": command, **options}
        self.programs.append(Program())
        return self.programs[-1]


class Shown:
    """A terminal that is on a page."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        pytest.importorskip("anywidget")
        self.container = Container()
        self.terminal = module.Terminal(cast("ContainerRef", self.container))
        self.screen = b""
        self._news = asyncio.Event()
        monkeypatch.setattr(self.terminal._front, "send", self._got)
        untyped: Any = self.terminal.root
        untyped._view_count = 1
        self.say({"type": "hello", "rows": 10, "cols": 40})

    def say(self, content: dict[str, object], data: bytes = b"") -> None:
        """Send a message as the page does: from another thread."""
        arguments = (None, {"id": "view", **content}, [memoryview(data)])
        thread = threading.Thread(target=self.terminal._hear, args=arguments)
        thread.start()
        thread.join()

    def _got(self, content: dict[str, object], buffers: Sequence[bytes] = ()) -> None:
        self.screen += b"".join(buffers)
        self._news.set()

    async def sees(self, text: bytes) -> None:
        with anyio.fail_after(20):
            while text not in self.screen:
                self._news.clear()
                await self._news.wait()


async def test_keys_output_and_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = Shown(monkeypatch)
    for key in b"hello":
        shown.say({"type": "keys"}, bytes([key]))
    await shown.sees(b"HELLO")
    [program] = shown.container.programs
    assert program.sizes == [(10, 40)]
    assert shown.container.options["tty"] is True
    shown.say({"type": "size", "rows": 11, "cols": 0})
    shown.say({"type": "size", "rows": "no number"})  # nothing that a page says breaks it
    shown.say({"type": "keys"}, b"world")
    await shown.sees(b"WORLD")
    assert program.sizes == [(10, 40), (11, 1)]
    shown.say({"type": "keys"}, b"exit")
    await shown.sees(b"[ended with exit code 3]")
    assert program.closed
    await shown.terminal._host.gone()
    assert str(shown.terminal.phase) == "ended: exit code 3"
    assert shown.terminal.snapshot()[1] == "Terminal of 0123456789ab, ended with exit code 3"
    await shown.terminal.aclose()


async def test_restart(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = Shown(monkeypatch)
    shown.say({"type": "keys"}, b"first")
    await shown.sees(b"FIRST")
    shown.terminal.restart()
    shown.screen = b""
    await asyncio.sleep(0)  # the button's callback
    shown.say({"type": "keys"}, b"second")
    await shown.sees(b"SECOND")
    assert b"FIRST" not in shown.screen
    assert shown.container.programs[0].closed
    await shown.terminal.aclose()
    assert shown.container.programs[1].closed


async def test_without_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "anywidget", None)
    module._front_end.cache_clear()
    with pytest.raises(MissingExtra, match=r"pydock-engine\[term\]"):
        module.Terminal(cast("ContainerRef", Container()))


async def test_no_size() -> None:
    with pytest.raises(InvalidArgument, match="rows=24"):
        module.Terminal(cast("ContainerRef", Container()), rows=0)


# The keys that detach


@pytest.mark.parametrize("pieces", [["ab\x10\x11cd"], ["ab\x10", "\x11cd"], ["a", "b", "\x10", "\x11"]])
def test_detaching_keys_are_found(pieces: list[str]) -> None:
    detector = Detector("ctrl-p,ctrl-q")
    passed = b""
    for piece in pieces:
        before, found = detector.feed(piece.encode())
        passed += before
    assert found
    assert passed.removesuffix(b"\x10") == b"ab"  # a key alone is never held back


def test_other_keys_pass() -> None:
    assert Detector("ctrl-p,ctrl-q").feed(b"\x10x\x11") == (b"\x10x\x11", False)
    assert Detector("").feed(b"\x10\x11") == (b"\x10\x11", False)
    assert Detector("ctrl-@,x").feed(b"\x00x") == (b"", True)
    assert Detector("q").feed(b"aq") == (b"a", True)


@pytest.mark.parametrize("keys", ["ctrl-", "ctrl-pq", "ctrl-1", "ab", ",", "ä"])
def test_no_keys(keys: str) -> None:
    with pytest.raises(InvalidArgument, match="detach_keys"):
        Detector(keys)
