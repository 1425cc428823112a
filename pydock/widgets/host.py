"""The one task of a view: begun when somebody looks, cancelled when nobody does, begun again when the daemon is back.

Danger: everything here happens on the home loop; a task that is cancelled still closes its streams, so its
successor waits for it, and the number of streams is exact.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Collection, Sequence
from typing import Protocol

import anyio
from anyio.abc import TaskGroup

from pydock import spawning
from pydock.errors import APIError, DockerError, StreamInterrupted, Unreachable
from pydock.widgets.home import Home
from pydock.widgets.phase import CONNECTING, ENDED, LIVE, PAUSED, UNSEEN, Phase, ended, failed, waiting
from pydock.widgets.renderer import Renderer

__all__ = ["Host", "Hosted"]

_log = logging.getLogger("pydock")
_FIRST_PAUSE, _LONGEST_PAUSE = 0.5, 30.0
_AWAY = {502, 503, 504}
"""What a proxy answers while the daemon behind it is gone."""


class Hosted(Protocol):
    """What a host needs of its view."""

    home: Home | None
    phase: Phase
    follows_visibility: bool
    reconnects: bool

    @property
    def renderers(self) -> Sequence[Renderer]:
        """Those that run with it."""
        ...

    async def live(self, tasks: TaskGroup) -> None:
        """Run while somebody looks."""
        ...

    def show_phase(self, phase: Phase) -> None:
        """Become another phase."""
        ...

    def alert(self, problem: str | Exception | None) -> None:
        """Show an error."""
        ...


class Host:
    """Whether a view should run, and its task."""

    def __init__(self, view: Hosted) -> None:
        self.held: bool = False
        """Whether a person has paused it."""
        self._view = view
        self._wanted = False
        self._finished = False
        self._closed = False
        self._end = ENDED
        self._attempts = 0
        self._task: asyncio.Task[None] | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    def seen(self, seen: bool) -> None:
        """Learn whether somebody looks."""
        if not self._view.follows_visibility:
            return
        self._wanted = seen
        if seen and self._view.phase.word == "error":
            self._finished = False
        self._settle(UNSEEN)

    def begin(self) -> None:
        """Run, whether somebody looks or not."""
        self._wanted = True
        self._settle(PAUSED)

    def hold(self) -> None:
        """Pause until `release`."""
        self.held = True
        self._settle(PAUSED)

    def release(self) -> None:
        """Go on after a pause, an error or the end."""
        self.held = self._finished = False
        self._attempts = 0
        self._settle(PAUSED)

    def toggle(self) -> None:
        """Do what the button in the view's head says."""
        if self.held or self._finished:
            self.release()
        else:
            self.hold()

    def cancel(self) -> None:
        """End a job."""
        if not self._finished:
            self._finished = True
            self._settle(Phase("cancelled", "warn"))

    def close(self) -> None:
        """Never run again."""
        self._closed = True
        self._settle(None)

    async def gone(self) -> None:
        """Wait until no task is left, from any loop."""
        if self._view.home is not None:
            await spawning.spawn(self._view.home.loop, self._wait())

    def connected(self) -> None:
        """Become live."""
        self._attempts = 0
        if self._view.phase is not LIVE:
            self._view.show_phase(LIVE)

    def end(self, detail: str) -> None:
        """Keep what is said when `live` returns."""
        self._end = ended(detail) if detail else ENDED

    async def _wait(self) -> None:
        while self._tasks:
            await asyncio.wait(set(self._tasks))

    def _settle(self, otherwise: Phase | None) -> None:
        """Begin or cancel the task, as it should be; `otherwise` is the phase without one."""
        home = self._view.home
        run = self._wanted and not (self.held or self._finished or self._closed)
        if run and self._task is None and home is not None:
            task = self._task = home.loop.create_task(self._run(set(self._tasks)))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        elif not run:
            if self._task is not None:
                self._task.cancel()
                self._task = None
            elif self._finished or not (self._wanted or self.held):
                return
            if otherwise is not None and not self._closed:
                self._view.show_phase(otherwise)

    async def _run(self, previous: Collection[asyncio.Task[None]]) -> None:
        if previous:
            await asyncio.wait(previous)
        view = self._view
        self._end = ENDED
        view.alert(None)
        while True:
            if not self._attempts:
                view.show_phase(CONNECTING)
            try:
                await self._once()
            except Exception as raised:  # noqa: BLE001 - it is shown
                error = _first(raised)
                if view.reconnects and _passes(error):
                    await self._pause(error)
                    continue
                phase = self._failed(error)
            else:
                phase = self._end
            break
        self._finished, self._task = True, None
        view.show_phase(phase)

    async def _once(self) -> None:
        async with anyio.create_task_group() as tasks:
            for renderer in self._view.renderers:
                tasks.start_soon(renderer.run)
            await self._view.live(tasks)
            tasks.cancel_scope.cancel()

    async def _pause(self, error: BaseException) -> None:
        """Wait longer each time, and not as long as all the other views do."""
        pause = min(_FIRST_PAUSE * 2**self._attempts, _LONGEST_PAUSE) * random.uniform(0.7, 1.0)  # noqa: S311
        self._attempts += 1
        self._view.show_phase(waiting(self._attempts, pause, str(error)))
        await asyncio.sleep(pause)

    def _failed(self, error: BaseException) -> Phase:
        if not isinstance(error, DockerError):
            _log.error("A live view failed: %s", error, exc_info=error)
        words = str(error) or type(error).__name__
        self._view.alert(words)
        return failed(words)


def _first(error: BaseException) -> BaseException:
    """Return the error itself out of the groups around it."""
    inner: Sequence[BaseException] = getattr(error, "exceptions", ())
    return _first(inner[0]) if inner else error


def _passes(error: BaseException) -> bool:
    """Tell a daemon that is away from one that says no."""
    if isinstance(error, APIError):
        return error.status in _AWAY
    return isinstance(error, (Unreachable, StreamInterrupted))
