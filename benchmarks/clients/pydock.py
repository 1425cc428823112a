"""pydock as people use it: objects with verbs."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pydock
from benchmarks.clock import Clock
from benchmarks.stage import Stage

SCRIPTS = {
    "importing": "import pydock",
    "cold": """
import asyncio, pydock
async def main():
    async with pydock.Docker("{url}") as docker:
        await docker.ping()
asyncio.run(main())""",
}


async def ping(stage: Stage, clock: Clock) -> None:
    async with pydock.Docker(stage.url) as docker:
        await docker.ping()
        with clock:
            for _ in range(stage.size):
                await docker.ping()


async def inspect(stage: Stage, clock: Clock) -> None:
    async with pydock.Docker(stage.url) as docker:
        await docker.containers.get(stage.container)
        with clock:
            for _ in range(stage.size):
                await docker.containers.get(stage.container)


async def inspects(stage: Stage, clock: Clock) -> None:
    async with pydock.Docker(stage.url) as docker:
        await docker.containers.get(stage.container)
        with clock:
            await asyncio.gather(*(docker.containers.get(stage.container) for _ in range(stage.size)))


async def listing(stage: Stage, clock: Clock) -> None:
    async with pydock.Docker(stage.url) as docker:
        await docker.containers.list(all=True)
        with clock:
            for _ in range(5):
                await docker.containers.list(all=True)


async def logs(stage: Stage, clock: Clock) -> None:
    async with pydock.Docker(stage.url) as docker:
        box = docker.containers[stage.container]
        await box.logs(tail=1, timestamps=False)
        with clock:
            lines = [line.data for line in await box.logs(timestamps=False)]
        assert len(lines) == stage.size


async def download(stage: Stage, clock: Clock) -> None:
    target = Path(stage.folder) / "download"
    async with pydock.Docker(stage.url) as docker:
        box = docker.containers[stage.container]
        await box.stat(stage.path)
        with clock, target.open("wb", buffering=0) as file:
            async with box.archive(stage.path) as stream:
                async for piece in stream:
                    file.write(piece)


async def upload(stage: Stage, clock: Clock) -> None:
    async with pydock.Docker(stage.url) as docker:
        content = pydock.TarContext(stage.file)
        await content.prepare()
        await docker.ping()
        with clock:
            await docker.api.containers.put_archive(stage.container, content, path=stage.path)


async def exec_true(stage: Stage, clock: Clock) -> None:
    async with pydock.Docker(stage.url) as docker:
        box = docker.containers[stage.container]
        await box.exec(["true"])
        with clock:
            for _ in range(stage.size):
                assert (await box.exec(["true"])).exit_code == 0


async def exec_stdin(stage: Stage, clock: Clock) -> None:
    async with pydock.Docker(stage.url) as docker:
        box = docker.containers[stage.container]
        await box.exec(["true"])
        with clock:
            done = await box.exec(["wc", "-c"], input=bytes(stage.size))
        assert int(done.stdout) == stage.size


async def cat(stage: Stage, clock: Clock) -> None:
    received = 0
    piece = bytes(256 << 10)
    async with pydock.Docker(stage.url) as docker:
        box = docker.containers[stage.container]
        await box.exec(["true"])
        with clock:
            async with box.open_exec(["cat"], stdin=True) as process:

                async def feed() -> None:
                    for start in range(0, stage.size, len(piece)):
                        await process.stdin.send(piece[: stage.size - start])
                    await process.stdin.aclose()

                feeding = asyncio.create_task(feed())
                async for chunk in process:
                    received += len(chunk.data)
                await feeding
    assert received == stage.size


async def copy_to(stage: Stage, clock: Clock) -> None:
    async with pydock.Docker(stage.url) as docker:
        box = await docker.containers.get(stage.container)
        with clock:
            await box.copy_to(stage.file, stage.path)


async def copy_from(stage: Stage, clock: Clock) -> None:
    async with pydock.Docker(stage.url) as docker:
        box = await docker.containers.get(stage.container)
        with clock:
            await box.copy_from(stage.path, Path(stage.folder) / "copied")


async def save(stage: Stage, clock: Clock) -> None:
    async with pydock.Docker(stage.url) as docker:
        image = await docker.images.get(stage.image)
        with clock:
            await image.save_to(Path(stage.folder) / "saved.tar")


async def load(stage: Stage, clock: Clock) -> None:
    async with pydock.Docker(stage.url) as docker:
        await docker.images.get("busybox")
        with clock:
            await docker.images.load(stage.file)


async def pack(stage: Stage, clock: Clock) -> None:
    context = pydock.BuildContext(stage.file)
    with clock:
        await context.prepare()
        async for _ in context:
            pass
