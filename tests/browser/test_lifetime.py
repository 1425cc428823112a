"""What a live view costs the daemon: exactly what is looked at, and nothing when nobody looks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

if TYPE_CHECKING:
    from tests.browser.conftest import Notebook
    from tests.engine.conftest import Raw

CONNECT = """
import asyncio, os, socket, pydock
from pydock.widgets.explorer import Explorer
from pydock.widgets.hub import Hub
from pydock.widgets.visibility import Timing

docker = pydock.Docker(os.environ['PYDOCK_TEST_HOST'])

def connections():
    "How many sockets this process has to the daemon."
    found = 0
    for fd in os.listdir('/proc/self/fd'):
        try:
            if os.readlink(f'/proc/self/fd/{fd}').startswith('socket:'):
                with socket.socket(fileno=os.dup(int(fd))) as one:
                    found += one.family == socket.AF_UNIX and bool(one.getpeername())
        except OSError:
            pass
    return found

def streams():
    "How many of them are in use; the others are kept for the next request."
    home = docker.api.engine._pool._home if docker.api.engine._pool else None
    return connections() - (len(home._idle) if home else 0)

async def settled(wanted):
    "Wait until that many streams are open, and are still after a while."
    for _ in range(300):
        if streams() == wanted:
            break
        await asyncio.sleep(0.05)
    await asyncio.sleep(0.6)
    return streams(), Hub.of(docker.api).watchers, view.phase.word
"""
SHOW = "view = await Explorer.of(docker, label={label!r}, timing=Timing(grace=0.5))\nview"
ACTIVATE = """index => {
    const notebook = jupyterapp.shell.currentWidget.content;
    notebook.deselectAll();
    notebook.activeCellIndex = index;
}"""


@pytest.fixture
def shown(notebook: Notebook, raw: Raw, label: dict[str, str]) -> Notebook:
    """Give a notebook whose second cell shows the explorer, with the log of a container that runs."""
    body = {"Image": "busybox", "Cmd": ["sh", "-c", "while sleep 0.2; do date; done"], "Labels": label}
    made = raw("POST", "/containers/create", body=body)["Id"]
    raw("POST", f"/containers/{made}/start")
    notebook.run(CONNECT)
    output = notebook.run(SHOW.format(label=f"pydock.test={label['pydock.test']}"))
    expect(output.get_by_role("log")).to_contain_text("UTC")
    return notebook


def at(notebook: Notebook, command: str, cell: int = 1) -> None:
    """Execute a command of JupyterLab on a cell."""
    notebook.page.evaluate(ACTIVATE, cell)
    notebook.command(command)


def settled(notebook: Notebook, streams: int) -> tuple[int, int, str]:
    """Return (open streams, views that hear of events, the view's phase) when that many are open for a while."""
    told: Any = eval(notebook.run(f"print(await settled({streams}))").inner_text())
    return told[0], told[1], told[2]


def test_a_cell_that_runs_again(shown: Notebook) -> None:
    """Each run makes another view; those before are no longer on the page."""
    assert settled(shown, 2) == (2, 1, "live")  # the events and the log
    for _ in range(3):
        at(shown, "notebook:run-cell")
    expect(shown.output(1).get_by_role("log")).to_contain_text("UTC")
    assert settled(shown, 2) == (2, 1, "live")


def test_tabs_that_are_turned(shown: Notebook) -> None:
    tab = shown.output(1).get_by_role("tab")
    tab.filter(has_text="Inspect").click()
    assert settled(shown, 1) == (1, 1, "live")  # the events alone
    tab.filter(has_text="Logs").click()
    assert settled(shown, 2) == (2, 1, "live")
    tab.filter(has_text="Images").click()
    assert settled(shown, 1) == (1, 1, "live")
    shown.output(1).get_by_role("button", name="Pause").first.click()
    assert settled(shown, 0) == (0, 0, "paused")


def test_an_output_that_is_cleared(shown: Notebook) -> None:
    at(shown, "notebook:clear-cell-output")
    assert settled(shown, 0) == (0, 0, "paused")


def test_a_cell_that_is_deleted(shown: Notebook) -> None:
    at(shown, "notebook:delete-cell")
    assert settled(shown, 0) == (0, 0, "paused")


def test_a_second_view(shown: Notebook) -> None:
    """It costs nothing more, and stays when the first one goes."""
    expect(shown.run("view").get_by_role("log")).to_contain_text("UTC")
    assert settled(shown, 2) == (2, 1, "live")
    at(shown, "notebook:clear-cell-output")
    assert settled(shown, 2) == (2, 1, "live")
    at(shown, "notebook:clear-cell-output", cell=2)
    assert settled(shown, 0) == (0, 0, "paused")


def test_a_page_that_is_loaded_again(shown: Notebook) -> None:
    shown.save()
    shown.reload()
    expect(shown.output(1).get_by_role("log")).to_contain_text("UTC")
    assert settled(shown, 2) == (2, 1, "live")
    at(shown, "notebook:clear-cell-output")
    assert settled(shown, 0) == (0, 0, "paused")
