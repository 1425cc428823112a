"""A service that runs jobs in containers, some at a time, and leaves nothing behind when it is cancelled."""

from __future__ import annotations

import anyio
from anyio.streams.memory import MemoryObjectReceiveStream

import pydock

AT_ONCE = 3


async def main(docker: pydock.Docker) -> None:
    """Give the service ten short jobs; then long ones, and cancel it in the midst of them."""
    async with docker.session(labels={"pydock.example": "jobs_service"}) as session:
        print("● ten jobs")
        give, take = anyio.create_memory_object_stream[str](100)
        async with give:
            for number in range(10):
                await give.send(f"echo $(({number} * {number}))")
        await serve(session, take)

        print("● long jobs, cancelled")
        give, take = anyio.create_memory_object_stream[str](100)
        for _ in range(5):
            await give.send("sleep 600")
        async with give, anyio.create_task_group() as tasks:
            tasks.start_soon(serve, session, take)
            await started(docker, session)
            tasks.cancel_scope.cancel()
        left = await session.containers.list(all=True, label=session.labels)
        print(f"● {len(left)} containers are left")


async def serve(session: pydock.Session, jobs: MemoryObjectReceiveStream[str]) -> None:
    """Run each job in a container of its own, `AT_ONCE` at a time, until there are no more."""
    limit = anyio.CapacityLimiter(AT_ONCE)
    async with jobs, anyio.create_task_group() as tasks:
        async for job in jobs:
            tasks.start_soon(work, session, job, limit)


async def work(session: pydock.Session, job: str, limit: anyio.CapacityLimiter) -> None:
    """Run one job. A job that is cancelled takes its container with it: that is `run`'s business, not ours."""
    async with limit:
        done = await session.containers.run("busybox", ["sh", "-c", job], remove=True, memory="64m", timeout=300)
        print(f"  {job:20} → {done.text.strip()}")


async def started(docker: pydock.Docker, session: pydock.Session) -> None:
    """Wait until a job runs."""
    async with docker.events(type="container", event="start", label=session.labels) as events:
        if not await session.containers.list(label=session.labels):
            await anext(events)


async def alone() -> None:
    """Talk to the daemon that the docker CLI would talk to."""
    async with pydock.Docker() as docker:
        await main(docker)


if __name__ == "__main__":
    anyio.run(alone)
