"""docker-py, the `docker` package."""

from __future__ import annotations

import socket
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import docker
import docker.utils.build
import docker.utils.socket

from benchmarks.clock import Clock
from benchmarks.stage import Stage

SCRIPTS = {"importing": "import docker", "cold": "import docker; docker.DockerClient('{url}').ping()"}


def ping(stage: Stage, clock: Clock) -> None:
    client = docker.DockerClient(stage.url)
    client.ping()
    with clock:
        for _ in range(stage.size):
            client.ping()


def inspect(stage: Stage, clock: Clock) -> None:
    client = docker.DockerClient(stage.url)
    client.containers.get(stage.container)
    with clock:
        for _ in range(stage.size):
            client.containers.get(stage.container)


def inspects(stage: Stage, clock: Clock) -> None:
    client = docker.DockerClient(stage.url, max_pool_size=20)
    client.containers.get(stage.container)
    with clock, ThreadPoolExecutor(20) as threads:
        list(threads.map(client.containers.get, [stage.container] * stage.size))


def listing(stage: Stage, clock: Clock) -> None:
    client = docker.DockerClient(stage.url)
    client.ping()
    with clock:
        for _ in range(5):
            client.containers.list(all=True)


def logs(stage: Stage, clock: Clock) -> None:
    box = docker.DockerClient(stage.url).containers.get(stage.container)
    with clock:
        log = box.logs().splitlines()
    assert len(log) == stage.size


def download(stage: Stage, clock: Clock) -> None:
    box = docker.DockerClient(stage.url).containers.get(stage.container)
    with clock, (Path(stage.folder) / "download").open("wb") as file:
        for piece in box.get_archive(stage.path)[0]:
            file.write(piece)


def upload(stage: Stage, clock: Clock) -> None:
    box = docker.DockerClient(stage.url).containers.get(stage.container)
    with clock, Path(stage.file).open("rb") as file:
        box.put_archive(stage.path, file)


def exec_true(stage: Stage, clock: Clock) -> None:
    box = docker.DockerClient(stage.url).containers.get(stage.container)
    box.exec_run(["true"])
    with clock:
        for _ in range(stage.size):
            assert box.exec_run(["true"]).exit_code == 0


def cat(stage: Stage, clock: Clock) -> None:
    client = docker.DockerClient(stage.url)
    client.ping()
    received, piece = 0, bytes(256 << 10)
    with clock:
        made = client.api.exec_create(stage.container, ["cat"], stdin=True)
        stream = client.api.exec_start(made["Id"], socket=True)
        connection = stream._sock

        def feed() -> None:
            for start in range(0, stage.size, len(piece)):
                connection.sendall(piece[: stage.size - start])
            connection.shutdown(socket.SHUT_WR)

        feeding = threading.Thread(target=feed)
        feeding.start()
        for _, data in docker.utils.socket.frames_iter(stream, tty=False):
            received += len(data)
        feeding.join()
    assert received == stage.size


def save(stage: Stage, clock: Clock) -> None:
    image = docker.DockerClient(stage.url).images.get(stage.image)
    with clock, (Path(stage.folder) / "saved.tar").open("wb") as file:
        for piece in image.save():
            file.write(piece)


def load(stage: Stage, clock: Clock) -> None:
    client = docker.DockerClient(stage.url)
    with clock, Path(stage.file).open("rb") as file:
        client.images.load(file)


def pack(stage: Stage, clock: Clock) -> None:
    with clock:
        patterns = (Path(stage.file) / ".dockerignore").read_text().splitlines()
        docker.utils.build.tar(stage.file, exclude=patterns).close()
