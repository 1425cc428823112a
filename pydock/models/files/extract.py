"""A tar stream into a local folder. The danger is the archive: it comes out of a container that may be
hostile.

So every step down is opened by descriptor without following links, nothing is written through an existing
file, and names or links that lead out of the folder are refused with `UnsafeArchive`. What came before stays
on the disk.
"""

from __future__ import annotations

import os
import posixpath
import stat
from collections.abc import AsyncIterable
from contextlib import suppress
from typing import Literal

import anyio
import anyio.to_thread

from pydock.errors import InvalidArgument, UnsafeArchive
from pydock.models.files.local import BATCH, StrPath, local_error
from pydock.models.files.tarstream import TarMember, TarParser

__all__ = ["OutsideLinks", "extract"]

OutsideLinks = Literal["refuse", "keep", "skip"]

_FOLDER = os.O_RDONLY | getattr(os, "O_DIRECTORY", 0) | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0)
_NEW_FILE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0)
_DEEPEST = 200
"""Levels below the folder; each one that is open costs a descriptor."""


async def extract(
    chunks: AsyncIterable[bytes],
    directory: StrPath,
    *,
    root: str | None = None,
    rootless: bool = False,
    preserve_owner: bool = False,
    outside_links: OutsideLinks = "refuse",
) -> None:
    """Unpack a tar stream into an existing folder, a few MiB in memory at a time, on worker threads.

    `root` gives the archive's one root another name (`CopyPlan.root`); `"."` unpacks what is in it, without
    it. `rootless` says that the archive has no root, as that of a path with `/.` (`CopyPlan.rootless`).
    Permissions and times are kept; user and group only with `preserve_owner` (needs root), and with them
    setuid and setgid, which would make a gift of the rights of whoever unpacks. `outside_links` says what to
    do with symbolic links that leave the folder or are absolute: they are refused, made as they stand, or
    left out.

    Raises `UnsafeArchive`, `StreamInterrupted` (the unfinished file is removed), `ProtocolError`, and
    `InvalidArgument` when a folder is in the place of a file or cannot be written.
    """
    if root is not None and (root in {"", ".."} or "/" in root):
        raise InvalidArgument(f"root={root!r} is not a name. Write one name, or '.' for the contents.")
    work = _Extraction(os.fspath(directory), _Names(root, rootless), preserve_owner, outside_links)
    try:
        batch: list[bytes] = []
        size = 0
        async for chunk in chunks:
            batch.append(chunk)
            size += len(chunk)
            if size >= BATCH:
                await anyio.to_thread.run_sync(work.write, batch)
                batch, size = [], 0
        await anyio.to_thread.run_sync(work.write, batch)
        await anyio.to_thread.run_sync(work.finish)
    finally:
        with anyio.CancelScope(shield=True):
            await anyio.to_thread.run_sync(work.close)


class _Extraction:
    """The blocking half: parses, checks and writes."""

    def __init__(self, directory: str, names: _Names, preserve_owner: bool, outside_links: OutsideLinks) -> None:
        self._parser = TarParser()
        self._directory = directory
        self._names = names
        self._preserve_owner = preserve_owner
        self._outside_links = outside_links
        self._folders = _Folders(directory)
        self._file: tuple[int, TarMember, list[str]] | None = None
        self._left = 0
        self._made: dict[tuple[str, ...], TarMember] = {}  # folders get permissions and times when all is in them

    def write(self, batch: list[bytes]) -> None:
        for data in batch:
            self._parser.receive(data)
            while (event := self._parser.next_event()) is not None:
                if isinstance(event, TarMember):
                    self._begin(event)
                else:
                    self._append(event)

    def finish(self) -> None:
        self._parser.end_of_input()
        for parts in sorted(self._made, reverse=True):
            self._dress_folder(list(parts), self._made[parts])

    def close(self) -> None:
        """Close what is open. An unfinished file is removed: half a file is worse than none."""
        unfinished, self._file = self._file, None
        if unfinished is not None:
            descriptor, _, parts = unfinished
            os.close(descriptor)
            with suppress(OSError, UnsafeArchive):
                os.unlink(parts[-1], dir_fd=self._folders.open(parts[:-1]))
        self._folders.close()

    def _begin(self, member: TarMember) -> None:
        parts = self._names.place(member.name, is_root_dir=member.kind == "dir")
        if not parts:
            if member.kind != "dir":
                raise InvalidArgument(f"{member.name} is not a folder, so it has no contents to copy.")
            return
        try:
            self._make(member, parts)
        except OSError as error:
            raise local_error("write", self._path(parts), error) from error

    def _make(self, member: TarMember, parts: list[str]) -> None:
        parent, name = self._folders.open(parts[:-1], create=True), parts[-1]
        if member.kind == "dir":
            self._make_folder(member, parts, parent)
        elif member.kind in {"file", "other"}:
            self._clear(parts, parent)
            self._file, self._left = (
                (os.open(name, _NEW_FILE, 0o600, dir_fd=parent), member, parts),
                member.size,
            )
            self._end_file_if_complete()
        elif member.kind == "symlink":
            self._make_symlink(member, parts, parent)
        elif member.kind == "hardlink":
            self._make_hardlink(member, parts, parent)
        elif member.kind == "fifo":
            self._clear(parts, parent)
            os.mkfifo(name, stat.S_IMODE(member.mode) & 0o777, dir_fd=parent)
        else:
            raise UnsafeArchive(f"{member.name} is a device node ({member.kind}). Leave it out of what is copied.")

    def _make_folder(self, member: TarMember, parts: list[str], parent: int) -> None:
        try:
            os.mkdir(parts[-1], 0o700, dir_fd=parent)
        except FileExistsError:
            kind = stat.S_IFMT(os.lstat(parts[-1], dir_fd=parent).st_mode)
            if kind == stat.S_IFLNK:
                raise UnsafeArchive(f"{self._path(parts)} is a link where the archive has a folder.") from None
            if kind != stat.S_IFDIR:
                raise InvalidArgument(
                    f"{self._path(parts)} is not a folder, but the archive has one there. Move it away first."
                ) from None
        self._made[tuple(parts)] = member

    def _make_symlink(self, member: TarMember, parts: list[str], parent: int) -> None:
        if self._leaves(member.linkname, parts):
            if self._outside_links == "refuse":
                raise UnsafeArchive(
                    f"{member.name} is a link that leaves the folder, to {member.linkname}. "
                    'Write outside_links="keep" (or "skip") if you trust the archive.'
                )
            if self._outside_links == "skip":
                return
        self._clear(parts, parent)
        os.symlink(member.linkname, parts[-1], dir_fd=parent)
        if self._preserve_owner:
            os.chown(parts[-1], member.uid, member.gid, dir_fd=parent, follow_symlinks=False)
        os.utime(parts[-1], ns=_times(member), dir_fd=parent, follow_symlinks=False)

    def _make_hardlink(self, member: TarMember, parts: list[str], parent: int) -> None:
        target = self._names.place(member.linkname, is_root_dir=False)
        if not target:
            raise UnsafeArchive(f"{member.name} is a hard link to the folder itself.")
        if target == parts:
            return
        source = os.dup(self._folders.open(target[:-1]))
        try:
            parent = self._folders.open(parts[:-1])
            self._clear(parts, parent)
            os.link(target[-1], parts[-1], src_dir_fd=source, dst_dir_fd=parent, follow_symlinks=False)
        finally:
            os.close(source)

    def _clear(self, parts: list[str], parent: int) -> None:
        """Remove what is in the place of a new file: writing into it could change a file with other names."""
        try:
            os.unlink(parts[-1], dir_fd=parent)
        except FileNotFoundError:
            pass
        except (IsADirectoryError, PermissionError):
            if stat.S_ISDIR(os.lstat(parts[-1], dir_fd=parent).st_mode):
                raise InvalidArgument(
                    f"{self._path(parts)} is a folder, but the archive has a file there. Move it away first."
                ) from None
            raise

    def _append(self, piece: bytes) -> None:
        if self._file is None:
            return
        descriptor, _, parts = self._file
        self._left -= len(piece)
        try:
            view = memoryview(piece)
            while view:
                view = view[os.write(descriptor, view) :]
        except OSError as error:
            raise local_error("write", self._path(parts), error) from error
        self._end_file_if_complete()

    def _end_file_if_complete(self) -> None:
        if self._file is None or self._left:
            return
        descriptor, member, parts = self._file
        try:
            self._dress(descriptor, member, keep=0o7777 if self._preserve_owner else 0o1777)
        except OSError as error:
            raise local_error("set owner, permissions or time of", self._path(parts), error) from error
        self._file = None
        os.close(descriptor)

    def _dress_folder(self, parts: list[str], member: TarMember) -> None:
        try:
            descriptor = self._folders.open(parts)
            self._dress(descriptor, member, keep=0o7777)
        except OSError as error:
            raise local_error("set owner, permissions or time of", self._path(parts), error) from error

    def _dress(self, descriptor: int, member: TarMember, *, keep: int) -> None:
        if self._preserve_owner:
            os.fchown(descriptor, member.uid, member.gid)
        os.fchmod(descriptor, member.mode & keep)
        os.utime(descriptor, ns=_times(member))

    def _leaves(self, target: str, parts: list[str]) -> bool:
        """Tell whether a link may lead out. A `..` behind a name counts as that: the name may be a link
        itself.
        """
        steps = [part for part in target.split("/") if part not in {"", "."}]
        upwards = next((level for level, step in enumerate(steps) if step != ".."), len(steps))
        return target.startswith("/") or upwards >= len(parts) or ".." in steps[upwards:]

    def _path(self, parts: list[str]) -> str:
        return posixpath.join(self._directory, *parts)


class _Names:
    """Turns names of the archive into places below the folder, renaming the archive's one root."""

    def __init__(self, root: str | None, rootless: bool) -> None:
        self._root = root
        # How many components the archive's root has: 1, or 0 when it is `.` or not there (podman leaves it out).
        self._strip: int | None = 0 if rootless else None

    def place(self, name: str, *, is_root_dir: bool) -> list[str]:
        if name.startswith("/") and not (is_root_dir and not name.strip("/")):
            raise UnsafeArchive(f"{name} is an absolute name. The archive cannot be unpacked safely.")
        parts = [part for part in name.split("/") if part not in {"", "."}]
        if ".." in parts:
            raise UnsafeArchive(f"{name} leads out of the folder. The archive cannot be unpacked safely.")
        if len(parts) > _DEEPEST:
            raise UnsafeArchive(f"{name[:100]}… is more than {_DEEPEST} folders deep.")
        if self._root is None:
            return parts
        if self._strip is None:
            self._strip = min(len(parts), 1)
        new = [] if self._root == "." else [self._root]
        return [*new, *parts[self._strip :]]


class _Folders:
    """Open folders on the way down to the current member, each opened relative to the one above, never by a
    link.
    """

    def __init__(self, top: str) -> None:
        self._top = top
        self._open: list[tuple[str, int]] = []

    def open(self, parts: list[str], *, create: bool = False) -> int:
        """Return the descriptor of a folder below the top; it stays open until another way down is taken."""
        if not self._open:
            try:
                descriptor = os.open(self._top, _FOLDER & ~getattr(os, "O_NOFOLLOW", 0))
            except OSError as error:
                raise local_error("unpack into", self._top, error) from error
            self._open.append(("", descriptor))
        same = 0
        while same < min(len(parts), len(self._open) - 1) and self._open[same + 1][0] == parts[same]:
            same += 1
        while len(self._open) > same + 1:
            os.close(self._open.pop()[1])
        for part in parts[same:]:
            self._open.append((part, self._step(part, self._open[-1][1], create)))
        return self._open[-1][1]

    def close(self) -> None:
        while self._open:
            os.close(self._open.pop()[1])

    def _step(self, name: str, parent: int, create: bool) -> int:
        if create:
            with suppress(FileExistsError):
                os.mkdir(name, dir_fd=parent)
        try:
            return os.open(name, _FOLDER, dir_fd=parent)
        except OSError:
            if stat.S_ISLNK(os.lstat(name, dir_fd=parent).st_mode):
                way = posixpath.join(self._top, *(part for part, _ in self._open[1:]), name)
                raise UnsafeArchive(f"{way} is a link on the way to a member. Links are never followed.") from None
            raise


def _times(member: TarMember) -> tuple[int, int]:
    seconds = min(max(member.mtime, 0), 1 << 33)  # what every file system can hold: 1970 to 2242
    nanoseconds = int(seconds) * 10**9 + int(seconds % 1 * 10**9)
    return nanoseconds, nanoseconds
