"""Every notebook runs from top to bottom against an engine, and its saved outputs read well where no widget can live.

PYDOCK_WRITE_NOTEBOOKS=1 saves the outputs: without live widgets, times and this machine's names.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.browser.conftest import Lab
    from tests.engine.conftest import Raw

NOTEBOOKS = sorted((Path(__file__).parents[2] / "notebooks").glob("*.ipynb"))
WIDGET = "application/vnd.jupyter.widget-view+json"
MACHINE = re.compile(r"unix://|/tmp/\w|/var/(?!lib/docker/)\w+/\w")
DATA = re.compile(r"/[\w./-]+?/(volumes|containers|overlay2)\b")


def test_there_are_notebooks() -> None:
    assert [each.stem[:2] for each in NOTEBOOKS] == ["01", "02", "03", "04", "05", "06"]


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda each: each.stem)
def test_it_runs_and_leaves_nothing(notebook: Path, lab: Lab, raw: Raw, tmp_path: Path) -> None:
    command = [
        *(sys.executable, "-m", "nbconvert", "--execute", "--to", "notebook", str(notebook)),
        *("--ExecutePreprocessor.store_widget_state=False", "--ExecutePreprocessor.timeout=120"),
        *(f"--output-dir={tmp_path}", "--output=done"),
    ]
    done = subprocess.run(command, env=os.environ | lab.environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    mine = {"label": ["pydock.notebook"]}
    assert not raw("GET", "/containers/json", all=True, filters=mine)
    assert not raw("GET", "/networks", filters=mine)
    assert not raw("GET", "/volumes", filters=mine)["Volumes"]
    assert "pydock-notebook" not in json.dumps([each["RepoTags"] for each in raw("GET", "/images/json")])
    executed: dict[str, Any] = json.loads((tmp_path / "done.ipynb").read_text())
    for output in outputs(executed):
        assert output["output_type"] != "error"
        assert output.get("name") != "stderr", output
    if os.environ.get("PYDOCK_WRITE_NOTEBOOKS") == "1":
        write(notebook, executed)


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda each: each.stem)
def test_what_is_saved_is_static(notebook: Path) -> None:
    saved: dict[str, Any] = json.loads(notebook.read_text())
    assert "widgets" not in saved["metadata"]
    assert any(True for _ in outputs(saved)), "run it: PYDOCK_WRITE_NOTEBOOKS=1"
    for output in outputs(saved):
        assert WIDGET not in output.get("data", {})
    assert not MACHINE.search(notebook.read_text())
    assert notebook.stat().st_size < 300_000


def outputs(notebook: dict[str, Any]) -> list[dict[str, Any]]:
    return [output for cell in notebook["cells"] for output in cell.get("outputs", [])]


def write(place: Path, executed: dict[str, Any]) -> None:
    """Save it without live widgets, times and what else differs from one machine to the next."""
    executed["metadata"] = json.loads(place.read_text())["metadata"]
    for cell in executed["cells"]:
        cell["metadata"] = {}
        for output in cell.get("outputs", []):
            output.get("data", {}).pop(WIDGET, None)
    text = json.dumps(executed, indent=1, ensure_ascii=False)
    place.write_text(DATA.sub(r"/var/lib/docker/\1", text) + "\n")
