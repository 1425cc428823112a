"""Rows of pains about options, each shown on real engines: networks, ports, mounts, limits, health checks, commands."""

from __future__ import annotations

from datetime import timedelta

import pytest

import pydock
from pydock import Bind, Endpoint, Healthcheck, Port, Tmpfs, VolumeMount

pytestmark = pytest.mark.anyio


@pytest.mark.row(34)
async def test_all_networks_are_there_before_the_first_start(
    docker: pydock.Docker, label: dict[str, str], unique: str
) -> None:
    first, second = f"{unique}-a", f"{unique}-b"
    await docker.networks.create(first, subnet="10.215.0.0/24", labels=label)
    await docker.networks.create(second, labels=label)
    endpoint = Endpoint(ip="10.215.0.9", aliases=["db"], mac="02:42:0a:d7:00:09")
    box = await docker.containers.create(
        "busybox", ["sleep", "60"], networks={first: endpoint, second: True}, labels=label
    )
    assert box.status == "created"
    assert set(box.network_settings.networks) == {first, second}
    await box.start()
    assert box.ip_address(first) == "10.215.0.9"
    assert box.ip_address(second)
    assert box.network_settings.networks[first].mac_address == "02:42:0a:d7:00:09"
    assert "db" in box.network_settings.networks[first].aliases


@pytest.mark.row(35)
async def test_ports_are_known_after_the_start(docker: pydock.Docker, label: dict[str, str]) -> None:
    box = await docker.containers.create(
        "busybox", ["sleep", "60"], ports=[8080, "127.0.0.1:0:80", Port(53, proto="udp")], labels=label
    )
    await box.start()
    web, any_address, dns = box.published(80), box.published(8080), box.published("53/udp")
    assert web is not None
    assert web.host_ip == "127.0.0.1"
    assert any_address is not None
    assert dns is not None
    assert dns.protocol == "udp"
    assert len({web.host_port, any_address.host_port}) == 2
    assert box.published(53) is None


@pytest.mark.row(36)
async def test_mounts_of_every_kind(
    docker: pydock.Docker, label: dict[str, str], unique: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir("/etc")  # the engine sees it, too
    await docker.volumes.create(unique, labels=label)
    tmpfs = Tmpfs("/t", size="64m")
    script = (
        "[ -s /src/passwd ] && echo bound; touch /src/x 2>/dev/null || echo ro;"
        " echo kept >/d/x; df -k /t | tail -1 | awk '{print $2}'"
    )
    typed: list[Bind | VolumeMount | Tmpfs | str] = [
        Bind(".", "/src", read_only=True),
        VolumeMount(unique, "/d"),
        tmpfs,
    ]
    written: list[Bind | VolumeMount | Tmpfs | str] = [".:/src:ro", f"{unique}:/d", tmpfs]
    for mounts in (typed, written):
        done = await docker.containers.run("busybox", ["sh", "-c", script], mounts=mounts, remove=True, labels=label)
        assert done.text.split() == ["bound", "ro", "65536"]
    again = await docker.containers.run("busybox", ["cat", "/d/x"], mounts=f"{unique}:/d", remove=True, labels=label)
    assert again.text == "kept\n"


@pytest.mark.row(38)
@pytest.mark.row(39)
async def test_units_are_read_back_as_they_were_meant(docker: pydock.Docker, label: dict[str, str]) -> None:
    check = Healthcheck(["CMD", "true"], interval="5s", timeout=timedelta(minutes=1), start_period=2, retries=3)
    box = await docker.containers.create(
        "busybox", ["true"], healthcheck=check, shm_size="1g", ulimits={"nofile": (512, 1024)},
        cpus=1.5, memory="512m", pids_limit=100, labels=label,
    )  # fmt: skip
    health = box.config.healthcheck
    assert health is not None
    assert (health.interval, health.timeout, health.start_period, health.retries) == (
        timedelta(seconds=5),
        timedelta(minutes=1),
        timedelta(seconds=2),
        3,
    )
    assert (box.host_config.shm_size, str(box.host_config.shm_size)) == (1 << 30, "1GiB")
    assert (box.host_config.memory, str(box.host_config.memory)) == (512 << 20, "512MiB")
    assert (box.host_config.nano_cpus, box.host_config.pids_limit) == (1_500_000_000, 100)


@pytest.mark.row(72)
async def test_a_shell_is_asked_for(docker: pydock.Docker, label: dict[str, str]) -> None:
    box = await docker.containers.run_detached("busybox", ["sleep", "60"], labels=label)
    with pytest.raises(pydock.InvalidArgument, match="needs a shell"):
        await box.exec("echo hi > /x")
    with pytest.raises(pydock.InvalidArgument, match="needs a shell"):
        await docker.containers.run("busybox", "echo a | cat", labels=label)
    assert (await box.exec("echo hi > /x && cat /x", shell=True)).text == "hi\n"
    assert (await box.exec("echo 'a | b'")).text == "a | b\n"
