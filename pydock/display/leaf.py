"""The smallest thing shown: a text with a look. What it shows is cleaned and escaped here, in both faces."""

from __future__ import annotations

from dataclasses import dataclass

from pydock.display.ansi import plain
from pydock.display.markup import Cell, Html, clean, cut, escape, tag

__all__ = ["DASH", "Leaf", "code", "html_of", "muted", "strong", "text_of"]

_LONG_IN_HTML = 140
_LONG_IN_TEXT = 60
_READ = 4000


@dataclass(frozen=True)
class Leaf:
    """A text with a look; `title` is what hovering tells, in the notebook only."""

    value: str
    look: str = ""
    title: str = ""

    def html(self) -> Html:
        """Return the text in its element."""
        shown = cut(clean(plain(self.value[:_READ])), _LONG_IN_HTML)
        title = self.title or (cut(plain(self.value[:_READ]), 1000) if shown.endswith("…") else "")
        if self.look == "code":
            return tag("code", shown, title=title)
        if self.look == "strong":
            return tag("b", shown, title=title)
        if not self.look and not title:
            return escape(shown)
        return tag("span", shown, class_=f"pd-{self.look}" if self.look else None, title=title)

    def text(self) -> str:
        """Return the text alone."""
        return cut(clean(plain(self.value[:_READ])), _LONG_IN_TEXT)


def code(value: str, title: str = "") -> Leaf:
    """Show text as the machine's: ids, paths, commands."""
    return Leaf(value, "code", title) if value else DASH


def strong(value: str) -> Leaf:
    """Show a name."""
    return Leaf(value, "strong")


def muted(value: str, title: str = "") -> Leaf:
    """Show what is less important."""
    return Leaf(value, "m", title)


DASH = Leaf("—", "m")


def html_of(cell: Cell) -> Html:
    """Return a cell's notebook face."""
    return Leaf(cell).html() if isinstance(cell, str) else cell.html()


def text_of(cell: Cell) -> str:
    """Return a cell's terminal face."""
    return Leaf(cell).text() if isinstance(cell, str) else cell.text()
