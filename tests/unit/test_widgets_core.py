"""What live views are made of, without a kernel: the page is simulated by its messages."""

from __future__ import annotations

import asyncio
import json
import sys
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import anyio
import anyio.lowlevel
import httpx
import pytest
from anyio.abc import TaskGroup

import pydock
from pydock.display.markup import Html, tag
from pydock.errors import ContainerNotFound, MissingExtra, StreamInterrupted, Unreachable, WrongLoop
from pydock.widgets import Job, View, close_all, pieces, registry
from pydock.widgets import host as host_module
from pydock.widgets.actions import Action, ActionBar, ActionButton
from pydock.widgets.home import Home
from pydock.widgets.hub import Hub
from pydock.widgets.pieces import Widget
from pydock.widgets.renderer import CAP, Renderer, assign, fit
from pydock.widgets.slot import Slot
from pydock.widgets.visibility import Timing

FAST = Timing(grace=0.05, beat=15, ttl=200)


@pytest.fixture
def anyio_backend() -> str:
    """Live views are asyncio's only."""
    return "asyncio"


@pytest.fixture(autouse=True)
def nothing_stays() -> Iterator[None]:
    """Tasks end with the loop of their test; what the registry keeps does not."""
    yield
    for view in registry.views():
        registry.discard(view)


async def until(condition: Callable[[], bool]) -> None:
    """Wait for something that happens on this loop."""
    with anyio.fail_after(5):
        while not condition():  # noqa: ASYNC110 - there is no event to wait for in what is simulated
            await anyio.sleep(0.005)


class Ticker(View):
    """A view with one stream, which can be made to fail."""

    title = "ticker"

    def __init__(self, timing: Timing = FAST, **settings: Any) -> None:
        super().__init__(timing=timing, **settings)
        self.open = 0
        self.most = 0
        self.begun = 0
        self.problem: Exception | None = None
        self.slow_end = 0.0
        self.go = asyncio.Event()
        self.body = pieces.html()

    def build(self) -> list[Widget]:
        return [self.body]

    async def live(self, tasks: TaskGroup) -> None:
        self.begun += 1
        if self.problem is not None:
            raise self.problem
        self.open += 1
        self.most = max(self.most, self.open)
        try:
            self.connected()
            await self.go.wait()
            self.end("over")
        finally:
            with anyio.CancelScope(shield=True):
                await anyio.sleep(self.slow_end)
            self.open -= 1

    def snapshot(self) -> tuple[Html, str]:
        return tag("p", "<tick>"), "<tick>"


def show(view: View) -> None:
    view._repr_mimebundle_()


def page(view: View, count: int) -> None:
    """Say what the page says when views come and go."""
    root: Any = view.root
    root.set_state({"_view_count": count})


def elsewhere(fn: Callable[[], object]) -> None:
    """Do something in another thread with a running loop of its own, as a kernel's subshell does."""

    async def main() -> None:
        fn()

    thread = threading.Thread(target=lambda: asyncio.run(main()))
    thread.start()
    thread.join()


def phase_shown(view: View) -> str:
    assert view._phase_box is not None
    return view._phase_box.value


def alert_shown(view: View) -> str:
    assert view._alert is not None
    return view._alert.value


# Visibility


async def test_nothing_runs_before_somebody_looks() -> None:
    view = Ticker()
    view._repr_mimebundle_()
    await anyio.sleep(0.05)
    assert (view.begun, view.phase.word) == (0, "idle")


async def test_it_runs_while_it_is_on_the_page() -> None:
    view = Ticker()
    page(view, 1)
    await until(lambda: view.open == 1)
    assert view.phase.word == "live"
    assert "live" in phase_shown(view)
    assert 'role="status"' in phase_shown(view)
    page(view, 0)
    assert view.open == 1  # the grace
    await until(lambda: view.open == 0)
    assert view.phase.word == "paused"
    page(view, 1)
    await until(lambda: view.open == 1)


async def test_a_cell_that_runs_again_interrupts_nothing() -> None:
    view = Ticker(Timing(grace=5))
    page(view, 1)
    await until(lambda: view.open == 1)
    page(view, 0)
    await anyio.sleep(0.02)
    page(view, 1)
    await anyio.sleep(0.1)
    assert (view.begun, view.open) == (1, 1)


async def test_a_second_view_of_it_opens_nothing() -> None:
    view = Ticker()
    page(view, 1)
    page(view, 2)
    await until(lambda: view.open == 1)
    page(view, 1)
    await anyio.sleep(0.15)
    assert (view.begun, view.open) == (1, 1)


async def test_a_page_that_is_loaded_again_counts_anew() -> None:
    view = Ticker()
    root: Any = view.root
    page(view, 1)
    await until(lambda: view.open == 1)
    root.get_state()  # what a page asks for when it is loaded
    assert root._view_count == 0
    page(view, 1)
    page(view, 0)
    await until(lambda: view.open == 0)


async def test_reading_a_part_of_the_state_counts_nothing() -> None:
    view = Ticker()
    root: Any = view.root
    page(view, 1)
    root.get_state("_view_count")
    root.get_state(drop_defaults=True)
    assert root._view_count == 1


async def test_the_heartbeat_starts_by_a_change_and_ends_with_the_view() -> None:
    view = Ticker()
    root: Any = view.root
    play = root.children[-1]
    changes: list[bool] = []
    play.observe(lambda change: changes.append(change.new), "playing")
    page(view, 1)
    await until(lambda: view.open == 1)
    root.get_state()
    page(view, 1)
    await until(lambda: len(changes) >= 3)
    assert changes[0] is True
    assert changes[-2:] == [False, True]
    page(view, 0)
    await until(lambda: view.open == 0)
    assert play.playing is False


async def test_a_browser_without_a_sign_of_life_is_gone_until_the_next_one() -> None:
    view = Ticker(Timing(grace=0.02, ttl=0.1))
    root: Any = view.root
    page(view, 1)
    await until(lambda: view.open == 1)
    await until(lambda: view.open == 0)
    assert view.phase.word == "paused"
    root.children[-1].set_state({"value": 7})
    await until(lambda: view.open == 1)


async def test_streams_are_never_two_even_when_closing_takes_long() -> None:
    view = Ticker()
    view.slow_end = 0.1
    page(view, 1)
    await until(lambda: view.open == 1)
    for _ in range(3):
        view.pause()
        view.resume()
    await until(lambda: view.begun >= 2 and view.open == 1)
    assert view.most == 1


# Phases


async def test_pause_and_resume_by_code_and_by_the_button() -> None:
    view = Ticker()
    page(view, 1)
    await until(lambda: view.open == 1)
    view.pause()
    await until(lambda: view.open == 0)
    assert view.phase.word == "paused"
    assert "pd-stale" in view.root._dom_classes  # type: ignore[attr-defined]
    page(view, 0)
    page(view, 1)
    await anyio.sleep(0.1)
    assert view.open == 0  # a person has paused it
    button: Any = view._toggle
    assert button.description == "Resume"
    elsewhere(button.click)
    await until(lambda: view.open == 1)
    assert button.description == "Pause"
    assert "pd-stale" not in view.root._dom_classes  # type: ignore[attr-defined]


async def test_a_daemon_that_is_away_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(host_module, "_FIRST_PAUSE", 0.01)
    view = Ticker()
    view.problem = Unreachable("no daemon")
    page(view, 1)
    await until(lambda: view.begun >= 3)
    assert "reconnecting" in phase_shown(view)
    assert "no daemon" in phase_shown(view)
    view.problem = StreamInterrupted("cut")
    await until(lambda: view.begun >= 4)
    view.problem = None
    await until(lambda: view.phase.word == "live")
    assert alert_shown(view) == ""


async def test_an_error_is_shown_and_can_be_tried_again() -> None:
    view = Ticker()
    view.problem = ContainerNotFound("No such <container>", status=404, method="GET", path="/x")
    page(view, 1)
    await until(lambda: view.phase.word == "error")
    assert view.begun == 1
    assert "No such &lt;container&gt;" in alert_shown(view)
    button: Any = view._toggle
    assert button.description == "Retry"
    view.problem = None
    button.click()
    await until(lambda: view.open == 1)
    assert alert_shown(view) == ""


async def test_what_is_over_says_why() -> None:
    view = Ticker()
    page(view, 1)
    await until(lambda: view.open == 1)
    view.go.set()
    await until(lambda: view.phase.word == "ended")
    assert str(view.phase) == "ended: over"
    page(view, 0)
    page(view, 1)
    await anyio.sleep(0.1)
    assert view.begun == 1


async def test_close_leaves_neither_streams_nor_widgets() -> None:
    from ipywidgets.widgets.widget import _instances

    before = set(_instances)
    async with Ticker() as view:
        page(view, 1)
        await until(lambda: view.open == 1)
    assert (view.open, view.phase.word) == (0, "closed")
    view.resume()
    await anyio.sleep(0.02)
    assert view.begun == 1
    left = set(_instances) - before
    assert left == set()
    assert set(view._repr_mimebundle_()) == {"text/html", "text/plain"}


async def test_close_all_and_old_views_that_nobody_looks_at() -> None:
    views = [Ticker() for _ in range(registry.KEPT + 3)]
    seen = views[0]
    page(seen, 1)
    await until(lambda: seen.open == 1)
    for view in views[1:]:
        show(view)
    assert [view.phase.word for view in views[:3]] == ["live", "closed", "idle"]
    close_all()
    assert {view.phase.word for view in views} == {"closed"}
    await until(lambda: seen.open == 0)


# Faces


async def test_a_cell_gets_the_widget_and_what_a_saved_notebook_shows() -> None:
    view = Ticker()
    bundle = view._repr_mimebundle_()
    assert bundle["application/vnd.jupyter.widget-view+json"]["model_id"] == view.root.model_id  # type: ignore[attr-defined]
    assert "&lt;tick&gt;" in bundle["text/html"]
    assert "A snapshot of" in bundle["text/html"]
    assert bundle["text/plain"].startswith("<tick>")
    assert set(view._repr_mimebundle_(include=["text/plain"])) == {"text/plain"}


async def test_a_repr_never_raises(monkeypatch: pytest.MonkeyPatch) -> None:
    view = Ticker()
    monkeypatch.setattr(view, "snapshot", lambda: 1 / 0)
    assert view._repr_mimebundle_() == {"text/plain": "<Ticker idle>"}


def test_without_a_loop_there_is_text_and_a_hint(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Ticker, "__init__", lambda self: View.__init__(self))
    view = Ticker()
    bundle = view._repr_mimebundle_()
    assert set(bundle) == {"text/html", "text/plain"}
    assert "live in a running notebook only" in bundle["text/plain"]
    view.close()
    with pytest.raises(WrongLoop, match="running asyncio event loop"):
        view.pause()


def test_under_trio_there_is_a_sentence() -> None:
    async def main() -> None:
        with pytest.raises(WrongLoop, match="need asyncio"):
            Ticker()
        with pytest.raises(WrongLoop, match="nursery"):
            _ = pydock.Docker("unix:///nowhere.sock").spawn(anyio.sleep(1))

    anyio.run(main, backend="trio")


async def test_without_ipywidgets_there_is_no_widget_and_a_hint(monkeypatch: pytest.MonkeyPatch) -> None:
    class Plain(View):
        def snapshot(self) -> tuple[Html, str]:
            return Html("x"), "x"

    monkeypatch.setitem(sys.modules, "ipywidgets", None)
    view = Plain()
    assert set(view._repr_mimebundle_()) == {"text/html", "text/plain"}
    with pytest.raises(MissingExtra, match=r"pip install 'pydock-engine\[jupyter\]'"):
        view.root  # noqa: B018


# Callbacks


async def test_a_callback_from_another_thread_runs_at_home() -> None:
    view = Ticker()
    button = pieces.button("Press")
    heard: list[tuple[asyncio.AbstractEventLoop, int]] = []

    async def press() -> None:
        await anyio.lowlevel.checkpoint()  # anyio works: it is in a task
        heard.append((asyncio.get_running_loop(), threading.get_ident()))

    view.on(button, press)
    untyped: Any = button
    elsewhere(untyped.click)
    await until(lambda: len(heard) == 1)
    assert heard == [(asyncio.get_running_loop(), threading.get_ident())]


async def test_a_button_that_works_is_not_heard_and_a_value_is_heard_again() -> None:
    view = Ticker()
    button, text = pieces.button("Press"), pieces.text("Find")
    go = asyncio.Event()
    heard: list[str] = []

    async def press() -> None:
        heard.append("press")
        await go.wait()

    async def type_() -> None:
        heard.append(text.value)
        await go.wait()

    view.on(button, press)
    view.on(text, type_)
    untyped: Any = button
    for _ in range(3):
        untyped.click()
    for value in ("a", "ab", "abc"):
        text.value = value
    await until(lambda: len(heard) == 2)
    go.set()
    await until(lambda: len(heard) == 3)
    await anyio.sleep(0.02)
    assert heard[0] == "press"
    assert heard[-1] == "abc"


async def test_an_error_of_a_callback_is_shown() -> None:
    view = Ticker()
    show(view)
    button = pieces.button("Press")

    def press() -> None:
        raise Unreachable("<gone>")

    view.on(button, press)
    untyped: Any = button
    untyped.click()
    await until(lambda: "&lt;gone&gt;" in alert_shown(view))
    assert 'role="alert"' in alert_shown(view)
    assert view._alert is not None
    assert view._alert.layout.display is None


def test_a_home_whose_loop_is_closed_is_left_alone() -> None:
    loop = asyncio.new_event_loop()
    loop.close()
    Home(loop).call(lambda: pytest.fail("there is no loop"))


# Lists


@pytest.mark.parametrize("make", [pieces.select, pieces.choices])
async def test_assigning_options_is_heard_by_nobody(make: Callable[[str], Any]) -> None:
    view = Ticker()
    select = make("Containers")
    several = make is pieces.choices
    heard: list[object] = []
    view.on(select, lambda: heard.append(select.value))
    pieces.assign_options(select, [("one", "1"), ("two", "2")], "2")
    assert select.value == (("2",) if several else "2")
    pieces.assign_options(select, [("zero", "0"), ("one", "1"), ("two, up 3 s", "2")], select.value)
    assert select.value == (("2",) if several else "2")
    pieces.assign_options(select, [("zero", "0")], select.value)
    assert select.value == (() if several else None)
    await anyio.sleep(0.02)
    assert heard == []
    select.index = (0,) if several else 0  # a person
    await until(lambda: len(heard) == 1)


async def test_assigning_options_is_one_message() -> None:
    select: Any = pieces.select("Containers")
    sent: list[Any] = []
    select.comm.send = lambda data, buffers: sent.append(data["state"])
    pieces.assign_options(select, [("one", "1"), ("two", "2")], "2")
    pieces.assign_options(select, [("one", "1"), ("two", "2")], "2")
    assert sent == [{"_options_labels": ("one", "two"), "index": 1}]


# Painting


async def test_a_renderer_paints_seldom_and_the_last_state_for_sure() -> None:
    painted: list[int] = []
    state = 0
    renderer = Renderer(20, lambda: painted.append(state))
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(renderer.run)
        await anyio.lowlevel.checkpoint()
        for state in range(1, 200):  # noqa: B007 - the painter reads it
            renderer.mark()
            await anyio.sleep(0.001)
        await until(lambda: painted[-1] == 199)
        assert len(painted) < 30
        state = 200
        renderer.mark()
        tasks.cancel_scope.cancel()
    assert painted[-1] == 200
    state = 201
    renderer.mark()
    assert painted[-1] == 201  # a paused view still answers its filter


async def test_what_has_not_changed_is_not_sent_and_too_much_is_not_either() -> None:
    box = pieces.html()
    assert assign(box, Html("a"))
    assert not assign(box, Html("a"))
    assert assign(box, Html("ä" * CAP))
    assert len(box.value.encode()) < 200
    assert "Too much" in box.value


def test_parts_are_fitted_at_either_end() -> None:
    parts = [Html(f"<i>{number}</i>") for number in range(100)]
    assert fit(parts, room=30) == ("<i>0</i><i>1</i><i>2</i>", 97)
    assert fit(parts, keep="last", room=30) == ("<i>97</i><i>98</i><i>99</i>", 97)
    assert fit(["<b>"], room=30) == ("&lt;b&gt;", 0)  # type: ignore[list-item]


# Actions


async def test_remove_asks_twice_and_forgets() -> None:
    view = Ticker()
    done: list[str] = []

    async def remove() -> None:
        done.append("removed")

    name = "demo-web"
    action = Action("Remove", remove, code="await container.remove()", confirm=True)
    button = ActionButton(view, action, lambda: name, asked_for=0.05)
    untyped: Any = button.button
    assert untyped.tooltip == "Remove demo-web · await container.remove()"
    untyped.click()
    await until(lambda: untyped.description == "Really remove demo-web?")
    await until(lambda: untyped.description == "Remove")
    untyped.click()
    await until(lambda: untyped.description == "Really remove demo-web?")
    name = "demo-api"  # another one was selected meanwhile
    button.update()
    untyped.click()
    await until(lambda: untyped.description == "Really remove demo-api?")
    assert done == []
    untyped.click()
    await until(lambda: done == ["removed"])


async def test_a_button_keeps_its_focus_while_it_works() -> None:
    view = Ticker()
    go = asyncio.Event()
    button: Any = ActionButton(view, Action("Stop", go.wait, busy="Stopping…"), lambda: "web").button
    button.click()
    await until(lambda: button.description == "Stopping…")
    assert not button.disabled
    go.set()
    await until(lambda: button.description == "Stop")


async def test_a_readonly_view_has_no_buttons() -> None:
    action = Action("Stop", asyncio.Event().wait)
    assert ActionBar(Ticker(readonly=True), [action], lambda: "web").box.children == ()
    assert len(ActionBar(Ticker(), [action], lambda: "web").box.children) == 1


# Jobs and sub-streams


class Work(Job):
    def __init__(self) -> None:
        super().__init__(timing=FAST)
        self.go = asyncio.Event()
        self.running = 0

    def build(self) -> list[Widget]:
        return []

    async def live(self, tasks: TaskGroup) -> None:
        self.running += 1
        try:
            self.connected()
            await self.go.wait()
        finally:
            self.running -= 1

    def snapshot(self) -> tuple[Html, str]:
        return Html("work"), "work"


async def test_a_job_does_not_need_to_be_looked_at() -> None:
    job = Work()
    job._repr_mimebundle_()
    await until(lambda: job.running == 1)
    page(job, 1)
    page(job, 0)
    await anyio.sleep(0.15)
    assert job.running == 1
    job.go.set()
    await job.wait()
    assert job.phase.word == "ended"


async def test_a_job_is_cancelled() -> None:
    job = Work()
    job.start()
    await until(lambda: job.running == 1)
    elsewhere(job.cancel)
    await until(lambda: job.running == 0)
    assert job.phase.word == "cancelled"
    job.start()
    await anyio.sleep(0.02)
    assert job.running == 0


async def test_one_sub_stream_at_a_time() -> None:
    running: list[str] = []
    problems: list[Exception] = []

    def stream(name: str) -> Callable[[], Any]:
        async def run() -> None:
            running.append(name)
            try:
                await anyio.sleep_forever()
            finally:
                running.remove(name)

        return run

    async def fail() -> None:
        raise ContainerNotFound("gone", status=404, method="GET", path="/x")

    async with anyio.create_task_group() as tasks:
        slot = Slot(tasks, problems.append)
        for name in ("a", "b", "c"):
            slot.switch(stream(name))
            await anyio.lowlevel.checkpoint()
        await until(lambda: running == ["c"])
        slot.switch(fail)
        await until(lambda: len(problems) == 1)
        assert running == []
        tasks.cancel_scope.cancel()


# The hub


class Daemon(httpx.AsyncBaseTransport):
    """Answers with events that a test says, until it cuts the line."""

    def __init__(self) -> None:
        self.lines: list[asyncio.Queue[bytes | None]] = []
        self.requests: list[str] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request.url.path)
        if request.url.path.endswith("/events"):
            return httpx.Response(200, stream=_Line(self))
        return httpx.Response(
            200, headers={"Api-Version": "1.44"}, json={"SystemTime": "2026-01-01T00:00:00Z", "ApiVersion": "1.44"}
        )

    def say(self, kind: str, action: str) -> None:
        event = {"Type": kind, "Action": action, "Actor": {"ID": "x"}, "timeNano": len(self.requests)}
        for line in self.lines:
            line.put_nowait(json.dumps(event).encode() + b"\n")

    def cut(self) -> None:
        for line in self.lines:
            line.put_nowait(None)


class _Line(httpx.AsyncByteStream):
    def __init__(self, daemon: Daemon) -> None:
        self._daemon = daemon
        self._queue: asyncio.Queue[bytes | None] = asyncio.Queue()
        daemon.lines.append(self._queue)

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while (data := await self._queue.get()) is not None:
            yield data

    async def aclose(self) -> None:
        if self._queue in self._daemon.lines:
            self._daemon.lines.remove(self._queue)


@pytest.fixture
def daemon() -> Daemon:
    return Daemon()


@pytest.fixture
def docker(daemon: Daemon) -> pydock.Docker:
    return pydock.Docker(transport=daemon)


async def test_all_views_share_one_stream_of_events(daemon: Daemon, docker: pydock.Docker) -> None:
    hub = Hub.of(docker.api)
    assert Hub.of(docker.api) is hub
    async with hub.watch("container") as one:
        async with hub.watch() as other:
            assert len(daemon.lines) == 1
            daemon.say("image", "pull")
            daemon.say("container", "start")
            daemon.say("container", "exec_create: sh")
            await until(lambda: len(other._events) == 2)
            assert [event.action for event in await one.changed()] == ["start"]
            assert [event.action for event in await other.changed()] == ["pull", "start"]
        assert len(daemon.lines) == 1
    await until(lambda: daemon.lines == [])
    assert hub.watchers == 0


async def test_a_storm_is_told_in_pieces_and_silence_is_ended(daemon: Daemon, docker: pydock.Docker) -> None:
    async with Hub.of(docker.api).watch(resync=0.3, apart=0.1) as watch:
        daemon.say("container", "create")
        assert len(await watch.changed()) == 1
        for _ in range(50):
            daemon.say("container", "start")
        started = anyio.current_time()
        assert len(await watch.changed()) == 50
        assert anyio.current_time() - started > 0.08
        assert await watch.changed() == []
        watch.nudge()
        assert await watch.changed() == []


async def test_a_stream_that_breaks_is_known_to_all_and_opened_again(daemon: Daemon, docker: pydock.Docker) -> None:
    hub = Hub.of(docker.api)
    async with hub.watch() as one, hub.watch() as other:
        daemon.cut()
        for watch in (one, other):
            with pytest.raises(StreamInterrupted):
                await watch.changed()
    assert daemon.lines == []
    async with hub.watch():
        assert len(daemon.lines) == 1
    assert daemon.lines == []


async def test_a_stream_that_cannot_be_opened_is_nobodys() -> None:
    docker = pydock.Docker("unix:///nowhere/docker.sock")
    hub = Hub.of(docker.api)
    with pytest.raises(Unreachable):
        async with hub.watch():
            pytest.fail("there is no daemon")
    assert hub.watchers == 0


async def test_who_leaves_while_it_opens_leaves_nothing(daemon: Daemon, docker: pydock.Docker) -> None:
    with anyio.move_on_after(0):
        async with Hub.of(docker.api).watch():
            pytest.fail("it was cancelled before")
    await anyio.sleep(0.02)
    assert daemon.lines == []
    assert Hub.of(docker.api).watchers == 0


# docker.spawn


@pytest.fixture
def logged(caplog: pytest.LogCaptureFixture) -> Iterator[pytest.LogCaptureFixture]:
    with caplog.at_level("ERROR", logger="pydock"):
        yield caplog


async def test_spawn_runs_at_home_from_any_thread() -> None:
    docker = pydock.Docker("unix:///nowhere.sock")
    loops: list[object] = []

    async def work() -> int:
        loops.append(asyncio.get_running_loop())
        return 7

    spawned: list[Any] = []
    elsewhere(lambda: spawned.append(docker.spawn(work())))
    assert await spawned[0] == 7
    assert loops == [asyncio.get_running_loop()]
    assert spawned[0].done


async def test_what_is_spawned_fails_aloud_or_to_its_waiter(logged: pytest.LogCaptureFixture) -> None:
    docker = pydock.Docker("unix:///nowhere.sock")

    async def work() -> None:
        raise ValueError("broken")

    with pytest.raises(ValueError, match="broken"):
        await docker.spawn(work())
    assert logged.records == []
    forgotten = docker.spawn(work())
    await until(lambda: forgotten.done)
    assert "broken" in logged.text


async def test_what_is_spawned_can_be_cancelled_at_once() -> None:
    docker = pydock.Docker("unix:///nowhere.sock")
    spawned = docker.spawn(anyio.sleep_forever())
    spawned.cancel()
    await until(lambda: spawned.done)
    with pytest.raises(asyncio.CancelledError):
        await spawned


async def test_who_stops_waiting_does_not_stop_it() -> None:
    docker = pydock.Docker("unix:///nowhere.sock")
    go = asyncio.Event()
    spawned = docker.spawn(go.wait())
    with anyio.move_on_after(0.01):
        await spawned
    go.set()
    assert await spawned is True


def test_spawn_without_a_loop_says_so() -> None:
    with pytest.raises(WrongLoop, match="running asyncio event loop"):
        _ = pydock.Docker("unix:///nowhere.sock").spawn(anyio.sleep(1))
