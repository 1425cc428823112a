"""What the jobs find on the engine and on the disk. All of it is labelled, made when a job needs it, and removed.

The danger is a run that is broken off: what it left on the engine has the label `pydock.benchmark`.
"""

# ruff: noqa: ASYNC240 - nothing else runs meanwhile

from __future__ import annotations

import os
import tarfile
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path

import pydock
from benchmarks.jobs import MIB, Job
from benchmarks.stage import Stage

__all__ = ["LABEL", "prepared", "swept"]

LABEL = {"pydock.benchmark": "1"}
_IMAGE = "pydock-benchmark:latest"
_LINE = "a line of forty bytes, with its line end"


async def prepared(docker: pydock.Docker, stage: Stage, job: Job) -> Stage:
    """Make what the job needs."""
    make = _MAKERS.get(job.name, _running)
    return await make(docker, stage)


async def swept(docker: pydock.Docker) -> None:
    """Remove all that was made on the engine."""
    await docker.sweep(labels=LABEL)
    if await docker.images.exists(_IMAGE):
        await docker.images[_IMAGE].remove(force=True)


async def _nothing(docker: pydock.Docker, stage: Stage) -> Stage:  # noqa: ARG001 - a maker
    return stage


async def _running(docker: pydock.Docker, stage: Stage) -> Stage:
    box = await docker.containers.run_detached("busybox", ["sleep", "100000"], labels=LABEL, stop_signal="SIGKILL")
    return replace(stage, container=box.id)


async def _many(docker: pydock.Docker, stage: Stage) -> Stage:
    missing = stage.size - len(await docker.containers.list(all=True))
    for _ in range(missing):
        await docker.containers.create("busybox", ["true"], labels=LABEL, ports=["80", "443"], env={"A": "b"})
    return stage


async def _talkative(docker: pydock.Docker, stage: Stage) -> Stage:
    box = await docker.containers.run_detached(
        "busybox", ["sh", "-c", f"yes '{_LINE}' | head -n {stage.size}"], labels=LABEL
    )
    await box.wait()
    return replace(stage, container=box.id)


async def _with_file(docker: pydock.Docker, stage: Stage) -> Stage:
    """Put a file of that size into a container."""
    stage = await _running(docker, stage)
    count = stage.size // MIB
    command = ["dd", "if=/dev/urandom", "of=/data", "bs=1M", f"count={count}"]
    await docker.containers[stage.container].exec(command, check=True)
    return replace(stage, path="/data")


async def _with_tar(docker: pydock.Docker, stage: Stage) -> Stage:
    stage = await _with_local(docker, stage)
    name = f"{stage.file}.tar"
    with tarfile.open(name, "w") as tar:
        tar.add(stage.file, "data")
    Path(stage.file).unlink()
    return replace(stage, file=name, path="/tmp")


async def _with_local(docker: pydock.Docker, stage: Stage) -> Stage:
    stage = await _running(docker, stage)
    file = Path(stage.folder) / "data"
    block = os.urandom(MIB)
    with file.open("wb") as output:
        for _ in range(stage.size // MIB):
            output.write(block)
    return replace(stage, file=str(file), path="/data")


async def _with_image(docker: pydock.Docker, stage: Stage) -> Stage:
    stage = await _with_file(docker, stage)
    await docker.containers[stage.container].commit("pydock-benchmark", "latest", pause=False)
    return replace(stage, image=_IMAGE)


async def _with_saved_image(docker: pydock.Docker, stage: Stage) -> Stage:
    stage = await _with_image(docker, stage)
    file = Path(stage.folder) / "image.tar"
    await docker.images[stage.image].save_to(file)
    return replace(stage, file=str(file))


async def _ignored(docker: pydock.Docker, stage: Stage) -> Stage:  # noqa: ARG001 - a maker
    """Make a build context with files that are all ignored, a hundred in a folder."""
    context = Path(stage.folder) / "context"
    context.mkdir()
    (context / "Dockerfile").write_text("FROM busybox\n")
    (context / ".dockerignore").write_text("node_modules\n**/*.pyc\n")
    for number in range(stage.size // 100):
        package = context / "node_modules" / f"package{number}"
        package.mkdir(parents=True)
        for file in range(100):
            (package / f"{file}.js").touch()
    return replace(stage, file=str(context))


_MAKERS: dict[str, Callable[[pydock.Docker, Stage], Awaitable[Stage]]] = {
    "ping": _nothing,
    "importing": _nothing,
    "cold": _nothing,
    "listing": _many,
    "logs": _talkative,
    "download": _with_file,
    "copy_from": _with_file,
    "upload": _with_tar,
    "copy_to": _with_local,
    "save": _with_image,
    "load": _with_saved_image,
    "pack": _ignored,
}
