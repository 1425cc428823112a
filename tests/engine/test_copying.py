"""Files into containers and out of them, on every engine."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import pydock

if TYPE_CHECKING:
    from tests.engine.conftest import Engine

pytestmark = [pytest.mark.anyio, pytest.mark.row(23)]


async def test_a_folder_goes_in_and_comes_out_the_same(
    docker: pydock.Docker, label: dict[str, str], tmp_path: Path
) -> None:
    site = tmp_path / "site"
    (site / "sub").mkdir(parents=True)
    (site / "index.html").write_text("<h1>grün</h1>")
    (site / "sub" / "data.bin").write_bytes(os.urandom(3_000_000))
    (site / "link").symlink_to("index.html")
    box = await docker.containers.run_detached("busybox", ["sleep", "60"], labels=label)
    await box.copy_to(site, "/srv")
    assert await box.read_text("/srv/index.html") == "<h1>grün</h1>"
    assert await box.read_text("/srv/link") == "<h1>grün</h1>"
    await box.copy_from("/srv", tmp_path / "back")
    assert (tmp_path / "back" / "sub" / "data.bin").read_bytes() == (site / "sub" / "data.bin").read_bytes()
    assert (tmp_path / "back" / "link").readlink() == Path("index.html")


async def test_a_file_is_written_read_and_described(docker: pydock.Docker, label: dict[str, str]) -> None:
    box = await docker.containers.create("busybox", ["true"], labels=label)
    await box.write_text("/etc/motd", "hello\n", mode=0o640, uid=1000)
    assert await box.read_bytes("/etc/motd") == b"hello\n"
    status = await box.stat("/etc/motd")
    assert (status.is_file, status.size, status.permissions) == (True, 6, 0o640)
    assert (await box.stat("/etc/")).is_dir


async def test_what_is_missing_or_wrong_is_named(
    docker: pydock.Docker, engine: Engine, label: dict[str, str], tmp_path: Path
) -> None:
    box = await docker.containers.create("busybox", ["true"], labels=label)
    with pytest.raises(pydock.NotFound):
        await box.read_bytes("/no/such/file")
    with pytest.raises(pydock.InvalidArgument, match="regular file"):
        await box.read_bytes("/etc")
    with pytest.raises(pydock.InvalidArgument):
        await box.copy_to(tmp_path / "missing", "/etc")
    if not engine.lacks("copy-to-missing-folder"):
        with pytest.raises(pydock.NotFound):
            await box.write_text("/no/such/folder/file", "x")
