"""The raw socket under asyncio with just enough HTTP: what no client on an event loop can beat by much."""

# ruff: noqa: ASYNC230 - nothing else runs meanwhile, and no client does better with more

from __future__ import annotations

import asyncio
import json
import re
import socket
from pathlib import Path

from benchmarks.clock import Clock
from benchmarks.stage import Stage

SCRIPTS = {"importing": "pass"}
_LENGTH = re.compile(rb"\r\nContent-Length: (\d+)", re.IGNORECASE)
_PIECE = 256 << 10


async def ping(stage: Stage, clock: Clock) -> None:
    await _repeat(stage, clock, "/_ping", stage.size)


async def inspect(stage: Stage, clock: Clock) -> None:
    await _repeat(stage, clock, f"/containers/{stage.container}/json", stage.size)


async def listing(stage: Stage, clock: Clock) -> None:
    await _repeat(stage, clock, "/containers/json?all=1", 5)


async def logs(stage: Stage, clock: Clock) -> None:
    await _drain(stage, clock, f"/containers/{stage.container}/logs?stdout=1&stderr=1", "/dev/null")


async def download(stage: Stage, clock: Clock) -> None:
    await _drain(stage, clock, f"/containers/{stage.container}/archive?path={stage.path}", f"{stage.folder}/download")


async def cat(stage: Stage, clock: Clock) -> None:
    loop, received, piece = asyncio.get_running_loop(), 0, bytes(_PIECE)
    with clock:
        sock = await _connect(stage)
        plan = {"Cmd": ["cat"], "AttachStdin": True, "AttachStdout": True}
        made = json.loads(await _ask(sock, _request("POST", f"/containers/{stage.container}/exec", plan)))
        request = _request("POST", f"/exec/{made['Id']}/start", {}, "Connection: Upgrade\r\nUpgrade: tcp\r\n")
        await loop.sock_sendall(sock, request)
        assert (await loop.sock_recv(sock, 4096)).startswith(b"HTTP/1.1 101")

        async def feed() -> None:
            for start in range(0, stage.size, _PIECE):
                await loop.sock_sendall(sock, piece[: stage.size - start])
            sock.shutdown(socket.SHUT_WR)

        feeding = asyncio.create_task(feed())
        while data := await loop.sock_recv(sock, _PIECE):
            received += len(data)
        await feeding
        sock.close()
    assert received > stage.size


async def _repeat(stage: Stage, clock: Clock, path: str, times: int) -> None:
    sock = await _connect(stage)
    request = _request("GET", path)
    await _ask(sock, request)
    with clock:
        for _ in range(times):
            await _ask(sock, request)
    sock.close()


async def _drain(stage: Stage, clock: Clock, path: str, target: str) -> None:
    loop = asyncio.get_running_loop()
    with clock, Path(target).open("wb", buffering=0) as file:
        sock = await _connect(stage)
        await loop.sock_sendall(sock, f"GET {path} HTTP/1.0\r\n\r\n".encode())
        while data := await loop.sock_recv(sock, _PIECE):
            file.write(data)
        sock.close()


async def _connect(stage: Stage) -> socket.socket:
    sock = socket.socket(socket.AF_UNIX)
    sock.setblocking(False)
    await asyncio.get_running_loop().sock_connect(sock, stage.socket)
    return sock


def _request(method: str, path: str, body: object = None, headers: str = "") -> bytes:
    content = b"" if body is None else json.dumps(body).encode()
    head = f"{method} {path} HTTP/1.1\r\nHost: docker\r\n{headers}"
    if content:
        head += f"Content-Type: application/json\r\nContent-Length: {len(content)}\r\n"
    return f"{head}\r\n".encode() + content


async def _ask(sock: socket.socket, request: bytes) -> bytes:
    loop = asyncio.get_running_loop()
    await loop.sock_sendall(sock, request)
    data = await loop.sock_recv(sock, 65536)
    head, _, body = data.partition(b"\r\n\r\n")
    if (length := _LENGTH.search(head)) is not None:
        while len(body) < int(length[1]):
            body += await loop.sock_recv(sock, 65536)
    else:
        while not body.endswith(b"0\r\n\r\n"):
            body += await loop.sock_recv(sock, 65536)
    return body
