"""Local files of images: written whole or not at all, and closed on every way out."""

from __future__ import annotations

import os
import stat
from collections.abc import AsyncIterator
from pathlib import Path

import anyio
import pytest

from pydock import DockerError, InvalidArgument, StreamInterrupted, TimedOut
from pydock.models.files.source import content_of
from pydock.models.files.whole import write_whole

pytestmark = pytest.mark.anyio


def names(folder: str | Path) -> list[str]:
    return [path.name for path in Path(folder).iterdir()]


async def read(content: object) -> None:
    async for _ in content:  # type: ignore[attr-defined]
        pass


async def pieces(count: int = 3, failure: Exception | None = None) -> AsyncIterator[bytes]:
    for _ in range(count):
        yield b"x" * 700_000
    if failure is not None:
        raise failure


async def test_all_pieces_are_written(tmp_path: Path) -> None:
    await write_whole(pieces(), tmp_path / "a.tar")
    assert (tmp_path / "a.tar").stat().st_size == 2_100_000
    assert names(tmp_path) == ["a.tar"]


@pytest.mark.parametrize("failure", [StreamInterrupted("cut"), TimedOut("late")])
async def test_a_failure_leaves_the_file_that_was_there(tmp_path: Path, failure: DockerError) -> None:
    (tmp_path / "a.tar").write_text("a backup")
    with pytest.raises(type(failure)):
        await write_whole(pieces(2, failure), tmp_path / "a.tar")
    assert (tmp_path / "a.tar").read_text() == "a backup"
    assert names(tmp_path) == ["a.tar"]


async def test_a_cancellation_leaves_nothing(tmp_path: Path) -> None:
    async def endless() -> AsyncIterator[bytes]:
        yield b"x" * (2 << 20)
        tasks.cancel_scope.cancel()
        await anyio.sleep_forever()

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(write_whole, endless(), tmp_path / "a.tar")
    assert names(tmp_path) == []


async def test_what_cannot_be_written_or_read_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidArgument, match="cannot write"):
        await write_whole(pieces(), tmp_path / "no" / "a.tar")
    with pytest.raises(InvalidArgument, match="cannot read"):
        await read(content_of(tmp_path))


async def test_a_device_is_written_to() -> None:
    await write_whole(pieces(1), os.devnull)
    assert stat.S_ISCHR(os.stat(os.devnull).st_mode)  # noqa: PTH116


async def test_a_file_that_is_sent_is_closed_when_nobody_wants_more(tmp_path: Path) -> None:
    (tmp_path / "a.tar").write_bytes(b"x" * (3 << 20))
    before = len(names("/proc/self/fd"))
    content = content_of(tmp_path / "a.tar")
    assert not isinstance(content, bytes)
    async for _ in content:
        break
    await content.aclose()  # type: ignore[attr-defined]
    assert len(names("/proc/self/fd")) == before
