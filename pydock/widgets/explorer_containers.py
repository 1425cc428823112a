"""The explorer's first page: all containers at the left, what is chosen of them at the right.

Danger: the list is read again all the time while a person chooses in it, so a choice is kept by ids, and only what a
person does opens other streams.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from pydock.client import Docker
from pydock.display.cards.containers import containers as containers_card
from pydock.display.leaf import Leaf, code
from pydock.display.markup import Html, join, tag
from pydock.display.measures import short_id
from pydock.display.page import Look
from pydock.display.status import of_container
from pydock.errors import ContainerNotFound, DockerError
from pydock.models._base import Listing
from pydock.models.containers import ContainerRef, ContainerSummary
from pydock.models.event_data import Event
from pydock.models.filters import LabelFilter, wire_filters
from pydock.widgets import pieces
from pydock.widgets.actions import Action, ActionBar
from pydock.widgets.details import Details
from pydock.widgets.explorer_list import Rows, named, rows_of
from pydock.widgets.pieces import Box
from pydock.widgets.renderer import assign
from pydock.widgets.view import View

__all__ = ["ContainersPage"]

_NOBODY = "Choose a container at the left: several with Shift or Ctrl, a project by its name."


class ContainersPage:
    """A list with a filter, buttons for one or many, and the details of one."""

    def __init__(self, view: View, docker: Docker, label: LabelFilter) -> None:
        self._view = view
        self._docker = docker
        self._label = label
        self._keys: tuple[str, ...] = ()
        self._painted: tuple[str, ...] = ()
        self._states: dict[str, str] = {}
        self._read = False
        self._rows = Rows((), {})
        self.listing: Listing[ContainerSummary] = Listing([], title="containers")
        """All containers, as they were read last."""

    def build(self) -> Box:
        """Make the widgets."""
        view = self._view
        self._words = pieces.text("Filter containers", placeholder="filter: name, image, state")
        self._running = pieces.checkbox("Running only", tooltip="Show only the containers that run")
        self._list = pieces.choices("Containers", rows=16)
        self._head = pieces.html()
        self._many = pieces.html("pd-tall")
        self._one_bar = ActionBar(view, self._actions_of_one(), self._one)
        self._many_bar = ActionBar(view, self._actions_of_many(), self._several)
        for button in self._many_bar.buttons[:-1]:
            button.button.button_style = ""  # only what removes is red
        self._details = Details(view)
        self._painter = view.renderer(self._paint, hz=4)
        back = pieces.button("Previous", tooltip="Previous container")
        on = pieces.button("Next", tooltip="Next container")
        view.on(self._words, self._filter)
        view.on(self._running, self._painter.mark)
        view.on(self._list, self._choose)
        view.on(back, lambda: self._move(-1))
        view.on(on, lambda: self._move(1))
        below = pieces.hbox(self._running, back, on, classes=["pd-row", "pd-below"])
        left = pieces.vbox(self._words, self._list, below, classes=["pd-left"])
        body = (self._head, self._one_bar.box, self._many_bar.box, self._many, self._details.box)
        self.box: Box = pieces.hbox(left, pieces.vbox(*body, classes=["pd-right"]), classes=["pd-both"])
        self._paint()
        return self.box

    # What people and the explorer use

    @property
    def selection(self) -> list[ContainerSummary]:
        """What is chosen in the list and can be seen in it."""
        return self._rows.chosen(self._keys)

    @property
    def running(self) -> int:
        """How many run."""
        return sum(one.status == "running" for one in self.listing)

    async def load(self) -> None:
        """Read the list; the first time, choose the first that runs."""
        first = not self._read
        self.listing = await self._docker.containers.list(all=True, label=self._label)
        self._rows = rows_of(self.listing)
        self._read = True
        if first:
            ordered = self._rows.chosen([key for _, key in self._rows.options])
            alive = [one for one in ordered if one.status == "running"] or ordered
            self._keys = tuple(one.id for one in alive[:1])

    async def refresh(self) -> None:
        """Read the list again, and show it."""
        await self.load()
        self._painter.mark()

    def concerns(self, event: Event) -> bool:
        """Tell whether an event is about what has the label that the explorer was asked for."""
        told = event.actor.attributes
        wanted = wire_filters("containers", {"label": self._label}).get("label", [])
        pairs = [label.partition("=") for label in wanted]
        if all(name in told and (not equals or told[name] == value) for name, equals, value in pairs):
            return True
        return told.get("container") in {one.id for one in self.listing}

    def changed(self) -> None:
        """Do nothing: the explorer reads the list itself."""

    async def run(self) -> None:
        """Stream what the details show."""
        await self._details.run()

    # Painting

    def _choose(self) -> None:
        self._adopt()
        self._painter.mark()

    def _filter(self) -> None:
        """Choose what was looked for when it is the only one that is left."""
        found = list(rows_of(self.listing, words=self._words.value, running=self._running.value).members.values())
        if self._words.value and len({one.id for each in found for one in each}) == 1:
            self._keys = (found[0][0].id,)
            self._painted = self._list.value
        self._painter.mark()

    def _move(self, step: int) -> None:
        """Choose the next one: JupyterLab takes the arrow keys of a list for its own."""
        every = {one.id for one in self.listing}
        ids = [key for _, key in self._rows.options if key in every]
        here = [place for place, key in enumerate(ids) if key in self._keys]
        if ids:
            self._keys = (ids[max(0, min(here[0] + step, len(ids) - 1))] if here else ids[0],)
            self._painted = self._list.value
            self._painter.mark()

    def _adopt(self) -> None:
        """Take over what a person has chosen; it may be painted before the callback for it has run."""
        if self._list.value != self._painted:
            self._keys = self._painted = self._list.value

    def _paint(self) -> None:
        self._rows = rows_of(self.listing, words=self._words.value, running=self._running.value)
        self._adopt()
        pieces.assign_options(self._list, self._rows.options, self._keys)
        self._painted = self._list.value
        chosen = self.selection
        one = chosen[0] if len(chosen) == 1 else None
        self._tell_states(one)
        self._details.choose(self._docker.containers[one.id] if one else None)
        for widget, shown in (
            (self._one_bar.box, len(chosen) < 2),
            (self._many_bar.box, len(chosen) > 1),
            (self._many, len(chosen) > 1),
            (self._details.box, one is not None),
        ):
            pieces.show(widget, shown)
        self._one_bar.update()
        self._many_bar.update()
        assign(self._head, self._headline(chosen))
        if len(chosen) > 1:
            card = containers_card(Listing(chosen, title="containers"), Look(self.listing.seen_at))
            assign(self._many, join([piece for piece in card.pieces if piece]))

    def _tell_states(self, one: ContainerSummary | None) -> None:
        """Let the details know when the state of the container that they show has changed."""
        before = self._states.get(one.id) if one else None
        self._states = {each.id: each.status for each in self.listing}
        if one is not None and before is not None and before != one.status:
            self._details.changed(running=one.status == "running")

    def _headline(self, chosen: Sequence[ContainerSummary]) -> Html:
        if not chosen:
            return tag("p", _NOBODY if self.listing else "There are no containers.", class_="pd-m")
        if len(chosen) > 1:
            return tag("div", tag("span", f"{len(chosen)} containers", class_="pd-title"), class_="pd-head")
        one = chosen[0]
        parts = [
            tag("span", named(one), class_="pd-title"),
            of_container(one).html(),
            Leaf(short_id(one.image)).html(),
            code(one.short_id, one.id).html(),
            tag("span", one.status_text.partition(" (")[0], class_="pd-m"),
            *self._ports(one),
        ]
        return tag("div", join(parts, " "), class_="pd-head")

    def _ports(self, one: ContainerSummary) -> list[Html]:
        """Return links to what it publishes, as it is reached from where the daemon is named."""
        found: dict[str, Html] = {}
        for port in one.ports:
            if port.host_port is None or port.protocol != "tcp":
                continue
            everywhere = port.host_ip in {"", "0.0.0.0", "::"}  # noqa: S104 - the daemon's word for everywhere
            host = self._docker.endpoint.host if everywhere else port.host_ip
            host = f"[{host}]" if ":" in host else host
            scheme = "https" if port.container_port in {443, 8443} else "http"
            text = f"{host}:{port.host_port} → {port.container_port}"
            link = tag(
                "a", text, href=f"{scheme}://{host}:{port.host_port}", target="_blank", rel="noopener noreferrer"
            )
            found[text] = tag("span", link, class_="pd-port")
        return list(found.values())[:6]

    # Actions

    def _one(self) -> str:
        chosen = self.selection
        return named(chosen[0]) if len(chosen) == 1 else ""

    def _several(self) -> str:
        chosen = self.selection
        return f"{len(chosen)} containers" if len(chosen) > 1 else ""

    def _actions_of_one(self) -> list[Action]:
        return [
            Action(label, self._each(verb), f"await view.selected.{call}", busy, label == "Remove", icon,
                   self._any(*states))
            for label, verb, call, busy, icon, states in _VERBS
        ]  # fmt: skip

    def _actions_of_many(self) -> list[Action]:
        return [
            Action(label, self._each(verb), f"for c in view.selection: await c.{call}", busy, True, icon,
                   self._any(*states))
            for label, verb, call, busy, icon, states in _VERBS
        ]  # fmt: skip

    def _any(self, *states: str) -> Callable[[], bool]:
        return lambda: not states or any(one.status in states for one in self.selection)

    def _each(self, verb: Callable[[ContainerRef], Awaitable[object]]) -> Callable[[], Awaitable[None]]:
        async def run() -> None:
            chosen = self.selection
            results = await asyncio.gather(
                *(verb(self._docker.containers[one.id]) for one in chosen), return_exceptions=True
            )
            await self.refresh()
            failed = [
                (one, result)
                for one, result in zip(chosen, results, strict=True)
                if isinstance(result, BaseException) and not isinstance(result, ContainerNotFound)
            ]
            if len(failed) == 1 or (failed and not all(isinstance(error, DockerError) for _, error in failed)):
                raise failed[0][1]
            if failed:
                said = "\n".join(f"{named(one)}: {error}" for one, error in failed)
                self._view.alert(f"{len(failed)} of {len(chosen)} failed.\n{said}")

        return run


_VERBS: Sequence[tuple[str, Callable[[ContainerRef], Awaitable[object]], str, str, str, tuple[str, ...]]] = (
    ("Start", ContainerRef.start, "start()", "Starting…", "play", ("exited", "created", "dead")),
    ("Stop", ContainerRef.stop, "stop()", "Stopping…", "stop", ("running", "restarting")),
    ("Restart", ContainerRef.restart, "restart()", "Restarting…", "refresh", ("running", "exited", "paused")),
    ("Pause", ContainerRef.pause, "pause()", "Pausing…", "pause", ("running",)),
    ("Unpause", ContainerRef.unpause, "unpause()", "Unpausing…", "forward", ("paused",)),
    ("Remove", lambda ref: ref.remove(force=True), "remove(force=True)", "Removing…", "trash", ()),
)
