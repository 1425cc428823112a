"""A tar to be sent: its bytes, pieces of it, or a local file that is read in pieces.

Danger: images are larger than memory, so a file is never read whole.
"""

from __future__ import annotations

from collections.abc import AsyncIterable, Generator
from os import PathLike
from pathlib import Path

import anyio

from pydock.models.files.local import BATCH, ChunkStream, StrPath, local_error

__all__ = ["Source", "content_of", "size_of"]

Source = bytes | AsyncIterable[bytes] | str | PathLike[str]
"""A tar: its bytes, pieces of it as they come, or the path of a local file."""


def content_of(source: Source) -> bytes | AsyncIterable[bytes]:
    """Return what to send; a file is opened when it is read."""
    if isinstance(source, (str, PathLike)):
        return ChunkStream(lambda: _pieces_of(source))
    return source


async def size_of(source: Source) -> int:
    """Return how large a local file is; 0 where that is not known."""
    if not isinstance(source, (str, PathLike)):
        return 0
    try:
        return (await anyio.Path(source).stat()).st_size
    except OSError:  # reading it will say why
        return 0


def _pieces_of(path: StrPath) -> Generator[bytes]:
    try:
        with Path(path).open("rb", buffering=0) as file:
            while piece := file.read(BATCH):
                yield piece
    except OSError as error:
        raise local_error("read", path, error) from error
