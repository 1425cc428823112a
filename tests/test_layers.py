"""The storeys of the house: transport ← api ← models ← client/widgets. Nothing points back."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "pydock"
LEAVES = {"errors", "config", "contexts"}
MAY_IMPORT = {
    "errors": set[str](),
    "config": {"errors"},
    "contexts": {"errors", "config"},
    "transport": LEAVES,
    "api": LEAVES | {"transport"},
    "display": set[str](),
    "console": {"errors"},
    "models": LEAVES | {"transport", "console", "api", "display"},
    "client": LEAVES | {"transport", "api", "models", "display", "widgets", "spawning"},
    "widgets": LEAVES | {"client", "models", "display", "transport", "api", "spawning"},
    "spawning": {"errors"},
    "testing": LEAVES | {"transport"},
    "__main__": {"client", "errors"},
    "__init__": LEAVES | {"client", "transport", "api", "models", "display"},
}
DOORS = {"models/live.py": {"widgets"}}
"""The one file that points back: verbs of models that open live views, imported when they are called."""
FILES = sorted(PACKAGE.rglob("*.py"))


def room_of(file: Path) -> str:
    return file.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imported_rooms(file: Path) -> set[str]:
    rooms: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text())):
        names: list[str] = []
        if isinstance(node, ast.ImportFrom) and node.module:
            assert node.level == 0, f"{file}: relative import"
            names = [node.module]
            if node.module == "pydock":
                names = [f"pydock.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        rooms |= {name.split(".")[1] for name in names if name.startswith("pydock.")}
    return rooms


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(PACKAGE)))
def test_a_room_imports_only_what_is_below_it(file: Path) -> None:
    room = room_of(file)
    allowed = MAY_IMPORT[room] | {room, "__version__"} | DOORS.get(file.relative_to(PACKAGE).as_posix(), set())
    assert imported_rooms(file) <= allowed
