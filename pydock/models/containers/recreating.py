"""From a container to what makes it again: the pydock call, and the line of the docker CLI."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydock.api import API
from pydock.errors import ImageNotFound
from pydock.models._base import Ref

if TYPE_CHECKING:
    from pydock.models.container_data import ContainerData
    from pydock.models.options.inheritance import Surroundings
    from pydock.models.options.recreate import Recipe

__all__ = ["Recreating", "recipe_from", "surroundings"]


class Recreating(Ref):
    """What a container that was inspected can say about its own making."""

    async def as_code(self, *, mask: bool = False) -> str:
        """Return the call of pydock that makes it again: `await docker.containers.run_detached(…)`.

        Options that are the image's or the engine's own are left out. Values of variables stand in it **as they
        are**, passwords too, since it has to work; with `mask=True` they and all that looks like a secret are `•••`.
        Not told, because no daemon remembers it: `platform`, files behind `env_file`, a MAC address that was asked
        for on a further network of a container that runs. What it does with `docker` and `pydock` is up to you:

            print(await container.as_code(mask=True))
        """
        from pydock.models.options.as_code import as_code, masked

        recipe = await self._recipe()
        return as_code(masked(recipe) if mask else recipe)

    async def as_cli(self, *, mask: bool = False) -> str:
        """Return the line of a shell that makes it again: `docker run -d --name web …`.

        As with `as_code` secrets stand in it unless `mask=True`. Options without a flag are told in a comment at the
        end. Without `-d` it was made by one who attached to it. Below API 1.44, where `docker run` knows one network,
        further ones are connected by commands that follow.

            print(await container.as_cli(mask=True))
        """
        from pydock.models.options.as_cli import as_cli
        from pydock.models.options.as_code import masked

        recipe = await self._recipe()
        return as_cli(masked(recipe) if mask else recipe, await self.api.containers.negotiated())

    async def _recipe(self) -> Recipe:
        seen: Any = self
        return recipe_from(seen, await surroundings(self.api, seen.image_id))


def recipe_from(container: ContainerData, around: Surroundings) -> Recipe:
    """Return what makes a container that was inspected."""
    from pydock.models.options.recreate import recipe_of

    return recipe_of(container.model_dump(mode="json", by_alias=True), around)


async def surroundings(api: API, image: str) -> Surroundings:
    """Ask for the image and the engine's habits: two requests."""
    from pydock.models.options.inheritance import Surroundings

    try:
        found = await api.images.inspect(image)
    except ImageNotFound:
        found = None
    return Surroundings.of(found, await api.system.info())
