"""Decoders of what comes inside of an HTTP body: bytes in, lists of whole pieces out; no I/O.

The danger is trusting the cuts: frames, JSON values, lines and characters may be split at any byte, and the
output must never depend on where. What was decoded before a mistake is returned first; the error follows.
"""

from __future__ import annotations

import json
import re
import struct
from collections.abc import Callable
from typing import Any, NamedTuple, Protocol

from pydock.errors import ProtocolError, StreamError, StreamInterrupted

__all__ = [
    "Decoder",
    "Frame",
    "FrameDecoder",
    "JSONDecoder",
    "Line",
    "LineDecoder",
    "RawDecoder",
    "lines_of",
    "split_timestamp",
]

STDIN, STDOUT, STDERR, _SYSTEM = 0, 1, 2, 3

_HEADER = struct.Struct(">II")
_KINDS = {kind << 24: kind for kind in (STDIN, STDOUT, STDERR, _SYSTEM)}
"""The first four bytes of a frame are its stream and three zeros."""
_LARGEST_FRAME = 64 << 20
"""Daemons send at most 32 KiB in a frame; a size beyond this is no frame."""
_LARGEST_VALUE = 256 << 20
_EAGER = 64 << 10


class Frame(NamedTuple):
    """What a container wrote at once, or a part of it."""

    stream: int
    """0 stdin, 1 stdout, 2 stderr."""
    data: bytes


class Line(NamedTuple):
    """A whole line."""

    stream: int
    data: bytes
    """Without its line break (LF or CR LF)."""


# Half the time of `Frame(…)`; logs have a frame and a line for each few bytes.
_new: Callable[[Any, tuple[int, bytes]], Any] = tuple.__new__  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]


class Decoder(Protocol):
    """What splits bytes into frames."""

    def feed(self, data: bytes, /) -> list[Frame]:
        """Return what is whole by now. An error that was found behind frames is raised by the next call."""
        ...

    def close(self) -> None:
        """Say that nothing more comes; raises StreamInterrupted in the middle of a frame."""
        ...


class FrameDecoder:
    """Splits the multiplexed stream of a container without a TTY.

    `joined`: frames of one stream that come together in a row become one. A log has a frame for each line, and
    these cost more than what is in them.
    """

    __slots__ = ("_failure", "_joined", "_kept", "_missing")

    def __init__(self, *, joined: bool = False) -> None:
        self._joined = joined
        self._kept = bytearray()
        self._missing = 0  # how much must come before it is worth to look again
        self._failure: StreamError | None = None

    def feed(self, data: bytes) -> list[Frame]:
        """Return the frames that are whole by now; StreamError for what the daemon says went wrong (stream 3)."""
        if self._failure is not None:
            raise self._failure
        if self._kept:
            self._kept += data
            self._missing -= len(data)
            if self._missing > 0:
                return []
            data = bytes(self._kept)
            self._kept.clear()
        return self._split(data)

    def _split(self, data: bytes) -> list[Frame]:
        frames: list[Frame] = []
        position, end = 0, len(data)
        unpack, kinds = _HEADER.unpack_from, _KINDS
        missing = 8
        while position + 8 <= end:
            word, size = unpack(data, position)
            kind = kinds.get(word)
            if kind is None or size > _LARGEST_FRAME:
                return self._fail(frames, _garbage(data[position : position + 80], "a frame"))
            stop = position + 8 + size
            if stop > end:
                missing = stop - position
                break
            if kind == _SYSTEM:
                message = data[position + 8 : stop].decode("utf-8", "replace").strip()
                return self._fail(frames, StreamError(message or "The daemon reported an error without a word."))
            if self._joined:
                said, position = _run(data, position, word)
            else:
                said, position = data[position + 8 : stop], stop
            frames.append(_new(Frame, (kind, said)))
        if position < end:
            self._kept += data[position:]
            self._missing = missing - len(self._kept)
        return frames

    def _fail(self, frames: list[Frame], failure: StreamError) -> list[Frame]:
        self._failure = failure
        if not frames:
            raise failure
        return frames

    def close(self) -> None:
        """Raise StreamInterrupted when the stream ended inside of a frame."""
        if self._failure is not None:
            raise self._failure
        if self._kept:
            raise StreamInterrupted("The stream was cut in the middle of a frame.")


def _run(data: bytes, position: int, word: int) -> tuple[bytes, int]:
    """Join the whole frames of one stream from there on; return them and where they end."""
    pieces: list[bytes] = []
    unpack, end = _HEADER.unpack_from, len(data)
    while position + 8 <= end:
        other, size = unpack(data, position)
        stop = position + 8 + size
        if other != word or stop > end:
            break
        pieces.append(data[position + 8 : stop])
        position = stop
    return b"".join(pieces), position


class RawDecoder:
    """The stream of a container with a TTY: all is stdout."""

    __slots__ = ()

    def feed(self, data: bytes) -> list[Frame]:
        """Return the bytes as they came."""
        return [Frame(STDOUT, data)] if data else []

    def close(self) -> None:
        """Any end is a good end."""


_decode = json.JSONDecoder().raw_decode
_STRING = re.compile(rb'"(?:[^"\\]|\\.)*"')
_BLANK = " \t\r\n"
_BLANK_BYTES = b" \t\r\n"
_STARTS = frozenset(b'{["-0123456789tfnNI')


class JSONDecoder:
    """Splits a stream of JSON values: one a line, several a line, one over several lines, or json-seq (RFC 7464)."""

    __slots__ = ("_depth", "_failure", "_kept", "_seen", "_size", "_value")

    def __init__(self) -> None:
        self._kept = bytearray()  # a line that has not ended
        self._seen = 0  # how much of it is known to hold no line break
        self._value: list[bytes] = []  # whole lines of a value that has not ended
        self._size = self._depth = 0
        self._failure: ProtocolError | None = None

    def feed(self, data: bytes) -> list[bytes]:
        """Return the bytes of each value that is whole by now; ProtocolError for anything else than JSON."""
        if self._failure is not None:
            raise self._failure
        self._kept += data.replace(b"\x1e", b"\n") if b"\x1e" in data else data
        values: list[bytes] = []
        try:
            stop = self._kept.rfind(b"\n", self._seen)
            if stop >= 0:
                lines = bytes(self._kept[: stop + 1]).split(b"\n")
                del self._kept[: stop + 1]
                for line in lines:
                    self._line(line, values)
            self._seen = len(self._kept)
            if self._kept:
                self._unfinished(values)
        except ProtocolError as error:
            self._failure = error
            if not values:
                raise
        return values

    def close(self) -> list[bytes]:
        """Return a last value that had no line break; StreamInterrupted when the stream ended inside of one."""
        if self._failure is not None:
            raise self._failure
        values: list[bytes] = []
        line = bytes(self._kept)
        self._kept.clear()
        try:
            self._line(line, values)
        except ProtocolError as error:
            if not values:
                raise StreamInterrupted(f"The stream was cut in the middle of a value. {error}") from None
            self._failure = error
        if self._value and not values:
            raise StreamInterrupted("The stream was cut in the middle of a value.")
        return values

    def _line(self, line: bytes, values: list[bytes]) -> None:
        line = line.strip(_BLANK_BYTES)
        if not line:
            return
        if not self._value:
            try:
                _split_values(line, values)
            except _Unparsable as error:
                line = line[error.position :]  # the values before it have been appended
            else:
                return
            if line[0] not in _STARTS:
                raise _garbage(line, "JSON")
        self._value.append(line)
        self._size += len(line)
        skeleton = _STRING.sub(b"", line)
        self._depth += sum(map(skeleton.count, (b"{", b"["))) - sum(map(skeleton.count, (b"}", b"]")))
        if self._depth <= 0 or b'"' in skeleton:  # a string cannot go on in the next line
            self._flush(values)
        elif self._size > _LARGEST_VALUE:
            raise _garbage(self._value[0], "JSON of a sensible size")

    def _flush(self, values: list[bytes]) -> None:
        value = b"\n".join(self._value)
        self._value.clear()
        self._size = self._depth = 0
        try:
            _split_values(value, values)
        except _Unparsable as error:
            raise _garbage(value[error.position :], "JSON") from None

    def _unfinished(self, values: list[bytes]) -> None:
        """Look at a line that has not ended: hand out what is whole, refuse at once what cannot become JSON."""
        if self._value:
            return
        kept = self._kept
        start = bytes(kept[:200]).lstrip(_BLANK_BYTES)
        if start and start[0] not in _STARTS:
            raise _garbage(bytes(kept[:200]), "JSON")
        if len(kept) > _LARGEST_VALUE:
            raise _garbage(bytes(kept[:200]), "JSON of a sensible size")
        # Without a line break only objects and lists are known to be whole; `12` may go on with `34`.
        if len(kept) <= _EAGER and start[:1] in (b"{", b"[") and bytes(kept.rstrip(_BLANK_BYTES)[-1:]) in (b"}", b"]"):
            found: list[bytes] = []
            try:
                _split_values(bytes(kept).strip(_BLANK_BYTES), found)
            except _Unparsable:
                return
            values += found
            kept.clear()
            self._seen = 0


class _Unparsable(Exception):
    """No error yet: the value may go on in the next line."""

    def __init__(self, position: int) -> None:
        self.position = position


def _split_values(line: bytes, values: list[bytes]) -> None:
    """Append each value of the line; _Unparsable says at which byte the first one that is not whole begins."""
    try:
        text = line.decode("utf-8")
    except UnicodeDecodeError:
        raise _garbage(line, "JSON") from None
    position, end = 0, len(text)
    while position < end:
        try:
            _, stop = _decode(text, position)
        except (ValueError, RecursionError):
            raise _Unparsable(len(text[:position].encode())) from None
        values.append(line if stop - position == end else text[position:stop].encode())
        position = stop
        while position < end and text[position] in _BLANK:
            position += 1


class LineDecoder:
    """Joins frames into whole lines, each stream for itself."""

    __slots__ = ("_kept",)

    def __init__(self) -> None:
        self._kept: dict[int, list[bytes]] = {}

    def feed(self, frame: Frame) -> list[Line]:
        """Return the lines that end in this frame."""
        return self.feed_all([frame])

    def feed_all(self, frames: list[Frame]) -> list[Line]:
        """Return the lines that end in these frames; one call a batch is faster than one a frame."""
        return [line for block in self.blocks(frames) for line in lines_of(block)]

    def blocks(self, frames: list[Frame]) -> list[Frame]:
        """Return the lines that end in these frames unsplit, with their line breaks; `lines_of` splits them."""
        blocks: list[Frame] = []
        kept = self._kept
        for frame in frames:
            stream, data = frame
            stop = data.rfind(b"\n") + 1
            if data and stop == len(data) and stream not in kept:  # the usual
                blocks.append(frame)
                continue
            if stop:
                blocks.append(Frame(stream, b"".join([*kept.pop(stream, ()), data[:stop]])))
            if stop < len(data):
                kept.setdefault(stream, []).append(data[stop:])
        return blocks

    def close(self) -> list[Line]:
        """Return the last lines, which had no line break."""
        rest = [Line(stream, b"".join(parts)) for stream, parts in self._kept.items()]
        self._kept.clear()
        return rest


def lines_of(block: Frame) -> list[Line]:
    """Split what `LineDecoder.blocks` gave."""
    stream, data = block
    lines = data.split(b"\n")
    del lines[-1]
    if b"\r\n" in data:
        lines = [line[:-1] if line.endswith(b"\r") else line for line in lines]
    return [_new(Line, (stream, line)) for line in lines]


_TIMESTAMP = re.compile(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)(?= |$)")
_PIECE = 16 << 10


def split_timestamp(line: bytes) -> tuple[bytes | None, bytes]:
    """Split a line of logs with `timestamps=1` into its timestamp (None: it has none) and the rest.

    A line of more than 16 KiB is kept by the daemon in pieces of 16 KiB, and each of them begins with a timestamp
    again (seen on 20.10 to 28.5); those are taken out.
    """
    match = _TIMESTAMP.match(line)
    if match is None:
        return None, line
    rest = line[match.end() + 1 :]
    if len(rest) <= _PIECE or not _TIMESTAMP.match(rest, _PIECE):
        return match[0], rest
    pieces: list[bytes] = []
    position = 0
    while position < len(rest):
        pieces.append(rest[position : position + _PIECE])
        position += _PIECE
        if again := _TIMESTAMP.match(rest, position):
            position = again.end() + 1
    return match[0], b"".join(pieces)


def _garbage(data: bytes, what: str) -> ProtocolError:
    shown = data[:80].decode("utf-8", "replace")
    return ProtocolError(
        f"The daemon sent something else than {what}: {shown!r}. A proxy in between, or the wrong framing?"
    )
