"""What happens on a daemon, as it happens: nothing is asked again and again."""

from __future__ import annotations

import anyio

import pydock


async def main(docker: pydock.Docker) -> None:
    """Listen first, then make something happen, and stop when the container is gone."""
    async with docker.session(labels={"pydock.example": "follow_events"}) as session:
        mine = f"pydock.session.id={session.id}"
        async with docker.events(type="container", label=mine) as events, anyio.create_task_group() as tasks:
            tasks.start_soon(live_and_die, session)
            async for event in events:
                print(f"● {event.time:%H:%M:%S}  {event.action:10} {event.name}")
                if event.action in ("destroy", "remove"):
                    break


async def live_and_die(session: pydock.Session) -> None:
    """Run a container for a moment."""
    await session.containers.run("busybox", ["sh", "-c", "echo working; exit 3"], remove=True)


async def alone() -> None:
    """Talk to the daemon that the docker CLI would talk to."""
    async with pydock.Docker() as docker:
        await main(docker)


if __name__ == "__main__":
    anyio.run(alone)
