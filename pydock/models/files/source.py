"""A tar to be sent: its bytes, pieces of it, or a local file that is read in pieces.

Danger: images are larger than memory, so a file is never read whole.
"""

from __future__ import annotations

from collections.abc import AsyncIterable
from os import PathLike
from typing import Self

import anyio

from pydock.errors import InvalidArgument

__all__ = ["PIECE", "Source", "content_of", "size_of"]

Source = bytes | AsyncIterable[bytes] | str | PathLike[str]
"""A tar: its bytes, pieces of it as they come, or the path of a local file."""

PIECE = 1 << 20
"""How many bytes are read or written at once."""


def content_of(source: Source) -> bytes | AsyncIterable[bytes]:
    """Return what to send; a file is opened when it is read."""
    if isinstance(source, (str, PathLike)):
        return _FilePieces(source)
    return source


async def size_of(source: Source) -> int:
    """Return how large a local file is; 0 where that is not known."""
    if not isinstance(source, (str, PathLike)):
        return 0
    try:
        return (await anyio.Path(source).stat()).st_size
    except OSError:  # reading it will say why
        return 0


class _FilePieces:
    """A local file in pieces; one hop to a thread for each MiB."""

    def __init__(self, path: str | PathLike[str]) -> None:
        self._path = path
        self._file: anyio.AsyncFile[bytes] | None = None

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> bytes:
        if self._file is None:
            try:
                self._file = await anyio.open_file(self._path, "rb")
            except OSError as error:
                raise InvalidArgument(f"{self._path} cannot be read: {error.strerror}.") from error
        piece = await self._file.read(PIECE)
        if not piece:
            await self._file.aclose()
            raise StopAsyncIteration
        return piece
