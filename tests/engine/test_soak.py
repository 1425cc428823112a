"""Long and heavy: what a daemon client must survive. Each runs on the newest engine only."""

from __future__ import annotations

import gc
import os
import random
import shutil
from collections.abc import AsyncGenerator, Awaitable, Callable
from pathlib import Path

import anyio
import pytest

import pydock
from pydock.testing import PrivateEngine, private_engine

pytestmark = [pytest.mark.anyio, pytest.mark.soak, pytest.mark.timeout(600)]


@pytest.fixture
async def restarting() -> AsyncGenerator[PrivateEngine]:
    """Give an engine that may be restarted."""
    if os.geteuid() != 0 or shutil.which("dockerd") is None:
        pytest.skip("a private engine needs root and dockerd (apt-get install docker.io)")
    async with private_engine() as engine:
        yield engine


FULL = os.environ.get("PYDOCK_SOAK") == "full"


def open_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


async def test_cancelled_requests_leave_nothing(docker: pydock.Docker) -> None:
    async with pydock.Docker(docker.endpoint.url, max_connections=10) as client:
        await client.ping()
        before = open_files()
        dice = random.Random(7)

        async def ask(patience: float) -> None:
            with anyio.move_on_after(patience):
                await client.api.system.info() if patience > 0.01 else await client.api.system.version()

        for _ in range(100):
            async with anyio.create_task_group() as tasks:
                for _ in range(50):
                    tasks.start_soon(ask, dice.random() * 0.03)
        with anyio.fail_after(20):
            async with anyio.create_task_group() as tasks:
                for _ in range(10):
                    tasks.start_soon(client.ping)
        assert open_files() <= before + 10


async def test_cancelled_requests_while_the_daemon_restarts(restarting: PrivateEngine, engine: object) -> None:
    """Nobody gets another error than that the daemon is away, and all slots of the pool come back."""
    async with pydock.Docker(restarting.url, max_connections=10) as client:
        await client.ping()
        before = open_files()
        dice = random.Random(7)
        away: set[str] = set()
        restarted = False

        async def ask() -> None:
            while not restarted:
                with anyio.move_on_after(dice.random() * 0.1):
                    try:
                        await client.api.system.version()
                    except pydock.Unreachable as error:
                        away.add(type(error).__name__)
                await anyio.sleep(0.01)  # a daemon that is away refuses at once: no busy loop

        async with anyio.create_task_group() as tasks:
            for _ in range(20):
                tasks.start_soon(ask)
            await restarting.restart()
            restarted = True
        assert away
        with anyio.fail_after(20):
            async with anyio.create_task_group() as tasks:
                for _ in range(20):
                    tasks.start_soon(client.ping)
        assert open_files() <= before + 10


async def drop_answer(docker: pydock.Docker, box: pydock.ContainerRef) -> None:
    await docker.api.engine.open("GET", f"/containers/{box.id}/logs?stdout=1&follow=1")


async def drop_log(docker: pydock.Docker, box: pydock.ContainerRef) -> None:
    await anext(box.follow_logs())


async def drop_attachment(docker: pydock.Docker, box: pydock.ContainerRef) -> None:
    await docker.api.containers.attach(box.id, stream=True, stdout=True, tty=False)


async def drop_events(docker: pydock.Docker, box: pydock.ContainerRef) -> None:
    await docker.api.system.events().open()


Drop = Callable[[pydock.Docker, pydock.ContainerRef], Awaitable[None]]


async def drop_and_collect(docker: pydock.Docker, box: pydock.ContainerRef, drop: Drop) -> None:
    await drop(docker, box)
    gc.collect()


@pytest.mark.row(27)
@pytest.mark.parametrize("drop", [drop_answer, drop_log, drop_attachment, drop_events])
async def test_a_dropped_stream_closes_its_socket_and_warns(
    docker: pydock.Docker, label: dict[str, str], drop: Drop
) -> None:
    box = await docker.containers.run_detached("busybox", ["sh", "-c", "echo x; sleep 600"], labels=label)
    gc.collect()
    before = open_files()
    for _ in range(10):
        with pytest.warns(ResourceWarning, match="dropped while it was open"):
            await drop_and_collect(docker, box, drop)
    await docker.ping()
    assert open_files() <= before + 1


@pytest.mark.row(27)
async def test_streams_broken_off_leave_nothing(docker: pydock.Docker, label: dict[str, str]) -> None:
    box = await docker.containers.run_detached(
        "busybox", ["sh", "-c", "while :; do echo x; sleep 0.05; done"], labels=label
    )
    await docker.ping()
    before = open_files()
    for _ in range(125 if FULL else 25):  # eight streams each
        async with anyio.create_task_group() as tasks:
            for break_off in (break_log, break_attachment, finish_exec, break_exec):
                tasks.start_soon(break_off, box)
        async with anyio.create_task_group() as tasks:
            for follow in (follow_log, follow_attachment, follow_events, follow_exec):
                tasks.start_soon(follow, docker, box, tasks.cancel_scope)
    await docker.ping()
    assert open_files() <= before + 8  # what the pool keeps


async def break_log(box: pydock.ContainerRef) -> None:
    async with box.follow_logs(tail=10) as lines:
        await anext(lines)


async def break_attachment(box: pydock.ContainerRef) -> None:
    async with await box.attach(tty=False) as process:
        await anext(process)


async def break_exec(box: pydock.ContainerRef) -> None:
    async with box.open_exec(["sh", "-c", "echo x; sleep 600"]) as process:
        await anext(process)


async def finish_exec(box: pydock.ContainerRef) -> None:
    async with box.open_exec(["cat"], stdin=True) as process:
        await process.stdin.send(b"x\n")
        await anext(process)
        await process.stdin.aclose()
        await process.read()


async def follow_log(docker: pydock.Docker, box: pydock.ContainerRef, all_of_us: anyio.CancelScope) -> None:
    async with box.follow_logs(tail=0) as lines:
        async for _ in lines:
            all_of_us.cancel()


async def follow_attachment(docker: pydock.Docker, box: pydock.ContainerRef, _: anyio.CancelScope) -> None:
    async with await box.attach(tty=False) as process:
        await process.read()


async def follow_events(docker: pydock.Docker, box: pydock.ContainerRef, _: anyio.CancelScope) -> None:
    async with docker.events(type="plugin") as events:
        await anext(events, None)


async def follow_exec(docker: pydock.Docker, box: pydock.ContainerRef, _: anyio.CancelScope) -> None:
    await box.exec(["sleep", "600"])


@pytest.mark.row(18)
async def test_many_runs_with_one_name(
    docker: pydock.Docker, label: dict[str, str], unique: str, anyio_backend: str
) -> None:
    runs = 250 if FULL else 25  # on each of the two event loops
    for number in range(runs):
        done = await docker.containers.run("busybox", ["echo", str(number)], remove=True, name=unique, labels=label)
        assert (done.exit_code, done.stdout) == (0, f"{number}\n".encode()), number


@pytest.mark.row(28)
async def test_a_hundred_followed_logs_do_not_hold_up_a_ping(docker: pydock.Docker, label: dict[str, str]) -> None:
    box = await docker.containers.run_detached("busybox", ["sh", "-c", "echo up; sleep 600"], labels=label)
    async with pydock.Docker(docker.endpoint.url, max_connections=2) as client:
        ready = anyio.Semaphore(0)

        async def follow() -> None:
            async with client.containers[box.id].follow_logs() as lines:
                await anext(lines)
                ready.release()
                await anext(lines, None)

        async with anyio.create_task_group() as tasks:
            for _ in range(100):
                tasks.start_soon(follow)
            with anyio.fail_after(60):
                for _ in range(100):
                    await ready.acquire()
            with anyio.fail_after(20):
                took = [await ping_time(client) for _ in range(20)]
            tasks.cancel_scope.cancel()
    assert min(took) < 0.05  # the fastest: others use this machine, too


async def ping_time(client: pydock.Docker) -> float:
    begun = anyio.current_time()
    await client.ping()
    return anyio.current_time() - begun


@pytest.mark.row(23)
async def test_large_files_are_copied_in_constant_memory(
    docker: pydock.Docker, label: dict[str, str], tmp_path: Path
) -> None:
    size = (5 << 30) if FULL else (256 << 20)
    box = await docker.containers.create("busybox", ["true"], labels=label)
    with (tmp_path / "large").open("wb") as large:
        large.truncate(size)
        large.seek(size - 5)
        large.write(b"right")
    before = forget_peak()
    await box.copy_to(tmp_path / "large", "/large")
    (tmp_path / "large").unlink()
    await box.copy_from("/large", tmp_path / "back")
    assert peak_memory() - before < 64 << 20
    with (tmp_path / "back").open("rb") as back:
        assert back.seek(-5, os.SEEK_END) == size - 5
        assert back.read() == b"right"


def forget_peak() -> int:
    """Begin a new peak of memory and return what is used now."""
    try:
        Path("/proc/self/clear_refs").write_text("5")
    except OSError:
        pytest.skip("the kernel does not let us measure memory")
    return peak_memory()


def peak_memory() -> int:
    (line,) = [one for one in Path("/proc/self/status").read_text().splitlines() if one.startswith("VmHWM")]
    return int(line.split()[1]) * 1024


SIZE = 100_000_000


async def echo(container: pydock.ContainerRef, size: int = SIZE) -> None:
    """Send bytes through `cat` in a container and compare what comes back, piece by piece."""
    block = os.urandom(1 << 20)
    sent = block * (size // len(block))
    received = bytearray()
    async with container.open_exec(["cat"], stdin=True) as process, anyio.create_task_group() as tasks:

        async def feed() -> None:
            view = memoryview(sent)
            for start in range(0, len(sent), 1 << 18):
                await process.stdin.send(bytes(view[start : start + (1 << 18)]))
            await process.stdin.aclose()

        tasks.start_soon(feed)
        async for chunk in process:
            received += chunk.data
    assert process.exit_code == 0
    assert received == sent


async def test_100_mb_through_exec(docker: pydock.Docker, label: dict[str, str]) -> None:
    await echo(await docker.containers.run_detached("busybox", ["sleep", "600"], labels=label))


async def test_100_mb_through_attach(docker: pydock.Docker, label: dict[str, str]) -> None:
    block = os.urandom(1 << 20)
    sent = block * 95

    class Pieces:
        def __init__(self) -> None:
            self.left = 95

        def __aiter__(self) -> Pieces:
            return self

        async def __anext__(self) -> bytes:
            if not self.left:
                raise StopAsyncIteration
            self.left -= 1
            return block

    done = await docker.containers.run("busybox", ["cat"], input=Pieces(), remove=True, labels=label)
    assert done.exit_code == 0
    assert done.stdout == sent
