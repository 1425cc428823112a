"""What comes of a pull, push or build beside the image: their errors, a pushed digest, and what a build is given.

Danger: a failed build's own message is one line; what a person needs are the step and its last words.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from os import PathLike

from pydock.errors import BuildError, DockerError, InvalidArgument, PlatformMismatch
from pydock.models.files.context import BuildContext, Context
from pydock.models.progress import ProgressEvent
from pydock.models.refusals import Kind, told_apart

__all__ = ["build_error", "context_of", "fails_with", "pushed_digest", "said_of_build"]

_Failure = Callable[[str, Sequence[ProgressEvent], int | None], DockerError]
_OTHER_PLATFORM = re.compile(r"no matching manifest|no match for platform|does not match the specified platform")


def fails_with(kind: Kind, *, image: str = "", platform: str | None = None) -> _Failure:
    """Return what makes the error of this kind; `PlatformMismatch` when it is about the platform asked for."""

    def make(message: str, events: Sequence[ProgressEvent], code: int | None) -> DockerError:
        if platform and _OTHER_PLATFORM.search(message):
            return PlatformMismatch(image, wanted=platform, available=re.findall(r"actual: ([^\s,]+)", message))
        return told_apart(kind, message)(message, events=events, code=code)

    return make


def build_error(message: str, events: Sequence[ProgressEvent], code: int | None) -> DockerError:
    """Make an error that shows the failing step and its last twenty lines."""
    lines = [line for event in events for line in event.stream.splitlines() if line.strip()]
    steps = [number for number, line in enumerate(lines) if line[:5].lower() == "step "]
    shown = lines[steps[-1] :] if steps else lines
    tail = shown if len(shown) <= 21 else [shown[0], "…", *shown[-20:]]
    return told_apart(BuildError, message)("\n".join([message, *tail]), events=events, code=code)


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
