"""`container.view()`: one container live: what it is, buttons, and its log, stats, fields, files and processes in tabs.

Danger: it may be removed or renamed by anybody at any moment, so it is followed by its id and read again after events.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime

from anyio.abc import TaskGroup

from pydock.display.cards import card
from pydock.display.leaf import code, muted
from pydock.display.markup import Html, join, tag
from pydock.display.measures import ago, short_id
from pydock.display.status import of_container
from pydock.errors import ContainerNotFound
from pydock.models.containers import Container, ContainerRef
from pydock.models.event_data import Event
from pydock.widgets import pieces
from pydock.widgets.actions import Action, ActionBar
from pydock.widgets.details import Details
from pydock.widgets.explorer_style import EXPLORER_STYLE
from pydock.widgets.hub import Hub, Watch
from pydock.widgets.naming import named
from pydock.widgets.pieces import Widget
from pydock.widgets.view import View
from pydock.widgets.visibility import Timing

__all__ = ["ContainerView"]

_ALIVE = {"running", "paused", "restarting"}


class ContainerView(View):
    """Shows one container live. `view.container` is what was read last, with every verb, for the next cell.

    ```python
    view = web.view()
    view                                            # and in the next cell:
    view.container.status, await view.container.top()
    ```
    """

    def __init__(self, ref: ContainerRef, *, readonly: bool = False, timing: Timing | None = None) -> None:
        super().__init__(readonly=readonly, timing=timing)
        self.ref = ref
        self.title: str = named(ref)
        self._read: Container | None = ref if isinstance(ref, Container) else None
        self._watch: Watch | None = None

    @property
    def container(self) -> Container | None:
        """What was read last; None before it was first shown."""
        return self._read

    def build(self) -> Sequence[Widget]:
        """Make the buttons and the tabs."""
        style = pieces.html("pd-style")
        style.value = EXPLORER_STYLE
        self._bar = ActionBar(self, self._actions(), lambda: self.title)
        self._details = Details(self, self._read)
        return [style, self._bar.box, self._details.box]

    async def live(self, tasks: TaskGroup) -> None:
        """Read it after each of its events, and stream what its visible tab shows, until it is removed."""
        async with Hub.of(self.ref.api).watch("container") as self._watch:
            try:
                await self._follow(self._watch, tasks)
            except ContainerNotFound:
                self.alert(None)
                self.end("removed")
            finally:
                self._watch = None

    def snapshot(self) -> tuple[Html, str]:
        """Return what was read last."""
        shown: object = self._read if self._read is not None else self.ref
        look = card(shown)
        return look.html(), look.text()

    # Parts

    async def _follow(self, watch: Watch, tasks: TaskGroup) -> None:
        before = await self._reload()
        self.connected()
        tasks.start_soon(self._details.run)
        while True:
            if self._concerns(await watch.changed()):
                now = await self._reload()
                if now != before:
                    self._details.changed(running=now[0] == "running")
                before = now

    def _concerns(self, events: Sequence[Event]) -> bool:
        """Tell whether to read again: something happened to it, or it is time to."""
        ours = self._read.id if self._read else self.ref.id
        return not events or any(event.actor.id == ours for event in events)

    async def _reload(self) -> tuple[str, datetime | None]:
        """Read it, by its id once that is known, and return its state."""
        self._read = container = await (self._read or self.ref).inspect()
        self.title = container.name
        self.heading(_head(container))
        self._bar.update()
        self._details.choose(container)
        return container.status, container.state.started_at

    def _actions(self) -> list[Action]:
        act = self._act
        return [
            Action("Start", act(ContainerRef.start), "await container.start()", "Starting…", icon="play",
                   possible=lambda: not self._is(*_ALIVE)),
            Action("Stop", act(ContainerRef.stop), "await container.stop()", "Stopping…", icon="stop",
                   possible=lambda: self._is(*_ALIVE)),
            Action("Restart", act(ContainerRef.restart), "await container.restart()", "Restarting…", icon="refresh"),
            Action("Pause", act(ContainerRef.pause), "await container.pause()", "Pausing…", icon="pause",
                   possible=lambda: self._is("running")),
            Action("Unpause", act(ContainerRef.unpause), "await container.unpause()", "Unpausing…", icon="forward",
                   possible=lambda: self._is("paused")),
            Action("Remove", act(lambda ref: ref.remove(force=True)), "await container.remove(force=True)",
                   "Removing…", confirm=True, icon="trash"),
        ]  # fmt: skip

    def _is(self, *statuses: str) -> bool:
        return self._read is not None and self._read.status in statuses

    def _act(self, verb: Callable[[ContainerRef], Awaitable[object]]) -> Callable[[], Awaitable[None]]:
        """Read it again after an action, without waiting for its event."""

        async def run() -> None:
            ref = self._read or self.ref
            await verb(ContainerRef(ref.api, ref.id))  # a `Container` would read itself again, too
            if self._watch is not None:
                self._watch.nudge()

        return run


def _head(container: Container) -> Html:
    """Return name, state, image, id, age and ports."""
    now = datetime.now(UTC)
    ports = [code(words) for words in dict.fromkeys(str(port) for port in container.ports)]
    facts = [
        tag("span", container.name, class_="pd-title"), of_container(container), short_id(container.image),
        code(short_id(container.id)), muted(_age(container, now)), *ports[:6],
    ]  # fmt: skip
    return join(facts, " ")


def _age(container: Container, now: datetime) -> str:
    state = container.state
    if container.status in _ALIVE and state.started_at:
        return f"up {ago(state.started_at, now).removesuffix(' ago')}"
    return f"ended {ago(state.finished_at, now)}" if state.finished_at else f"created {ago(container.created, now)}"
