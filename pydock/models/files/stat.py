"""What the daemon says about a path inside a container. The danger: its mode is Go's, not `st_mode`."""

from __future__ import annotations

import base64
import binascii
import json
import stat
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydock.errors import ProtocolError

__all__ = ["PathStat", "from_go_mode"]

_KINDS = (  # the more special first: a character device has the device bit, too
    (1 << 31, stat.S_IFDIR),
    (1 << 27, stat.S_IFLNK),
    (1 << 21, stat.S_IFCHR),
    (1 << 26, stat.S_IFBLK),
    (1 << 25, stat.S_IFIFO),
    (1 << 24, stat.S_IFSOCK),
)
_FLAGS = ((1 << 23, stat.S_ISUID), (1 << 22, stat.S_ISGID), (1 << 20, stat.S_ISVTX))


def from_go_mode(mode: int) -> int:
    """Turn Go's `os.FileMode` into an `st_mode`, for the functions of the `stat` module."""
    kind = next((kind for bit, kind in _KINDS if mode & bit), stat.S_IFREG)
    return kind | mode & 0o777 | sum(flag for bit, flag in _FLAGS if mode & bit)


@dataclass(frozen=True, slots=True)
class PathStat:
    """A file, folder or link inside a container. Links are followed only if the asked path ended in `/`."""

    name: str
    """The last component."""
    size: int
    """Bytes."""
    mode: int
    """As in `os.stat`: kind and permissions."""
    mtime: datetime | None
    """When it was last written; None when the daemon does not know."""
    link_target: str = ""
    """Where a link leads to, made absolute by the daemon; else empty."""

    @classmethod
    def from_header(cls, value: str) -> PathStat:
        """Decode the header `X-Docker-Container-Path-Stat`. Raises `ProtocolError` when it is not one."""
        try:
            return cls.from_json(base64.b64decode(value, validate=True))
        except binascii.Error as error:
            raise ProtocolError(f"not a path's stat: {value[:200]!r}") from error

    @classmethod
    def from_json(cls, body: bytes) -> PathStat:
        """Read the stat as the daemon writes it. Raises `ProtocolError` when it is not one."""
        try:
            fields: dict[str, Any] = json.loads(body)
            return cls(
                name=str(fields["name"]),
                size=int(fields["size"]),
                mode=from_go_mode(int(fields["mode"])),
                mtime=_when(str(fields["mtime"])),
                link_target=str(fields.get("linkTarget") or ""),
            )
        except (ValueError, KeyError, TypeError) as error:
            raise ProtocolError(f"not a path's stat: {body[:200]!r}") from error

    @property
    def is_dir(self) -> bool:
        """Is it a folder?"""
        return stat.S_ISDIR(self.mode)

    @property
    def is_file(self) -> bool:
        """Is it a regular file?"""
        return stat.S_ISREG(self.mode)

    @property
    def is_symlink(self) -> bool:
        """Is it a symbolic link?"""
        return stat.S_ISLNK(self.mode)

    @property
    def permissions(self) -> int:
        """The permission bits with setuid, setgid and sticky, such as `0o755`."""
        return stat.S_IMODE(self.mode)

    def __str__(self) -> str:
        target = f" -> {self.link_target}" if self.link_target else ""
        return f"{stat.filemode(self.mode)} {self.size} {self.name}{target}"


def _when(text: str) -> datetime | None:
    when = datetime.fromisoformat(text)
    return None if when.year == 1 else when
