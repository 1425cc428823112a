"""`ensure`: a container that is as it is wanted, whatever was there before.

Danger: what is not as wanted is removed, with all that it wrote outside of named volumes. It goes only after the new
one runs; when that fails, it is put back.
"""

from __future__ import annotations

import contextlib
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace

import anyio

from pydock.display.mixin import Displayed
from pydock.errors import ContainerNotFound
from pydock.models.container_parts import ContainerStatus
from pydock.models.containers.recreating import recipe_from, surroundings
from pydock.models.containers.ref import Container, ContainerRef
from pydock.models.options import CreateRequest
from pydock.models.options.differences import Difference, differences, fingerprint
from pydock.models.options.inheritance import Surroundings
from pydock.models.options.recreate import SPEC_LABEL, Recipe, recipe_of_request

__all__ = ["Ensured", "Wanted"]

_PUT_BACK = 60
"""Seconds for putting the old container back."""


@dataclass(frozen=True)
class Ensured(Displayed):
    """What `ensure` found and did; `print(ensured)` says it in a few lines."""

    container: Container
    """The container; it runs."""
    created: bool = False
    """There was none of this name."""
    recreated: bool = False
    """There was one that was not as wanted: see `differences`."""
    started: bool = False
    """It was as wanted, but did not run."""
    differences: Sequence[Difference] = ()
    """What the old one had, and what was wanted instead."""

    @property
    def changed(self) -> bool:
        """Whether anything was done."""
        return self.created or self.recreated or self.started

    def __str__(self) -> str:
        done = [word for word in ("created", "recreated", "started") if getattr(self, word)]
        return "\n    ".join([f"{self.container.name}: {' '.join(done) or 'as wanted'}", *map(str, self.differences)])


class Wanted:
    """A container as it is wanted, and how to get there. `make` creates and starts the one of the request."""

    def __init__(
        self, request: CreateRequest, around: Surroundings, make: Callable[[CreateRequest], Awaitable[Container]]
    ) -> None:
        self._recipe: Recipe = recipe_of_request(request, around)
        self._around: Surroundings = around
        self._mark: str = fingerprint(self._recipe)
        labels = {**request.body.get("Labels", {}), SPEC_LABEL: self._mark}
        self._request: CreateRequest = request._replace(body={**request.body, "Labels": labels})
        self._make = make

    async def instead_of(self, current: Container | None) -> Ensured:
        """Make it, unless the current one is the same."""
        if current is None:
            return Ensured(await self._make(self._request), created=True)
        found = await self._differences(current)
        if found:
            return Ensured(await self._replace(current), recreated=True, differences=tuple(found))
        if current.state.paused:
            return Ensured(await current.unpause(), started=True)
        if current.state.running or current.status == ContainerStatus.RESTARTING:
            return Ensured(current)
        return Ensured(await current.start(), started=True)

    async def _differences(self, current: Container) -> list[Difference]:
        """Compare. With our mark on it only what can change afterwards is read: engines write some options anew."""
        around = await surroundings(current.api, current.image_id)
        was = recipe_from(current, around)
        if around.podman and "ulimits" in was.options:  # since its start podman tells its own limits as well
            asked = self._recipe.options.get("ulimits", {})
            told = {name: limit for name, limit in was.options["ulimits"].items() if name in asked}
            was = replace(was, options={**was.options, "ulimits": told or None})
        marked = current.labels.get(SPEC_LABEL) == self._mark
        return [*self._image(current), *differences(was, self._recipe, updatable=marked)]

    def _image(self, current: Container) -> list[Difference]:
        """A name that has moved on to another image is another image."""
        chosen = current.image_manifest_descriptor
        if self._around.image_id in {current.image_id, chosen.digest if chosen else ""}:
            return []
        was = f"{current.image} ({_short(current.image_id)})"
        return [Difference("image", was, f"{self._recipe.image} ({_short(self._around.image_id)})")]

    async def _replace(self, old: Container) -> Container:
        ran, name = old.state.running, old.name
        await old.stop()
        try:
            await old.rename(f"{name}-{old.short_id}")
        except ContainerNotFound:  # made with remove=True: its stop was its end
            return await self._make(self._request)
        try:
            new = await self._make(self._request)
        except BaseException:
            with anyio.move_on_after(_PUT_BACK, shield=True):
                await _put_back(old, name, start=ran)
            raise
        await old.remove(force=True, volumes=True)
        return new


async def _put_back(old: Container, name: str, *, start: bool) -> None:
    with contextlib.suppress(ContainerNotFound):
        await ContainerRef(old.api, name).remove(force=True, volumes=True)
    await old.rename(name)
    if start:
        await old.start()


def _short(id: str) -> str:
    return id.removeprefix("sha256:")[:12]
