"""The explorer as a person uses it: by mouse, by keyboard alone, in both themes, with three hundred containers."""

from __future__ import annotations

import logging
import re
import time
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

if TYPE_CHECKING:
    from playwright.sync_api import Locator

    from tests.browser.conftest import Notebook, Shop
    from tests.engine.conftest import Raw

log = logging.getLogger("pydock.tests")
CONNECT = """
import asyncio, os, time, pydock
from pydock.widgets.explorer import Explorer
docker = pydock.Docker(os.environ['PYDOCK_TEST_HOST'])
"""


def explored(notebook: Notebook, label: str) -> Locator:
    """Show the explorer of what has a label, and wait until it is live."""
    notebook.run(CONNECT)
    shown = notebook.run(f"view = await Explorer.of(docker, label={label!r})\nview")
    expect(shown.get_by_role("status").filter(has_text="live")).to_be_visible()
    return shown.locator(".pydock").first


def listed(shown: Locator) -> Locator:
    return shown.get_by_role("listbox", name="Containers")


def titled(shown: Locator, start: str) -> Locator:
    """Find a button by what it does and to what."""
    return shown.get_by_title(re.compile(f"^{re.escape(start)} "))


def choose(shown: Locator, name: str) -> None:
    """Choose a row of the list, as a click does: Chromium has no handles for options."""
    listed(shown).locator("option", has_text=name).first.click()


@pytest.fixture
def mine(raw: Raw, label: dict[str, str], unique: str) -> tuple[str, str]:
    """Give (label, name) of a container that runs."""
    made(raw, label, unique)
    return f"pydock.test={label['pydock.test']}", unique


def made(raw: Raw, label: dict[str, str], name: str, command: str = "while sleep 0.2; do date; done") -> str:
    body = {"Image": "busybox", "Cmd": ["sh", "-c", command], "Labels": label, "StopSignal": "SIGKILL"}
    made: str = raw("POST", "/containers/create", body=body, name=name)["Id"]
    raw("POST", f"/containers/{made}/start")
    return made


def state(raw: Raw, name: str) -> str:
    found: str = raw("GET", f"/containers/{name}/json")["State"]["Status"]
    return found


def test_a_button_stops_a_container(notebook: Notebook, raw: Raw, mine: tuple[str, str]) -> None:
    label, name = mine
    shown = explored(notebook, label)
    expect(listed(shown).locator("option")).to_have_count(1)
    expect(shown.get_by_role("log")).to_contain_text("UTC")
    stop = titled(shown, f"Stop {name}")
    stop.click()
    expect(listed(shown).locator("option")).to_contain_text("exited")
    assert state(raw, name) == "exited"
    expect(stop).to_be_focused()
    titled(shown, f"Start {name}").click()
    expect(listed(shown).locator("option")).to_contain_text("up")
    assert state(raw, name) == "running"
    printed = notebook.run("print(view.selected.name, (await view.selected.exec(['echo', 'hello'])).text)")
    expect(printed).to_contain_text(f"{name} hello")


def test_what_others_do_appears(notebook: Notebook, raw: Raw, label: dict[str, str], mine: tuple[str, str]) -> None:
    shown = explored(notebook, mine[0])
    expect(listed(shown).locator("option")).to_have_count(1)
    other = made(raw, label, f"{mine[1]}-other")
    expect(listed(shown).locator("option")).to_have_count(2)
    expect(shown.locator(".pd-strip")).to_contain_text(f"{mine[1]}-other")
    raw("DELETE", f"/containers/{other}", force=True)
    expect(listed(shown).locator("option")).to_have_count(1)


def test_with_a_keyboard_only(notebook: Notebook, raw: Raw, label: dict[str, str], mine: tuple[str, str]) -> None:
    """Find, stop and remove one of two."""
    name = f"{mine[1]}-second"
    made(raw, label, name)
    shown = explored(notebook, mine[0])
    keyboard = notebook.page.keyboard
    shown.get_by_role("textbox", name="Filter containers").focus()
    keyboard.type("second")
    expect(listed(shown).locator("option")).to_have_count(1)
    expect(shown.locator(".pd-title", has_text=name)).to_be_visible()
    tab_to(notebook, "button", f"Stop {name}")
    keyboard.press("Space")
    expect(listed(shown).locator("option")).to_contain_text("exited")
    expect(titled(shown, f"Stop {name}")).to_be_focused()
    tab_to(notebook, "button", f"Remove {name}")
    keyboard.press("Space")
    expect(shown.get_by_role("button", name=f"Really remove {name}?")).to_be_focused()
    keyboard.press("Space")
    expect(listed(shown).locator("option")).to_have_count(0)
    assert notebook.page.evaluate("document.activeElement.tagName") == "BUTTON"
    left = raw("GET", "/containers/json", all=True, filters={"label": [mine[0]]})
    assert [one["Names"] for one in left] == [[f"/{mine[1]}"]]


def test_a_keyboard_goes_through_the_list(
    notebook: Notebook, raw: Raw, label: dict[str, str], mine: tuple[str, str]
) -> None:
    for letter in "ab":
        made(raw, label, f"{mine[1]}-{letter}")
    shown = explored(notebook, mine[0])
    expect(shown.locator(".pd-title", has_text=re.compile(f"^{mine[1]}$"))).to_be_visible()
    shown.get_by_role("textbox", name="Filter containers").focus()
    tab_to(notebook, "button", "Next container")
    for letter in "ab":
        notebook.page.keyboard.press("Space")
        expect(shown.locator(".pd-title", has_text=f"{mine[1]}-{letter}")).to_be_visible()


FOCUSED = """() => {
    const it = document.activeElement;
    const label = it.labels && it.labels.length ? it.labels[0].textContent : '';
    return [it.getAttribute('role') || it.tagName.toLowerCase(), it.title || label];
}"""


def tab_to(notebook: Notebook, role: str, name: str) -> None:
    """Press Tab until something has the focus."""
    for _ in range(25):
        notebook.page.keyboard.press("Tab")
        found, title = notebook.page.evaluate(FOCUSED)
        if found == role and title.startswith(name):
            return
    pytest.fail(f"the keyboard does not get to {role} {name}")


def test_several_are_stopped_at_once(notebook: Notebook, raw: Raw, label: dict[str, str], unique: str) -> None:
    project = label | {"com.docker.compose.project": unique}
    names = [f"{unique}-{letter}" for letter in "ab"]
    for name in names:
        made(raw, project, name)
    shown = explored(notebook, f"pydock.test={label['pydock.test']}")
    choose(shown, f"▾ {unique}")
    titled(shown, "Stop 2 containers").click()
    shown.get_by_role("button", name="Really stop 2 containers?").click()
    expect(listed(shown).locator("option", has_text="exited")).to_have_count(2)
    assert [state(raw, name) for name in names] == ["exited", "exited"]


TABS = ("Stats", "Inspect", "Files", "Processes", "Command", "Images", "Volumes", "Networks", "Events", "Containers")


@pytest.mark.timeout(300)
def test_it_looks_right_and_axe_finds_nothing(
    notebook: Notebook, shop: Shop, raw: Raw, label: dict[str, str], unique: str
) -> None:
    mail = "shop-mail" if unique in shop.names["web"] or "-" not in shop.names["web"][5:] else f"shop-mail-{unique}"
    mark = shop.filters["label"].partition("=")[2]
    project = {"com.docker.compose.project": "shop", "com.docker.compose.service": "mail", "pydock.test": mark}
    made(raw, label | project, mail, CHATTY)
    try:
        shown = explored(notebook, shop.filters["label"])
        choose(shown, "mail")
        expect(shown.get_by_role("log")).to_contain_text("WARN")
        found: dict[str, list[str]] = {}
        for theme in ("light", "dark"):
            notebook.theme(theme)
            for name in ("Logs", *TABS):
                shown.get_by_role("tab", name=name).click()
                if wrong := notebook.axe(shown):
                    found[f"{name}, {theme}"] = wrong
            shown.get_by_role("tab", name="Logs").click()
            expect(shown.get_by_role("log")).to_contain_text("WARN")
            notebook.screenshot(f"explorer-{theme}", shown)
        assert not found, "\n".join(f"{sight}:\n" + "\n".join(wrong) for sight, wrong in found.items())
    finally:
        raw("DELETE", f"/containers/{mail}", force=True)


CHATTY = """while sleep 0.2; do
    echo "$(date +%T) GET /api/items 200 $((RANDOM % 90))ms"
    [ $((RANDOM % 6)) = 0 ] && echo "$(date +%T) WARN slow upstream db:5432" >&2
done"""


def test_three_hundred_containers(notebook: Notebook, raw: Raw, label: dict[str, str], unique: str) -> None:
    """No widget per row. How long the first paint takes is only logged: other programs share the machine."""
    body: dict[str, Any] = {"Image": "busybox", "Cmd": ["true"], "Labels": label}
    for number in range(300):
        raw("POST", "/containers/create", body=body, name=f"{unique}-{number:03}")
    notebook.run(CONNECT)
    notebook.run("from ipywidgets.widgets import widget\nbefore = len(widget._instances)")
    notebook.run(f"view = await Explorer.of(docker, label='pydock.test={label['pydock.test']}')")
    started = time.perf_counter()
    shown = notebook.run("view").locator(".pydock").first
    expect(listed(shown).locator("option")).to_have_count(300)
    log.info("300 containers are painted after %.2f s", time.perf_counter() - started)
    models = int(notebook.run("print(len(widget._instances) - before)").inner_text())
    log.info("%d widget models", models)
    assert models < 160
    expect(shown.get_by_role("status").filter(has_text="live")).to_be_visible()
    raw("DELETE", f"/containers/{unique}-299")
    expect(listed(shown).locator("option")).to_have_count(299)
