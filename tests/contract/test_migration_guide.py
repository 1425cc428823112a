"""The migration guide maps every public name of docker-py, and what it names here exists."""

from __future__ import annotations

import importlib
import re
from pathlib import Path

import pytest

import pydock
from pydock.models.images import Image
from pydock.models.networks import Network
from pydock.models.volumes import Volume

GUIDE = Path(__file__).parents[2] / "docs" / "migrating-from-docker-py.md"
NAMES = Path(__file__).with_name("docker_py_names.txt")
ROOTS: dict[str, object] = {
    "container": pydock.Container,
    "image": Image,
    "network": Network,
    "volume": Volume,
    "docker": pydock.Docker("unix:///nowhere.sock"),
    "pydock": pydock,
}
SPAN = re.compile(r"`([^`]+)`")
OURS = re.compile(r"\b(container|image|network|volume|docker|pydock)((?:\.[a-z_]\w*|\.[A-Z]\w*)+)")
THEIRS = ("docker.from_env", "docker.errors", "docker.DockerClient", "docker.APIClient", "docker.containers.run(")


def names() -> list[str]:
    return [line for line in NAMES.read_text().splitlines() if not line.startswith("#")]


def rows() -> dict[str, list[str]]:
    cells = [line.strip("|").split("|") for line in GUIDE.read_text().splitlines() if line.startswith("| `")]
    return {SPAN.findall(first)[0]: SPAN.findall("|".join(rest)) for first, *rest in cells}


def not_yet() -> set[str]:
    return set(SPAN.findall(GUIDE.read_text().partition("## Not here yet")[2]))


def exists(root: str, path: str) -> bool:
    found = ROOTS[root]
    for name in path.strip(".").split("."):
        if name in getattr(found, "model_fields", {}) or name in getattr(type(found), "__annotations__", {}):
            return True  # a field: what it has is its model's
        if not hasattr(found, name):
            try:
                found = importlib.import_module(f"{getattr(found, '__name__', '')}.{name}")
            except ImportError:
                return False
            continue
        found = getattr(found, name)
    return True


@pytest.mark.row(63)
def test_every_name_of_docker_py_is_mapped_once() -> None:
    mapped = [name for name in rows() if "." in name]
    assert sorted([*mapped, *not_yet()]) == sorted(names())


@pytest.mark.row(63)
@pytest.mark.parametrize("name", rows())
def test_what_the_guide_names_exists(name: str) -> None:
    spans = rows()[name] if "." in name else [*rows()[name], name]
    found = [pair for span in spans for pair in OURS.findall(span)]
    assert found, f"{name}: nothing of pydock is named"
    for root, path in found:
        assert exists(root, path), f"{name}: {root}{path} does not exist"


@pytest.mark.row(63)
def test_every_stream_has_its_forms() -> None:
    table = GUIDE.read_text().partition("## Streams")[2].partition("## The client")[0]
    lines = [line for line in table.splitlines() if line.startswith("| ") and "`" in line]
    assert len(lines) == 9
    for root, path in OURS.findall(table):
        assert exists(root, path), f"{root}{path} does not exist"


def test_what_has_come_is_no_longer_said_to_be_missing() -> None:
    collections = {name.split(".")[1] for name in not_yet() if name.startswith("client.") and name.count(".") == 1}
    assert [name for name in collections if hasattr(pydock.Docker, name)] == []


def test_the_list_is_docker_pys_own() -> None:
    docker = pytest.importorskip("docker", reason="docker-py is not installed (the extra bench)")
    if docker.__version__.split(".")[0] != "7":
        pytest.skip(f"the guide is about docker-py 7, this is {docker.__version__}")
    from docker.models import containers, images, networks, volumes

    own = set(names())
    for prefix, kind in (
        ("client", docker.DockerClient),
        ("client.containers", containers.ContainerCollection),
        ("container", containers.Container),
        ("client.images", images.ImageCollection),
        ("image", images.Image),
        ("network", networks.Network),
        ("volume", volumes.Volume),
    ):
        public = {f"{prefix}.{name}" for name in dir(kind) if not name.startswith("_")}
        assert public - own <= {f"{prefix}.{name}" for name in ("model", "id_attribute")}, prefix
