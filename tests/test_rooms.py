"""Each thing in its room: sockets below, paths in api, widgets in widgets, one word for one place."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "pydock"
HOMES = {
    "httpx": ("transport", "client.py"),
    "httpcore": (),
    "socket": ("transport", "testing"),
    "ssl": ("transport",),
    "ipywidgets": ("widgets",),
    "IPython": ("widgets",),
    "asyncio": ("widgets", "spawning.py"),
    "threading": ("testing", "widgets"),  # widgets start none: they ask which one they are called in
}
ROUTE = re.compile(r"^/(containers|images|networks|volumes|exec|system|build|events|info|version|_ping)\b")
FILES = sorted(PACKAGE.rglob("*.py"))


def imports(tree: ast.AST) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module.split(".")[0])
    return found


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(PACKAGE)))
def test_modules_are_used_in_their_rooms_only(file: Path) -> None:
    place = file.relative_to(PACKAGE).parts[0]
    for module in imports(ast.parse(file.read_text())) & HOMES.keys():
        assert place in HOMES[module], f"{module} has no business in {place}"


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(PACKAGE)))
def test_paths_are_written_in_api_only(file: Path) -> None:
    place = file.relative_to(PACKAGE).parts[0]
    if place in {"api", "testing"} or file.name == "engine.py":
        return
    literals = [
        node.value
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    ]
    assert [text for text in literals if ROUTE.match(text)] == []


def test_importing_pydock_is_light() -> None:
    program = (
        "import sys, pydock; "
        "heavy = {'pydantic', 'httpx', 'ipywidgets', 'IPython', 'asyncio.base_events', 'pydock.models.containers'}; "
        "print(sorted(heavy & set(sys.modules)))"
    )
    found = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"
