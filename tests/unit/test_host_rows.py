"""What config.json says reaches the requests, and what a prune would do, by hand-made answers of several versions."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import httpx
import pytest

import pydock

pytestmark = pytest.mark.anyio


class Daemon:
    """Answers by path and keeps what it was asked."""

    def __init__(self, answers: Mapping[str, object], version: str = "1.52") -> None:
        self.answers = answers
        self.version = version
        self.requests: list[httpx.Request] = []

    async def __call__(self, request: httpx.Request) -> httpx.Response:
        await request.aread()
        self.requests.append(request)
        if request.url.path.endswith("/_ping"):
            return httpx.Response(200, headers={"Api-Version": self.version})
        path = request.url.path.removeprefix(f"/v{self.version}")
        answer = self.answers[path]
        return (
            httpx.Response(200, json=answer) if not isinstance(answer, bytes) else httpx.Response(200, content=answer)
        )

    def client(self) -> pydock.Docker:
        return pydock.Docker("unix:///run/d.sock", transport=httpx.MockTransport(self))

    def last(self, path: str) -> httpx.Request:
        return next(request for request in reversed(self.requests) if request.url.path.endswith(path))


@pytest.fixture
def configure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Write the CLI's configuration."""
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path))
    monkeypatch.delenv("DOCKER_CUSTOM_HEADERS", raising=False)

    def write(**content: object) -> None:
        (tmp_path / "config.json").write_text(json.dumps(content))

    return write


IMAGE = {"Id": "sha256:" + "1" * 64, "Os": "linux", "Architecture": "amd64"}
BUILT = b'{"aux":{"ID":"sha256:1"}}\r\n'


@pytest.mark.row(78)
async def test_headers_of_the_configuration_go_with_every_request(configure: Callable[..., None], serve: Any) -> None:
    configure(HttpHeaders={"X-Team": "blue", "User-Agent": "mine"})
    heads: list[bytes] = []
    empty = b"HTTP/1.1 200 OK\r\nApi-Version: 1.44\r\nContent-Length: 2\r\n\r\n[]"

    async def daemon(peer: Any) -> None:
        while True:
            heads.append(await peer.head() + b"\r\n")
            await peer.send(empty)

    async with serve(daemon) as url, pydock.Docker(url, headers={"X-Mine": "1"}) as docker:
        await docker.containers.list()
        await docker.images["app"].tag("app:2")
        async with docker.images.save("app") as tar:
            await tar.read()
    assert len(heads) == 4, heads
    assert all(b"\r\nX-Team: blue\r\n" in head and b"\r\nX-Mine: 1\r\n" in head for head in heads)
    assert all(b"User-Agent: pydock" in head and b"mine" not in head for head in heads)


@pytest.mark.row(78)
async def test_a_transport_of_your_own_gets_only_the_headers_you_give(configure: Callable[..., None]) -> None:
    configure(HttpHeaders={"X-Team": "blue"})
    daemon = Daemon({"/containers/json": []})
    async with pydock.Docker(transport=httpx.MockTransport(daemon), headers={"X-Mine": "1"}) as docker:
        await docker.containers.list()
    sent = daemon.last("/containers/json").headers
    assert (sent.get("X-Mine"), sent.get("X-Team")) == ("1", None)


@pytest.mark.row(49)
async def test_proxies_of_the_configuration_are_build_arguments(configure: Callable[..., None]) -> None:
    configure(proxies={"default": {"httpProxy": "http://p:1"}, "unix:///run/d.sock": {"noProxy": "here"}})
    daemon = Daemon({"/build": BUILT, "/images/sha256:1/json": IMAGE})
    context = pydock.DockerfileContext("FROM scratch\n")
    async with daemon.client() as docker:
        await docker.images.build(context, args={"A": "1", "no_proxy": None})
        sent = json.loads(daemon.last("/build").url.params["buildargs"])
        assert sent == {"NO_PROXY": "here", "no_proxy": None, "A": "1"}
        configure()
        await docker.images.build(context)
        assert "buildargs" not in daemon.last("/build").url.params


# What prune would remove

OLD, NEW = "2020-01-01T00:00:00Z", "2099-01-01T00:00:00Z"
CACHE = [
    {"ID": "used", "InUse": True, "Size": 1, "LastUsedAt": OLD},
    {"ID": "old", "Size": 20, "CreatedAt": OLD},
    {"ID": "young", "Size": 300, "CreatedAt": OLD, "LastUsedAt": NEW},
    {"ID": "shared", "Shared": True, "Size": 4000, "LastUsedAt": OLD},
]
NETWORKS = [
    {"Id": "n0", "Name": "bridge", "Scope": "local"},
    {"Id": "n1", "Name": "idle", "Scope": "local", "Created": OLD},
    {"Id": "n2", "Name": "busy", "Scope": "local", "Created": OLD},
    {"Id": "n3", "Name": "in", "Scope": "swarm", "Ingress": True, "Created": OLD},
]
CONTAINERS = [
    {"Id": "c1", "State": "running", "ImageID": "i-used", "NetworkSettings": {"Networks": {"busy": {}}}},
    {"Id": "c2", "State": "exited", "ImageID": "i-tagged", "SizeRw": 7, "Created": 5},
]
IMAGES = [
    {"Id": "i-used", "RepoTags": ["used:1"], "Size": 1, "Created": 5, "ParentId": "i-middle"},
    {"Id": "i-tagged", "RepoTags": ["app:1"], "Size": 2, "Created": 5},
    {"Id": "i-old", "RepoTags": ["<none>:<none>"], "Size": 30, "Created": 5, "ParentId": "i-own"},
    {"Id": "i-own", "RepoTags": None, "Size": 400, "Created": 5, "ParentId": "i-middle"},
    {"Id": "i-middle", "RepoTags": [], "Size": 5000, "Created": 5},
]


def legacy(df: Any) -> dict[str, object]:
    return {"BuildCache": df, "Images": None}


def verbose(df: Any) -> dict[str, object]:
    return {"BuildCacheUsage": {"TotalCount": len(df), "Items": df}}


@pytest.mark.row(60)
@pytest.mark.parametrize(
    ("version", "shape"), [("1.41", legacy), ("1.51", legacy), ("1.52", verbose), ("1.55", verbose)]
)
async def test_a_preview_reads_every_shape_of_disk_usage(
    version: str, shape: Callable[[Any], dict[str, object]]
) -> None:
    answers = {
        "/containers/json": CONTAINERS,
        "/networks": NETWORKS,
        "/images/json": IMAGES,
        "/system/df": shape(CACHE),
    }
    daemon = Daemon(answers, version)
    async with daemon.client() as docker:
        plain = await docker.prune(dry_run=True)
        everything = await docker.prune(dry_run=True, all=True, until="2021-01-01T00:00:00Z")
        labelled = await docker.prune(dry_run=True, label="nobody")
    assert plain.containers_deleted == ["c2"]
    assert plain.networks_deleted == ["idle"]
    assert plain.images_deleted == ["i-old", "i-own"]  # an image that runs was built on i-middle
    assert plain.build_cache_deleted == ["old", "young"]
    assert plain.reclaimed == 7 + 30 + 20 + 300  # what an image has counts its parents
    assert everything.images_deleted == ["i-tagged", "i-old", "i-own"]
    assert everything.build_cache_deleted == ["old", "shared"]
    assert labelled.images_deleted == labelled.containers_deleted == labelled.build_cache_deleted == []
    asked = daemon.last("/system/df").url.params
    assert asked.get("verbose") == ("1" if version >= "1.52" else None)
    assert asked.get("type") == ("build-cache" if version >= "1.42" else None)


@pytest.mark.row(60)
async def test_the_report_of_a_prune_names_images_and_not_their_layers() -> None:
    deleted = [{"Untagged": "x"}, {"Deleted": "i-old"}, {"Deleted": "i-own"}, {"Deleted": "sha256:layer"}]
    answers: dict[str, object] = {
        "/containers/prune": {"ContainersDeleted": None, "SpaceReclaimed": 0},
        "/networks/prune": {"NetworksDeleted": None},
        "/images/json": IMAGES,
        "/images/prune": {"ImagesDeleted": deleted, "SpaceReclaimed": 430},
        "/build/prune": {"CachesDeleted": ["old"], "SpaceReclaimed": 20},
    }
    async with Daemon(answers).client() as docker:
        report = await docker.prune()
    assert (report.images_deleted, report.build_cache_deleted) == (["i-old", "i-own"], ["old"])
    assert report.reclaimed == 450


@pytest.mark.row(60)
async def test_filters_of_the_build_cache_go_as_the_daemon_wants_them() -> None:
    daemon = Daemon({"/build/prune": {"CachesDeleted": ["a"], "SpaceReclaimed": 3}}, "1.51")
    async with daemon.client() as docker:
        report = await docker.images.prune_build_cache(
            all=True, id="a", parent="b", type="regular", inuse=False, shared=True, private=True, reserved_space="1k"
        )
    assert (report.deleted, report.reclaimed) == (["a"], 3)
    asked = daemon.last("/build/prune").url.params
    assert json.loads(asked["filters"]) == {
        "id": ["a"], "parent": ["b"], "type": ["regular"], "inuse": ["false"], "shared": ["true"], "private": ["true"],
    }  # fmt: skip
    assert (asked["all"], asked["reserved-space"]) == ("1", "1024")


async def test_attestations_are_typed() -> None:
    found = [{"PredicateType": "https://slsa.dev/provenance/v1", "Descriptor": {"digest": "sha256:a"}}]
    daemon = Daemon({"/images/app/attestations": found}, "1.55")
    async with daemon.client() as docker:
        (one,) = await docker.images["app"].attestations(platform="linux/arm64", statement=True)
    assert (one.predicate_type, one.descriptor.digest) == ("https://slsa.dev/provenance/v1", "sha256:a")
    asked = daemon.last("/attestations").url.params
    assert json.loads(asked["platform"]) == {"os": "linux", "architecture": "arm64"}
    assert asked["statement"] == "1"


@pytest.mark.row(42)
async def test_an_image_lists_the_platforms_that_are_all_here() -> None:
    def manifest(architecture: str, *, available: bool, kind: str = "image") -> dict[str, object]:
        data = {"Platform": {"os": "linux", "architecture": architecture}} if kind == "image" else None
        return {"ID": architecture, "Available": available, "Kind": kind, "ImageData": data}

    manifests = [
        manifest("amd64", available=True),
        manifest("arm64", available=False),
        manifest("s390x", available=True),
        manifest("unknown", available=True, kind="attestation"),
    ]
    daemon = Daemon({"/images/app/json": {**IMAGE, "Manifests": manifests}}, "1.48")
    async with daemon.client() as docker:
        found = await docker.images["app"].available_platforms()
    assert [str(platform) for platform in found] == ["linux/amd64", "linux/s390x"]
    assert daemon.last("/json").url.params["manifests"] == "1"
