"""What a ping tells. It stands alone, without pydantic: the first call of a short program loads no models."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pydock.display.mixin import Displayed

__all__ = ["Ping"]


@dataclass(frozen=True)
class Ping(Displayed):
    """What the headers of a ping say."""

    api_version: str = ""
    """The newest API that the daemon speaks; empty behind a proxy that drops headers."""
    os_type: str = ""
    """`linux` or `windows`."""
    experimental: bool = False
    """Experimental features are on."""
    builder_version: str = ""
    """`1` is the classic builder, `2` BuildKit: what the daemon advises (Engine 23)."""
    swarm: str = ""
    """`inactive`, `pending`, `error`, `locked`, `active/worker`, `active/manager` (Engine 23)."""
    server: str = ""
    """The daemon and its platform: `Docker/28.5.2 (linux)`."""

    @classmethod
    def from_headers(cls, headers: Mapping[str, str]) -> Ping:
        """Read the headers of an answer, however they are cased."""
        lower = {name.lower(): value for name, value in headers.items()}
        return cls(
            api_version=lower.get("api-version", ""),
            os_type=lower.get("ostype", ""),
            experimental=lower.get("docker-experimental", "").lower() == "true",
            builder_version=lower.get("builder-version", ""),
            swarm=lower.get("swarm", ""),
            server=lower.get("server", ""),
        )
