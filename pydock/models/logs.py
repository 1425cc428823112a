"""What containers print: pieces, lines and whole logs.

Danger: the order of stdout and stderr is not guaranteed by the daemon, and a piece may end within a
character; lines are whole and decoded.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from types import TracebackType
from typing import Any, Literal, NamedTuple, Self, overload

import anyio

from pydock.display.mixin import Displayed
from pydock.errors import StreamInterrupted
from pydock.transport.frames import Frame, Line, LineDecoder, split_timestamp
from pydock.transport.streams import FrameStream

__all__ = ["Chunk", "LogLine", "LogStream", "Logs", "StreamName", "chunk_of", "collect_logs"]

StreamName = Literal["stdin", "stdout", "stderr"]
_NAMES: tuple[StreamName, StreamName, StreamName] = ("stdin", "stdout", "stderr")


class Chunk(NamedTuple):
    """A piece of output as it came; it may end in the middle of a line or of a character."""

    stream: StreamName
    data: bytes


def chunk_of(frame: Frame) -> Chunk:
    """Name the stream of a frame."""
    return Chunk(_NAMES[frame.stream], frame.data)


class _LogLine(NamedTuple):
    stream: StreamName
    timestamp: datetime | None
    """When the daemon got it; None when timestamps were not asked for."""
    data: bytes
    raw_timestamp: str = ""
    """The timestamp with its nine digits, as `since=` takes it."""


class LogLine(_LogLine, Displayed):
    """A whole line of a log, without its line break. `str(line)` is its text."""

    __slots__ = ()

    __display__ = "log_line"

    @property
    def text(self) -> str:
        """The line as text; what is no UTF-8 becomes U+FFFD."""
        return self.data.decode("utf-8", "replace")

    def __str__(self) -> str:
        return self.text


# Half the time of `LogLine(…)`, and logs have many lines.
_new: Callable[[Any, tuple[object, ...]], Any] = tuple.__new__  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]


def _unstamped(stream: int, data: bytes) -> LogLine:
    line: LogLine = _new(LogLine, (_NAMES[stream], None, data, ""))
    return line


def _stamped(stream: int, data: bytes) -> LogLine:
    stamp, rest = split_timestamp(data)
    if stamp is None:
        return _unstamped(stream, rest)
    raw = stamp.decode()
    return LogLine(_NAMES[stream], datetime.fromisoformat(raw), rest, raw)


class Logs(Displayed, Sequence[LogLine]):
    """A log that has been read: a sequence of lines; `str(logs)` is the text, `.stdout` and `.stderr` the bytes.

    It keeps bytes; each `LogLine` is made when it is looked at.
    """

    __display__ = "logs"

    def __init__(self, lines: Iterable[Line] = (), *, timestamps: bool) -> None:
        self._timestamps = timestamps
        self._streams = bytearray()  # beside the bytes, not with them in a tuple: nothing here costs the collector time
        self._data: list[bytes] = []
        self.extend(lines)

    def extend(self, lines: Iterable[Line]) -> None:
        """Append lines as the daemon sends them."""
        for stream, data in lines:
            self._streams.append(stream)
            self._data.append(data)

    def __len__(self) -> int:
        return len(self._data)

    def __iter__(self) -> Iterator[LogLine]:
        make = _stamped if self._timestamps else _unstamped
        return map(make, self._streams, self._data)

    @overload
    def __getitem__(self, index: int) -> LogLine: ...
    @overload
    def __getitem__(self, index: slice) -> Logs: ...
    def __getitem__(self, index: int | slice) -> LogLine | Logs:
        if isinstance(index, slice):
            return Logs(map(Line, self._streams[index], self._data[index]), timestamps=self._timestamps)
        make = _stamped if self._timestamps else _unstamped
        return make(self._streams[index], self._data[index])

    def __str__(self) -> str:
        return "\n".join(line.text for line in self)

    def __repr__(self) -> str:
        return f"<Logs: {len(self)} lines>"

    @property
    def stdout(self) -> bytes:
        """The lines of stdout as bytes, each with a line break."""
        return self._bytes("stdout")

    @property
    def stderr(self) -> bytes:
        """The lines of stderr as bytes, each with a line break."""
        return self._bytes("stderr")

    def _bytes(self, name: StreamName) -> bytes:
        return b"".join(line.data + b"\n" for line in self if line.stream == name)


async def collect_logs(stream: FrameStream, *, timestamps: bool) -> Logs:
    """Read a log to its end."""
    decoder = LineDecoder()
    logs = Logs(timestamps=timestamps)
    async with stream:
        async for frames in stream.batches():
            logs.extend(decoder.feed_all(frames))
    logs.extend(decoder.close())
    return logs


class LogStream:
    """A log that is followed: `async for line in container.follow_logs()`. It ends when the container does.

    A cut connection raises `StreamInterrupted`; with `resume=True` the log goes on where it was, without doubles.
    """

    def __init__(
        self, opener: Callable[[datetime | None], FrameStream], *, timestamps: bool = True, resume: bool = False
    ) -> None:
        self._opener = opener
        self._timestamps = timestamps
        self._memory = _Memory() if resume else None
        self._stream: FrameStream | None = None
        self._iterator: AsyncIterator[list[Frame]]
        self._decoder = LineDecoder()
        self._ready: deque[LogLine] = deque()
        self._ended = False

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> LogLine:
        while not self._ready:
            if self._ended:
                raise StopAsyncIteration
            await self._more()
        return self._ready.popleft()

    async def _more(self) -> None:
        try:
            frames = await self._next_batch()
        except StreamInterrupted:
            if self._memory is None:
                raise
            await self._close()
            self._decoder = LineDecoder()  # half a line is told again
            self._memory.interrupted()
            await anyio.sleep(0.2)  # the daemon that cut the line may be about to restart
            return
        if frames is None:
            self._ended = True
            self._take(self._decoder.close())
        else:
            self._take(self._decoder.feed_all(frames))

    async def _next_batch(self) -> list[Frame] | None:
        if self._stream is None:
            self._stream = self._opener(self._memory.since if self._memory else None)
            self._iterator = self._stream.batches()
        try:
            return await anext(self._iterator)
        except StopAsyncIteration:
            return None

    def _take(self, lines: list[Line]) -> None:
        make = _stamped if self._timestamps else _unstamped
        entries = [make(stream, data) for stream, data in lines]
        self._ready.extend(entries if self._memory is None else filter(self._memory.is_new, entries))

    async def _close(self) -> None:
        stream, self._stream = self._stream, None
        if stream is not None:
            await stream.aclose()

    async def aclose(self) -> None:
        """Stop following."""
        self._ended = True
        await self._close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()


_LATELY = timedelta(milliseconds=250)
"""Two streams are stamped before they are written, so a log is out of order by moments."""


class _Memory:
    """What came lately, to be known again when the log is read from a little earlier after an interruption."""

    def __init__(self) -> None:
        self._newest: datetime | None = None
        self._lately: deque[LogLine] = deque()
        self._again: Counter[LogLine] = Counter()
        self._floor: datetime | None = None

    @property
    def since(self) -> datetime | None:
        """Where to read on; None from the beginning."""
        return self._floor

    def interrupted(self) -> None:
        """Expect to hear the last lines again."""
        self._again = Counter(self._lately)
        self._floor = self._newest and self._newest - _LATELY

    def is_new(self, line: LogLine) -> bool:
        """Tell whether it was not heard before, and remember it."""
        if line.timestamp is None:
            return True
        if self._floor is not None and _before(line, self._floor):  # some engines know whole seconds only
            return False
        if self._again[line] > 0:
            self._again[line] -= 1
            return False
        self._newest = max(line.timestamp, self._newest or line.timestamp)
        self._lately.append(line)
        while self._lately and _before(self._lately[0], self._newest - _LATELY):
            self._lately.popleft()
        return True


def _before(line: LogLine, moment: datetime) -> bool:
    return line.timestamp is not None and line.timestamp < moment
