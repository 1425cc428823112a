"""The log behind a live view: followed in whole batches, kept raw up to a limit, and gone on with after interruptions.

Danger: twenty thousand lines a second are common, so nothing is parsed but what is shown; and what is told again after
an interruption must not appear twice.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

import anyio

from pydock.models.containers import ContainerRef
from pydock.models.logs import Logs
from pydock.models.units import Moment, unix_time
from pydock.transport.frames import Line, LineDecoder, split_timestamp
from pydock.transport.streams import FrameStream

__all__ = ["KEPT", "LogSource"]

KEPT = 50_000
"""How many lines are kept for searching and for the next cell."""
_BYTES = 32_000_000
"""And how many bytes of them."""
_TOGETHER, _MANY = 0.02, 100
"""Seconds to wait for more, unless so many came at once: waking up for each few lines costs more than the lines."""
_LATELY = timedelta(milliseconds=250)
"""The two streams are stamped before they are written, so a log is out of order by moments."""


class LogSource:
    """The last lines of a container's log, with the daemon's timestamps: `.kept`, newest last."""

    def __init__(self, ref: ContainerRef, *, tail: int | None, since: Moment | None) -> None:
        self.ref = ref
        self.ask(tail=tail, since=since)

    def ask(self, *, tail: int | None, since: Moment | None) -> None:
        """Forget all, and begin there."""
        if since is not None:
            unix_time(since)  # what is no time is refused here, not in a task
        self._tail, self._since = tail, since
        self.kept: deque[Line] = deque()
        self.total: int = 0
        """How many lines came, also those that are not kept any more."""
        self._size = 0
        self._floor: datetime | None = None
        self._newest: datetime | None = None
        self._again: Counter[Line] | None = None

    @property
    def lines(self) -> Logs:
        """What is kept."""
        return Logs(self.kept, timestamps=True)

    async def follow(self, heard: Callable[[Sequence[Line]], object]) -> None:
        """Read until the log ends; once interrupted it goes on where it was. `heard` gets what is new."""
        decoder = LineDecoder()
        try:
            async with self._open() as stream:
                async for frames in stream.batches():
                    heard(self._take(decoder.feed_all(frames)))
                    if len(frames) < _MANY:
                        await anyio.sleep(_TOGETHER)
            heard(self._take(decoder.close()))
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

    def _take(self, lines: list[Line]) -> list[Line]:
        fresh = lines if self._again is None else [line for line in lines if self._is_new(line)]
        self.kept.extend(fresh)
        self.total += len(fresh)
        self._size += sum(len(line.data) for line in fresh)
        while len(self.kept) > KEPT or (self._size > _BYTES and len(self.kept) > 1):
            self._size -= len(self.kept.popleft().data)
        return fresh

    def _remember(self) -> None:
        """Take note of the last moments, which will be told again."""
        lately: list[tuple[datetime, Line]] = []
        for line in reversed(self.kept):
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


def stamp_of(line: Line) -> datetime | None:
    """Return when the daemon got it."""
    stamp, _ = split_timestamp(line.data[:80])
    return None if stamp is None else datetime.fromisoformat(stamp.decode())
