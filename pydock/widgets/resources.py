"""The explorer's pages of images, volumes and networks: a list, what is known of the chosen one, and Remove.

Danger: what is listed here may be used; the daemon refuses to remove it then, and its words are shown.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

import anyio

from pydock.client import Docker
from pydock.display.cards import card
from pydock.display.markup import Html, clean, columns, cut, join, tag
from pydock.display.measures import size
from pydock.errors import NotFound
from pydock.models._base import Listing, Resource
from pydock.models.filters import LabelFilter
from pydock.models.images import ImageSummary
from pydock.models.networks import NetworkSummary
from pydock.models.ungrouped import ungrouped
from pydock.models.volumes import Volume
from pydock.widgets import pieces
from pydock.widgets.actions import Action, ActionBar
from pydock.widgets.pieces import Box
from pydock.widgets.renderer import CAP, Renderer, assign
from pydock.widgets.slot import Slot
from pydock.widgets.view import View

__all__ = ["ResourcesPage", "images_page", "networks_page", "volumes_page"]

R = TypeVar("R", bound=Resource)

_WIDEST = 34


@dataclass(frozen=True)
class Kind(Generic[R]):
    """What a page needs to know of one kind of object."""

    noun: str
    listed: Callable[[], Awaitable[Listing[R]]]
    name: Callable[[R], str]
    detail: Callable[[R], str]
    told: Callable[[R], Awaitable[list[Html]]]
    """What is known of one, in parts."""
    remove: Callable[[R], Awaitable[object]]
    code: str
    """How to remove it in the next cell."""


class ResourcesPage(Generic[R]):
    """A list with a filter, and the details of what is chosen."""

    def __init__(self, view: View, kind: Kind[R]) -> None:
        self._view = view
        self._kind = kind
        self._keys: tuple[str, ...] = ()
        self._painted: tuple[str, ...] = ()
        self._told = ""
        self._dirty = asyncio.Event()
        self._slot: Slot | None = None
        self.listing: Listing[R] = Listing([], title=f"{kind.noun}s")
        """All of them, as they were read last: when the page was visible."""
        self._words = pieces.text(f"Filter {kind.noun}s", placeholder="filter by name")
        self._list = pieces.choices(f"{kind.noun.capitalize()}s", rows=16)
        self._body = pieces.html("pd-tall")
        self._head = pieces.html()
        action = Action("Remove", self._remove, kind.code, "Removing…", confirm=True, icon="trash")
        self._bar = ActionBar(view, [action], self._target)
        self._painter = Renderer(4, self._paint)
        view.on(self._words, self._painter.mark)
        view.on(self._list, self._choose)
        left = pieces.vbox(self._words, self._list, classes=["pd-left"])
        right = pieces.vbox(self._head, self._bar.box, self._body, classes=["pd-right"])
        self.box: Box = pieces.hbox(left, right, classes=["pd-both"])

    @property
    def selection(self) -> list[R]:
        """What is chosen, as it was read last."""
        return [one for one in self._shown() if one.id in self._keys]

    @property
    def selected(self) -> R | None:
        """The first of the selection; None when nothing is chosen."""
        return next(iter(self.selection), None)

    def changed(self) -> None:
        """Say that the list is to be read again."""
        self._dirty.set()

    async def run(self) -> None:
        """Read the list whenever something has changed, and what is chosen."""
        with ungrouped():
            async with anyio.create_task_group() as tasks:
                self._slot = Slot(tasks, self._view.alert)
                self._told = ""
                tasks.start_soon(self._painter.run)
                try:
                    await self._read()
                finally:
                    self._slot = None

    async def _read(self) -> None:
        while True:
            self._dirty.clear()
            self.listing = await self._kind.listed()
            if not self._keys and self.listing:
                self._keys = tuple(one.id for one in self._shown()[:1])
            self._painter.mark()
            await self._dirty.wait()

    def _choose(self) -> None:
        self._adopt()
        self._painter.mark()

    def _adopt(self) -> None:
        """Take over what a person has chosen; it may be painted before the callback for it has run."""
        if self._list.value != self._painted:
            self._keys = self._painted = self._list.value

    def _shown(self) -> list[R]:
        words = self._words.value.lower().split()
        found = [one for one in self.listing if all(word in self._kind.name(one).lower() for word in words)]
        return sorted(found, key=lambda one: (self._kind.name(one).startswith("<"), self._kind.name(one).lower()))

    def _paint(self) -> None:
        shown = self._shown()
        names = {one.id: cut(clean(self._kind.name(one)), _WIDEST) for one in shown}
        width = max(map(columns, names.values()), default=0)
        options = [
            (f"{names[one.id]}{' ' * (width - columns(names[one.id]))}  {self._kind.detail(one)}", one.id)
            for one in shown
        ]
        self._adopt()
        pieces.assign_options(self._list, options, self._keys)
        self._painted = self._list.value
        self._bar.update()
        chosen = self.selection
        noun = self._kind.noun
        said = f"{len(chosen)} {noun}s" if len(chosen) > 1 else self._kind.name(chosen[0]) if chosen else ""
        hint = f"There are no {noun}s." if not self.listing else f"Choose at the left, one {noun} or several."
        title = tag("span", said, class_="pd-title") if said else tag("span", hint, class_="pd-m")
        assign(self._head, tag("div", title, class_="pd-head"))
        key = " ".join(one.id for one in chosen)
        if self._slot is not None and key != self._told:
            self._told = key
            self._slot.switch(self._tell)

    async def _tell(self) -> None:
        """Show what is known of the one, or the list of the many."""
        chosen = self.selection
        if not chosen:
            assign(self._body, Html(""))
        elif len(chosen) > 1:
            made = card(Listing(chosen, title=f"{self._kind.noun}s"))
            assign(self._body, join([piece for piece in made.pieces if piece]))
        else:
            await anyio.sleep(0.1)
            try:
                assign(self._body, _together(await self._kind.told(chosen[0])))
            except NotFound:
                assign(self._body, tag("p", "It is gone.", class_="pd-m"))

    def _target(self) -> str:
        chosen = self.selection
        if len(chosen) > 1:
            return f"{len(chosen)} {self._kind.noun}s"
        return self._kind.name(chosen[0]) if chosen else ""

    async def _remove(self) -> None:
        problems: list[str] = []
        for one in self.selection:
            try:
                await self._kind.remove(one)
            except NotFound:
                continue
            except Exception as error:  # noqa: BLE001 - the others still go, and it is told
                problems.append(str(error))
        self._dirty.set()
        if problems:
            self._view.alert("\n".join(problems))


def _together(parts: Sequence[Html]) -> Html:
    kept: list[Html] = []
    used = 0
    for part in parts:
        used += len(part.encode())
        if used > CAP - 400:
            kept.append(tag("p", "… and more than can be shown here", class_="pd-m"))
            break
        kept.append(part)
    return join(kept)


def _pieces(obj: object, title: str = "") -> list[Html]:
    """Return the parts of an object's card."""
    parts = [piece.html() for piece in card(obj).pieces if piece is not None]
    return [tag("div", title, class_="pd-sub", role="heading", aria_level=4), *parts] if title and parts else parts


def _users(many: Sequence[object]) -> list[Html]:
    if not many:
        return [tag("p", "No container uses it.", class_="pd-m")]
    return _pieces(Listing(many, title="containers"), "Used by")


def images_page(view: View, docker: Docker, label: LabelFilter) -> ResourcesPage[ImageSummary]:
    """Make the page of images: layers, users."""

    async def told(one: ImageSummary) -> list[Html]:
        ref = docker.images[one.id]
        facts = _pieces(await ref.inspect())
        hint = tag("p", tag("code", "await view.images.selected.explore()"), " shows the files in its layers",
                   class_="pd-m")  # fmt: skip
        return [*facts[:1], *_users(await ref.used_by()), *_pieces(await ref.history(), "Layers"), hint, *facts[1:]]

    async def remove(one: ImageSummary) -> None:
        for name in one.tags or [one.id]:
            await docker.images[name].remove()

    async def listed() -> Listing[ImageSummary]:
        return await docker.images.list(label=label)

    return ResourcesPage(view, Kind(
        "image", listed, _image_name, lambda one: size(one.size), told, remove, "await view.images.selected.remove()",
    ))  # fmt: skip


def _image_name(one: ImageSummary) -> str:
    return next(iter(one.tags), "") or f"<untagged> {one.short_id}"


def volumes_page(view: View, docker: Docker, label: LabelFilter) -> ResourcesPage[Volume]:
    """Make the page of volumes: where they are, who uses them."""

    async def told(one: Volume) -> list[Html]:
        ref = docker.volumes[one.name]
        facts = _pieces(await ref.inspect())
        return [*facts[:1], *_users(await ref.used_by()), *facts[1:]]

    async def listed() -> Listing[Volume]:
        return await docker.volumes.list(label=label)

    return ResourcesPage(view, Kind(
        "volume", listed, lambda one: one.name, lambda one: one.driver, told,
        lambda one: docker.volumes[one.name].remove(), "await view.volumes.selected.remove()",
    ))  # fmt: skip


def networks_page(view: View, docker: Docker, label: LabelFilter) -> ResourcesPage[NetworkSummary]:
    """Make the page of networks: addresses, who is on them."""

    async def told(one: NetworkSummary) -> list[Html]:
        return _pieces(await docker.networks[one.id].inspect())

    async def listed() -> Listing[NetworkSummary]:
        return await docker.networks.list(label=label)

    return ResourcesPage(view, Kind(
        "network", listed, lambda one: one.name, lambda one: one.driver, told,
        lambda one: docker.networks[one.id].remove(), "await view.networks.selected.remove()",
    ))  # fmt: skip
