"""The examples about images, registries, volumes and networks run, say what they promise and leave nothing."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.engine.conftest import Engine, Raw, Registry

EXAMPLES = Path(__file__).parents[2] / "examples"


def run(engine: Engine, name: str, *arguments: str, **environment: str) -> str:
    """Run an example as a person would, in a fresh interpreter; return what it printed."""
    done = subprocess.run(
        [sys.executable, "-W", "error", EXAMPLES / f"{name}.py", *arguments],
        env={**os.environ, "PYTHONPATH": str(EXAMPLES.parent), "DOCKER_HOST": engine.url, **environment},
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def left(raw: Raw) -> list[str]:
    """Name what an example forgot."""
    containers = [item["Image"] for item in raw("GET", "/containers/json", all=True)]
    networks = [item["Name"] for item in raw("GET", "/networks")]
    images = [tag for item in raw("GET", "/images/json") for tag in item["RepoTags"] or []]
    volumes = raw("GET", "/volumes", filters={"label": ["pydock.example"]})["Volumes"] or []
    return [name for name in [*containers, *networks, *images] if "pydock-example" in name] + volumes


def test_volume_backup(engine: Engine, raw: Raw) -> None:
    said = run(engine, "volume_backup")
    assert "says 'remember'" in said
    assert left(raw) == []


def test_two_networks(engine: Engine, raw: Raw) -> None:
    said = run(engine, "two_networks")
    assert "visitor → www: the-proxy" in said
    assert "proxy   → db:  the-database" in said
    assert "visitor → db:  nobody" in said
    assert "Let in, visitor → db: the-database" in said
    assert left(raw) == []


def test_clean_up(engine: Engine, raw: Raw) -> None:
    said = run(engine, "clean_up")
    would, gone, again = (said.split("\n")[number] for number in (1, 3, 5))
    assert would.split(":")[0] == gone.split(":")[0]
    assert "1 containers, 1 networks, 1 volumes" in gone
    assert "0 containers, 0 networks, 0 volumes, 0 images: 0B" in again
    assert left(raw) == []


def test_build_and_push(engine: Engine, raw: Raw, registry: Registry) -> None:
    said = run(engine, "build_and_push", registry.address)
    assert "COPY hello /hello" in said
    assert "It says: ['hello from the image', '1.0']" in said
    assert left(raw) == []


def test_private_registry(engine: Engine, raw: Raw, private_registry: Registry, tmp_path: Path) -> None:
    environment = {"REGISTRY_PASSWORD": private_registry.password, "DOCKER_CONFIG": str(tmp_path)}
    said = run(engine, "private_registry", private_registry.address, private_registry.username, **environment)
    lines = said.splitlines()
    assert lines[0].startswith("Without a login: ")
    assert lines[1].startswith("With a wrong password: ")
    assert lines[-2].startswith("Pulled ")
    assert lines[-1].startswith("Logged out: ")
    assert private_registry.password not in said
    assert list(tmp_path.iterdir()) == []
    assert left(raw) == []


@pytest.mark.parametrize("name", ["build_and_push", "private_registry"])
def test_without_arguments_they_say_how_they_are_run(name: str) -> None:
    done = subprocess.run(
        [sys.executable, EXAMPLES / f"{name}.py"],
        env={**os.environ, "PYTHONPATH": str(EXAMPLES.parent)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert f"python examples/{name}.py 127.0.0.1:5000" in done.stderr
