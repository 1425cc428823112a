"""podman-py's connection to the Docker-compatible API; its objects want podman's own."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from podman import PodmanClient

from benchmarks.clock import Clock
from benchmarks.stage import Stage

SCRIPTS = {
    "importing": "import podman",
    "cold": "import podman; podman.PodmanClient(base_url='{url}').api.get('/_ping', compatible=True)",
}


def ping(stage: Stage, clock: Clock) -> None:
    _repeat(stage, clock, "/_ping", stage.size)


def inspect(stage: Stage, clock: Clock) -> None:
    _repeat(stage, clock, f"/containers/{stage.container}/json", stage.size)


def listing(stage: Stage, clock: Clock) -> None:
    _repeat(stage, clock, "/containers/json?all=1", 5)


def inspects(stage: Stage, clock: Clock) -> None:
    client = PodmanClient(base_url=stage.url)
    path = f"/containers/{stage.container}/json"
    client.api.get(path, compatible=True)
    with clock, ThreadPoolExecutor(20) as threads:
        list(threads.map(lambda _: client.api.get(path, compatible=True).json(), range(stage.size)))


def _repeat(stage: Stage, clock: Clock, path: str, times: int) -> None:
    client = PodmanClient(base_url=stage.url)
    client.api.get(path, compatible=True)
    with clock:
        for _ in range(times):
            answer = client.api.get(path, compatible=True)
            answer.raise_for_status()
            if path != "/_ping":
                answer.json()
