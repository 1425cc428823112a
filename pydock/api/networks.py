"""Networks. The danger is 403, which the daemon answers where elsewhere it says 409."""

from __future__ import annotations

from collections.abc import Mapping

from pydock.api._base import JSON, Group
from pydock.api._encoding import Filters, encode_filters
from pydock.errors import NameInUse, NetworkInUse

__all__ = ["Networks"]


class Networks(Group):
    """The operations of the tag Network."""

    noun = "network"

    async def list(self, *, filters: Filters | None = None) -> JSON:
        """GET /networks

        Who is connected is known to `inspect` only: `Containers` is empty or absent here.
        """
        return await self.json("GET", "/networks", query={"filters": encode_filters(filters)})

    async def inspect(self, id: str, *, verbose: bool | None = None, scope: str | None = None) -> JSON:
        """GET /networks/{id} — 400 for a name that two networks have, which 20.10 allows"""
        query = {"verbose": verbose, "scope": scope}
        return await self.json("GET", "/networks/{id}", id=id, query=query)

    async def delete(self, id: str) -> None:
        """DELETE /networks/{id} — 204; 403 when it is predefined or has endpoints: NetworkInUse."""
        await self.unit("DELETE", "/networks/{id}", id=id, conflict=NetworkInUse)

    async def create(self, body: Mapping[str, object]) -> JSON:
        """POST /networks/create — 201 `{"Id", "Warning"}`

        20.10 makes a second network of a name and says so in `Warning` unless the body has `"CheckDuplicate":
        true`; later engines answer 409: NameInUse. 403 is about an address pool, 404 about the driver:
        PluginNotFound.
        """
        return await self.json("POST", "/networks/create", body=body, conflict=NameInUse, noun="plugin")

    async def connect(self, id: str, body: Mapping[str, object]) -> None:
        """POST /networks/{id}/connect — 200; 403 when the container is connected already.

        A 404 is about either of the two, so it is a plain NotFound. `EndpointConfig.MacAddress` works from
        API 1.54 on, `GwPriority` from 1.48 on; older engines ignore them.
        """
        await self.unit("POST", "/networks/{id}/connect", id=id, body=body, noun="")

    async def disconnect(self, id: str, body: Mapping[str, object]) -> None:
        """POST /networks/{id}/disconnect — 200; 500 when the container was not connected.

        A 404 is about either of the two, so it is a plain NotFound.
        """
        await self.unit("POST", "/networks/{id}/disconnect", id=id, body=body, noun="")

    async def prune(self, *, filters: Filters | None = None) -> JSON:
        """POST /networks/prune — `{"NetworksDeleted": null}` when there was nothing to do"""
        return await self.json("POST", "/networks/prune", query={"filters": encode_filters(filters)})
