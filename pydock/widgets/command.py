"""A line for commands that run in the container: what they print as they print it, and how they end.

Danger: a command may print without end or never return, so only the last lines are kept, and Cancel kills it.
"""

from __future__ import annotations

from collections import deque

import anyio

from pydock.display.markup import Html, cut, join, tag
from pydock.display.pane import Line
from pydock.display.status import exit_status
from pydock.models.containers import ContainerRef
from pydock.widgets import pieces
from pydock.widgets.pieces import Box
from pydock.widgets.renderer import Renderer, assign, fit
from pydock.widgets.view import View

__all__ = ["CommandPanel"]

_KEPT = 400
_PIECE = 50_000
_PAUSE = 0.1


class CommandPanel:
    """Runs what is typed by `sh -c` in the container. The full terminal is `container.terminal()`."""

    def __init__(self, view: View, ref: ContainerRef) -> None:
        self._ref = ref
        self._lines: deque[Line] = deque(maxlen=_KEPT)
        self._rest = {"stdout": b"", "stderr": b""}
        self._end: Html = Html("")
        self._scope: anyio.CancelScope | None = None
        self._visible = False
        self._painter = Renderer(8, self._paint)
        self._text = pieces.text("Command", placeholder="a command for sh -c, such as: ls -l /")
        self._run = pieces.button("Run", tooltip="Run it · await container.exec(…, shell=True)", icon="play")
        self._cancel = pieces.button("Cancel", tooltip="Cancel the command that runs")
        self._output = pieces.html()
        row = pieces.hbox(self._text, self._run, self._cancel, classes=["pd-row", "pd-wide"])
        self.box: Box = pieces.vbox(row, self._output)
        pieces.show(self._cancel, False)
        view.on(self._run, self._execute)
        view.on(self._cancel, self.close)
        self._paint()

    async def run(self) -> None:
        """Paint while it is visible; a command goes on without."""
        self._visible = True
        try:
            self._painter.mark()
            await self._painter.run()
        finally:
            self._visible = False

    def close(self) -> None:
        """Kill what runs: nobody can see it any more."""
        if self._scope is not None:
            self._scope.cancel()

    async def _execute(self) -> None:
        if not (said := self._text.value.strip()):
            return
        self._lines.append(Line(f"$ {said}"))
        self._end = Html("")
        pieces.show(self._cancel, True)
        try:
            with anyio.CancelScope() as self._scope:
                async with self._ref.open_exec(said, shell=True) as process:  # noqa: S604 - a person types it
                    self._mark()
                    taken = 0
                    async for chunk in process:
                        self._take(chunk.stream, chunk.data)
                        taken += len(chunk.data)
                        if taken > _PIECE:  # who prints without end waits: nobody can read that much
                            taken = 0
                            await anyio.sleep(_PAUSE)
                    self._end = exit_status(await process.wait()).html()
            if self._scope.cancelled_caught:
                self._end = tag("span", "cancelled", class_="pd-m")
        finally:
            self._scope = None
            for stream, rest in self._rest.items():
                if rest:
                    self._take(stream, b"\n")
            pieces.show(self._cancel, False)
            self._mark()

    def _mark(self) -> None:
        """Paint soon, if it is visible: a renderer that does not run would paint at once, for each piece."""
        if self._visible:
            self._painter.mark()

    def _take(self, stream: str, data: bytes) -> None:
        *whole, self._rest[stream] = (self._rest.get(stream, b"") + data[-_PIECE:]).split(b"\n")
        self._rest[stream] = self._rest[stream][-8000:]
        for line in whole:
            self._lines.append(Line(line.decode("utf-8", "replace").rstrip("\r"), stream == "stderr"))
        self._mark()

    def _paint(self) -> None:
        shown, _ = fit([Line(cut(line.said, 1000), line.error).html() for line in self._lines], keep="last")
        hint = tag("p", "A whole terminal: ", tag("code", "view.selected.terminal()"), class_="pd-m")
        pane = tag(
            "div", shown, class_="pd-pane", role="log", tabindex=0, aria_label="Output of commands", aria_live="off"
        )
        assign(self._output, join([pane, tag("p", self._end, role="status")] if self._lines else [hint]))
