"""What a failed pull, push, load, import or build is beside that: no access, no such image, no space.

Danger: inside a stream there is no status, and engines say 500 to a registry's no. Only the words tell then; they are
those of registries, of HTTP and of the kernel, and what is not known by its words stays the plain error.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from pydock.errors import (
    APIError,
    BuildError,
    DockerError,
    Forbidden,
    ImageNotFound,
    ImportError_,
    LoadError,
    NoSpace,
    PullError,
    PushError,
    ServerError,
    Unauthorized,
)

__all__ = ["Kind", "refusal", "told_apart"]

Kind = type[PullError | PushError | LoadError | ImportError_ | BuildError]


class PullUnauthorized(PullError, Unauthorized):
    """Credentials are missing or wrong."""

    status = 401


class PullForbidden(PullError, Forbidden):
    """These credentials may not pull it."""

    status = 403


class PullNotFound(PullError, ImageNotFound):
    """The registry has no such image."""

    status = 404


class PullNoSpace(PullError, NoSpace):
    """The daemon's disk is full."""


class PushUnauthorized(PushError, Unauthorized):
    """Credentials are missing or wrong."""

    status = 401


class PushForbidden(PushError, Forbidden):
    """These credentials may not push there."""

    status = 403


class PushNotFound(PushError, ImageNotFound):
    """The daemon has no such image."""

    status = 404


class PushNoSpace(PushError, NoSpace):
    """The registry's disk is full."""


class LoadNoSpace(LoadError, NoSpace):
    """The daemon's disk is full."""


class ImportNoSpace(ImportError_, NoSpace):
    """The daemon's disk is full."""


class BuildNoSpace(BuildError, NoSpace):
    """The daemon's disk is full."""


_BOTH: Sequence[Kind] = (
    *(PullUnauthorized, PullForbidden, PullNotFound, PullNoSpace),
    *(PushUnauthorized, PushForbidden, PushNotFound, PushNoSpace),
    *(LoadNoSpace, ImportNoSpace, BuildNoSpace),
)
# ENOSPC's text, the words of the distribution specification's codes, HTTP's, and those of the engines 20.10 to 29 and
# of Podman 5. The order counts: "push access denied, …: no basic auth credentials" lacks credentials.
_WORDS: Sequence[tuple[type[DockerError], re.Pattern[str]]] = (
    (NoSpace, re.compile(r"no space left on device|disk quota exceeded")),
    (Unauthorized, re.compile(r"(?i)no basic auth credentials|authentication required|unauthorized")),
    (Forbidden, re.compile(r"(?i)(?<!permission )denied|forbidden")),
    (ImageNotFound, re.compile(r"(?i)not found|does not exist|(manifest|name|image) (name )?(un|not )known")),
)


def told_apart(kind: Kind, message: str) -> Kind:
    """Return what is both of this kind and what the words say; the kind itself where they say nothing known."""
    cause = _cause(message)
    return next((one for one in _BOTH if cause is not None and issubclass(one, cause) and issubclass(one, kind)), kind)


def refusal(error: ServerError) -> APIError:
    """Return what a 500 really is: `Unauthorized` when the registry wants other credentials, else the same."""
    if _cause(error.message) is not Unauthorized:
        return error
    return Unauthorized(error.message, status=401, method=error.method, path=error.path)


def _cause(message: str) -> type[DockerError] | None:
    return next((cause for cause, words in _WORDS if words.search(message)), None)
