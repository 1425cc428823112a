"""What takes the daemon's disk, and a prune that says first what would go.

Danger: what is pruned is gone, so nothing goes before it was previewed with the same settings, and asked for twice.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import anyio

from pydock.client import Docker
from pydock.display.cards import card
from pydock.display.markup import Html, join, tag
from pydock.models.pruning import PruneReport
from pydock.widgets import pieces
from pydock.widgets.actions import Action, ActionBar
from pydock.widgets.pieces import Box
from pydock.widgets.renderer import assign
from pydock.widgets.view import View

if TYPE_CHECKING:
    from pydock.models.disk_usage import DiskUsage

__all__ = ["DiskPage"]


class DiskPage:
    """Disk usage, read when the page is opened and when asked for: it is slow where there is much."""

    def __init__(self, view: View, docker: Docker) -> None:
        self._docker = docker
        self._previewed: tuple[bool, bool] | None = None
        self.usage: DiskUsage | None = None
        """What was read last."""
        self._body = pieces.html()
        self._images = pieces.checkbox("All images", tooltip="Also tagged images that no container uses")
        self._volumes = pieces.checkbox("Volumes", tooltip="Also anonymous volumes that no container uses")
        self._report = pieces.html("pd-tall")
        again = pieces.button("Measure again", tooltip="Measure again · await docker.disk_usage()", icon="refresh")
        preview = Action("Preview prune", self._preview, "await docker.prune(dry_run=True)", "Looking…", icon="search")
        prune = Action("Prune", self._prune, "await docker.prune()", "Pruning…", confirm=True, icon="trash",
                       possible=lambda: self._previewed is not None)  # fmt: skip
        self._looks = ActionBar(view, [preview], lambda: "what nobody uses")
        self._goes = ActionBar(view, [prune], lambda: "what is listed below" if self._previewed else "")
        choices = () if view.readonly else (self._images, self._volumes)
        row = pieces.hbox(again, *choices, self._looks.box, self._goes.box, classes=["pd-row"])
        self.box: Box = pieces.vbox(self._body, row, self._report)
        view.on(again, self._measure)
        for widget in (self._images, self._volumes):
            view.on(widget, self._forget)

    def changed(self) -> None:
        """Do nothing: it is measured when asked for."""

    async def run(self) -> None:
        """Measure once."""
        if self.usage is None:
            await self._measure()
        await anyio.sleep_forever()

    async def _measure(self) -> None:
        if self.usage is None:
            assign(self._body, tag("p", "Measuring …", class_="pd-m", role="status"))
        self.usage = await self._docker.disk_usage()
        assign(self._body, card(self.usage).html())

    @property
    def _settings(self) -> tuple[bool, bool]:
        return self._images.value, self._volumes.value

    def _forget(self) -> None:
        """Ask for another preview: the settings are others."""
        self._previewed = None
        self._goes.update()
        assign(self._report, Html(""))

    async def _preview(self) -> None:
        settings = self._settings
        report = await self._docker.prune(all=settings[0], volumes=settings[1], dry_run=True)
        if settings == self._settings:
            self._previewed = settings
            self._show(report)

    async def _prune(self) -> None:
        if (settings := self._previewed) is None:
            return
        self._previewed = None
        self._show(await self._docker.prune(all=settings[0], volumes=settings[1]))
        await self._measure()

    def _show(self, report: PruneReport) -> None:
        self._goes.update()
        assign(self._report, join([tag("div", card(report).html(), role="status")]))
