"""`ensure`: a container that is as it is wanted, whatever was there before.

Danger: what is not as wanted is removed, with all that it wrote outside of named volumes. It goes only after the new
one runs; when that fails or is cancelled, it is put back. Others may do the same at the same time, so nothing is
removed by its name: only what was found, and what was made here.
"""

from __future__ import annotations

import contextlib
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace

import anyio

from pydock.display.mixin import Displayed
from pydock.errors import Conflict, ContainerNotFound, DockerError, TimedOut
from pydock.models.container_parts import ContainerState, ContainerStatus
from pydock.models.containers.recreating import recipe_from, surroundings
from pydock.models.containers.ref import Container, ContainerRef
from pydock.models.options import CreateRequest
from pydock.models.options.differences import Difference, differences, fingerprint, other_raw
from pydock.models.options.inheritance import Surroundings
from pydock.models.options.recreate import SPEC_LABEL, Recipe, recipe_of_request

__all__ = ["Ensured", "Wanted"]

_PATIENCE = 60
"""Seconds for what is finished even when the call is cancelled: a creation, the old one's removal or its return."""


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
    """A container as it is wanted, and how to get there. `create` creates the one of the request."""

    def __init__(
        self, request: CreateRequest, around: Surroundings, create: Callable[[CreateRequest], Awaitable[ContainerRef]]
    ) -> None:
        self._recipe: Recipe = recipe_of_request(request, around)
        self._around: Surroundings = around
        self._mark: str = fingerprint(self._recipe, request.raw)
        labels = {**request.body.get("Labels", {}), SPEC_LABEL: self._mark}
        self._request: CreateRequest = request._replace(body={**request.body, "Labels": labels})
        self._create = create
        self._created: ContainerRef | None = None

    async def instead_of(self, current: Container | None) -> Ensured:
        """Make it, unless the current one is the same."""
        if current is None:
            return Ensured(await self._make(), created=True)
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
        mark = current.labels.get(SPEC_LABEL, "")
        found = [*self._image(current), *differences(was, self._recipe, updatable=mark == self._mark)]
        if mark and other_raw(mark, self._mark):
            found.append(Difference("raw", "other fields", "these fields"))
        return found

    def _image(self, current: Container) -> list[Difference]:
        """A name that has moved on to another image is another image."""
        chosen = current.image_manifest_descriptor
        if self._around.image_id in {current.image_id, chosen.digest if chosen else ""}:
            return []
        was = f"{current.image} ({_short(current.image_id)})"
        return [Difference("image", was, f"{self._recipe.image} ({_short(self._around.image_id)})")]

    async def _replace(self, old: Container) -> Container:
        name, was = old.name, old.state
        try:
            await old.stop()
            with contextlib.suppress(ContainerNotFound):  # made with remove=True: its stop was its end
                await old.rename(f"{name}-{old.short_id}")
            new = await self._make()
        except BaseException as error:
            with anyio.move_on_after(_PATIENCE, shield=True) as patience:
                try:
                    await self._put_back(old, name, was)
                except DockerError as failure:
                    error.add_note(f"Putting container {old.short_id} back as {name} failed, too: {failure}")
            if patience.cancelled_caught:
                error.add_note(f"Container {old.short_id} was not put back as {name}: the daemon does not answer.")
            raise
        with anyio.move_on_after(_PATIENCE, shield=True), contextlib.suppress(ContainerNotFound, Conflict):
            await old.remove(force=True, volumes=True)  # or it removes itself
        return new

    async def _make(self) -> Container:
        with anyio.move_on_after(_PATIENCE, shield=True):  # one that was asked for must be known, to be taken away
            self._created = await self._create(self._request)
        if self._created is None:
            raise TimedOut(f"The daemon did not create {self._request.name} within {_PATIENCE} seconds.")
        await self._created.start()
        return await self._created.inspect()

    async def _put_back(self, old: Container, name: str, was: ContainerState) -> None:
        """Undo a replacement, however far it came."""
        if self._created is not None:
            with contextlib.suppress(ContainerNotFound):
                await self._created.remove(force=True, volumes=True)
        await old.refresh()
        if old.gone:
            return
        if old.name != name:
            await old.rename(name)
        if was.running:
            await old.stop()  # a stop that was given up goes on in the daemon
            await old.start()
        if was.paused:
            await old.pause()


def _short(id: str) -> str:
    return id.removeprefix("sha256:")[:12]
