"""Waits for what will never come end by themselves, with an error of pydock."""

from __future__ import annotations

import anyio
import pytest

import pydock

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("verb", ["port", "log", "healthy"])
async def test_waiting_for_a_container_that_is_not_there(docker: pydock.Docker, verb: str) -> None:
    ghost = docker.containers["pydock-is-not-there"]
    with pytest.raises(pydock.ContainerNotFound):  # noqa: PT012 - one of three
        if verb == "port":
            await ghost.wait_for_port(80, timeout=20)
        elif verb == "log":
            await ghost.wait_for_log("ready", timeout=20)
        else:
            await ghost.wait_healthy(timeout=20)


async def test_a_container_that_is_removed_ends_the_wait(docker: pydock.Docker, label: dict[str, str]) -> None:
    say = ["sh", "-c", "echo up; sleep 60"]
    box = await docker.containers.run_detached("busybox", say, stop_signal="KILL", labels=label)
    ended: list[pydock.DockerError] = []

    async def wait() -> None:
        try:
            await box.wait_for_log("never", timeout=30)
        except pydock.DockerError as error:
            ended.append(error)

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(wait)
        await box.wait_for_log("up", timeout=20)
        await docker.containers[box.id].remove(force=True)
    assert isinstance(ended[0], (pydock.WaitFailed, pydock.ContainerNotFound)), repr(ended[0])
