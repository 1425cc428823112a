"""The first steps with containers on every real engine."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import anyio
import pytest

import pydock

if TYPE_CHECKING:
    from tests.engine.conftest import Engine

SYSTEMD = Path("/run/systemd/system").exists()
pytestmark = pytest.mark.anyio


async def test_run_returns_both_streams_and_the_exit_code(docker: pydock.Docker, label: dict[str, str]) -> None:
    done = await docker.containers.run(
        "busybox", ["sh", "-c", "echo out; echo err >&2; exit 3"], remove=True, labels=label
    )
    assert (done.exit_code, done.stdout, done.stderr) == (3, b"out\n", b"err\n")


@pytest.mark.row(19)
async def test_check_raises_with_both_streams(docker: pydock.Docker, label: dict[str, str]) -> None:
    with pytest.raises(pydock.ContainerFailed) as caught:
        await docker.containers.run(
            "busybox", ["sh", "-c", "echo out; echo err >&2; exit 7"], remove=True, check=True, labels=label
        )
    assert (caught.value.exit_code, caught.value.stdout, caught.value.stderr) == (7, b"out\n", b"err\n")
    assert "err" in str(caught.value)


async def test_input_reaches_the_container_and_ends(docker: pydock.Docker, label: dict[str, str]) -> None:
    done = await docker.containers.run("busybox", ["wc", "-c"], input=b"x" * 300_000, remove=True, labels=label)
    assert done.stdout.strip() == b"300000"


@pytest.mark.row(18)
async def test_the_name_is_free_when_run_returns(docker: pydock.Docker, label: dict[str, str], unique: str) -> None:
    for number in range(3):
        done = await docker.containers.run("busybox", ["echo", str(number)], remove=True, name=unique, labels=label)
        assert (done.exit_code, done.stdout) == (0, f"{number}\n".encode())


@pytest.mark.row(20)
async def test_verbs_keep_the_object_up_to_date(docker: pydock.Docker, label: dict[str, str], unique: str) -> None:
    box = await docker.containers.create("busybox", ["sleep", "60"], name=unique, labels=label)
    assert box.status == "created"
    assert (await box.start()).status == "running"
    assert (await box.pause()).status == "paused"
    assert (await box.unpause()).status == "running"
    assert (await box.rename(f"{unique}-b")).name == f"{unique}-b"
    assert (await box.stop(grace=0)).status == "exited"
    assert box.exit_code == 137
    assert (await box.restart(grace=0)).status == "running"
    assert (await box.kill()).id == box.id
    await box.wait()
    await box.remove()
    assert box.gone
    assert not await box.exists()


@pytest.mark.row(20)
async def test_an_old_snapshot_says_its_age(docker: pydock.Docker, label: dict[str, str], unique: str) -> None:
    box = await docker.containers.create("busybox", ["sleep", "60"], name=unique, labels=label)
    await docker.containers[box.id].start()
    await anyio.sleep(1.1)
    assert box.status == "created"
    assert re.search(r"created.*, \d+s ago>", repr(box))
    assert await box.refresh() is box
    assert box.status == "running"
    assert "ago" not in repr(box)


@pytest.mark.row(61)
async def test_what_is_missing_is_named(docker: pydock.Docker, unique: str) -> None:
    with pytest.raises(pydock.ContainerNotFound):
        await docker.containers.get(unique)
    with pytest.raises(pydock.ImageNotFound):
        await docker.images.get(unique)
    with pytest.raises(pydock.ImageNotFound):
        await docker.containers.create(unique, pull="never")


async def test_a_name_that_is_taken(docker: pydock.Docker, label: dict[str, str], unique: str) -> None:
    await docker.containers.create("busybox", ["true"], name=unique, labels=label)
    with pytest.raises(pydock.NameInUse):
        await docker.containers.create("busybox", ["true"], name=unique, labels=label)


@pytest.mark.row(6)
async def test_list_shows_what_was_created(docker: pydock.Docker, label: dict[str, str], unique: str) -> None:
    created = await docker.containers.create("busybox", ["true"], name=unique, labels=label)
    listed = await docker.containers.list(all=True, label=label)
    assert [(one.id, one.name, one.status) for one in listed] == [(created.id, unique, "created")]
    assert listed[0] == created
    assert await docker.containers.list(label=label) == []


@pytest.mark.row(16)
async def test_logs_are_whole_lines_with_stream_and_time(docker: pydock.Docker, label: dict[str, str]) -> None:
    script = "printf 'gr\\303\\274n\\n'; echo bad >&2; printf last"
    box = await docker.containers.run_detached("busybox", ["sh", "-c", script], labels=label)
    await box.wait()
    logs = await box.logs()
    assert sorted((line.stream, line.text) for line in logs) == [
        ("stderr", "bad"),
        ("stdout", "grün"),
        ("stdout", "last"),
    ]
    assert all(line.timestamp is not None for line in logs)
    assert logs.stderr == b"bad\n"


@pytest.mark.row(16)
async def test_lines_are_whole_however_they_are_written(
    docker: pydock.Docker, engine: Engine, label: dict[str, str]
) -> None:
    script = (
        r"printf 'gr\303'; sleep 0.2; printf '\274n\n';"
        r" head -c 40000 /dev/zero | tr '\0' x; echo; printf 'a\n\nlast'"
    )
    wanted = ["grün", "x" * 40000, "a", "", "last"]
    for tty in (False, True):
        box = await docker.containers.create("busybox", ["sh", "-c", script], tty=tty, labels=label)
        await box.start()
        with anyio.fail_after(30):
            async with box.follow_logs(timestamps=not engine.lacks("log-pieces")) as lines:
                followed = [line async for line in lines]
        texts = [line.text for line in followed]
        # 20.10 may end before a last line that has no end was written down.
        assert texts == wanted or (engine.api_version < (1, 42) and not engine.podman and texts == wanted[:-1])
        assert engine.lacks("log-pieces") or all(line.timestamp is not None for line in followed)
        await box.wait()
        assert [line.text for line in await box.logs(timestamps=False)] == wanted


async def test_tail_counts_a_line_without_its_end(docker: pydock.Docker, label: dict[str, str]) -> None:
    box = await docker.containers.run_detached("busybox", ["sh", "-c", "echo one; echo two; printf last"], labels=label)
    await box.wait()
    assert [line.text for line in await box.logs(tail=1)] == ["last"]


@pytest.mark.row(17)
@pytest.mark.parametrize("end", ["exit", "removal", "cancellation"])
async def test_a_followed_log_ends_with_the_container(
    docker: pydock.Docker, label: dict[str, str], end: str, anyio_backend: str
) -> None:
    script = "echo up; until [ -e /go ]; do sleep 0.05; done; echo bye"
    box = await docker.containers.run_detached("busybox", ["sh", "-c", script], labels=label)
    seen: list[str] = []
    up, finished = anyio.Event(), anyio.Event()

    async def follow() -> None:
        async with box.follow_logs() as lines:
            async for line in lines:
                seen.append(line.text)
                up.set()
        finished.set()

    with anyio.fail_after(30):
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(follow)
            await up.wait()
            assert [line.text for line in await box.logs()] == ["up"]  # does not follow
            held = sockets()
            if end == "cancellation":
                tasks.cancel_scope.cancel()
            elif end == "exit":
                await box.exec(["touch", "/go"])
                assert (await box.wait()).exit_code == 0
            else:
                await docker.containers[box.id].kill()  # podman's forced removal waits 10 s
                await docker.containers[box.id].remove(force=True)
            if end != "cancellation":
                with anyio.fail_after(1):
                    await finished.wait()
    assert seen == (["up", "bye"] if end == "exit" else ["up"])
    assert sockets() == held - 1 or end != "cancellation"  # a connection that ended in order is used again


def sockets() -> int:
    count = 0
    for one in Path("/proc/self/fd").iterdir():
        with contextlib.suppress(FileNotFoundError):  # the one by which the folder is read
            count += str(one.readlink()).startswith("socket:")
    return count


async def test_a_terminal_has_one_stream(docker: pydock.Docker, label: dict[str, str]) -> None:
    done = await docker.containers.run(
        "busybox", ["sh", "-c", "echo a; echo b >&2"], tty=True, remove=True, labels=label
    )
    assert done.stdout == b"a\r\nb\r\n"
    assert done.stderr == b""


@pytest.mark.row(13)
async def test_exec_in_its_three_forms(docker: pydock.Docker, label: dict[str, str]) -> None:
    box = await docker.containers.run_detached("busybox", ["sleep", "60"], labels=label)
    result = await box.exec(["sh", "-c", "echo $WHO; echo oops >&2; exit 4"], env={"WHO": "me"})
    assert (result.exit_code, result.stdout, result.stderr) == (4, b"me\n", b"oops\n")
    with pytest.raises(pydock.ExecFailed) as caught:
        await box.exec(["sh", "-c", "echo out; echo err >&2; exit 4"], check=True)
    assert (caught.value.exit_code, caught.value.stdout, caught.value.stderr) == (4, b"out\n", b"err\n")
    detached = await box.exec_detached(["sh", "-c", "exit 5"])
    assert await detached.wait() == 5
    known = await detached.inspect()
    assert (known.id, known.exit_code, known.running) == (detached.id, 5, False)
    async with box.open_exec(["cat"], stdin=True) as cat:
        await cat.stdin.send(b"ping\n")
        chunk = await anext(cat)
        assert chunk == ("stdout", b"ping\n")
        await cat.stdin.aclose()
        assert await cat.read() == (b"", b"")
    assert cat.exit_code == 0


@pytest.mark.row(11)
async def test_five_million_bytes_of_input(docker: pydock.Docker, label: dict[str, str]) -> None:
    box = await docker.containers.run_detached("busybox", ["sleep", "60"], labels=label)
    result = await box.exec(["wc", "-c"], input=b"x" * 5_000_000)
    assert (result.stdout.strip(), result.exit_code) == (b"5000000", 0)
    with anyio.fail_after(20):
        async with box.open_exec(["sh", "-c", "cat; sleep 0.3; echo still here"], stdin=True) as process:
            await process.stdin.send(b"x\n")
            await process.stdin.aclose()
            assert await process.read() == (b"x\nstill here\n", b"")
    assert process.exit_code == 0


@pytest.mark.row(14)
async def test_a_timed_out_exec_leaves_no_process(docker: pydock.Docker, label: dict[str, str]) -> None:
    box = await docker.containers.run_detached("busybox", ["sleep", "60"], labels=label)
    with pytest.raises(pydock.TimedOut):
        await box.exec(["sh", "-c", "sleep 997 & sleep 998"], timeout=1)
    processes = await box.exec(["ps", "-o", "args"])
    assert not re.search(r"sleep 99[78]", processes.text)


@pytest.mark.row(14)
async def test_a_cancelled_exec_leaves_no_process(docker: pydock.Docker, label: dict[str, str]) -> None:
    box = await docker.containers.run_detached("busybox", ["sleep", "60"], labels=label)
    begun = anyio.current_time()
    with anyio.move_on_after(2) as scope:
        await box.exec(["sleep", "999"])
    assert scope.cancelled_caught
    assert anyio.current_time() - begun < 3
    assert "sleep 999" not in (await box.exec(["ps", "-o", "args"])).text


async def test_attach_before_start_misses_nothing(docker: pydock.Docker, label: dict[str, str]) -> None:
    box = await docker.containers.create("busybox", ["cat"], interactive=True, labels=label)
    async with await box.attach(stdin=True) as process:
        await box.start()
        await process.stdin.send(b"hello\n")
        await process.stdin.aclose()
        assert await process.read() == (b"hello\n", b"")
    assert (await box.wait()).exit_code == 0


@pytest.mark.row(7)
async def test_a_timeout_bounds_the_whole_call(docker: pydock.Docker, label: dict[str, str]) -> None:
    box = await docker.containers.run_detached("busybox", ["sleep", "60"], labels=label)
    with pytest.raises(pydock.TimedOut, match="Waiting for container"):
        await box.wait(timeout=0.2)
    with pytest.raises(pydock.TimedOut, match="The command 'sleep 9'"):
        await box.exec(["sleep", "9"], timeout=timedelta(seconds=0.5))
    with pytest.raises(pydock.TimedOut, match=r"Stopping container \w{12}"):
        await box.stop(grace=3, timeout=0.5)  # a shell's `sleep` as process 1 hears no SIGTERM


@pytest.mark.row(33)
async def test_wait_tells_how_it_ended(docker: pydock.Docker, label: dict[str, str]) -> None:
    box = await docker.containers.run_detached("busybox", ["sh", "-c", "exit 9"], labels=label)
    ended = await box.wait()
    assert (ended.exit_code, ended.error) == (9, None)
    results: list[int] = []

    async def wait(condition: Literal["next-exit", "removed"]) -> None:
        results.append((await docker.containers[other.id].wait(condition)).exit_code)

    for condition in ("next-exit", "removed"):
        script = "until [ -e /go ]; do sleep 0.05; done; exit 8"
        other = await docker.containers.run_detached("busybox", ["sh", "-c", script], labels=label, remove=True)
        with anyio.fail_after(30):
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(wait, condition)
                await other.exec(["touch", "/go"])
    assert results == [8, 8]
    with anyio.move_on_after(0.3) as scope:
        await (await docker.containers.run_detached("busybox", ["sleep", "60"], labels=label)).wait()
    assert scope.cancelled_caught


async def test_a_cancelled_run_leaves_no_container(docker: pydock.Docker, label: dict[str, str]) -> None:
    with pytest.raises(pydock.TimedOut):
        await docker.containers.run("busybox", ["sleep", "600"], remove=True, labels=label, timeout=1)
    left = [one for one in await docker.containers.list(all=True, label=label) if one.status != "removing"]
    assert left == []


async def test_commit_changes_export_top(docker: pydock.Docker, label: dict[str, str]) -> None:
    box = await docker.containers.run_detached("busybox", ["sh", "-c", "echo x >/made; sleep 60"], labels=label)
    await box.exec(["sh", "-c", "until [ -s /made ]; do :; done"])
    assert "/made" in [change.path for change in await box.changes()]
    exported = b"".join([piece async for piece in box.export()])
    assert b"made" in exported
    image = await box.commit(changes=[f"LABEL {key}={value}" for key, value in label.items()])
    assert await docker.images.get(image.id) == image
    assert image.labels.items() >= label.items()
    assert any("sleep" in " ".join(row) for row in (await box.top()).processes)


async def test_bad_input_is_refused_before_any_request() -> None:
    docker = pydock.Docker("unix:///nowhere/at/all.sock")
    with pytest.raises(pydock.InvalidArgument):
        docker.containers[""]
    with pytest.raises(pydock.InvalidArgument, match="memory"):
        await docker.containers.create("busybox", memry="64m")  # type: ignore[call-arg]
    with pytest.raises(pydock.InvalidArgument, match="grace"):
        await docker.containers["x"].stop(grace=0.5)


@pytest.mark.row(10)
async def test_a_missing_socket_is_told_apart() -> None:
    with pytest.raises(pydock.Unreachable) as caught:
        await pydock.Docker("unix:///nowhere/at/all.sock").containers.list()  # the first call tells, not the client
    assert caught.value.hint
    assert any("/nowhere/at/all.sock" in one for one in caught.value.tried)
    async with pydock.Docker("unix:///nowhere/at/all.sock") as docker:
        with pytest.raises(pydock.EndpointNotFound, match=r"/nowhere/at/all\.sock"):
            await docker.ping()


@pytest.mark.row(31)
async def test_wait_healthy(docker: pydock.Docker, engine: Engine, label: dict[str, str]) -> None:
    if engine.podman and not SYSTEMD:
        pytest.skip("podman runs health checks by timers of systemd, which does not run here")
    check = pydock.Healthcheck(["CMD", "test", "-e", "/ready"], interval="200ms", retries=100)
    box = await docker.containers.run_detached("busybox", ["sleep", "60"], healthcheck=check, labels=label)
    async with anyio.create_task_group() as tasks:

        async def make_ready() -> None:
            await box.exec(["touch", "/ready"])

        tasks.start_soon(make_ready)
        await box.wait_healthy(timeout=30)
    assert box.health == "healthy"


@pytest.mark.row(31)
async def test_waiting_for_a_sick_container_fails_at_once(
    docker: pydock.Docker, engine: Engine, label: dict[str, str]
) -> None:
    if engine.podman and not SYSTEMD:
        pytest.skip("podman runs health checks by timers of systemd, which does not run here")
    check = pydock.Healthcheck(["CMD-SHELL", "echo feverish; exit 1"], interval="200ms", retries=1)
    box = await docker.containers.run_detached("busybox", ["sleep", "60"], healthcheck=check, labels=label)
    with pytest.raises(pydock.WaitFailed, match="unhealthy") as caught:
        await box.wait_healthy(timeout=30)
    assert "feverish" in caught.value.log_tail


@pytest.mark.row(32)
@pytest.mark.parametrize("wanted", ["log", "port", "health"])
async def test_waiting_for_a_dying_container_fails_at_once(
    docker: pydock.Docker, label: dict[str, str], wanted: str
) -> None:
    script = "echo dying; until [ -e /go ]; do sleep 0.05; done; exit 5"
    check = pydock.Healthcheck(["CMD", "false"], interval="60s")
    box = await docker.containers.run_detached("busybox", ["sh", "-c", script], healthcheck=check, labels=label)
    ref = docker.containers[box.id]
    waits: dict[str, Callable[[], Awaitable[object]]] = {
        "log": lambda: ref.wait_for_log("never said", timeout=60),
        "port": lambda: ref.wait_for_port(9, timeout=60),
        "health": lambda: ref.wait_healthy(timeout=60),
    }
    late: list[float] = []

    async def wait() -> None:
        with pytest.raises(pydock.WaitFailed, match="dying") as caught:
            await waits[wanted]()
        late.append(anyio.current_time())
        assert caught.value.exit_code == 5
        assert "dying" in caught.value.log_tail

    with anyio.fail_after(30):
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(wait)
            await box.wait_for_log("dying", timeout=20)
            await box.exec(["touch", "/go"])
            await docker.containers[box.id].wait()
            died = anyio.current_time()
    assert late[0] - died < 1


@pytest.mark.row(31)
async def test_wait_for_log_and_port(docker: pydock.Docker, label: dict[str, str]) -> None:
    script = "echo listening soon; exec nc -l -p 8099"
    box = await docker.containers.run_detached("busybox", ["sh", "-c", script], labels=label)
    line = await box.wait_for_log(r"listening \w+", timeout=20)
    assert (line.stream, line.text) == ("stdout", "listening soon")
    await box.wait_for_port(8099, timeout=20)


@pytest.mark.row(55)
async def test_stats(docker: pydock.Docker, engine: Engine, label: dict[str, str]) -> None:
    box = await docker.containers.run_detached(
        "busybox", ["sh", "-c", "while :; do :; done"], memory="64m", labels=label
    )
    sample = await box.stats()
    assert sample.memory.limit == 64 << 20
    if not engine.lacks("stats-cpu"):
        assert (sample.cpu_percent or 0) > 1
    async with box.follow_stats() as samples:
        await anext(samples)
        second = await anext(samples)
    assert (second.cpu_percent or 0) > 1
    assert second.name == box.name


async def test_update_changes_limits(docker: pydock.Docker, label: dict[str, str]) -> None:
    box = await docker.containers.run_detached("busybox", ["sleep", "60"], memory="64m", labels=label)
    await box.update(memory="96m", memory_swap="192m")
    assert box.host_config.memory == 96 << 20
