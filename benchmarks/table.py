"""The measurements as one Markdown table: medians of what each round says, never of different rounds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import median

from benchmarks.jobs import CLIENTS, Goal, Job

__all__ = ["Costs", "Rounds", "markdown"]

Costs = Mapping[str, float]
"""wall and cpu in seconds, peak and growth in MiB."""
Rounds = Sequence[Mapping[str, Costs]]
"""For each round what each client cost."""


def markdown(results: Mapping[Job, Rounds]) -> str:
    """Write a row for each job, a column for each client that did one of them."""
    clients = [client for client in CLIENTS if any(client in rounds[0] for rounds in results.values())]
    lines = [f"| job (what 1 is) | {' | '.join(clients)} | goals |", f"|---|{'---|' * len(clients)}---|"]
    for job, rounds in results.items():
        base = base_of(job, rounds)
        cells = [_cell(job, rounds, client, base) for client in clients]
        lines.append(f"| {_title(job, rounds, base)} | {' | '.join(cells)} | {_goals(job, rounds)} |")
    return "\n".join(lines)


def base_of(job: Job, rounds: Rounds) -> str:
    """Return the client that counts as 1."""
    return job.base if job.base in rounds[0] else next(iter(rounds[0]))


def ratio(rounds: Rounds, measure: str, client: str, base: str) -> float:
    """Return how much more a client costs: the median of the rounds' ratios."""
    return median(costs[client][measure] / (costs[base][measure] or 1e-9) for costs in rounds)


def _cell(job: Job, rounds: Rounds, client: str, base: str) -> str:
    if client not in rounds[0]:
        return ""
    wall, cpu = (f"{ratio(rounds, measure, client, base):.2f}" for measure in ("wall", "cpu"))
    growth = f" +{_middle(rounds, client, 'growth'):.0f}" if any(goal.measure == "growth" for goal in job.goals) else ""
    return f"{wall} / {cpu} / {_middle(rounds, client, 'peak'):.0f}{growth}"


def _title(job: Job, rounds: Rounds, base: str) -> str:
    parts = job.size if job.calls else 1
    wall, cpu = (_seconds(_middle(rounds, base, measure) / parts) for measure in ("wall", "cpu"))
    return f"{job.title} ({base}: {wall}, cpu {cpu})"


def _goals(job: Job, rounds: Rounds) -> str:
    return "; ".join(_goal(goal, rounds) for goal in job.goals if {goal.client, goal.against} - {None} <= {*rounds[0]})


def _goal(goal: Goal, rounds: Rounds) -> str:
    if goal.against is None:
        reached, unit = _middle(rounds, goal.client, goal.measure), " MiB"
    else:
        reached, unit = ratio(rounds, goal.measure, goal.client, goal.against), f" of {goal.against}"
    mark = "✓" if reached <= goal.limit else "✗"
    return f"{mark} {goal.measure} {reached:.3g} ≤ {goal.limit:g}{unit}"


def _middle(rounds: Rounds, client: str, measure: str) -> float:
    return median(costs[client][measure] for costs in rounds)


def _seconds(value: float) -> str:
    return f"{value:.2f} s" if value >= 1 else f"{value * 1e3:.3g} ms"
