"""The two headers that carry registries' credentials to the engine.

The danger is silence: an engine ignores a header in the standard alphabet or without its padding, and asks
the registry as nobody.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping

__all__ = ["registry_auth_header", "registry_config_header"]


def registry_auth_header(auth: Mapping[str, str] | None) -> str:
    """Return `X-Registry-Auth` for one AuthConfig; None is `{}`, for old engines refuse a push without it."""
    return _encode(dict(auth or {}))


def registry_config_header(auths: Mapping[str, Mapping[str, str]]) -> str:
    """Return `X-Registry-Config` for a build: AuthConfigs by registry key."""
    return _encode({key: dict(auth) for key, auth in auths.items()})


def _encode(value: Mapping[str, str] | Mapping[str, dict[str, str]]) -> str:
    return base64.urlsafe_b64encode(json.dumps(value, separators=(",", ":")).encode()).decode("ascii")
