"""What a cell shows: a card in two faces, wrapped so that a sanitised page still has the text.

Danger: an exception in a repr shows a traceback instead of the object, so nothing here ever raises.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from pydock.display.css import STYLE
from pydock.display.leaf import Leaf, html_of, text_of
from pydock.display.markup import Cell, Html, Piece, clean, cut, escape, join, tag
from pydock.display.measures import aware, clock

__all__ = ["Card", "Look", "bundle", "fallback", "page", "wrap"]


@dataclass(frozen=True)
class Look:
    """How objects are to be shown: ages count to `as_of`; environment values only with `show_env`."""

    as_of: datetime
    show_env: bool = False


@dataclass(frozen=True)
class Sub:
    """A heading inside a card."""

    said: str

    def html(self) -> Html:
        """Return a heading that is no `<h…>`: those would enter the notebook's table of contents."""
        return tag("div", self.said, class_="pd-sub", role="heading", aria_level=4)

    def text(self) -> str:
        """Return the words."""
        return f"\n{clean(self.said)}"


@dataclass(frozen=True)
class Card:
    """A title, what one reads at a glance, and pieces below."""

    title: str
    glance: Sequence[Cell] = ()
    pieces: Sequence[Piece | None] = field(default=())
    as_of: datetime | None = None

    def html(self) -> Html:
        """Return the head and the pieces."""
        head = [tag("span", Leaf(self.title).html(), class_="pd-title")] if self.title else []
        head += [tag("span", html_of(cell)) for cell in self.glance if cell]
        if self.as_of is not None:
            said = f"as of {clock(self.as_of)}"
            head.append(tag("time", said, datetime=aware(self.as_of).isoformat(timespec="seconds")))
        return join([tag("div", join(head, " "), class_="pd-head"), *(p for p in self.pieces if p is not None)])

    def text(self) -> str:
        """Return the head as one line and the pieces below."""
        head = [clean(cut(self.title, 200)), *(text_of(cell) for cell in self.glance if cell)]
        if self.as_of is not None:
            head.append(f"as of {clock(self.as_of)}")
        pieces = [piece.text() for piece in self.pieces if piece is not None]
        return "\n".join([" · ".join(part for part in head if part), *(piece for piece in pieces if piece)])


def page(piece: Piece) -> Html:
    """Wrap a card for a notebook."""
    return wrap(piece.html(), piece.text())


def wrap(html: Html, text: str) -> Html:
    """Put stylesheet, text and HTML together.

    An untrusted notebook and a code host's page lose the stylesheet: the HTML stays hidden, the text shows.
    """
    plain = tag("pre", escape(text, lines=True), class_="pd-plain")
    shown = tag("div", html, class_="pd", hidden="hidden", style="display:none")
    return tag("div", tag("style", STYLE), plain, shown, class_="pydock")


def bundle(
    piece: Piece, include: Collection[str] | None = None, exclude: Collection[str] | None = None
) -> dict[str, str]:
    """Return both faces by their MIME types, without those that are not wanted."""
    faces: dict[str, Callable[[], str]] = {"text/plain": piece.text, "text/html": lambda: str(page(piece))}
    wanted = {mime: face for mime, face in faces.items() if not include or mime in include}
    return {mime: face() for mime, face in wanted.items() if not exclude or mime not in exclude}


def fallback(obj: object) -> str:
    """Return something even for an object whose own `repr` raises."""
    try:
        return clean(cut(repr(obj), 2000), lines=True)
    except Exception:  # noqa: BLE001 - the object is a stranger's
        return f"<{type(obj).__name__} (its repr raises)>"
