"""A terminal in a cell: an editor works, keys stay in it, its size is the cell's, a flood is stopped by Ctrl-C."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

expect = pytest.importorskip("playwright.sync_api", reason="no Playwright (the extra browser)").expect

if TYPE_CHECKING:
    from playwright.sync_api import Locator

    from tests.browser.conftest import Notebook
    from tests.engine.conftest import Raw

pytestmark = pytest.mark.row(57)


@pytest.fixture
def container(raw: Raw, label: dict[str, str]) -> str:
    body = {"Image": "busybox", "Cmd": ["sleep", "600"], "Labels": label}
    made: str = raw("POST", "/containers/create", body=body)["Id"]
    raw("POST", f"/containers/{made}/start")
    return made


RECORD = """() => {
    window.recorded = [];
    jupyterapp.commands.commandExecuted.connect((_, {id}) => window.recorded.push(id));
}"""


def opened(notebook: Notebook, container: str, options: str = "") -> Locator:
    """Show a terminal, wait for its prompt, and give it the keyboard."""
    notebook.run(
        "import os\n"
        "from pydock import Docker\n"
        "from pydock.widgets.terminal import Terminal\n"
        "docker = Docker(os.environ['PYDOCK_TEST_HOST'])"
    )
    output = notebook.run(f"terminal = Terminal(docker.containers['{container}'], {options})\nterminal")
    sees(output, "#")
    output.locator(".xterm-screen").click()
    return output


def sees(output: Locator, text: str) -> None:
    """Wait until it is on the screen."""
    output.locator(".xterm-rows", has_text=text).wait_for()


def test_an_editor(notebook: Notebook, container: str, raw: Raw) -> None:
    output = opened(notebook, container)
    keyboard = notebook.page.keyboard
    notebook.page.evaluate(RECORD)
    keyboard.press("Control+b")
    keyboard.type("vi /tmp/poem\n")
    sees(output, "- /tmp/poem")
    keyboard.type("i")
    keyboard.type("dd a b x jj")  # in a notebook: delete, insert and cut cells
    keyboard.press("Escape")
    notebook.screenshot("terminal-vi", output)
    keyboard.type(":wq\n")
    expect(output.locator(".xterm-rows")).to_have_text(re.compile(r"#\s*$"))  # vi reads ahead: wait for the prompt
    keyboard.type("cat > /tmp/text\n")
    keyboard.type("ä€\n")
    keyboard.press("Control+d")
    keyboard.type("exit 7\n")
    sees(output, "[ended with exit code 7]")
    for name, text in (("poem", "dd a b x jj\n"), ("text", "ä€\n")):
        assert text.encode() in raw.send("GET", f"/containers/{container}/archive", path=f"/tmp/{name}")
    assert notebook.page.evaluate("window.recorded") == []
    output.get_by_role("status").filter(has_text="exit code 7").wait_for()
    assert notebook.axe(output.locator(".pydock")) == []
    output.get_by_role("button", name="Restart").click()
    output.get_by_role("status").filter(has_text="live").wait_for()
    keyboard.type("echo ag''ain\n")  # the keyboard is the terminal's
    sees(output, "again")


def test_its_size_is_the_cells(notebook: Notebook, container: str) -> None:
    output = opened(notebook, container)
    wide = output.locator(".pydock-terminal").get_attribute("data-size") or ""
    assert wide.startswith("24 ")
    notebook.page.keyboard.type("while sleep 0.1; do printf '\\r<%s %s> ' $(stty size); done\n")
    sees(output, f"<{wide}>")
    notebook.page.set_viewport_size({"width": 800, "height": 1000})
    output.locator(f".pydock-terminal:not([data-size='{wide}'])").wait_for()
    narrow = output.locator(".pydock-terminal").get_attribute("data-size") or ""
    assert int(narrow.split()[1]) < int(wide.split()[1])
    sees(output, f"<{narrow}>")
    notebook.page.set_viewport_size({"width": 1200, "height": 1000})


def test_a_flood(notebook: Notebook, container: str) -> None:
    """Ctrl-C comes through, and nothing is lost."""
    output = opened(notebook, container)
    keyboard = notebook.page.keyboard
    keyboard.type("yes\n")
    output.locator(".xterm-rows > div:last-child", has_text="y").wait_for()
    keyboard.press("Control+c")
    keyboard.type("clear; seq 20000; echo do''ne\n")
    sees(output, "done")
    shown = output.locator(".xterm-rows > div").all_inner_texts()
    numbers = [line.strip() for line in shown if line.strip().isdecimal()]
    assert len(numbers) > 10
    assert numbers == [str(number) for number in range(20001 - len(numbers), 20001)]


def test_a_page_that_is_loaded_again(notebook: Notebook, container: str) -> None:
    """The same shell, with what was on the screen."""
    output = opened(notebook, container)
    notebook.page.keyboard.type("answer=$((6*7)); echo is $answer\n")
    sees(output, "is 42")
    notebook.save()
    notebook.reload()
    output = notebook.output(1)
    sees(output, "is 42")
    output.locator(".xterm-screen").click()
    notebook.page.keyboard.type("echo still $answer\n")
    sees(output, "still 42")


def test_it_ends_with_its_view(notebook: Notebook, container: str, raw: Raw) -> None:
    opened(notebook, container)
    assert len(raw("GET", f"/containers/{container}/top")["Processes"]) == 2
    notebook.run("await terminal.aclose()")
    assert len(raw("GET", f"/containers/{container}/top")["Processes"]) == 1
