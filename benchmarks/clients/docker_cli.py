"""The docker command line, one process for each job."""

from __future__ import annotations

from pathlib import Path

from benchmarks.clock import Clock
from benchmarks.stage import Stage

COMMAND = "docker"


def exec_true(stage: Stage, clock: Clock) -> None:
    clock.run(_docker(stage, "exec", stage.container, "true"), times=stage.size)


def exec_stdin(stage: Stage, clock: Clock) -> None:
    clock.run(_docker(stage, "exec", "-i", stage.container, "wc", "-c"), stdin=_zeros(stage))


def cat(stage: Stage, clock: Clock) -> None:
    clock.run(_docker(stage, "exec", "-i", stage.container, "cat"), stdin=_zeros(stage))


def logs(stage: Stage, clock: Clock) -> None:
    clock.run(_docker(stage, "logs", stage.container))


def listing(stage: Stage, clock: Clock) -> None:
    clock.run(_docker(stage, "ps", "-a", "--no-trunc"), times=5)


def copy_to(stage: Stage, clock: Clock) -> None:
    clock.run(_docker(stage, "cp", stage.file, f"{stage.container}:{stage.path}"))


def copy_from(stage: Stage, clock: Clock) -> None:
    clock.run(_docker(stage, "cp", f"{stage.container}:{stage.path}", f"{stage.folder}/copied"))


def save(stage: Stage, clock: Clock) -> None:
    clock.run(_docker(stage, "save", "-o", f"{stage.folder}/saved.tar", stage.image))


def load(stage: Stage, clock: Clock) -> None:
    clock.run(_docker(stage, "load", "-q", "-i", stage.file))


def cold(stage: Stage, clock: Clock) -> None:
    clock.run(_docker(stage, "version"), times=stage.size)


def _docker(stage: Stage, *words: str) -> list[str]:
    return ["docker", "-H", stage.url, *words]


def _zeros(stage: Stage) -> str:
    file = Path(stage.folder) / "stdin"
    with file.open("wb") as output:
        output.truncate(stage.size)
    return str(file)
