"""One stream of events per daemon for all views that somebody looks at; none when nobody does.

Danger: what happens between a list and the first event is lost, so `watch` is entered before the first list; and
an update that the notebook's server drops makes a view lie, so everything is read again every 15 s.
"""

from __future__ import annotations

import asyncio
import time
import weakref
from collections import deque
from collections.abc import Collection
from types import TracebackType
from typing import ClassVar, Self

import anyio

from pydock.api import API
from pydock.errors import StreamInterrupted
from pydock.models.event_data import Event
from pydock.models.events import EventStream

__all__ = ["Hub", "Watch"]


class Hub:
    """The events of one daemon: `async with Hub.of(docker.api).watch("container") as watch`.

    Opened by the first watcher, closed with the last. When the stream breaks, every watcher's `changed()` raises,
    and the views reconnect; the first one opens it again.
    """

    _hubs: ClassVar[weakref.WeakKeyDictionary[API, Hub]] = weakref.WeakKeyDictionary()

    def __init__(self, api: API) -> None:
        self._api = weakref.ref(api)
        self._watches: set[Watch] = set()
        self._task: asyncio.Task[None] | None = None
        self._opened: asyncio.Future[None] | None = None

    @classmethod
    def of(cls, api: API) -> Hub:
        """Return the daemon's one hub."""
        return cls._hubs.setdefault(api, cls(api))

    @property
    def watchers(self) -> int:
        """How many watch; at 0 there is no stream."""
        return len(self._watches)

    def watch(self, *kinds: str, execs: bool = False, resync: float = 15.0, apart: float = 0.2) -> Watch:
        """Hear of events of some kinds ("container", "image", …), or of all.

        `execs`: also what healthchecks and shells cause. `resync`: seconds after which `changed()` returns without
        an event, so that everything is read again. `apart`: seconds that lie between two returns at least.
        """
        return Watch(self, frozenset(kinds), execs, resync, apart)

    async def join(self, watch: Watch) -> None:
        """Let a watch hear; returns when the stream stands."""
        self._watches.add(watch)
        try:
            if self._task is None or self._opened is None or self._task.get_loop() is not asyncio.get_running_loop():
                self._opened = asyncio.get_running_loop().create_future()
                self._task = asyncio.create_task(self._pump(self._opened))
            await asyncio.shield(self._opened)
        except BaseException:
            await self.leave(watch)
            raise

    async def leave(self, watch: Watch) -> None:
        """Let a watch go; with the last one the stream is closed, which is waited for."""
        self._watches.discard(watch)
        task = self._task
        if self._watches or task is None:
            return
        self._task = None
        if task.get_loop() is not asyncio.get_running_loop():
            return
        task.cancel()
        with anyio.CancelScope(shield=True):
            await asyncio.wait([task])

    async def _pump(self, opened: asyncio.Future[None]) -> None:
        error: Exception = StreamInterrupted("The daemon ended its events.")
        try:
            api = self._api()
            if api is not None:
                async with EventStream[Event](api) as events:
                    opened.set_result(None)
                    async for event in events:
                        for watch in self._watches:
                            watch.hear(event)
        except Exception as raised:  # noqa: BLE001 - it belongs to those who watch
            error = raised
        finally:
            if self._opened is opened:
                self._task = self._opened = None
            if not opened.done():
                opened.set_exception(error)
                opened.exception()  # somebody may have left meanwhile: no warning that nobody looked
        for watch in self._watches:
            watch.fail(error)


class Watch:
    """What one view hears. Enter it before the first list, then `changed()` in a loop."""

    def __init__(self, hub: Hub, kinds: Collection[str], execs: bool, resync: float, apart: float) -> None:
        self._hub = hub
        self._kinds = kinds
        self._execs = execs
        self._resync = resync
        self._apart = apart
        self._events: deque[Event] = deque(maxlen=1000)
        self._flag = asyncio.Event()
        self._error: Exception | None = None
        self._returned = 0.0

    async def changed(self) -> list[Event]:
        """Wait for something to happen and return what it was; an empty list when it is time to read all again.

        The first event is told at once, those that follow together with others. Raises what broke the stream.
        """
        with anyio.move_on_after(self._resync):
            await self._flag.wait()
            await asyncio.sleep(self._returned + self._apart - time.monotonic())
        if self._error is not None:
            raise self._error
        self._flag.clear()
        self._returned = time.monotonic()
        events = list(self._events)
        self._events.clear()
        return events

    def nudge(self) -> None:
        """Let `changed()` return soon although nothing was heard: after an action of one's own."""
        self._flag.set()

    def hear(self, event: Event) -> None:
        """Take an event from the hub."""
        if (self._kinds and event.type not in self._kinds) or (event.verb.startswith("exec_") and not self._execs):
            return
        self._events.append(event)
        self._flag.set()

    def fail(self, error: Exception) -> None:
        """Learn from the hub that the stream broke."""
        self._error = error
        self._flag.set()

    async def __aenter__(self) -> Self:
        await self._hub.join(self)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._hub.leave(self)
