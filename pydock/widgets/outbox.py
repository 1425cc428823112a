"""What a program has printed, on its way to the page: all of it, in order, and never much of it at once.

Danger: the notebook's server drops messages when there are many, and says so to nobody. So each byte has a number,
the page acknowledges what it has drawn, and what it has not is kept to be sent again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TypeAlias

__all__ = ["KEPT", "PIECE", "WINDOW", "Outbox", "Send"]

WINDOW = 320_000
"""The bytes that may be on their way; the program is not read from until some of them are drawn."""
KEPT = 512_000
"""The bytes that are kept for a page that is loaded again; more than the window and one read."""
PIECE = 32_000
"""The bytes of one message."""

Send: TypeAlias = Callable[[dict[str, object], bytes], object]


class Outbox:
    """`put` what was printed, after `await room()`; `flush` sends it; `acknowledge` what the page says it has drawn."""

    def __init__(self, send: Send) -> None:
        self.run: int = 0
        """Which program this is; the numbers begin anew with each."""
        self.acknowledged: int = 0
        self._send = send
        self._kept = bytearray()
        self._first = 0
        self._sent = 0
        self._drawn = asyncio.Event()

    @property
    def end(self) -> int:
        """How much there was."""
        return self._first + len(self._kept)

    def begin(self) -> None:
        """Start with another program."""
        self.run += 1
        self._kept.clear()
        self._first = self._sent = self.acknowledged = 0
        self._drawn.set()

    def put(self, data: bytes) -> None:
        """Take what was printed."""
        self._kept += data
        surplus = min(len(self._kept) - KEPT, self.acknowledged - self._first)
        if surplus > 0:
            del self._kept[:surplus]
            self._first += surplus

    def flush(self) -> None:
        """Send what was not sent yet."""
        self._pieces(self._sent, self.end, "")
        self._sent = self.end

    def again(self, offset: int, to: str = "", most: int = KEPT) -> None:
        """Send again what was sent from a number on: to one view, or to all of them."""
        self._pieces(offset, min(self._sent, offset + most), to)

    def replay(self, to: str) -> None:
        """Send all that is kept to a view that is new."""
        if self.run:
            self._pieces(self._first, self._sent, to)

    def acknowledge(self, run: int, offset: int) -> None:
        """Learn how much was drawn."""
        if run == self.run and self.acknowledged < offset <= self._sent:
            self.acknowledged = offset
            self._drawn.set()

    async def room(self) -> None:
        """Wait until not too much is on its way."""
        while self.end - self.acknowledged >= WINDOW:
            self._drawn.clear()
            await self._drawn.wait()

    def _pieces(self, start: int, end: int, to: str) -> None:
        start = max(start, self._first)
        for at in range(start, end, PIECE):
            piece = bytes(self._kept[at - self._first : min(at + PIECE, end) - self._first])
            self._send({"type": "output", "run": self.run, "start": at, "to": to}, piece)
