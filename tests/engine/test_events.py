"""The events of real engines, also over a connection that is cut again and again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import anyio
import pytest

import pydock
from pydock.models.event_data import Event
from pydock.models.events import Reconnected

if TYPE_CHECKING:
    from tests.engine.conftest import Cutter


async def test_what_happens_after_opening_is_seen(docker: pydock.Docker, label: dict[str, str]) -> None:
    name = f"pydock-{label['pydock.test']}"
    with anyio.fail_after(20):
        async with docker.events(type="volume") as events:
            volume = await docker.volumes.create(name, labels=label)
            await volume.remove()
            seen: list[str] = []
            async for event in events:
                if name in (event.actor.id, event.name):
                    seen.append(event.verb)
                if event.verb in ("destroy", "remove") and seen:
                    break
    assert seen[0] == "create"
    assert event.time is not None


@pytest.mark.podman_gap("past-events")
async def test_past_events_end_by_themselves(docker: pydock.Docker, label: dict[str, str]) -> None:
    box = await docker.containers.run_detached("busybox", ["true"], labels=label)
    await box.wait()
    told = (await docker.api.system.info()).load()["SystemTime"]
    mine = {"pydock.test": label["pydock.test"]}
    found = [event.verb async for event in docker.events(since="10m", until=told, type="container", label=mine)]
    assert found[:1] == ["create"]
    assert "start" in found
    await box.remove()


@pytest.mark.row(29)
async def test_each_event_once_over_five_cuts(docker: pydock.Docker, cutter: Cutter, label: dict[str, str]) -> None:
    made = [f"pydock-{number}-{label['pydock.test']}" for number in range(15)]
    seen: list[str] = []
    cuts = 0
    with anyio.fail_after(60):
        async with (
            pydock.Docker(cutter.url) as cut_off,
            cut_off.events(type="volume", event="create", reconnect=True) as events,
        ):
            for number in range(5):
                await docker.volumes.create(made[3 * number], labels=label)
                while made[3 * number] not in seen:
                    item = await anext(events)
                    assert isinstance(item, Event)
                    seen.append(item.name or item.actor.id)
                await docker.volumes.create(made[3 * number + 1], labels=label)
                cutter.cut()
                await docker.volumes.create(made[3 * number + 2], labels=label)
                while cuts <= number or made[3 * number + 2] not in seen:
                    item = await anext(events)
                    if isinstance(item, Reconnected):
                        cuts += 1
                        assert item.gap.total_seconds() > 0
                        assert item.attempts >= 1
                        assert isinstance(item.reason, pydock.DockerError)
                    else:
                        seen.append(item.name or item.actor.id)
    assert cuts == 5
    assert [name for name in seen if label["pydock.test"] in name] == made


@pytest.mark.row(29)
async def test_a_cut_is_never_the_end(cutter: Cutter) -> None:
    async with (
        pydock.Docker(cutter.url) as cut_off,
        cut_off.events(type="plugin") as events,
    ):
        cutter.cut()
        with pytest.raises(pydock.StreamInterrupted):
            await anext(events)
