"""Pull, push, load and build while they run and when they are done."""

from __future__ import annotations

from pydock.display.bars import Bar
from pydock.display.leaf import Leaf, code, muted
from pydock.display.markup import Cell
from pydock.display.measures import percent, size, span
from pydock.display.page import Card, Look
from pydock.display.pane import Note, Pane, decoded
from pydock.display.reading import fields, flag, items, mapping, number, read, seconds, word
from pydock.display.status import Status
from pydock.display.table import Table

__all__ = ["progress"]

_DONE = ("complete", "exists", "pushed", "loaded", "done", "cached", "up to date")


def progress(obj: object, look: Look) -> Card:  # noqa: ARG001 - all cards take a look
    """Show a bar for each layer or step, and the sum."""
    parts, events = _parts(obj), items(obj, "events")
    error = word(obj, "error") or (word(events[-1], "error") if events else "")
    whole = number(obj, "fraction")
    current = sum(number(part, "current") or 0 for _, part in parts)
    total = sum(number(part, "total") or 0 for _, part in parts)
    lasted, speed = seconds(obj, "duration", "elapsed"), number(obj, "rate")
    glance: list[Cell] = [_state(obj, parts, error), f"{size(current)} / {size(total)}" if total else ""]
    glance += [Bar(whole, label=percent(whole))] if whole else []
    glance += [f"{size(speed)}/s"] if speed else []
    glance += [span(lasted)] if lasted is not None else []
    rows = [_row(name, part) for name, part in parts]
    table = Table(["Part", "Progress", "State", ">Size"], rows, label="progress") if rows else None
    log = decoded("".join(word(event, "stream") for event in events) or read(obj, "log"))
    pieces = [Note(error, "bad") if error else None, table, Pane(log[-20:], "log") if log else None]
    return Card(word(obj, "what", "_what", "reference") or "Progress", glance, pieces)


def _state(obj: object, parts: list[tuple[str, object]], error: str) -> Status:
    if error:
        return Status("failed", "bad")
    if not parts and not items(obj, "events"):
        return Status("not started: await it", "idle")
    return Status("done", "good") if flag(obj, "done") or number(obj, "fraction") == 1 else Status("working", "busy")


def _parts(obj: object) -> list[tuple[str, object]]:
    for name in ("steps", "layers", "parts"):
        if found := mapping(obj, name):
            return list(found.items())
        if listed := items(obj, name):
            return [(word(item, "id", "name"), item) for item in listed]
    return []


def _is_done(part: object) -> bool:
    return flag(part, "done", "completed") or any(said in word(part, "status", "state").lower() for said in _DONE)


def _row(name: str, part: object) -> list[Cell]:
    current, total = number(part, "current") or 0, number(part, "total") or 0
    done, failed = _is_done(part), word(part, "error")
    share = 1.0 if done else current / total if total else 0.0
    said = failed or word(part, "status", "state")
    bar = Bar(share, kind="bad" if failed else "good" if done else "", label=f"{share * 100:.0f} %, {said}")
    amount = size(total or current or None, none="") if done else f"{size(current)} / {size(total)}" if total else ""
    return [code(name) if fields(part) is not None else Leaf(name), bar, said, muted(amount)]
