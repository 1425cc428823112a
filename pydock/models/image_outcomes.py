"""What comes of a pull, push or build beside the image: their errors, a pushed digest, and what a build is given.

Danger: a failed build's own message is one line; what a person needs are the step and its last words. And inside a
stream there is no status: what kind of refusal it is only the words tell, which are the registries' and the kernel's.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from os import PathLike

from pydock.errors import (
    BuildError,
    DockerError,
    Forbidden,
    ImageNotFound,
    ImportError_,
    InvalidArgument,
    LoadError,
    NoSpace,
    PlatformMismatch,
    PullError,
    PushError,
    Unauthorized,
)
from pydock.models.files.context import BuildContext, Context
from pydock.models.progress import ProgressEvent

__all__ = ["build_error", "context_of", "fails_with", "pushed_digest", "said_of_build"]

_Kind = type[PullError | PushError | LoadError | ImportError_ | BuildError]
_Failure = Callable[[str, Sequence[ProgressEvent], int | None], DockerError]


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


_BOTH: Sequence[_Kind] = (
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
    (ImageNotFound, re.compile(r"(?i)not found|does not exist|(manifest|name|repository|image) (name )?(un|not )known")),
)
_OTHER_PLATFORM = re.compile(r"no matching manifest|no match for platform|does not match the specified platform")


def fails_with(kind: _Kind, *, image: str = "", platform: str | None = None) -> _Failure:
    """Return what makes the error of this kind; `PlatformMismatch` when it is about the platform asked for."""

    def make(message: str, events: Sequence[ProgressEvent], code: int | None) -> DockerError:
        if platform and _OTHER_PLATFORM.search(message):
            return PlatformMismatch(image, wanted=platform, available=re.findall(r"actual: ([^\s,]+)", message))
        return _told_apart(kind, message)(message, events=events, code=code)

    return make


def _told_apart(kind: _Kind, message: str) -> _Kind:
    """Return what is both of this kind and what the words say; the kind itself where they say nothing known."""
    cause = next((cause for cause, words in _WORDS if words.search(message)), None)
    return next((one for one in _BOTH if cause is not None and issubclass(one, cause) and issubclass(one, kind)), kind)


def build_error(message: str, events: Sequence[ProgressEvent], code: int | None) -> DockerError:
    """Make an error that shows the failing step and its last twenty lines."""
    lines = [line for event in events for line in event.stream.splitlines() if line.strip()]
    steps = [number for number, line in enumerate(lines) if line.startswith("Step ")]
    shown = lines[steps[-1] :] if steps else lines
    tail = shown if len(shown) <= 21 else [shown[0], "…", *shown[-20:]]
    return _told_apart(BuildError, message)("\n".join([message, *tail]), events=events, code=code)


def said_of_build(tags: Sequence[str], context: object) -> str:
    """Say what is built: its first name, or from where."""
    if tags:
        return f"Building {tags[0]}"
    return f"Building {context}" if isinstance(context, (str, PathLike)) else "Building an image"


def context_of(context: str | PathLike[str] | Context, dockerfile: str | PathLike[str] | bytes | None) -> Context:
    """Return the context to be sent; a path is a folder."""
    if isinstance(context, (str, PathLike)):
        return BuildContext(context, dockerfile=dockerfile)
    if dockerfile is not None:
        raise InvalidArgument(
            "This context knows its Dockerfile; give dockerfile= to it: BuildContext(path, dockerfile=…)."
        )
    return context


async def pushed_digest(events: Sequence[ProgressEvent]) -> str | None:
    """Return the digest of what was pushed, where the daemon tells it."""
    for event in events:
        if told := event.told("Digest"):
            return told
    for event in reversed(events):
        _, found, rest = event.status.partition("digest: ")
        if found:
            return rest.split()[0]
    return None
