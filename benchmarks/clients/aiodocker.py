"""aiodocker."""

# ruff: noqa: ASYNC230 - nothing else runs meanwhile, and no client does better with more

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import aiodocker

from benchmarks.clock import Clock
from benchmarks.stage import Stage

SCRIPTS = {
    "importing": "import aiodocker",
    "cold": """
import asyncio, aiodocker
async def main():
    async with aiodocker.Docker("{url}") as docker:
        await docker._query("_ping").__aenter__()
asyncio.run(main())""",
}


async def ping(stage: Stage, clock: Clock) -> None:
    async with aiodocker.Docker(stage.url) as docker:

        async def once() -> None:
            async with docker._query("_ping") as answer:
                await answer.read()

        await once()
        with clock:
            for _ in range(stage.size):
                await once()


async def inspect(stage: Stage, clock: Clock) -> None:
    async with aiodocker.Docker(stage.url) as docker:
        await docker.containers.get(stage.container)
        with clock:
            for _ in range(stage.size):
                await docker.containers.get(stage.container)


async def inspects(stage: Stage, clock: Clock) -> None:
    async with aiodocker.Docker(stage.url) as docker:
        await docker.containers.get(stage.container)
        with clock:
            await asyncio.gather(*(docker.containers.get(stage.container) for _ in range(stage.size)))


async def listing(stage: Stage, clock: Clock) -> None:
    async with aiodocker.Docker(stage.url) as docker:
        await docker.containers.list(all=True)
        with clock:
            for _ in range(5):
                await docker.containers.list(all=True)


async def logs(stage: Stage, clock: Clock) -> None:
    async with aiodocker.Docker(stage.url) as docker:
        box = docker.containers.container(stage.container)
        await box.log(stdout=True, stderr=True, tail=1)
        with clock:
            log = await box.log(stdout=True, stderr=True)
        assert len(log) == stage.size


async def download(stage: Stage, clock: Clock) -> None:
    async with aiodocker.Docker(stage.url) as docker:
        box = docker.containers.container(stage.container)
        with clock:  # it reads the whole archive into memory
            tar = await box.get_archive(stage.path)
            with tar, (Path(stage.folder) / "download").open("wb") as file:
                source = tar.extractfile(tar.getmembers()[0])
                assert source is not None
                while piece := source.read(1 << 20):
                    file.write(piece)


async def upload(stage: Stage, clock: Clock) -> None:
    async with aiodocker.Docker(stage.url) as docker:
        box: Any = docker.containers.container(stage.container)  # put_archive has no types
        with clock, Path(stage.file).open("rb") as file:
            await box.put_archive(stage.path, file)


async def exec_true(stage: Stage, clock: Clock) -> None:
    async with aiodocker.Docker(stage.url) as docker:
        box = docker.containers.container(stage.container)
        await _run(box)
        with clock:
            for _ in range(stage.size):
                assert await _run(box) == 0


async def _run(box: aiodocker.docker.DockerContainer) -> int:
    process = await box.exec(["true"])
    async with process.start() as stream:
        while await stream.read_out() is not None:
            pass
    return int((await process.inspect())["ExitCode"])


async def save(stage: Stage, clock: Clock) -> None:
    async with aiodocker.Docker(stage.url) as docker:
        with clock, (Path(stage.folder) / "saved.tar").open("wb") as file:
            async with docker.images.export_image(stage.image) as stream:
                async for piece in stream.iter_any():
                    file.write(piece)
