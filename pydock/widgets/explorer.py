"""`await docker.explore()`: the daemon live in a cell, containers first, what else there is beside.

Danger: a page that nobody sees must cost nothing, so the others are made when they are first opened, and only the
visible one reads.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Protocol, Self

from anyio.abc import TaskGroup

from pydock.client import Docker
from pydock.display.cards import card
from pydock.display.markup import Html, join, tag
from pydock.models.containers import ContainerSummary
from pydock.models.event_data import Event
from pydock.models.filters import LabelFilter
from pydock.models.images import ImageSummary
from pydock.models.networks import NetworkSummary
from pydock.models.volumes import Volume
from pydock.widgets import pieces
from pydock.widgets.disk import DiskPage
from pydock.widgets.events import EventsPage, strip
from pydock.widgets.explorer_containers import ContainersPage
from pydock.widgets.explorer_style import EXPLORER_STYLE
from pydock.widgets.hub import Hub
from pydock.widgets.pieces import Widget
from pydock.widgets.place import Place
from pydock.widgets.renderer import assign
from pydock.widgets.resources import ResourcesPage, images_page, networks_page, volumes_page
from pydock.widgets.slot import Slot
from pydock.widgets.view import View
from pydock.widgets.visibility import Timing

__all__ = ["Explorer"]


class Page(Protocol):
    """What is behind one of the explorer's tabs."""

    @property
    def box(self) -> Widget:
        """Its widget."""
        ...

    def changed(self) -> None:
        """Learn that something of its kind has happened, or that it is time to read again."""
        ...

    async def run(self) -> object:
        """Read and stream until cancelled."""
        ...


_KEPT = 500
_LOOKING = {"top", "archive-path", "export", "resize"}
"""What changes nothing: the details cause some of them themselves."""
_TABS = {
    "Containers": "container", "Images": "image", "Volumes": "volume", "Networks": "network", "Disk": "",
    "Events": "*",
}  # fmt: skip
"""The tabs, and the kind of event that each has to hear of."""


class Explorer(View):
    """The daemon live: find, watch, start, stop, remove. What is chosen is there for the next cell.

    ```python
    view = await docker.explore()
    view
    ```

    and then, below:

    ```python
    await view.selected.exec(["ls", "/"])           # the container that is chosen
    [c.name for c in view.selection]                # all that are chosen
    await view.images.selected.history()            # the same on the other pages
    ```
    """

    def __init__(
        self,
        docker: Docker,
        *,
        label: LabelFilter = (),
        readonly: bool = False,
        timing: Timing | None = None,
    ) -> None:
        super().__init__(readonly=readonly, timing=timing)
        self._docker = docker
        self._label = label
        self._slot: Slot | None = None
        self._events: deque[Event] = deque(maxlen=_KEPT)
        self._containers = ContainersPage(self, docker, label)

    @classmethod
    async def of(
        cls, docker: Docker, *, readonly: bool = False, label: LabelFilter = (), timing: Timing | None = None
    ) -> Self:
        """Read the containers first: a saved notebook has them, too. `label` leaves out what does not have it."""
        view = cls(docker, readonly=readonly, label=label, timing=timing)
        await view._containers.load()
        return view

    # What people use

    @property
    def selection(self) -> list[ContainerSummary]:
        """The containers that are chosen, as they were read last, with every verb; a project's row is all of its."""
        return self._containers.selection

    @property
    def selected(self) -> ContainerSummary | None:
        """The container that is chosen, the first of several; None when none is."""
        return next(iter(self.selection), None)

    @property
    def events(self) -> list[Event]:
        """What has happened while somebody looked, the newest last; at most 500."""
        return list(self._events)

    @cached_property
    def images(self) -> ResourcesPage[ImageSummary]:
        """The page of images: `.selected`, `.selection`, `.listing`."""
        return images_page(self, self._docker, self._label)

    @cached_property
    def volumes(self) -> ResourcesPage[Volume]:
        """The page of volumes: `.selected`, `.selection`, `.listing`."""
        return volumes_page(self, self._docker, self._label)

    @cached_property
    def networks(self) -> ResourcesPage[NetworkSummary]:
        """The page of networks: `.selected`, `.selection`, `.listing`."""
        return networks_page(self, self._docker, self._label)

    @cached_property
    def _disk(self) -> DiskPage:
        return DiskPage(self, self._docker)

    @cached_property
    def _feed(self) -> EventsPage:
        return EventsPage(self, self._events)

    # The view

    def build(self) -> Sequence[Widget]:
        """Make the tabs; only the first has something in it yet."""
        style = pieces.html("pd-style")
        style.value = EXPLORER_STYLE
        self._strip = pieces.html("pd-foot")
        self._places = [Place("pd-page") for _ in _TABS]
        self._places[0].put(self._containers.build())
        self._tabs = pieces.tabs(*zip(_TABS, (place.box for place in self._places), strict=True))
        self._painter = self.renderer(self._paint)
        self.on(self._tabs, self._turn, name="selected_index")
        self._paint()
        return [style, self._tabs, self._strip]

    async def live(self, tasks: TaskGroup) -> None:
        """Hear of everything, read what changed: the containers always, as they are counted in the head."""
        async with Hub.of(self._docker.api).watch() as watch:
            await self._containers.refresh()
            self._painter.mark()
            self.connected()
            self._slot = Slot(tasks, self.alert)
            try:
                self._turn()
                while True:
                    await self._hear(await watch.changed())
            finally:
                self._slot = None

    def snapshot(self) -> tuple[Html, str]:
        """Return the list of containers."""
        shown = card(self._containers.listing)
        return shown.html(), shown.text()

    # Parts

    async def _hear(self, events: Sequence[Event]) -> None:
        """Take what happened; nothing at all is the time to read everything again."""
        if events and not (events := [event for event in events if event.verb not in _LOOKING]):
            return
        self._events.extend(event for event in events if self._containers.concerns(event))
        kinds = {str(event.type) for event in events}
        if not events or "container" in kinds:
            await self._containers.refresh()
        name = self._name
        if name != "Containers" and (not events or _TABS[name] in {*kinds, "*"}):
            self._page(name).changed()
        self._painter.mark()

    @property
    def _name(self) -> str:
        return list(_TABS)[self._tabs.selected_index or 0]

    def _page(self, name: str) -> Page:
        pages: dict[str, Callable[[], Page]] = {
            "Images": lambda: self.images,
            "Volumes": lambda: self.volumes,
            "Networks": lambda: self.networks,
            "Disk": lambda: self._disk,
            "Events": lambda: self._feed,
        }
        return pages[name]()

    def _turn(self) -> None:
        """Show and run the page of the tab that is chosen."""
        name, place = self._name, self._places[self._tabs.selected_index or 0]
        page: Page = self._containers if name == "Containers" else self._page(name)
        if not place.box.children:
            place.put(page.box)
        if self._slot is not None:
            self._slot.switch(page.run)

    def _paint(self) -> None:
        listing, running = self._containers.listing, self._containers.running
        count = f"{len(listing)} container{'' if len(listing) == 1 else 's'} · {running} running"
        self.heading(join([
            tag("span", "Docker", class_="pd-title"), tag("span", count),
            tag("span", tag("code", self._docker.endpoint.url), class_="pd-endpoint"),
        ], " "))  # fmt: skip
        assign(self._strip, tag("div", strip(list(self._events)[-6:]), class_="pd-strip") if self._events else Html(""))
