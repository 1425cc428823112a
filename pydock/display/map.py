"""The map of a daemon: networks, the containers on them, the volumes in those, as one inline SVG.

Danger: a daemon with hundreds of containers would draw a wall; so at most forty boxes stand in a column.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from pydock.display.markup import Html, clean, cut, join, tag
from pydock.display.mixin import Displayed
from pydock.display.reading import items, mapping, read, word
from pydock.display.status import Status, of_container

__all__ = ["Map", "Node", "topology"]

_BOX, _GAP, _ROW, _HEIGHT, _TOP = 190, 110, 34, 24, 30
_BOXES = 40
_COLUMNS = ("networks", "containers", "volumes")


@dataclass(frozen=True)
class Node:
    """A box of the map."""

    name: str
    status: Status | None = None

    @property
    def said(self) -> str:
        """What a screen reader and the pointer tell."""
        return f"{clean(self.name)}, {self.status.word}" if self.status else clean(self.name)


@dataclass
class Map(Displayed):
    """Networks → containers → volumes. Show it as the last value of a cell, or print its `text()`."""

    __display__ = "map"

    networks: list[Node] = field(default_factory=list[Node])
    containers: list[Node] = field(default_factory=list[Node])
    volumes: list[Node] = field(default_factory=list[Node])
    joined: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    """(network, container)"""
    mounted: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    """(container, volume)"""
    seen_at: datetime = field(default_factory=lambda: datetime.now(UTC))

    def html(self) -> Html:
        """Return the drawing, with a sentence about every line for screen readers."""
        columns = [nodes[:_BOXES] for nodes in (self.networks, self.containers, self.volumes)]
        height = _TOP + _ROW * max(1, *(len(c) for c in columns)) + 4
        places = [_places(nodes, height) for nodes in columns]
        width = 3 * _BOX + 2 * _GAP + 4
        lines = [
            *_lines(self.joined, places[0], places[1], 0, ""),
            *_lines(self.mounted, places[1], places[2], 1, "pd-vol"),
        ]
        boxes = [_box(node, i, places[i][node.name]) for i, nodes in enumerate(columns) for node in nodes]
        heads = [tag("text", name, x=2 + i * (_BOX + _GAP), y=14, class_="pd-m") for i, name in enumerate(_COLUMNS)]
        title = tag("title", f"Map: {self.count}")
        hidden = sum(max(0, len(nodes) - _BOXES) for nodes in (self.networks, self.containers, self.volumes))
        svg = tag(
            "svg", title, *heads, *lines, *boxes, viewBox=f"0 0 {width} {height}", width=width, height=height,
            role="img", aria_label=f"Map: {self.count}",
        )  # fmt: skip
        heard = tag("div", "; ".join(self._sentences()), class_="pd-sr")
        return join(
            [
                tag("div", svg, class_="pd-scroll"),
                heard,
                tag("p", f"… {hidden} more", class_="pd-m") if hidden else "",
            ]
        )

    def text(self) -> str:
        """Return one line per container."""
        return "\n".join(self._sentences())

    def __str__(self) -> str:
        return self.text()

    def _sentences(self) -> list[str]:
        lines: list[str] = []
        for node in self.containers[:_BOXES]:
            networks = ", ".join(clean(n) for n, c in self.joined if c == node.name)
            volumes = ", ".join(clean(v) for c, v in self.mounted if c == node.name)
            status = f" ({node.status.word})" if node.status else ""
            after = f" → {volumes}" if volumes else ""
            lines.append(f"{networks or '(no network)'} → {clean(node.name)}{status}{after}")
        return lines

    @property
    def count(self) -> str:
        """How many there are of each."""
        counts = zip(_COLUMNS, (self.networks, self.containers, self.volumes), strict=True)
        return ", ".join(f"{len(nodes)} {name if len(nodes) != 1 else name[:-1]}" for name, nodes in counts)


def topology(containers: Iterable[object], networks: Iterable[object] = (), volumes: Iterable[object] = ()) -> Map:
    """Draw the map from what `list` knows of containers; networks and volumes add those that nothing uses."""
    drawn = Map()
    used: dict[str, None] = {}
    kept: dict[str, None] = {}
    for container in containers:
        name = word(container, "name", "id")
        drawn.containers.append(Node(name, of_container(container)))
        for network in mapping(container, "network_settings.networks", "networks") or _names(container):
            used[network] = None
            drawn.joined.append((network, name))
        for mount in items(container, "mounts"):
            if word(mount, "type") == "volume" and (volume := word(mount, "name")):
                kept[volume] = None
                drawn.mounted.append((name, volume))
    used |= dict.fromkeys(word(network, "name") for network in networks)
    kept |= dict.fromkeys(word(volume, "name") for volume in volumes)
    drawn.networks = [Node(name) for name in used]
    drawn.volumes = [Node(name) for name in kept]
    return drawn


def _names(container: object) -> list[str]:
    return [n for n in items(container, "networks") if isinstance(n, str)] if read(container, "networks") else []


def _places(nodes: Sequence[Node], height: int) -> dict[str, float]:
    """Spread a column over the height; the value is the middle of a box."""
    step = (height - _TOP) / max(1, len(nodes))
    return {node.name: _TOP + step * (i + 0.5) for i, node in enumerate(nodes)}


def _lines(
    pairs: Sequence[tuple[str, str]], left: dict[str, float], right: dict[str, float], column: int, look: str
) -> list[Html]:
    x1 = 2 + column * (_BOX + _GAP) + _BOX
    x2, bend = x1 + _GAP, _GAP / 2
    drawn: list[Html] = []
    for a, b in pairs:
        if a in left and b in right:
            y1, y2 = left[a], right[b]
            path = f"M{x1},{y1:.1f} C{x1 + bend:g},{y1:.1f} {x2 - bend:g},{y2:.1f} {x2},{y2:.1f}"
            drawn.append(tag("path", tag("title", f"{clean(a)} → {clean(b)}"), d=path, class_=look))
    return drawn


def _box(node: Node, column: int, middle: float) -> Html:
    x, y = 2 + column * (_BOX + _GAP), middle - _HEIGHT / 2
    running = node.status is not None and node.status.kind == "good"
    box = tag("rect", x=x, y=f"{y:.1f}", width=_BOX, height=_HEIGHT, rx=5, class_="pd-on" if running else "")
    mark = tag("tspan", f"{node.status.text()[0]} ", class_=f"pd-is-{node.status.kind}") if node.status else ""
    name = tag("text", mark, cut(clean(node.name), 23), x=x + 9, y=f"{middle + 4:.1f}")
    return tag("g", tag("title", node.said), box, name)
