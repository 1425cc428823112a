"""curl: one process, one connection; what a client in C without an event loop pays."""

from __future__ import annotations

from benchmarks.clock import Clock
from benchmarks.stage import Stage

COMMAND = "curl"


def ping(stage: Stage, clock: Clock) -> None:
    _get(stage, clock, f"/_ping?[1-{stage.size}]")


def inspect(stage: Stage, clock: Clock) -> None:
    _get(stage, clock, f"/containers/{stage.container}/json?[1-{stage.size}]")


def listing(stage: Stage, clock: Clock) -> None:
    _get(stage, clock, "/containers/json?all=1&[1-5]")


def logs(stage: Stage, clock: Clock) -> None:
    _get(stage, clock, f"/containers/{stage.container}/logs?stdout=1&stderr=1")


def download(stage: Stage, clock: Clock) -> None:
    _get(stage, clock, f"/containers/{stage.container}/archive?path={stage.path}", f"{stage.folder}/download")


def save(stage: Stage, clock: Clock) -> None:
    _get(stage, clock, f"/images/{stage.image}/get", f"{stage.folder}/saved.tar")


def cold(stage: Stage, clock: Clock) -> None:
    clock.run([*_command(stage), "http://docker/_ping"], times=stage.size)


def upload(stage: Stage, clock: Clock) -> None:
    url = f"http://docker/containers/{stage.container}/archive?path={stage.path}"
    clock.run([*_command(stage), "-H", "Expect:", "-T", stage.file, url])


def _get(stage: Stage, clock: Clock, path: str, target: str = "/dev/null") -> None:
    clock.run([*_command(stage), "-o", target, f"http://docker{path}"])


def _command(stage: Stage) -> list[str]:
    return ["curl", "-sSf", "--unix-socket", stage.socket]
