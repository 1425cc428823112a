"""What is sent to a container: a path, bytes or text of this machine as a tar stream for `PUT …/archive`.

The danger is ownership: a tar carries numbers that mean other people inside the container, so files belong to
root unless somebody asks for more.
"""

# Paths are text here: Path drops trailing slashes and costs time per file.
# ruff: noqa: PTH100, PTH119

from __future__ import annotations

import os
import stat
import time
from collections.abc import Generator, Mapping

from pydock.errors import InvalidArgument
from pydock.models.files.ignore import IgnoreFile
from pydock.models.files.local import ChunkStream, StrPath, local_error
from pydock.models.files.packing import END_MARK, Packer, walk

__all__ = ["pack_contents", "pack_path"]


def pack_path(
    path: StrPath,
    *,
    root: str | None = None,
    follow: bool = False,
    keep_owner: bool = False,
    uid: int | None = None,
    gid: int | None = None,
    mode: int | None = None,
    skipped: list[str] | None = None,
) -> ChunkStream:
    """Pack a file or a folder with all that is in it, as a stream that holds a few MiB at most.

    `root` is its name in the tar (default: its own); `"."` packs the contents of a folder without the folder.
    `follow` packs what a link leads to instead of the link; links inside a folder are always kept as links.
    `keep_owner` keeps the numbers of user and group, which `uid` and `gid` override; else files belong to
    root. `mode` (such as `0o640`) is given to regular files. Sockets are left out and named in `skipped`.
    Raises `InvalidArgument` naming the file that is missing or cannot be read, when the stream comes to it.

    ```python
    async with pack_path("./site", root="html") as chunks:
        async for chunk in chunks: ...
    ```
    """
    packer = _packer(keep_owner=keep_owner, uid=uid, gid=gid, mode=mode, skipped=skipped)
    text = os.fspath(path)
    name = root if root is not None else os.path.basename(os.path.abspath(text))
    _check_name(name or ".")
    return ChunkStream(lambda: _path_pieces(text, name or ".", follow, packer))


def pack_contents(
    files: Mapping[str, bytes | str],
    *,
    uid: int = 0,
    gid: int = 0,
    mode: int = 0o644,
) -> ChunkStream:
    r"""Pack what is in memory: `{"app.conf": "debug = true\n"}`. Text is written as UTF-8."""
    packer = _packer(keep_owner=False, uid=uid, gid=gid, mode=mode, skipped=None)
    for name in files:
        _check_name(name)
    return ChunkStream(lambda: _contents_pieces(dict(files), packer))


def _packer(
    *, keep_owner: bool, uid: int | None, gid: int | None, mode: int | None, skipped: list[str] | None
) -> Packer:
    for what, number, limit in (("uid", uid, 1 << 32), ("gid", gid, 1 << 32), ("mode", mode, 0o10000)):
        if number is not None and not 0 <= number < limit:
            shown = f"{number:o}" if what == "mode" else number
            raise InvalidArgument(f"{what}={shown} is out of range. Write, for example, uid=1000 or mode=0o644.")
    owner = None if keep_owner else 0
    return Packer(
        skipped=skipped if skipped is not None else [],
        uid=owner if uid is None else uid,
        gid=owner if gid is None else gid,
        mode=mode,
    )


def _check_name(name: str) -> None:
    if not name or name.startswith("/") or ".." in name.split("/") or "\0" in name:
        raise InvalidArgument(f"{name!r} cannot be a name in a tar. Write a relative one, such as 'etc/app.conf'.")


def _path_pieces(path: str, root: str, follow: bool, packer: Packer) -> Generator[bytes]:
    follow = follow or path.endswith(("/", "/.")) or path in {".", ".."}
    try:
        if follow:
            path = os.path.realpath(path, strict=True)
        status = os.lstat(path)
    except OSError as error:
        raise local_error("read", path, error) from error
    is_dir = stat.S_ISDIR(status.st_mode)
    if root != ".":
        yield from packer.entry(path, root, status)
    elif not is_dir:
        raise InvalidArgument(f"{path} is not a folder, so it has no contents. Leave the '/.' out.")
    if is_dir:
        prefix = "" if root == "." else f"{root}/"
        for found in walk(path, IgnoreFile()):
            yield from packer.entry(found.path, prefix + found.name, found.status)
    yield END_MARK


def _contents_pieces(files: dict[str, bytes | str], packer: Packer) -> Generator[bytes]:
    now = int(time.time())
    for name, content in files.items():
        data = content.encode() if isinstance(content, str) else content
        yield from packer.content(name, data, mtime=now)
    yield END_MARK
