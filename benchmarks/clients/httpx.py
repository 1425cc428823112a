"""Stock httpx: what a client on its AsyncClient would pay."""

# ruff: noqa: ASYNC230 - nothing else runs meanwhile, and no client does better with more

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import httpx

from benchmarks.clock import Clock
from benchmarks.stage import Stage

SCRIPTS = {
    "importing": "import httpx",
    "cold": """
import asyncio, httpx
async def main():
    transport = httpx.AsyncHTTPTransport(uds="{socket}", verify=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://docker") as client:
        await client.get("/_ping")
asyncio.run(main())""",
}


async def ping(stage: Stage, clock: Clock) -> None:
    await _repeat(stage, clock, "/_ping", stage.size)


async def inspect(stage: Stage, clock: Clock) -> None:
    await _repeat(stage, clock, f"/containers/{stage.container}/json", stage.size)


async def listing(stage: Stage, clock: Clock) -> None:
    await _repeat(stage, clock, "/containers/json?all=1", 5)


async def inspects(stage: Stage, clock: Clock) -> None:
    path = f"/containers/{stage.container}/json"
    async with _client(stage) as client:
        await client.get(path)
        with clock:
            for answer in await asyncio.gather(*(client.get(path) for _ in range(stage.size))):
                answer.json()


async def logs(stage: Stage, clock: Clock) -> None:
    await _drain(stage, clock, f"/containers/{stage.container}/logs?stdout=1&stderr=1", "/dev/null")


async def download(stage: Stage, clock: Clock) -> None:
    await _drain(stage, clock, f"/containers/{stage.container}/archive?path={stage.path}", f"{stage.folder}/download")


async def upload(stage: Stage, clock: Clock) -> None:
    async with _client(stage) as client:
        await client.get("/_ping")
        with clock, Path(stage.file).open("rb") as file:

            async def pieces() -> AsyncIterator[bytes]:
                while piece := file.read(65536):
                    yield piece

            path = f"/containers/{stage.container}/archive?path={stage.path}"
            (await client.put(path, content=pieces())).raise_for_status()


async def save(stage: Stage, clock: Clock) -> None:
    await _drain(stage, clock, f"/images/{stage.image}/get", f"{stage.folder}/saved.tar")


def _client(stage: Stage) -> httpx.AsyncClient:
    transport = httpx.AsyncHTTPTransport(uds=stage.socket, verify=False)
    return httpx.AsyncClient(transport=transport, base_url="http://docker", timeout=None)


async def _repeat(stage: Stage, clock: Clock, path: str, times: int) -> None:
    async with _client(stage) as client:
        await client.get(path)
        with clock:
            for _ in range(times):
                answer = await client.get(path)
                if path != "/_ping":
                    answer.json()


async def _drain(stage: Stage, clock: Clock, path: str, target: str) -> None:
    async with _client(stage) as client:
        await client.get("/_ping")
        with clock, Path(target).open("wb") as file:
            async with client.stream("GET", path) as answer:
                async for piece in answer.aiter_raw():
                    file.write(piece)
