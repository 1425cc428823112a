"""The three tenses of a container: a ref (an id and every verb), what `list` knows, and what `inspect` knows."""

from __future__ import annotations

from typing import Self

from pydock.errors import ContainerNotFound
from pydock.models._base import parse, parse_listing
from pydock.models.container_data import ContainerData, ContainerSummaryData
from pydock.models.containers.lifecycle import Lifecycle
from pydock.models.containers.links import Links
from pydock.models.containers.measuring import Measuring
from pydock.models.containers.recreating import Recreating
from pydock.models.containers.shell import Interactive
from pydock.models.containers.transfer import Transfer
from pydock.models.containers.waiting import Waiting
from pydock.models.live import LiveContainer
from pydock.models.posture import Posture, posture_of

__all__ = ["Container", "ContainerRef", "ContainerSummary"]


class ContainerRef(Lifecycle, Waiting, Interactive, Measuring, Transfer, LiveContainer):
    """A container by its id or name, with every verb. Making one sends no request: `docker.containers["web"]`."""

    async def inspect(self, *, size: bool = False) -> Container:
        """Return what the daemon knows about it now. `size` makes the daemon add up its files."""
        return parse(Container, await self.api.containers.inspect(self.id, size=size or None), self.api)


class ContainerSummary(ContainerSummaryData, Links, ContainerRef):
    """A container as a list shows it, with every verb."""

    gone: bool = False
    """True after a verb found that the daemon has removed it."""

    async def refresh(self) -> Self:
        """Read it again in place and return it; afterwards `gone` says whether it still exists."""
        body = await self.api.containers.list(all=True, filters={"id": [self.id]})
        found = parse_listing(type(self), body, self.api, "containers")
        if found:
            self._become(found[0])
        self.gone = not found
        return self

    async def _settled(self) -> Self:
        return await self.refresh()


class Container(ContainerData, Links, Recreating, ContainerRef):
    """A container with all that inspect knows, with every verb."""

    gone: bool = False
    """True after a verb found that the daemon has removed it."""

    async def refresh(self) -> Self:
        """Read it again in place and return it; afterwards `gone` says whether it still exists.

        await container.refresh()
        """
        try:
            body = await self.api.containers.inspect(self.id)
        except ContainerNotFound:
            self.gone = True
            return self
        self._become(parse(type(self), body, self.api))
        return self

    def posture(self) -> Posture:
        """Tell how well it is isolated: its risks after the CIS Docker Benchmark, the worst first. Sends no request.

        for risk in container.posture():
            print(risk.severity, risk.name, risk.reason, risk.cure)
        """
        return posture_of(self)

    async def _settled(self) -> Self:
        return await self.refresh()
