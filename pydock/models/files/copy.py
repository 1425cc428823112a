"""`docker cp`'s rules: where a copy lands and what it is called there, the same for both directions.

The rules, by what the source is and what is at the destination:

| destination        | a file                | a folder                   | a folder, as `name/.` |
|--------------------|-----------------------|----------------------------|-----------------------|
| a folder           | into it, its own name | into it, its own name      | its contents into it  |
| a file             | overwrites it         | refused                    | refused               |
| missing            | saved under that name | created with the contents  | created with them     |
| missing, ends in / | refused               | created with the contents  | created with them     |
| missing, ends in /.| refused               | refused                    | refused               |

A missing parent is refused by whoever writes: the daemon answers 404, `local_destination` raises.
"""

# Paths are text here: Path drops the trailing slashes that the rules look at.
# ruff: noqa: PTH110, PTH112, PTH116, PTH120

from __future__ import annotations

import os
import posixpath
import stat
from dataclasses import dataclass

from pydock.errors import InvalidArgument
from pydock.models.files.local import StrPath, local_error
from pydock.models.files.stat import PathStat

__all__ = [
    "CopyDestination",
    "CopyPlan",
    "CopySource",
    "archive_path",
    "container_destination",
    "link_target",
    "local_destination",
    "local_source",
    "plan_copy",
]


@dataclass(frozen=True, slots=True)
class CopySource:
    """What is copied."""

    path: str
    """As it was asked for, with its trailing `/` or `/.`."""
    is_dir: bool
    """After following the link, if it is one that is followed."""


@dataclass(frozen=True, slots=True)
class CopyDestination:
    """What is at the place to copy to."""

    path: str
    """Links followed; with its trailing `/`."""
    exists: bool
    is_dir: bool = False


@dataclass(frozen=True, slots=True)
class CopyPlan:
    """Where to unpack, and what the tar's root is to be called."""

    directory: str
    """The folder to unpack in: the `path` of `PUT …/archive`, or a local one. It has to exist."""
    root: str
    """The name of what is copied; `"."`: the contents of the folder, without the folder itself."""
    rootless: bool = False
    """The source means contents (`/.`), so a daemon's tar of it has no root of its own. For `extract`."""


def plan_copy(source: CopySource, destination: CopyDestination) -> CopyPlan:
    """Apply the rules. Raises `InvalidArgument` where `docker cp` refuses, saying what would work.

    ```python
    plan_copy(CopySource("./conf", is_dir=True), CopyDestination("/etc/app", exists=False))
    # CopyPlan(directory='/etc', root='app')
    ```
    """
    asked, path = source.path, destination.path
    contents = _means_contents(asked)
    if not source.is_dir and asked.endswith(("/", "/.")):
        raise InvalidArgument(f"{asked} is not a folder. Write {asked.rstrip('/.')!r}.")
    if destination.exists and destination.is_dir:
        return CopyPlan(path, "." if contents else posixpath.basename(asked.rstrip("/")), contents)
    if destination.exists and source.is_dir:
        raise InvalidArgument(f"cannot copy the folder {asked} over the file {path}. Name a folder or a new name.")
    if (_asserts_folder(path) and not source.is_dir) or (path.endswith("/.") and not destination.exists):
        problem = "is not a folder" if destination.exists else "does not exist"
        raise InvalidArgument(f"{path} {problem}. Create it first, or write {path.rstrip('/.')!r} as the name.")
    directory, name = _split(path)
    if name in {"", "..", "."}:
        raise InvalidArgument(f"{path or 'the destination'} does not name a place to copy to. Write a full path.")
    return CopyPlan(directory, name, contents)


def archive_path(path: str) -> str:
    """Return the path to ask the daemon for: the tar of `/` has absolute names, that of `/.` has not."""
    return path if path.strip("/") else "/."


def container_destination(path: str, stat: PathStat | None) -> CopyDestination:
    """Describe a place in a container by its stat; None: there is nothing. Follow a link first
    (`link_target`).
    """
    if stat is None:
        return CopyDestination(path, exists=False)
    if not stat.is_dir and not stat.is_file and not stat.is_symlink:
        raise InvalidArgument(f"{path} is a device, pipe or socket. Copy to a file or a folder.")
    return CopyDestination(path, exists=True, is_dir=stat.is_dir)


def link_target(path: str, stat: PathStat) -> str:
    """Return the path that a link in a container leads to; the path itself when it is no link.

    A trailing `/` or `/.` is kept, because the rules look at it.
    """
    if not stat.is_symlink or not stat.link_target:
        return path
    target = posixpath.join(posixpath.dirname(path.rstrip("/")), stat.link_target)
    return (
        target.rstrip("/") + path[len(path.removesuffix(".").rstrip("/")) :] if path.endswith(("/", "/.")) else target
    )


def local_source(path: StrPath, *, follow: bool = False) -> CopySource:
    """Look at a local source. Blocks: call it in a worker thread. A link counts as itself unless it is
    followed.
    """
    text = os.fspath(path)
    follow = follow or text.endswith(("/", "/."))
    try:
        status = os.stat(text) if follow else os.lstat(text)
    except OSError as error:
        raise local_error("read", text, error) from error
    return CopySource(text, is_dir=stat.S_ISDIR(status.st_mode))


def local_destination(path: StrPath) -> CopyDestination:
    """Look at a local destination, following links. Blocks: call it in a worker thread.

    Raises `InvalidArgument` when neither it nor the folder it would be in exists.
    """
    text = os.fspath(path)
    tail = "/." if text.endswith("/.") else "/" if text.endswith("/") else ""
    real = os.path.realpath(text)
    if os.path.exists(real):
        return CopyDestination(real + tail, exists=True, is_dir=os.path.isdir(real))
    parent = os.path.dirname(real)
    if not os.path.isdir(parent):
        raise InvalidArgument(f"the folder {parent} does not exist. Create it first.")
    return CopyDestination(real + tail, exists=False)


def _means_contents(path: str) -> bool:
    return path.endswith(("/.", "/..")) or path in {".", "..", ""} or not path.strip("/")


def _asserts_folder(path: str) -> bool:
    return path.endswith(("/", "/."))


def _split(path: str) -> tuple[str, str]:
    """Split into folder and name, deaf to what only asserts that it is a folder (`/a/b/` and `/a/b/.`: `/a`,
    `b`).
    """
    while _asserts_folder(path) and path.strip("/"):
        path = path.removesuffix(".").rstrip("/")
    directory, name = posixpath.split(path)
    return directory or ".", name
