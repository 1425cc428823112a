"""What a live view is doing, as a person reads it: shape, word and colour. A view never pretends to be live."""

from __future__ import annotations

from dataclasses import dataclass

from pydock.display.markup import Html, cut, tag
from pydock.display.status import Kind, Status

__all__ = ["CLOSED", "CONNECTING", "ENDED", "IDLE", "LIVE", "PAUSED", "UNSEEN", "Phase", "ended", "failed", "waiting"]


@dataclass(frozen=True)
class Phase:
    """A word (`live`, `paused`, …), what it means for a person, and a few words more."""

    word: str
    kind: Kind
    detail: str = ""

    @property
    def fresh(self) -> bool:
        """Whether what the view shows is the present; other data is shown dimmed."""
        return self.word in {"idle", "connecting", "live", "ended"}

    def html(self) -> Html:
        """Return it for the view's head; screen readers say it when it changes."""
        return tag("span", Status(str(self), self.kind), class_="pd-phase", role="status")

    def __str__(self) -> str:
        return f"{self.word}: {self.detail}" if self.detail else self.word


IDLE = Phase("idle", "idle")
CONNECTING = Phase("connecting", "busy")
LIVE = Phase("live", "good")
PAUSED = Phase("paused", "warn")
UNSEEN = Phase("paused", "warn", "nobody looks")
ENDED = Phase("ended", "idle")
CLOSED = Phase("closed", "idle")


def ended(detail: str) -> Phase:
    """Say why nothing more will come."""
    return Phase("ended", "idle", detail)


def waiting(attempt: int, delay: float, reason: str = "") -> Phase:
    """Say that the daemon is gone and when it is tried again."""
    words = f"attempt {attempt}, in {delay:.0f} s" if delay >= 1 else f"attempt {attempt}"
    return Phase("reconnecting", "busy", f"{words} ({cut(reason, 120)})" if reason else words)


def failed(message: str) -> Phase:
    """Say that it cannot go on by itself."""
    return Phase("error", "bad", cut(message, 200))
