"""A followed log over cuts: no line is lost, none comes twice, whatever the daemon repeats."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import pytest

from pydock.errors import StreamInterrupted
from pydock.models.logs import LogStream
from pydock.transport.frames import Frame
from pydock.transport.streams import FrameStream

pytestmark = [pytest.mark.anyio, pytest.mark.row(69)]
START = datetime(2026, 11, 25, 10, tzinfo=UTC)


def line(number: int, *, at: float, stream: int = 1) -> Frame:
    stamp = (START + timedelta(seconds=at)).isoformat(timespec="microseconds").replace("+00:00", "000Z")
    return Frame(stream, f"{stamp} line {number}\n".encode())


class Part:
    """What one connection brings; then it is cut, unless it is the last."""

    def __init__(self, frames: list[Frame], *, cut: bool) -> None:
        self.frames = frames
        self.cut = cut

    async def batches(self) -> AsyncIterator[list[Frame]]:
        for frame in self.frames:
            yield [frame]
        if self.cut:
            raise StreamInterrupted("cut")

    async def aclose(self) -> None:
        return


async def follow(log: list[Frame], cuts: list[int], *, coarse: bool = False) -> tuple[list[str], list[Any]]:
    """Follow a log that is cut after so many frames of each connection."""
    asked: list[datetime | None] = []

    def opener(since: datetime | None) -> FrameStream:
        asked.append(since)
        begin = since.replace(microsecond=0) if since and coarse else since
        left = [one for one in log if begin is None or datetime.fromisoformat(one.data.split()[0].decode()) >= begin]
        cut = cuts[len(asked) - 1] if len(asked) <= len(cuts) else None
        return cast("FrameStream", Part(left[:cut], cut=cut is not None))

    async with LogStream(opener, resume=True) as stream:
        return [one.text async for one in stream], asked


def expected(count: int) -> list[str]:
    return [f"line {number}" for number in range(count)]


@pytest.mark.parametrize("coarse", [False, True])
async def test_each_line_once_over_cuts(coarse: bool) -> None:
    log = [line(number, at=number * 0.1) for number in range(30)]
    seen, asked = await follow(log, [7, 9, 3, 5], coarse=coarse)
    assert seen == expected(30)
    assert asked[0] is None
    assert asked[1] == START + timedelta(seconds=0.6 - 0.25)


async def test_lines_of_one_moment_and_lines_that_are_the_same() -> None:
    log = [line(0, at=0), line(1, at=0), line(0, at=0), line(0, at=0), line(2, at=0, stream=2)]
    for place in range(1, 6):
        assert (await follow(log, [place]))[0] == ["line 0", "line 1", "line 0", "line 0", "line 2"]


async def test_streams_that_are_written_out_of_order() -> None:
    log = [line(0, at=1), line(1, at=1.002), line(2, at=1.001, stream=2), line(3, at=0.999, stream=2), line(4, at=2)]
    for place in range(1, 6):
        assert (await follow(log, [place]))[0] == expected(5)


async def test_half_a_line_is_told_again() -> None:
    whole = line(1, at=1)
    parts: list[list[Frame]] = [[line(0, at=0), Frame(1, whole.data[:40])], [line(0, at=0), whole]]
    turns = iter([Part(parts[0], cut=True), Part(parts[1], cut=False)])
    async with LogStream(lambda _since: cast("FrameStream", next(turns)), resume=True) as stream:
        assert [one.text async for one in stream] == expected(2)


async def test_a_cut_before_the_first_line() -> None:
    assert (await follow([line(0, at=0)], [0, 0]))[0] == expected(1)


async def test_without_resume_a_cut_is_an_error() -> None:
    part = cast("FrameStream", Part([line(0, at=0)], cut=True))
    async with LogStream(lambda _since: part) as stream:
        assert (await anext(stream)).text == "line 0"
        with pytest.raises(StreamInterrupted):
            await anext(stream)
