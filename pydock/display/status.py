"""A state as shape, word and colour: whoever cannot see one of them has the other two."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from pydock.display.leaf import Leaf
from pydock.display.markup import Html, join, tag
from pydock.display.reading import flag, number, word

__all__ = ["Kind", "Status", "exit_status", "of_container"]

Kind = Literal["good", "idle", "busy", "warn", "bad"]

_MARKS: dict[Kind, str] = {"good": "●", "idle": "○", "busy": "◐", "warn": "▲", "bad": "■"}
_KINDS: dict[str, Kind] = {
    "running": "good", "healthy": "good", "ready": "good", "active": "good", "complete": "good", "ok": "good",
    "created": "idle", "exited": "idle", "stopped": "idle", "shutdown": "idle", "removed": "idle",
    "paused": "warn", "drain": "warn", "unhealthy": "bad", "dead": "bad", "failed": "bad", "rejected": "bad",
    "down": "bad", "error": "bad", "orphaned": "bad", "unknown": "warn", "disconnected": "bad",
    "restarting": "busy", "removing": "busy", "starting": "busy", "stopping": "busy", "pending": "busy",
    "preparing": "busy", "assigned": "busy", "accepted": "busy", "new": "busy",
}  # fmt: skip


@dataclass(frozen=True)
class Status:
    """A word of the daemon and what it means for a person."""

    word: str
    kind: Kind = "idle"

    @classmethod
    def of(cls, said: str) -> Status:
        """Class a word that the daemon said; an unknown one is neither good nor bad."""
        return cls(said, _KINDS.get(said.lower(), "idle"))

    def html(self) -> Html:
        """Return shape and word; the shape is drawn by the stylesheet, so no font can miss it."""
        mark = tag("i", class_=f"pd-dot pd-{self.kind}", aria_hidden="true")
        return tag("span", join([mark, Leaf(self.word).html()]), class_=f"pd-status pd-is-{self.kind}")

    def text(self) -> str:
        """Return shape and word."""
        return f"{_MARKS[self.kind]} {Leaf(self.word).text()}"


def exit_status(code: int | None) -> Status:
    """Show how a program ended."""
    if code is None:
        return Status("running", "busy")
    return Status(f"exited {code}", "good" if code == 0 else "bad")


def of_container(obj: object) -> Status:
    """Read the state of a listed or inspected container: exit codes but 0 are bad, and so is bad health."""
    said = word(obj, "status", "state") or "unknown"
    health, code = word(obj, "health", "state.health.status"), number(obj, "exit_code")
    if said == "running" and health and health != "none":
        return Status(f"running, {health}", _KINDS.get(health, "good"))
    if said in {"exited", "dead"} and code is not None:
        oom = ", out of memory" if flag(obj, "state.oom_killed") else ""
        return Status(f"{said} ({code:.0f}){oom}", "idle" if code == 0 and said == "exited" else "bad")
    return Status.of(said)
