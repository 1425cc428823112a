"""Errors of tasks that run together. The danger: task groups raise groups, which `except DockerError` does not see."""

from __future__ import annotations

import contextlib
from collections.abc import Generator, Iterator, Sequence

import anyio

__all__ = ["ungrouped"]


@contextlib.contextmanager
def ungrouped() -> Generator[None]:
    """Raise the first error out of a task group as itself; around `async with anyio.create_task_group()`."""
    try:
        yield
    except BaseExceptionGroup as group:
        first = _first(group)
    else:
        return
    raise first


def _first(group: BaseExceptionGroup[BaseException]) -> BaseException:
    """Return the first error that is no cancellation: what was cancelled was so because of it."""
    errors = list(_leaves(group))
    cancelled = anyio.get_cancelled_exc_class()
    return next((error for error in errors if not isinstance(error, cancelled)), errors[0])


def _leaves(error: BaseException) -> Iterator[BaseException]:
    inner: Sequence[BaseException] = getattr(error, "exceptions", ())
    if not inner:
        yield error
    for one in inner:
        yield from _leaves(one)
