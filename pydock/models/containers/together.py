"""One question to many containers, side by side but not all at once; who is gone meanwhile is left out."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

import anyio

from pydock.errors import ContainerNotFound, InvalidArgument
from pydock.models._base import Resource
from pydock.models.ungrouped import ungrouped

__all__ = ["of_each"]

C = TypeVar("C", bound=Resource)
T = TypeVar("T")


async def of_each(containers: Sequence[C], ask: Callable[[C], Awaitable[T]], *, concurrency: int) -> list[tuple[C, T]]:
    """Return each container with its answer, in order. The first other error ends all of it and is raised."""
    if concurrency < 1:
        raise InvalidArgument(f"concurrency= is 1 or more, not {concurrency!r}: concurrency=50.")
    free = anyio.Semaphore(concurrency)
    answers: dict[int, T] = {}

    async def put(place: int, container: C) -> None:
        async with free:
            try:
                answers[place] = await ask(container)
            except ContainerNotFound:
                return

    with ungrouped():
        async with anyio.create_task_group() as tasks:
            for place, container in enumerate(containers):
                tasks.start_soon(put, place, container)
    return [(containers[place], answers[place]) for place in sorted(answers)]
