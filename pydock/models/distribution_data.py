"""What a registry says about an image without pulling it."""

from __future__ import annotations

from pydantic import Field

from pydock.models._base import Model, NullList
from pydock.models.oci import Descriptor, Platform

__all__ = ["DistributionData"]


class DistributionData(Model):
    """An image in a registry."""

    descriptor: Descriptor = Field(default_factory=Descriptor)
    """What the name points at; `descriptor.digest` pins it."""
    platforms: NullList[Platform] = Field(default_factory=list[Platform])
    """What it runs on; empty where the registry has a single OCI manifest."""

    @property
    def digest(self) -> str:
        """The hash that the name points at."""
        return self.descriptor.digest
