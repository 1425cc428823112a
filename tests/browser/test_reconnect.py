"""The engine is gone and comes back under a live view: it says so, keeps what it showed, and goes on by itself."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import anyio
import pytest
from playwright.sync_api import expect

from pydock.errors import DockerError
from pydock.testing import PrivateEngine, private_engine
from tests.engine.conftest import unavailable

if TYPE_CHECKING:
    from collections.abc import Generator

    from tests.browser.conftest import Notebook

TALKS = "i=0; while sleep 0.1; do i=$((i+1)); echo line $i; done"


def elsewhere(fn: Callable[..., Any], *arguments: Any) -> None:
    """Run something in a thread without a loop: Playwright's runs in this one."""
    with ThreadPoolExecutor(1) as pool:
        pool.submit(fn, *arguments).result()


@pytest.fixture
def private() -> Generator[PrivateEngine]:
    """Give an engine that may be restarted."""
    if shutil.which("dockerd") is None:
        unavailable("no dockerd on this machine")
    engine = private_engine()
    try:
        elsewhere(engine.__enter__)
    except DockerError as error:
        unavailable(f"no private engine: {error}")
    yield engine
    elsewhere(engine.__exit__, None, None, None)


@pytest.mark.timeout(300)
@pytest.mark.parametrize("code", ["live_logs()", "view()"])
def test_the_engine_restarts(notebook: Notebook, private: PrivateEngine, code: str) -> None:
    notebook.run(f"import pydock\ndocker = pydock.Docker({private.url!r})")
    notebook.run(
        f"web = await docker.containers.create('busybox', ['sh', '-c', {TALKS!r}], name='web', "
        "restart='always')\nawait web.start()"
    )
    shown = notebook.run(f"view = web.{code}\nview").locator(".pydock").first
    phase, log = shown.locator(".pd-phase"), shown.get_by_role("log")
    expect(phase).to_contain_text("live")
    expect(log).to_contain_text("line 9")

    elsewhere(anyio.run, private.kill)
    expect(phase).to_contain_text(re.compile("reconnecting: attempt [2-9]"))
    expect(log).to_contain_text("line 9")
    for theme in ("dark", "light"):
        notebook.theme(theme)
        notebook.screenshot(f"reconnecting-{code.partition('(')[0]}-{theme}", shown)
        assert not notebook.axe(shown)
    elsewhere(anyio.run, private.restart)
    expect(phase).to_contain_text("live")
    expect(log).to_contain_text(re.compile(r"line 1line 2.*line 1line 2line 3line 4"))  # the container began anew, too
    told = numbers(log.inner_text())
    again = told.index(1, 1)
    assert told == [*range(1, again + 1), *range(1, len(told) - again + 1)], (
        "no line is missing, and none is told twice"
    )
    notebook.run("view.close()\nawait web.remove(force=True)")


def numbers(log: str) -> list[int]:
    return [int(each.split()[-1]) for each in log.splitlines() if each.startswith("line")]
