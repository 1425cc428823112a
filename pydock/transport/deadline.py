"""The time a whole call may take. The danger is a timeout that does not say what took so long."""

from __future__ import annotations

from datetime import timedelta
from types import TracebackType
from typing import Self

import anyio

from pydock.errors import InvalidArgument, TimedOut

__all__ = ["Deadline", "deadline", "seconds"]


def seconds(timeout: object) -> float:
    """Return a timeout in seconds; InvalidArgument when it is none."""
    value = timeout.total_seconds() if isinstance(timeout, timedelta) else timeout
    if isinstance(value, (int, float)) and not isinstance(value, bool) and value >= 0:  # a NaN is not
        return value
    raise InvalidArgument(
        f"A timeout is a number of seconds or a timedelta, not {timeout!r}: timeout=30, or None for no limit."
    )


class Deadline:
    """Bounds what happens inside of `with`, and raises TimedOut; see `deadline`."""

    __slots__ = ("_scope", "_seconds", "_what")

    def __init__(self, timeout: float | timedelta | None, what: str) -> None:
        self._seconds = None if timeout is None else seconds(timeout)
        self._what = what
        self._scope: anyio.CancelScope | None = None

    def __enter__(self) -> Self:
        if self._seconds is not None:
            self._scope = anyio.CancelScope(deadline=anyio.current_time() + self._seconds)
            self._scope.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool | None:
        scope = self._scope
        if scope is None:
            return None
        swallowed = scope.__exit__(kind, error, trace)
        if scope.cancelled_caught:
            raise TimedOut(
                f"{self._what} took longer than {self._seconds:g} s.",
                hint="It may still be going on in the daemon; give it more time with timeout=.",
            )
        return swallowed


def deadline(timeout: float | timedelta | None, what: str) -> Deadline:
    """Bound a block: after `timeout` raise TimedOut, which names what took so long.

    `timeout` is seconds or a timedelta; None is no bound and costs nothing; 0 ends at the first wait.

    ```python
    with deadline(5, "stopping web"):
        await stop()
    ```
    """
    return Deadline(timeout, what)
