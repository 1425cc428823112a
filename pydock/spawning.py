"""Tasks that outlive the cell or the callback that starts them: `docker.spawn`, and what live views run on.

The one place besides the widgets that knows asyncio. Danger: asyncio keeps only weak references to tasks, and a
button's callback may come in another thread with another event loop.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import logging
import sys
from collections.abc import Awaitable, Callable, Coroutine, Generator
from typing import Any, Generic, TypeVar

from pydock.errors import WrongLoop

__all__ = ["Spawned", "in_trio", "running_loop", "spawn", "start"]

T = TypeVar("T")

_log = logging.getLogger("pydock")
_kept: set[asyncio.Task[Any]] = set()


class Spawned(Generic[T]):
    """Something that runs in the background: wait for it with `await`, end it with `cancel()`, or forget it.

    An error that nobody awaits is written to the log `pydock`, which Python shows on stderr.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, work: Awaitable[T]) -> None:
        self._loop = loop
        self._future: concurrent.futures.Future[T] = concurrent.futures.Future()
        self._future.set_running_or_notify_cancel()  # who stops waiting does not stop what is waited for
        self._task: asyncio.Task[T] | None = None
        self._awaited = False
        self._work = work
        if not start(loop, _wait(work), self._attach):
            _drop(work)
            raise WrongLoop("The event loop that this client belongs to has ended. Make a new one: docker = Docker().")

    @property
    def done(self) -> bool:
        """Whether it has ended."""
        return self._future.done()

    def cancel(self) -> None:
        """End it: its streams are closed, and the daemon stops too. From any thread, any number of times."""
        _threadsafe(self._loop, self._stop)

    def __await__(self) -> Generator[Any, None, T]:
        self._awaited = True
        return asyncio.wrap_future(self._future).__await__()

    def _attach(self, task: asyncio.Task[T]) -> None:
        self._task = task
        task.add_done_callback(self._finish)

    def _finish(self, task: asyncio.Task[T]) -> None:
        if task.cancelled():
            _drop(self._work)  # it may not even have begun
            self._future.set_exception(concurrent.futures.CancelledError())
        elif (error := task.exception()) is None:
            self._future.set_result(task.result())
        else:
            self._future.set_exception(error)
            if not self._awaited:
                _log.error("What docker.spawn() ran has failed: %s", error, exc_info=error)

    def _stop(self) -> None:
        if self._task is not None:
            self._task.cancel()


def spawn(home: object | None, work: Awaitable[T]) -> Spawned[T]:
    """Run something on a client's home loop, or on the running one when the client has none yet."""
    loop = home if isinstance(home, asyncio.AbstractEventLoop) and not home.is_closed() else running_loop()
    if loop is None:
        _drop(work)
        raise WrongLoop(
            "docker.spawn() needs asyncio; in trio open a nursery and use nursery.start_soon(container.stop)."
            if in_trio()
            else "docker.spawn() needs a running asyncio event loop: call it in a notebook's cell or in a coroutine."
        )
    return Spawned(loop, work)


def start(
    loop: asyncio.AbstractEventLoop,
    work: Coroutine[Any, Any, T],
    begun: Callable[[asyncio.Task[T]], object] | None = None,
) -> bool:
    """Run a coroutine in a new task of a loop, from any thread, and keep it alive. False if the loop is closed."""

    def begin() -> None:
        task = loop.create_task(work)
        _kept.add(task)
        task.add_done_callback(_kept.discard)
        if begun is not None:
            begun(task)

    if _threadsafe(loop, begin):
        return True
    work.close()
    return False


def running_loop() -> asyncio.AbstractEventLoop | None:
    """Return the asyncio loop that runs in this thread."""
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None


def in_trio() -> bool:
    """Tell whether trio runs in this thread."""
    trio = sys.modules.get("trio")
    return trio is not None and bool(trio.lowlevel.in_trio_run())


async def _wait(work: Awaitable[T]) -> T:
    return await work


def _threadsafe(loop: asyncio.AbstractEventLoop, fn: Callable[[], object]) -> bool:
    try:
        loop.call_soon_threadsafe(fn)
    except RuntimeError:  # the loop is closed
        return False
    return True


def _drop(work: Awaitable[Any]) -> None:
    """Let go of a coroutine that will never run, without Python's warning that it was never awaited."""
    if isinstance(work, Coroutine):
        work.close()
