"""An image's layers: each with its place in the whole, its files, what it wastes; and who uses the image.

Danger: the files of one layer may be a hundred thousand; those that are shown are few, found by typing.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Self

from anyio.abc import TaskGroup

from pydock.display.cards import card
from pydock.display.cards.contents import FileTree, image_glance, layers_table, wasted_table
from pydock.display.leaf import code, html_of
from pydock.display.markup import Html, clean, cut, escape, join, tag
from pydock.display.measures import short_id, size
from pydock.models.images import ImageRef
from pydock.models.layers import ImageContents, Layer, LayerFile
from pydock.widgets import pieces
from pydock.widgets.hub import Hub
from pydock.widgets.pieces import Widget
from pydock.widgets.renderer import assign
from pydock.widgets.view import View

__all__ = ["ImageExplorer"]

_MARKS = [("All files", ""), ("Added", "added"), ("Changed", "changed"), ("Deleted", "deleted")]


class ImageExplorer(View):
    """Shows an image's layers and their files; `contents` has them as data, `layer` is the one that is chosen."""

    def __init__(self, ref: ImageRef, contents: ImageContents) -> None:
        super().__init__()
        self.ref = ref
        self.contents = contents
        self.title: str = f"Image {clean(short_id(contents.name))}"
        self._users: Sequence[str] | None = None

    @classmethod
    async def of(cls, ref: ImageRef) -> Self:
        """Read it first: all of it is streamed from the daemon, once."""
        return cls(ref, await ref.contents())

    @property
    def layer(self) -> Layer | None:
        """The layer that is chosen."""
        self._shown()
        return self._chosen()

    def build(self) -> Sequence[Widget]:
        """Make the table, what chooses a layer and its files, and the rest."""
        self._table, self._files, self._below = pieces.html(), pieces.html(), pieces.html()
        options = [(f"Layer {each.number} · {size(each.size)}", str(each.number)) for each in self.contents.layers]
        largest = max(self.contents.layers, key=lambda each: each.size, default=None)
        self._layers = pieces.dropdown("Layer", options, value=str(largest.number) if largest else None)
        self._mark = pieces.dropdown("Files that the layer …", _MARKS)
        self._find = pieces.text("Find in paths", placeholder="find, e.g. /usr/lib")
        self.heading(self._head_line())
        for widget in (self._layers, self._mark, self._find):
            self.on(widget, self._paint)
        self._painter = self.renderer(self._paint_users, hz=4)
        self._paint()
        self._paint_users()
        return [self._table, pieces.hbox(self._layers, self._mark, self._find), self._files, self._below]

    async def live(self, tasks: TaskGroup) -> None:  # noqa: ARG002 - the view's protocol
        """Keep up with who uses it; its layers never change."""
        async with Hub.of(self.ref.api).watch("container", execs=False) as watch:
            while True:
                self._users = [each.name for each in await self.ref.used_by()]
                self._painter.mark()
                self.connected()
                await watch.changed()

    def snapshot(self) -> tuple[Html, str]:
        """Return layers and waste."""
        shown = card(self.contents)
        return shown.html(), shown.text()

    def _head_line(self) -> Html:
        glance = [tag("span", html_of(cell)) for cell in image_glance(self.contents)]
        return join([tag("span", cut(self.title, 120), class_="pd-title"), *glance], " ")

    def _paint(self) -> None:
        layer = self._chosen()
        assign(self._table, layers_table(self.contents, layer.number if layer else 0).html())
        files = self._found(layer.files if layer else ())
        assign(self._files, tag("div", FileTree(files).html(), class_="pd-pane", tabindex=0, role="region",
                                aria_label=f"Files of layer {layer.number if layer else 0}"))  # fmt: skip

    def _chosen(self) -> Layer | None:
        return self.contents.layers[int(self._layers.value) - 1] if self._layers.value else None

    def _found(self, files: Sequence[LayerFile]) -> Sequence[LayerFile]:
        mark, wanted = self._mark.value, self._find.value.strip().lower()
        return [f for f in files if (not mark or f.mark == mark) and (not wanted or wanted in f.path.lower())]

    def _paint_users(self) -> None:
        wasted = wasted_table(self.contents)
        parts = [tag("div", "In several layers", class_="pd-sub"), wasted.html()] if wasted else []
        if self._users is not None:
            names = join([code(name) for name in self._users[:20]], " ") if self._users else escape("no container")
            more = f" … {len(self._users) - 20} more" if len(self._users) > 20 else ""
            parts.append(tag("p", tag("span", "Used by ", class_="pd-m"), names, more))
        assign(self._below, join(parts))
