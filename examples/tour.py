"""The five-minute tour: an image from a tar, containers run, talked to, watched and stopped, and nothing left behind.

Uses the daemon that the docker CLI would use; when there is none, it starts a private one (as root, with dockerd).
"""

from __future__ import annotations

import contextlib
from collections.abc import AsyncGenerator

import anyio

import pydock
from pydock.testing import busybox_tar, private_engine

IMAGE = "pydock-tour:latest"


@contextlib.asynccontextmanager
async def some_daemon() -> AsyncGenerator[pydock.Docker]:
    """The daemon that is there, else a private one."""
    docker = pydock.Docker()
    try:
        await docker.ping()
    except pydock.Unreachable as error:
        print(f"No daemon answers ({type(error).__name__}); starting a private engine …")
        async with private_engine(busybox=False) as engine, pydock.Docker(engine.url) as private:
            yield private
    else:
        async with docker:
            yield docker


async def tour(docker: pydock.Docker) -> None:
    """Do a bit of everything."""
    version = await docker.version()
    print(f"● {docker.endpoint.url}  ({docker.endpoint.reason})")
    print(f"● Engine {version.version}, API {version.api_version}\n")

    image = await docker.images.import_(busybox_tar(), repository="pydock-tour", tag="latest")
    print(f"1. An image from a tar, without any registry: {image.short_id}, {image.size}")

    done = await docker.containers.run(IMAGE, ["echo", "hello from a container"], remove=True)
    print(f"2. Run to its end: exit code {done.exit_code}, {done.stdout!r}")

    done = await docker.containers.run(IMAGE, ["sort"], input="pear\napple\nfig\n", remove=True)
    print(f"3. Over stdin: {done.text.split()}")

    count = "for i in 1 2 3; do echo line $i; sleep 0.1; done; sleep 60"
    box = await docker.containers.run_detached(IMAGE, ["sh", "-c", count], memory="64m", labels={"tour": "yes"})
    print(f"4. In the background: {box.name} is {box.status}")
    async with box.follow_logs() as lines:
        async for line in lines:
            print(f"   {line.stream}  {line.timestamp:%H:%M:%S}  {line.text}")
            if line.text.endswith("3"):
                break

    result = await box.exec(["wc", "-c"], input=b"x" * 5_000_000)
    print(f"5. Five million bytes into `wc -c`: {result.text.strip()}")

    for summary in await docker.containers.list(label={"tour": "yes"}):
        print(f"6. In the list: {summary.name:20} {summary.image:20} {summary.status}")

    await box.stop(grace=0)
    print(f"7. Stopped: {box.status}, exit code {box.exit_code}")
    await box.remove()
    await docker.images[IMAGE].remove()
    print("8. Removed; nothing is left behind.")


async def main() -> None:
    """Find a daemon and take the tour."""
    try:
        async with some_daemon() as docker:
            await tour(docker)
    except pydock.DockerError as error:
        raise SystemExit(str(error)) from None


if __name__ == "__main__":
    anyio.run(main)
