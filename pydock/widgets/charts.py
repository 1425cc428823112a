"""Curves over the last minutes as inline SVG: the value in large, the axes in words, all of it in the label.

Danger: a curve says nothing to those who cannot see it, so its label tells what the newest value is and the highest.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from pydock.display.markup import Html, escape, join, tag
from pydock.display.measures import span

__all__ = ["Chart", "Curve"]

_WIDTH, _HEIGHT = 300.0, 60.0
_POINTS = 240
_NARROWEST = 30.0
"""Seconds that the width is at least: the first samples shall not jump."""
_GAP = 12.0
"""Seconds without a sample after which a curve begins anew; podman measures every five."""

Point = tuple[float, float]
"""Seconds before now, and the value."""


@dataclass(frozen=True)
class Curve:
    """One line: what it is, and its points, oldest first."""

    name: str
    points: Sequence[Point]

    @property
    def now(self) -> float | None:
        """The newest value."""
        return self.points[-1][1] if self.points else None

    @property
    def most(self) -> float:
        """The highest value."""
        return max((value for _, value in self.points), default=0.0)


@dataclass(frozen=True)
class Chart:
    """One or two curves of one unit. `said` writes a value, `note` stands behind the newest one."""

    title: str
    curves: Sequence[Curve]
    said: Callable[[float], str]
    window: float
    """How many seconds its width is at most."""
    note: str = ""
    unknown: str = "not known yet"
    thousand: int = 1000
    """1024 where values are written in KiB."""

    def html(self) -> Html:
        """Return a figure."""
        if not any(curve.points for curve in self.curves):
            body = tag("p", self.unknown, class_="pd-m")
            return tag("div", tag("b", self.title), body, class_="pd-figure")
        head = tag("div", tag("b", self.title), *self._legend(), class_="pd-legend")
        return tag("div", head, self._svg(), tag("div", self._axes(), class_="pd-m pd-axes"), class_="pd-figure")

    @property
    def label(self) -> str:
        """What a screen reader says."""
        return f"{self.title}: {self._values()}{f' {self.note}' if self.note else ''}; {self._axes()}"

    def _values(self) -> str:
        return ", ".join(" ".join(part for part in (curve.name, self._now(curve)) if part) for curve in self.curves)

    def _now(self, curve: Curve) -> str:
        return "—" if curve.now is None else self.said(curve.now)

    def _legend(self) -> list[Html]:
        shown: list[Html] = []
        for index, curve in enumerate(self.curves):
            key = tag("i", class_=f"pd-key pd-key{index}", aria_hidden="true") if curve.name else ""
            name = tag("span", curve.name, class_="pd-m") if curve.name else ""
            shown.append(tag("span", join([key, name, tag("span", self._now(curve), class_="pd-now")], " ")))
        return [*shown, tag("span", self.note, class_="pd-m")] if self.note else shown

    def _axes(self) -> str:
        most = max(curve.most for curve in self.curves)
        time = span(max(round(self._oldest), 1))
        if not most:
            return f"nothing in the last {time}"
        return f"from 0 to {self.said(self._top)}, highest {self.said(most)}, the last {time}"

    @property
    def _oldest(self) -> float:
        return max(points[0][0] for curve in self.curves if (points := curve.points))

    @property
    def _top(self) -> float:
        return _round_up(max(curve.most for curve in self.curves), self.thousand)

    def _svg(self) -> Html:
        width = min(self.window, max(self._oldest, _NARROWEST))
        drawn = [Html(_drawn(curve, index, width, self._top)) for index, curve in enumerate(self.curves)]
        floor = Html(f'<line x1="0" x2="{_WIDTH:.0f}" y1="{_HEIGHT - 1:.0f}" y2="{_HEIGHT - 1:.0f}" class="pd-floor"/>')
        return tag(
            "svg", tag("title", self.label), floor, *drawn, viewBox=f"0 0 {_WIDTH:.0f} {_HEIGHT:.0f}",
            preserveAspectRatio="none", role="img", aria_label=self.label, class_="pd-chart",
        )  # fmt: skip


def _drawn(curve: Curve, index: int, window: float, top: float) -> str:
    drawn: list[str] = []
    for piece in _pieces(_fewer([point for point in curve.points if point[0] <= window])):
        places = [(_WIDTH * (1 - ago / window), _HEIGHT - 1 - (_HEIGHT - 3) * value / top) for ago, value in piece]
        if len(places) == 1:
            places.append((places[0][0] + 1, places[0][1]))
        line = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
        if index == 0:
            area = f"{places[0][0]:.1f},{_HEIGHT - 1} {line} {places[-1][0]:.1f},{_HEIGHT - 1}"
            drawn.append(f'<polygon points="{escape(area)}" class="pd-area"/>')
        drawn.append(f'<polyline points="{escape(line)}" class="pd-line pd-line{index}"/>')
    return "".join(drawn)


def _fewer(points: Sequence[Point]) -> Sequence[Point]:
    """Return no more points than can be seen: of neighbours the highest, as peaks are what people look for."""
    step = -(-len(points) // _POINTS)
    if step < 2:
        return points
    return [max(points[at : at + step], key=lambda point: point[1]) for at in range(0, len(points), step)]


def _pieces(points: Sequence[Point]) -> list[list[Point]]:
    pieces: list[list[Point]] = []
    for point in points:
        if pieces and pieces[-1][-1][0] - point[0] <= max(_GAP, 2 * (points[0][0] - points[-1][0]) / len(points)):
            pieces[-1].append(point)
        else:
            pieces.append([point])
    return pieces


def _round_up(value: float, thousand: int) -> float:
    """Return a round number above: an axis that changes with each sample makes the curve jump."""
    if value <= 0:
        return 1.0
    unit = 1.0
    while unit * thousand <= value:
        unit *= thousand
    while unit > value:
        unit /= 10
    steps = (unit * ten * times for ten in (1, 10, 100, 1000) for times in (1, 1.5, 2, 3, 5, 7.5))
    return next(step for step in steps if step >= value)
