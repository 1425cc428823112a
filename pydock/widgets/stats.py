"""`container.live_stats()`: what a container uses as curves: CPU, memory, network and disk.

Danger: a stopped container measures zeros, which are no use but the lack of one, and counters begin anew with each
start; neither may become a curve.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import NamedTuple

import anyio
from anyio.abc import TaskGroup

from pydock.display.leaf import code
from pydock.display.markup import Html, join, tag
from pydock.display.measures import memory, percent, size
from pydock.display.status import Status, of_container
from pydock.errors import ContainerNotFound
from pydock.models.containers import ContainerRef
from pydock.models.stats import Stats
from pydock.models.ungrouped import ungrouped
from pydock.widgets import pieces
from pydock.widgets.charts import Chart, Curve
from pydock.widgets.naming import named
from pydock.widgets.pieces import Box, Widget
from pydock.widgets.renderer import Renderer, assign
from pydock.widgets.view import View
from pydock.widgets.visibility import Timing

__all__ = ["Sample", "StatsPanel", "StatsView"]


class Sample(NamedTuple):
    """What was measured once; a list of them makes a table: `pandas.DataFrame(view.history)`. None is not known."""

    time: datetime
    cpu_percent: float | None
    """100 is one processor."""
    cpus: int | None
    """How many processors the host has."""
    memory: int | None
    """Bytes, without page cache."""
    memory_limit: int | None
    received: int | None
    """Bytes since the start, as the next three."""
    sent: int | None
    read: int | None
    written: int | None
    receiving: float | None
    """Bytes a second since the sample before, as the next three."""
    sending: float | None
    reading: float | None
    writing: float | None
    processes: int | None


class StatsPanel:
    """The use of one container, in a view; `.box` is the widget, `await run()` streams until it is cancelled.

    Made anew for another container. `history`: how many samples are kept, one each second.
    """

    def __init__(self, view: View, ref: ContainerRef, *, history: int = 120) -> None:
        self._view = view
        self._ref = ref
        self._window = float(max(history, 10))
        self._samples: deque[Sample] = deque(maxlen=max(history, 2))
        self._painter = Renderer(2, self.paint)
        self._still: Status | None = None
        self._body = pieces.html()
        self.box: Box = pieces.vbox(self._body, classes=["pd-stats"])
        self.paint()

    @property
    def history(self) -> list[Sample]:
        """What was measured while somebody looked, the newest last."""
        return list(self._samples)

    def aim(self, ref: ContainerRef) -> None:
        """Know it by another reference from now on: by its id, as names change."""
        self._ref = ref

    async def run(self) -> str:
        """Measure until cancelled; returns how the container ended if it does: "removed", "exited (0)"."""
        with ungrouped():
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(self._painter.run)
                try:
                    await self._measure()
                    container = await self._ref.inspect()
                    self._still = Status("removed") if container.status == "removing" else of_container(container)
                except ContainerNotFound:
                    self._still = Status("removed")
                self._painter.mark()
                tasks.cancel_scope.cancel()
        return self._still.word if self._still is not None else ""

    async def _measure(self) -> None:
        async with self._ref.follow_stats() as samples:
            async for sample in samples:
                self.take(sample)
                self._painter.mark()

    def take(self, stats: Stats) -> None:
        """Keep a sample, unless the container does not run."""
        if stats.read is None or stats.read.year < 2000 or not stats.cpu_stats.cpu_usage.total_usage:
            self._still = Status("it does not run: there is nothing to measure")
            return
        self._still = None
        self._samples.append(_sample(stats, stats.read, self._samples[-1] if self._samples else None))

    def paint(self) -> None:
        """Show what there is."""
        assign(self._body, self.html())

    def html(self) -> Html:
        """Return the four charts."""
        note = tag("p", self._still, role="status") if self._still is not None else Html("")
        if not self._samples:
            return note or tag("p", "Measuring; the first values take 2 seconds.", class_="pd-m")
        figures = tag("div", *(chart.html() for chart in self.charts()), class_="pd-figures")
        return join([figures, tag("p", self._count(), class_="pd-m"), note])

    def charts(self) -> list[Chart]:
        """Return the charts of what is kept."""
        newest = self._samples[-1]
        cpus, limit = newest.cpus, newest.memory_limit
        share = f"{percent(newest.memory / limit)} of {memory(limit)}" if limit and newest.memory is not None else ""
        network, disk = "not counted: it has no network of its own", "not counted on this host"
        return [
            self._chart(
                "CPU", _percent, {"": "cpu_percent"}, f"of {cpus} CPU{'' if cpus == 1 else 's'}" if cpus else ""
            ),
            replace(self._chart("Memory", memory, {"": "memory"}, share), thousand=1024),
            self._chart("Network", _rate, {"received": "receiving", "sent": "sending"}, unknown=network),
            self._chart("Disk", _rate, {"read": "reading", "written": "writing"}, unknown=disk),
        ]

    def _chart(
        self, title: str, said: Callable[[float], str], fields: dict[str, str], note: str = "", unknown: str = ""
    ) -> Chart:
        curves = [Curve(name, self._points(field)) for name, field in fields.items()]
        early = len(self._samples) < 2
        return Chart(title, curves, said, self._window, note, "in a second" if early or not unknown else unknown)

    def _points(self, field: str) -> list[tuple[float, float]]:
        now = self._samples[-1].time
        known = ((sample.time, getattr(sample, field)) for sample in self._samples)
        return [((now - time).total_seconds(), value) for time, value in known if value is not None]

    def _count(self) -> str:
        newest, count = self._samples[-1], len(self._samples)
        told = [f"measured at {newest.time.astimezone():%H:%M:%S}", f"{count} sample{'' if count == 1 else 's'}"]
        if newest.processes is not None:
            told.insert(0, f"{newest.processes} process{'' if newest.processes == 1 else 'es'}")
        if newest.received is not None:
            told.append(f"{size(newest.received)} received and {size(newest.sent)} sent in all")
        if newest.read is not None:
            told.append(f"{size(newest.read)} read and {size(newest.written)} written in all")
        return " · ".join(told)


class StatsView(View):
    """Shows what a container uses: `container.live_stats()`. The samples are in `view.history` for the next cell.

    ```python
    view = web.live_stats()
    view                                            # and in the next cell:
    pandas.DataFrame(view.history).plot("time", "cpu_percent")
    ```
    """

    def __init__(self, ref: ContainerRef, *, history: int = 120, timing: Timing | None = None) -> None:
        super().__init__(timing=timing)
        self.ref = ref
        self.title: str = f"Use of {named(ref)}"
        self._limit = history
        self._panel: StatsPanel | None = None

    @property
    def history(self) -> list[Sample]:
        """What was measured while somebody looked, the newest last."""
        return self._panel.history if self._panel else []

    def build(self) -> Sequence[Widget]:
        """Make the place for the charts."""
        self._panel = StatsPanel(self, self.ref, history=self._limit)
        return [self._panel.box]

    async def live(self, tasks: TaskGroup) -> None:  # noqa: ARG002 - the panel has its own
        """Measure until it is removed."""
        assert self._panel is not None  # noqa: S101 - build comes first
        container = await self.ref.inspect()
        self._panel.aim(container)
        self.title = f"Use of {container.name}"
        shown = [tag("span", self.title, class_="pd-title"), of_container(container), code(container.image)]
        self.heading(join(shown, " "))
        self.connected()
        self.end(await self._panel.run())

    def snapshot(self) -> tuple[Html, str]:
        """Return the charts as they are now."""
        head = tag("div", tag("span", self.title, class_="pd-title"), class_="pd-head")
        if self._panel is None or not self._panel.history:
            return head, self.title
        labels = [chart.label for chart in self._panel.charts()]
        return join([head, self._panel.html()]), "\n".join([self.title, *labels])


def _percent(value: float) -> str:
    return f"{value:.1f} %" if value < 100 else f"{value:.0f} %"


def _rate(value: float) -> str:
    return f"{size(value)}/s"


def _sample(stats: Stats, time: datetime, before: Sample | None) -> Sample:
    network, disk = stats.network, stats.block_io
    passed = (time - before.time).total_seconds() if before else 0.0

    def rate(now: int | None, then: int | None) -> float | None:
        if now is None or then is None or passed <= 0 or now < then:
            return None
        return (now - then) / passed

    return Sample(
        time, stats.cpu_percent, stats.cpu_stats.processors, stats.memory.used, stats.memory.limit,
        network.rx, network.tx, disk.read, disk.write,
        rate(network.rx, before and before.received), rate(network.tx, before and before.sent),
        rate(disk.read, before and before.read), rate(disk.write, before and before.written), stats.pids,
    )  # fmt: skip
