"""A tar as it arrives: a sans-IO parser, and a reader over any async stream of bytes. Constant memory.

The danger is believing the stream: a cut one is never the end (`StreamInterrupted`), and bytes that are no
tar raise `ProtocolError`. Names are given as they stand; whoever writes to a disk has to distrust them (see
`extract`).
"""

from __future__ import annotations

import math
import tarfile
from collections.abc import AsyncIterable, AsyncIterator
from dataclasses import dataclass, replace
from typing import Literal, Self

from pydock.errors import InvalidArgument, ProtocolError, StreamInterrupted

__all__ = ["TarEntry", "TarMember", "TarParser", "TarReader", "read_single_file"]

Kind = Literal["file", "dir", "symlink", "hardlink", "char", "block", "fifo", "other"]

BLOCK = 512
_LONGEST_EXTENSION = 1 << 20
"""A long name or a PAX header is held in memory; real ones have a few hundred bytes."""

_KINDS: dict[bytes, Kind] = {
    tarfile.REGTYPE: "file",
    tarfile.AREGTYPE: "file",
    tarfile.CONTTYPE: "file",
    tarfile.DIRTYPE: "dir",
    tarfile.SYMTYPE: "symlink",
    tarfile.LNKTYPE: "hardlink",
    tarfile.CHRTYPE: "char",
    tarfile.BLKTYPE: "block",
    tarfile.FIFOTYPE: "fifo",
}
_PAX_TYPES = {tarfile.XHDTYPE, tarfile.SOLARIS_XHDTYPE, tarfile.XGLTYPE}
_EXTENSIONS = {tarfile.GNUTYPE_LONGNAME, tarfile.GNUTYPE_LONGLINK, *_PAX_TYPES}
_ZERO_BLOCK = bytes(BLOCK)


@dataclass(frozen=True, slots=True, kw_only=True)
class TarMember:
    """The header of one member."""

    name: str
    """As in the archive, without a trailing `/`."""
    kind: Kind
    size: int = 0
    """Bytes of the body; 0 for all but files."""
    mode: int = 0o644
    """Permission bits with setuid, setgid and sticky."""
    mtime: float = 0
    """Seconds since 1970."""
    uid: int = 0
    gid: int = 0
    uname: str = ""
    gname: str = ""
    linkname: str = ""
    """Where a link leads to: as written for a symbolic one, the name of another member for a hard one."""


class TarParser:
    """Take bytes in pieces of any size, give members and pieces of their bodies.

    `receive` bytes, then ask `next_event` until it answers None (more bytes are needed, or it is the end): a
    `TarMember` begins a member, the `bytes` behind it are its body. Call `end_of_input` when no bytes are
    left.
    """

    def __init__(self) -> None:
        self._data: bytes = b""
        self._position = 0
        self._body = 0  # bytes of the current body still to come
        self._padding = 0
        self._zero_blocks = 0
        self._extensions: dict[str, str] = {}  # what long names and PAX headers say about the next member
        self._defaults: dict[str, str] = {}  # from global PAX headers
        self._pending: tuple[bytes, int, int] | None = None  # an extension's type, size and size with padding

    @property
    def ended(self) -> bool:
        """Tell whether the archive's end mark was seen. What follows it is ignored."""
        return self._zero_blocks > 0

    def receive(self, data: bytes) -> None:
        """Add bytes of the stream."""
        rest = self._data[self._position :]
        self._data, self._position = (rest + data if rest else data), 0

    def next_event(self) -> TarMember | bytes | None:
        """Return the next member or piece of a body; None: more bytes are needed. Raises `ProtocolError`."""
        while self._position < len(self._data):
            if self._zero_blocks > 1:
                self._position = len(self._data)
            elif self._body:
                return self._take_body()
            elif self._padding:
                skipped = min(self._padding, len(self._data) - self._position)
                self._padding -= skipped
                self._position += skipped
            elif self._pending:
                if not self._take_extension(*self._pending):
                    return None
            elif len(self._data) - self._position < BLOCK:
                return None
            elif member := self._take_header():
                return member
        return None

    def end_of_input(self) -> None:
        """Say that no bytes are left. Raises `StreamInterrupted` unless the archive is complete."""
        if not self.ended:
            raise StreamInterrupted("the tar stream was cut off before its end mark. Ask for it again.")

    def _take_body(self) -> bytes:
        start, self._position = self._position, min(self._position + self._body, len(self._data))
        self._body -= self._position - start
        if start == 0 and self._position == len(self._data):
            return self._data  # the usual case: all of a chunk is body, no copy
        return self._data[start : self._position]

    def _take_header(self) -> TarMember | None:
        block = self._data[self._position : self._position + BLOCK]
        self._position += BLOCK
        if block == _ZERO_BLOCK:
            self._zero_blocks += 1
            return None
        if self._zero_blocks:
            raise ProtocolError("not a tar stream: a member follows an empty block")
        info = _parse(block)
        if info.type in _EXTENSIONS:
            if info.size > _LONGEST_EXTENSION:
                raise ProtocolError(f"not a tar stream: an extended header of {info.size} bytes")
            self._pending = (info.type, info.size, info.size + -info.size % BLOCK)
            return None
        member = self._apply(_member(info))
        self._body, self._padding = member.size, -member.size % BLOCK
        return member

    def _take_extension(self, kind: bytes, size: int, padded: int) -> bool:
        if len(self._data) - self._position < padded:
            return False
        content = self._data[self._position : self._position + size]
        self._position += padded
        self._pending = None
        if kind in _PAX_TYPES:
            target = self._defaults if kind == tarfile.XGLTYPE else self._extensions
            target.update(_pax_records(content))
        else:
            key = "path" if kind == tarfile.GNUTYPE_LONGNAME else "linkpath"
            self._extensions[key] = _text(content.partition(b"\0")[0])
        return True

    def _apply(self, member: TarMember) -> TarMember:
        said = {**self._defaults, **self._extensions}
        self._extensions = {}
        if not said:
            return member
        if any(key.startswith("GNU.sparse.") for key in said):
            raise ProtocolError(f"{member.name}: sparse members are not understood. Pack it without --sparse.")
        try:
            return replace(
                member,
                name=said.get("path", member.name).rstrip("/") or "/",
                linkname=said.get("linkpath", member.linkname),
                size=_size(member.kind, int(said.get("size", member.size))),
                mtime=_seconds(said.get("mtime", member.mtime)),
                uid=int(said.get("uid", member.uid)),
                gid=int(said.get("gid", member.gid)),
                uname=said.get("uname", member.uname),
                gname=said.get("gname", member.gname),
            )
        except ValueError as error:
            raise ProtocolError(f"not a tar stream: a malformed extended header of {member.name}") from error


class TarEntry:
    """A member with its body. Iterate it for the body's pieces, or `await read()`; what is not read is
    skipped.
    """

    def __init__(self, member: TarMember, reader: TarReader) -> None:
        self.member = member
        self._reader = reader

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> bytes:
        piece = await self._reader.body_piece(self)
        if piece is None:
            raise StopAsyncIteration
        return piece

    async def read(self) -> bytes:
        """Read the whole body into memory."""
        return b"".join([piece async for piece in self])


class TarReader:
    """Read a tar from an async stream of bytes.

    ```python
    async with TarReader(chunks) as tar:
        async for entry in tar:
            print(entry.member.name, len(await entry.read()))
    ```

    Raises `StreamInterrupted` when the stream ends too early and `ProtocolError` when it is no tar. Closing
    it closes the stream it reads from.
    """

    def __init__(self, chunks: AsyncIterable[bytes]) -> None:
        self._chunks: AsyncIterator[bytes] = aiter(chunks)
        self._parser = TarParser()
        self._current: TarEntry | None = None
        self._next: TarMember | None = None
        self._exhausted = False

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> TarEntry:
        if self._current is not None:
            current = self._current
            while await self.body_piece(current) is not None:
                pass
        if self._next is None:
            await self._advance()
        if self._next is None:
            raise StopAsyncIteration
        self._current, self._next = TarEntry(self._next, self), None
        return self._current

    async def body_piece(self, entry: TarEntry) -> bytes | None:
        """Return the next piece of this entry's body; None at its end, or when the reader is past it."""
        if entry is not self._current or self._next is not None:
            return None
        return await self._advance()

    async def aclose(self) -> None:
        """Close the stream that is read. May be called twice."""
        self._exhausted = True
        close = getattr(self._chunks, "aclose", None)
        if close is not None:
            await close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    async def _advance(self) -> bytes | None:
        """Return the next piece of the body; None at its end, with the next member (if any) in `_next`."""
        while True:
            event = self._parser.next_event()
            if isinstance(event, bytes):
                return event
            if event is not None:
                self._next = event
                return None
            if self._exhausted:
                return None
            try:
                self._parser.receive(await anext(self._chunks))
            except StopAsyncIteration:
                self._exhausted = True
                self._parser.end_of_input()


async def read_single_file(chunks: AsyncIterable[bytes]) -> bytes:
    """Return the content of the one file in a tar stream, as the daemon answers when asked for a file.

    Raises `InvalidArgument` when it is a folder, a link or anything else.
    """
    async with TarReader(chunks) as tar:
        async for entry in tar:
            member = entry.member
            if member.kind == "file":
                content = await entry.read()
                async for _ in tar:
                    raise InvalidArgument("there is more than one file. Copy the folder, or name one of its files.")
                return content
            hint = f"Read {member.linkname} instead." if member.linkname else "Copy it to a local folder instead."
            raise InvalidArgument(f"{member.name} is not a file ({member.kind}). {hint}")
    raise ProtocolError("the tar stream has no members")


def _parse(block: bytes) -> tarfile.TarInfo:
    try:
        info = tarfile.TarInfo.frombuf(block, "utf-8", "surrogateescape")
    except tarfile.HeaderError as error:
        raise ProtocolError(f"not a tar stream: {error}") from error
    if info.type == tarfile.GNUTYPE_SPARSE:
        raise ProtocolError(f"{info.name}: sparse members are not understood. Pack it without --sparse.")
    if info.size < 0:
        raise ProtocolError(f"not a tar stream: {info.name} has a negative size")
    return info


def _member(info: tarfile.TarInfo) -> TarMember:
    kind = _KINDS.get(info.type, "other")
    return TarMember(
        name=info.name.rstrip("/") or "/",
        kind=kind,
        size=_size(kind, info.size),
        mode=info.mode & 0o7777,  # engines up to 20.10 send the kind's bits, too
        mtime=info.mtime,
        uid=info.uid,
        gid=info.gid,
        uname=info.uname,
        gname=info.gname,
        linkname=info.linkname,
    )


def _size(kind: Kind, size: int) -> int:
    """Only files (and kinds from the future) have a body; a size in other headers means nothing."""
    if size < 0:
        raise ValueError("negative size")
    return size if kind in {"file", "other"} else 0


def _seconds(value: str | float) -> float:
    seconds = float(value)
    if not math.isfinite(seconds):
        raise ValueError(value)
    return seconds


def _pax_records(content: bytes) -> dict[str, str]:
    records: dict[str, str] = {}
    while content:
        length, space, _ = content.partition(b" ")
        end = int(length) if length.isdigit() and len(length) < 8 else 0
        record = content[len(length) + 1 : end - 1]
        key, equals, value = record.partition(b"=")
        if not (space and equals and len(length) + 1 < end <= len(content)) or content[end - 1 : end] != b"\n":
            raise ProtocolError("not a tar stream: a malformed extended header")
        if b"\0" in value and key in {b"path", b"linkpath"}:
            raise ProtocolError("not a tar stream: a name with a zero byte")
        records[_text(key)] = _text(value)
        content = content[end:]
    return records


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", "surrogateescape")
