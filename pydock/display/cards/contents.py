"""The files of an image's layers: which layer added, changed and deleted what, and what of it is in vain.

Danger: a layer may have a hundred thousand files, so only the first are shown, and how many are not.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from pydock.display.bars import Bar
from pydock.display.cards.images import made_by
from pydock.display.leaf import DASH, Leaf, code, muted
from pydock.display.markup import Cell, Html, clean, cut, join, tag
from pydock.display.measures import percent, short_id, size
from pydock.display.page import Card, Look, Sub
from pydock.display.reading import items, number, word
from pydock.display.table import Table

__all__ = ["FileTree", "image_contents", "image_glance", "layer_contents", "layers_table", "wasted_table"]

_WASTED = 10
_LOOKS = {"added": ("A", "good"), "changed": ("M", "warn"), "deleted": ("D", "bad")}


def image_contents(obj: object, look: Look) -> Card:  # noqa: ARG001 - all cards take a look
    """Show the layers of an image, and what in them is in vain."""
    wasted = wasted_table(obj)
    pieces = [layers_table(obj), Sub("In several layers") if wasted else None, wasted]
    return Card(short_id(word(obj, "name")) or "image", image_glance(obj), pieces)


def image_glance(obj: object) -> Sequence[Cell]:
    """Return what one reads first: how many layers, how large, how efficient."""
    count = len(items(obj, "layers"))
    return [
        f"{count} layer{'' if count == 1 else 's'}",
        size(number(obj, "size")),
        Leaf(f"efficiency {percent(number(obj, 'efficiency') or 0)}", "", "as dive computes it"),
        Leaf(f"wasted {size(number(obj, 'wasted'))}", "", "bytes of all paths that several layers have"),
    ]


def layers_table(obj: object, chosen: int = 0) -> Table:
    """Show each layer with its place in the whole; the chosen one's number is marked."""
    whole, start, rows = number(obj, "size") or 0, 0.0, list[list[Cell]]()
    for layer in items(obj, "layers"):
        bytes_ = number(layer, "size") or 0
        share = bytes_ / whole if whole else 0.0
        which = number(layer, "number") or 0
        name: Cell = Leaf(f"▸ {which:.0f}", "strong") if which == chosen else f"{which:.0f}"
        bar: Cell = Bar(share, start, label=f"{size(bytes_)}, {percent(share)}") if bytes_ else DASH
        counts = [_count(layer, mark) for mark in _LOOKS]
        rows.append([name, size(bytes_), bar, *counts, code(made_by(word(layer, "created_by")))])
        start += share
    headings = ["#", ">Size", "Share", ">Added", ">Changed", ">Deleted", "Created by"]
    return Table(headings, rows, label="layers", limit=130)


def _count(layer: object, mark: str) -> Cell:
    found = sum(1 for file in items(layer, "files") if word(file, "mark") == mark and word(file, "kind") != "dir")
    folders = sum(1 for file in items(layer, "files") if word(file, "mark") == mark == "deleted")
    total = max(found, folders) if mark == "deleted" else found
    return f"{total}" if total else muted("")


def wasted_table(obj: object) -> Table | None:
    """Show the paths that waste most."""
    paths = [path for path in items(obj, "wasted_paths") if number(path, "size")]
    rows: list[list[Cell]] = [
        [code(word(path, "path")), size(number(path, "size")), ", ".join(f"#{each}" for each in items(path, "layers"))]
        for path in paths
    ]
    return Table(["Path", ">Size", "Layers"], rows, label="wasted", limit=_WASTED) if rows else None


def layer_contents(obj: object, look: Look) -> Card:  # noqa: ARG001 - all cards take a look
    """Show one layer's files."""
    glance: list[Cell] = [size(number(obj, "size")), code(made_by(word(obj, "created_by")))]
    return Card(f"Layer {number(obj, 'number') or 0:.0f}", glance, [FileTree(items(obj, "files"))])


@dataclass
class _Branch:
    file: object = None
    below: dict[str, _Branch] = field(default_factory=dict[str, "_Branch"])
    bytes: float = 0


@dataclass(frozen=True)
class FileTree:
    """Files as a tree of folders that open; at most `limit` of them."""

    files: Sequence[object]
    limit: int = 120

    def html(self) -> Html:
        """Return nested folders; the first ones are open."""
        shown = [_html(name, branch, 0) for name, branch in sorted(self._grown().below.items())]
        nothing = tag("p", "Nothing.", class_="pd-m")
        return join(
            [tag("div", *shown) if shown else nothing, tag("p", self._rest, class_="pd-m") if self._rest else ""]
        )

    def text(self) -> str:
        """Return indented names."""
        lines = [line for name, branch in sorted(self._grown().below.items()) for line in _lines(name, branch, 0)]
        return "\n".join([*lines, self._rest] if self._rest else lines)

    @property
    def _rest(self) -> str:
        hidden = len(self.files) - self.limit
        return f"… {hidden} more" if hidden > 0 else ""

    def _grown(self) -> _Branch:
        root = _Branch()
        for file in self.files[: self.limit]:
            branch = root
            for name in word(file, "path").strip("/").split("/"):
                branch = branch.below.setdefault(name, _Branch())
                branch.bytes += number(file, "size") or 0
            branch.file = file
        return root


def _html(name: str, branch: _Branch, depth: int) -> Html:
    kind = word(branch.file, "kind")
    target = f" → {cut(word(branch.file, 'target'), 80)}" if word(branch.file, "target") else ""
    slash = "/" if branch.below or kind == "dir" else ""
    said = size(branch.bytes) if branch.bytes or kind == "file" else ""
    line = join([_mark(branch), clean(cut(name, 80)) + slash, target, " ", tag("span", said, class_="pd-m")])
    if not branch.below:
        return tag("div", line)
    inner = [_html(each, one, depth + 1) for each, one in sorted(branch.below.items())]
    few = depth < 2 and len(branch.below) <= 24
    return tag("details", tag("summary", line), tag("div", *inner, class_="pd-in"), open="open" if few else None)


def _mark(branch: _Branch) -> Html:
    mark = word(branch.file, "mark")
    if mark not in _LOOKS:
        return Html("")
    letter, kind = _LOOKS[mark]
    shown = tag("b", letter, class_=f"pd-is-{kind}", title=mark, aria_hidden="true")
    return join([shown, tag("span", mark, class_="pd-sr"), " "])


def _lines(name: str, branch: _Branch, depth: int) -> list[str]:
    letter = _LOOKS.get(word(branch.file, "mark"), (" ", ""))[0]
    slash = "/" if branch.below or word(branch.file, "kind") == "dir" else ""
    first = (
        f"{letter} {'  ' * depth}{clean(cut(name, 80))}{slash}  {size(branch.bytes) if branch.bytes else ''}".rstrip()
    )
    return [first, *(line for each, one in sorted(branch.below.items()) for line in _lines(each, one, depth + 1))]
