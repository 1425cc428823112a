"""Attached to a container's first process: over a WebSocket, and left again by its detach keys."""

from __future__ import annotations

from typing import TYPE_CHECKING

import anyio
import pytest

import pydock
from pydock.models.processes import Stdin

if TYPE_CHECKING:
    from tests.engine.conftest import Engine

pytestmark = pytest.mark.anyio
CTRL_P, CTRL_Q = b"\x10", b"\x11"


async def test_a_websocket_carries_both_ways(docker: pydock.Docker, engine: Engine, label: dict[str, str]) -> None:
    if engine.podman:
        pytest.skip("podman has no attach over WebSockets")
    box = await docker.containers.create("busybox", ["sh", "-c", "read a; echo got $a"], interactive=True, labels=label)
    with anyio.fail_after(30):
        async with await box.attach_websocket(stdin=True) as process:
            await box.start()
            await process.stdin.send(b"hello\n")
            assert await process.read() == (b"got hello\n", b"")
    assert (await box.wait()).exit_code == 0


async def test_a_websocket_mixes_both_streams(docker: pydock.Docker, engine: Engine, label: dict[str, str]) -> None:
    if engine.podman:
        pytest.skip("podman has no attach over WebSockets")
    box = await docker.containers.create("busybox", ["sh", "-c", "echo out; echo err >&2"], labels=label)
    with anyio.fail_after(30):
        async with await box.attach_websocket() as process:
            await box.start()
            stdout, stderr = await process.read()
    assert sorted(stdout.split()) == [b"err", b"out"]
    assert stderr == b""


async def press(stdin: Stdin, keys: bytes) -> None:
    for key in keys:
        await anyio.sleep(0.2)  # as fingers do: podman knows a detach key only when it comes alone
        await stdin.send(bytes([key]))


@pytest.mark.parametrize(("keys", "typed"), [(None, CTRL_P + CTRL_Q), ("ctrl-a,x", b"\x01x")])
async def test_detach_keys_end_the_attachment_only(
    docker: pydock.Docker, label: dict[str, str], keys: str | None, typed: bytes
) -> None:
    box = await docker.containers.run_detached("busybox", ["cat"], tty=True, interactive=True, labels=label)
    with anyio.fail_after(30):
        async with await box.attach(stdin=True, detach_keys=keys) as process:
            await process.stdin.send(b"hello\r")
            said = b""
            while b"hello\r\nhello\r\n" not in said:
                said += (await anext(process)).data
            await press(process.stdin, typed)
            await process.read()
    assert (await box.refresh()).status == "running"


async def test_detach_keys_end_the_talk_with_a_command_only(
    docker: pydock.Docker, engine: Engine, label: dict[str, str]
) -> None:
    box = await docker.containers.run_detached("busybox", ["sleep", "60"], labels=label)
    with anyio.fail_after(30):
        async with box.open_exec(["cat"], tty=True, stdin=True, detach_keys="ctrl-p,ctrl-q") as process:
            process.disown()
            await process.stdin.send(b"hello\r")
            said = b""
            while b"hello\r\nhello\r\n" not in said:
                said += (await anext(process)).data
            await press(process.stdin, CTRL_P + CTRL_Q)
            await process.conversation.read()
    # Not by inspecting it: engines up to 28 say "exited 126" of a command that was detached from, and those up to 26
    # have killed it.
    if engine.podman or engine.api_version >= (1, 51):
        assert "cat" in (await box.exec(["ps", "-o", "args"])).text.split()
    assert (await box.refresh()).status == "running"
