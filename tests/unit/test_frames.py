"""The decoders: however the bytes are cut, the output is the same; and garbage is a typed error."""

from __future__ import annotations

import json
import struct
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pydock.errors import ProtocolError, StreamError, StreamInterrupted
from pydock.transport.frames import (
    Frame,
    FrameDecoder,
    JSONDecoder,
    Line,
    LineDecoder,
    RawDecoder,
    split_timestamp,
)


def frame(stream: int, data: bytes) -> bytes:
    return struct.pack(">BxxxI", stream, len(data)) + data


def cut(data: bytes, cuts: list[int]) -> list[bytes]:
    places = sorted({0, len(data), *(place % (len(data) + 1) for place in cuts)})
    return [data[start:stop] for start, stop in pairwise(places)]


def outcome(decoder: FrameDecoder | JSONDecoder, pieces: list[bytes]) -> tuple[list[object], str]:
    """Return all that was decoded and how it ended."""
    found: list[object] = []
    try:
        for piece in pieces:
            found += decoder.feed(piece)
        found += decoder.close() or []
        if isinstance(decoder, JSONDecoder):
            found += decoder.close()
    except StreamError as error:
        return found, type(error).__name__
    return found, ""


CUTS = st.lists(st.integers(0, 1 << 30), max_size=12)
FRAMES = st.lists(st.tuples(st.integers(0, 2), st.binary(max_size=300)), max_size=8)


@pytest.mark.row(15)
@given(FRAMES, CUTS)
def test_frames_do_not_depend_on_the_cuts(frames: list[tuple[int, bytes]], cuts: list[int]) -> None:
    data = b"".join(frame(*each) for each in frames)
    assert outcome(FrameDecoder(), cut(data, cuts)) == ([Frame(*each) for each in frames], "")


@pytest.mark.row(15)
def test_frames_split_at_every_byte() -> None:
    data = frame(1, b"hello\n") + frame(2, b"") + frame(0, b"\x01\x00\x00\x00") + frame(1, b"x" * 40)
    whole = outcome(FrameDecoder(), [data])
    assert [item.data for item in whole[0] if isinstance(item, Frame)] == [
        b"hello\n",
        b"",
        b"\x01\x00\x00\x00",
        b"x" * 40,
    ]
    for place in range(len(data) + 1):
        assert outcome(FrameDecoder(), [data[:place], data[place:]]) == whole
    assert outcome(FrameDecoder(), [data[i : i + 1] for i in range(len(data))]) == whole


@given(FRAMES, CUTS)
def test_joined_frames_are_the_same_bytes_in_the_same_order(frames: list[tuple[int, bytes]], cuts: list[int]) -> None:
    data = b"".join(frame(*each) for each in frames)
    found, _ = outcome(FrameDecoder(joined=True), cut(data, cuts))
    told = [(each.stream, byte) for each in found if isinstance(each, Frame) for byte in each.data]
    assert told == [(stream, byte) for stream, said in frames for byte in said]


def test_frames_in_a_row_are_joined() -> None:
    decoder = FrameDecoder(joined=True)
    told = [frame(1, b"a\n"), frame(1, b"b"), frame(2, b"c\n"), frame(1, b"d\n"), frame(1, b"e\n"), frame(3, b"bad")]
    data = b"".join(told)
    assert decoder.feed(data[:-14]) == [Frame(1, b"a\nb"), Frame(2, b"c\n"), Frame(1, b"d\n")]
    assert decoder.feed(data[-14:]) == [Frame(1, b"e\n")]
    with pytest.raises(StreamError, match="bad"):
        decoder.feed(b"")


@given(st.binary(max_size=200), CUTS)
def test_garbage_ends_the_same_way_however_it_is_cut(data: bytes, cuts: list[int]) -> None:
    assert outcome(FrameDecoder(), cut(data, cuts)) == outcome(FrameDecoder(), [data] if data else [])


@pytest.mark.parametrize("data", [b"HTTP/1.1 500\r\n", b"\x04\0\0\0\0\0\0\0", b"\x01\0\0\0\xff\xff\xff\xff"])
def test_what_is_no_frame_is_refused(data: bytes) -> None:
    with pytest.raises(ProtocolError, match="something else than a frame"):
        FrameDecoder().feed(data)


def test_a_frame_of_the_daemon_raises_after_what_came_before() -> None:
    decoder = FrameDecoder()
    assert decoder.feed(frame(1, b"a") + frame(3, b"Error grabbing logs: oh\n")) == [Frame(1, b"a")]
    with pytest.raises(StreamError, match="Error grabbing logs: oh"):
        decoder.feed(b"")
    with pytest.raises(StreamError, match="oh"):
        decoder.close()


def test_a_cut_frame_is_no_end() -> None:
    decoder = FrameDecoder()
    decoder.feed(frame(1, b"hello")[:-1])
    with pytest.raises(StreamInterrupted):
        decoder.close()


def test_a_large_frame_in_small_pieces_takes_linear_time() -> None:
    data = frame(1, bytes(8 << 20))
    decoder = FrameDecoder()
    found = [item for at in range(0, len(data), 1000) for item in decoder.feed(data[at : at + 1000])]
    assert [len(item.data) for item in found] == [8 << 20]


def test_raw_is_all_stdout() -> None:
    decoder = RawDecoder()
    assert decoder.feed(b"\x01\0\0\0") == [Frame(1, b"\x01\0\0\0")]
    assert decoder.feed(b"") == []
    decoder.close()


# JSON

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=8,
)


@st.composite
def documents(draw: st.DrawFn) -> tuple[Any, bytes]:
    """Values with whatever may stand between them, pretty-printed or not."""
    values = draw(st.lists(VALUES, max_size=5))
    text = b""
    for value in values:
        spread = json.dumps(value, indent=draw(st.sampled_from([None, 2])), ensure_ascii=draw(st.booleans()))
        text += draw(st.sampled_from([b"", b"\x1e", b" ", b"\r\n\r\n"])) + spread.encode("utf-8", "surrogatepass")
        joined = isinstance(value, (dict, list)) and draw(st.booleans())
        text += b"" if joined else draw(st.sampled_from([b"\n", b"\r\n", b"\n\x1e"]))
    return values, text


@pytest.mark.row(75)
@given(documents(), CUTS)
@settings(max_examples=300)
def test_json_values_do_not_depend_on_the_cuts(document: tuple[Any, bytes], cuts: list[int]) -> None:
    values, data = document
    for pieces in ([data], cut(data, cuts), [data[i : i + 1] for i in range(len(data))]):
        found, end = outcome(JSONDecoder(), pieces)
        assert end == ""
        assert [json.loads(item) for item in found if isinstance(item, bytes)] == values


@given(st.binary(max_size=60) | st.text('{}[]",:1e\\ \n', max_size=40).map(str.encode), CUTS)
@settings(max_examples=300)
def test_json_garbage_is_a_typed_error(data: bytes, cuts: list[int]) -> None:
    found, _ = outcome(JSONDecoder(), cut(data, cuts))
    assert all(json.loads(item) is not ... for item in found if isinstance(item, bytes))
    assert outcome(JSONDecoder(), [data])[0] == outcome(JSONDecoder(), [data[i : i + 1] for i in range(len(data))])[0]


@pytest.mark.row(75)
def test_a_value_is_handed_out_as_soon_as_it_is_whole() -> None:
    decoder = JSONDecoder()
    assert decoder.feed(b'{"a":1}') == [b'{"a":1}']
    assert decoder.feed(b'\r\n{"b":') == []
    assert decoder.feed(b"2}{") == []
    assert decoder.feed(b"}\n") == [b'{"b":2}', b"{}"]
    assert decoder.close() == []


@pytest.mark.parametrize(
    "data", [b"<html>", b"{foo}\n", b'{"a":1}}\n', b"\xff\xfe\n", b"[" * 200_000 + b"]" * 200_000 + b"\n"]
)
def test_no_json_is_refused(data: bytes) -> None:
    decoder = JSONDecoder()
    with pytest.raises(ProtocolError, match="something else than JSON"):
        assert decoder.feed(data) and decoder.feed(b"")  # noqa: PT018 - either may raise


def test_half_a_value_is_no_end() -> None:
    decoder = JSONDecoder()
    decoder.feed(b'{"a":\n[1,')
    with pytest.raises(StreamInterrupted):
        decoder.close()


def test_a_value_without_a_line_break_at_the_end() -> None:
    decoder = JSONDecoder()
    assert decoder.feed(b"1\n23") == [b"1"]
    assert decoder.close() == [b"23"]


# Lines


@given(st.lists(st.tuples(st.integers(1, 2), st.text("ab\u00e9\r\n", max_size=20)), max_size=12), CUTS)
def test_lines_are_joined_across_frames(writes: list[tuple[int, str]], cuts: list[int]) -> None:
    decoder = LineDecoder()
    lines: list[Line] = []
    for stream, text in writes:
        for piece in cut(text.encode(), cuts):
            lines += decoder.feed(Frame(stream, piece))
    lines += decoder.close()
    for stream in (1, 2):
        whole = "".join(text for each, text in writes if each == stream).encode()
        parts = whole.split(b"\n")
        expected = [part[:-1] if part.endswith(b"\r") else part for part in parts[:-1]]
        expected += [parts[-1]] if parts[-1] else []
        assert [line.data for line in lines if line.stream == stream] == expected


def test_a_batch_gives_what_single_frames_give() -> None:
    frames = [Frame(1, b"a\nb"), Frame(2, b"err\r\n"), Frame(1, b"c\r\n\n"), Frame(2, b"rest")]
    one, all_ = LineDecoder(), LineDecoder()
    assert [line for each in frames for line in one.feed(each)] == all_.feed_all(frames)
    assert one.close() == all_.close() == [Line(2, b"rest")]


STAMP = b"2026-11-25T10:00:00.123456789Z"


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (STAMP + b" hello", (STAMP, b"hello")),
        (STAMP + b" ", (STAMP, b"")),
        (STAMP, (STAMP, b"")),
        (b"2026-11-25T10:00:00+01:00 x", (b"2026-11-25T10:00:00+01:00", b"x")),
        (b"hello", (None, b"hello")),
        (b"", (None, b"")),
        (b"2026-11-25 x", (None, b"2026-11-25 x")),
    ],
)
def test_timestamps_are_split_off(line: bytes, expected: tuple[bytes | None, bytes]) -> None:
    assert split_timestamp(line) == expected


def test_timestamps_inside_of_long_lines_are_taken_out() -> None:
    text = bytes(65 + i % 26 for i in range(40_000))
    pieces = [text[:16384], text[16384:32768], text[32768:]]
    line = b"".join(STAMP + b" " + piece for piece in pieces)
    assert split_timestamp(line) == (STAMP, text)
