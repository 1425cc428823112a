"""HTML that cannot forget to escape: what is not `Html` is text, and text is cleaned and escaped at the leaf.

Danger: names, labels, commands and logs are written by strangers; a page that trusts one runs its script.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from html import escape as _escape
from typing import Protocol, runtime_checkable

__all__ = ["Cell", "Html", "Piece", "attribute", "clean", "columns", "cut", "escape", "join", "tag"]


class Html(str):
    """Markup that is already safe. Only this package makes it; a daemon's text never is one."""

    __slots__ = ()


@runtime_checkable
class Piece(Protocol):
    """Something with two faces: HTML for notebooks, text for terminals."""

    def html(self) -> Html:
        """Return the notebook's face."""
        ...

    def text(self) -> str:
        """Return the terminal's face."""
        ...


Cell = str | Piece

# Control characters would drive a terminal; the bidirectional ones can make a name read as another one.
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_BLANK = re.compile(r"[\t\n]+")


def clean(text: str, *, lines: bool = False) -> str:
    """Replace what moves a cursor or turns the reading direction; without `lines` also line breaks."""
    text = _CONTROL.sub("\N{REPLACEMENT CHARACTER}", text.replace("\r\n", "\n"))
    return text if lines else _BLANK.sub(" ", text)


def escape(value: object, *, lines: bool = False) -> Html:
    """Make text safe between tags and inside a quoted attribute. `Html` passes as it is."""
    if isinstance(value, Html):
        return value
    return Html(_escape(clean(str(value), lines=lines), quote=True))


def attribute(name: str, value: object) -> str:
    """Write one attribute: `class_` loses its underscore, `aria_label` gets its dash."""
    return f' {name.rstrip("_").replace("_", "-")}="{escape(value)}"'


def tag(name: str, *children: object, **attributes: object) -> Html:
    """Write an element. Children that are no `Html` are escaped; attributes that are None are left out."""
    given = "".join(attribute(key, value) for key, value in attributes.items() if value is not None and value != "")
    return Html(f"<{name}{given}>{join(children)}</{name}>")


def join(parts: Iterable[object], between: str = "") -> Html:
    """Put parts one after the other, escaping those that are no `Html`; `between` must be safe itself."""
    return Html(between.join(part.html() if isinstance(part, Piece) else escape(part) for part in parts))


def columns(text: str) -> int:
    """Count the columns that a terminal needs: East Asian wide characters take two, combining ones none."""
    if text.isascii():
        return len(text)
    return sum(0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def cut(text: str, limit: int) -> str:
    """Shorten to at most `limit` characters, the last of which is then an ellipsis."""
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"
