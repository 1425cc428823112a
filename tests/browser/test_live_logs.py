"""Live logs and stats as a person reads them: followed, searched, stopped; in both themes, and from strangers."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

if TYPE_CHECKING:
    from playwright.sync_api import Locator

    from tests.browser.conftest import Notebook
    from tests.engine.conftest import Raw

CONNECT = "import os, pydock\ndocker = pydock.Docker(os.environ['PYDOCK_TEST_HOST'])"
TALKS = r"""
echo "serving on port 8080"
echo "<script>hurt=1</script><img src=x onerror=hurt=1>" >&2
printf '\033[32mGET\033[0m /api/items \033[1m200\033[0m 34ms\n'
printf '\033]0;a title\007\033[2Jtidy\n'
i=0
while sleep 0.2; do
    i=$((i+1))
    printf '\033[32mGET\033[0m /api/items/%s 200 %sms\n' $i $((i*7%90))
    [ $((i%4)) = 0 ] && echo "WARN slow upstream db:5432, attempt $i" >&2
done
"""


@pytest.fixture
def talks(raw: Raw, label: dict[str, str], unique: str) -> str:
    """Give a container that prints five lines a second, on both streams."""
    return started(raw, label, unique, TALKS)


def started(raw: Raw, label: dict[str, str], name: str, script: str) -> str:
    body = {"Image": "busybox:latest", "Cmd": ["sh", "-c", script], "Labels": label, "StopSignal": "SIGKILL"}
    raw("POST", "/containers/create", body=body, name=name)
    raw("POST", f"/containers/{name}/start")
    return name


def live(notebook: Notebook, code: str) -> Locator:
    """Show a view and wait until it is live."""
    notebook.run(CONNECT)
    shown = notebook.run(f"view = {code}\nview").locator(".pydock").first
    expect(shown.get_by_role("status").first).to_contain_text("live")
    return shown


def said(notebook: Notebook, code: str) -> str:
    return notebook.run(code).locator("pre").inner_text()


def test_a_log_is_followed_and_searched_and_stopped(notebook: Notebook, raw: Raw, talks: str) -> None:
    shown = live(notebook, f"docker.containers[{talks!r}].live_logs()")
    log = shown.get_by_role("log", name=f"Log of {talks}")
    expect(log).to_contain_text("/api/items/24 ")  # more than can be seen at once
    expect(log.locator(".pd-err").first).to_contain_text("stderr: <script>")
    expect(log.locator("script, img")).to_have_count(0)
    expect(log).to_contain_text("tidy")
    assert log.evaluate("each => Math.abs(each.scrollTop)") == 0, "the newest line is in sight"

    shown.get_by_label("Times").check()
    expect(log).to_contain_text(re.compile(r"\d\d:\d\d:\d\d\.\d\d\d GET"))
    shown.get_by_label("Times").uncheck()

    shown.get_by_label("Find in the log").fill("slow UPSTREAM")
    expect(log.locator("mark").first).to_have_text("slow upstream")
    expect(log).not_to_contain_text("GET")
    expect(shown).to_contain_text("found")
    shown.get_by_label("Find in the log").fill("")
    expect(log).to_contain_text("GET")

    shown.get_by_label("Follow").uncheck()
    expect(shown).to_contain_text("new since Follow is off")
    log.evaluate("each => { each.mine = true; each.scrollTop = -40 }")
    before = said(notebook, "len(view.lines)")
    expect(shown).to_contain_text(re.compile(r"[5-9] new since"))
    assert log.evaluate("each => [each.mine, each.scrollTop]") == [True, -40], "what is read stays where it is"
    assert int(said(notebook, "len(view.lines)")) > int(before), "and yet all is kept"
    shown.get_by_label("Follow").check()
    expect(shown).not_to_contain_text("new since")

    raw("POST", f"/containers/{talks}/kill")
    expect(shown.get_by_role("status").first).to_contain_text("ended: exited (137)")
    raw("POST", f"/containers/{talks}/start")
    shown.get_by_role("button", name="Again").click()
    expect(shown.get_by_role("status").first).to_contain_text("live")
    expect(log).to_contain_text(re.compile(r"137|serving on port 8080[\s\S]*serving on port 8080"))
    assert notebook.page.evaluate("typeof hurt") == "undefined"


def test_stats_are_curves_with_words(notebook: Notebook, talks: str) -> None:
    shown = live(notebook, f"docker.containers[{talks!r}].live_stats()")
    for label in (r"CPU: \d+\.\d % of \d+ CPUs?; ", r"Memory: .*iB", "Network: received", "Disk: read"):
        expect(shown.get_by_role("img", name=re.compile(label))).to_be_visible()
    assert int(said(notebook, "len(view.history)")) >= 2
    assert "cpu_percent" in said(notebook, "view.history[-1]._fields")


@pytest.mark.parametrize("code", ["live_logs()", "live_stats()", "view()"])
def test_axe_finds_nothing_in_either_theme(notebook: Notebook, talks: str, code: str) -> None:
    shown = live(notebook, f"docker.containers[{talks!r}].{code}")
    expect(shown).to_contain_text("5 samples" if "stats" in code else "/api/items/12 ")
    found: dict[str, list[str]] = {}
    for theme in ("light", "dark"):
        notebook.theme(theme)
        notebook.screenshot(f"live-{code.partition('(')[0]}-{theme}", shown)
        if wrong := notebook.axe(shown):
            found[theme] = wrong
    assert not found, "\n".join(f"{theme}:\n" + "\n".join(wrong) for theme, wrong in found.items())


def test_a_container_of_ones_own(notebook: Notebook, raw: Raw, talks: str) -> None:
    shown = live(notebook, f"docker.containers[{talks!r}].view()")
    phase = shown.get_by_role("status").first
    expect(shown.get_by_role("log")).to_contain_text("/api/items/")
    shown.get_by_title(re.compile(f"^Pause {talks} · ")).click()
    expect(shown.locator(".pd-head")).to_contain_text("paused")
    shown.get_by_title(re.compile(f"^Unpause {talks}")).click()
    expect(shown.locator(".pd-head")).to_contain_text("running")
    raw("POST", f"/containers/{talks}/rename", name=f"{talks}-b")
    expect(shown.locator(".pd-head")).to_contain_text(f"{talks}-b")
    shown.get_by_role("tab", name="Stats").click()
    expect(shown.get_by_role("img", name=re.compile("^CPU"))).to_be_visible()
    shown.get_by_title(re.compile("^Remove ")).click()
    shown.get_by_title(re.compile("^Remove ")).filter(has_text="Really remove").click()
    expect(phase).to_contain_text("ended: removed")
