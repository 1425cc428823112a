"""A pull and a build in a cell: they run, show how far they are, and Cancel stops the daemon."""

from __future__ import annotations

import contextlib
import io
import re
import secrets
import subprocess
import sys
import tarfile
import time
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.engine.conftest import serving_registry

if TYPE_CHECKING:
    from tests.browser.conftest import Notebook, Shop
    from tests.engine.conftest import Engine, Raw

CONNECT = "import os, pydock\ndocker = pydock.Docker(os.environ['PYDOCK_TEST_HOST'])"

SLOW = """
import asyncio, pathlib, sys
to, told, sent, busy = int(sys.argv[1]), pathlib.Path(sys.argv[2]), 0, 0
async def copy(source, target, pause):
    global sent, busy
    busy += 1
    try:
        while data := await source.read(20_000):
            sent += len(data) if pause else 0
            target.write(data)
            await target.drain()
            await asyncio.sleep(len(data) / 1_000_000 if pause else 0)
    except OSError:
        pass
    finally:
        busy -= 1
        target.close()
        told.write_text(f"{busy} {sent}")
async def connected(reader, writer):
    registry = await asyncio.open_connection("127.0.0.1", to)
    await asyncio.gather(copy(reader, registry[1], False), copy(registry[0], writer, True))
async def main():
    server = await asyncio.start_server(connected, "127.0.0.1", 0, limit=20_000)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()
asyncio.run(main())
"""
"""A way to a registry that takes a second for each megabyte and connection."""

SIZES = (1, 3, 5)
"""Megabytes of the image's layers."""


@dataclass(frozen=True)
class Slow:
    """An image behind a slow line."""

    image: str
    told: Path

    def sent(self) -> int:
        """Wait until the daemon downloads nothing any more; return how many bytes it was sent."""
        patience = time.monotonic() + 30
        while not self.told.exists() or not self.told.read_text().startswith("0 "):
            assert time.monotonic() < patience, "the daemon still downloads"
            time.sleep(0.05)  # the line is in another network; a file is how it tells
        return int(self.told.read_text().split()[1])


@pytest.fixture
def slow(engine: Engine, raw: Raw, label: dict[str, str], tmp_path: Path) -> Generator[Slow]:
    """Give an image that takes five seconds to pull and is not here."""
    with serving_registry(engine, tmp_path) as address, contextlib.ExitStack() as stack:
        name, told = f"slow-{secrets.token_hex(4)}", tmp_path / "told"
        lines = ["FROM busybox:latest", *(f"RUN dd if=/dev/urandom of=/{mb} bs=1000000 count={mb}" for mb in SIZES)]
        raw.send("POST", "/build", context("\n".join(lines)), t=f"{address}/{name}:1", labels=label, nocache=True)
        pushed = raw.send("POST", f"/images/{address}/{name}/push", tag="1")
        assert b"digest" in pushed, pushed.decode()
        raw("DELETE", f"/images/{address}/{name}:1")
        port = address.rpartition(":")[2]
        command = engine.inside(sys.executable, "-c", SLOW, port, str(told))
        line = stack.enter_context(subprocess.Popen(command, stdout=subprocess.PIPE, text=True))
        stack.callback(line.kill)
        assert line.stdout
        image = f"127.0.0.1:{line.stdout.readline().strip()}/{name}:1"
        yield Slow(image, told)
        if here(raw, image):
            raw("DELETE", f"/images/{image}", force=True)


def context(dockerfile: str) -> bytes:
    packed, content = io.BytesIO(), dockerfile.encode()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        entry = tarfile.TarInfo("Dockerfile")
        entry.size = len(content)
        archive.addfile(entry, io.BytesIO(content))
    return packed.getvalue()


def here(raw: Raw, image: str) -> bool:
    return any(image in (each["RepoTags"] or ()) for each in raw("GET", "/images/json"))


def test_a_pull_shows_how_far_it_is(notebook: Notebook, raw: Raw, slow: Slow) -> None:
    notebook.run(CONNECT)
    shown = notebook.run(f"pull = docker.images.pull({slow.image!r})\npull").locator(".pydock")
    whole = shown.get_by_role("progressbar", name="Pulling")
    expect(shown.get_by_role("status")).to_contain_text("working")
    expect(shown.get_by_role("progressbar")).to_have_count(1 + 1 + len(SIZES))
    expect(shown).to_contain_text("Downloading")
    expect(shown).to_contain_text("MB/s")
    for theme in ("light", "dark"):
        notebook.theme(theme)
        notebook.screenshot(f"pull-{theme}", shown)
    first = int(whole.get_attribute("aria-valuenow") or 0)
    assert 0 < first < 100
    assert not notebook.axe(shown)
    notebook.theme("light")
    done = notebook.run("image = await pull\nprint(image.tags[0])")
    expect(done).to_contain_text(slow.image)
    expect(shown.get_by_role("status")).to_contain_text("done")
    expect(whole).to_have_attribute("aria-valuenow", "100")
    expect(shown.get_by_role("button", name="Cancel")).to_be_hidden()
    notebook.screenshot("pull-done", shown)
    assert here(raw, slow.image)


def test_cancel_really_cancels(notebook: Notebook, raw: Raw, slow: Slow) -> None:
    notebook.run(CONNECT)
    shown = notebook.run(f"pull = docker.images.pull({slow.image!r})\npull").locator(".pydock")
    expect(shown).to_contain_text("Downloading")
    shown.get_by_role("button", name="Cancel").click()
    expect(shown.get_by_role("status")).to_contain_text("cancelled")
    assert slow.sent() < sum(SIZES) * 1_000_000
    assert not here(raw, slow.image)
    notebook.screenshot("pull-cancelled", shown)
    said = notebook.run("try:\n    await pull\nexcept pydock.DockerError as error:\n    print(error)")
    expect(said).to_contain_text("was cancelled.")


def test_a_build_shows_its_steps_and_where_it_fails(notebook: Notebook, label: dict[str, str]) -> None:
    lines = ["FROM busybox:latest", "RUN for i in 1 2 3; do echo line $i; done", "RUN echo oh no >&2; exit 3"]
    notebook.run(CONNECT + "\nfrom pydock.models.files.context import DockerfileContext")
    text = "\n".join(lines)
    shown = notebook.run(
        f"build = docker.images.build(DockerfileContext({text!r}), labels={label!r}, no_cache=True)\nbuild"
    ).locator(".pydock")
    expect(shown.get_by_role("status")).to_contain_text("failed")
    expect(shown.get_by_role("alert")).to_contain_text(re.compile(r"Step 3/\d : RUN echo oh no.*oh no", re.DOTALL))
    expect(shown.get_by_role("row", name="it stopped here")).to_contain_text("3/")
    expect(shown.get_by_role("log")).to_contain_text("line 3")
    notebook.screenshot("build-failed", shown)
    assert not notebook.axe(shown)


def test_an_image_is_explored(notebook: Notebook, shop: Shop) -> None:
    notebook.run(CONNECT)
    shown = notebook.run(f"view = await docker.images[{shop.image!r}].explore()\nview").locator(".pydock")
    expect(shown.get_by_role("table", name="layers").get_by_role("row")).to_have_count(5)
    expect(shown).to_contain_text("efficiency")
    expect(shown).to_contain_text("Used by")
    notebook.screenshot("layers-light", shown)
    shown.get_by_role("combobox", name="Layer", exact=True).select_option(label="Layer 4 · 1.05 MB")
    expect(shown.get_by_role("region", name="Files of layer 4")).to_contain_text("deleted")
    shown.get_by_role("textbox", name="Find in paths").fill("c")
    expect(shown.get_by_role("region", name="Files of layer 4")).not_to_contain_text("deleted")
    for theme in ("light", "dark"):
        notebook.theme(theme)
        notebook.screenshot(f"layers-found-{theme}", shown)
        assert not notebook.axe(shown)
