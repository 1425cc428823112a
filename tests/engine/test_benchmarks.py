"""The benchmarks run, in their smallest size: what they measure here means nothing."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.engine.conftest import Engine, Raw

CHECKOUT = Path(__file__).parents[2]


@pytest.mark.soak
def test_quick_benchmarks_print_a_table_and_leave_nothing(engine: Engine, raw: Raw) -> None:
    command = [sys.executable, "-m", "benchmarks", "--quick", "--engine", engine.url]
    command += ["--clients", "floor,pydock", "--jobs", "ping,logs"]
    done = subprocess.run(command, cwd=CHECKOUT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    head, line, *rows = done.stdout.partition("| job")[2].splitlines()
    assert head == " (what 1 is) | floor | pydock | goals |"
    assert line == "|---|---|---|---|"
    assert [row.split()[1] for row in rows] == ["ping", "logs,"]
    left = raw("GET", "/containers/json", all=True, filters={"label": ["pydock.benchmark=1"]})
    assert left == []
