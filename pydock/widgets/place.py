"""A place in a view whose content changes: what was in it before is closed, in the page and in ipywidgets' memory.

Danger: a widget that is only taken out of its box lives on with its callbacks, and hundreds of them make a page crawl.
"""

from __future__ import annotations

from collections.abc import Sequence

from pydock.widgets import pieces
from pydock.widgets.pieces import Box, Widget

__all__ = ["Place", "discard"]


class Place:
    """A box for one thing at a time; `.box` is the widget."""

    def __init__(self, *classes: str) -> None:
        self.box: Box = pieces.vbox(classes=classes)

    def put(self, *content: Widget) -> None:
        """Show this instead of what is there."""
        old = [child for child in self.box.children if child not in content]
        self.box.children = content
        for child in old:
            discard(child)


def discard(widget: Widget) -> None:
    """Close a widget and all that is in it."""
    children: Sequence[Widget] = getattr(widget, "children", ())
    for child in children:
        discard(child)
    for name in ("style", "layout"):
        part: Widget | None = getattr(widget, name, None)
        if part is not None:
            part.close()
    widget.close()
