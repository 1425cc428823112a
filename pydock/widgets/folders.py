"""What lies in a folder of a container, and how it differs from the image: read from the daemon's archive.

Danger: the daemon sends a folder with all that is below it, so what is too large is cut off, and said to be.
"""

from __future__ import annotations

import posixpath
from collections.abc import Mapping
from dataclasses import dataclass, field

import anyio

from pydock.errors import NotFound
from pydock.models.containers import ContainerRef
from pydock.models.files.tarstream import TarMember, TarParser

__all__ = ["Entry", "Folder", "beginning", "marks_below", "read_folder"]

_MOST_BYTES = 96_000_000
_MOST_MEMBERS = 50_000
_PATIENCE = 4.0
_ROOT = ("bin", "boot", "data", "dev", "etc", "home", "lib", "media", "mnt", "opt", "proc", "root", "run", "sbin",
         "srv", "sys", "tmp", "usr", "var")  # fmt: skip


@dataclass(frozen=True)
class Entry:
    """One thing in a folder."""

    name: str
    kind: str
    """`dir`, `file`, `symlink`, …; "" when only its change is known."""
    size: int = 0
    """Bytes; of a folder all that was seen below it."""
    target: str = ""
    """Where a link leads to."""


@dataclass
class Folder:
    """A folder's entries by name."""

    entries: dict[str, Entry] = field(default_factory=dict[str, Entry])
    complete: bool = True
    """False: it was too large to be read to its end."""


async def read_folder(ref: ContainerRef, path: str) -> Folder:
    """Read a folder. Raises `NotFound`; what is no folder has no entries."""
    folder, parser = Folder(complete=False), TarParser()
    size = members = 0
    with anyio.move_on_after(_PATIENCE):
        async with ref.archive(posixpath.join(path, ".")) as stream:
            async for piece in stream:
                parser.receive(piece)
                size += len(piece)
                while (event := parser.next_event()) is not None:
                    if isinstance(event, TarMember):
                        members += 1
                        _note(folder.entries, event)
                if size > _MOST_BYTES or members > _MOST_MEMBERS:
                    break
            else:
                folder.complete = True
    if path == "/" and not folder.complete:
        await _complete_root(ref, folder)
    return folder


def _note(entries: dict[str, Entry], member: TarMember) -> None:
    """Take a member; of deeper ones only their size counts, for the folder that they are in."""
    name, _, below = member.name.removeprefix("./").strip("/").partition("/")
    if name in {"", "."}:
        return
    known = entries.get(name, Entry(name, "dir"))
    if below:
        entries[name] = Entry(name, "dir", known.size + member.size)
    else:
        entries[name] = Entry(name, member.kind, known.size + member.size, member.linkname)


async def _complete_root(ref: ContainerRef, folder: Folder) -> None:
    """Ask for the folders that every system has, as the root is what is most often too large."""
    for name in _ROOT:
        if name not in folder.entries:
            try:
                found = await ref.stat(f"/{name}")
            except NotFound:
                continue
            kind = "symlink" if found.is_symlink else "dir" if found.is_dir else "file"
            folder.entries[name] = Entry(name, kind, target=found.link_target)


async def beginning(ref: ContainerRef, path: str, limit: int) -> bytes:
    """Return the first bytes of a file, without reading the rest."""
    parser, content = TarParser(), b""
    async with ref.archive(path) as stream:
        async for piece in stream:
            parser.receive(piece)
            while (event := parser.next_event()) is not None:
                if isinstance(event, bytes):
                    content += event
            if len(content) >= limit:
                break
    return content[:limit]


def marks_below(changes: Mapping[str, str], path: str) -> dict[str, str]:
    """Return the changes of a folder's entries by name: A, M or D; a folder with changes below is M."""
    found: dict[str, str] = {}
    start = path.rstrip("/") + "/"
    for changed, mark in changes.items():
        if changed.startswith(start):
            name, _, below = changed[len(start) :].partition("/")
            found[name] = found.get(name, "M") if below else mark
    return found
