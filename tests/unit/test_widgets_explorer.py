"""The explorer without a kernel: a daemon in memory counts its open streams, a page is simulated by its messages."""

from __future__ import annotations

import asyncio
import io
import json
import tarfile
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import anyio
import httpx
import pytest

import pydock
from pydock.widgets import pieces, registry
from pydock.widgets.details import SETTLE
from pydock.widgets.explorer import Explorer
from pydock.widgets.visibility import Timing

FAST = Timing(grace=0.05, beat=15, ttl=200)
HOSTILE = "<img src=x onerror=hurt=1>"


@pytest.fixture
def anyio_backend() -> str:
    """Live views are asyncio's only."""
    return "asyncio"


@pytest.fixture(autouse=True)
def nothing_stays() -> Iterator[None]:
    yield
    for view in registry.views():
        registry.discard(view)


async def until(condition: Callable[[], bool]) -> None:
    with anyio.fail_after(5):
        while not condition():  # noqa: ASYNC110 - there is no event to wait for in what is simulated
            await anyio.sleep(0.005)


class Stream(httpx.AsyncByteStream):
    """An answer that stays open until it is closed."""

    def __init__(self, daemon: Daemon, kind: str) -> None:
        self.kind = kind
        self.lines: asyncio.Queue[bytes] = asyncio.Queue()
        self._daemon = daemon
        daemon.streams.append(self)

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while True:
            yield await self.lines.get()

    async def aclose(self) -> None:
        if self in self._daemon.streams:
            self._daemon.streams.remove(self)


class Daemon(httpx.AsyncBaseTransport):
    """Containers in memory."""

    def __init__(self) -> None:
        self.containers: dict[str, dict[str, Any]] = {}
        self.streams: list[Stream] = []
        self.done: list[str] = []
        self.refusal = ""
        self.uptime = 5

    def add(self, name: str, *, running: bool = True, project: str = "", ports: bool = False) -> str:
        labels = {"com.docker.compose.project": project, "com.docker.compose.service": name} if project else {}
        published = [{"IP": "0.0.0.0", "PrivatePort": 80, "PublicPort": 8080, "Type": "tcp"}] if ports else []
        key = f"{len(self.containers) + 1:064x}"
        self.containers[key] = {
            "Id": key, "Names": [f"/{name}"], "Image": "busybox", "ImageID": "sha256:1", "Labels": labels,
            "State": "running" if running else "exited", "Ports": published, "Created": 1,
        }  # fmt: skip
        return key

    def open(self, kind: str) -> int:
        return sum(stream.kind == kind for stream in self.streams)

    def say(self, kind: str, action: str, name: str = "x") -> None:
        event = {"Type": kind, "Action": action, "Actor": {"ID": "x", "Attributes": {"name": name}}, "time": 1}
        for stream in self.streams:
            if stream.kind == "events":
                stream.lines.put_nowait(json.dumps(event).encode() + b"\n")

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path.partition("/v1.44")[2] or request.url.path
        parts = path.strip("/").split("/")
        if request.method in {"POST", "DELETE"}:
            return self._act(request.method, parts)
        if path == "/events" or parts[-1] in {"logs", "stats"}:
            if parts[-1] == "stats" and request.url.params.get("stream") in {"0", "false"}:
                return self._json({})
            return httpx.Response(200, headers={"Api-Version": "1.44"}, stream=Stream(self, parts[-1]))
        if parts[-1] == "archive":
            return httpx.Response(200, headers={"Api-Version": "1.44"}, content=archive())
        return self._json(self._answer(path, parts))

    def _answer(self, path: str, parts: list[str]) -> object:
        if path == "/containers/json":
            return [one | {"Status": self._said(one)} for one in self.containers.values()]
        if parts[0] == "containers":
            kind = parts[-1]
            if kind == "changes":
                return [{"Path": "/etc", "Kind": 0}, {"Path": "/etc/new", "Kind": 1}, {"Path": "/gone", "Kind": 2}]
            if kind == "top":
                return {"Titles": ["PID", "CMD"], "Processes": [["1", "sleep --password=hunter2"]]}
            return self._inspected(self.containers[parts[1]])
        answers: dict[str, object] = {
            "/images/json": [{"Id": "sha256:1", "RepoTags": ["busybox:latest"], "Size": 1000, "Containers": 1}],
            "/networks": [], "/volumes": {"Volumes": [], "Warnings": []}, "/images/sha256:1/history": [],
            "/images/sha256:1/json": {"Id": "sha256:1", "RepoTags": ["busybox:latest"], "Config": {}},
            "/system/df": {"LayersSize": 1000, "Images": [], "Containers": [], "Volumes": [], "BuildCache": []},
        }  # fmt: skip
        return answers.get(path, {"ApiVersion": "1.44", "SystemTime": "2026-01-01T00:00:00Z"})

    def _said(self, one: dict[str, Any]) -> str:
        return f"Up {self.uptime} minutes" if one["State"] == "running" else "Exited (0) 2 minutes ago"

    @staticmethod
    def _inspected(one: dict[str, Any]) -> dict[str, Any]:
        running = one["State"] == "running"
        config = {"Env": ["DB_PASSWORD=hunter2", "PLAIN=visible"], "Image": "busybox", "Cmd": [HOSTILE], "Labels": {}}
        state = {"Status": one["State"], "Running": running}
        return {"Id": one["Id"], "Name": one["Names"][0], "State": state, "Image": "sha256:1",
                "Config": config, "HostConfig": {}}  # fmt: skip

    def _act(self, method: str, parts: list[str]) -> httpx.Response:
        if self.refusal:
            return httpx.Response(409, json={"message": self.refusal}, headers={"Api-Version": "1.44"})
        if method == "DELETE":
            gone = self.containers.pop(parts[1])
            self.done.append(f"remove {gone['Names'][0][1:]}")
        else:
            one = self.containers[parts[1]]
            one["State"] = {"stop": "exited", "pause": "paused"}.get(parts[2], "running")
            self.done.append(f"{parts[2]} {one['Names'][0][1:]}")
        self.say("container", parts[-1])
        return httpx.Response(204, headers={"Api-Version": "1.44"})

    @staticmethod
    def _json(body: object) -> httpx.Response:
        return httpx.Response(200, json=body, headers={"Api-Version": "1.44"})


def archive() -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as tar:
        for name, content in (("etc", None), ("etc/new", b"hello <b>"), ("etc/passwd", b"root"), ("bin", None)):
            entry = tarfile.TarInfo(f"./{name}")
            entry.type = tarfile.DIRTYPE if content is None else tarfile.REGTYPE
            entry.size = len(content or b"")
            tar.addfile(entry, io.BytesIO(content) if content is not None else None)
    return packed.getvalue()


@pytest.fixture
def daemon() -> Daemon:
    return Daemon()


@pytest.fixture
def docker(daemon: Daemon) -> pydock.Docker:
    return pydock.Docker(transport=daemon)


async def explored(docker: pydock.Docker, *, look: bool = True, **settings: Any) -> Explorer:
    view = Explorer(docker, timing=FAST, **settings)
    await view._containers.load()
    view._repr_mimebundle_()
    if look:
        page(view, 1)
        await until(lambda: view.phase.word == "live")
    return view


def page(view: Explorer, count: int) -> None:
    root: Any = view.root
    root.set_state({"_view_count": count})


def rows(view: Explorer) -> list[str]:
    return [label for label, _ in view._containers._list.options]


def choose(view: Explorer, *keys: str) -> None:
    """Choose rows as a page does: by their places."""
    untyped: Any = view._containers._list
    offered = [key for _, key in untyped.options]
    untyped.set_state({"index": [offered.index(key) for key in keys]})


def turn(view: Explorer, name: str) -> None:
    details = view._containers._details
    tabs: Any = details._tabs
    tabs.selected_index = details._names.index(name)


def button(bar: Any, label: str) -> Any:
    return next(each.button for each in bar.buttons if each._action.label == label)


def said(view: Explorer) -> str:
    assert view._alert is not None
    return view._alert.value


# The list


async def test_projects_stand_together_and_are_chosen_as_one(daemon: Daemon, docker: pydock.Docker) -> None:
    web, db = daemon.add("shop-web", project="shop"), daemon.add("shop-db", project="shop", running=False)
    daemon.add("lonely")
    view = await explored(docker)
    assert rows(view) == [
        "▾ shop · 1 of 2 running",
        "○ db      exited (0)",
        "● web     up 5 min",
        "▾ other containers · 1 of 1 running",
        "● lonely  up 5 min",
    ]
    choose(view, "project:shop")
    await until(lambda: len(view.selection) == 2)
    assert {one.id for one in view.selection} == {web, db}
    await view.aclose()


async def test_the_filter_looks_everywhere_and_hides_what_is_not_meant(daemon: Daemon, docker: pydock.Docker) -> None:
    web, db = daemon.add("web"), daemon.add("db", running=False)
    view = await explored(docker)
    choose(view, web)
    untyped: Any = view._containers._words
    untyped.value = "nothing like it"
    await until(lambda: rows(view) == [])
    assert view.selection == []  # what cannot be seen is not acted on
    untyped.value = ""
    await until(lambda: [one.id for one in view.selection] == [web])
    untyped.value = "EXITED db"
    await until(lambda: len(rows(view)) == 1)
    assert [one.id for one in view.selection] == [db]  # the only one is chosen
    untyped.value = ""
    await until(lambda: len(rows(view)) == 2)
    running: Any = view._containers._running
    running.value = True
    await until(lambda: len(rows(view)) == 1)
    assert db not in [key for _, key in view._containers._list.options]
    await view.aclose()


async def test_the_first_that_runs_is_chosen(daemon: Daemon, docker: pydock.Docker) -> None:
    daemon.add("a", running=False)
    b = daemon.add("b")
    view = await Explorer.of(docker)
    assert view.selected is not None
    assert view.selected.id == b
    html, text = view.snapshot()
    assert "b" in text
    assert "2 containers" in html


async def test_the_head_counts_and_links_ports(daemon: Daemon, docker: pydock.Docker) -> None:
    daemon.add("web", ports=True)
    daemon.add("db", running=False)
    view = await explored(docker)
    assert view._head is not None
    assert "2 containers · 1 running" in view._head.value
    host = docker.endpoint.host
    assert f'href="http://{host}:8080"' in view._containers._head.value
    await view.aclose()


async def test_names_stay_text(daemon: Daemon, docker: pydock.Docker) -> None:
    daemon.add(HOSTILE, project=HOSTILE)
    view = await explored(docker)
    daemon.say("container", HOSTILE, HOSTILE)
    await until(lambda: "onerror" in view._strip.value)
    turn(view, "Inspect")
    await until(lambda: "Inspect" in view._containers._details._panels)
    shown = " ".join((view._strip.value, view._containers._head.value, *view.snapshot()[:1]))
    assert "<img" not in shown
    assert "&lt;img" in shown
    await view.aclose()


# Streams


async def test_only_what_is_visible_streams(daemon: Daemon, docker: pydock.Docker) -> None:
    daemon.add("web")
    view = await explored(docker, look=False)
    await anyio.sleep(0.05)
    assert daemon.streams == []
    page(view, 1)
    await until(lambda: (daemon.open("events"), daemon.open("logs"), daemon.open("stats")) == (1, 1, 0))
    turn(view, "Inspect")
    await until(lambda: (daemon.open("events"), daemon.open("logs")) == (1, 0))
    turn(view, "Logs")
    await until(lambda: daemon.open("logs") == 1)
    tabs: Any = view._tabs
    tabs.selected_index = 1
    await until(lambda: (daemon.open("events"), daemon.open("logs")) == (1, 0))
    tabs.selected_index = 0
    await until(lambda: daemon.open("logs") == 1)
    page(view, 0)
    await until(lambda: daemon.streams == [])
    page(view, 1)
    await until(lambda: (daemon.open("events"), daemon.open("logs")) == (1, 1))
    await view.aclose()
    assert daemon.streams == []


async def test_a_list_that_is_read_again_moves_nothing(daemon: Daemon, docker: pydock.Docker) -> None:
    """Assigning options fires observers in ipywidgets: the log would be opened again and again."""
    web = daemon.add("web")
    view = await explored(docker)
    await until(lambda: daemon.open("logs") == 1)
    stream = next(each for each in daemon.streams if each.kind == "logs")
    for minute in range(6, 12):
        daemon.uptime = minute
        daemon.add(f"another{minute}")
        daemon.say("container", "start")
        await until(lambda minute=minute: any(f"up {minute} min" in row for row in rows(view)))  # type: ignore[misc]
    assert [one.id for one in view.selection] == [web]
    assert stream in daemon.streams
    assert daemon.open("logs") == 1
    await view.aclose()


async def test_keys_that_pass_over_rows_open_nothing(daemon: Daemon, docker: pydock.Docker) -> None:
    keys = [daemon.add(f"c{number}") for number in range(5)]
    view = await explored(docker)
    await until(lambda: daemon.open("logs") == 1)
    for key in keys[1:]:
        choose(view, key)
    await until(lambda: view.selected is not None and view.selected.id == keys[-1])
    await anyio.sleep(SETTLE + 0.3)
    assert daemon.open("logs") == 1
    await view.aclose()


# Actions


async def test_a_button_stops_what_is_chosen(daemon: Daemon, docker: pydock.Docker) -> None:
    daemon.add("web")
    view = await explored(docker)
    stop = button(view._containers._one_bar, "Stop")
    assert stop.tooltip == "Stop web · await view.selected.stop()"
    stop.click()
    await until(lambda: rows(view) == ["○ web  exited (0)"])
    assert daemon.done == ["stop web"]
    await until(lambda: "pd-off" in stop._dom_classes)
    await view.aclose()


async def test_remove_asks_and_then_nothing_is_chosen(daemon: Daemon, docker: pydock.Docker) -> None:
    daemon.add("web")
    daemon.add("db")
    view = await explored(docker)
    db = next(key for label, key in view._containers._list.options if "db" in label)
    choose(view, db)
    await until(lambda: view.selected is not None and view.selected.id == db)
    await until(lambda: button(view._containers._one_bar, "Remove").tooltip.startswith("Remove db"))
    remove = button(view._containers._one_bar, "Remove")
    remove.click()
    await until(lambda: remove.description == "Really remove db?")
    assert daemon.done == []
    remove.click()
    await until(lambda: daemon.done == ["remove db"])
    await until(lambda: len(rows(view)) == 1)
    assert view.selection == []
    remove.click()  # a third press, by mistake
    await anyio.sleep(0.05)
    assert daemon.done == ["remove db"]
    await view.aclose()


async def test_many_are_stopped_after_one_question(daemon: Daemon, docker: pydock.Docker) -> None:
    keys = [daemon.add(name) for name in ("a", "b", "c")]
    view = await explored(docker)
    choose(view, *keys)
    stop = button(view._containers._many_bar, "Stop")
    await until(lambda: stop.tooltip == "Stop 3 containers · for c in view.selection: await c.stop()")
    assert view._containers._one_bar.box.layout.display == "none"
    stop.click()
    await until(lambda: stop.description == "Really stop 3 containers?")
    assert daemon.done == []
    stop.click()
    await until(lambda: sorted(daemon.done) == ["stop a", "stop b", "stop c"])
    assert len(view.selection) == 3
    await view.aclose()


async def test_what_the_daemon_refuses_is_told(daemon: Daemon, docker: pydock.Docker) -> None:
    keys = [daemon.add(name) for name in ("a", "b")]
    daemon.refusal = "no <way>"
    view = await explored(docker)
    button(view._containers._one_bar, "Stop").click()
    await until(lambda: "no &lt;way&gt;" in said(view))
    choose(view, *keys)
    restart = button(view._containers._many_bar, "Restart")
    await until(lambda: restart.tooltip.startswith("Restart 2"))
    restart.click()
    await until(lambda: "Really" in restart.description)
    restart.click()
    await until(lambda: "2 of 2 failed" in said(view))
    await view.aclose()


async def test_readonly_has_no_buttons_and_no_command(daemon: Daemon, docker: pydock.Docker) -> None:
    daemon.add("web")
    view = await explored(docker, readonly=True)
    assert view._containers._one_bar.buttons == []
    assert "Command" not in view._containers._details._names
    await view.aclose()


# Details and the other pages


async def test_inspect_masks_the_environment(daemon: Daemon, docker: pydock.Docker) -> None:
    daemon.add("web")
    view = await explored(docker)
    turn(view, "Inspect")
    panels: Any = view._containers._details._panels
    await until(lambda: "Inspect" in panels and "DB_PASSWORD" in panels["Inspect"].box.value)
    shown = panels["Inspect"].box.value
    assert "hunter2" not in shown
    assert "visible" not in shown
    assert "<img" not in shown
    turn(view, "Processes")
    await until(lambda: "Processes" in panels and "sleep" in panels["Processes"].box.value)
    assert "hunter2" not in panels["Processes"].box.value
    await view.aclose()


async def test_files_are_marked(daemon: Daemon, docker: pydock.Docker) -> None:
    daemon.add("web")
    view = await explored(docker)
    turn(view, "Files")
    panels: Any = view._containers._details._panels
    await until(lambda: "Files" in panels and len(panels["Files"]._list.options) == 3)
    files = panels["Files"]
    assert [label.split() for label, _ in files._list.options] == [
        ["bin/", "0", "B"], ["M", "etc/", "13", "B"], ["D", "gone", "deleted"],
    ]  # fmt: skip
    files._only.value = True
    await until(lambda: [key for _, key in files._list.options] == ["etc", "gone"])
    files._list.value = "gone"
    await until(lambda: "no longer here" in files._look.value)
    await view.aclose()


async def test_other_pages_are_made_when_they_are_opened(daemon: Daemon, docker: pydock.Docker) -> None:
    daemon.add("web")
    view = await explored(docker)
    assert "images" not in vars(view)
    tabs: Any = view._tabs
    tabs.selected_index = 1
    await until(lambda: "busybox:latest" in view.images._head.value)
    assert view.images.selected is not None
    assert view.images.selected.name == "busybox:latest"
    await until(lambda: "Used by" in view.images._body.value)
    tabs.selected_index = 5
    daemon.say("network", "create", "backend")
    await until(lambda: "backend" in view._feed._body.value)
    assert [event.name for event in view.events] == ["backend"]
    await view.aclose()


async def test_nothing_is_pruned_that_was_not_previewed(daemon: Daemon, docker: pydock.Docker) -> None:
    view = await explored(docker)
    prunes: list[bool] = []

    async def prune(*, dry_run: bool = False, **_: bool) -> object:
        prunes.append(dry_run)
        return pydock.models.pruning.PruneReport(["c" * 64], dry_run=dry_run)

    docker.prune = prune  # type: ignore[assignment,method-assign]
    tabs: Any = view._tabs
    tabs.selected_index = 4
    await until(lambda: "Disk usage" in view._disk._body.value)
    go, look = button(view._disk._goes, "Prune"), button(view._disk._looks, "Preview prune")
    go.click()
    await anyio.sleep(0.02)
    assert prunes == []
    look.click()
    await until(lambda: "would go" in view._disk._report.value)
    volumes: Any = view._disk._volumes
    volumes.value = True  # other settings: what was previewed is no longer what would go
    await until(lambda: view._disk._report.value == "")
    go.click()
    await anyio.sleep(0.02)
    assert prunes == [True]
    look.click()
    await until(lambda: prunes == [True, True])
    await until(lambda: "pd-off" not in go._dom_classes)
    go.click()
    await until(lambda: go.description.startswith("Really prune"))
    go.click()
    await until(lambda: prunes == [True, True, False])
    await view.aclose()


async def test_three_hundred_containers_are_no_more_widgets_than_three(docker: pydock.Docker, daemon: Daemon) -> None:
    def widgets() -> int:
        return len(pieces.library().widgets.widget._instances)

    for number in range(3):
        daemon.add(f"c{number}")
    start = widgets()
    view = await explored(docker)
    few = widgets() - start
    await view.aclose()
    for number in range(300):
        daemon.add(f"d{number}")
    start = widgets()
    view = await explored(docker)
    assert len(rows(view)) == 303
    assert widgets() - start <= few
    assert len("\n".join(rows(view)).encode()) < 30_000
    await view.aclose()
