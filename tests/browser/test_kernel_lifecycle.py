"""Live views in a real kernel, without a browser: the test says what the page says, also through a subshell.

JupyterLab sends a widget's messages to a subshell of ipykernel 7, which is another thread with another event loop.
"""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.engine.conftest import unavailable

if TYPE_CHECKING:
    from tests.engine.conftest import Engine

PATIENCE = 60
SETUP = """
import asyncio, os, socket, threading
import pydock
from pydock.display.markup import Html
from pydock.widgets import View, close_all, pieces
from pydock.widgets.hub import Hub
from pydock.widgets.visibility import Timing

docker = pydock.Docker()
home = asyncio.get_running_loop()

class Board(View):
    "Lists containers whenever something happens, and pings when its button is pressed."
    def __init__(self):
        super().__init__(timing=Timing(grace=0.3))
        self.lists = 0
        self.pings = []
    def build(self):
        self.body, self.button = pieces.html(), pieces.button("Ping")
        self.on(self.button, self.ping)
        return [self.body, self.button]
    async def ping(self):
        await docker.ping()
        self.pings.append((asyncio.get_running_loop() is home, threading.current_thread().name))
    async def live(self, tasks):
        async with Hub.of(docker.api).watch("container") as watch:
            while True:
                await docker.containers.list(all=True, label="pydock.test=lifecycle")
                self.lists += 1
                self.connected()
                await watch.changed()
    def snapshot(self):
        return Html("<p>board</p>"), "board"

def connections():
    "How many sockets this process has to the daemon."
    found = 0
    for fd in os.listdir("/proc/self/fd"):
        try:
            if os.readlink(f"/proc/self/fd/{fd}").startswith("socket:"):
                with socket.socket(fileno=os.dup(int(fd))) as one:
                    found += one.family == socket.AF_UNIX and bool(one.getpeername())
        except OSError:
            pass
    return found

async def until(condition):
    async with asyncio.timeout(10):
        while not condition():
            await asyncio.sleep(0.01)
"""


class Kernel:
    """A running kernel, and the page in front of it."""

    def __init__(self, client: Any, manager: Any) -> None:
        self._client = client
        self.manager = manager

    def run(self, code: str, *, during: Callable[[], object] | None = None) -> str:
        """Run a cell and return what it printed; an error in it is raised."""
        message = self._client.execute(textwrap.dedent(code))
        printed: list[str] = []
        failed = ""
        begun = False
        while True:
            got = self._client.get_iopub_msg(timeout=PATIENCE)
            kind, content = got["header"]["msg_type"], got["content"]
            if got["parent_header"].get("msg_id") != message:
                continue
            if kind == "stream" and content["name"] == "stdout":
                printed.append(content["text"])
            elif kind == "error":
                failed = "\n".join(content["traceback"])
            elif kind == "status" and content["execution_state"] == "idle":
                if failed:  # not before the kernel is idle: until then it aborts what comes next
                    raise RuntimeError(failed)
                return "".join(printed).strip()
            if "ready" in "".join(printed) and during is not None and not begun:
                begun = True
                during()

    def ask(self, expression: str) -> Any:
        """Return a value of Python in the kernel."""
        return eval(self.run(f"print(repr(({expression})))"))

    def new_subshell(self) -> str:
        """Ask for a subshell, as JupyterLab does."""
        message = self._client.session.msg("create_subshell_request", {})
        self._client.control_channel.send(message)
        reply = self._client.control_channel.get_msg(timeout=PATIENCE)
        subshell: str = reply["content"]["subshell_id"]
        return subshell

    def send(self, kind: str, content: dict[str, object], subshell: str | None = None) -> None:
        """Send a message of the page."""
        message = self._client.session.msg(kind, content, metadata={"version": "1.0.0"})
        if subshell is not None:
            message["header"]["subshell_id"] = subshell
        self._client.shell_channel.send(message)

    def tell(self, widget: str, data: dict[str, object], subshell: str | None = None) -> None:
        """Send a widget's message."""
        self.send("comm_msg", {"comm_id": self.ask(f"{widget}.model_id"), "data": data}, subshell)

    def show(self, view: str, count: int, subshell: str | None = None) -> None:
        """Say how many views of it are on the page."""
        self.tell(f"{view}.root", {"method": "update", "state": {"_view_count": count}, "buffer_paths": []}, subshell)

    def click(self, button: str, subshell: str | None = None) -> None:
        """Press a button."""
        self.tell(button, {"method": "custom", "content": {"event": "click"}}, subshell)

    def until(self, condition: str) -> None:
        """Wait for something in the kernel."""
        self.run(f"await until(lambda: {condition})")


@pytest.fixture(scope="module")
def older_ipykernel(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Put ipykernel 6 into a folder, to be found before the environment's."""
    folder = tmp_path_factory.mktemp("ipykernel6")
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", str(folder)]
    done = subprocess.run([*pip, "ipykernel==6.31.0", "nest-asyncio"], capture_output=True, text=True, check=False)
    if done.returncode:
        unavailable(f"ipykernel 6 cannot be had: {done.stderr[-200:]}")
    return str(folder)


@pytest.fixture(params=["6", "7"])
def version(request: pytest.FixtureRequest) -> str:
    """Give the major version of ipykernel."""
    wanted: str = request.param
    return wanted


@pytest.fixture
def kernel(
    version: str, engine: Engine, tmp_path: Path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Kernel]:
    """Give a kernel whose daemon is the test's engine."""
    client = pytest.importorskip("jupyter_client", reason="needs pydock-engine[browser]")
    monkeypatch.setenv("JUPYTER_PLATFORM_DIRS", "1")
    env = {**os.environ, "DOCKER_HOST": engine.url, "IPYTHONDIR": str(tmp_path / "ipython")}
    if version == "6":
        env["PYTHONPATH"] = request.getfixturevalue("older_ipykernel")
    manager = client.KernelManager(connection_file=str(tmp_path / "kernel.json"))
    manager.start_kernel(env=env)
    connected = manager.client()
    connected.start_channels()
    try:
        connected.wait_for_ready(timeout=PATIENCE)
        made = Kernel(connected, manager)
        assert made.run("import ipykernel; print(ipykernel.__version__)").startswith(version)
        made.run(SETUP)
        yield made
    finally:
        connected.stop_channels()
        manager.shutdown_kernel(now=True)
        manager.context.term()


@pytest.fixture
def subshell(kernel: Kernel, version: str) -> str | None:
    """Give where JupyterLab sends messages to: ipykernel 6 has nothing like it."""
    return None if version == "6" else kernel.new_subshell()


def test_connections_are_open_while_somebody_looks(kernel: Kernel, subshell: str | None) -> None:
    kernel.run("view = Board(); faces = view._repr_mimebundle_()")
    assert kernel.ask("connections(), view.phase.word, sorted(faces)") == (
        0,
        "idle",
        ["application/vnd.jupyter.widget-view+json", "text/html", "text/plain"],
    )
    kernel.show("view", 1, subshell)
    kernel.until("view.phase.word == 'live'")
    assert kernel.ask("connections()") == 2  # the events, and an idle one
    kernel.show("view", 0, subshell)
    kernel.until("view.phase.word == 'paused'")
    assert kernel.ask("connections(), Hub.of(docker.api).watchers") == (1, 0)
    kernel.show("view", 1, subshell)
    kernel.until("view.phase.word == 'live'")
    assert kernel.ask("connections()") == 2
    kernel.run("await view.aclose(); await docker.aclose()")
    assert kernel.ask("connections()") == 0


def test_a_cell_that_runs_again_leaves_one_stream(kernel: Kernel, subshell: str | None) -> None:
    kernel.run("views = []")
    for number in range(4):
        kernel.run("views.append(Board())")
        if number:
            kernel.show(f"views[{number - 1}]", 0, subshell)
        kernel.show(f"views[{number}]", 1, subshell)
    kernel.until("[v.phase.word for v in views] == ['paused', 'paused', 'paused', 'live']")
    assert kernel.ask("Hub.of(docker.api).watchers, connections() <= 3") == (1, True)
    kernel.run("close_all()")
    kernel.until("Hub.of(docker.api).watchers == 0")


def test_a_page_that_is_loaded_again_counts_anew(kernel: Kernel, subshell: str | None) -> None:
    kernel.run("view = Board(); view.root")
    kernel.show("view", 1, subshell)
    kernel.until("view.phase.word == 'live'")
    control: dict[str, object] = {"comm_id": "control", "target_name": "jupyter.widget.control"}
    kernel.send("comm_open", {**control, "data": {}}, subshell)
    kernel.send("comm_msg", {"comm_id": "control", "data": {"method": "request_states"}}, subshell)
    kernel.until("view.root._view_count == 0")
    kernel.show("view", 1, subshell)
    kernel.until("view.root._view_count == 1 and view.phase.word == 'live'")
    kernel.show("view", 0, subshell)
    kernel.until("view.phase.word == 'paused' and Hub.of(docker.api).watchers == 0")


def test_a_press_works_wherever_its_message_is_handled(kernel: Kernel, subshell: str | None) -> None:
    kernel.run("view = Board(); view.root")
    for count in (1, 2, 3):
        kernel.click("view.button", subshell)
        kernel.until(f"len(view.pings) == {count}")
    assert kernel.ask("view.pings") == [(True, "MainThread")] * 3
    kernel.click("view.button")
    kernel.until("len(view.pings) == 4")


@pytest.mark.parametrize("version", ["7"])
def test_a_press_works_while_a_cell_waits(kernel: Kernel, subshell: str | None) -> None:
    kernel.run("view = Board(); view.root")
    button = kernel.ask("view.button.model_id")
    press = {"comm_id": button, "data": {"method": "custom", "content": {"event": "click"}}}
    kernel.run(
        "print('ready', flush=True); await until(lambda: view.pings)",
        during=lambda: kernel.send("comm_msg", press, subshell),
    )
    assert kernel.ask("view.pings") == [(True, "MainThread")]


@pytest.mark.parametrize("version", ["7"])
def test_a_button_of_ones_own_needs_spawn(kernel: Kernel, subshell: str | None) -> None:
    kernel.run("""
        import ipywidgets
        await docker.ping()
        told, answers = [], []
        def careless(_):
            async def work():
                try:
                    await docker.ping()
                except pydock.WrongLoop as error:
                    told.append(str(error))
            global kept
            kept = asyncio.create_task(work())
        async def work():
            answers.append((await docker.ping()).api_version)
        wrong, right = ipywidgets.Button(), ipywidgets.Button()
        wrong.on_click(careless)
        right.on_click(lambda _: docker.spawn(work()))
        def elsewhere(press):
            async def main():
                press()
                await asyncio.sleep(0.2)
            threading.Thread(target=asyncio.run, args=(main(),)).start()
    """)
    # ipykernel 7.4 handles a press here or in the subshell, by who published last: this is always another thread
    kernel.run("elsewhere(wrong.click)")
    kernel.until("told")
    assert "docker.spawn(" in kernel.ask("told[0]")
    kernel.run("elsewhere(right.click)")
    kernel.until("answers")
    kernel.click("right", subshell)
    kernel.until("len(answers) == 2")
    kernel.run("await docker.ping()")  # nothing was hurt


def test_an_interrupt_of_a_cell_leaves_views_alone(kernel: Kernel, subshell: str | None) -> None:
    kernel.run("view = Board(); view.root")
    kernel.show("view", 1, subshell)
    kernel.until("view.phase.word == 'live'")
    with pytest.raises(RuntimeError, match=r"CancelledError|KeyboardInterrupt"):
        kernel.run("print('ready', flush=True); await asyncio.sleep(60)", during=kernel.manager.interrupt_kernel)
    lists = kernel.ask("view.lists")
    kernel.run("made = await docker.containers.create('busybox', ['true'], labels={'pydock.test': 'lifecycle'})")
    try:
        kernel.until(f"view.lists > {lists}")
        assert kernel.ask("view.phase.word") == "live"
    finally:
        kernel.run("await made.remove(force=True)")


def test_a_sync_cell_only_delays_views(kernel: Kernel, subshell: str | None) -> None:
    kernel.run("view = Board(); view.root")
    kernel.show("view", 1, subshell)
    kernel.until("view.phase.word == 'live'")
    started = time.monotonic()
    kernel.run("import time; time.sleep(1)")
    kernel.click("view.button", subshell)
    kernel.until("view.pings")
    assert time.monotonic() - started < PATIENCE
    assert kernel.ask("view.phase.word, Hub.of(docker.api).watchers") == ("live", 1)


def test_a_notebook_without_a_page_opens_nothing(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    nbclient = pytest.importorskip("nbclient", reason="needs pydock-engine[browser]")
    nbformat = pytest.importorskip("nbformat", reason="needs pydock-engine[browser]")
    monkeypatch.setenv("DOCKER_HOST", engine.url)
    monkeypatch.setenv("JUPYTER_PLATFORM_DIRS", "1")
    cells = [SETUP, "view = Board()\nview", "print(connections(), view.phase.word)"]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    nbclient.NotebookClient(notebook, timeout=PATIENCE, kernel_name="python3").execute()
    shown = notebook.cells[1].outputs[0].data
    assert "board" in shown["text/html"]
    assert "board" in shown["text/plain"]
    assert notebook.cells[2].outputs[0].text == "0 idle\n"
