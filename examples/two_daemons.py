"""Two daemons at once: work on both, and a file from a container of one to a container of the other."""

from __future__ import annotations

import sys

import anyio

import pydock


async def main(one: pydock.Docker, two: pydock.Docker) -> None:
    """Ask both at the same time, then let them work together."""
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(introduce, "one", one)
        tasks.start_soon(introduce, "two", two)

    mark = {"pydock.example": "two_daemons"}
    async with one.session(labels=mark) as here, two.session(labels=mark) as there:
        source = await here.containers.run_detached("busybox", ["sleep", "600"], stop_signal="SIGKILL")
        target = await there.containers.run_detached("busybox", ["sleep", "600"], stop_signal="SIGKILL")
        await source.exec("seq 1 1000 > /tmp/numbers", shell=True, check=True)
        await target.write_bytes("/tmp/numbers", await source.read_bytes("/tmp/numbers"))
        total = await target.exec(["awk", "{ s += $1 } END { print s }", "/tmp/numbers"], check=True)
        print(f"● made on one, added up on two: {total.text.strip()}")


async def introduce(name: str, docker: pydock.Docker) -> None:
    """Say which daemon it is."""
    version = await docker.version()
    print(f"● {name}: Engine {version.version} at {docker.endpoint.url}")


async def alone(*addresses: str) -> None:
    """Talk to the two daemons that were named: `python two_daemons.py unix:///run/docker.sock ssh://user@host`."""
    first, second = addresses
    async with pydock.Docker(first) as one, pydock.Docker(second) as two:
        await main(one, two)


if __name__ == "__main__":
    anyio.run(alone, *sys.argv[1:])
