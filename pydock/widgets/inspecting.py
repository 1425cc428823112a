"""All fields of a container as a tree, and its processes.

Danger: a tree that is painted again closes what a person has opened, so it is painted only when a field has changed.
"""

from __future__ import annotations

import anyio

from pydock.display.cards import card
from pydock.display.cards.containers import container as container_card
from pydock.display.leaf import code
from pydock.display.markup import Html, Piece, escape, join, tag
from pydock.display.page import Look
from pydock.display.table import Facts
from pydock.display.tree import Tree
from pydock.errors import Conflict, DockerError
from pydock.models.containers import Container, ContainerRef
from pydock.widgets import pieces
from pydock.widgets.pieces import HtmlBox
from pydock.widgets.renderer import CAP, assign
from pydock.widgets.view import View

__all__ = ["InspectPanel", "ProcessesPanel"]

_AGAIN = 2.0
"""Seconds between two readings of the processes: there is no event for them."""


class InspectPanel:
    """Shows what `await container.inspect()` knows; values of the environment are masked."""

    def __init__(self, view: View, ref: ContainerRef) -> None:
        self._view = view
        self._ref = ref
        self._seen = ""
        self.box: HtmlBox = pieces.html("pd-tall")

    async def run(self) -> None:
        """Read it once; the view calls again when its state has changed."""
        container = await self._ref.inspect()
        seen = Tree(container).html()
        if seen == self._seen:
            return
        self._seen = seen
        facts = container_card(container, Look(container.seen_at))
        recipes = await self._recipes(container)
        shown = [_lasting(piece) for piece in facts.pieces if piece is not None]
        assign(self.box, _fitting(join([*shown, *recipes]), seen))

    async def _recipes(self, container: Container) -> list[Html]:
        """Return how to make it again, in Python and for a shell, where its image is still here."""
        try:
            told = {
                "As Python": await container.as_code(mask=True),
                "As docker run": await container.as_cli(mask=True),
            }
        except DockerError:
            return []
        return [
            tag("details", tag("summary", name), tag("pre", escape(text, lines=True), class_="pd-pane", tabindex=0))
            for name, text in told.items()
        ]


def _lasting(piece: Piece) -> Piece:
    """Leave out what is only true for a second, as it is not painted again."""
    if not isinstance(piece, Facts):
        return piece
    return Facts([(name, cell) for name, cell in piece.pairs if name not in {"Status", "Created"}])


def _fitting(whole: Html, tree: Html) -> Html:
    """Return all of it, or without the facts where the page could not take that."""
    return whole if len(whole.encode()) < CAP - 200 else tree


class ProcessesPanel:
    """Shows its processes as the host's `ps` tells them, every two seconds."""

    def __init__(self, view: View, ref: ContainerRef) -> None:  # noqa: ARG002 - all panels are made so
        self._ref = ref
        self.box: HtmlBox = pieces.html("pd-tall")

    async def run(self) -> None:
        """Read until it does not run."""
        while True:
            try:
                told = await self._ref.top()
            except Conflict:
                assign(self.box, join([tag("p", "It does not run, so it has no processes. ", class_="pd-m")]))
                return
            shown = card(told).html()
            assign(
                self.box, join([shown, tag("p", "Every 2 s · ", code("await container.top()").html(), class_="pd-m")])
            )
            await anyio.sleep(_AGAIN)
