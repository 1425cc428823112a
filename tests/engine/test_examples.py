"""Every example runs on every engine, prints what it promises and leaves nothing behind.

A new example is one line in `SAYS`: its name and texts that must be in its output.
"""

from __future__ import annotations

import importlib.util
from collections.abc import AsyncGenerator
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

import pytest

import pydock

if TYPE_CHECKING:
    from tests.engine.conftest import Engine, Raw

pytestmark = pytest.mark.anyio

EXAMPLES = Path(__file__).parents[2] / "examples"
SAYS = {
    "copy_files": ["one.txt, two.txt", "14 bytes", "this is three", "all, one.txt, three.txt, two.txt"],
    "exec_stdin": ["['pear', 'fig', 'apple']", "1000000", "b'/tmp\\n' and b'oops\\n', exit code 7", "No such file"],
    "follow_events": ["start", "die"],
    "health_wait": ["is running, its health is healthy", "'hello'", "no configuration"],
    "jobs_service": ["→ 81", "long jobs, cancelled", "0 containers are left"],
    "stats_table": ["busy", "64MiB"],
}
"""Examples whose `main` takes one daemon, and what they must say."""
NOT_ON_PODMAN = {"health_wait": "podman leaves health checks to systemd's timers, and there is no systemd here"}


def example(name: str) -> ModuleType:
    """Load an example from its file, as `python examples/name.py` would."""
    spec = importlib.util.spec_from_file_location(f"example_{name}", EXAMPLES / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def left(raw: Raw, name: str) -> list[object]:
    chosen = {"label": [f"pydock.example={name}"]}
    return [
        *raw("GET", "/containers/json", all=True, filters=chosen),
        *raw("GET", "/networks", filters=chosen),
        *(raw("GET", "/volumes", filters=chosen)["Volumes"] or []),
    ]


@pytest.mark.parametrize("name", SAYS)
async def test_example(
    docker: pydock.Docker, engine: Engine, raw: Raw, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    if engine.podman and name in NOT_ON_PODMAN:
        pytest.skip(NOT_ON_PODMAN[name])
    await example(name).main(docker)
    printed = capsys.readouterr().out
    for text in SAYS[name]:
        assert text in printed
    assert left(raw, name) == []


@pytest.fixture
async def other(engine: Engine, anyio_backend: str) -> AsyncGenerator[pydock.Docker]:
    """Give a second client: the same daemon is a second one as far as the example is concerned."""
    async with pydock.Docker(engine.url) as client:
        yield client


async def test_two_daemons(
    docker: pydock.Docker, other: pydock.Docker, raw: Raw, capsys: pytest.CaptureFixture[str]
) -> None:
    await example("two_daemons").main(docker, other)
    printed = capsys.readouterr().out
    assert "added up on two: 500500" in printed
    assert left(raw, "two_daemons") == []
