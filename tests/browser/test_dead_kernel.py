"""The kernel dies under a live view: nothing in it can say so any more, so the page does."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

if TYPE_CHECKING:
    from tests.browser.conftest import Browser, Notebook, Shop

CONNECT = "import os, pydock\ndocker = pydock.Docker(os.environ['PYDOCK_TEST_HOST'])"
GONE = "The kernel is gone"
SAID = "each => getComputedStyle(each, '::before').content"


NO_COMM = "no comm channel defined"
"""What ipywidgets' own timers and views throw in the page when their kernel is dead."""


@pytest.mark.timeout(300)
@pytest.mark.parametrize("end", ["restart", "crash"])
def test_a_dead_kernel_is_seen(notebook: Notebook, browser: Browser, shop: Shop, end: str) -> None:
    notebook.run(CONNECT)
    shown = notebook.run(f"docker.containers[{shop.names['web']!r}].view()").locator(".pydock").first
    expect(shown.locator(".pd-phase")).to_contain_text("live")
    assert GONE not in shown.evaluate(SAID)

    if end == "crash":
        notebook.run("import signal; os.kill(os.getpid(), signal.SIGKILL)", wait=False)
    else:
        notebook.page.evaluate("() => { jupyterapp.commands.execute('kernelmenu:restart') }")
        notebook.page.get_by_role("button", name="Confirm Kernel Restart").click()
    notebook.page.locator(".pydock.jupyter-widgets-disconnected").wait_for()
    if end == "crash":
        notebook.page.get_by_role("dialog").get_by_role("button", name="Ok").click()
    assert GONE in shown.evaluate(SAID)
    expect(shown.locator(".pd-phase")).to_be_hidden()
    papers: set[str] = set()
    for theme in ("light", "dark"):
        notebook.theme(theme)
        notebook.screenshot(f"dead-{end}-{theme}", shown)
        papers.add(shown.evaluate("each => getComputedStyle(each, '::before').color"))
        assert not notebook.axe(shown)
    assert len(papers) == 2, "it can be read in both themes"
    notebook.close()
    browser.errors[:] = [error for error in browser.errors if NO_COMM not in error]
