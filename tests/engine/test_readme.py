"""The README tells the truth: its tour is typed in, line by line, and the answers are held against what it prints.

`...` in an expected answer stands for what differs from day to day. Names are the README's, so one engine at a time.
"""

from __future__ import annotations

import ast
import contextlib
import doctest
import inspect
import io
import re
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import pydock
from pydock.testing import busybox_tar

if TYPE_CHECKING:
    from tests.engine.conftest import Engine, Registry

pytestmark = pytest.mark.anyio

README = (Path(__file__).parents[2] / "README.md").read_text()


@pytest.fixture
def namespace(docker: pydock.Docker) -> dict[str, Any]:
    """Give the names of a session in which `pydock.Docker()` is the engine under test."""
    return {"pydock": pydock, "docker": docker}


async def typed_in(example: doctest.Example, names: dict[str, Any]) -> str:
    """Run one prompt as `python -m asyncio` does, and return what it prints; the last line of a traceback."""
    printed = io.StringIO()
    mode = "eval" if isinstance(ast.parse(example.source).body[0], ast.Expr) else "exec"
    code = compile(example.source, "README.md", mode, flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    with contextlib.redirect_stdout(printed):
        try:
            value = eval(code, names)
            if inspect.isawaitable(value):
                value = await value
        except pydock.DockerError as error:
            return "".join(traceback.format_exception_only(error))
        if value is not None:
            print(repr(value))  # noqa: T201 - as the prompt does
    return printed.getvalue()


async def test_the_tour(engine: Engine, docker: pydock.Docker, registry: Registry, namespace: dict[str, Any]) -> None:
    if engine.podman or engine.containerd:
        pytest.skip("the README shows the words of an engine with its own image store")
    base = f"{registry.address}/busybox"
    await docker.images.import_(busybox_tar(), repository=base, tag="latest")
    await docker.images.push(base)
    readme = README.replace('"busybox"', f'"{base}"').replace("FROM busybox", f"FROM {base}")
    blocks = re.findall(r"```pycon\n(.*?)```", readme.replace("localhost:5000", registry.address), re.DOTALL)
    examples = [example for block in blocks for example in doctest.DocTestParser().get_examples(block)]
    assert len(examples) > 15
    flags = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
    try:
        for example in examples:
            if "pydock.Docker()" not in example.source:
                got = (await typed_in(example, namespace)).replace(base, "busybox")
                expected = (example.exc_msg or example.want).replace(registry.address, "localhost:5000")
                said = doctest.OutputChecker().check_output(
                    expected, got.replace(registry.address, "localhost:5000"), flags
                )
                assert said, f">>> {example.source}expected: {expected}got: {got}"
    finally:
        with contextlib.suppress(pydock.NotFound):
            await docker.containers["web"].remove(force=True)
        for container in await docker.containers.list(all=True, ancestor=f"{registry.address}/hello:1.0"):
            await container.remove()
        for name in (f"{registry.address}/hello:1.0", base):
            with contextlib.suppress(pydock.NotFound):
                await docker.images[name].remove(force=True)
