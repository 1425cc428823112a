"""Whether somebody looks at a view, told by the page with plain ipywidgets.

Dangers, all seen: a page that is loaded again never says that its old views are gone; a browser that is closed says
nothing at all; `Play` starts only on a change of `playing`, and goes on ticking for a view that is gone.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from pydock.widgets.home import Home
from pydock.widgets.pieces import Box, Widget, library

__all__ = ["Timing", "Visibility"]


@dataclass(frozen=True)
class Timing:
    """How a view learns that nobody looks any more; in seconds. Browsers slow hidden tabs' timers to one a minute."""

    grace: float = 2.0
    """Between the last view's end and the pause: a cell that runs again shows it anew."""
    beat: float = 15.0
    """Between two signs of life of the browser."""
    ttl: float = 200.0
    """Without a sign of life until the browser is taken for gone."""


class Visibility:
    """The root of a view's widgets, and whether it is on a page. `changed(seen)` is called on the home loop."""

    def __init__(
        self, home: Home, changed: Callable[[bool], object], children: Sequence[Widget], timing: Timing
    ) -> None:
        self.seen: bool = False
        self._changed = changed
        self._timing = timing
        self._watchdog: asyncio.Task[None] | None = None
        self._beaten = 0.0
        self._left = 0.0
        self._play = library().Play(
            value=0, max=1_000_000, repeat=True, interval=int(timing.beat * 1000), playing=False, show_repeat=False
        )
        self._play.layout.display = "none"
        self.root: Box = _root(self._asked_again, [*children, self._play])
        untyped: Any = self.root
        counted: Callable[[object], object] = lambda _: home.call(self._counted)  # noqa: E731 - traitlets has no types
        beaten: Callable[[object], object] = lambda _: home.call(self._beat)  # noqa: E731
        untyped.observe(counted, "_view_count")
        self._play.observe(beaten, "value")

    @property
    def count(self) -> int:
        """How many views the pages say there are."""
        untyped: Any = self.root
        return int(untyped._view_count or 0)

    @property
    def model_id(self) -> str:
        """What the page calls the root."""
        untyped: Any = self.root
        return str(untyped.model_id)

    def close(self) -> None:
        """Close all widgets, in the page and in ipywidgets' memory; nothing is told any more."""
        self._changed = _ignored
        self.seen = False
        if self._watchdog is not None:
            self._watchdog.cancel()
        untyped: Any = self.root
        untyped._view_count = None  # or the page counts down in a model that is gone, which is an error there
        self._play.playing = False
        _close(self.root)

    def _asked_again(self) -> None:
        """Count anew: a page asks for everything when it is loaded, and its old views died without a word."""
        untyped: Any = self.root
        untyped._view_count = 0

    def _counted(self) -> None:
        now = time.monotonic()
        if self.count > 0:
            self._beaten = now
            self._play.playing = False  # a page loaded again has it playing already: only a change starts it
            self._play.playing = True
            self._tell(True)
        else:
            self._left = now
            self._play.playing = False
        self._guard()

    def _beat(self) -> None:
        self._beaten = time.monotonic()
        if self.count > 0 and not self.seen:  # the laptop was asleep, the page is still there
            self._tell(True)
            self._guard()

    def _guard(self) -> None:
        if self._watchdog is None and self.seen:
            self._watchdog = asyncio.create_task(self._watch())

    async def _watch(self) -> None:
        """Sleep until the grace or the last sign of life has run out; ends when nobody looks."""
        try:
            while self.seen:
                gone = self.count == 0
                ends = self._left + self._timing.grace if gone else self._beaten + self._timing.ttl
                remaining = ends - time.monotonic()
                if remaining <= 0:
                    self._tell(False)
                else:
                    await asyncio.sleep(min(remaining, self._timing.grace))
        finally:
            self._watchdog = None

    def _tell(self, seen: bool) -> None:
        if seen != self.seen:
            self.seen = seen
            self._changed(seen)


def _root(asked_again: Callable[[], object], children: Sequence[Widget]) -> Box:
    """Make a VBox whose views are counted, and which notices that a page asks for all of its state."""
    boxes: Any = library()

    class Root(boxes.VBox):  # type: ignore[misc]
        def get_state(self, key: object = None, drop_defaults: bool = False) -> Any:
            if key is None and not drop_defaults and self.comm is not None:
                asked_again()
            return boxes.VBox.get_state(self, key, drop_defaults)

    made: Any = Root(list(children), _view_count=0)
    return made  # type: ignore[no-any-return]


def _ignored(_seen: bool) -> None:
    pass


def _close(widget: Any) -> None:
    for child in getattr(widget, "children", ()):
        _close(child)
    for part in ("style", "layout"):
        if getattr(widget, part, None) is not None:
            getattr(widget, part).close()
    widget.close()
