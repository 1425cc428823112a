"""Volumes. The danger is `prune`: below API 1.42 it takes named volumes, from then on anonymous ones only."""

from __future__ import annotations

from collections.abc import Mapping

from pydock.api._base import JSON, Group
from pydock.api._encoding import Filters, encode_filters
from pydock.errors import VolumeInUse

__all__ = ["Volumes"]


class Volumes(Group):
    """The operations of the tag Volume."""

    noun = "volume"

    async def list(self, *, filters: Filters | None = None) -> JSON:
        """GET /volumes — `{"Volumes": […], "Warnings": null}`"""
        return await self.json("GET", "/volumes", query={"filters": encode_filters(filters)})

    async def create(self, body: Mapping[str, object] | None = None) -> JSON:
        """POST /volumes/create — 201 the volume, be it new or there before.

        A local volume of that name is returned as it is, even when other options were asked for. A 404 (after
        the daemon's 15 s of looking around) is about the driver: PluginNotFound.
        """
        return await self.json("POST", "/volumes/create", body=body or {}, noun="plugin")

    async def inspect(self, name: str) -> JSON:
        """GET /volumes/{name}"""
        return await self.json("GET", "/volumes/{name}", name=name)

    async def update(self, name: str, body: Mapping[str, object], *, version: int) -> None:
        """PUT /volumes/{name} — API 1.42, cluster volumes of a swarm only; 503 when the daemon manages none.

        `version` is `ClusterVolume.Version.Index` as inspected last.
        """
        await self.unit("PUT", "/volumes/{name}", name=name, query={"version": version}, body=body, needs="1.42")

    async def delete(self, name: str, *, force: bool | None = None) -> None:
        """DELETE /volumes/{name} — 204, 409 it is used.

        With `force` 204 also when there is none; a used volume stays nevertheless.
        """
        await self.unit("DELETE", "/volumes/{name}", name=name, query={"force": force}, conflict=VolumeInUse)

    async def prune(self, *, filters: Filters | None = None) -> JSON:
        """POST /volumes/prune — `{"VolumesDeleted": [], "SpaceReclaimed": 0}`

        From API 1.42 on only anonymous volumes go, unless filters say `{"all": ["true"]}`. Below, named and
        anonymous ones go alike, and the filter `all` is 400: who wants one meaning on every version lists
        first.
        """
        return await self.json("POST", "/volumes/prune", query={"filters": encode_filters(filters)})
