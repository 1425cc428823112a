"""The live view of a pull, push or build, without a kernel; and one operation that several await."""

from __future__ import annotations

import json
import sys
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from typing import Any

import anyio
import anyio.lowlevel
import pytest

from pydock.errors import BuildError, PullError, StreamError
from pydock.models.image_outcomes import build_error, fails_with
from pydock.models.progress import Progress, ProgressEvent
from pydock.widgets import registry
from pydock.widgets.progress import ProgressView, painted

WIDGET = "application/vnd.jupyter.widget-view+json"


@pytest.fixture
def anyio_backend() -> str:
    """Live views are asyncio's only."""
    return "asyncio"


@pytest.fixture(autouse=True)
def nothing_stays() -> Iterator[None]:
    yield
    for view in registry.views():
        registry.discard(view)


class Daemon:
    """A stream that says what it is told to."""

    def __init__(self) -> None:
        self.say, self._heard = anyio.create_memory_object_stream[Mapping[str, object]](100)
        self.opened = 0
        self.closed = 0

    async def open(self) -> Any:
        self.opened += 1
        return self

    def __aiter__(self) -> AsyncIterator[object]:
        return self

    async def __anext__(self) -> object:
        try:
            return json.dumps(await self._heard.receive()).encode()
        except anyio.EndOfStream:
            raise StopAsyncIteration from None

    async def aclose(self) -> None:
        self.closed += 1


@pytest.fixture
def daemon() -> Iterator[Daemon]:
    made = Daemon()
    yield made
    made.say.close()
    made._heard.close()


def pull(daemon: Daemon, *, build: bool = False) -> Progress[str]:
    async def finish(_: Sequence[ProgressEvent]) -> str:
        return "the image"

    return Progress(daemon.open, finish, build_error if build else fails_with(PullError), what="Pulling <app>")


def layer(current: int, total: int = 1000, status: str = "Downloading", name: str = "abc") -> Mapping[str, object]:
    return {"id": name, "status": status, "progressDetail": {"current": current, "total": total}}


async def until(condition: Any) -> None:
    with anyio.fail_after(5):
        while not condition():  # noqa: ASYNC110 - there is no event to wait for in what is simulated
            await anyio.sleep(0.005)


def shown(progress: Progress[str]) -> tuple[ProgressView, dict[str, Any]]:
    bundle: dict[str, Any] = progress._repr_mimebundle_()
    view = progress._view
    assert view is not None
    return view, bundle


async def test_a_cell_that_ends_with_it_runs_it(daemon: Daemon) -> None:
    progress = pull(daemon)
    view, bundle = shown(progress)
    assert WIDGET in bundle
    assert "not started" in bundle["text/plain"]
    await daemon.say.send(layer(250))
    await until(lambda: "25%" in view._body.value.replace(" ", "") or 'aria-valuenow="25"' in view._body.value)
    daemon.say.close()
    assert await progress == "the image"
    await view.wait()
    assert view.phase.word == "ended"
    assert "done" in view._phase_box.value if view._phase_box else False
    assert (daemon.opened, daemon.closed) == (1, 1)


async def test_it_is_shown_once_and_then_again(daemon: Daemon) -> None:
    progress = pull(daemon)
    first, bundle = shown(progress)
    again, other = shown(progress)
    assert first is again
    assert bundle[WIDGET] == other[WIDGET]
    daemon.say.close()
    await first.wait()


async def test_what_is_over_needs_no_view(daemon: Daemon) -> None:
    progress = pull(daemon)
    daemon.say.close()
    await progress
    assert WIDGET not in progress._repr_mimebundle_()


async def test_a_cell_that_awaits_it_is_watched(daemon: Daemon) -> None:
    progress = pull(daemon)
    async with anyio.create_task_group() as cell:
        cell.start_soon(progress._complete)
        await until(lambda: progress.running)
        view, _ = shown(progress)
        await daemon.say.send(layer(500))
        await until(lambda: 'aria-valuenow="50"' in view._body.value)
        daemon.say.close()
    await view.wait()
    assert view.phase.word == "ended"
    assert daemon.opened == 1


async def test_a_cell_that_iterates_it_is_watched_and_can_be_cancelled(daemon: Daemon) -> None:
    progress = pull(daemon)
    await daemon.say.send(layer(100))
    await anext(progress)
    view, _ = shown(progress)
    await until(lambda: view.phase.word == "live")
    view.cancel()
    await until(lambda: daemon.closed == 1)
    await view.wait()
    assert view.phase.word == "cancelled"


@pytest.mark.parametrize("awaited", [True, False])
async def test_cancel_stops_the_daemon(daemon: Daemon, *, awaited: bool) -> None:
    progress = pull(daemon)
    failed: list[Exception] = []

    async def cell() -> None:
        try:
            await progress
        except StreamError as error:
            failed.append(error)

    async with anyio.create_task_group() as cells:
        if awaited:
            cells.start_soon(cell)
            await until(lambda: progress.running)
        view, _ = shown(progress)
        await until(lambda: view.phase.word == "live")
        if not awaited:
            cells.start_soon(cell)
        await daemon.say.send(layer(100))
        await until(lambda: len(progress.events) == 1)
        button: Any = view._stop
        button.click()
        await until(lambda: daemon.closed == 1)
    await view.wait()
    assert view.phase.word == "cancelled"
    assert str(failed[0]) == "Pulling <app> was cancelled."
    with pytest.raises(StreamError, match="cancelled"):
        await progress
    assert daemon.opened == 1


async def test_errors_are_shown_with_the_failing_step(daemon: Daemon) -> None:
    progress = pull(daemon, build=True)
    view, _ = shown(progress)
    for text in ("Step 1/2 : FROM <busybox>\n", "Step 2/2 : RUN false\n", "it did <not> work\n"):
        await daemon.say.send({"stream": text})
    await daemon.say.send({"error": "returned a non-zero code: 1", "errorDetail": {"message": "non-zero code: 1"}})
    await view.wait()
    assert view.phase.word == "error"
    assert view._alert is not None
    assert "Step 2/2 : RUN false" in view._alert.value
    assert "it did &lt;not&gt; work" in view._alert.value
    assert "it stopped here" in view._body.value
    assert "<busybox>" not in view._body.value
    with pytest.raises(BuildError):
        await progress


async def test_a_build_shows_its_last_lines(daemon: Daemon) -> None:
    progress = pull(daemon, build=True)
    view, _ = shown(progress)
    await daemon.say.send({"stream": "Step 1/2 : FROM busybox\n"})
    for number in range(50):
        await daemon.say.send({"stream": f"line {number}\n"})
    await until(lambda: "line 49" in view._body.value)
    assert "line 30" not in view._body.value
    assert view._body.value.count('role="progressbar"') == 2
    daemon.say.close()
    await view.wait()


async def test_hundreds_of_layers_fit(daemon: Daemon) -> None:
    progress = pull(daemon)
    for number in range(99):
        await daemon.say.send(layer(1000, status="Pull complete", name=f"done{number}"))
    await daemon.say.send(layer(1, name="last"))
    for _ in range(100):
        await anext(progress)
    html = painted(progress)
    assert "last" in html
    assert "60 more that are done" in html
    assert len(html.encode()) < 28_000
    await progress.aclose()


async def test_several_await_one_operation(daemon: Daemon) -> None:
    progress, results = pull(daemon), list[str]()

    async def cell() -> None:
        results.append(await progress)

    events: list[str] = []

    async def reader() -> None:
        await until(lambda: progress.running)
        events.extend([str(event) async for event in progress])

    async with anyio.create_task_group() as cells:
        cells.start_soon(cell)
        cells.start_soon(cell)
        cells.start_soon(reader)
        await daemon.say.send(layer(1))
        await daemon.say.send(layer(2))
        await until(lambda: len(progress.events) == 2)
        daemon.say.close()
    assert results == ["the image", "the image"]
    assert events == ["abc: Downloading", "abc: Downloading"]
    assert daemon.opened == 1


async def test_who_waits_with_others_may_leave(daemon: Daemon) -> None:
    progress = pull(daemon)
    async with anyio.create_task_group() as cells:
        cells.start_soon(progress._complete)
        await until(lambda: progress.running)
        with anyio.move_on_after(0.01):
            await progress
        assert progress.running
        daemon.say.close()
    assert progress.done


async def test_without_ipywidgets_it_shows_what_is_known(daemon: Daemon, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ipywidgets", None)
    bundle = pull(daemon)._repr_mimebundle_()
    assert set(bundle) == {"text/plain", "text/html"}
    await anyio.lowlevel.checkpoint()
    assert daemon.opened == 0


async def test_who_wants_no_widget_starts_nothing(daemon: Daemon) -> None:
    assert set(pull(daemon)._repr_mimebundle_(include=["text/plain"])) == {"text/plain"}
    await anyio.lowlevel.checkpoint()
    assert daemon.opened == 0


def test_without_a_loop_and_in_trio_it_shows_what_is_known() -> None:
    seen: list[set[str]] = []

    async def cell() -> None:
        made = Daemon()
        seen.append(set(pull(made)._repr_mimebundle_()))
        made.say.close()
        made._heard.close()

    anyio.run(cell, backend="trio")
    made = Daemon()
    seen.append(set(pull(made)._repr_mimebundle_()))
    made.say.close()
    made._heard.close()
    assert seen == [{"text/plain", "text/html"}] * 2
