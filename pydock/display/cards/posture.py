"""The risks of a container: how bad, why, and what to do about it."""

from __future__ import annotations

from dataclasses import dataclass

from pydock.display.ansi import plain
from pydock.display.leaf import muted, strong
from pydock.display.markup import Cell, Html, clean, escape
from pydock.display.page import Card, Look
from pydock.display.reading import items, word
from pydock.display.status import Kind, Status
from pydock.display.table import Table

__all__ = ["posture", "risk"]

_KINDS: dict[str, Kind] = {"high": "bad", "medium": "warn", "low": "idle"}


@dataclass(frozen=True)
class _Sentence:
    """Words that are not cut: a cure that ends in an ellipsis cures nothing."""

    said: str

    def html(self) -> Html:
        """Return the words, escaped."""
        return escape(clean(plain(self.said)))

    def text(self) -> str:
        """Return the words."""
        return clean(plain(self.said))


def posture(many: object, look: Look) -> Card:  # noqa: ARG001 - all cards take a look
    """Show all risks, the worst first."""
    risks = items(many)
    title = f"{word(many, 'container') or 'Container'}: {len(risks)} risk{'' if len(risks) == 1 else 's'}"
    counted = {severity: sum(word(one, "severity") == severity for one in risks) for severity in _KINDS}
    glance: list[Cell] = [Status(f"{count} {said}", _KINDS[said]) for said, count in counted.items() if count]
    return Card(title, glance or [Status("nothing found", "good")], [_table(risks) if risks else None])


def risk(obj: object, look: Look) -> Card:  # noqa: ARG001
    """Show one risk."""
    return Card(word(obj, "name") or "Risk", [], [_table([obj])])


def _table(risks: list[object]) -> Table:
    rows: list[list[Cell]] = [
        [
            Status(word(one, "severity") or "unknown", _KINDS.get(word(one, "severity"), "warn")),
            strong(word(one, "name")),
            muted(word(one, "cis"), "number in the CIS Docker Benchmark"),
            _Sentence(word(one, "reason")),
            _Sentence(word(one, "cure")),
        ]
        for one in risks
    ]
    return Table(["", "Risk", "CIS", "Why", "Cure"], rows, label="risks")
