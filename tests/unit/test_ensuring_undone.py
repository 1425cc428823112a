"""`ensure` that fails or is cancelled on its way: the old container is back, and nothing of others is touched."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import anyio
import httpx
import pytest

import pydock

pytestmark = [pytest.mark.anyio, pytest.mark.row(68)]


@dataclass
class Box:
    """A container of the daemon below."""

    id: str
    name: str
    body: dict[str, Any] = field(default_factory=dict[str, Any])
    state: str = "created"

    def told(self) -> dict[str, Any]:
        config: dict[str, Any] = {"Cmd": None, "Entrypoint": None, "Env": [], **self.body}
        running, paused = self.state in {"running", "paused"}, self.state == "paused"
        state = {"Status": self.state, "Running": running, "Paused": paused}
        host = {"NetworkMode": "default", "Privileged": True}
        return {"Id": self.id, "Name": f"/{self.name}", "Image": "sha256:1", "Config": config, "State": state,
                "HostConfig": host, "NetworkSettings": {}, "Mounts": []}  # fmt: skip


class Daemon:
    """Containers that are created, started, stopped, renamed and removed; `trouble` is asked before each of it."""

    def __init__(self, version: str = "1.51") -> None:
        self.version = version
        self.boxes: list[Box] = []
        self.trouble: Callable[[str, Box | None], Awaitable[httpx.Response | None]] = self.none
        self.docker = pydock.Docker("tcp://daemon:1", transport=httpx.MockTransport(self))

    async def none(self, verb: str, box: Box | None) -> httpx.Response | None:
        return None

    def box(self, key: str) -> Box | None:
        return next((box for box in self.boxes if key in {box.id, box.name}), None)

    async def __call__(self, request: httpx.Request) -> httpx.Response:
        await anyio.lowlevel.checkpoint()
        words = request.url.path.strip("/").split("/")
        if words[-1] == "_ping":
            return httpx.Response(200, headers={"Api-Version": self.version})
        if words[1] == "info":
            return httpx.Response(200, json={"Name": "host"})
        if words[1] == "images":
            return httpx.Response(200, json={"Id": "sha256:1", "Config": {}})
        verb = "remove" if request.method == "DELETE" else words[-1]
        box = self.box(words[2]) if words[1] == "containers" else None
        answer = await self.trouble(verb, box)
        if answer is not None:
            return answer
        if verb == "create":
            return self.create(json.loads(request.content), request.url.params.get("name", ""))
        return (
            httpx.Response(404, json={"message": "no such container"}) if box is None else self.on(verb, box, request)
        )

    def create(self, body: dict[str, Any], name: str) -> httpx.Response:
        if self.box(name):
            return httpx.Response(409, json={"message": "the name is in use"})
        self.boxes.append(Box(f"{len(self.boxes):064x}", name, body))
        return httpx.Response(201, json={"Id": self.boxes[-1].id, "Warnings": []})

    def on(self, verb: str, box: Box, request: httpx.Request) -> httpx.Response:
        if verb == "json":
            return httpx.Response(200, json=box.told())
        if verb == "remove":
            self.boxes.remove(box)
        elif verb == "rename":
            if self.box(request.url.params["name"]):
                return httpx.Response(409, json={"message": "the name is in use"})
            box.name = request.url.params["name"]
        else:
            box.state = {"start": "running", "stop": "exited", "pause": "paused", "connect": box.state}[verb]
        return httpx.Response(204)

    async def old(self, state: str = "running") -> Box:
        await self.docker.containers.ensure("web", "busybox", ["old"])
        self.boxes[0].state = state
        return self.boxes[0]

    async def change(self) -> pydock.Ensured:
        return await self.docker.containers.ensure("web", "busybox", ["new"])


def refuse(verb: str, status: int = 500) -> Callable[[str, Box | None], Awaitable[httpx.Response | None]]:
    async def trouble(asked: str, box: Box | None) -> httpx.Response | None:
        new = asked == "create" or (box is not None and box.body.get("Cmd") == ["new"])
        old = asked in {"stop", "rename"} and not new
        return httpx.Response(status, json={"message": "trouble"}) if asked == verb and (new or old) else None

    return trouble


@pytest.mark.parametrize("verb", ["create", "start"])
@pytest.mark.parametrize("state", ["running", "paused", "exited"])
async def test_it_is_put_back_as_it_was(verb: str, state: str) -> None:
    daemon = Daemon()
    old = await daemon.old(state)
    if state != "running":  # as it is, it would only be started again
        assert (old.name, old.state) == ("web", state)
    daemon.trouble = refuse(verb)
    with pytest.raises(pydock.ServerError, match="trouble"):
        await daemon.change()
    assert [(box.id, box.name, box.state) for box in daemon.boxes] == [(old.id, "web", state)]


@pytest.mark.parametrize("verb", ["stop", "rename", "create", "start", "json"])
async def test_a_cancellation_puts_it_back(verb: str) -> None:
    """What was sent happens in the daemon, whoever waits for it or not."""
    daemon, reached, cancelled = Daemon(), anyio.Event(), anyio.Event()
    old = await daemon.old()

    async def trouble(asked: str, box: Box | None) -> httpx.Response | None:
        mine = box is None or box.body.get("Cmd") == (["new"] if verb in {"start", "json"} else ["old"])
        if asked != verb or not mine or reached.is_set():
            return None
        if asked == "stop":
            old.state = "exited"
        if asked == "rename":
            old.name = f"web-{old.id[:12]}"
        reached.set()
        if asked == "create":
            await cancelled.wait()  # the answer is waited for all the same
            return None
        await anyio.sleep_forever()
        return None

    daemon.trouble = trouble
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(daemon.change)
        await reached.wait()
        tasks.cancel_scope.cancel()
        cancelled.set()
    assert [(box.id, box.name, box.state) for box in daemon.boxes] == [(old.id, "web", "running")]


async def test_a_container_that_took_the_name_meanwhile_stays() -> None:
    daemon = Daemon()
    old = await daemon.old()

    async def trouble(asked: str, box: Box | None) -> httpx.Response | None:
        if asked == "create":
            daemon.boxes.append(Box("f" * 64, "web", {"Labels": dict(old.body["Labels"])}, "running"))
        return None

    daemon.trouble = trouble
    with pytest.raises(pydock.NameInUse) as caught:
        await daemon.change()
    assert ("f" * 64, "web", "running") in [(box.id, box.name, box.state) for box in daemon.boxes]
    assert daemon.box(old.id) is old
    assert "was not put back" in str(caught.value.__notes__) or "back as web failed" in str(caught.value.__notes__)


async def test_one_that_removes_itself_meanwhile_is_no_error() -> None:
    daemon = Daemon()
    await daemon.old()

    async def trouble(asked: str, box: Box | None) -> httpx.Response | None:
        return httpx.Response(409, json={"message": "removal in progress"}) if asked == "remove" else None

    daemon.trouble = trouble
    assert (await daemon.change()).recreated


async def test_other_raw_fields_are_a_difference() -> None:
    daemon = Daemon()

    async def ensured(value: int) -> pydock.Ensured:
        raw = {"HostConfig": {"NewField": value}}
        return await daemon.docker.containers.ensure("web", "busybox", ["x"], raw=raw, privileged=True)

    assert (await ensured(1)).created
    assert not (await ensured(1)).changed
    assert [one.option for one in (await ensured(2)).differences] == ["raw"]
    assert [
        one.option
        for one in (await daemon.docker.containers.ensure("web", "busybox", ["x"], privileged=True)).differences
    ] == ["raw"]


async def test_a_network_that_cannot_be_joined_leaves_no_half_made_container() -> None:
    daemon = Daemon(version="1.43")  # networks but the first are joined afterwards

    async def trouble(asked: str, box: Box | None) -> httpx.Response | None:
        return httpx.Response(404, json={"message": "no such network"}) if asked == "connect" else None

    daemon.trouble = trouble
    with pytest.raises(pydock.NotFound):
        await daemon.docker.containers.create("busybox", networks=["a", "b"], name="web")
    assert daemon.boxes == []
