"""`.dockerignore`: the recorded vectors of the CLI and the builders, and what the walker makes of them."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pydock.errors import InvalidArgument
from pydock.models.files import packing
from pydock.models.files.ignore import IgnoreFile

VECTORS = Path(__file__).parents[3] / "shared/facts/engine-api/dockerignore-vectors.json"


def _vectors() -> dict[str, Any]:
    if not VECTORS.exists():
        pytest.skip("the recorded .dockerignore vectors are not beside this checkout")
    loaded: dict[str, Any] = json.loads(VECTORS.read_text())
    return loaded


def _kept(ignore: IgnoreFile, files: Iterable[str]) -> list[str]:
    return sorted(name for name in files if not ignore.matches(name))


@pytest.mark.row(43)
def test_every_recorded_vector_keeps_what_buildkit_keeps() -> None:
    loaded = _vectors()
    plain = [v for v in loaded["vectors"] if " -f " not in v["note"]]
    assert len(plain) > 40
    for vector in plain:
        files = [name for name in loaded["tree"] if not name.endswith("/")]
        if vector["patterns"] is None:
            files.remove(".dockerignore")
        expected = vector["buildkit_image"]
        if isinstance(expected, str):
            with pytest.raises(InvalidArgument, match="pattern"):
                IgnoreFile.parse(vector["patterns"])
            continue
        assert _kept(IgnoreFile.parse(vector["patterns"] or ""), files) == sorted(expected), vector


@pytest.mark.row(43)
def test_every_row_of_the_recorded_table_holds() -> None:
    files = [name for name in _vectors()["tree"] if not name.endswith("/")]
    text = (VECTORS.parent / "config.md").read_text()
    rows = [row for row in map(_table_row, text.splitlines()) if row is not None]
    assert len(rows) == 66  # 70 but the two without patterns and the two about named ignore files
    for pattern, said in rows:
        if said.startswith("ERROR"):
            with pytest.raises(InvalidArgument):
                IgnoreFile.parse(pattern)
            continue
        ignore = IgnoreFile.parse(pattern)
        said = said.rpartition("BuildKit image: ")[2]
        keeps = said.removeprefix("keeps only: ") if said.startswith("keeps") else None
        expected = set((keeps or said).split(", ")) - {"-", "keeps nothing"}
        found = {name for name in files if ignore.matches(name) is (keeps is None)}
        assert found == expected, (pattern, said)


def _table_row(line: str) -> tuple[str, str] | None:
    cells = [cell.strip() for cell in line.split(" | ")]
    if len(cells) != 4 or not cells[1].startswith("`") or not cells[1].endswith("⏎`"):
        return None
    if "named ignore file" in cells[3] or "excluded -f file" in cells[3]:
        return None
    pattern = line.split(" | ")[1].strip()[1:-1]
    return pattern.replace("⏎", "\n").replace("␍", "\r").replace("<BOM>", "\ufeff"), cells[2]


@pytest.mark.parametrize(
    ("text", "path", "out"),
    [
        ("foo[^x]x.txt", "foo/x.txt", True),  # a class crosses a slash
        ("[*]oo", "foo", False),
        ("a.b", "axb", False),
        ("a+(b)$|{c}*", "a+(b)$|{c}d", True),
        ("foo/**", "foo", False),
        ("foo/**", "foo/a/b", True),
        ("**foo", "x/barfoo", True),
        ("**/foo", "x/barfoo", False),
        ("a**b", "axxb", False),  # `**` in the middle takes whole folders only
        ("a**b", "axx/b", True),
        ("foo/**/bar", "foo/bar", True),
        ("\\*", "*", True),
        ("\\*", "a", False),
        ("**/x.txt\n!foo", "foo/x.txt", True),  # foo was not excluded, so the `!` line is not remembered
        ("**/x.txt\n!foo/**", "foo/x.txt", False),
        ("foo\n!foo", "foo/x.txt", False),
        ("a\u00e9*", "a\u00e9\u00e8", True),
        ("\u2003foo\u00a0", "foo", True),
        ("a b", "a b", True),
        ("*", ".", False),
        ("fa /", "fa", True),
        ("v\\d", "v1", True),
    ],
)
def test_a_path_is_left_out_as_by_the_cli(text: str, path: str, out: bool) -> None:
    assert IgnoreFile.parse(text).matches(path) is out


@pytest.mark.parametrize("pattern", ["[", "a[", "[]", "[^]", "[a-]", "[-a]", "a\\", "[b-a]", "x/[", "!["])
def test_a_malformed_pattern_is_named(pattern: str) -> None:
    with pytest.raises(InvalidArgument, match="syntax error in pattern") as caught:
        IgnoreFile.parse(f"ok\n{pattern}\n")
    assert pattern.removeprefix("!") in str(caught.value)


@pytest.mark.parametrize("pattern", ["!", "! ", "!/", "  !"])
def test_a_bare_exclamation_mark_is_refused(pattern: str) -> None:
    with pytest.raises(InvalidArgument, match="illegal exclusion pattern"):
        IgnoreFile.parse(pattern)


@pytest.mark.parametrize(
    ("text", "directory", "closed"),
    [
        ("node_modules", "node_modules", True),
        ("node_modules", "src", False),
        ("*\n!src/keep", "node_modules", True),
        ("*\n!src/keep", "src", False),
        ("*\n!src/keep", "src/other", True),
        ("*\n!**/*.md", "anything", False),
        ("!a/b\na", "a", True),  # the later line wins for all inside
        ("a\n!a/*/c", "a/x", False),
        ("a\n!a/*/c", "a/x/y", True),
        ("a\n!a[/]b", "a", False),
    ],
)
def test_a_folder_is_pruned_when_nothing_inside_can_come_back(text: str, directory: str, closed: bool) -> None:
    assert IgnoreFile.parse(text).prunes(directory) is closed


def test_an_exception_keeps_one_path_and_opens_its_folders() -> None:
    ignore = IgnoreFile.parse("*").excepting("docker/[web]")
    assert not ignore.matches("docker/[web]")
    assert ignore.matches("docker/w")
    assert not ignore.prunes("docker")
    assert ignore.prunes("other")


_PART = st.sampled_from(["a", "b", "*", "**", "a*", "?", "[ab]", "[^a]"])
_LINE = st.tuples(st.sampled_from(["", "", "!"]), st.lists(_PART, min_size=1, max_size=3)).map(
    lambda line: line[0] + "/".join(line[1])
)
_NAMES = ["a", "b", "ab", "ba"]
_PATHS = [*_NAMES, *(f"{x}/{y}" for x in _NAMES for y in _NAMES)] + [
    f"{x}/{y}/{z}" for x in _NAMES for y in _NAMES for z in _NAMES
]


@settings(max_examples=300, deadline=None)
@given(st.lists(_LINE, min_size=1, max_size=4))
def test_pruning_never_changes_the_result(lines: list[str]) -> None:
    ignore = IgnoreFile(lines)
    for directory in _PATHS[:20]:
        if ignore.prunes(directory):
            inside = [path for path in _PATHS if path.startswith(directory + "/")]
            assert all(ignore.matches(path) for path in inside), (lines, directory)


@pytest.mark.row(43)
def test_a_closed_folder_is_never_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("node_modules/a/b", "src/deep"):
        (tmp_path / name).mkdir(parents=True)
        (tmp_path / name / "file").touch()
    opened: list[str] = []
    scandir = os.scandir

    def watching(path: str) -> Any:
        opened.append(os.path.relpath(path, tmp_path))
        return scandir(path)

    monkeypatch.setattr(os, "scandir", watching)
    names = [found.name for found in packing.walk(str(tmp_path), IgnoreFile(["node_modules"]))]
    assert names == ["src", "src/deep", "src/deep/file"]
    assert opened == [".", "src", "src/deep"]
