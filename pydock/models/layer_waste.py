"""How much of an image is there twice or in vain, as the program dive counts it.

The formula is that of wagoodman/dive, `dive/filetree/efficiency.go` and `dive/image/analysis.go` (MIT): every layer
has, at its leaves (what has nothing below it in that layer), a size for each path. A path's total is the sum over all
layers; its minimum the smallest of them. A whiteout counts as a leaf: of a folder with all that lies below it
underneath, of a file with 0. Then

    efficiency = sum of minimums / sum of totals             1 for an image without bytes
    wasted     = sum of the totals of all paths that two or more layers have

Danger: so "wasted" also counts the version that is seen. Opaque whiteouts count as nothing, and, other than in dive,
a whiteout of what does not exist is left out (there it ends the count of its layer).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from pydock.models.layer_tar import TarNote

__all__ = ["Node", "Tree", "Waste", "WastedIn", "measure"]


@dataclass(slots=True)
class Node:
    """A path of a tree. `owner` is None for a folder that no header tells of."""

    kind: str = "dir"
    size: int = 0
    owner: tuple[int, int, int] | None = None
    children: dict[str, Node] = field(default_factory=dict[str, "Node"])

    @property
    def whole(self) -> int:
        """Its bytes and those of all below it, however deep."""
        size = 0
        nodes: list[Node] = [self]
        while nodes:
            node = nodes.pop()
            size += node.size
            nodes.extend(node.children.values())
        return size


class Tree:
    """Layers on top of each other."""

    def __init__(self) -> None:
        self._root = Node()

    def find(self, path: str) -> Node | None:
        """Return what is there."""
        node: Node | None = self._root
        for name in _names(path):
            node = node.children.get(name) if node is not None else None
        return node

    def add(self, note: TarNote) -> None:
        """Put something where it belongs; what is no folder has nothing below it."""
        node = self._root
        for name in _names(note.path):
            node = node.children.setdefault(name, Node())
        node.kind, node.size, node.owner = note.kind, note.size, note.owner
        if note.kind != "dir":
            node.children.clear()

    def remove(self, path: str) -> None:
        """Take something away, with all below it."""
        *above, name = _names(path)
        parent = self.find("/".join(above))
        if parent is not None:
            parent.children.pop(name, None)

    def hidden_by(self, notes: Sequence[TarNote]) -> list[str]:
        """Return what whiteouts take away."""
        paths = [note.path for note in notes if note.whiteout]
        for note in notes:
            if note.opaque and (folder := self.find(note.path)) is not None:
                paths += [f"{note.path.rstrip('/')}/{name}" for name in folder.children]
        return paths


@dataclass(slots=True)
class WastedIn:
    """A path, the bytes of all its versions, and the layers (from 0) that have it."""

    path: str
    size: int = 0
    smallest: int = -1
    layers: list[int] = field(default_factory=list[int])


@dataclass(frozen=True, slots=True)
class Waste:
    """What `measure` finds."""

    efficiency: float
    bytes: int
    paths: Sequence[WastedIn]
    """Those that several layers have, the largest first."""


def measure(layers: Sequence[Sequence[TarNote]]) -> Waste:
    """Compute the efficiency and the wasted bytes of an image's layers, the lowest first."""
    seen: dict[str, WastedIn] = {}
    below = Tree()
    for number, notes in enumerate(layers):
        for path, size in _leaves(below, notes):
            found = seen.setdefault(path, WastedIn(path))
            found.size += size
            found.smallest = size if found.smallest < 0 else min(found.smallest, size)
            found.layers.append(number)
        _stack(below, notes)
    total = sum(each.size for each in seen.values())
    least = sum(each.smallest for each in seen.values())
    several = sorted((each for each in seen.values() if len(each.layers) > 1), key=lambda each: (-each.size, each.path))
    return Waste(least / total if total else 1.0, sum(each.size for each in several), several)


def _leaves(below: Tree, notes: Sequence[TarNote]) -> Iterator[tuple[str, int]]:
    """Yield each leaf of one layer with its size; a whiteout with that of the folder it takes away."""
    parents = {parent for note in notes if not note.opaque for parent in _above(note.path)}
    sizes = {note.path: note.size for note in notes if not (note.whiteout or note.opaque)}
    folders = {note.path for note in notes if note.opaque} - sizes.keys()
    yield from ((path, size) for path, size in [*sizes.items(), *((f, 0) for f in folders)] if path not in parents)
    for note in notes:
        if note.whiteout and (gone := below.find(note.path)) is not None:
            yield note.path, gone.whole if gone.kind == "dir" else 0


def _above(path: str) -> Iterator[str]:
    while "/" in path.lstrip("/"):
        path = path.rpartition("/")[0]
        yield path


def _stack(tree: Tree, notes: Sequence[TarNote]) -> None:
    for note in notes:
        if note.whiteout:
            tree.remove(note.path)
    for note in notes:
        if not (note.whiteout or note.opaque):
            tree.add(note)


def _names(path: str) -> list[str]:
    return [name for name in path.split("/") if name]
