"""Rows of pains, each shown on real engines: lists, states, logs over cuts, measuring; and links, posture."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import TYPE_CHECKING, Any

import anyio
import pytest

import pydock

if TYPE_CHECKING:
    from tests.engine.conftest import Cutter, Engine

SYSTEMD = Path("/run/systemd/system").exists()
pytestmark = pytest.mark.anyio


def count(docker: pydock.Docker, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return where every request that a client sends from now on is noted."""
    engine = docker.api.engine
    asked: list[str] = []

    def noted(send: Any, method: str, target: str, **more: Any) -> Any:
        asked.append(f"{method} {target}")
        return send(method, target, **more)

    for name in ("request", "open"):
        monkeypatch.setattr(engine, name, functools.partial(noted, getattr(engine, name)))
    return asked


@pytest.mark.soak
@pytest.mark.row(6)
@pytest.mark.timeout(300)
async def test_three_hundred_containers_are_one_request(
    docker: pydock.Docker, label: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    limit = anyio.Semaphore(20)
    made: list[pydock.Container] = []

    async def make() -> None:
        async with limit:
            made.append(await docker.containers.create("busybox", ["true"], labels=label))

    async def remove(container: pydock.Container) -> None:
        async with limit:
            await container.remove()

    async with anyio.create_task_group() as tasks:
        for _ in range(300):
            tasks.start_soon(make)
    asked = count(docker, monkeypatch)
    listed = await docker.containers.list(all=True, label=label)
    assert [one.partition("?")[0] for one in asked] == ["GET /containers/json"]
    monkeypatch.undo()
    assert len(listed) == 300
    assert {one.id for one in listed} == {one.id for one in made}

    async with anyio.create_task_group() as tasks:
        for container in made:
            tasks.start_soon(remove, container)
        sizes = [len(await docker.containers.list(all=True, label=label)) for _ in range(5)]
        inspected = await docker.containers.inspect_all(all=True, label=label)
    assert sizes == sorted(sizes, reverse=True)
    assert len(inspected) <= sizes[-1]
    assert all(container.gone for container in made)
    assert (await listed[0].refresh()).gone


@pytest.mark.row(12)
async def test_a_proxy_that_never_closes_holds_nothing_up(
    docker: pydock.Docker, endless: Cutter, label: dict[str, str]
) -> None:
    direct = await docker.containers.run_detached("busybox", ["sleep", "60"], labels=label)
    async with pydock.Docker(endless.url) as behind:
        box = behind.containers[direct.id]

        async def slow() -> None:
            done = await box.exec(["sh", "-c", "echo a; sleep 3; echo b; exit 3"])
            assert (done.exit_code, done.stdout) == (3, b"a\nb\n")

        async def fed() -> None:
            done = await box.exec(["wc", "-c"], input=b"x" * 300_000)
            assert (done.exit_code, done.stdout.strip()) == (0, b"300000")

        async def talk() -> None:
            async with box.open_exec(["cat"], stdin=True) as process:
                await process.stdin.send(b"hello\n")
                await process.stdin.aclose()
                assert b"".join([chunk.data async for chunk in process]) == b"hello\n"
                assert process.exit_code == 0

        async def given_up() -> None:
            async with box.open_exec(["sh", "-c", "echo up; exec sleep 996"]) as process:
                assert (await anext(process)).data == b"up\n"

        async def ran(remove: bool) -> None:
            done = await behind.containers.run(
                "busybox", ["sh", "-c", "cat; exit 4"], input=b"hello\n", remove=remove, labels=label
            )
            assert (done.exit_code, done.stdout) == (4, b"hello\n")

        with anyio.fail_after(45):
            async with anyio.create_task_group() as tasks:
                for job in (slow, fed, talk, given_up):
                    tasks.start_soon(job)
                tasks.start_soon(ran, True)
                tasks.start_soon(ran, False)
    assert "sleep 996" not in (await direct.exec(["ps", "-o", "args"])).text


@pytest.mark.row(12)
async def test_a_command_is_three_requests(
    docker: pydock.Docker, label: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    box = await docker.containers.run_detached("busybox", ["sleep", "60"], labels=label)
    asked = count(docker, monkeypatch)
    assert (await box.exec(["echo", "hi"], timeout=20)).stdout == b"hi\n"
    verbs = [one.partition("?")[0].rsplit("/", 1)[1] for one in asked]
    assert verbs[:3] == ["exec", "start", "json"]
    assert set(verbs[3:]) <= {"json"}  # a slow engine has not noted the end yet


@pytest.mark.row(31)
async def test_health_is_waited_for_by_events(
    docker: pydock.Docker, engine: Engine, label: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    if engine.podman and not SYSTEMD:
        pytest.skip("podman runs health checks by timers of systemd, which does not run here")
    check = pydock.Healthcheck(["CMD", "test", "-e", "/ready"], interval="100ms", retries=1000)
    box = await docker.containers.run_detached("busybox", ["sleep", "60"], healthcheck=check, labels=label)
    async with pydock.Docker(engine.url) as other:
        await other.containers.list(label=label)
        asked = count(other, monkeypatch)
        with anyio.fail_after(40):
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(other.containers[box.id].wait_healthy)
                await anyio.sleep(1.5)  # a dozen checks fail
                before = len(asked)
                await box.exec(["touch", "/ready"])
    assert before == 3, asked  # the events, the end, a first look
    assert len(asked) <= before + 2, asked


@pytest.mark.row(62)
async def test_what_was_done_already_is_told_apart(docker: pydock.Docker, label: dict[str, str]) -> None:
    box = await docker.containers.create("busybox", ["sleep", "60"], labels=label)
    assert await docker.api.containers.start(box.id) is True
    assert await docker.api.containers.start(box.id) is False
    assert (await box.start()).status == "running"
    assert await docker.api.containers.stop(box.id, t=0) is True
    assert await docker.api.containers.stop(box.id, t=0) is False
    assert (await box.stop()).status == "exited"


@pytest.mark.row(15)
async def test_both_streams_are_told_apart_everywhere(docker: pydock.Docker, label: dict[str, str]) -> None:
    script = "i=0; while [ $i -lt 200 ]; do echo out $i; echo err $i >&2; i=$((i+1)); done"
    out = "".join(f"out {number}\n" for number in range(200)).encode()
    err = out.replace(b"out", b"err")
    box = await docker.containers.create("busybox", ["sh", "-c", script], labels=label)
    with anyio.fail_after(60):
        async with await box.attach() as process:
            await box.start()
            assert await process.read() == (out, err)
        await box.wait()
        logs = await box.logs()
        assert (logs.stdout, logs.stderr) == (out, err)
        async with box.follow_logs() as lines:
            followed = [(line.stream, line.text) async for line in lines]
    assert [text for stream, text in followed if stream == "stderr"] == err.decode().splitlines()
    terminal = await docker.containers.create("busybox", ["sh", "-c", script], tty=True, labels=label)
    await terminal.start()
    await terminal.wait()
    mixed = await terminal.logs()
    assert {line.stream for line in mixed} == {"stdout"}
    assert len(mixed) == 400


@pytest.mark.row(69)
async def test_a_log_goes_on_over_cuts_without_a_double(
    docker: pydock.Docker, cutter: Cutter, label: dict[str, str]
) -> None:
    script = (
        "for part in 1 2 3 4; do"
        " until [ -e /go$part ]; do sleep 0.05; done;"
        " i=0; while [ $i -lt 100 ]; do echo out $part.$i; echo err $part.$i >&2; i=$((i+1)); done;"
        " done"
    )
    box = await docker.containers.run_detached("busybox", ["sh", "-c", script], labels=label)
    expected = [f"{part}.{number}" for part in range(1, 5) for number in range(100)]
    seen: dict[str, list[str]] = {"out": [], "err": []}
    with anyio.fail_after(90):
        async with pydock.Docker(cutter.url) as cut_off, cut_off.containers[box.id].follow_logs(resume=True) as lines:
            for part in range(1, 5):
                await box.exec(["touch", f"/go{part}"])
                while sum(map(len, seen.values())) < 200 * part - 100:
                    kind, _, rest = (await anext(lines)).text.partition(" ")
                    seen[kind].append(rest)
                cutter.cut()
            async for line in lines:
                kind, _, rest = line.text.partition(" ")
                seen[kind].append(rest)
    assert seen == {"out": expected, "err": expected}


@pytest.mark.row(69)
async def test_a_cut_log_is_no_end(docker: pydock.Docker, cutter: Cutter, label: dict[str, str]) -> None:
    box = await docker.containers.run_detached("busybox", ["sh", "-c", "echo first; sleep 60"], labels=label)
    with anyio.fail_after(30):
        async with pydock.Docker(cutter.url) as cut_off, cut_off.containers[box.id].follow_logs() as lines:
            assert (await anext(lines)).text == "first"
            cutter.cut()
            with pytest.raises(pydock.StreamInterrupted):
                await anext(lines)


@pytest.mark.row(56)
async def test_all_containers_are_measured(docker: pydock.Docker, engine: Engine, label: dict[str, str]) -> None:
    boxes = [await docker.containers.run_detached("busybox", ["sleep", "60"], labels=label) for _ in range(3)]
    with anyio.fail_after(60):
        samples = await docker.containers.stats_all(label=label)
        assert set(samples) == {box.name for box in boxes}
        assert all(sample.memory.used for sample in samples.values())
        if not engine.lacks("stats-cpu"):
            assert all(sample.cpu_percent is not None for sample in samples.values())
        assert samples[boxes[0].name].id in ("", boxes[0].id)
        at_once = await docker.containers.stats_all(label=label, one_shot=True)
        assert set(at_once) == set(samples)
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(functools.partial(boxes[1].remove, force=True))
            left = await docker.containers.stats_all(label=label)
    assert {boxes[0].name, boxes[2].name} <= set(left)


async def test_a_container_knows_its_image_networks_and_volumes(
    docker: pydock.Docker, label: dict[str, str], unique: str
) -> None:
    network = await docker.networks.create(unique, labels=label)
    volume = await docker.volumes.create(unique, labels=label)
    created = await docker.containers.create(
        "busybox", ["sleep", "60"], mounts=[f"{unique}:/data"], network=unique, labels=label
    )
    (listed,) = await docker.containers.list(all=True, label=label)
    for box in (created, listed):
        assert (await box.image_ref.inspect()).id == (await docker.images.get("busybox")).id
        assert [one.id for one in box.volume_refs] == [volume.id]
        assert [(await one.inspect()).id for one in box.network_refs] == [network.id]


async def test_commit_gives_an_image_with_its_verbs(docker: pydock.Docker, label: dict[str, str], unique: str) -> None:
    box = await docker.containers.create("busybox", ["true"], labels=label)
    image = await box.commit(unique, "1.2", changes=[f"LABEL {key}={value}" for key, value in label.items()])
    assert isinstance(image, pydock.Image)
    assert any(f"{unique}:1.2" in tag for tag in image.tags)
    await image.remove()
    assert not await docker.images.exists(image.id)


async def test_the_posture_of_real_containers(docker: pydock.Docker, engine: Engine, label: dict[str, str]) -> None:
    plain = await docker.containers.create("busybox", ["true"], labels=label)
    usual = {"root-user", "new-privileges", "writable-root", "no-memory-limit", "no-pids-limit"}
    assert plain.posture().names - {"no-pids-limit"} == usual - {"no-pids-limit"}
    assert not plain.posture().at_least("high")
    open_ = await docker.containers.create(
        "busybox", ["true"], privileged=True, pid="host", mounts=["/etc:/host:ro"], ports=["8080:80"],
        security_opt=["seccomp=unconfined"], labels=label,
    )  # fmt: skip
    wanted = {"privileged", "host-pid", "sensitive-mount", "published-everywhere", "no-seccomp"}
    assert wanted <= open_.posture().names
    assert open_.posture()[0].severity == "high"
    closed = await docker.containers.create(
        "busybox", ["true"], user="1000", read_only=True, pids_limit=50, memory="32m", cap_drop=["ALL"],
        security_opt=["no-new-privileges"], labels=label,
    )  # fmt: skip
    assert list(closed.posture()) == []
