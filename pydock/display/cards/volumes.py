"""Volumes."""

from __future__ import annotations

from pydock.display.cards.containers import labels_cells
from pydock.display.leaf import DASH, Leaf, code, muted, strong
from pydock.display.markup import Cell
from pydock.display.measures import ago, short_id, size
from pydock.display.page import Card, Look
from pydock.display.reading import items, mapping, moment, number, word
from pydock.display.table import Facts, Table
from pydock.display.tree import Tree

__all__ = ["volume", "volumes"]


def volumes(many: object, look: Look) -> Card:
    """Show a list; sizes and users are known only to a disk usage answer."""
    things = items(many)
    measured = any(_size(item) is not None for item in things)
    headings = ["Name", "Driver", *([">Size", ">Used by"] if measured else []), "Created", "Mountpoint"]
    rows: list[list[Cell]] = []
    for item in things:
        usage: list[Cell] = [size(_size(item)), _users(item)] if measured else []
        created = ago(moment(item, "created_at", "created"), look.as_of)
        rows.append([_name(item), word(item, "driver"), *usage, created, code(word(item, "mountpoint"))])
    table = Table(headings, rows, "slice the list, or filter when listing", label="volumes") if rows else None
    return Card(f"{len(things)} volume{'' if len(things) == 1 else 's'}", [], [table], moment(many, "seen_at"))


def volume(obj: object, look: Look) -> Card:
    """Show one volume."""
    facts = Facts([
        ("Size", size(_size(obj), none="")),
        ("Used by", _users(obj) if _size(obj) is not None else None),
        ("Scope", word(obj, "scope")),
        ("Created", ago(moment(obj, "created_at", "created"), look.as_of)),
        ("Mountpoint", code(word(obj, "mountpoint"))),
        ("Options", labels_cells(mapping(obj, "options"))),
        ("Labels", labels_cells(mapping(obj, "labels"))),
    ])  # fmt: skip
    glance = [word(obj, "driver")]
    return Card(
        word(obj, "name") or "Volume", glance, [facts, Tree(obj, show_env=look.show_env)], moment(obj, "seen_at")
    )


def _name(obj: object) -> Cell:
    name = word(obj, "name")
    return strong(name) if short_id(name) == name else Leaf(f"{short_id(name)}…", "strong", name)


def _size(obj: object) -> float | None:
    found = number(obj, "usage_data.size", "size")
    return found if found is not None and found >= 0 else None


def _users(obj: object) -> Cell:
    count = number(obj, "usage_data.ref_count", "ref_count")
    return DASH if count is None or count < 0 else f"{count:.0f}" if count else muted("nobody")
