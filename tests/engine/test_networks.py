"""Networks of real engines: made, listed, joined, left, removed."""

from __future__ import annotations

import pytest

import pydock
from pydock import Endpoint


async def test_create_list_get_remove(docker: pydock.Docker, label: dict[str, str]) -> None:
    name = f"pydock-{label['pydock.test']}"
    made = await docker.networks.create(name, subnet="10.213.0.0/24", gateway="10.213.0.1", internal=True, labels=label)
    assert (made.name, made.driver, made.internal, made.subnets) == (name, "bridge", True, ["10.213.0.0/24"])
    assert made.labels == label
    listed = await docker.networks.list(label={"pydock.test": label["pydock.test"]})
    assert list(listed) == [made]
    assert (await docker.networks.get(name)).id == made.id
    assert await docker.networks[name].exists()
    await made.remove()
    await listed[0].refresh()
    assert made.gone
    assert listed[0].gone
    with pytest.raises(pydock.NetworkNotFound):
        await docker.networks.get(name)


async def test_second_network_of_a_name_is_refused_everywhere(docker: pydock.Docker, label: dict[str, str]) -> None:
    name = f"pydock-{label['pydock.test']}"
    await docker.networks.create(name, labels=label)
    with pytest.raises(pydock.NameInUse):
        await docker.networks.create(name, labels=label)


async def test_containers_come_and_go(docker: pydock.Docker, label: dict[str, str]) -> None:
    name = f"pydock-{label['pydock.test']}"
    network = await docker.networks.create(name, subnet="10.214.0.0/24", labels=label)
    box = await docker.containers.run_detached("busybox", ["sleep", "60"], stop_signal="KILL", labels=label)
    await network.connect(box, Endpoint(aliases=["www"], ip="10.214.0.7"))
    assert [member.ipv4_address for member in network.containers.values()] == ["10.214.0.7/24"]
    with pytest.raises(pydock.Forbidden):
        await network.connect(box)
    with pytest.raises(pydock.NetworkInUse):
        await docker.networks[name].remove()
    await network.disconnect(box)
    assert network.containers == {}
    await box.remove(force=True)


async def test_prune_takes_only_unused_ones_with_the_label(docker: pydock.Docker, label: dict[str, str]) -> None:
    name = f"pydock-{label['pydock.test']}"
    network = await docker.networks.create(name, labels=label)
    report = await docker.networks.prune(label={"pydock.test": label["pydock.test"]})
    assert report.deleted == [name]
    assert (await network.refresh()).gone
