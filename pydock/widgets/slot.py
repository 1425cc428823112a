"""One sub-stream at a time inside a live view: the log of the container that is selected, its stats, its files."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import anyio
from anyio.abc import TaskGroup

from pydock.errors import APIError

__all__ = ["Slot"]


class Slot:
    """Runs one coroutine function in the view's task group, each in a cancel scope of its own.

    Made in `live(tasks)`. A connection that breaks goes up to the view, which reconnects; an answer of the daemon
    (the container is gone) goes to `on_error`, usually `view.alert`.
    """

    def __init__(self, tasks: TaskGroup, on_error: Callable[[Exception], object]) -> None:
        self._tasks = tasks
        self._on_error = on_error
        self._scope: anyio.CancelScope | None = None

    def switch(self, fn: Callable[[], Awaitable[object]]) -> None:
        """End what runs, and run this instead. From any task of the home loop."""
        self.stop()
        scope = self._scope = anyio.CancelScope()
        self._tasks.start_soon(self._run, scope, fn)

    def stop(self) -> None:
        """End what runs; its stream is closed."""
        if self._scope is not None:
            self._scope.cancel()
            self._scope = None

    async def _run(self, scope: anyio.CancelScope, fn: Callable[[], Awaitable[object]]) -> None:
        with scope:
            try:
                await fn()
            except APIError as error:
                self._on_error(error)
