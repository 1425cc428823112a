"""The border to the local disk: its errors in pydock's words, its slowness in worker threads.

The danger is a hop per small chunk: a thread switch costs more than copying 64 KiB, so all work is done in
batches.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Generator, Iterator
from typing import Self

import anyio
import anyio.to_thread

from pydock.errors import DockerError, InvalidArgument

__all__ = ["BATCH", "ChunkStream", "StrPath", "local_error"]

StrPath = str | os.PathLike[str]

BATCH = 1 << 20
"""Bytes that a worker thread reads or writes before it reports back."""

_CALLERS_CHOICE = {
    errno.EACCES,
    errno.EPERM,
    errno.ENOENT,
    errno.ENOTDIR,
    errno.EISDIR,
    errno.ELOOP,
    errno.ENAMETOOLONG,
    errno.EROFS,
}


def local_error(action: str, path: StrPath, error: OSError) -> DockerError:
    """Say what failed on the local disk, naming the file: `InvalidArgument` when another path would have
    worked.
    """
    kind = InvalidArgument if error.errno in _CALLERS_CHOICE else DockerError
    shown = os.fsencode(path).decode("utf-8", "backslashreplace")
    return kind(f"cannot {action} {shown}: {error.strerror or error}")


class ChunkStream:
    """The pieces of a blocking generator as an async stream: pieces of 1 MiB and more, made in worker
    threads.

    Nothing is opened before the first chunk is asked for; `aclose` (or the end, or an error) closes the
    generator.
    """

    def __init__(self, make: Callable[[], Generator[bytes]]) -> None:
        self._make = make
        self._pieces: Generator[bytes] | None = None
        self._done = False

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> bytes:
        if self._done:
            raise StopAsyncIteration
        try:
            batch = await anyio.to_thread.run_sync(self._batch)
        except BaseException:
            await self.aclose()
            raise
        if not batch:
            self._done = True
            raise StopAsyncIteration
        return batch

    async def aclose(self) -> None:
        """Stop, and close what is open. May be called twice."""
        self._done = True
        pieces, self._pieces = self._pieces, None
        if pieces is not None:
            with anyio.CancelScope(shield=True):
                await anyio.to_thread.run_sync(pieces.close)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    def _batch(self) -> bytes:
        if self._pieces is None:
            self._pieces = self._make()
        return gather(self._pieces)


def gather(pieces: Iterator[bytes]) -> bytes:
    """Take pieces until they make a batch; empty at the end."""
    taken: list[bytes] = []
    size = 0
    for piece in pieces:
        taken.append(piece)
        size += len(piece)
        if size >= BATCH:
            break
    return taken[0] if len(taken) == 1 else b"".join(taken)
