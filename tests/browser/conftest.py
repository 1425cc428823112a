"""JupyterLab in a real browser: one Lab and one Chromium for the session, a fresh notebook for each scenario.

What leaves the loopback is aborted, and the test fails; so it does after an error of the page. Wait on what a person
would see (`expect(…)`), never for a time. Types: `if TYPE_CHECKING: from tests.browser.conftest import Notebook`.
Pictures go to a temporary folder; PYDOCK_SCREENSHOTS=1 writes them, reduced, to docs/images/.
`axe.min.js` is axe-core by Deque Systems, from npm, unchanged (MPL-2.0).
"""

from __future__ import annotations

import contextlib
import importlib.util
import io
import json
import os
import re
import secrets
import shutil
import socket
import subprocess
import sys
import tarfile
import time
import urllib.request
from collections.abc import Generator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import pytest

# The engine's own eyes, for what happens outside the notebook: the tests in tests/engine use the same.
from tests.engine.conftest import SESSION, Engine, Raw, host, label, raw, running, selected, sweep, unavailable

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, Locator, Page, Playwright

__all__ = ["label", "raw"]

CHECKOUT = Path(__file__).parents[2]
AXE = (Path(__file__).parent / "axe.min.js").read_text()
LOOPBACK = re.compile(r"(https?|wss?)://127\.0\.0\.1[:/]|(data|blob|about|file):")
ELSEWHERE = re.compile(rf"^(?!{LOOPBACK.pattern})")
PATIENCE = 30_000  # ms; the machine may be busy
EMPTY = {
    "cells": [],
    "metadata": {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}},
    "nbformat": 4,
    "nbformat_minor": 5,
}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run last: Playwright's loop runs in this thread from its first use to the end; async tests could not."""
    here = Path(__file__).parent
    items.sort(key=lambda item: here in item.path.parents)


@pytest.fixture(scope="session")
def engine() -> Generator[Engine]:
    """Give the newest Docker engine there is."""
    found = host() if "host" in selected() else newest()
    yield found
    sweep(Raw(found.url), f"pydock.session={SESSION}")


def newest() -> Engine:
    up = [running()[name] for name in selected() if name in running()]
    plain = [one for one in up if not one.podman and not one.containerd] or up
    if not plain:
        unavailable("no engine runs (make engines-up; needs root on Debian)")
    return max(plain, key=lambda one: one.api_version)


# JupyterLab


@dataclass(frozen=True)
class Lab:
    """A running JupyterLab. Notebooks are files in `folder`."""

    url: str
    token: str
    folder: Path
    environment: dict[str, str]
    """What its kernels see, for other programs that shall see the same."""

    def __call__(self, method: str, path: str) -> Any:
        """Ask the server: `lab("GET", "/api/sessions")`."""
        asked = urllib.request.Request(self.url + path, method=method, headers={"Authorization": f"token {self.token}"})
        with urllib.request.urlopen(asked, timeout=30) as answer:
            content = answer.read()
        return json.loads(content) if content else None

    def write(self, notebook: dict[str, Any]) -> str:
        """Write a new notebook and return its name."""
        name = f"{secrets.token_hex(4)}.ipynb"
        (self.folder / name).write_text(json.dumps(notebook))
        return name

    def read(self, name: str) -> dict[str, Any]:
        """Read what was saved."""
        found: dict[str, Any] = json.loads((self.folder / name).read_text())
        return found

    def end_kernels(self) -> None:
        """Shut down every kernel: one that survives keeps what it has imported."""
        for session in self("GET", "/api/sessions"):
            self("DELETE", f"/api/sessions/{session['id']}")


@pytest.fixture(scope="session")
def lab(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Generator[Lab]:
    """Give a JupyterLab with a home of its own, whose kernels find the engine in PYDOCK_TEST_HOST."""
    if importlib.util.find_spec("jupyterlab") is None:
        unavailable("no JupyterLab (pip install 'pydock-engine[browser]')")
    home = tmp_path_factory.mktemp("lab")
    (home / "notebooks").mkdir()
    (home / "config" / "labconfig").mkdir(parents=True)
    quiet = {"disabledExtensions": {"@jupyterlab/apputils-extension:announcements": True}}
    (home / "config" / "labconfig" / "page_config.json").write_text(json.dumps(quiet))
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
    token = secrets.token_hex(16)
    environment = {"HOME": str(home), "PYDOCK_TEST_HOST": engine.url, "DOCKER_HOST": engine.url}
    for name in ("JUPYTER_CONFIG", "JUPYTER_DATA", "JUPYTER_RUNTIME", "JUPYTERLAB_SETTINGS", "JUPYTERLAB_WORKSPACES"):
        environment[f"{name}_DIR"] = str(home / name.rpartition("_")[2].lower())
    environment["IPYTHONDIR"] = str(home / "ipython")
    command = [
        *(sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", "--ip=127.0.0.1", f"--port={port}"),
        *("--ServerApp.port_retries=0", f"--IdentityProvider.token={token}"),
        *(f"--ServerApp.root_dir={home / 'notebooks'}", "--LabApp.expose_app_in_browser=True"),
        *("--LabApp.news_url=None", "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate"),
        "--LabApp.extension_manager=readonly",
    ]
    with serving(command, environment, home / "log"):
        lab = Lab(f"http://127.0.0.1:{port}", token, home / "notebooks", environment)
        yield lab
        lab.end_kernels()


@contextlib.contextmanager
def serving(command: list[str], environment: dict[str, str], log: Path) -> Generator[None]:
    """Run JupyterLab for the block. It is killed: asked to stop, it sometimes waits for its extensions for ever."""
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, env=os.environ | environment, stdin=subprocess.DEVNULL, stdout=output, stderr=output
        )
    try:
        patience = time.monotonic() + 60
        while b"is running at" not in log.read_bytes():
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < patience, log.read_text()
            time.sleep(0.05)  # a log file has no event to wait for
        yield
    finally:
        process.kill()
        process.wait()


# The browser


@dataclass
class Browser:
    """Chromium. Its pages may neither leave the loopback nor have errors: `check` tells."""

    context: BrowserContext
    left: list[str] = field(default_factory=list[str])
    """Requests that wanted to leave the loopback."""
    errors: list[str] = field(default_factory=list[str])
    _shared: Page | None = None

    def page(self) -> Page:
        """Open a page."""
        page = self.context.new_page()
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("websocket", lambda socket: None if LOOPBACK.match(socket.url) else self.left.append(socket.url))
        return page

    def shared(self) -> Page:
        """Give the page that scenarios use one after the other: JupyterLab takes seconds to load."""
        if self._shared is None or self._shared.is_closed():
            self._shared = self.page()
        return self._shared

    def check(self) -> None:
        """Fail after an error of a page, or after a request that wanted to leave."""
        errors, left = self.errors.copy(), self.left.copy()
        self.errors.clear()
        self.left.clear()
        assert not errors, f"errors of the page: {errors}"
        assert not left, f"requests that wanted to leave this machine: {left}"


@pytest.fixture(scope="session")
def browser() -> Generator[Browser]:
    """Give Debian's Chromium: nothing is downloaded."""
    chromium = shutil.which("chromium")
    if chromium is None or importlib.util.find_spec("playwright") is None:
        unavailable("no Chromium or no Playwright (apt-get install chromium; pip install 'pydock-engine[browser]')")
    from playwright.sync_api import expect, sync_playwright

    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as playwright, contextlib.closing(launch(playwright, chromium)) as context:
        browser = Browser(context)

        def abort(route: Any) -> None:
            browser.left.append(route.request.url)
            route.abort()

        context.route(ELSEWHERE, abort)
        yield browser


def launch(playwright: Playwright, chromium: str) -> BrowserContext:
    flags = [
        "--disable-gpu",
        "--disable-quic",
        "--no-proxy-server",
        "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
    ]
    program = playwright.chromium.launch(executable_path=chromium, chromium_sandbox=False, args=flags)
    context = program.new_context(viewport={"width": 1200, "height": 1000}, reduced_motion="reduce")
    context.set_default_timeout(PATIENCE)
    return context


# Notebooks


RUN = """async ([code, wait]) => {
    const notebook = jupyterapp.shell.currentWidget.content, cells = notebook.model.sharedModel;
    const last = cells.cells.length - 1;
    const index = last >= 0 && cells.cells[last].getSource() === '' ? last : last + 1;
    if (index > last) cells.insertCell(index, {cell_type: 'code', source: code});
    else cells.cells[index].setSource(code);
    notebook.deselectAll();
    notebook.activeCellIndex = index;
    const done = jupyterapp.commands.execute('notebook:run-cell');
    if (!wait) return [index, ''];
    await done;
    const error = notebook.model.cells.get(index).outputs.toJSON().find(each => each.output_type === 'error');
    return [index, error ? error.traceback.join('\\n') : ''];
}"""

OPEN = "name => jupyterapp.commands.execute('docmanager:open', {path: name}).then(() => 0)"
CLOSE = "() => [...jupyterapp.shell.widgets('main')].forEach(widget => widget.dispose())"
READY = """name => {
    const shown = window.jupyterapp?.shell.currentWidget, session = shown?.sessionContext;
    return shown?.context?.path === name && session.isReady && session.session?.kernel?.status === 'idle';
}"""

# JupyterLab's body has no height and hides what overflows: axe believes that nothing in it can be seen.
CHECK = """async element => {
    document.body.style.height = '100vh';
    const found = await axe.run(element, {resultTypes: ['violations']});
    return [found.passes.length, found.violations.map(rule =>
        `${rule.id} (${rule.impact}): ${rule.help}\\n` + rule.nodes.map(node =>
            `    ${node.html}\\n    ${node.failureSummary}`).join('\\n'))];
}"""


class Notebook:
    """A notebook that a person looks at. `page` is Playwright's, for all that is not here."""

    def __init__(self, page: Page, lab: Lab, name: str, pictures: Path) -> None:
        self.page = page
        self.lab = lab
        self.name = name
        self._pictures = pictures
        self.open(name)

    def open(self, name: str) -> None:
        """Open a notebook of the lab's folder in this page, and wait for its kernel."""
        self.name = name
        if self.page.url.startswith(self.lab.url):
            self.page.evaluate(OPEN, name)
        else:
            self.page.goto(f"{self.lab.url}/doc/tree/{name}?token={self.lab.token}")
        self.page.wait_for_function(READY, arg=name)

    def reload(self) -> None:
        """Load the page again: same kernel, new front end."""
        self.page.reload()
        self.page.wait_for_function(READY, arg=self.name)

    def close(self) -> None:
        """Close every notebook, without its last changes, and end the kernels."""
        if not self.page.is_closed():
            self.page.evaluate(CLOSE)
        self.lab.end_kernels()

    def run(self, code: str, *, wait: bool = True) -> Locator:
        """Append a cell, run it, and return its output area. AssertionError with the traceback when it raises.

        With `wait=False` it returns at once: for cells that shall still be running.
        """
        index, error = self.page.evaluate(RUN, [code, wait])
        assert not error, re.sub(r"\x1b\[[0-9;]*m", "", error)
        return self.output(index)

    def output(self, index: int) -> Locator:
        """Return the output area of a cell."""
        return self.page.locator(".jp-Notebook .jp-Cell").nth(index).locator(".jp-Cell-outputArea")

    def command(self, name: str, /, **arguments: object) -> None:
        """Execute a command of JupyterLab: `notebook.command("notebook:delete-cell")`."""
        self.page.evaluate(
            "([name, given]) => jupyterapp.commands.execute(name, given).then(() => 0)", [name, arguments]
        )

    def save(self) -> dict[str, Any]:
        """Save it and return what is in the file."""
        self.command("docmanager:save")
        return self.lab.read(self.name)

    def theme(self, kind: Literal["light", "dark"]) -> None:
        """Switch JupyterLab's theme."""
        self.command("apputils:change-theme", theme=f"JupyterLab {kind.title()}")  # does nothing if it is so already
        light = "true" if kind == "light" else "false"
        self.page.locator(f"body[data-jp-theme-light={light}]").wait_for(state="attached")

    def axe(self, of: Locator) -> list[str]:
        """Return what axe finds wrong inside an element: each with rule, impact, markup and remedy."""
        of.wait_for()
        if self.page.evaluate("typeof axe") == "undefined":
            self.page.evaluate(AXE)
        passed, wrong = of.evaluate(CHECK)
        found: list[str] = wrong
        assert passed or found, "axe found nothing to look at"
        return found

    def screenshot(self, name: str, of: Locator | None = None) -> Path:
        """Save a picture of an element, by default of the notebook as it is on the screen."""
        place = self._pictures / f"{name}.png"
        shown = of or self.page.locator(".jp-NotebookPanel-notebook")
        box, view = shown.bounding_box(), self.page.viewport_size
        assert box, "there is nothing to see"
        assert view
        self.page.set_viewport_size({"width": view["width"], "height": max(view["height"], int(box["height"]) + 150)})
        shown.screenshot(path=place)
        self.page.set_viewport_size(view)
        if self._pictures == PICTURES:
            reduce(place)
        return place


@pytest.fixture
def notebook(lab: Lab, browser: Browser, pictures: Path) -> Generator[Notebook]:
    """Give a fresh notebook with a kernel of its own, in the light theme."""
    notebook = Notebook(browser.shared(), lab, lab.write(EMPTY), pictures)
    notebook.theme("light")
    yield notebook
    notebook.close()
    browser.check()


# What there is to see


@dataclass(frozen=True)
class Shop:
    """A small compose project: web, api, worker (paused), db with a volume, migrate (exited 3)."""

    filters: dict[str, str]
    """What lists it: `docker.containers.list(all=True, **filters)`."""
    image: str
    networks: list[str]
    volume: str
    names: dict[str, str]
    """Service → name of its container."""


@pytest.fixture(scope="session")
def shop(engine: Engine) -> Shop:
    """Give something to look at. It is swept with the session; leave it as it is."""
    raw, mark = Raw(engine.url), secrets.token_hex(2)
    labels = {"pydock.test": mark, "pydock.session": SESSION, "com.docker.compose.project": "shop"}

    def name(service: str) -> str:
        return f"shop-{service}" if PRETTY else f"shop-{service}-{mark}"

    image, volume, networks = f"{name('app')}:3", name("data"), [name("front"), name("back")]
    answer = raw.send("POST", "/build", dockerfile(labels), t=image, networkmode="none")
    assert b'"error"' not in answer, answer.decode()
    for network in networks:
        raw("POST", "/networks/create", body={"Name": network, "Labels": labels})
    raw("POST", "/volumes/create", body={"Name": volume, "Labels": labels})
    services = {
        "db": (["sleep", "9999"], networks[1:], [f"{volume}:/data"]),
        "api": (["sleep", "9999"], networks, []),
        "worker": (["sleep", "9999"], networks[1:], []),
        "web": (["httpd", "-f", "-p", "80"], networks[:1], []),
        "migrate": (["sh", "-c", "echo 'no such table: items' >&2; exit 3"], networks[1:], [f"{volume}:/data"]),
    }
    for service, (command, joined, binds) in services.items():
        body: dict[str, Any] = {
            "Image": image,
            "Cmd": command,
            "Env": ["LANG=C.UTF-8", "DB_PASSWORD=hunter2"],
            "Labels": labels | {"com.docker.compose.service": service},
            "StopSignal": "SIGKILL",
            "HostConfig": {"NetworkMode": joined[0], "Binds": binds, "Memory": 64 << 20},
        }
        if service == "web":
            body["ExposedPorts"] = {"80/tcp": {}}
            body["HostConfig"]["PortBindings"] = {"80/tcp": [{"HostPort": "8080" if PRETTY else ""}]}
        made = raw("POST", "/containers/create", body=body, name=name(service))["Id"]
        for network in joined[1:]:
            raw("POST", f"/networks/{network}/connect", body={"Container": made})
        raw("POST", f"/containers/{made}/start")
    raw("POST", f"/containers/{name('worker')}/pause")
    raw("POST", f"/containers/{name('migrate')}/wait")
    return Shop({"label": f"pydock.test={mark}"}, image, networks, volume, {each: name(each) for each in services})


def dockerfile(labels: dict[str, str]) -> bytes:
    """Return a build context with layers of several sizes, one of them in vain."""
    lines = [
        "FROM busybox:latest",
        "RUN dd if=/dev/urandom of=/a bs=1M count=2",
        "RUN dd if=/dev/urandom of=/b bs=1M count=4",
        "RUN dd if=/dev/urandom of=/c bs=1M count=1 && rm /b",
        "ENV APP=shop",
        f"LABEL {' '.join(f'{key}={value}' for key, value in labels.items())}",
    ]
    content = "\n".join(lines).encode()
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        entry = tarfile.TarInfo("Dockerfile")
        entry.size = len(content)
        archive.addfile(entry, io.BytesIO(content))
    return packed.getvalue()


PRETTY = os.environ.get("PYDOCK_SCREENSHOTS") == "1"
PICTURES = CHECKOUT / "docs" / "images"


@pytest.fixture(scope="session")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the folder for pictures."""
    if not PRETTY:
        return tmp_path_factory.mktemp("pictures")
    PICTURES.mkdir(parents=True, exist_ok=True)
    return PICTURES


def reduce(place: Path) -> None:
    """Reduce a picture to 128 colours: the repository keeps it for ever."""
    from PIL import Image

    with Image.open(place) as picture:
        small = picture.convert("RGB").quantize(128, dither=Image.Dither.NONE)
    small.save(place, optimize=True)
    assert place.stat().st_size <= 150_000, f"{place} is too large for the repository"
