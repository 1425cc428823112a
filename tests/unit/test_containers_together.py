"""Many containers at once: side by side, never more than allowed, and one that vanishes spoils nothing."""

from __future__ import annotations

import json

import anyio
import httpx
import pytest

import pydock
from pydock import display

pytestmark = pytest.mark.anyio


class Daemon:
    """Holds each answer back until `wanted` questions are under way."""

    def __init__(self, count: int, wanted: int, gone: str = "", status: int = 404) -> None:
        self.names = [f"box{number:03}" for number in range(count)]
        self.wanted = wanted
        self.gone = gone
        self.status = status
        self.under_way = self.most = self.lists = 0
        self.queries: list[str] = []
        self.enough = anyio.Event()

    async def __call__(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path
        if path.endswith("/_ping"):
            return httpx.Response(200, headers={"Api-Version": "1.44"})
        if path.endswith("/containers/json"):
            self.lists += 1
            listed = [{"Id": name * 8, "Names": [f"/{name}"], "State": "running"} for name in self.names]
            return httpx.Response(200, content=json.dumps(listed))
        return await self.one(path.split("/")[-2][:6], request.url.query.decode())

    async def one(self, name: str, query: str) -> httpx.Response:
        self.queries.append(query)
        self.under_way += 1
        self.most = max(self.most, self.under_way)
        if self.under_way >= self.wanted:
            self.enough.set()
        await self.enough.wait()
        await anyio.lowlevel.checkpoint()
        self.under_way -= 1
        if name == self.gone:
            return httpx.Response(self.status, content=b'{"message": "No such container"}')
        sample = {"name": f"/{name}", "read": "2026-11-25T10:00:00Z", "memory_stats": {"usage": 5, "limit": 10}}
        return httpx.Response(200, content=json.dumps({"Id": name * 8, "Name": f"/{name}", **sample}))

    def client(self) -> pydock.Docker:
        return pydock.Docker("tcp://daemon", transport=httpx.MockTransport(self))


@pytest.mark.row(56)
async def test_a_hundred_containers_are_measured_at_the_same_time() -> None:
    daemon = Daemon(100, wanted=100)
    with anyio.fail_after(30):
        async with daemon.client() as docker:
            samples = await docker.containers.stats_all(one_shot=True)
    assert (daemon.lists, daemon.most) == (1, 100)
    assert list(samples) == daemon.names
    assert samples["box007"].memory.used == 5
    assert samples["/box007"].name == "box007"
    assert set(daemon.queries) == {"stream=0&one-shot=1"}


@pytest.mark.row(56)
async def test_never_more_at_a_time_than_allowed() -> None:
    daemon = Daemon(30, wanted=7)
    with anyio.fail_after(30):
        async with daemon.client() as docker:
            samples = await docker.containers.stats_all(concurrency=7)
            with pytest.raises(pydock.InvalidArgument, match="concurrency"):
                await docker.containers.stats_all(concurrency=0)
    assert (len(samples), daemon.most) == (30, 7)
    assert set(daemon.queries) == {"stream=0"}


@pytest.mark.row(6)
async def test_inspecting_all_drops_what_is_gone() -> None:
    daemon = Daemon(30, wanted=5, gone="box011")
    with anyio.fail_after(30):
        async with daemon.client() as docker:
            found = await docker.containers.inspect_all(concurrency=5)
            assert "box011" not in await docker.containers.stats_all()
    assert [one.name for one in found] == [name for name in daemon.names if name != "box011"]
    assert all(isinstance(one, pydock.Container) for one in found)


async def test_another_error_is_raised_as_itself() -> None:
    daemon = Daemon(5, wanted=5, gone="box001", status=500)
    async with daemon.client() as docker:
        with pytest.raises(pydock.ServerError, match="No such container"):
            await docker.containers.stats_all()


async def test_the_samples_show_themselves_as_docker_stats() -> None:
    daemon = Daemon(2, wanted=1)
    async with daemon.client() as docker:
        samples = await docker.containers.stats_all()
    shown = display.text(samples)
    assert shown.splitlines()[1].split()[:3] == ["NAME", "CPU", "MEMORY"]
    assert "50.0 %" in shown.splitlines()[2]
    assert repr(samples) == "<AllStats of 2 containers>"
    assert "box001" in display.html(samples)
