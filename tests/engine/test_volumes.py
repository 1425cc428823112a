"""Volumes of real engines, above all: prune means the same everywhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

import pydock

if TYPE_CHECKING:
    from tests.engine.conftest import Engine


async def test_create_list_get_remove(docker: pydock.Docker, label: dict[str, str]) -> None:
    name = f"pydock-{label['pydock.test']}"
    made = await docker.volumes.create(name, labels=label)
    assert (made.name, made.driver, made.labels, made.anonymous) == (name, "local", label, False)
    assert list(await docker.volumes.list(label={"pydock.test": label["pydock.test"]})) == [made]
    assert (await docker.volumes.get(name)).mountpoint == made.mountpoint
    assert (await docker.volumes.create(name)).labels == label
    await made.remove()
    assert made.gone
    assert not await docker.volumes[name].exists()
    with pytest.raises(pydock.VolumeNotFound):
        await docker.volumes[name].remove()
    await docker.volumes[name].remove(force=True)


async def test_a_used_volume_stays_and_knows_its_users(docker: pydock.Docker, label: dict[str, str]) -> None:
    name = f"pydock-{label['pydock.test']}"
    volume = await docker.volumes.create(name, labels=label)
    box = await docker.containers.create("busybox", ["true"], mounts=[f"{name}:/data"], labels=label)
    assert list(await volume.used_by()) == [box]
    with pytest.raises(pydock.VolumeInUse):
        await volume.remove()
    await box.remove()
    assert list(await volume.used_by()) == []


@pytest.mark.row(59)
@pytest.mark.parametrize("api_version", [None, "1.41"])
async def test_prune_means_the_same_everywhere(
    engine: Engine, label: dict[str, str], api_version: str | None, anyio_backend: str
) -> None:
    mine = {"pydock.test": label["pydock.test"]}
    async with pydock.Docker(engine.url, api_version=api_version) as docker:
        named = await docker.volumes.create(f"pydock-{label['pydock.test']}", labels=label)
        anonymous = await docker.volumes.create(labels=label)
        used = await docker.volumes.create(labels=label)
        box = await docker.containers.create("busybox", ["true"], mounts=[f"{used.name}:/data"], labels=label)

        planned = await docker.volumes.prune(label=mine, dry_run=True)
        assert await anonymous.exists()
        report = await docker.volumes.prune(label=mine)
        assert planned.deleted == report.deleted == [anonymous.name]
        assert isinstance(report.reclaimed, int)
        assert (await named.refresh()).gone is False
        assert (await docker.volumes.prune(all=True, label=mine)).deleted == [named.name]
        assert await used.exists()
        await box.remove()


@pytest.mark.row(60)
async def test_disk_usage_and_dry_run(docker: pydock.Docker, label: dict[str, str]) -> None:
    box = await docker.containers.create("busybox", ["true"], labels=label)
    network = await docker.networks.create(f"pydock-{label['pydock.test']}", labels=label)
    usage = await docker.disk_usage()
    assert usage.images.total_count >= 1
    mine = {"pydock.test": label["pydock.test"]}
    planned = await docker.prune(dry_run=True, volumes=True, label=mine)
    assert (planned.containers_deleted, planned.networks_deleted) == ([box.id], [network.name])
    assert (planned.images_deleted, planned.volumes_deleted, planned.dry_run) == ([], [], True)
    report = await docker.prune(volumes=True, label=mine)
    assert report.containers_deleted == planned.containers_deleted
    assert report.networks_deleted == planned.networks_deleted
    assert report.dry_run is False


async def test_prune_with_volumes_refuses_until_before_anything_goes(
    docker: pydock.Docker, label: dict[str, str]
) -> None:
    box = await docker.containers.create("busybox", ["true"], labels=label)
    with pytest.raises(pydock.InvalidArgument):
        await docker.prune(volumes=True, until="1h", label={"pydock.test": label["pydock.test"]})
    assert await box.exists()
