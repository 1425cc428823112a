"""Images, networks, volumes, disk usage and the daemon itself: what people reach for, on all API versions."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from pydock.models._base import parse, parse_listing
from pydock.models.disk_usage import DiskUsage, Usage
from pydock.models.event_data import Event
from pydock.models.image_data import ImageData, ImageSummaryData
from pydock.models.network_data import NetworkData
from pydock.models.ping import Ping
from pydock.models.system_data import AuthResult, SystemInfo
from pydock.models.volume_data import VolumeData

CORPUS = Path(__file__).parents[1] / "corpus" / "bodies"


def body(file: str, name: str) -> bytes:
    return json.dumps(json.loads((CORPUS / f"{file}.json").read_text(encoding="utf-8"))[name]).encode()


def numbers(usage: Usage[Any]) -> tuple[int, int, int, int, int]:
    return usage.total_count, usage.active_count, usage.size, usage.reclaimable, len(usage.items)


@pytest.mark.row(60)
def test_disk_usage_before_1_52_sums_as_the_cli() -> None:
    usage = parse(DiskUsage, body("api-1.40", "GET df (builder)"))
    assert numbers(usage.images) == (1, 1, 1092588, 1092588, 1)  # what is shared was not counted
    assert numbers(usage.containers) == (0, 0, 0, 0, 0)
    assert numbers(usage.volumes) == (2, 1, 10920104, 0, 2)
    assert numbers(usage.build_cache) == (2, 1, 51, 0, 2)
    assert str(usage.size) == "12MB"
    assert usage.reclaimable == 1092588


@pytest.mark.row(60)
def test_reclaimable_before_1_52() -> None:
    images = [
        {"Id": "used", "Containers": 2, "Size": 100, "SharedSize": 30},
        {"Id": "idle", "Containers": 0, "Size": 90, "SharedSize": 30},
        {"Id": "unknown", "Containers": 1, "Size": 50, "SharedSize": -1},
    ]
    containers = [
        {"Id": "a", "State": "running", "SizeRw": 7},
        {"Id": "b", "State": "exited", "SizeRw": 5},
        {"Id": "c", "State": "created"},
    ]
    volumes = [
        {"Name": "a", "UsageData": {"Size": 11, "RefCount": 1}},
        {"Name": "b", "UsageData": {"Size": 13, "RefCount": 0}},
        {"Name": "c", "UsageData": {"Size": -1, "RefCount": 0}},
        {"Name": "d"},
    ]
    cache = [{"ID": "a", "Size": 3, "InUse": True}, {"ID": "b", "Size": 4}, {"ID": "c", "Size": 9, "Shared": True}]
    sent = {"LayersSize": 200, "Images": images, "Containers": containers, "Volumes": volumes, "BuildCache": cache}
    usage = parse(DiskUsage, json.dumps(sent).encode())
    assert numbers(usage.images) == (3, 2, 200, 130, 3)  # an image whose share was not counted does not count as used
    assert numbers(usage.containers) == (3, 1, 12, 5, 3)
    assert numbers(usage.volumes) == (4, 1, 24, 13, 4)
    assert numbers(usage.build_cache) == (3, 1, 7, 4, 3)
    assert usage.size == 243
    assert usage.reclaimable == 152


@pytest.mark.row(60)
def test_disk_usage_since_1_52() -> None:
    verbose = parse(DiskUsage, body("api-1.52", "GET df (usage, verbose)"))
    assert numbers(verbose.images) == (1, 1, 8291456, 0, 1)
    assert numbers(verbose.containers) == (2, 1, 8192, 4096, 1)
    assert numbers(verbose.volumes) == (0, 0, 0, 0, 0)
    assert numbers(verbose.build_cache) == (1, 0, 77, 77, 1)
    both = parse(DiskUsage, body("api-1.52", "GET df (both shapes)"))
    assert numbers(both.images) == (1, 0, 100, 100, 1)


def test_images() -> None:
    summary = parse_listing(ImageSummaryData, body("api-1.52", "GET images list"), None, "images")[0]
    assert summary.tags == ["web:1", "web:latest"]
    assert summary.name == "web:1"
    assert summary.digest == summary.id
    assert summary.shared_size is None
    assert summary.manifests[0].image is not None
    assert str(summary.manifests[0].image.platform) == "linux/arm64/v8"
    full = parse(ImageData, body("api-1.52", "GET image (containerd)"))
    assert len(full.layers) == 2
    assert full.short_id == "ab12cd34ab12"
    assert str(full.platform) == "linux/arm64/v8"
    assert full.labels == {}
    old = parse(ImageData, body("api-1.40", "GET image (old)"))
    assert old.tags == []
    assert old.digest is None
    assert old.created is None
    assert old.name == old.short_id


def test_networks_and_volumes() -> None:
    network = parse(NetworkData, body("api-1.52", "GET network (status)"))
    assert network.subnets == ["10.5.0.0/24", "2001:db8::/64"]
    assert network.gateways == ["10.5.0.1", "2001:db8::1"]
    assert [member.name for member in network.containers.values()] == ["web"]
    assert parse(NetworkData, body("api-1.40", "GET network (twice)")).subnets == []
    volume = parse(VolumeData, b'{"Name": "v", "Labels": {"com.docker.volume.anonymous": ""}}')
    assert volume.name == volume.id == "v"
    assert volume.anonymous
    assert VolumeData(id="w").model_dump(by_alias=True)["Name"] == "w"


def test_events() -> None:
    health, odd = parse_listing(Event, body("api-1.52", "GET events"), None, "events")
    assert (health.type, health.verb, health.name) == ("container", "health_status", "web")
    assert health.time_nano == 1767323045123456789
    assert (odd.type, odd.verb, odd.name) == ("tomorrow", "exec_create", "")
    legacy = parse_listing(Event, body("api-1.40", "GET events"), None, "events")[0]
    assert legacy.model_extra is not None
    assert legacy.model_extra["status"] == "start"


def test_the_daemon() -> None:
    info = parse(SystemInfo, body("api-1.52", "GET info"))
    assert info.rootless
    assert info.containerd_image_store
    assert str(info.mem_total) == "7.451GiB"
    assert not parse(SystemInfo, body("podman", "GET info")).containerd_image_store


def test_ping_reads_headers_in_any_case() -> None:
    ping = Ping.from_headers({"Api-Version": "1.51", "OSTYPE": "linux", "Docker-Experimental": "false", "Date": "x"})
    assert (ping.api_version, ping.os_type, ping.experimental) == ("1.51", "linux", False)
    assert Ping.from_headers({"docker-experimental": "true"}).experimental
    assert Ping.from_headers({}) == Ping()


def test_a_login_s_token_is_not_shown() -> None:
    result = parse(AuthResult, body("api-1.52", "POST auth"))
    assert result.identity_token == "secret-token"
    assert "secret-token" not in repr(result)
