"""`docker.containers.ensure` on every engine: nothing done when all is as wanted, the difference told otherwise."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pytest

import pydock
from pydock import Endpoint, Healthcheck

if TYPE_CHECKING:
    from tests.engine.conftest import Engine, Raw

pytestmark = [pytest.mark.anyio, pytest.mark.row(68)]

SLEEP = ["sleep", "60"]
SPECS: Mapping[str, Mapping[str, Any]] = {
    "nothing": {},
    "resources": {"memory": "64m", "cpus": 0.5, "pids_limit": 100, "shm_size": "16m", "ulimits": {"nofile": 1024}},
    "process": {"env": {"A": "1", "B": "x y"}, "user": "1000", "workdir": "/tmp", "hostname": "box", "tty": True},
    "files": {"mounts": ["/tmp:/host:ro", "/anonymous"], "tmpfs": {"/run": "size=8m"}, "read_only": True},
    "network": {"ports": ["127.0.0.1:0:80", "81"], "extra_hosts": {"db": "10.0.0.9"}, "expose": ["90"]},
    "life": {"restart": "on-failure:2", "stop_timeout": 1, "healthcheck": Healthcheck("true", interval="10s")},
    "rights": {"cap_drop": ["MKNOD"], "cap_add": ["NET_ADMIN"], "security_opt": ["no-new-privileges=true"]},
    "host": {"network": "host"},
}


@pytest.mark.parametrize("name", SPECS)
async def test_the_same_again_does_nothing(
    docker: pydock.Docker, label: dict[str, str], unique: str, name: str
) -> None:
    options: dict[str, Any] = {"stop_signal": "SIGKILL", **SPECS[name]}
    first = await docker.containers.ensure(unique, "busybox", SLEEP, labels=label, **options)
    assert (first.created, first.recreated, first.differences) == (True, False, ())
    assert first.container.status == "running"
    again = await docker.containers.ensure(unique, "busybox", SLEEP, labels=label, **options)
    assert not again.changed, str(again)
    assert again.container.id == first.container.id


@pytest.mark.parametrize("name", SPECS)
async def test_a_container_of_others_is_compared_by_what_it_is(
    docker: pydock.Docker, engine: Engine, label: dict[str, str], unique: str, name: str
) -> None:
    if engine.podman and name in {"network", "rights"}:
        pytest.skip("podman tells the port that it chose as asked for, and no capability that it drops anyway")
    options: dict[str, Any] = {"stop_signal": "SIGKILL", **SPECS[name]}
    made = await docker.containers.run_detached("busybox", SLEEP, name=unique, labels=label, **options)
    ensured = await docker.containers.ensure(unique, "busybox:latest", "sleep 60", labels=label, **options)
    assert not ensured.changed, str(ensured)
    assert ensured.container.id == made.id


async def test_a_difference_is_told_and_the_container_recreated(
    docker: pydock.Docker, label: dict[str, str], unique: str, raw: Raw
) -> None:
    await docker.volumes.create(unique, labels=label)
    common: dict[str, Any] = {"labels": label, "stop_signal": "SIGKILL", "mounts": [f"{unique}:/data", "/lost"]}
    first = await docker.containers.ensure(unique, "busybox", SLEEP, memory="64m", env={"A": "old"}, **common)
    await first.container.write_text("/data/kept", "kept")
    lost = next(mount.name for mount in first.container.mounts if mount.destination == "/lost")
    second = await docker.containers.ensure(
        unique, "busybox", ["sleep", "61"], memory="32m", env={"A": "password", "B": "2"}, **common
    )
    assert (second.created, second.recreated, second.changed) == (False, True, True)
    assert {one.option: (one.was, one.wanted) for one in second.differences} == {
        "command": (("sleep", "60"), ("sleep", "61")),
        "memory": (64 * 2**20, 32 * 2**20),
        "env": ({"A": "old"}, {"A": "password", "B": "2"}),
    }
    assert 'memory: "64m" → "32m"' in str(second)
    assert "password" not in str(second) + repr(second.differences)
    assert await second.container.read_text("/data/kept") == "kept"
    names = [container["Names"][0] for container in raw("GET", "/containers/json", all=True)]
    assert [name for name in names if unique in name] == [f"/{unique}"]
    assert lost not in {volume["Name"] for volume in raw("GET", "/volumes")["Volumes"]}


async def test_stopped_is_started_and_paused_unpaused(
    docker: pydock.Docker, label: dict[str, str], unique: str
) -> None:
    first = (await docker.containers.ensure(unique, "busybox", SLEEP, labels=label, stop_signal="SIGKILL")).container
    for stop in (first.stop, first.pause):
        await stop()
        ensured = await docker.containers.ensure(unique, "busybox", SLEEP, labels=label, stop_signal="SIGKILL")
        assert (ensured.started, ensured.recreated, ensured.container.id) == (True, False, first.id)
        assert ensured.container.status == "running"


async def test_what_was_updated_since_is_a_difference(
    docker: pydock.Docker, label: dict[str, str], unique: str, engine: Engine
) -> None:
    if engine.podman:
        pytest.skip("podman's update changes the running program only, inspect tells the old limit")
    options: dict[str, Any] = {"labels": label, "memory": "64m", "stop_signal": "SIGKILL"}
    first = await docker.containers.ensure(unique, "busybox", SLEEP, **options)
    await first.container.update(memory="32m")
    again = await docker.containers.ensure(unique, "busybox", SLEEP, **options)
    assert again.recreated
    assert "memory" in {one.option for one in again.differences}


async def test_a_name_that_points_to_another_image_is_a_difference(
    docker: pydock.Docker, label: dict[str, str], unique: str
) -> None:
    options: dict[str, Any] = {"labels": label, "stop_signal": "SIGKILL"}
    marks = [f"LABEL {key}={value}" for key, value in label.items()]
    box = await docker.containers.create("busybox", SLEEP, **options)
    await box.commit(unique, "1", changes=[*marks, "ENV OF_IMAGE=1"])
    first = await docker.containers.ensure(unique, f"{unique}:1", SLEEP, **options)
    assert not (await docker.containers.ensure(unique, f"{unique}:1", SLEEP, **options)).changed
    await box.commit(unique, "1", changes=[*marks, "ENV OF_IMAGE=2"])
    again = await docker.containers.ensure(unique, f"{unique}:1", SLEEP, **options)
    assert [one.option for one in again.differences] == ["image"]
    assert again.container.config.environment["OF_IMAGE"] == "2"
    assert again.container.id != first.container.id


async def test_what_cannot_start_puts_the_old_one_back(
    docker: pydock.Docker, label: dict[str, str], unique: str, raw: Raw
) -> None:
    options: dict[str, Any] = {"labels": label, "stop_signal": "SIGKILL"}
    first = await docker.containers.ensure(unique, "busybox", SLEEP, **options)
    with pytest.raises(pydock.DockerError):
        await docker.containers.ensure(unique, "busybox", ["no-such-program"], **options)
    with pytest.raises(pydock.InvalidArgument):
        await docker.containers.ensure(unique, "busybox", SLEEP, memory="much", **options)
    old = await docker.containers.get(unique)
    assert (old.id, old.status) == (first.container.id, "running")
    mine = raw("GET", "/containers/json", all=True, filters={"label": [f"pydock.test={label['pydock.test']}"]})
    assert len(mine) == 1


async def test_networks_and_a_session(docker: pydock.Docker, label: dict[str, str], unique: str) -> None:
    await docker.networks.create(f"{unique}-a", labels=label)
    await docker.networks.create(f"{unique}-b", labels=label)
    options: dict[str, Any] = {"labels": label, "stop_signal": "SIGKILL"}
    both: dict[str, Endpoint | bool] = {f"{unique}-a": Endpoint(aliases=["www"]), f"{unique}-b": True}
    async with docker.session() as session:
        await session.containers.ensure(unique, "busybox", SLEEP, networks=both, **options)
        assert not (await session.containers.ensure(unique, "busybox", SLEEP, networks=both, **options)).changed
        one = await session.containers.ensure(unique, "busybox", SLEEP, network=f"{unique}-a", **options)
        assert one.recreated
        assert set(one.container.networks) == {f"{unique}-a"}
    assert not await docker.containers[unique].exists()
