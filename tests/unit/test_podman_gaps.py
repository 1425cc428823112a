"""What podman lacks stands once: in the table of the engine tests, told to users, and used by a test."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

pytestmark = pytest.mark.row(76)


def gaps() -> dict[str, str]:
    tree = ast.parse((ROOT / "tests" / "engine" / "conftest.py").read_text())
    for node in tree.body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "PODMAN_GAPS":
            found: dict[str, str] = ast.literal_eval(node.value)
            return found
    raise AssertionError("tests/engine/conftest.py has no PODMAN_GAPS")


def test_users_are_told_the_same() -> None:
    page = (ROOT / "docs" / "podman.md").read_text()
    assert dict(re.findall(r"^\| ([a-z-]+) \| (.+) \|$", page, re.MULTILINE)) == {"gap": "what happens"} | gaps()


@pytest.mark.parametrize("gap", gaps())
def test_each_is_shown_by_a_test(gap: str) -> None:
    files = (ROOT / "tests" / "engine").glob("test_*.py")
    assert any(re.search(rf'(podman_gap|lacks)\("{gap}"\)', file.read_text()) for file in files)
