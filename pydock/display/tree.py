"""The whole object as a tree that opens by clicking, with secrets masked at every depth.

Danger: an inspected container holds the environment, labels and tokens; the tree is saved with the notebook.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum

from pydock.display.leaf import DASH, Leaf, code
from pydock.display.markup import Html, join, tag
from pydock.display.masking import MASK, environment, is_secret, safe_text
from pydock.display.measures import clock, span
from pydock.display.reading import fields, is_many, items

__all__ = ["Tree"]

_DEPTH = 8
_CHILDREN = 40
_LEAVES = 600
_ENVIRONMENT = frozenset({"env", "environment"})


@dataclass
class Tree:
    """An object's fields; empty ones are counted, not shown."""

    obj: object
    label: str = "All fields"
    show_env: bool = False

    def html(self) -> Html:
        """Return nested `<details>`: closed at first, no script needed."""
        return _Writer(self.show_env).branch(self.label, self.obj, 0, masked=False, env=False)

    def text(self) -> str:
        """Return nothing: in a terminal the fields are one attribute away."""
        return ""


class _Writer:
    def __init__(self, show_env: bool) -> None:
        self._show_env = show_env
        self._left = _LEAVES

    def node(self, name: str, value: object, depth: int, *, masked: bool, env: bool) -> Html:
        masked, env = masked or is_secret(name), env or name.lower() in _ENVIRONMENT
        if depth < _DEPTH and (fields(value) is not None or is_many(value)):
            return self.branch(name, value, depth, masked=masked, env=env)
        self._left -= 1
        return tag("div", tag("span", name, class_="pd-k"), " ", self.leaf(value, masked=masked, env=env))

    def branch(self, name: str, value: object, depth: int, *, masked: bool, env: bool) -> Html:
        named = fields(value)
        pairs = list(named.items()) if named is not None else list(enumerate(items(value)))
        full = [(key, item) for key, item in pairs if not _is_empty(item)]
        summary = tag("summary", tag("span", name, class_="pd-k"), " ", tag("span", len(full), class_="pd-m"))
        parts: list[Html] = []
        for key, item in full[:_CHILDREN]:
            if self._left <= 0:
                break
            if env and named is not None:
                item = f"{key}={item}"
            parts.append(self.node(str(key), item, depth + 1, masked=masked, env=env))
        note = self._note(len(full) - len(parts), len(pairs) - len(full), named is not None)
        return tag("details", summary, tag("div", join(parts), note, class_="pd-in"))

    def leaf(self, value: object, *, masked: bool, env: bool) -> Html:
        if value is None:
            return DASH.html()
        if isinstance(value, bool):
            return Leaf(str(value).lower(), "m").html()
        if env:
            name, shown = environment(str(value), show=self._show_env)
            return join([code(name), "=", code(MASK if masked or shown == MASK else shown)])
        if masked:
            return code(MASK, "masked: it looks like a secret").html()
        return Leaf(_written(value), "code").html()

    @staticmethod
    def _note(hidden: int, empty: int, named: bool) -> Html:
        said = [f"… {hidden} more"] if hidden > 0 else []
        said += [f"{empty} empty" + (" fields" if named else "")] if empty else []
        return tag("div", ", ".join(said), class_="pd-m") if said else Html("")


def _is_empty(value: object, depth: int = 2) -> bool:
    if value is None or value == "" or value is False:
        return True
    if is_many(value):
        return not len(value)
    named = fields(value) if depth else None
    return named is not None and all(_is_empty(item, depth - 1) for item in named.values())


def _written(value: object) -> str:
    if isinstance(value, datetime):
        return clock(value)
    if isinstance(value, timedelta):
        return span(value)
    if isinstance(value, bytes):
        return f"{len(value)} bytes"
    return safe_text(str(value.value if isinstance(value, Enum) else value))
