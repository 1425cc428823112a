"""Volumes: ref, object and collection. A volume's name is its id.

Danger: the daemon's own prune takes named volumes on API < 1.42 and on Podman, anonymous ones elsewhere.
Here it means one thing everywhere, so it is done from outside.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Self, Unpack

from pydock.api import API
from pydock.errors import InvalidArgument, VolumeInUse, VolumeNotFound
from pydock.models._base import Listing, Ref, parse, parse_listing
from pydock.models.disk_usage import DiskUsage
from pydock.models.filters import PruneFilters, VolumeFilters, known_filters
from pydock.models.units import Size
from pydock.models.volume_data import VolumeData, VolumeList, VolumePruneReport, VolumeUsage
from pydock.transport.version import Version

if TYPE_CHECKING:
    from pydock.models.containers import ContainerSummary

__all__ = ["Volume", "VolumeRef", "Volumes", "labels_match"]

_ANONYMOUS_LABEL = "com.docker.volume.anonymous"
"""Set by engines from 23 on; older ones and Podman have only the look of the name."""
_MADE_UP_NAME = re.compile(r"[0-9a-f]{64}")


class VolumeRef(Ref):
    """A volume by its name, with every verb. Making one sends no request."""

    noun = "volume"

    async def _settled(self) -> Self:
        """Read the state again after a change; a ref has none."""
        return self

    async def inspect(self) -> Volume:
        """Return what the daemon knows about it now."""
        return parse(Volume, await self.api.volumes.inspect(self.id), self.api)

    async def remove(self, *, force: bool = False) -> Self:
        """Remove it and all that is in it; `VolumeInUse` while a container has it, running or not.

        With `force` no `VolumeNotFound`; a used volume stays nevertheless.
        """
        await self.api.volumes.delete(self.id, force=force or None)
        return await self._settled()

    async def update(self, spec: Mapping[str, object], *, version: int) -> Self:
        """Change a cluster volume of a swarm (API 1.42): `{"Availability": "drain"}`.

        `version` is `ClusterVolume.Version.Index` as inspected last. `ServerError` (503) without a swarm.
        """
        await self.api.volumes.update(self.id, {"Spec": dict(spec)}, version=version)
        return await self._settled()

    async def used_by(self) -> Listing[ContainerSummary]:
        """List the containers that have it, running or not."""
        from pydock.models.containers import ContainerSummary  # containers know their volumes: no circle

        body = await self.api.containers.list(all=True, filters={"volume": [self.id]})
        return parse_listing(ContainerSummary, body, self.api, "containers")

    async def usage(self) -> VolumeUsage:
        """Count how much of the disk it takes and how many containers have it. Slow: the daemon counts all volumes."""
        return (await _counted(self.api)).get(self.id, VolumeUsage())

    async def exists(self) -> bool:
        """Return whether the daemon still knows it."""
        try:
            await self.api.volumes.inspect(self.id)
        except VolumeNotFound:
            return False
        return True


class Volume(VolumeData, VolumeRef):
    """A volume with all that is known about it (a list knows it all), with every verb."""

    gone: bool = False
    """True after a verb found that the daemon has removed it."""

    @property
    def anonymous(self) -> bool:
        """Whether nobody gave it a name."""
        return _ANONYMOUS_LABEL in self.labels or _MADE_UP_NAME.fullmatch(self.id) is not None

    async def usage(self) -> VolumeUsage:
        """Count how much of the disk it takes and how many containers have it; afterwards `size` knows it, too.

        Slow: the daemon counts all volumes.
        """
        self.usage_data: VolumeUsage | None = await super().usage()
        return self.usage_data

    async def refresh(self) -> Self:
        """Read it again in place and return it; afterwards `gone` says whether it still exists."""
        try:
            body = await self.api.volumes.inspect(self.id)
        except VolumeNotFound:
            self.gone = True
            return self
        self._become(parse(type(self), body, self.api))
        return self

    async def _settled(self) -> Self:
        return await self.refresh()


class Volumes:
    """The volumes of a daemon."""

    def __init__(self, api: API) -> None:
        self._api = api

    def __getitem__(self, name: str) -> VolumeRef:
        """Name a volume without asking for it: `await docker.volumes["data"].remove()`."""
        if not name or "/" in name:
            raise InvalidArgument(f"{name!r} is no name of a volume: docker.volumes['data'].")
        return VolumeRef(self._api, name)

    async def get(self, name: str) -> Volume:
        """Return a volume; `VolumeNotFound` when there is none of that name.

        data = await docker.volumes.get("data")
        """
        return await self[name].inspect()

    async def create(
        self,
        name: str | None = None,
        *,
        driver: str | None = None,
        options: Mapping[str, str] | None = None,
        labels: Mapping[str, str] | None = None,
        cluster: Mapping[str, object] | None = None,
    ) -> Volume:
        """Create a volume, anonymous without a name.

        A volume of that name that is there already is returned as it is, whatever options are asked for.
        `options` are the driver's: `{"type": "nfs", "device": ":/data", "o": "addr=10.0.0.1"}`. `cluster` is the
        wire's ClusterVolumeSpec (API 1.42). `PluginNotFound` (after 15 s) for an unknown driver.

            data = await docker.volumes.create("data", labels={"tier": "db"})
        """
        if name is not None and (not name or "/" in name):
            raise InvalidArgument(f"{name!r} is no name of a volume: docker.volumes.create('data').")
        body: dict[str, object] = {
            "Name": name,
            "Driver": driver,
            "DriverOpts": dict(options) if options else None,
            "Labels": dict(labels) if labels else None,
            "ClusterVolumeSpec": cluster,
        }
        sent = {key: item for key, item in body.items() if item is not None}
        return parse(Volume, await self._api.volumes.create(sent), self._api)

    async def list(self, **filters: Unpack[VolumeFilters]) -> Listing[Volume]:
        """List the volumes: one request. Filters are keywords: `name="data"`, `dangling=True`, `label={…}`, …

        for volume in await docker.volumes.list(dangling=True):
            print(volume.name, volume.driver)
        """
        return await self._list(await known_filters(self._api, "volumes", filters))

    async def prune(
        self, *, all: bool = False, dry_run: bool = False, **filters: Unpack[PruneFilters]
    ) -> VolumePruneReport:
        """Remove the anonymous local volumes that no container uses, with `all=True` the named ones as well.

        This holds for every engine, as `docker volume prune` does for new ones: volumes are listed and removed one
        by one. Anonymous is what has the label `com.docker.volume.anonymous` or a name of 64 hex digits. With
        `dry_run=True` nothing is removed, and the report says what would be.

            report = await docker.volumes.prune(label={"tier": "test"})
        """
        wire = await known_filters(self._api, "prune", filters)
        return await self.prune_matching(wire, all=all, dry_run=dry_run)

    async def prune_matching(self, wire: Mapping[str, Sequence[str]], *, all: bool, dry_run: bool) -> VolumePruneReport:
        """Prune with filters as they are on the wire; `prune` is for people."""
        if "until" in wire:
            raise InvalidArgument("No engine knows when a volume was used last: leave out until=.")
        chosen = await self._unused(wire, all=all)
        sizes = await self._sizes() if chosen else {}
        deleted = [volume.id for volume in chosen if dry_run or await self._removed(volume)]
        reclaimed = Size(sum(sizes.get(name, 0) for name in deleted))
        return VolumePruneReport(deleted=deleted, reclaimed=reclaimed)

    async def _list(self, wire: Mapping[str, Sequence[str]]) -> Listing[Volume]:
        answer = parse(VolumeList[Volume], await self._api.volumes.list(filters=wire), self._api)
        return Listing(answer.volumes, title="volumes")

    async def _unused(self, wire: Mapping[str, Sequence[str]], *, all: bool) -> Sequence[Volume]:
        # Labels are looked at here: Podman lists what is dangling *or* has the label.
        found = await self._list({"dangling": ["true"]})
        return [
            volume
            for volume in found
            if volume.driver == "local" and (all or volume.anonymous) and labels_match(volume.labels, wire)
        ]

    async def _sizes(self) -> dict[str, int]:
        """Ask how large the volumes are; those whose driver does not say are 0."""
        return {name: usage.size or 0 for name, usage in (await _counted(self._api)).items()}

    async def _removed(self, volume: Volume) -> bool:
        try:
            await self._api.volumes.delete(volume.id)
        except (VolumeInUse, VolumeNotFound):  # somebody was faster
            return False
        return True


async def _counted(api: API) -> dict[str, VolumeUsage]:
    version = await api.volumes.negotiated()
    body = await api.system.data_usage(
        type=["volume"] if version >= Version(1, 42) else None,
        verbose=True if version >= Version(1, 52) else None,
    )
    return {volume.id: volume.usage_data for volume in parse(DiskUsage, body).volumes.items if volume.usage_data}


def labels_match(labels: Mapping[str, str], wire: Mapping[str, Sequence[str]]) -> bool:
    """Tell whether labels have all that the filter `label` wants and none of what `label!` shuns."""

    def has(label: str) -> bool:
        key, given, value = label.partition("=")
        return key in labels and (not given or labels[key] == value)

    wanted = (has(label) for label in wire.get("label", ()))
    return all(wanted) and not any(has(label) for label in wire.get("label!", ()))
