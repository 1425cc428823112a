"""One layer of a saved image, as its bytes arrive: what its tar's headers say. Plain, gzip or zstd; constant memory.

Danger: a few compressed kilobytes can be gigabytes, so they are unpacked in steps and the bodies thrown away.
"""

from __future__ import annotations

import importlib
import posixpath
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from pydock.errors import MissingExtra, ProtocolError
from pydock.models.files.tarstream import TarMember, TarParser

__all__ = ["LayerTar", "TarNote"]

_GZIP, _ZSTD = b"\x1f\x8b", b"\x28\xb5\x2f\xfd"
_STEP, _BIT = 1 << 20, 1 << 10
_OPAQUE, _OURS, _GONE = ".wh..wh..opq", ".wh..wh.", ".wh."


@dataclass(frozen=True, slots=True)
class TarNote:
    """What a header says. A whiteout's path is that of what it deletes; an opaque one's that of the folder."""

    path: str
    kind: str
    size: int
    owner: tuple[int, int, int]
    """Mode, uid, gid."""
    target: str
    whiteout: bool = False
    opaque: bool = False


class LayerTar:
    """Takes the bytes of something that may be a layer; `notes` are its entries, `problem` says why it is none."""

    def __init__(self, stored: int) -> None:
        self.stored = stored
        """Bytes as they are saved."""
        self.compression: str = ""
        self.notes: list[TarNote] = []
        self.problem: str = ""
        self.begun: bool = False
        self._first = b""
        self._parser = TarParser()
        self._unpack: Callable[[bytes], Iterator[bytes]] = _as_it_is

    def receive(self, data: bytes) -> None:
        """Take bytes."""
        if self.problem:
            return
        if not self.begun:
            self._first += data
            if len(self._first) < len(_ZSTD):
                return
            data = self._begin()
        try:
            for piece in self._unpack(data):
                self._read(piece)
        except (ProtocolError, zlib.error, EOFError) as error:
            self.problem = str(error)

    def end(self) -> None:
        """Say that no bytes are left."""
        if not self.begun:
            self.problem = "a file of a few bytes is no layer"
        elif not self.problem and not self._parser.ended:
            self.problem = "a layer was cut off before its end mark"

    def _begin(self) -> bytes:
        self.begun = True
        if self._first.startswith(_GZIP):
            self.compression, self._unpack = "gzip", _Gzip()
        elif self._first.startswith(_ZSTD):
            self.compression, self._unpack = "zstd", _Zstd()
        data, self._first = self._first, b""
        return data

    def _read(self, piece: bytes) -> None:
        self._parser.receive(piece)
        while (event := self._parser.next_event()) is not None:
            if isinstance(event, TarMember):
                note = _noted(event)
                if note is not None:
                    self.notes.append(note)


def _noted(member: TarMember) -> TarNote | None:
    path = posixpath.normpath("/" + member.name.lstrip("/"))
    folder, _, name = path.rpartition("/")
    owner = (member.mode, member.uid, member.gid)
    if name == _OPAQUE:
        return TarNote(folder or "/", "dir", 0, owner, "", opaque=True)
    if name.startswith(_OURS) or path == "/":
        return None
    if name.startswith(_GONE):
        return TarNote(f"{folder}/{name.removeprefix(_GONE)}", member.kind, 0, owner, "", whiteout=True)
    return TarNote(path, member.kind, member.size, owner, member.linkname)


def _as_it_is(data: bytes) -> Iterator[bytes]:
    yield data


class _Gzip:
    """Unpacks one or several gzip members behind each other."""

    def __init__(self) -> None:
        self._inflate = zlib.decompressobj(wbits=31)

    def __call__(self, data: bytes) -> Iterator[bytes]:
        while data:
            if self._inflate.eof:
                self._inflate = zlib.decompressobj(wbits=31)
            yield self._inflate.decompress(data, _STEP)
            data = self._inflate.unused_data if self._inflate.eof else self._inflate.unconsumed_tail


class _Zstd:
    """Unpacks one or several zstd frames, with Python's own module from 3.14 on, else the package zstandard.

    A bit at a time: each byte of it can become 32 KiB.
    """

    def __init__(self) -> None:
        try:
            module: Any = importlib.import_module("compression.zstd")
            self._frame: Callable[[], Any] = module.ZstdDecompressor
        except ImportError:
            try:
                module = importlib.import_module("zstandard")
            except ImportError:
                raise MissingExtra("This image has layers in zstd. Read them with: pip install zstandard") from None
            self._frame = lambda: module.ZstdDecompressor().decompressobj()
        self._error: type[Exception] = module.ZstdError
        self._current = self._frame()

    def __call__(self, data: bytes) -> Iterator[bytes]:
        for position in range(0, len(data), _BIT):
            rest = data[position : position + _BIT]
            while rest:
                if self._current.eof:
                    self._current = self._frame()
                yield self._decompress(rest)
                rest = self._current.unused_data if self._current.eof else b""

    def _decompress(self, data: bytes) -> bytes:
        try:
            unpacked: bytes = self._current.decompress(data)
        except self._error as error:
            raise ProtocolError(str(error)) from error
        return unpacked
