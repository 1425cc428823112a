"""Tables and lists of facts: at most fifty rows, each with an aligned twin for terminals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from pydock.display.leaf import DASH, html_of, text_of
from pydock.display.markup import Cell, Html, clean, columns, join, tag

__all__ = ["ROWS", "Facts", "Table"]

ROWS = 50
"""So many rows are shown; a page with hundreds is slow to open and nobody reads it."""


@dataclass(frozen=True)
class Table:
    """Rows under headings. A heading that begins with ">" is right-aligned: numbers."""

    headings: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    hint: str = ""
    """How to see the rest."""
    label: str = ""
    limit: int = field(default=ROWS, kw_only=True)

    def html(self) -> Html:
        """Return a table whose headings screen readers find, and the count of what is not shown."""
        heads = [_head(h) for h in self.headings]
        sides = [_side(h) for h in self.headings]
        body = [
            tag("tr", *(tag("td", html_of(c), class_=s) for c, s in zip(row, sides, strict=True)))
            for row in self.rows[: self.limit]
        ]
        table = tag("table", tag("thead", tag("tr", *heads)), tag("tbody", *body), aria_label=self.label or None)
        return join([tag("div", table, class_="pd-scroll"), tag("p", self.rest, class_="pd-m") if self.rest else ""])

    def text(self) -> str:
        """Return the same rows in columns."""
        heads = [clean(h.lstrip(">")).upper() for h in self.headings]
        grid = [heads, *([text_of(c) for c in row] for row in self.rows[: self.limit])]
        widths = [max(columns(row[i]) for row in grid) for i in range(len(heads))]
        right = [h.startswith(">") for h in self.headings]
        lines = ["  ".join(_pad(c, w, r) for c, w, r in zip(row, widths, right, strict=True)).rstrip() for row in grid]
        return "\n".join([*lines, self.rest] if self.rest else lines)

    @property
    def rest(self) -> str:
        """Say how many rows are not shown; "" when all are."""
        hidden = len(self.rows) - self.limit
        return f"… {hidden} more{f' — {self.hint}' if self.hint else ''}" if hidden > 0 else ""


@dataclass(frozen=True)
class Facts:
    """Names and values, one below the other; those without a value are left out."""

    pairs: Sequence[tuple[str, Cell | Sequence[Cell] | None]]

    def html(self) -> Html:
        """Return a list of terms; several values of one name stand below each other."""
        rows = [
            tag("tr", tag("th", name, scope="row"), tag("td", *(tag("div", html_of(c)) for c in cells)))
            for name, cells in self._shown()
        ]
        return tag("div", tag("table", tag("tbody", *rows), class_="pd-facts"), class_="pd-scroll")

    def text(self) -> str:
        """Return the names in one column and the values in the other."""
        shown = self._shown()
        width = max((columns(name) for name, _ in shown), default=0) + 2
        lines: list[str] = []
        for name, cells in shown:
            for index, cell in enumerate(cells):
                lines.append((_pad("" if index else name, width, False) + text_of(cell)).rstrip())
        return "\n".join(lines)

    def _shown(self) -> list[tuple[str, list[Cell]]]:
        listed = [(name, _cells(value)) for name, value in self.pairs]
        return [(name, cells[:12] + _more(cells)) for name, cells in listed if cells]


def _cells(value: Cell | Sequence[Cell] | None) -> list[Cell]:
    if value in (None, "", DASH.value, DASH):
        return []
    return list(value) if isinstance(value, (list, tuple)) else [value]  # type: ignore[list-item]


def _more(cells: Sequence[Cell]) -> list[Cell]:
    return [f"… {len(cells) - 12} more"] if len(cells) > 12 else []


def _head(heading: str) -> Html:
    """Return a heading; an empty one is a plain cell, for a screen reader would announce a heading without a name."""
    if said := heading.lstrip(">"):
        return tag("th", said, scope="col", class_=_side(heading))
    return tag("td")


def _side(heading: str) -> str | None:
    return "pd-r" if heading.startswith(">") else None


def _pad(text: str, width: int, right: bool) -> str:
    blank = " " * (width - columns(text))
    return blank + text if right else text + blank
