"""pydock's escape hatch `docker.api`: bytes as they are on the wire, no objects."""

from __future__ import annotations

import asyncio

import pydock
from benchmarks.clock import Clock
from benchmarks.stage import Stage


async def ping(stage: Stage, clock: Clock) -> None:
    async with pydock.Docker(stage.url) as docker:
        await docker.api.system.ping()
        with clock:
            for _ in range(stage.size):
                await docker.api.system.ping()


async def inspect(stage: Stage, clock: Clock) -> None:
    async with pydock.Docker(stage.url) as docker:
        await docker.api.containers.inspect(stage.container)
        with clock:
            for _ in range(stage.size):
                await docker.api.containers.inspect(stage.container)


async def inspects(stage: Stage, clock: Clock) -> None:
    async with pydock.Docker(stage.url) as docker:
        await docker.api.containers.inspect(stage.container)
        with clock:
            await asyncio.gather(*(docker.api.containers.inspect(stage.container) for _ in range(stage.size)))


async def listing(stage: Stage, clock: Clock) -> None:
    async with pydock.Docker(stage.url) as docker:
        await docker.api.containers.list(all=True)
        with clock:
            for _ in range(5):
                (await docker.api.containers.list(all=True)).load()


async def logs(stage: Stage, clock: Clock) -> None:
    lines = 0
    async with pydock.Docker(stage.url) as docker:
        await docker.ping()
        with clock:
            async for frames in docker.api.containers.logs(stage.container, stdout=True, stderr=True).batches():
                lines += sum(frame.data.count(b"\n") for frame in frames)
    assert lines >= stage.size
