"""What happens on the daemon, as it happens: the newest line for the explorer's foot, and the last hundreds as a list.

Danger: events carry labels and commands; only what an event card shows is shown.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

from pydock.display.cards.programs import events as card
from pydock.display.leaf import Leaf
from pydock.display.markup import Html, join, tag
from pydock.display.masking import safe_text
from pydock.display.measures import aware, short_id
from pydock.display.page import Look
from pydock.models._base import Listing
from pydock.models.event_data import Event
from pydock.widgets import pieces
from pydock.widgets.pieces import Box
from pydock.widgets.renderer import Renderer, assign
from pydock.widgets.view import View

__all__ = ["EventsPage", "strip"]

_SHOWN = 60


class EventsPage:
    """The last events, the newest first, out of those that the explorer keeps."""

    def __init__(self, view: View, events: deque[Event]) -> None:
        self._events = events
        self._kind = pieces.dropdown("Kind of event", [("all kinds", ""), *((kind, kind) for kind in _KINDS)])
        self._words = pieces.text("Filter events", placeholder="filter: name, action, image")
        self._clear = pieces.button("Clear", tooltip="Clear the list of events")
        self._body = pieces.html("pd-tall")
        self._painter = Renderer(4, self._paint)
        self.box: Box = pieces.vbox(
            pieces.hbox(self._kind, self._words, self._clear, classes=["pd-row", "pd-wide"]), self._body
        )
        view.on(self._kind, self._painter.mark)
        view.on(self._words, self._painter.mark)
        view.on(self._clear, self._empty)

    async def run(self) -> None:
        """Paint what has come."""
        self._painter.mark()
        await self._painter.run()

    def changed(self) -> None:
        """Say that something has happened."""
        self._painter.mark()

    def _empty(self) -> None:
        self._events.clear()
        self._painter.mark()

    def _paint(self) -> None:
        words = self._words.value.lower().split()
        shown = [each for each in self._events if self._wants(each, words)]
        if not shown:
            said = "Nothing has happened yet." if not self._events else "None of the events is like that."
            assign(self._body, tag("p", said, class_="pd-m"))
            return
        newest = Listing(shown[-_SHOWN:], title="events")
        note = tag("p", f"The last {len(newest)} of {len(shown)}", class_="pd-m")
        made = card(newest, Look(newest.seen_at))
        assign(self._body, join([note, *(piece for piece in made.pieces if piece)]))

    def _wants(self, event: Event, words: Sequence[str]) -> bool:
        said = f"{event.type} {event.action} {event.name} {event.actor.attributes.get('image', '')}".lower()
        return (not self._kind.value or event.type == self._kind.value) and all(word in said for word in words)


_KINDS = ("container", "image", "network", "volume", "builder", "daemon")


def strip(events: Sequence[Event]) -> Html:
    """Return the newest events in one line, the newest first."""
    return join([tag("span", "Events", class_="pd-k"), *(_said(event) for event in reversed(events))], " ")


def _said(event: Event) -> Html:
    when = f"{aware(event.time).astimezone():%H:%M:%S}" if event.time else ""
    name = Leaf(event.name or short_id(event.actor.id)).html()
    what = safe_text(event.action)[:40]
    return tag(
        "span", tag("span", when, class_="pd-m"), f" {event.type} ", tag("b", name), f" {what}", class_="pd-event"
    )
