"""Descriptors and platforms as the OCI image specification spells them: camel case, two keys with dots."""

from __future__ import annotations

from typing import ClassVar

from pydantic import ConfigDict, Field
from pydantic.alias_generators import to_camel

from pydock.models._base import Model, NullDict, NullList, wire
from pydock.models.units import Size

__all__ = ["Descriptor", "Platform"]


class Platform(Model):
    """An operating system and a processor. `str()` gives `linux/arm64/v8`, as `platform=` takes it."""

    model_config: ClassVar[ConfigDict] = ConfigDict(alias_generator=to_camel)

    architecture: str = ""
    """The processor as Go names it: `amd64`, `arm64`."""
    os: str = ""
    """The operating system: `linux`, `windows`."""
    os_version: str = wire("os.version", "")
    """The version of the operating system; Windows images need a matching one."""
    os_features: NullList[str] = wire("os.features", [])
    """Features of the operating system that the image needs, such as `win32k`."""
    variant: str = ""
    """The variant of the processor: `v7`, `v8`."""

    def suits(self, wanted: str) -> bool:
        """Return whether it is what `platform=` asks for: what that leaves out may be anything.

        `"linux/arm64"` is `"linux/arm64/v8"`, `"arm64"` is any system's.
        """
        parts = [_SAME.get(part, part) for part in wanted.lower().split("/")]
        if len(parts) == 1:
            return parts[0] in {self.os, self.architecture}
        variants = ("", self.variant) if self.variant else ("", _DEFAULT_VARIANT.get(self.architecture, ""))
        return parts[:2] == [self.os, self.architecture] and (len(parts) == 2 or parts[2] in variants)

    def __str__(self) -> str:
        return "/".join(part for part in (self.os, self.architecture, self.variant) if part)


_SAME = {"x86_64": "amd64", "x86-64": "amd64", "aarch64": "arm64", "i386": "386", "armhf": "arm"}
"""Words for processors that the daemon takes as well."""
_DEFAULT_VARIANT = {"arm64": "v8", "arm": "v7", "amd64": "v1"}
"""What an image that names no variant is."""


class Descriptor(Model):
    """What points at a piece of content in a registry or a content store."""

    model_config: ClassVar[ConfigDict] = ConfigDict(alias_generator=to_camel)

    media_type: str = ""
    """What the content is."""
    digest: str = ""
    """The hash that names the content: `sha256:…`."""
    size: Size = Size(0)
    """How many bytes the content has; for an index or manifest that is the document itself, not the image."""
    urls: NullList[str] = Field(default_factory=list[str])
    """Where else the content may be downloaded."""
    annotations: NullDict[str, str] = Field(default_factory=dict[str, str])
    """What the maker noted about the content."""
    data: str | None = None
    """The content itself in base64, where it is small."""
    platform: Platform | None = None
    """What the content runs on."""
    artifact_type: str | None = None
    """What kind of artifact it is, if it is no image."""
