"""The daemon itself: who it is, whether it is well, what it holds, what happens in it.

The danger is `events`: it never ends by itself without `until`, and unknown filters are ignored there without
a word.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pydock.api._base import JSON, Group
from pydock.api._encoding import Filters, Timestamp, encode_filters, encode_time
from pydock.api._encoding import since as since_version
from pydock.transport.streams import JSONStream

__all__ = ["System"]


class System(Group):
    """The operations of the tag System."""

    async def auth(self, body: Mapping[str, object]) -> JSON:
        """POST /auth — 200 `{"Status", "IdentityToken"}`, 204 (`null`) valid without a word.

        Wrong credentials are Unauthorized or, with many registries on engines up to 29, ServerError: the
        daemon answers 500 there. For Docker Hub `serveraddress` is `https://index.docker.io/v1/`.
        """
        return await self.json("POST", "/auth", body=body)

    async def info(self) -> JSON:
        """GET /info"""
        return await self.json("GET", "/info")

    async def version(self) -> JSON:
        """GET /version — asked without a version: works with daemons too old for pydock."""
        return await self.json("GET", "/version", versioned=False)

    async def ping(self) -> Mapping[str, str]:
        """GET /_ping — the headers, names in lower case; the body says `OK`.

        `swarm` and `builder-version` are absent on 20.10. The daemon is asked each time.
        """
        return await self.head("GET", "/_ping", versioned=False)

    async def ping_head(self) -> Mapping[str, str]:
        """HEAD /_ping — the headers, names in lower case."""
        return await self.head("HEAD", "/_ping", versioned=False)

    def events(
        self,
        *,
        since: Timestamp | None = None,
        until: Timestamp | None = None,
        filters: Filters | None = None,
    ) -> JSONStream:
        """GET /events — one JSON value for each event; without `until` it never ends.

        The daemon remembers the last 256 events. Unknown filter names are ignored here, not refused. No
        `Accept` is sent: every form in which engines answer by themselves is read.
        """
        query = {"since": encode_time(since), "until": encode_time(until), "filters": encode_filters(filters)}
        return self.json_stream("GET", "/events", query=query)

    async def data_usage(self, *, type: Sequence[str] | None = None, verbose: bool | None = None) -> JSON:
        """GET /system/df

        `type` (API 1.42): of container, image, volume, build-cache; what was not asked for is null or absent.
        `verbose` (API 1.52): the items of the new usage objects, and then none of the old lists.
        """
        types = since_version("1.42", list(type) if type else None)
        return await self.json("GET", "/system/df", query={"type": types, "verbose": since_version("1.52", verbose)})
