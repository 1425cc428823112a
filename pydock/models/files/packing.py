"""Files of the local disk as the pieces of a tar: headers, bodies, and the sorted walk. All of it blocks.

The danger is a disk that changes meanwhile: a header promises a size, so a file that grows is cut there, and
one that shrinks raises (padding it would build an image with zeros in it).
"""

# Paths are text here: Path drops trailing slashes and costs time per file.
# ruff: noqa: PTH115, PTH123

from __future__ import annotations

import os
import stat
import tarfile
from collections.abc import Generator
from dataclasses import dataclass
from operator import attrgetter

from pydock.errors import DockerError
from pydock.models.files.ignore import IgnoreFile, Verdict
from pydock.models.files.local import BATCH, local_error

__all__ = ["END_MARK", "Found", "Packer", "walk"]

END_MARK = bytes(1024)
"""The two empty blocks behind the last member."""

_OPEN = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0)
_SPECIAL = {
    stat.S_IFIFO: tarfile.FIFOTYPE,
    stat.S_IFCHR: tarfile.CHRTYPE,
    stat.S_IFBLK: tarfile.BLKTYPE,
}


@dataclass(slots=True)
class Packer:
    """Turns files into members.

    `uid` and `gid` of None keep those of the file. `mode` replaces the permissions of regular files only:
    folders need their x bits. Sockets cannot be packed; their names end up in `skipped`.
    """

    skipped: list[str]
    uid: int | None = 0
    gid: int | None = 0
    mode: int | None = None
    _links: dict[tuple[int, int], str] | None = None  # files with several names: (device, inode) -> the first name

    def entry(self, path: str, name: str, status: os.stat_result) -> Generator[bytes]:
        """Pack what is at the path, not following links."""
        info = self._info(name, status)
        kind = stat.S_IFMT(status.st_mode)
        if kind == stat.S_IFREG:
            yield from self._regular(path, info, status)
        elif kind == stat.S_IFDIR:
            info.type = tarfile.DIRTYPE
            yield _header(info)
        elif kind == stat.S_IFLNK:
            info.type, info.linkname = tarfile.SYMTYPE, _read_link(path)
            yield _header(info)
        elif kind in _SPECIAL:
            info.type = _SPECIAL[kind]
            info.devmajor, info.devminor = os.major(status.st_rdev), os.minor(status.st_rdev)
            yield _header(info)
        else:
            self.skipped.append(name)

    def content(self, name: str, data: bytes, *, mode: int = 0o644, mtime: int = 0) -> Generator[bytes]:
        """Pack bytes as a file."""
        info = tarfile.TarInfo(name)
        info.size, info.mtime = len(data), mtime
        info.mode = mode if self.mode is None else self.mode
        info.uid, info.gid = self.uid or 0, self.gid or 0
        yield _header(info)
        yield data
        yield bytes(-len(data) % 512)

    def _info(self, name: str, status: os.stat_result) -> tarfile.TarInfo:
        info = tarfile.TarInfo(name)
        info.mode = stat.S_IMODE(status.st_mode)
        info.mtime = int(status.st_mtime)
        info.uid = status.st_uid if self.uid is None else self.uid
        info.gid = status.st_gid if self.gid is None else self.gid
        return info

    def _regular(self, path: str, info: tarfile.TarInfo, status: os.stat_result) -> Generator[bytes]:
        if self.mode is not None:
            info.mode = self.mode
        if status.st_nlink > 1:
            self._links = self._links if self._links is not None else {}
            first = self._links.setdefault((status.st_dev, status.st_ino), info.name)
            if first != info.name:
                info.type, info.linkname = tarfile.LNKTYPE, first
                yield _header(info)
                return
        yield from _file(path, info)


def _header(info: tarfile.TarInfo) -> bytes:
    return info.tobuf(tarfile.PAX_FORMAT, "utf-8", "surrogateescape")


def _file(path: str, info: tarfile.TarInfo) -> Generator[bytes]:
    try:
        with open(os.open(path, _OPEN), "rb", buffering=0) as file:
            status = os.fstat(file.fileno())
            if not stat.S_ISREG(status.st_mode):
                raise DockerError(f"{path} stopped being a file while it was packed. Try again.")
            info.size = left = status.st_size
            yield _header(info)
            while left:
                piece = file.read(min(left, BATCH))
                if not piece:
                    raise DockerError(f"{path} shrank while it was packed. Try again when nobody writes to it.")
                left -= len(piece)
                yield piece
    except OSError as error:
        raise local_error("read", path, error) from error
    if info.size % 512:
        yield bytes(-info.size % 512)


def _read_link(path: str) -> str:
    try:
        return os.readlink(path)
    except OSError as error:
        raise local_error("read the link", path, error) from error


@dataclass(frozen=True, slots=True)
class Found:
    """Something below the folder that is walked."""

    name: str
    """Relative to the top, with `/`."""
    path: str
    status: os.stat_result
    verdict: Verdict


def walk(top: str, ignore: IgnoreFile) -> Generator[Found]:
    """Walk a tree in sorted order, folders before what is in them, links not followed.

    What is ignored is neither given nor even stat'ed, and folders that the patterns close are not opened. The
    memory it needs is that of the names kept in the folders on the way down.
    """
    stack = [iter(_listing(top, "", 0, ignore))]
    while stack:
        found = next(stack[-1], None)
        if found is None:
            stack.pop()
            continue
        entry, name, verdict = found.entry, found.name, found.verdict
        if not verdict.excluded:
            yield Found(name, entry.path, _stat(entry), verdict)
        if entry.is_dir(follow_symlinks=False):
            stack.append(iter(_listing(entry.path, f"{name}/", verdict.matched, ignore)))


@dataclass(frozen=True, slots=True)
class _Listed:
    name: str
    entry: os.DirEntry[str]
    verdict: Verdict


def _listing(directory: str, prefix: str, inherited: int, ignore: IgnoreFile) -> list[_Listed]:
    kept: list[_Listed] = []
    try:
        with os.scandir(directory) as entries:
            for entry in entries:
                name = prefix + entry.name
                verdict = ignore.verdict(name, inherited)
                if verdict.excluded and (not entry.is_dir(follow_symlinks=False) or ignore.closes(name, verdict)):
                    continue
                kept.append(_Listed(name, entry, verdict))
    except OSError as error:
        raise local_error("read the folder", directory, error) from error
    kept.sort(key=attrgetter("name"))
    return kept


def _stat(entry: os.DirEntry[str]) -> os.stat_result:
    try:
        return entry.stat(follow_symlinks=False)
    except OSError as error:
        raise local_error("read", entry.path, error) from error
