"""The log behind a live view: followed in whole batches, kept raw up to a limit, and gone on with after interruptions.

Danger: twenty thousand lines a second are common, so they are counted, and split only where somebody looks; and what
is told again after an interruption must not appear twice.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from itertools import islice

import anyio

from pydock.models.containers import ContainerRef
from pydock.models.logs import Logs
from pydock.models.units import Moment, unix_time
from pydock.transport.frames import Frame, Line, LineDecoder, lines_of, split_timestamp
from pydock.transport.streams import FrameStream

__all__ = ["KEPT", "LogSource"]

KEPT = 50_000
"""How many lines are kept for searching and for the next cell."""
_BYTES = 32_000_000
"""And how many bytes of them."""
_TOGETHER = 240
"""Lines to read at once: waking up costs more than they do. A unix socket holds 278, and then the daemon waits."""
_SHORTEST, _LONGEST = 0.001, 0.02
"""Seconds to wait for so many."""
_LATELY = timedelta(milliseconds=250)
"""The two streams are stamped before they are written, so a log is out of order by moments."""


class LogSource:
    """The last lines of a container's log, with the daemon's timestamps, in blocks of as many as came together."""

    def __init__(self, ref: ContainerRef, *, tail: int | None, since: Moment | None) -> None:
        self.ref = ref
        self.ask(tail=tail, since=since)

    def ask(self, *, tail: int | None, since: Moment | None) -> None:
        """Forget all, and begin there."""
        if since is not None:
            unix_time(since)  # what is no time is refused here, not in a task
        self._tail, self._since = tail, since
        self._blocks: deque[Frame] = deque()
        self._count = 0
        self.total: int = 0
        """How many lines came, also those that are not kept any more."""
        self._size = 0
        self._floor: datetime | None = None
        self._newest: datetime | None = None
        self._again: Counter[Line] | None = None

    @property
    def lines(self) -> Logs:
        """What is kept."""
        return Logs(reversed([*self.newest()]), timestamps=True)

    @property
    def kept(self) -> int:
        """How many lines are kept."""
        return min(self._count, KEPT)

    def newest(self) -> Iterator[Line]:
        """Return what is kept, the last line first; they are split as they are asked for."""
        return islice((line for block in reversed(self._blocks) for line in reversed(lines_of(block))), KEPT)

    async def follow(self, heard: Callable[[Sequence[Frame]], object]) -> None:
        """Read until the log ends; once interrupted it goes on where it was. `heard` gets blocks of new lines."""
        decoder = LineDecoder()
        pause = _LONGEST
        try:
            async with self._open() as stream:
                async for frames in stream.batches():
                    before = self.total
                    heard(self._take(decoder.blocks(frames)))
                    pause *= _TOGETHER / max(self.total - before, 1)
                    pause = min(max(pause, _SHORTEST), _LONGEST)
                    await anyio.sleep(pause)
            heard(self._take([_block(line) for line in decoder.close()]))
        finally:
            self._remember()

    def _open(self) -> FrameStream:
        start, count = (self._since, self._tail) if self._floor is None else (self._floor, None)
        return self.ref.api.containers.logs(
            self.ref.id,
            stdout=True,
            stderr=True,
            tail=KEPT if count is None else count,
            since=None if start is None else unix_time(start),
            timestamps=True,
            follow=True,
        )

    def _take(self, blocks: list[Frame]) -> list[Frame]:
        if self._again is not None:
            blocks = [_block(line) for block in blocks for line in lines_of(block) if self._is_new(line)]
        self._blocks.extend(blocks)
        count = sum(block.data.count(b"\n") for block in blocks)
        self.total += count
        self._count += count
        self._size += sum(len(block.data) for block in blocks)
        self._make_room()
        return blocks

    def _make_room(self) -> None:
        """Drop the oldest blocks that are beyond the limits."""
        while len(self._blocks) > 1:
            oldest = self._blocks[0].data
            count = oldest.count(b"\n")
            if self._size <= _BYTES and self._count - count < KEPT:
                break
            self._blocks.popleft()
            self._count -= count
            self._size -= len(oldest)

    def _remember(self) -> None:
        """Take note of the last moments, which will be told again."""
        lately: list[tuple[datetime, Line]] = []
        for line in self.newest():
            stamp = stamp_of(line)
            if stamp is None or (lately and stamp < lately[0][0] - 2 * _LATELY):
                break
            lately.append((stamp, line))
        if lately:
            self._newest = max(stamp for stamp, _ in lately)
            self._floor = floor = self._newest - _LATELY
            self._again = Counter(line for stamp, line in lately if stamp >= floor)

    def _is_new(self, line: Line) -> bool:
        """Tell whether it was not heard before the interruption."""
        stamp = stamp_of(line)
        if stamp is None or self._again is None or self._floor is None or self._newest is None:
            return True
        if stamp < self._floor:  # some engines know whole seconds only
            return False
        if self._again[line] > 0:
            self._again[line] -= 1
            return False
        if stamp > self._newest + _LATELY:
            self._again = None
        return True


def _block(line: Line) -> Frame:
    return Frame(line.stream, line.data + b"\n")


def stamp_of(line: Line) -> datetime | None:
    """Return when the daemon got it."""
    stamp, _ = split_timestamp(line.data[:80])
    return None if stamp is None else datetime.fromisoformat(stamp.decode())
