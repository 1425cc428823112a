"""What type checkers see: mypy's `reveal_type` of the main calls."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

EXPECTED = {
    "await docker.containers.run('busybox')": "RunResult",
    "await docker.containers.run_detached('busybox', memory='64m')": "Container",
    "await docker.containers.list(all=True)": "Listing[pydock.models.containers.ref.ContainerSummary]",
    "(await docker.containers.list())[0].status": "ContainerStatus",
    "docker.containers['web']": "ContainerRef",
    "await (await docker.containers.get('web')).stop(grace=3)": "Container",
    "(await docker.containers.get('web')).state.health": "Health | None",
    "await docker.containers['web'].exec(['ls'])": "ExecResult",
    "(await docker.containers['web'].logs())[0]": "LogLine",
    "await docker.containers['web'].wait()": "WaitResult",
    "docker.images.pull('busybox')": "Progress[pydock.models.image_ref.Image]",
    "await docker.images.pull('busybox')": "Image",
    "await docker.images['busybox'].history()": "Listing[pydock.models.image_data.HistoryLayer]",
    "await docker.version()": "SystemVersion",
    "(await docker.info()).containers_running": "int",
}


def test_the_types_that_people_see(tmp_path: Path) -> None:
    lines = [f"    reveal_type({call})" for call in EXPECTED]
    program = tmp_path / "program.py"
    program.write_text("\n".join(["import pydock", "async def main(docker: pydock.Docker) -> None:", *lines, ""]))
    command = [sys.executable, "-m", "mypy", "--strict", "--no-incremental", "--follow-imports=silent", str(program)]
    told = subprocess.run(command, capture_output=True, text=True, cwd=Path(__file__).parents[2])
    revealed = re.findall(r'Revealed type is "(.*)"', told.stdout)
    named = [re.sub(r"^tuple\[.*fallback=(.*)\]$", r"\1", one) for one in revealed]  # a NamedTuple
    short = [re.sub(r"^(?:\w+\.)+", "", one) for one in named]
    assert short == list(EXPECTED.values()), told.stdout + told.stderr


def test_a_wrong_option_is_a_type_error(tmp_path: Path) -> None:
    program = tmp_path / "program.py"
    program.write_text(
        "import pydock\n"
        "async def main(docker: pydock.Docker) -> None:\n"
        "    await docker.containers.run('busybox', memry='64m')\n"
    )
    command = [sys.executable, "-m", "mypy", "--strict", "--no-incremental", "--follow-imports=silent", str(program)]
    told = subprocess.run(command, capture_output=True, text=True, cwd=Path(__file__).parents[2])
    assert 'Unexpected keyword argument "memry"' in told.stdout
