"""What has no card of its own: its plain fields as facts, the rest as a tree; several of them as a table."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import Enum

from pydock.display.leaf import DASH, Leaf, code, muted
from pydock.display.markup import Cell, Piece
from pydock.display.masking import MASK, is_secret, safe_text
from pydock.display.measures import ago, size, span
from pydock.display.page import Card, Look
from pydock.display.reading import fields, items, moment, read, word
from pydock.display.status import Status
from pydock.display.table import Facts, Table
from pydock.display.tree import Tree

__all__ = ["drawing", "listing", "reference", "thing"]

_FIRST = ("name", "id", "status", "state")
_COLUMNS = 6


def thing(obj: object, look: Look) -> Card:
    """Show an object that nobody described."""
    named = fields(obj)
    if named is None:
        return Card("", [], [Facts([(type(obj).__name__, _cell("", obj, look) or DASH)])])
    pairs = [(_title(name), _cell(name, value, look)) for name, value in named.items()]
    facts = Facts([(name, cell) for name, cell in pairs if cell is not None])
    names = [word(obj, "name", "id")] if word(obj, "name", "id") else []
    return Card(_kind(obj), list(names), [facts, Tree(obj, show_env=look.show_env)], moment(obj, "seen_at"))


def reference(obj: object, look: Look) -> Card:  # noqa: ARG001 - all cards take a look
    """Show a ref: it has asked the daemon nothing, so it knows its id alone."""
    return Card(f"{_kind(obj)}", [code(word(obj, "id")), muted("nothing asked yet; await its inspect()")])


def listing(many: object, look: Look) -> Card:
    """Show things of any kind as a table of their plain fields."""
    things = items(many)
    title = word(many, "title") or (f"{_kind(things[0]).lower()}s" if things and fields(things[0]) else "items")
    named = [fields(item) or {"value": item} for item in things]
    columns = _chosen(named, look)
    rows: list[list[Cell]] = [[_cell(name, row.get(name), look) or DASH for name in columns] for row in named]
    table = Table([_title(name) for name in columns], rows, hint="slice the list to see others") if rows else None
    return Card(f"{len(things)} {title}", [], [table], moment(many, "seen_at"))


def drawing(obj: object, look: Look) -> Card:
    """Show what draws itself."""
    return Card("Map", [word(obj, "count")], [obj] if isinstance(obj, Piece) else [], look.as_of)


def _chosen(named: Sequence[dict[str, object]], look: Look) -> list[str]:
    found = [name for name, value in (named[0] if named else {}).items() if _cell(name, value, look) is not None]
    first = [name for name in _FIRST if name in found]
    return [*first, *(name for name in found if name not in first)][:_COLUMNS]


def _cell(name: str, value: object, look: Look) -> Cell | None:
    """Return a plain value as a cell; None for nothing and for what is no plain value."""
    if value is None or value == "" or (isinstance(value, bool) and not value):
        return None
    if is_secret(name) and not isinstance(value, bool):
        return code(MASK)
    if isinstance(value, datetime):
        return ago(value, look.as_of)
    if isinstance(value, timedelta):
        return span(value)
    if isinstance(value, bool):
        return "yes"
    if isinstance(value, bytes):
        return f"{len(value)} bytes"
    if isinstance(value, (int, float)):
        return size(value) if "size" in name or name.endswith("bytes") else Leaf(str(value))
    if isinstance(value, (str, Enum)):
        said = str(value.value if isinstance(value, Enum) else value)
        return Status.of(said) if name in {"status", "state"} else Leaf(safe_text(said), "code" if name == "id" else "")
    return None


def _title(name: str) -> str:
    return name.replace("_", " ").strip().capitalize()


def _kind(obj: object) -> str:
    noun = read(type(obj), "noun")
    return noun.capitalize() if isinstance(noun, str) and noun != "object" else type(obj).__name__
