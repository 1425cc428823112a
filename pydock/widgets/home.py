"""The event loop that a view lives on, and the one way to get there from wherever a callback arrives.

Danger: JupyterLab sends clicks to a subshell, which is another thread with another event loop; and what is
started from a bare callback of the loop is in no task, where anyio fails silently.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import TypeAlias

from pydock import spawning
from pydock.errors import WrongLoop

__all__ = ["Home", "OnError"]

OnError: TypeAlias = Callable[[Exception], object]

_log = logging.getLogger("pydock")


class Home:
    """One asyncio loop. `Home.current()` in a cell; `home.call(fn)` from any thread afterwards."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop

    @classmethod
    def current(cls) -> Home:
        """Return the loop of the running cell. `WrongLoop` with a sentence under trio, and without a loop."""
        home = cls.maybe()
        if home is None:
            raise WrongLoop(
                "A live view needs a running asyncio event loop, and there is none here. "
                "Make it in a notebook's cell, or in a coroutine: `view = await docker.explore()`."
            )
        return home

    @classmethod
    def maybe(cls) -> Home | None:
        """Return the loop of the running cell, None without one. `WrongLoop` under trio."""
        loop = spawning.running_loop()
        if loop is not None:
            return cls(loop)
        if spawning.in_trio():
            raise WrongLoop(
                "Live views need asyncio, and this runs in trio, which stops the kernel's own loop meanwhile. "
                "Show the object itself (its table needs no loop), or leave `%autoawait trio`."
            )
        return None

    def here(self) -> bool:
        """Tell whether the caller runs on this loop."""
        return spawning.running_loop() is self.loop

    def soon(self, fn: Callable[[], object]) -> None:
        """Run a plain function on the loop: at once when the caller is there, else as `call` does."""
        if self.here():
            fn()
        else:
            self.call(fn)

    def call(self, fn: Callable[[], object | Awaitable[object]], on_error: OnError | None = None) -> None:
        """Run a function, plain or async, in a new task on the loop. From any thread, and returns at once.

        The task is kept alive until it is done. An exception goes to `on_error`, on the loop; without one it is
        logged. Nothing happens when the loop is closed already: its views are gone with it.
        """
        spawning.start(self.loop, _run(fn, on_error or _report))


async def _run(fn: Callable[[], object | Awaitable[object]], on_error: OnError) -> None:
    try:
        result = fn()
        if isinstance(result, Awaitable):
            await result
    except Exception as error:  # noqa: BLE001 - nobody else would see it
        on_error(error)


def _report(error: Exception) -> None:
    _log.error("A callback of a live view failed: %s", error, exc_info=error)
