"""Bars: a share, a share inside a share, and where a layer lies in the whole."""

from __future__ import annotations

from dataclasses import dataclass

from pydock.display.markup import Html, escape, tag
from pydock.display.measures import percent

__all__ = ["Bar", "Spark"]

_WIDTH = 16


@dataclass(frozen=True)
class Bar:
    """A part of 0…1 that begins at `start`; `second` is a further part behind it in another colour."""

    length: float
    start: float = 0.0
    second: float = 0.0
    kind: str = ""
    label: str = ""

    def html(self) -> Html:
        """Return the bar; its label is what a screen reader says."""
        first = self._part(self.start, self.length, f"pd-fill pd-{self.kind}" if self.kind else "pd-fill")
        second = self._part(self.start + self.length, self.second, "pd-fill pd-second") if self.second > 0 else ""
        label = self.label or percent(_within(self.length))
        return tag("span", first, second, class_="pd-bar", role="img", aria_label=label, title=label)

    def text(self) -> str:
        """Return sixteen characters of blocks."""
        start, length = round(_within(self.start) * _WIDTH), _within(self.length) * _WIDTH
        start = min(start, _WIDTH - 1)
        whole = max(round(length), 1 if self.length > 0 else 0)
        return (" " * start + ("█" * whole) + "▒" * round(_within(self.second) * _WIDTH))[:_WIDTH].rstrip()

    @staticmethod
    def _part(start: float, length: float, look: str) -> Html:
        left, width = _within(start) * 100, _within(length) * 100
        visible = max(width, 0.6) if length > 0 else 0.0
        left = min(left, 100 - visible)
        return Html(f'<i class="{escape(look)}" style="left:{left:.2f}%;width:{visible:.2f}%"></i>')


@dataclass(frozen=True)
class Spark:
    """A line of the last values; the label says the newest, for those who cannot see it."""

    values: tuple[float, ...]
    label: str
    top: float = 0.0

    def html(self) -> Html:
        """Return an inline SVG line."""
        top = max(self.top, *self.values, 1e-9) if self.values else 1.0
        step = 120 / max(len(self.values) - 1, 1)
        points = " ".join(f"{i * step:.1f},{23 - 22 * _within(v / top):.1f}" for i, v in enumerate(self.values))
        line = Html(f'<polyline points="{points}" class="pd-line"/>')
        return tag(
            "svg", tag("title", self.label), line, viewBox="0 0 120 24", width=120, height=24, role="img",
            aria_label=self.label, class_="pd-spark",
        )  # fmt: skip

    def text(self) -> str:
        """Return one block character a value."""
        top = max(self.top, *self.values, 1e-9) if self.values else 1.0
        return "".join("▁▂▃▄▅▆▇█"[round(7 * _within(v / top))] for v in self.values)


def _within(share: float) -> float:
    return min(max(share, 0.0), 1.0) if share == share else 0.0
