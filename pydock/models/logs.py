"""What containers print: pieces, lines and whole logs.

Danger: the order of stdout and stderr is not guaranteed by the daemon, and a piece may end within a
character; lines are whole and decoded.
"""

from __future__ import annotations

import functools
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import TracebackType
from typing import Literal, NamedTuple, Self, overload

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


@dataclass(frozen=True, slots=True)
class LogLine(Displayed):
    """A whole line of a log, without its line break. `str(line)` is its text."""

    __display__ = "log_line"

    stream: StreamName
    timestamp: datetime | None
    """When the daemon got it; None when timestamps were not asked for."""
    data: bytes
    raw_timestamp: str = ""
    """The timestamp with its nine digits, as `since=` takes it."""

    @property
    def text(self) -> str:
        """The line as text; what is no UTF-8 becomes U+FFFD."""
        return self.data.decode("utf-8", "replace")

    def __str__(self) -> str:
        return self.text


def _log_line(line: Line, *, timestamps: bool) -> LogLine:
    if not timestamps:
        return LogLine(_NAMES[line.stream], None, line.data)
    stamp, rest = split_timestamp(line.data)
    if stamp is None:
        return LogLine(_NAMES[line.stream], None, rest)
    raw = stamp.decode()
    return LogLine(_NAMES[line.stream], datetime.fromisoformat(raw), rest, raw)


class Logs(Displayed, Sequence[LogLine]):
    """A log that has been read: a sequence of lines; `str(logs)` is the text, `.stdout` and `.stderr` the bytes."""

    __display__ = "logs"

    def __init__(self, lines: Iterable[LogLine]) -> None:
        self._lines = list(lines)

    def __len__(self) -> int:
        return len(self._lines)

    def __iter__(self) -> Iterator[LogLine]:
        return iter(self._lines)

    @overload
    def __getitem__(self, index: int) -> LogLine: ...
    @overload
    def __getitem__(self, index: slice) -> Logs: ...
    def __getitem__(self, index: int | slice) -> LogLine | Logs:
        return Logs(self._lines[index]) if isinstance(index, slice) else self._lines[index]

    def __str__(self) -> str:
        return "\n".join(line.text for line in self._lines)

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
        return b"".join(line.data + b"\n" for line in self._lines if line.stream == name)


async def collect_logs(stream: FrameStream, *, timestamps: bool) -> Logs:
    """Read a log to its end."""
    decoder = LineDecoder()
    lines: list[LogLine] = []
    make = functools.partial(_log_line, timestamps=timestamps)
    async with stream:
        async for frames in stream.batches():
            lines += map(make, decoder.feed_all(frames))
    lines += map(make, decoder.close())
    return Logs(lines)


class LogStream:
    """A log that is followed: `async for line in container.follow_logs()`. It ends when the container does.

    A cut connection raises `StreamInterrupted`; with `resume=True` the log goes on where it was, without doubles.
    """

    def __init__(
        self, opener: Callable[[str | None], FrameStream], *, timestamps: bool = True, resume: bool = False
    ) -> None:
        self._opener = opener
        self._timestamps = timestamps
        self._resume = resume
        self._stream: FrameStream | None = None
        self._iterator: AsyncIterator[list[Frame]]
        self._decoder = LineDecoder()
        self._ready: deque[LogLine] = deque()
        self._last = ""
        self._seen_at_last: list[LogLine] = []
        self._skip: list[LogLine] = []
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
            if not (self._resume and self._last):
                raise
            await self._reopen()
            return
        if frames is None:
            self._ended = True
            self._take(self._decoder.close())
        else:
            self._take(self._decoder.feed_all(frames))

    async def _next_batch(self) -> list[Frame] | None:
        if self._stream is None:
            self._stream = self._opener(self._last or None)
            self._iterator = self._stream.batches()
        try:
            return await anext(self._iterator)
        except StopAsyncIteration:
            return None

    async def _reopen(self) -> None:
        """Ask again from the last line on; the daemon repeats the lines of that very moment."""
        await self.aclose()
        self._ended = False
        self._decoder = LineDecoder()
        self._skip = list(self._seen_at_last)
        await anyio.sleep(0.2)  # the daemon that cut the line may be about to restart

    def _take(self, lines: list[Line]) -> None:
        for line in lines:
            entry = _log_line(line, timestamps=self._timestamps)
            if self._skip and entry in self._skip:
                self._skip.remove(entry)
                continue
            if entry.raw_timestamp != self._last:
                self._last, self._seen_at_last = entry.raw_timestamp, []
            self._seen_at_last.append(entry)
            self._ready.append(entry)

    async def aclose(self) -> None:
        """Stop following."""
        self._ended = True
        stream, self._stream = self._stream, None
        if stream is not None:
            await stream.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()
