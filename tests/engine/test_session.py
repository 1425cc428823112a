"""A session leaves nothing behind: at its end, after an error, after a cancellation, after a dead process."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import anyio
import pytest

import pydock

if TYPE_CHECKING:
    from pydock.models.session import Session
    from tests.engine.conftest import Engine, Raw

pytestmark = pytest.mark.row(51)


async def make_things(session: Session, name: str) -> None:
    await session.networks.create(name)
    await session.volumes.create(name)
    await session.containers.run_detached("busybox", ["sleep", "60"], networks=[name], mounts=[f"{name}:/data", "/x"])


def left(raw: Raw, label: str) -> list[object]:
    chosen = {"label": [label]}
    return [
        *raw("GET", "/containers/json", all=True, filters=chosen),
        *raw("GET", "/networks", filters=chosen),
        *(raw("GET", "/volumes", filters=chosen)["Volumes"] or []),
    ]


async def test_end(docker: pydock.Docker, label: dict[str, str], raw: Raw) -> None:
    mine = f"pydock.test={label['pydock.test']}"
    kept = await docker.volumes.create(f"kept-{label['pydock.test']}", labels=label)
    async with docker.session(labels=label) as session:
        await make_things(session, f"pydock-{label['pydock.test']}")
        assert len(left(raw, mine)) == 4
        [container] = raw("GET", "/containers/json", filters={"label": [mine]})
        used = {mount["Name"] for mount in container["Mounts"]}
        assert len(used) == 2
    assert [item["Name"] for item in left(raw, mine)] == [kept.name]  # type: ignore[index]
    assert not used & {volume["Name"] for volume in raw("GET", "/volumes")["Volumes"] or []}


async def test_error(docker: pydock.Docker, label: dict[str, str], raw: Raw) -> None:
    async def failing() -> None:
        async with docker.session(labels=label) as session:
            await make_things(session, f"pydock-{label['pydock.test']}")
            raise LookupError("what went wrong")

    with pytest.raises(LookupError, match="what went wrong"):
        await failing()
    assert left(raw, f"pydock.test={label['pydock.test']}") == []


async def test_cancellation(docker: pydock.Docker, label: dict[str, str], raw: Raw) -> None:
    with anyio.CancelScope() as scope:
        async with docker.session(labels=label) as session:
            await make_things(session, f"pydock-{label['pydock.test']}")
            scope.cancel()
            await anyio.sleep_forever()
    assert scope.cancelled_caught
    assert left(raw, f"pydock.test={label['pydock.test']}") == []


async def test_cancelled_creation(docker: pydock.Docker, label: dict[str, str], raw: Raw) -> None:
    """The daemon makes it even when nobody waits any more: then it has to be found."""
    with anyio.CancelScope() as scope:
        async with docker.session(labels=label) as session:
            scope.cancel()
            await session.volumes.create(f"pydock-{label['pydock.test']}")
            assert len(left(raw, f"pydock.test={label['pydock.test']}")) == 1
            await anyio.sleep_forever()
    assert scope.cancelled_caught
    assert left(raw, f"pydock.test={label['pydock.test']}") == []


DIES = """
import os, sys, anyio, pydock
async def main():
    async with pydock.Docker(sys.argv[1]) as docker, docker.session(labels={"pydock.test": sys.argv[2]}) as session:
        await session.volumes.create("pydock-" + sys.argv[2])
        os._exit(1)
anyio.run(main)
"""


async def test_sweep_after_a_dead_process(
    docker: pydock.Docker, engine: Engine, label: dict[str, str], raw: Raw
) -> None:
    mine = f"pydock.test={label['pydock.test']}"
    command = [sys.executable, "-c", DIES, engine.url, label["pydock.test"]]
    assert (await anyio.run_process(command, check=False, stdout=subprocess.DEVNULL)).returncode == 1
    assert len(left(raw, mine)) == 1
    async with docker.session(labels=label) as alive:
        await alive.volumes.create(f"alive-{label['pydock.test']}")
        await docker.sweep()
        assert [item["Name"] for item in left(raw, mine)] == [f"alive-{label['pydock.test']}"]  # type: ignore[index]
