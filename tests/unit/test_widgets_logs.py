"""Live logs without a kernel: what is read, what is painted, and what strangers cannot do."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from typing import Any, Self

import anyio
import pytest

from pydock.errors import ContainerNotFound, InvalidArgument, StreamInterrupted
from pydock.models.containers import Container, ContainerRef
from pydock.transport.frames import Frame, Line
from pydock.widgets import log_source, registry
from pydock.widgets.log_lines import Look, pane, pattern_of
from pydock.widgets.log_source import LogSource
from pydock.widgets.logs import LogsView
from pydock.widgets.renderer import CAP
from pydock.widgets.view import View
from pydock.widgets.visibility import Timing

FAST = Timing(grace=0.05, beat=15, ttl=200)
HOSTILE = "\"'><script>hurt=1</script><img src=x onerror=hurt=1>"


@pytest.fixture
def anyio_backend() -> str:
    """Live views are asyncio's only."""
    return "asyncio"


@pytest.fixture(autouse=True)
def nothing_stays() -> Iterator[None]:
    yield
    for view in registry.views():
        registry.discard(view)


async def until(condition: Callable[[], bool]) -> None:
    """Wait for something that happens on this loop."""
    with anyio.fail_after(5):
        while not condition():  # noqa: ASYNC110 - there is no event to wait for in what is simulated
            await anyio.sleep(0.005)


def line(number: int, said: str = "", stream: int = 1) -> Frame:
    stamp = f"2026-11-25T12:00:{number // 10:02}.{number % 10}00000000Z"
    return Frame(stream, f"{stamp} {said or f'line {number}'}\n".encode())


class Connection:
    """One request for a log: what the daemon tells, and how that ends."""

    def __init__(self, daemon: Daemon, asked: dict[str, Any]) -> None:
        self.daemon, self.asked = daemon, asked
        self._frames = list(daemon.told)
        self.daemon.open += 1

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        self.daemon.open -= 1

    async def batches(self) -> AsyncIterator[list[Frame]]:
        if self._frames:
            yield self._frames
        while not self.daemon.over:
            await self.daemon.more.wait()
            self.daemon.more.clear()
            if self.daemon.broken:
                self.daemon.broken = False
                raise StreamInterrupted("cut")
            if self.daemon.fresh:
                fresh, self.daemon.fresh = self.daemon.fresh, []
                self.daemon.told += fresh
                yield fresh


class Daemon:
    """Tells one log to whoever asks."""

    def __init__(self, *told: Frame) -> None:
        self.told = list(told)
        self.fresh: list[Frame] = []
        self.over = self.broken = False
        self.more = asyncio.Event()
        self.open = 0
        self.asked: list[dict[str, Any]] = []
        self.containers = self

    def logs(self, container_id: str, **asked: Any) -> Connection:
        self.asked.append(asked)
        return Connection(self, asked)

    def say(self, *frames: Frame) -> None:
        self.fresh += frames
        self.more.set()

    def end(self) -> None:
        self.over = True
        self.more.set()

    def cut(self) -> None:
        self.broken = True
        self.more.set()


class Ref(ContainerRef):
    """A container whose log is told by `Daemon`."""

    state: Any = "running"

    def __init__(self, daemon: Daemon) -> None:
        self.daemon = daemon
        self.id = "c" * 64

    @property
    def api(self) -> Any:
        return self.daemon

    async def inspect(self, *, size: bool = False) -> Any:
        if self.state is None:
            raise ContainerNotFound("gone", status=404, method="GET", path="/x")
        state = {"Status": self.state, "Running": self.state == "running", "ExitCode": 3}
        state |= {} if self.state == "running" else {"FinishedAt": "2026-11-25T12:00:00Z"}
        found = Container.model_validate(
            {"Id": self.id, "Name": "/web", "State": state, "Config": {"Image": "busybox"}}
        )
        return _Inspected(self, found)


class _Inspected(Ref):
    """What inspect gave, asking the same daemon."""

    def __init__(self, ref: Ref, container: Container) -> None:
        super().__init__(ref.daemon)
        self._ref = ref
        self.container = container
        self.state = container.state

    def __getattr__(self, name: str) -> Any:
        return getattr(self.__dict__["container"], name)

    async def inspect(self, *, size: bool = False) -> Any:
        return await self._ref.inspect(size=size)


def page(view: View, count: int) -> None:
    """Say what the page says when views come and go."""
    root: Any = view.root
    root.set_state({"_view_count": count})


async def shown(daemon: Daemon, **settings: Any) -> tuple[LogsView, Any, Ref]:
    """Show a view and wait until it is live."""
    ref = Ref(daemon)
    view = LogsView(ref, timing=FAST, **settings)
    page(view, 1)
    await until(lambda: view.phase.word == "live" and daemon.open == 1)
    return view, view._panel, ref


# What is read


async def test_an_interrupted_log_goes_on_without_doubles() -> None:
    daemon = Daemon(*(line(number) for number in range(20)), line(19, "line 19"))
    source = LogSource(Ref(daemon), tail=500, since=None)
    heard: list[Frame] = []
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(source.follow, heard.extend)
        await until(lambda: len(heard) == 21)
        tasks.cancel_scope.cancel()
    daemon.told = [*daemon.told[-8:], line(20), line(19, "line 19", 2)]  # told from a little before; one is late
    daemon.over = True
    await source.follow(heard.extend)
    assert daemon.asked[0] | {"tail": 500, "since": None} == daemon.asked[0]
    assert daemon.asked[1]["since"] is not None
    assert daemon.asked[1]["tail"] == log_source.KEPT
    assert [str(each) for each in source.lines] == [f"line {n}" for n in [*range(20), 19, 20, 19]]


async def test_older_lines_make_room(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log_source, "KEPT", 10)
    daemon = Daemon(*(line(number) for number in range(25)))
    daemon.over = True
    source = LogSource(Ref(daemon), tail=None, since=None)
    await source.follow(lambda _: None)
    assert ([str(each) for each in source.lines], source.total) == ([f"line {n}" for n in range(15, 25)], 25)


async def test_lines_are_whole_and_in_order_however_they_come() -> None:
    second = line(2).data
    out = [line(0).data, line(1).data + second[:20], second[20:] + line(4).data, line(5).data[:-1]]
    frames = [Frame(1, data) for data in out]
    frames.insert(2, line(3, "err\r", 2))
    daemon = Daemon(*frames)
    daemon.over = True
    source = LogSource(Ref(daemon), tail=None, since=None)
    await source.follow(lambda _: None)
    assert [str(each) for each in source.lines] == ["line 0", "line 1", "err", "line 2", "line 4", "line 5"]
    assert [each.stream for each in source.newest()] == [1, 1, 1, 2, 1, 1]
    assert (source.total, source.kept) == (6, 6)


async def test_blocks_that_are_larger_than_the_limit_are_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log_source, "KEPT", 10)
    block = b"".join(line(number).data for number in range(8))
    daemon = Daemon(Frame(1, block), Frame(1, block), Frame(1, block))
    daemon.over = True
    source = LogSource(Ref(daemon), tail=None, since=None)
    await source.follow(lambda _: None)
    assert [str(each) for each in source.lines] == [f"line {n}" for n in (6, 7, *range(8))]
    assert (source.total, source.kept, len(source._blocks)) == (24, 10, 2)


async def test_what_is_no_time_is_refused_at_once() -> None:
    with pytest.raises(InvalidArgument):
        LogSource(Ref(Daemon()), tail=None, since="yesterday")


# What is painted


def raw(text: str, stream: int = 1) -> Line:
    return Line(stream, b"2026-11-25T12:00:00.000000000Z " + text.encode())


def painted(lines: Sequence[Line], words: str = "", *, times: bool = False) -> tuple[str, int]:
    return pane(reversed(lines), Look(pattern_of(words), times), "Log of web")


@pytest.mark.parametrize("words", ["", "hurt", '"', "&", "<"])
def test_what_strangers_print_stays_text(words: str) -> None:
    html, count = painted([raw(HOSTILE), raw(f"\x1b[31m{HOSTILE}", 2), raw("\x1b]0;x\x07\u202etxt\x00")], words)
    assert count == 3
    for danger in ("<script", "<img", "\x1b", "\u202e", "\x00"):
        assert danger not in html
    assert "hurt=1" in html.replace("<mark>", "").replace("</mark>", "")


def test_stderr_is_marked_for_eyes_and_ears() -> None:
    html, _ = painted([raw("fine"), raw("bad", 2)])
    assert '<div>fine</div><div class="pd-err"><span class="pd-sr">stderr: </span>bad</div>' in html
    assert 'role="log"' in html
    assert 'tabindex="0"' in html
    assert 'aria-live="off"' in html


def test_colours_are_kept_and_matches_marked() -> None:
    assert '<span class="pd-c1">red</span>' in painted([raw("\x1b[31mred\x1b[0m")])[0]
    assert "a <mark>Red</mark>&amp;<mark>red</mark>" in painted([raw("a \x1b[31mRed\x1b[0m&red")], "red")[0]
    assert "<mark>.*</mark>" in painted([raw("x.*y")], ".*")[0]


@pytest.mark.parametrize("text", ["short", "x" * 500, "ü€😀" * 200, "<&>\"'" * 100, "\x1b[31m\x1b[1mab" * 60])
def test_the_page_gets_no_more_than_it_can_take(text: str) -> None:
    html, count = painted([raw(f"{number} {text}") for number in range(2000)])
    assert len(html.encode()) <= CAP
    assert 1 < count <= 250
    assert "1999 " in html
    assert "\n" not in html


def test_times_are_the_readers() -> None:
    assert ".000 </span>late" in painted([raw("late")], times=True)[0]
    assert "no stamp" in painted([Line(1, b"no stamp")], times=True)[0]


# The view


async def test_it_shows_what_comes_and_says_how_it_ended() -> None:
    daemon = Daemon(line(0))
    view, panel, ref = await shown(daemon)
    await until(lambda: "line 0" in panel._pane.value)
    daemon.say(line(1), line(2, HOSTILE, 2))
    await until(lambda: "hurt" in panel._pane.value)
    assert "<script" not in panel._pane.value + view.snapshot()[0]
    assert [each.stream for each in view.lines] == ["stdout", "stdout", "stderr"]
    ref.state = "exited"
    daemon.end()
    await until(lambda: view.phase.word == "ended")
    assert str(view.phase) == "ended: exited (3)"
    assert "exited (3)" in panel._foot.value
    assert daemon.open == 0


async def test_streams_are_only_open_while_somebody_looks() -> None:
    daemon = Daemon(line(0))
    view, panel, _ = await shown(daemon)
    page(view, 0)
    await until(lambda: daemon.open == 0)
    daemon.told.append(line(1))
    page(view, 1)
    await until(lambda: daemon.open == 1)
    await until(lambda: "line 1" in panel._pane.value)
    assert [str(each) for each in view.lines] == ["line 0", "line 1"]
    await view.aclose()
    assert daemon.open == 0


async def test_it_goes_on_after_an_interruption() -> None:
    daemon = Daemon(line(0))
    view, panel, _ = await shown(daemon)
    await until(lambda: len(view.lines) == 1)
    daemon.cut()
    await until(lambda: view.phase.word == "reconnecting")
    assert "line 0" in panel._pane.value, "what was shown stays"
    daemon.told.append(line(1))
    await until(lambda: view.phase.word == "live" and len(view.lines) == 2)
    assert [str(each) for each in view.lines] == ["line 0", "line 1"]


async def test_without_follow_nothing_is_replaced_but_all_is_kept() -> None:
    daemon = Daemon(line(0))
    view, panel, _ = await shown(daemon)
    await until(lambda: "line 0" in panel._pane.value)
    panel._follow.value = False
    await until(lambda: panel._still_begins == 0)
    before = panel._pane.value
    daemon.say(line(1), line(2))
    await until(lambda: "2 new since" in panel._foot.value)
    assert panel._pane.value == before
    assert len(view.lines) == 3
    panel._follow.value = True
    await until(lambda: "line 2" in panel._pane.value)
    assert "new since" not in panel._foot.value


async def test_follow_off_from_the_beginning_shows_what_there_is() -> None:
    daemon = Daemon(line(0))
    _, panel, _ = await shown(daemon, follow=False)
    await until(lambda: "line 0" in panel._pane.value)


async def test_find_filters_also_what_comes_later() -> None:
    daemon = Daemon(line(0, "GET /a"), line(1, "WARN slow"))
    _, panel, _ = await shown(daemon)
    await until(lambda: "WARN" in panel._pane.value)
    panel._words.value = "warn"
    await until(lambda: "<mark>WARN</mark>" in panel._pane.value)
    assert "GET" not in panel._pane.value
    daemon.say(line(2, "GET /b"), line(3, "warn again"))
    await until(lambda: "<mark>warn</mark> again" in panel._pane.value)
    assert "GET" not in panel._pane.value
    assert "2 of 4 lines found" in panel._foot.value
    panel._words.value = "nothing has this"
    await until(lambda: "No line has it" in panel._pane.value)
    panel._words.value = ""
    await until(lambda: "GET /b" in panel._pane.value)


async def test_since_reads_anew() -> None:
    daemon = Daemon(line(0))
    view, panel, _ = await shown(daemon)
    await until(lambda: len(view.lines) == 1)
    panel._since.value = "10m"
    await until(lambda: len(daemon.asked) == 2 and len(view.lines) == 1)
    assert daemon.asked[1]["since"] is not None
    assert daemon.open == 1


async def test_a_removed_container_is_said() -> None:
    daemon = Daemon(line(0))
    view, _, ref = await shown(daemon)
    ref.state = None
    daemon.end()
    await until(lambda: view.phase.word == "ended")
    assert str(view.phase) == "ended: removed"
