"""`container.live_logs()`: what a container prints, as it prints it: followed, searched, stopped to be read.

Danger: a program may print more than any page can take, so all is kept here up to a limit, and the page gets the last
lines eight times a second; and markup that is replaced loses its place, so "Follow" off replaces nothing.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Iterable, Sequence

import anyio
from anyio.abc import TaskGroup

from pydock.display.leaf import code
from pydock.display.markup import Html, join, tag
from pydock.display.pane import Line as Shown
from pydock.display.pane import Pane
from pydock.display.status import Status, of_container
from pydock.errors import ContainerNotFound
from pydock.models.containers import Container, ContainerRef
from pydock.models.logs import Logs
from pydock.models.ungrouped import ungrouped
from pydock.models.units import Moment
from pydock.transport.frames import Frame, Line, lines_of
from pydock.widgets import pieces
from pydock.widgets.log_lines import Look, Pattern, pane, pattern_of, said
from pydock.widgets.log_source import KEPT, LogSource
from pydock.widgets.naming import named
from pydock.widgets.pieces import Box, Widget
from pydock.widgets.renderer import Renderer, assign
from pydock.widgets.view import View
from pydock.widgets.visibility import Timing

__all__ = ["LogsPanel", "LogsView"]

_AGAIN = 0.5
"""Seconds until a log that ended although its container runs is opened again."""
_SPANS = [("Last minute", "1m"), ("Last 10 minutes", "10m"), ("Last hour", "1h"), ("Last day", "24h"), ("All", "")]


class LogsPanel:
    """The log of one container, in a view; `.box` is the widget, `await run()` streams until it is cancelled.

    Made anew for another container. `tail` lines are read first (None: all), from `since` on.
    """

    def __init__(
        self,
        view: View,
        ref: ContainerRef,
        *,
        tail: int | None = 500,
        since: Moment | None = None,
        timestamps: bool = False,
        follow: bool = True,
    ) -> None:
        self._view = view
        self._ref = ref
        self._first = (tail, since)
        self._source = LogSource(ref, tail=tail, since=since)
        self._painter = Renderer(8, self._paint)
        self._scope: anyio.CancelScope | None = None
        self._pattern: Pattern | None = None
        self._found: deque[Line] = deque(maxlen=KEPT)
        self._end: Status | None = None
        self._stopped_at = 0
        self._still_begins = 0.0
        self._words = pieces.text("Find in the log", placeholder="find …")
        self._follow = pieces.checkbox("Follow", value=follow, tooltip="Off: what is shown stays, to be read")
        self._times = pieces.checkbox("Times", value=timestamps, tooltip="When the daemon got each line")
        begin = "As asked" if since is not None else f"Last {tail} lines" if tail is not None else "From the beginning"
        self._since = pieces.dropdown("Since when", [(begin, "first"), *_SPANS], value="first")
        self._pane = pieces.html()
        self._foot = pieces.html()
        row = pieces.hbox(self._words, self._follow, self._times, self._since, classes=["pd-row", "pd-wide"])
        self.box: Box = pieces.vbox(row, self._pane, self._foot, classes=["pd-logs"])
        view.on(self._words, self._look)
        view.on(self._follow, self._turned)
        view.on(self._times, self._repaint)
        view.on(self._since, self._asked)
        self._repaint()

    @property
    def lines(self) -> Logs:
        """What was printed since it was first shown, at most the last 50,000 lines; for the next cell."""
        return self._source.lines

    def aim(self, ref: ContainerRef) -> None:
        """Know it by another reference from now on: by its id, as names change."""
        self._ref = self._source.ref = ref

    async def run(self) -> None:
        """Stream until cancelled; at the log's end it says so and waits."""
        with ungrouped():
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(self._painter.run)
                while True:
                    await self._read()
                    await self._wait()

    async def read(self) -> str:
        """Stream until the container has ended, and return how: "exited (0)", "removed"."""
        with ungrouped():
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(self._painter.run)
                await self._read()
                tasks.cancel_scope.cancel()
        return self._end.word if self._end else ""

    # Reading

    async def _read(self) -> None:
        """Read to the end, anew whenever it is asked for something else."""
        self._end = None
        if not self._source.total:
            self._still_begins = asyncio.get_running_loop().time() + 1
        while True:
            with anyio.CancelScope() as self._scope:
                self._end = await self._followed()
            self._scope = None
            if self._end is not None:
                break
        self._painter.mark()

    async def _wait(self) -> None:
        with anyio.CancelScope() as self._scope:
            await anyio.sleep_forever()

    async def _followed(self) -> Status:
        while True:
            try:
                await self._source.follow(self._heard)
                container = await self._ref.inspect()
            except ContainerNotFound:
                return Status("removed")
            if container.status == "removing":
                return Status("removed")
            if not (container.state.running or container.state.restarting):
                return of_container(container)
            await anyio.sleep(_AGAIN)

    def _heard(self, blocks: Sequence[Frame]) -> None:
        if (pattern := self._pattern) is not None:
            self._found.extend(line for block in blocks for line in lines_of(block) if pattern.search(said(line)))
        self._painter.mark()

    # What a person does

    def _asked(self) -> None:
        chosen = self._since.value
        tail, since = self._first if chosen == "first" else (None, chosen or None)
        self._source.ask(tail=tail, since=since)
        self._found.clear()
        self._stopped_at = 0
        self._still_begins = asyncio.get_running_loop().time() + 1
        self._repaint()
        if self._scope is not None:
            self._scope.cancel()
        elif self._view.phase.word == "ended":
            self._view.resume()

    def _look(self) -> None:
        self._pattern = pattern_of(self._words.value.strip())
        self._found.clear()
        if (pattern := self._pattern) is not None:
            self._found.extendleft(line for line in self._source.newest() if pattern.search(said(line)))
        self._repaint()

    def _turned(self) -> None:
        self._stopped_at = self._source.total
        self._still_begins = 0.0
        if self._follow.value:
            self._repaint()
        else:
            self._paint_foot()

    # Painting

    def _paint(self) -> None:
        if self._follow.value or asyncio.get_running_loop().time() < self._still_begins:
            self._stopped_at = self._source.total
            self._repaint()
        else:
            self._paint_foot()

    def _repaint(self) -> None:
        lines: Iterable[Line] = self._source.newest() if self._pattern is None else reversed(self._found)
        shown, self._count = pane(lines, Look(self._pattern, self._times.value), f"Log of {named(self._ref)}")
        empty = "Nothing has been printed yet." if not self._source.total else "No line has it."
        assign(self._pane, shown if self._count else tag("p", empty, class_="pd-m"))
        self._paint_foot()

    def _paint_foot(self) -> None:
        told: list[object] = [self._told()] if self._source.total else []
        if missed := self._source.total - self._stopped_at if not self._follow.value else 0:
            told.append(tag("b", f"{missed:,} new since Follow is off"))
        if self._end is not None:
            told.append(self._end)
        assign(self._foot, tag("p", join(told, " · "), class_="pd-m") if told else Html(""))

    def _told(self) -> str:
        total, kept = self._source.total, self._source.kept
        lines = f"{total:,} line{'' if total == 1 else 's'}"
        if self._pattern is not None:
            found = len(self._found)
            cut = f", the last {self._count:,} shown" if self._count < found else ""
            return f"{found:,} of {lines} found{cut}"
        cut = f", the last {self._count:,} shown" if self._count < total else ""
        return f"{lines}{cut}{f', {kept:,} kept' if kept < total else ''}"


class LogsView(View):
    """Shows what a container prints: `container.live_logs()`. What came is in `view.lines` for the next cell.

    ```python
    view = web.live_logs(tail=100)
    view                                            # and in the next cell:
    [line for line in view.lines if line.stream == "stderr"]
    ```
    """

    def __init__(
        self,
        ref: ContainerRef,
        *,
        tail: int | None = 500,
        since: Moment | None = None,
        timestamps: bool = False,
        follow: bool = True,
        timing: Timing | None = None,
    ) -> None:
        super().__init__(timing=timing)
        self.ref = ref
        self.title: str = f"Log of {named(ref)}"
        self._settings = (tail, since, timestamps, follow)
        self._panel: LogsPanel | None = None

    @property
    def lines(self) -> Logs:
        """What came since it was first shown: the last 50,000 lines at most."""
        return self._panel.lines if self._panel else Logs(timestamps=True)

    def build(self) -> Sequence[Widget]:
        """Make the pane and what is above it."""
        tail, since, timestamps, follow = self._settings
        self._panel = LogsPanel(self, self.ref, tail=tail, since=since, timestamps=timestamps, follow=follow)
        return [self._panel.box]

    async def live(self, tasks: TaskGroup) -> None:  # noqa: ARG002 - the panel has its own
        """Stream until the container ends."""
        assert self._panel is not None  # noqa: S101 - build comes first
        container = await self.ref.inspect()
        self._panel.aim(container)
        self._say(container)
        self.connected()
        self.end(await self._panel.read())

    def snapshot(self) -> tuple[Html, str]:
        """Return the last lines."""
        lines = [Shown(line.text, line.stream == "stderr") for line in self.lines[-200:]]
        shown = Pane(lines, self.title) if lines else None
        head = tag("div", tag("span", self.title, class_="pd-title"), class_="pd-head")
        return join([head, shown or ""]), f"{self.title}\n{shown.text() if shown else ''}"

    def _say(self, container: Container) -> None:
        self.title = f"Log of {container.name}"
        facts = [tag("span", self.title, class_="pd-title"), of_container(container), code(container.image)]
        self.heading(join(facts, " "))
