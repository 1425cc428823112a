"""A bar in the terminal for what takes long, drawn by rich, which is an extra.

Danger: rich would redraw from a thread of its own; here whoever has the bar calls `paint`.
"""

from __future__ import annotations

from datetime import timedelta
from types import TracebackType
from typing import Protocol, Self

from pydock.display.markup import clean
from pydock.display.measures import size

try:
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn
except ModuleNotFoundError as _error:
    raise ModuleNotFoundError(
        "A bar in the terminal needs rich: pip install 'pydock-engine[rich]'. Without it, iterate: "
        "async for event in progress: print(progress.fraction, event)",
        name="rich",
    ) from _error

__all__ = ["Job", "TerminalBar"]


class Job(Protocol):
    """What the bar reads of an operation."""

    what: str

    @property
    def fraction(self) -> float: ...  # noqa: D102
    @property
    def rate(self) -> float | None: ...  # noqa: D102
    @property
    def eta(self) -> timedelta | None: ...  # noqa: D102
    @property
    def current(self) -> int: ...  # noqa: D102
    @property
    def done(self) -> bool: ...  # noqa: D102


class TerminalBar:
    """One line: what is done, a bar, how much has come at which speed, and what is left."""

    def __init__(self, job: Job) -> None:
        self._job = job
        self._progress = Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            TaskProgressColumn(),
            TextColumn("{task.fields[facts]}", markup=False),
            auto_refresh=False,
        )
        self._task = self._progress.add_task(clean(job.what), total=1.0, facts="")

    def paint(self) -> None:
        """Draw how far it is now."""
        self._progress.update(self._task, completed=self._job.fraction, facts=facts(self._job), refresh=True)

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.paint()
        self._progress.stop()


def facts(job: Job) -> str:
    """Say how many bytes there were, how fast, and how long it will take."""
    rate, eta = job.rate, job.eta
    said = [size(job.current) if job.current else "", f"{size(rate)}/s" if rate else ""]
    if eta is not None and not job.done:
        minutes, seconds = divmod(round(eta.total_seconds()), 60)
        said.append(f"{minutes}:{seconds:02} left")
    return "  ".join(word for word in said if word)
