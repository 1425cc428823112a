"""Reading tars as they arrive: cut at every byte, written by several programs, broken in every way."""

from __future__ import annotations

import io
import itertools
import shutil
import subprocess
import tarfile
from collections.abc import AsyncIterator, Iterable
from pathlib import Path
from typing import Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pydock.errors import InvalidArgument, ProtocolError, StreamInterrupted
from pydock.models.files.tarstream import TarMember, TarParser, TarReader, read_single_file

pytestmark = pytest.mark.anyio
LONG = "long/" * 30 + "name-\N{SNOWMAN}.txt"


class Pieces:
    """An async stream of given pieces, which remembers that it was closed."""

    def __init__(self, pieces: Iterable[bytes]) -> None:
        self._pieces = iter(pieces)
        self.closed = False

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self

    async def __anext__(self) -> bytes:
        for piece in self._pieces:
            return piece
        raise StopAsyncIteration

    async def aclose(self) -> None:
        self.closed = True


def _tar(fmt: int = tarfile.PAX_FORMAT) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=fmt) as tar:
        folder = tarfile.TarInfo("folder")
        folder.type, folder.mode = tarfile.DIRTYPE, 0o750
        tar.addfile(folder)
        for name, data in (("folder/a", b"x" * 700), (LONG, b"deep"), ("empty", b"")):
            info = tarfile.TarInfo(name)
            info.size, info.mtime, info.uid, info.uname = len(data), 1_700_000_000, 3_000_000, "me"
            tar.addfile(info, io.BytesIO(data))
        link = tarfile.TarInfo("link")
        link.type, link.linkname = tarfile.SYMTYPE, LONG
        tar.addfile(link)
    return buffer.getvalue()


def _parse(pieces: Iterable[bytes]) -> list[tuple[TarMember, bytes]]:
    parser, found = TarParser(), list[tuple[TarMember, bytes]]()
    for piece in pieces:
        parser.receive(piece)
        while (event := parser.next_event()) is not None:
            if isinstance(event, TarMember):
                found.append((event, b""))
            else:
                found[-1] = (found[-1][0], found[-1][1] + event)
    parser.end_of_input()
    return found


@pytest.mark.parametrize("fmt", [tarfile.PAX_FORMAT, tarfile.GNU_FORMAT])
def test_members_are_the_same_wherever_the_stream_is_cut(fmt: int) -> None:
    data = _tar(fmt)
    whole = _parse([data])
    assert [(m.name, m.kind, body) for m, body in whole] == [
        ("folder", "dir", b""),
        ("folder/a", "file", b"x" * 700),
        (LONG, "file", b"deep"),
        ("empty", "file", b""),
        ("link", "symlink", b""),
    ]
    assert (whole[0][0].mode, whole[1][0].uid, whole[1][0].uname) == (0o750, 3_000_000, "me")
    assert (whole[1][0].mtime, whole[4][0].linkname) == (1_700_000_000, LONG)
    for cut in range(0, len(data), 7):
        assert _parse([data[:cut], data[cut:]]) == whole
    assert _parse(data[i : i + 1] for i in range(len(data))) == whole


@settings(max_examples=50, deadline=None)
@given(st.lists(st.integers(0, 12_000), max_size=20))
def test_members_are_the_same_for_any_cuts(cuts: list[int]) -> None:
    data = _tar()
    edges = [0, *sorted(min(cut, len(data)) for cut in cuts), len(data)]
    assert _parse(data[a:b] for a, b in itertools.pairwise(edges)) == _parse([data])


@pytest.mark.parametrize("fmt", [tarfile.PAX_FORMAT, tarfile.GNU_FORMAT])
def test_the_size_of_a_file_beyond_8_gib_is_understood(fmt: Literal[1, 2]) -> None:
    info = tarfile.TarInfo("huge")
    info.size = 9 << 30
    parser = TarParser()
    parser.receive(info.tobuf(fmt))
    member = parser.next_event()
    assert isinstance(member, TarMember)
    assert member.size == 9 << 30
    parser.receive(b"x" * 4096)
    assert parser.next_event() == b"x" * 4096


def test_the_kinds_bits_that_old_engines_send_are_dropped() -> None:
    info = tarfile.TarInfo("f")
    info.mode = 0o100644
    [(member, _)] = _parse([info.tobuf() + bytes(1024)])
    assert member.mode == 0o644


def test_a_size_in_the_header_of_a_link_is_no_body() -> None:
    info = tarfile.TarInfo("l")
    info.type, info.linkname, info.size = tarfile.LNKTYPE, "other", 700
    [(member, body)] = _parse([info.tobuf(tarfile.GNU_FORMAT) + bytes(1024)])
    assert (member.kind, member.size, body) == ("hardlink", 0, b"")


def _pax(records: bytes, kind: bytes = tarfile.XHDTYPE) -> bytes:
    extension = tarfile.TarInfo("pax")
    extension.type, extension.size = kind, len(records)
    return extension.tobuf(tarfile.USTAR_FORMAT) + records + bytes(-len(records) % 512)


def test_global_headers_count_for_all_members_behind() -> None:
    plain = tarfile.TarInfo("f").tobuf()
    found = _parse([_pax(b"9 uid=77\n", tarfile.XGLTYPE) + plain + _pax(b"8 uid=5\n") + plain + plain + bytes(1024)])
    assert [member.uid for member, _ in found] == [77, 5, 77]


@pytest.mark.parametrize(
    "data",
    [
        b"<html>502 Bad Gateway</html>" * 40,
        b"\x1f\x8b" + b"\0" * 1000,
        bytes(512) + tarfile.TarInfo("late").tobuf(),
        _pax(b"99 path=x\n") + tarfile.TarInfo("f").tobuf(),
        _pax(b"path=x\n") + tarfile.TarInfo("f").tobuf(),
        _pax(b"10 size=-1\n") + tarfile.TarInfo("f").tobuf(),
        _pax(b"9 size=x\n") + tarfile.TarInfo("f").tobuf(),
        _pax(b"13 mtime=nan\n") + tarfile.TarInfo("f").tobuf(),
        _pax(b"12 path=a\0b\n") + tarfile.TarInfo("f").tobuf(),
        _pax(b"22 GNU.sparse.major=1\n") + tarfile.TarInfo("f").tobuf(),
        _pax(b"x" * (2 << 20)),
    ],
    ids=lambda data: repr(data[:12]),
)
def test_what_is_no_tar_is_a_protocol_error(data: bytes) -> None:
    with pytest.raises(ProtocolError):
        _parse([data])


def test_gnu_sparse_members_are_refused_by_name() -> None:
    info = tarfile.TarInfo("holes")
    info.type = tarfile.GNUTYPE_SPARSE
    with pytest.raises(ProtocolError, match="holes: sparse"):
        _parse([info.tobuf(tarfile.GNU_FORMAT)])


@settings(max_examples=200, deadline=None)
@given(st.binary(min_size=0, max_size=2000), st.integers(0, 9000))
def test_damage_never_raises_anything_else(noise: bytes, position: int) -> None:
    data = bytearray(_tar())
    data[position : position + len(noise)] = noise
    try:
        _parse([bytes(data)])
    except (ProtocolError, StreamInterrupted):
        return


async def test_a_cut_stream_is_never_the_end() -> None:
    data = _tar()
    end = data.rindex(b"ustar") // 512 * 512 + 512  # behind the last header
    for cut in [*range(0, end, 111), end]:
        with pytest.raises(StreamInterrupted):
            await _read_all(data[:cut])


async def _read_all(data: bytes) -> None:
    async for entry in TarReader(Pieces([data])):
        await entry.read()


async def test_bodies_can_be_read_in_part_or_not_at_all() -> None:
    pieces = Pieces(_tar()[i : i + 100] for i in range(0, 20_000, 100))
    async with TarReader(pieces) as tar:
        entries = [entry async for entry in tar]
        assert [entry.member.name for entry in entries] == ["folder", "folder/a", LONG, "empty", "link"]
        assert await entries[1].read() == b""  # the reader is past it
    assert pieces.closed
    async with TarReader(Pieces([_tar()])) as tar:
        await anext(tar)
        second = await anext(tar)
        assert (await anext(second))[:1] == b"x"
        third = await anext(tar)
        assert await third.read() == b"deep"
        assert await third.read() == b""


async def test_one_file_is_read_whole_and_a_folder_is_not() -> None:
    info = tarfile.TarInfo("hostname")
    info.size = 3
    assert await read_single_file(Pieces([info.tobuf() + b"abc" + bytes(509) + bytes(1024)])) == b"abc"
    with pytest.raises(InvalidArgument, match="folder is not a file"):
        await read_single_file(Pieces([_tar()]))
    link = tarfile.TarInfo("l")
    link.type, link.linkname = tarfile.SYMTYPE, "/etc/target"
    with pytest.raises(InvalidArgument, match="Read /etc/target instead"):
        await read_single_file(Pieces([link.tobuf() + bytes(1024)]))


@pytest.mark.parametrize("fmt", ["gnu", "pax", "ustar", "oldgnu", "v7"])
def test_the_tar_program_is_understood(tmp_path: Path, fmt: str) -> None:
    if shutil.which("tar") is None:
        pytest.skip("no tar program")
    (tmp_path / "d").mkdir()
    (tmp_path / "d" / ("n" * 80)).write_bytes(b"1" * 513)
    (tmp_path / "d" / "link").symlink_to("n")
    made = subprocess.run(["tar", f"--format={fmt}", "-c", "d"], cwd=tmp_path, capture_output=True, check=True)
    found = {member.name: (member.kind, len(body)) for member, body in _parse([made.stdout])}
    assert found == {"d": ("dir", 0), "d/" + "n" * 80: ("file", 513), "d/link": ("symlink", 0)}
