"""A table of what all containers use, like `docker stats`: one sample of each at once."""

from __future__ import annotations

import anyio

import pydock

WORK = {
    "idle": "sleep 600",
    "busy": "while :; do :; done",
    "writer": "while :; do dd if=/dev/zero of=/tmp/x bs=1M count=8 2>/dev/null; sleep 0.2; done",
}


async def main(docker: pydock.Docker) -> None:
    """Start a few containers with different work and measure them twice."""
    async with docker.session(labels={"pydock.example": "stats_table"}) as session:
        for name, work in WORK.items():
            await session.containers.run_detached(
                "busybox", ["sh", "-c", work], labels={"work": name}, cpus=0.2, memory="64m", stop_signal="SIGKILL"
            )
        for _ in range(2):
            await show(session)


async def show(session: pydock.Session) -> None:
    """Print a table."""
    work = {one.name: one.labels["work"] for one in await session.containers.list(label=session.labels)}
    samples = await session.containers.stats_all(label=session.labels)
    print(f"{'WORK':10}{'CPU':>8}{'MEMORY':>12}{'LIMIT':>12}")
    for name, sample in sorted(samples.items(), key=lambda pair: work[pair[0]]):
        cpu = "-" if sample.cpu_percent is None else f"{sample.cpu_percent:.1f}%"
        print(f"{work[name]:10}{cpu:>8}{sample.memory.used!s:>12}{sample.memory.limit!s:>12}")


async def alone() -> None:
    """Talk to the daemon that the docker CLI would talk to."""
    async with pydock.Docker() as docker:
        await main(docker)


if __name__ == "__main__":
    anyio.run(alone)
