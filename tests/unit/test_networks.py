"""What is refused before any request, and how address pools are written."""

from __future__ import annotations

import json
from typing import Any, cast

import pytest

import pydock
from pydock.api import API
from pydock.api._base import JSON
from pydock.models.networks import Networks


class Daemon:
    """Takes one network and says what was sent."""

    def __init__(self) -> None:
        self.networks = self
        self.sent: list[dict[str, Any]] = []

    async def create(self, body: dict[str, Any]) -> JSON:
        self.sent.append(body)
        return JSON(b'{"Id": "n1"}')

    async def inspect(self, id: str, **_: object) -> JSON:
        return JSON(json.dumps({"Id": id, "Name": "backend"}).encode())

    @property
    def collection(self) -> Networks:
        return Networks(cast("API", self))


async def test_gateways_and_ranges_go_to_their_subnets() -> None:
    daemon = Daemon()
    await daemon.collection.create(
        "backend",
        subnet=["10.5.0.0/24", "fd00:5::/64"],
        gateway=["fd00:5::1", "10.5.0.1"],
        ip_range="10.5.0.128/25",
        ipv6=True,
    )
    assert daemon.sent[0]["IPAM"] == {
        "Config": [
            {"Subnet": "10.5.0.0/24", "Gateway": "10.5.0.1", "IPRange": "10.5.0.128/25"},
            {"Subnet": "fd00:5::/64", "Gateway": "fd00:5::1"},
        ]
    }
    assert daemon.sent[0]["CheckDuplicate"] is True


@pytest.mark.parametrize(
    "options",
    [
        {"subnet": "10.5.0.0/33"},
        {"subnet": "10.5.0.0/24", "gateway": "10.6.0.1"},
        {"gateway": "10.5.0.1"},
        {"subnet": "10.5.0.0/24", "ip_range": "fd00::/64"},
        {"subnet": "10.5.0.0/24", "ipam": {"Config": []}},
        {"name": " "},
    ],
)
async def test_what_cannot_be_is_refused_before_anything_is_sent(options: dict[str, Any]) -> None:
    daemon = Daemon()
    with pytest.raises(pydock.InvalidArgument):
        await daemon.collection.create(**{"name": "backend", **options})
    assert daemon.sent == []


@pytest.mark.parametrize("name", ["", "/backend"])
def test_names_of_networks(name: str) -> None:
    with pytest.raises(pydock.InvalidArgument):
        Daemon().collection[name]


async def test_a_container_has_a_name() -> None:
    with pytest.raises(pydock.InvalidArgument, match=r"connect\('web'\)"):
        await Daemon().collection["backend"].connect("")
