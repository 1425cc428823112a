"""The benchmarks' arithmetic: ratios within a round, then their median."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.clock import Clock
from benchmarks.jobs import CLIENTS, JOBS, Goal, Job
from benchmarks.table import Costs, markdown

CHECKOUT = Path(__file__).parents[2]
JOB = Job(
    "ping", "ping", 10, 1, "floor", (Goal("pydock", "wall", 2.5, "floor"), Goal("pydock", "peak", 29)), calls=True
)


def costs(wall: float, *, peak: float = 10) -> Costs:
    return {"wall": wall, "cpu": wall / 2, "peak": peak, "growth": 1}


ROUNDS = [
    {"floor": costs(0.1), "pydock": costs(0.3, peak=30)},
    {"floor": costs(10), "pydock": costs(20, peak=30)},  # a busy machine: all of the round is slow
    {"floor": costs(0.1), "pydock": costs(0.2, peak=30)},
]


def test_a_ratio_is_the_median_of_the_rounds() -> None:
    row = markdown({JOB: ROUNDS}).splitlines()[-1]
    assert "| ping (floor: 10 ms, cpu 5 ms) | 1.00 / 1.00 / 10 | 2.00 / 2.00 / 30 |" in row


def test_goals_are_held_against_the_ratios() -> None:
    row = markdown({JOB: ROUNDS}).splitlines()[-1]
    assert row.endswith("| ✓ wall 2 ≤ 2.5 of floor; ✗ peak 30 ≤ 29 MiB |")


def test_a_client_that_does_not_do_a_job_has_an_empty_cell() -> None:
    other = replace(JOB, name="cold", goals=())
    rows = markdown({JOB: ROUNDS, other: [{"curl": costs(1)}]}).splitlines()
    assert rows[0] == "| job (what 1 is) | floor | pydock | curl | goals |"
    assert rows[-1] == "| ping (curl: 100 ms, cpu 50 ms) |  |  | 1.00 / 1.00 / 10 |  |"


def test_a_growth_is_shown_where_it_has_a_goal() -> None:
    growing = replace(JOB, goals=(Goal("pydock", "growth", 64),))
    row = markdown({growing: ROUNDS}).splitlines()[-1]
    assert row.endswith("| 1.00 / 1.00 / 10 +1 | 2.00 / 2.00 / 30 +1 | ✓ growth 1 ≤ 64 MiB |")


def test_each_goal_names_clients_that_there_are() -> None:
    named = {name for job in JOBS for goal in job.goals for name in (goal.client, goal.against or job.base)}
    assert named <= set(CLIENTS)


def test_the_clock_measures_the_process_that_works() -> None:
    clock = Clock()
    with clock:
        held = bytearray(64 << 20)
    assert len(held) == 64 << 20
    assert 60 < clock.growth < 80
    command = Clock()
    command.run([sys.executable, "-c", "held = bytearray(64 << 20)\nfor i in range(10**6): pass"])
    assert 0 < command.cpu <= command.wall * 2
    assert command.peak < 120


def test_a_command_that_fails_is_no_measurement() -> None:
    with pytest.raises(RuntimeError, match="failed with 1"):
        Clock().run(["false"])


def test_unknown_jobs_are_named() -> None:
    command = [sys.executable, "-m", "benchmarks", "--jobs", "pong"]
    done = subprocess.run(command, cwd=CHECKOUT, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "pong: unknown; there are ping, inspect" in done.stderr
