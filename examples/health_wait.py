"""A service that is used when it is healthy, and not before; one that dies is told at once, with its last words."""

from __future__ import annotations

import anyio

import pydock

SERVE = "mkdir -p /www && echo hello > /www/index.html && sleep 1 && exec httpd -f -p 8080 -h /www"


async def main(docker: pydock.Docker) -> None:
    """Start a web server, wait for it, talk to it; then watch another one fail."""
    check = pydock.Healthcheck("wget -q -O- 127.0.0.1:8080", interval="1s", timeout="5s", retries=10)
    async with docker.session(labels={"pydock.example": "health_wait"}) as session:
        web = await session.containers.run_detached(
            "busybox", ["sh", "-c", SERVE], healthcheck=check, stop_signal="SIGKILL"
        )
        print(f"● {web.name} is {web.status}, its health is {web.health or 'unknown'}")
        await web.wait_healthy(timeout=60)
        print(f"● {web.name} is {web.status}, its health is {web.health}")
        answer = await web.exec(["wget", "-q", "-O-", "127.0.0.1:8080"])
        print(f"● it says {answer.text.strip()!r}")

        broken = await session.containers.run_detached(
            "busybox", ["sh", "-c", "echo no configuration >&2; exit 3"], healthcheck=check
        )
        try:
            await broken.wait_healthy(timeout=60)
        except pydock.WaitFailed as error:
            print(f"● the other one failed, as it should: {error}")
            print(f"  its last words: {str(await broken.logs()).strip()}")


async def alone() -> None:
    """Talk to the daemon that the docker CLI would talk to."""
    async with pydock.Docker() as docker:
        await main(docker)


if __name__ == "__main__":
    anyio.run(alone)
