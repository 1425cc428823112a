"""A pull, push, build, load or import while it runs: a bar for each part, speed, what is left, and Cancel.

Danger: whoever looks away still wants the image, so it does not follow visibility; and the same operation may be
awaited by a cell meanwhile, so it is run once, here or there.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Self

import anyio
from anyio.abc import TaskGroup

from pydock.display.ansi import plain
from pydock.display.cards import card
from pydock.display.leaf import code
from pydock.display.markup import Html, clean, cut, escape, join, tag
from pydock.display.measures import percent, size, span
from pydock.display.pane import Line, Pane
from pydock.display.status import Kind, Status
from pydock.errors import StreamError
from pydock.models.progress import BuildStep, LayerProgress, Progress
from pydock.widgets import pieces
from pydock.widgets.home import Home
from pydock.widgets.phase import Phase
from pydock.widgets.pieces import Widget
from pydock.widgets.renderer import assign
from pydock.widgets.view import Job

__all__ = ["ProgressView"]

_ROWS = 40
_LINES = 12
_HZ = 8
_SAID: dict[str, tuple[str, Kind]] = {
    "connecting": ("starting", "busy"),
    "live": ("working", "busy"),
    "ended": ("done", "good"),
    "error": ("failed", "bad"),
}


class ProgressView(Job):
    """Runs an operation and shows how far it is. `await` the operation itself for its result."""

    def __init__(self, progress: Progress[Any]) -> None:
        super().__init__()
        self.progress = progress
        self.title: str = progress.what
        self._body = pieces.html()
        self._stop = pieces.button("Cancel", tooltip=f"Cancel: {clean(cut(progress.what, 100))}", icon="times")
        self._painter = self.renderer(self._paint, hz=_HZ)

    @classmethod
    def maybe(cls, progress: Progress[Any]) -> Self | None:
        """Return a view where one can live and there is something to see; else None, and what is known is enough.

        Raises `WrongLoop` under trio and `MissingExtra` without ipywidgets.
        """
        over = progress.done or progress.error is not None
        return None if over or Home.maybe() is None else cls(progress)

    def mimebundle(self, include: Sequence[str] | None, exclude: Sequence[str] | None) -> dict[str, Any]:
        """Return what the cell shows when it ends with the operation itself."""
        return self._repr_mimebundle_(include, exclude)

    def build(self) -> Sequence[Widget]:
        """Make one place for all the bars."""
        self.on(self._stop, self._pressed)
        self._paint()
        return [self._body]

    async def live(self, tasks: TaskGroup) -> None:
        """Run the operation, or watch while somebody else does."""
        self.connected()
        tasks.start_soon(self._tick)
        if self.progress.running:
            while self.progress.running:  # noqa: ASYNC110 - a person watches no faster
                await anyio.sleep(1 / _HZ)
        if self.progress.error is not None:  # raised where it was awaited
            raise StreamError(self.progress.error)
        if not self.progress.done:
            await self.progress

    async def _tick(self) -> None:
        while True:
            self._painter.mark()
            await anyio.sleep(1 / _HZ)

    def cancel(self) -> None:
        """Cancel the operation, wherever it is awaited; the daemon stops."""
        self._at_home().call(self._pressed)

    async def _pressed(self) -> None:
        super().cancel()  # first: it is no failure of the view
        await self.progress.cancel()

    def alert(self, problem: str | Exception | None) -> None:
        """Show an error without the colours of the program that failed."""
        super().alert(None if problem is None else plain(str(problem)))

    def snapshot(self) -> tuple[Html, str]:
        """Return what is known of it."""
        shown = card(self.progress)
        return shown.html(), shown.text()

    def show_phase(self, phase: Phase) -> None:
        """Become another phase, in the words of a job."""
        super().show_phase(phase)
        word, kind = _SAID.get(phase.word, (phase.word, phase.kind))
        if self._phase_box is not None:
            assign(self._phase_box, tag("span", Status(word, kind), class_="pd-phase", role="status"))
            self.root.remove_class("pd-stale")  # what has ended is no older for it
            pieces.show(self._stop, phase.word in {"idle", "connecting", "live"})
            self._paint()

    def _controls(self) -> Sequence[Widget]:
        return [self._stop]

    def _paint(self) -> None:
        broken = self.phase.word in {"error", "cancelled"}
        assign(self._body, painted(self.progress, broken=broken))


def painted(progress: Progress[Any], *, broken: bool = False) -> Html:
    """Draw a bar for the whole and one for each part; what is `broken` goes no further."""
    kind = "bad" if broken else "good" if progress.done else ""
    parts: Sequence[LayerProgress | BuildStep] = progress.steps or progress.layers
    shown = _most_telling(parts)
    rows = [_row(part, broken=broken) for part in shown]
    hidden = len(parts) - len(shown)
    whole = _bar(progress.fraction, progress.what, kind, width="min(100%,420px)")
    return join([
        tag("p", whole, " ", _sums(progress, broken=broken)),
        tag("div", tag("table", tag("tbody", *rows), aria_label="progress"), class_="pd-scroll") if rows else "",
        tag("p", f"… {hidden} more that are done", class_="pd-m") if hidden else "",
        Pane([Line(line) for line in _tail(progress)], "output of the build") if progress.steps else "",
        tag("p", "For its result, ", tag("code", "await"), " the same object.", class_="pd-m") if progress.done else "",
    ])  # fmt: skip


def _sums(progress: Progress[Any], *, broken: bool) -> Html:
    moved, total, rate, eta = progress.current, progress.total, progress.rate, progress.eta
    words = [tag("b", percent(progress.fraction))]
    if total:
        words.append(escape(f"{size(moved)} of {size(total)}"))
    if rate is not None:
        words.append(escape(f"{size(rate)}/s"))
    if progress.done or broken:
        words.append(escape(f"{'stopped after' if broken else 'in'} {span(progress.elapsed)}"))
    elif eta is not None:
        words.append(escape(f"{_whole(eta)} left"))
    return join(words, " · ")


def _whole(length: timedelta) -> str:
    """Write whole seconds: tenths of a guess only flicker."""
    return span(max(round(length.total_seconds()), 1))


def _most_telling(parts: Sequence[LayerProgress | BuildStep]) -> Sequence[LayerProgress | BuildStep]:
    """Leave out what is done where there are too many, in their order."""
    spare = max(len(parts) - _ROWS, 0)
    kept: list[LayerProgress | BuildStep] = []
    for part in parts:
        if spare and part.done:
            spare -= 1
        else:
            kept.append(part)
    return kept[:_ROWS]


def _row(part: LayerProgress | BuildStep, *, broken: bool) -> Html:
    layer = part if isinstance(part, LayerProgress) else None
    share = 1.0 if part.done else layer.current / layer.total if layer and layer.total else 0.0
    kind = "good" if part.done else "bad" if broken else ""
    failed = tag("span", " · it stopped here", class_="pd-is-bad") if broken and not part.done else ""
    amount = f"{size(layer.current)} / {size(layer.total)}" if layer and layer.total else ""
    if layer and part.done:
        amount = size(layer.total or None, none="")
    status = part.status if layer else tag("code", cut(part.status, 120))
    return tag(
        "tr",
        tag("td", code(part.id)),
        tag("td", _bar(share, f"{part.id} {cut(part.status, 80)}", kind)),
        tag("td", status, failed),
        tag("td", amount, class_="pd-r pd-m"),
    )


def _bar(share: float, label: str, kind: str, *, width: str = "200px") -> Html:
    """Draw a bar that screen readers read, too."""
    share = min(max(share, 0.0), 1.0)
    filled = tag("i", class_=f"pd-fill pd-{kind}" if kind else "pd-fill", style=f"left:0;width:{share:.1%}")
    return tag(
        "span", filled, class_="pd-bar", style=f"width:{width}", role="progressbar", aria_label=label,
        aria_valuenow=f"{share * 100:.0f}", aria_valuemin=0, aria_valuemax=100,
    )  # fmt: skip


def _tail(progress: Progress[Any]) -> Sequence[str]:
    """Return the last lines of a build's output."""
    text = "".join(event.stream for event in progress.events[-200:])
    return [line for line in text.splitlines() if line.strip()][-_LINES:]
