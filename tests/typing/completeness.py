"""What type checkers of our users see is complete: no public name without a type.

A stage of its own, for it takes pyright a minute: `pytest tests/typing/completeness.py`. Its name keeps others away.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
BEYOND_US = {"pydock.transport.httpx_bridge.EngineTransport"}
"""pyright does not know the classes of httpx when it verifies a package that derives from them."""


@pytest.mark.row(3)
@pytest.mark.timeout(600)
def test_every_public_name_has_a_type() -> None:
    command = [sys.executable, "-m", "pyright", "--verifytypes", "pydock", "--ignoreexternal", "--outputjson"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}  # pyright finds no editable installs
    told = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, env=environment)
    symbols = json.loads(told.stdout)["typeCompleteness"]["symbols"]
    assert len(symbols) > 1000
    unknown = {one["name"]: reasons(one) for one in symbols if one["isExported"] and not one["isTypeKnown"]}
    assert unknown.keys() - BEYOND_US == set(), json.dumps(unknown, indent=2)
    assert unknown.keys() == BEYOND_US


def reasons(symbol: dict[str, list[dict[str, str]]]) -> list[str]:
    return [one["message"] for one in symbol.get("diagnostics", [])]
