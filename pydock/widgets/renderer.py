"""Painting: as often as a person can read, as much as a page can take, and the last state always.

Danger: the notebook's server drops messages silently above a thousand a second, and 20 kB at 120 a second are
seconds behind; so nothing is painted per event, only by a `Renderer`.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable
from typing import Literal

from pydock.display.markup import Html, escape, tag
from pydock.widgets.pieces import HtmlBox

__all__ = ["CAP", "Renderer", "assign", "fit"]

CAP = 30_000
"""The bytes that one update of one widget may have."""


class Renderer:
    """Calls `flush` soon after `mark()`, at most `hz` times a second, and after the last `mark()` for sure.

    A view runs it while it is live (`view.renderer(flush, hz=…)`). A `mark()` while it does not run (paused, or
    not shown yet) flushes at once, so that a filter still works in a paused view.
    """

    def __init__(self, hz: float, flush: Callable[[], object]) -> None:
        self.hz = hz
        self._flush = flush
        self._dirty = asyncio.Event()
        self._running = False

    def mark(self) -> None:
        """Say that something has changed. On the home loop only."""
        if self._running:
            self._dirty.set()
        else:
            self._flush()

    async def run(self) -> None:
        """Paint until cancelled; what was marked last is painted on the way out."""
        self._running = True
        try:
            while True:
                await self._dirty.wait()
                self._dirty.clear()
                started = time.perf_counter()
                self._flush()
                await asyncio.sleep(max(1 / self.hz, 4 * (time.perf_counter() - started)))
        finally:
            self._running = False
            if self._dirty.is_set():
                self._dirty.clear()
                self._flush()


def assign(widget: HtmlBox, html: Html) -> bool:
    """Show markup in a widget; True if it was sent, which it is only when it differs from what is there.

    More than `CAP` bytes are replaced by a sentence: make it fit before (`fit`, fewer rows).
    """
    if len(html) > CAP // 4 and len(html.encode()) > CAP:
        html = tag("p", f"Too much to show at once: {len(html) // 1000} kB. Narrow it down.", class_="pd-m")
    value = f'<div class="pd">{html}</div>' if html else ""
    if widget.value == value:
        return False
    widget.value = value
    return True


def fit(parts: Iterable[Html], *, keep: Literal["first", "last"] = "first", room: int = CAP - 2000) -> tuple[Html, int]:
    """Join as many parts as there is room for; return them and how many were left out.

    `keep="last"` is for logs: give the newest last, and the oldest are left out.
    """
    every = [escape(part) for part in parts]
    kept: list[Html] = []
    used = 0
    for part in every if keep == "first" else reversed(every):
        used += len(part.encode())
        if used > room:
            break
        kept.append(part)
    if keep == "last":
        kept.reverse()
    return Html("".join(kept)), len(every) - len(kept)
