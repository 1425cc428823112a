"""Folders into tars and tars into folders: the same tree comes out, and nothing ever lands outside."""

# What a test does to its own little folder may block.
# ruff: noqa: ASYNC221, ASYNC240

from __future__ import annotations

import io
import os
import shutil
import socket
import stat
import subprocess
import sys
import tarfile
import tracemalloc
from collections.abc import AsyncIterator, Iterable
from pathlib import Path

import anyio
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pydock.errors import DockerError, InvalidArgument, ProtocolError, StreamInterrupted, UnsafeArchive
from pydock.models.files.extract import OutsideLinks, extract
from pydock.models.files.local import BATCH, ChunkStream
from pydock.models.files.outgoing import pack_contents, pack_path
from pydock.models.files.packing import END_MARK

pytestmark = pytest.mark.anyio


class Pieces:
    """An async stream of given pieces."""

    def __init__(self, pieces: Iterable[bytes]) -> None:
        self._pieces = iter(pieces)

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self

    async def __anext__(self) -> bytes:
        for piece in self._pieces:
            return piece
        raise StopAsyncIteration


def _descriptors() -> int:
    """How many files are open; 0 where this cannot be known."""
    table = Path("/proc/self/fd")
    return len(list(table.iterdir())) if table.exists() else 0


async def _bytes(stream: ChunkStream) -> bytes:
    return b"".join([chunk async for chunk in stream])


def _members(data: bytes) -> dict[str, tarfile.TarInfo]:
    with tarfile.open(fileobj=io.BytesIO(data)) as tar:
        return {member.name: member for member in tar}


def _picture(top: Path) -> dict[str, tuple[object, ...]]:
    """Everything about a tree that a copy must keep."""
    found: dict[str, tuple[object, ...]] = {}
    for path in sorted(top.rglob("*")):
        status = path.lstat()
        name = str(path.relative_to(top))
        if path.is_symlink():
            found[name] = ("link", str(path.readlink()), int(status.st_mtime))
        elif path.is_dir():
            found[name] = ("dir", stat.S_IMODE(status.st_mode), int(status.st_mtime))
        else:
            content = path.read_bytes()
            found[name] = (
                "file",
                stat.S_IMODE(status.st_mode),
                int(status.st_mtime),
                content,
                status.st_nlink,
            )
    return found


def _make_tree(top: Path) -> None:
    top.mkdir()
    for name in ("empty", "deep/er", "\N{SNOWMAN}"):
        (top / name).mkdir(parents=True)
    (top / ("long-" * 30)).write_bytes(b"a" * 513)
    (top / "deep/er/zero").touch()
    (top / "\N{SNOWMAN}/ä ö\n.txt").write_bytes(b"b" * 512)
    (top / os.fsdecode(b"no-text-\xff")).write_bytes(b"c")
    (top / "big").write_bytes(os.urandom(3 * BATCH + 17))
    (top / "run").write_bytes(b"#!/bin/sh\n")
    (top / "run").chmod(0o755)
    os.link(top / "run", top / "same")
    (top / "link").symlink_to("deep/er")
    (top / "deep/up").symlink_to("../big")
    (top / "broken").symlink_to("nowhere")
    (top / "deep/er").chmod(0o500)
    for path in [*top.rglob("*"), top]:
        os.utime(path, (1_600_000_000, 1_600_000_000), follow_symlinks=False)


async def test_a_tree_comes_out_as_it_went_in(tmp_path: Path) -> None:
    _make_tree(tmp_path / "tree")
    (tmp_path / "out").mkdir()
    await extract(pack_path(tmp_path / "tree"), tmp_path / "out")
    assert _picture(tmp_path / "out" / "tree") == _picture(tmp_path / "tree")
    assert (tmp_path / "out/tree/run").samefile(tmp_path / "out/tree/same")
    await extract(pack_path(tmp_path / "tree"), tmp_path / "out")  # once more, over what is there
    assert _picture(tmp_path / "out" / "tree") == _picture(tmp_path / "tree")


_NAME = st.text(st.characters(exclude_characters="/\0", exclude_categories=["Cs"]), min_size=1, max_size=40)
_SAFE_NAME = _NAME.filter(lambda name: name not in {".", ".."} and len(name.encode()) < 200)
_CONTENT = st.one_of(st.binary(max_size=1100), st.none(), st.just("link"))


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.dictionaries(_SAFE_NAME, st.dictionaries(_SAFE_NAME, _CONTENT, max_size=3), max_size=4))
def test_any_tree_comes_out_as_it_went_in(
    tmp_path_factory: pytest.TempPathFactory, tree: dict[str, dict[str, bytes | str | None]]
) -> None:
    top = tmp_path_factory.mktemp("any") / "tree"
    for folder, files in tree.items():
        (top / folder).mkdir(parents=True)
        for name, content in files.items():
            path = top / folder / name
            if content is None:
                path.mkdir()
            elif isinstance(content, str):
                path.symlink_to(name + "-target")
            else:
                path.write_bytes(content)
    top.mkdir(exist_ok=True)
    anyio.run(extract, pack_path(top, root="other"), top.parent)
    assert _picture(top.parent / "other") == _picture(top)


async def test_the_tar_program_reads_and_writes_the_same(tmp_path: Path) -> None:
    if shutil.which("tar") is None:
        pytest.skip("no tar program")
    _make_tree(tmp_path / "tree")
    for name in ("theirs", "ours"):
        (tmp_path / name).mkdir()
    data = await _bytes(pack_path(tmp_path / "tree"))
    subprocess.run(["tar", "-xp", "-C", str(tmp_path / "theirs")], input=data, check=True)
    assert _picture(tmp_path / "theirs/tree") == _picture(tmp_path / "tree")
    made = subprocess.run(["tar", "-c", "tree"], cwd=tmp_path, capture_output=True, check=True).stdout
    await extract(Pieces([made]), tmp_path / "ours")
    assert _picture(tmp_path / "ours/tree") == _picture(tmp_path / "tree")


async def test_the_stream_is_the_same_however_it_is_cut(tmp_path: Path) -> None:
    (tmp_path / "d").mkdir()
    (tmp_path / "d/f").write_bytes(b"x" * 600)
    data = await _bytes(pack_path(tmp_path / "d"))
    (tmp_path / "out").mkdir()
    await extract(Pieces(data[i : i + 1] for i in range(len(data))), tmp_path / "out")
    assert _picture(tmp_path / "out/d") == _picture(tmp_path / "d")


# Packing


async def test_what_is_packed_belongs_to_root_unless_asked(tmp_path: Path) -> None:
    (tmp_path / "f").write_text("x")
    (tmp_path / "f").chmod(0o4711)
    if os.getuid() == 0:
        os.chown(tmp_path / "f", 12, 34)
        (tmp_path / "f").chmod(0o4711)
    owner = (tmp_path / "f").stat()
    plain = _members(await _bytes(pack_path(tmp_path / "f")))["f"]
    assert (plain.uid, plain.gid, plain.uname, plain.gname, plain.mode) == (0, 0, "", "", 0o4711)
    kept = _members(await _bytes(pack_path(tmp_path / "f", keep_owner=True)))["f"]
    assert (kept.uid, kept.gid) == (owner.st_uid, owner.st_gid)
    given_ = _members(await _bytes(pack_path(tmp_path / "f", uid=5, gid=6, mode=0o600, keep_owner=True)))["f"]
    assert (given_.uid, given_.gid, given_.mode) == (5, 6, 0o600)


async def test_the_contents_of_a_folder_come_without_the_folder(tmp_path: Path) -> None:
    _make_tree(tmp_path / "tree")
    names = list(_members(await _bytes(pack_path(tmp_path / "tree", root="."))))
    assert names[:3] == ["big", "broken", "deep"]
    assert "." not in names
    with pytest.raises(InvalidArgument, match="is not a folder"):
        await _bytes(pack_path(tmp_path / "tree/big", root="."))


async def test_a_link_is_packed_as_a_link_or_followed(tmp_path: Path) -> None:
    (tmp_path / "target").mkdir()
    (tmp_path / "target/f").touch()
    (tmp_path / "link").symlink_to("target")
    assert _members(await _bytes(pack_path(tmp_path / "link")))["link"].issym()
    for stream in (pack_path(tmp_path / "link", follow=True), pack_path(f"{tmp_path}/link/")):
        assert list(_members(await _bytes(stream))) == ["link", "link/f"]


async def test_sockets_are_left_out_and_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)  # the path of a socket is limited
    (tmp_path / "d").mkdir()
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind("d/sock")
    os.mkfifo(tmp_path / "d/pipe")
    skipped: list[str] = []
    members = _members(await _bytes(pack_path("d", skipped=skipped)))
    assert skipped == ["d/sock"]
    assert list(members) == ["d", "d/pipe"]
    assert members["d/pipe"].isfifo()


@pytest.mark.parametrize("change", [b"", b"x" * 100])
async def test_a_file_that_shrinks_meanwhile_raises_by_name(tmp_path: Path, change: bytes) -> None:
    path = tmp_path / "log"
    path.write_bytes(b"x" * (2 * BATCH))
    async with pack_path(path) as stream:
        await anext(stream)
        path.write_bytes(change)
        with pytest.raises(DockerError, match="log shrank"):
            await _bytes(stream)
        with pytest.raises(StopAsyncIteration):
            await anext(stream)


async def test_a_file_that_grows_meanwhile_is_cut_at_its_old_size(tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.write_bytes(b"x" * (2 * BATCH + 5))
    async with pack_path(path) as stream:
        first = await anext(stream)
        with path.open("ab") as log:
            log.write(b"y" * 5000)
        data = first + await _bytes(stream)
    assert len(data) == 512 + 2 * BATCH + 512 + len(END_MARK)
    assert _members(data)["log"].size == 2 * BATCH + 5


async def test_a_missing_path_is_named(tmp_path: Path) -> None:
    with pytest.raises(InvalidArgument, match="nothing-here"):
        await _bytes(pack_path(tmp_path / "nothing-here"))


_AS_NOBODY = """
import anyio, os
from pydock.errors import InvalidArgument
from pydock.models.files.outgoing import pack_path

async def main():
    if os.getuid() == 0:  # only now: what is imported may lie where nobody may read
        os.setuid(65534)
    for path in ("f", "d"):
        try:
            async for _ in pack_path(path):
                pass
        except InvalidArgument as error:
            print(error)

anyio.run(main)
"""


@pytest.mark.row(44)
def test_what_may_not_be_read_is_named(tmp_path: Path) -> None:
    (tmp_path / "f").mkdir(mode=0o755)
    (tmp_path / "f/secret").touch(mode=0o000)
    (tmp_path / "d/closed").mkdir(parents=True, mode=0o000)
    tmp_path.chmod(0o755)
    run = [sys.executable, "-c", _AS_NOBODY]
    done = subprocess.run(run, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == [
        "cannot read f/secret: Permission denied",
        "cannot read the folder d/closed: Permission denied",
    ]


@pytest.mark.parametrize("name", ["", "/abs", "../up", "a/../../b", "nul\0"])
def test_names_that_leave_are_refused_before_packing(name: str) -> None:
    with pytest.raises(InvalidArgument, match="cannot be a name"):
        pack_contents({name: b""})


@pytest.mark.parametrize("wrong", [{"uid": -1}, {"gid": 1 << 32}, {"mode": 0o10000}])
def test_numbers_out_of_range_are_refused_before_packing(wrong: dict[str, int]) -> None:
    with pytest.raises(InvalidArgument, match="out of range"):
        pack_path("x", **wrong)  # type: ignore[arg-type]


async def test_contents_from_memory(tmp_path: Path) -> None:
    data = await _bytes(pack_contents({"etc/app.conf": "ä", "b": b"\0"}, uid=7, mode=0o600))
    member = _members(data)["etc/app.conf"]
    assert (member.uid, member.mode, member.size) == (7, 0o600, 2)
    await extract(Pieces([data]), tmp_path)
    assert (tmp_path / "etc/app.conf").read_text("utf-8") == "ä"


@pytest.mark.row(23)
async def test_memory_stays_small_for_large_files_both_ways(tmp_path: Path) -> None:
    with (tmp_path / "large").open("wb") as file:
        file.truncate(96 << 20)
    (tmp_path / "out").mkdir()
    tracemalloc.start()
    try:
        await extract(pack_path(tmp_path / "large"), tmp_path / "out")
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert (tmp_path / "out/large").stat().st_size == 96 << 20
    assert peak < 8 << 20


async def test_closing_early_closes_the_file(tmp_path: Path) -> None:
    (tmp_path / "f").write_bytes(b"x" * (4 * BATCH))
    before = _descriptors()
    stream = pack_path(tmp_path / "f")
    await anext(stream)
    await stream.aclose()
    await stream.aclose()
    assert _descriptors() == before
    with pytest.raises(StopAsyncIteration):
        await anext(stream)


# Unpacking what nobody should trust


def _member(name: str, kind: bytes = tarfile.REGTYPE, link: str = "", data: bytes = b"", mode: int = 0o644) -> bytes:
    info = tarfile.TarInfo(name)
    info.type, info.linkname, info.size, info.mode = kind, link, len(data), mode
    info.uid, info.gid = os.getuid(), os.getgid()
    return info.tobuf(tarfile.PAX_FORMAT) + data + bytes(-len(data) % 512)


async def _unpack(
    top: Path,
    *members: bytes,
    root: str | None = None,
    outside_links: OutsideLinks = "refuse",
    owner: bool = False,
) -> None:
    stream = Pieces([b"".join(members) + END_MARK])
    await extract(stream, top, root=root, outside_links=outside_links, preserve_owner=owner)


@pytest.mark.row(23)
@pytest.mark.parametrize(
    "members",
    [
        [_member("/etc/evil", data=b"x")],
        [_member("../evil", data=b"x")],
        [_member("a/../../evil", data=b"x")],
        [_member("..", tarfile.DIRTYPE)],
        [_member("link", tarfile.SYMTYPE, "/etc/passwd")],
        [_member("link", tarfile.SYMTYPE, "../outside")],
        [_member("a", tarfile.DIRTYPE), _member("a/link", tarfile.SYMTYPE, "../../outside")],
        [_member("a/link", tarfile.SYMTYPE, "b/../../../outside/a/b/c")],
        [_member("d/e/up", tarfile.SYMTYPE, "../.."), _member("link", tarfile.SYMTYPE, "d/e/up/../outside")],
        [_member("hard", tarfile.LNKTYPE, "../outside/file")],
        [_member("hard", tarfile.LNKTYPE, "/outside/file")],
        [_member("hard", tarfile.LNKTYPE, "existing-link/file")],
        [_member("existing-link/evil", data=b"x")],
        [_member("existing-link", tarfile.DIRTYPE)],
        [_member("existing-link/deep/er", tarfile.DIRTYPE)],
        [_member("dev", tarfile.CHRTYPE)],
        [_member("dev", tarfile.BLKTYPE)],
        [_member("d/" * 300 + "f", data=b"x")],
    ],
)
async def test_members_that_would_leave_the_folder_are_refused(tmp_path: Path, members: list[bytes]) -> None:
    top, outside = tmp_path / "top", tmp_path / "outside"
    top.mkdir()
    outside.mkdir()
    (outside / "file").write_text("mine")
    (top / "existing-link").symlink_to(outside)
    before = _picture(outside)
    with pytest.raises(UnsafeArchive):
        await _unpack(top, *members)
    assert _picture(outside) == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["outside", "top"]


async def test_a_link_of_the_archive_is_not_followed_by_what_comes_behind(tmp_path: Path) -> None:
    top, outside = tmp_path / "top", tmp_path / "outside"
    top.mkdir()
    outside.mkdir()
    trap = [_member("a", tarfile.SYMTYPE, str(outside)), _member("a/evil", data=b"x")]
    with pytest.raises(UnsafeArchive, match="on the way"):
        await _unpack(top, *trap, outside_links="keep")
    swapped = [
        _member("b", tarfile.DIRTYPE),
        _member("b/f", data=b"x"),
        _member("b", tarfile.SYMTYPE, str(outside)),
    ]
    with pytest.raises(InvalidArgument, match="is a folder"):
        await _unpack(top, *swapped, outside_links="keep")
    assert list(outside.iterdir()) == []


async def test_a_file_with_other_names_is_replaced_not_written_through(tmp_path: Path) -> None:
    top, secret = tmp_path / "top", tmp_path / "secret"
    top.mkdir()
    secret.write_text("mine")
    os.link(secret, top / "hard")
    (top / "soft").symlink_to(secret)
    await _unpack(top, _member("hard", data=b"new"), _member("soft", data=b"new"))
    assert secret.read_text() == "mine"
    assert (top / "hard").read_text() == (top / "soft").read_text() == "new"
    assert not (top / "soft").is_symlink()


async def test_links_that_leave_can_be_kept_or_left_out(tmp_path: Path) -> None:
    link = _member("l", tarfile.SYMTYPE, "/proc/mounts")
    await _unpack(tmp_path, link, outside_links="skip")
    assert list(tmp_path.iterdir()) == []
    await _unpack(tmp_path, link, outside_links="keep")
    assert str((tmp_path / "l").readlink()) == "/proc/mounts"


async def test_the_archives_root_takes_another_name(tmp_path: Path) -> None:
    named = [
        _member("src", tarfile.DIRTYPE, mode=0o700),
        _member("src/f", data=b"x"),
        _member("src/h", tarfile.LNKTYPE, "src/f"),
    ]
    await _unpack(tmp_path, *named, root="dst")
    dotted = [_member(".", tarfile.DIRTYPE, mode=0o711), _member("./f", data=b"x")]
    await _unpack(tmp_path, *dotted, root="dotted")
    (tmp_path / "contents").mkdir(mode=0o755)
    await _unpack(tmp_path / "contents", *named, root=".")
    slash = [_member("/", tarfile.DIRTYPE, mode=0o711), _member("f", data=b"x")]
    (tmp_path / "slash").mkdir()
    await _unpack(tmp_path / "slash", *slash, root=".")
    await _unpack(tmp_path, _member("one", data=b"1"), root="file")
    found = sorted(str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*"))
    assert found == [
        *("contents", "contents/f", "contents/h", "dotted", "dotted/f", "dst", "dst/f", "dst/h", "file"),
        *("slash", "slash/f"),
    ]
    assert stat.S_IMODE((tmp_path / "dst").stat().st_mode) == 0o700
    assert stat.S_IMODE((tmp_path / "dotted").stat().st_mode) == 0o711
    assert stat.S_IMODE((tmp_path / "contents").stat().st_mode) == 0o755
    bare = [_member("a", tarfile.DIRTYPE), _member("a/f", data=b"x"), _member("h", tarfile.LNKTYPE, "a/f")]
    await extract(Pieces([*bare, END_MARK]), tmp_path, root="bare", rootless=True)  # podman's tar of `/d/.`
    assert sorted(path.name for path in (tmp_path / "bare").rglob("*")) == ["a", "f", "h"]
    with pytest.raises(InvalidArgument, match="no contents"):
        await _unpack(tmp_path, _member("one", data=b"1"), root=".")
    with pytest.raises(InvalidArgument, match="is not a name"):
        await _unpack(tmp_path, root="a/b")


async def test_setuid_is_kept_only_together_with_the_owner(tmp_path: Path) -> None:
    members = [_member("d", tarfile.DIRTYPE, mode=0o3775), _member("d/f", data=b"x", mode=0o4755)]
    await _unpack(tmp_path, *members)
    assert stat.S_IMODE((tmp_path / "d/f").stat().st_mode) == 0o755
    assert stat.S_IMODE((tmp_path / "d").stat().st_mode) == 0o3775
    await _unpack(tmp_path, *members, owner=True)
    assert stat.S_IMODE((tmp_path / "d/f").stat().st_mode) == 0o4755


async def test_folders_and_files_do_not_replace_each_other(tmp_path: Path) -> None:
    (tmp_path / "d").mkdir()
    (tmp_path / "f").write_text("x")
    with pytest.raises(InvalidArgument, match="d is a folder"):
        await _unpack(tmp_path, _member("d", data=b"x"))
    with pytest.raises(InvalidArgument, match="f is not a folder"):
        await _unpack(tmp_path, _member("f", tarfile.DIRTYPE))
    with pytest.raises(InvalidArgument, match=r"cannot write .*f/g"):
        await _unpack(tmp_path, _member("f/g", data=b"x"))
    with pytest.raises(InvalidArgument, match=r"cannot unpack into .*missing"):
        await _unpack(tmp_path / "missing", _member("f", data=b"x"))


async def test_a_cut_or_broken_stream_leaves_no_half_file(tmp_path: Path) -> None:
    data = _member("whole", data=b"x") + _member("half", data=b"x" * 5000)
    before = _descriptors()
    with pytest.raises(StreamInterrupted):
        await extract(Pieces([data[:4000]]), tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["whole"]
    with pytest.raises(ProtocolError):
        await extract(Pieces([data, b"y" * 512]), tmp_path)
    assert _descriptors() == before


async def test_cancelling_removes_the_half_file_and_closes(tmp_path: Path) -> None:
    class Endless(Pieces):
        async def __anext__(self) -> bytes:
            for piece in self._pieces:
                return piece
            scope.cancel()
            await anyio.sleep_forever()
            raise AssertionError

    first = _member("half", data=b"x" * (3 * BATCH))[: 2 * BATCH]
    with anyio.CancelScope() as scope:
        await extract(Endless([first]), tmp_path)
    assert scope.cancelled_caught
    assert list(tmp_path.iterdir()) == []


async def test_times_beyond_every_file_system_do_not_fail(tmp_path: Path) -> None:
    info = tarfile.TarInfo("old")
    info.mtime, info.uid, info.gid = -5, os.getuid(), os.getgid()
    later = tarfile.TarInfo("late")
    later.mtime = 1e18
    await _unpack(tmp_path, info.tobuf(tarfile.GNU_FORMAT), later.tobuf(tarfile.PAX_FORMAT))
    assert (tmp_path / "old").stat().st_mtime == 0
