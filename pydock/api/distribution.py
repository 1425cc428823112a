"""What the registry knows of an image. The danger: the daemon asks the outer world for it."""

from __future__ import annotations

from pydock.api._base import JSON, Group

__all__ = ["Distribution"]


class Distribution(Group):
    """The operation of the tag Distribution."""

    noun = "image"

    async def inspect(self, name: str, *, registry_auth: str | None = None) -> JSON:
        """GET /distribution/{name}/json — `{"Descriptor", "Platforms"}`; Platforms is null for OCI manifests.

        `registry_auth` is the whole `X-Registry-Auth` header. A registry that cannot be reached is
        ServerError.
        """
        headers = {"X-Registry-Auth": registry_auth} if registry_auth is not None else None
        return await self.json("GET", "/distribution/{name}/json", name=name, headers=headers)
