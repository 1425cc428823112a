"""Callbacks of widgets, brought to the view's loop. See `View.on`.

Danger: a message of the page may be handled in another thread; what is assigned by the view itself fires the same
observers.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from pydock.errors import DockerError
from pydock.widgets.home import Home
from pydock.widgets.pieces import Widget, muted

__all__ = ["attach"]

_log = logging.getLogger("pydock")

Callback = Callable[[], object | Awaitable[object]]


def attach(
    home: Home,
    widget: Widget,
    fn: Callback,
    name: str | Sequence[str],
    alert: Callable[[str | Exception | None], object],
) -> None:
    """Let a button's press or a widget's new value run `fn` on the home loop."""
    untyped: Any = widget
    if hasattr(untyped, "on_click"):
        press = _Once(home, fn, alert, repeat=False)
        untyped.on_click(press.heard)
    else:
        change = _Once(home, fn, alert, repeat=True)
        widget.observe(lambda said: None if muted(widget) else change.heard(said), name)


class _Once:
    """Runs a callback, never twice at once."""

    def __init__(
        self, home: Home, fn: Callback, alert: Callable[[str | Exception | None], object], *, repeat: bool
    ) -> None:
        self._home = home
        self._fn = fn
        self._alert = alert
        self._repeat = repeat
        self._busy = False
        self._again = False

    def heard(self, _said: object) -> None:
        """Take note of a press or a change, in any thread."""
        self._home.call(self._run, self._failed)

    async def _run(self) -> None:
        if self._busy:
            self._again = self._repeat
            return
        self._busy = True
        if not self._repeat:
            self._alert(None)
        try:
            again = True
            while again:
                self._again = False
                result = self._fn()
                if isinstance(result, Awaitable):
                    await result
                again = self._again
        finally:
            self._busy = False

    def _failed(self, error: Exception) -> None:
        if not isinstance(error, DockerError):
            _log.error("A callback of a live view failed: %s", error, exc_info=error)
        self._alert(error)
