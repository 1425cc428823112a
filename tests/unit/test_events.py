"""EventStream over a scripted daemon: ends, cuts, repetitions, markers."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, cast

import anyio
import pytest

import pydock
from pydock.api import API
from pydock.api._base import JSON
from pydock.models.event_data import Event
from pydock.models.events import EventStream, Reconnected

NOW = "2026-11-25T12:00:00.5Z"
NOW_TEXT = "1795608000.500000000"
BASE = 1_795_608_001 * 10**9


def happened(number: int, at: int | None = None) -> bytes:
    nano = BASE + number * 10**6 if at is None else at
    return json.dumps({"Type": "container", "Action": f"a{number}", "timeNano": nano}).encode()


class Connection:
    """What one answer to GET /events brings; its last item may be an error."""

    def __init__(self, script: list[bytes | Exception] | Exception) -> None:
        self.script = script

    async def open(self) -> None:
        if isinstance(self.script, Exception):
            raise self.script

    def __aiter__(self) -> Connection:
        return self

    async def __anext__(self) -> bytes:
        assert isinstance(self.script, list)
        if not self.script:
            raise StopAsyncIteration
        item = self.script.pop(0)
        if isinstance(item, Exception):
            raise item
        return item

    async def aclose(self) -> None:
        self.script = []


class Daemon:
    """Answers with the scripts in turn; what it was asked is in `asked`."""

    def __init__(self, *scripts: list[bytes | Exception] | Exception, now: str = NOW) -> None:
        self.scripts = list(scripts)
        self.asked: list[dict[str, Any]] = []
        self.now = now
        self.system = self

    def events(self, **query: Any) -> Connection:
        self.asked.append(query)
        return Connection(self.scripts.pop(0))

    async def info(self) -> JSON:
        return JSON(json.dumps({"SystemTime": self.now}).encode())

    def stream(self, **options: Any) -> EventStream[Event | Reconnected]:
        return EventStream(cast("API", self), **options)


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    pauses: list[float] = []

    async def pause(seconds: float) -> None:
        pauses.append(seconds)
        await anyio.lowlevel.checkpoint()

    monkeypatch.setattr("pydock.models.events.anyio.sleep", pause)
    return pauses


async def actions(stream: EventStream[Event | Reconnected], count: int) -> list[str]:
    return [item.action if isinstance(item, Event) else "-" for item in [await anext(stream) for _ in range(count)]]


async def test_from_now_on_is_the_daemons_now() -> None:
    daemon = Daemon([happened(1)])
    async with daemon.stream() as stream:
        assert await actions(stream, 1) == ["a1"]
    assert daemon.asked[0]["since"] == NOW_TEXT


async def test_polite_end_without_until_is_an_interruption() -> None:
    stream = Daemon([happened(1)]).stream()
    assert await actions(stream, 1) == ["a1"]
    with pytest.raises(pydock.StreamInterrupted):
        await anext(stream)
    with pytest.raises(StopAsyncIteration):
        await anext(stream)


async def test_until_that_has_come_ends() -> None:
    daemon = Daemon([happened(1)])
    found = [item async for item in daemon.stream(since=0, until=NOW)]
    assert [cast("Event", item).action for item in found] == ["a1"]


async def test_until_still_to_come_does_not_end() -> None:
    stream = Daemon([happened(1)]).stream(since=0, until="2026-11-25T13:00:00Z")
    assert await actions(stream, 1) == ["a1"]
    with pytest.raises(pydock.StreamInterrupted):
        await anext(stream)


CUT = pydock.StreamInterrupted("cut")
GONE = pydock.ConnectionRefused("down")


@pytest.mark.row(29)
async def test_resumes_without_loss_or_double(impatient: list[float]) -> None:
    daemon = Daemon(
        [happened(1), happened(2), CUT],
        GONE,
        GONE,
        [happened(1), happened(2), happened(3), happened(4), CUT],
        [happened(1), happened(2), happened(3), happened(4), happened(5)],
    )
    stream = daemon.stream(reconnect=True)
    assert await actions(stream, 7) == ["a1", "a2", "-", "a3", "a4", "-", "a5"]
    assert impatient == [0.2, 0.4, 0.8, 0.2]
    await stream.aclose()


async def test_marker_tells_how_it_was(impatient: list[float]) -> None:
    stream = Daemon([happened(1), CUT], GONE, [happened(1), happened(2)]).stream(reconnect=True)
    await anext(stream)
    marker = await anext(stream)
    assert isinstance(marker, Reconnected)
    assert (marker.attempts, marker.reason) == (2, CUT)
    await stream.aclose()


async def test_events_of_one_moment_in_any_order(impatient: list[float]) -> None:
    """An event that was written down late has an older time than the newest that was seen: it is asked for, too."""
    early, late = happened(2, BASE), happened(1, BASE + 5)
    daemon = Daemon([late, CUT], [late, early])
    stream = daemon.stream(reconnect=True)
    assert await actions(stream, 3) == ["a1", "-", "a2"]
    assert float(daemon.asked[1]["since"]) < BASE / 10**9
    await stream.aclose()


async def test_cut_before_the_first_event_loses_nothing(impatient: list[float]) -> None:
    daemon = Daemon([CUT], [happened(1)])
    stream = daemon.stream(reconnect=True)
    assert await actions(stream, 2) == ["-", "a1"]
    assert [query["since"] for query in daemon.asked] == [NOW_TEXT, NOW_TEXT]
    await stream.aclose()


@pytest.mark.parametrize("error", [GONE, pydock.BadRequest("no", status=400, method="GET", path="/events")])
async def test_first_connection_is_not_tried_again(error: Exception) -> None:
    with pytest.raises(type(error)):
        await Daemon(error).stream(reconnect=True).open()


async def test_what_does_not_pass_is_raised(impatient: list[float]) -> None:
    stream = Daemon([CUT], pydock.PermissionDenied("no")).stream(reconnect=True)
    with pytest.raises(pydock.PermissionDenied):
        await anext(stream)


async def test_pause_grows_to_five_seconds(impatient: list[float]) -> None:
    stream = Daemon([CUT], *[GONE] * 7, [happened(1)]).stream(reconnect=True)
    await anext(stream)
    assert impatient == [0.2, 0.4, 0.8, 1.6, 3.2, 5.0, 5.0, 5.0]
    await stream.aclose()


@pytest.mark.parametrize(
    "make",
    [
        lambda daemon: daemon.stream(since="yesterday"),
        lambda daemon: daemon.stream(until=5),
        lambda daemon: daemon.stream(since="2026-11-25T13:00:00Z", until=NOW),
    ],
)
def test_bad_times_are_refused_before_anything_is_sent(make: Callable[[Daemon], object]) -> None:
    with pytest.raises(pydock.InvalidArgument):
        make(Daemon())


async def test_closed_stream_is_over() -> None:
    stream = Daemon([happened(1)]).stream()
    await stream.aclose()
    await stream.aclose()
    assert [item async for item in stream] == []
    with pytest.raises(pydock.InvalidArgument):
        await stream.open()
