"""What a container tells of itself, in tabs: log, stats, its fields, files, processes, and a line for commands.

Danger: each tab is a stream or a poll that the daemon pays for, so only the visible one runs, of one container.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import anyio

from pydock.errors import DockerError, StreamInterrupted, Unreachable
from pydock.models.containers import ContainerRef
from pydock.models.ungrouped import ungrouped
from pydock.widgets import pieces
from pydock.widgets.command import CommandPanel
from pydock.widgets.files import FilesPanel
from pydock.widgets.inspecting import InspectPanel, ProcessesPanel
from pydock.widgets.logs import LogsPanel
from pydock.widgets.pieces import Box, Tabs, Widget
from pydock.widgets.place import Place
from pydock.widgets.slot import Slot
from pydock.widgets.stats import StatsPanel
from pydock.widgets.view import View

__all__ = ["Details", "Panel"]

SETTLE = 0.12
"""Seconds that a choice must stand before its streams are opened: arrow keys pass over many rows."""


class Panel(Protocol):
    """The body of a tab."""

    @property
    def box(self) -> Widget:
        """Its widget."""
        ...

    async def run(self) -> object:
        """Stream or poll until cancelled."""
        ...


PANELS: dict[str, Callable[[View, ContainerRef], Panel]] = {
    "Logs": LogsPanel,
    "Stats": StatsPanel,
    "Inspect": InspectPanel,
    "Files": FilesPanel,
    "Processes": ProcessesPanel,
    "Command": CommandPanel,
}


class Details:
    """The tabs of one container; `.box` is the widget. Only what is visible is made, and runs.

    `choose(ref)` shows another container, `changed()` says that its state has changed. `await run()` in the view's
    `live`: it streams for the visible tab until it is cancelled.
    """

    def __init__(self, view: View, ref: ContainerRef | None = None) -> None:
        self._view = view
        self._ref = ref
        self._slot: Slot | None = None
        self._names = [name for name in PANELS if not (view.readonly and name == "Command")]
        self._places = [Place("pd-panel") for _ in self._names]
        self._panels: dict[str, Panel] = {}
        self._tabs: Tabs = pieces.tabs(*zip(self._names, (place.box for place in self._places), strict=True))
        self.box: Box = pieces.vbox(self._tabs, classes=["pd-details"])
        view.on(self._tabs, self._turn, name="selected_index")

    @property
    def tab(self) -> str:
        """The name of the visible tab."""
        return self._names[self._tabs.selected_index or 0]

    def choose(self, ref: ContainerRef | None) -> None:
        """Show another container, or none. On the home loop."""
        if (ref.id if ref else None) == (self._ref.id if self._ref else None):
            return
        self._ref = ref
        for panel in self._panels.values():
            if isinstance(panel, CommandPanel):
                panel.close()
        self._panels.clear()
        if ref is None:
            for place in self._places:
                place.put()
        self._turn()

    def changed(self, *, running: bool) -> None:
        """Read the visible tab anew as the container's state has changed; a log goes on when it runs again."""
        if running or self.tab in {"Inspect", "Processes"}:
            self._turn()

    async def run(self) -> None:
        """Stream for the visible tab until cancelled."""
        with ungrouped():
            async with anyio.create_task_group() as tasks:
                self._slot = Slot(tasks, self._view.alert)
                try:
                    self._turn()
                    await anyio.sleep_forever()
                finally:
                    self._slot = None

    def _turn(self) -> None:
        if self._slot is None:
            return
        if self._ref is None:
            self._slot.stop()
        else:
            self._slot.switch(self._show)

    async def _show(self) -> None:
        """Run the panel of the visible tab, made if it was not yet for this container."""
        if (ref := self._ref) is None:
            return
        name = self.tab
        if name not in self._panels:
            await anyio.sleep(SETTLE)
            self._panels[name] = PANELS[name](self._view, ref)
            self._places[self._names.index(name)].put(self._panels[name].box)
        try:
            with ungrouped():
                await self._panels[name].run()
        except (Unreachable, StreamInterrupted):
            raise  # the view reconnects
        except DockerError as error:
            self._view.alert(error)
