"""A local file that is there when all of it has come, and as it was before otherwise.

Danger: a download that is cut or cancelled must neither look like a whole one nor have destroyed the one before it.
"""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterable
from pathlib import Path
from typing import BinaryIO

from anyio.to_thread import run_sync

from pydock.errors import DockerError
from pydock.models.files.local import BATCH, StrPath, local_error

__all__ = ["write_whole"]


async def write_whole(pieces: AsyncIterable[bytes], path: StrPath) -> None:
    """Write all pieces to a file beside it, which gets its name at the end; pipes and devices are written to."""
    try:
        file = await run_sync(_Whole, path)
        try:
            await _write(pieces, file.beside)
            await run_sync(file.finish)
        finally:
            file.close()  # in no thread: it must happen when this is cancelled, too
    except OSError as error:
        if isinstance(error, DockerError):  # TimedOut is both
            raise
        raise local_error("write", path, error) from error


async def _write(pieces: AsyncIterable[bytes], file: BinaryIO) -> None:
    gathered = bytearray()
    async for piece in pieces:
        gathered += piece
        if len(gathered) >= BATCH:
            await run_sync(file.write, bytes(gathered))
            gathered.clear()
    await run_sync(file.write, bytes(gathered))


class _Whole:
    def __init__(self, path: StrPath) -> None:
        self._target = Path(path).resolve()
        self._beside = self._target
        if self._target.is_file() or not self._target.exists():
            self._beside = self._target.with_name(f".{self._target.name}.{secrets.token_hex(4)}")
        self.beside: BinaryIO = self._beside.open("wb")

    def finish(self) -> None:
        self.beside.close()
        if self._beside != self._target:
            self._beside.replace(self._target)

    def close(self) -> None:
        self.beside.close()
        if self._beside != self._target:
            self._beside.unlink(missing_ok=True)
