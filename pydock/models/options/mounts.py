"""Mounts: what is put into the container's file system, typed (`Bind`, `VolumeMount`, …) and as the CLI's strings.

Danger: two syntaxes mean two behaviours. A `-v` string creates a missing folder of the host and may relabel it
(`:z`); a typed mount and a `--mount` string fail when the folder is missing. Each is sent as what it is.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from pydock.api._encoding import since
from pydock.errors import InvalidArgument
from pydock.models.options.values import absolute, csv_words, items, mapping
from pydock.models.units import SizeLike, parse_size

__all__ = ["Bind", "ClusterMount", "ImageMount", "MountLike", "Mounts", "PipeMount", "Tmpfs", "VolumeMount", "mounts"]

Path = str | os.PathLike[str]
Propagation = Literal["private", "rprivate", "shared", "rshared", "slave", "rslave"]
Recursive = Literal["enabled", "disabled", "writable", "readonly"]


def _target(target: Path) -> str:
    path = os.fspath(target)
    if not path.startswith("/") and path[1:2] != ":" and not path.startswith("\\\\"):
        raise InvalidArgument(f"{path!r} is no absolute path in the container; write Bind('./src', '/src').")
    return path


def _kept(value: Mapping[str, object]) -> dict[str, object]:
    """Leave out what says nothing."""
    return {name: item for name, item in value.items() if item not in (None, "", False, {}, [])}


@dataclass(frozen=True)
class _Mount:
    def wire(self) -> dict[str, object]:
        """Return the mount as the daemon wants it; parts that newer APIs brought carry their version."""
        raise NotImplementedError


@dataclass(frozen=True)
class Bind(_Mount):
    """A file or folder of the machine that the daemon runs on. Relative paths and `~` are made absolute here.

    It must exist, unless `create=True` (API 1.42). `propagation` says which mounts below it pass between host and
    container. `recursive` (API 1.44 for the last two): `"disabled"` leaves mounts below it out; with `read_only`
    `"writable"` leaves them writable, and `"readonly"` fails if they cannot be made read-only.

    ```python
    mounts=[Bind("./src", "/src", read_only=True)]
    ```
    """

    source: Path
    target: Path
    read_only: bool = False
    propagation: Propagation | None = None
    recursive: Recursive = "enabled"
    create: bool = False
    consistency: str | None = None
    """Only for Docker Desktop of old: `cached`, `delegated`, `consistent`."""

    def __post_init__(self) -> None:
        _target(self.target)
        if not os.fspath(self.source):
            raise InvalidArgument("A Bind needs a path of the host: Bind('./src', '/src').")
        if self.recursive in {"writable", "readonly"} and not self.read_only:
            raise InvalidArgument(
                f"recursive={self.recursive!r} is about read-only mounts: "
                f"Bind({self.source!r}, {self.target!r}, read_only=True, recursive={self.recursive!r})."
            )

    def wire(self) -> dict[str, object]:
        """Return the mount as the daemon wants it."""
        options = _kept(
            {
                "Propagation": self.propagation,
                "NonRecursive": self.recursive == "disabled",
                "CreateMountpoint": since("1.42", self.create or None),
                "ReadOnlyNonRecursive": since("1.44", self.recursive == "writable" or None),
                "ReadOnlyForceRecursive": since("1.44", self.recursive == "readonly" or None),
            }
        )
        return _kept(
            {
                "Type": "bind",
                "Source": absolute(self.source),
                "Target": _target(self.target),
                "ReadOnly": self.read_only,
                "Consistency": self.consistency,
                "BindOptions": options,
            }
        )


@dataclass(frozen=True)
class VolumeMount(_Mount):
    """A volume, made when it does not exist. `name=None` makes an anonymous one.

    `subpath` mounts a folder of the volume only (API 1.45). `copy=False` leaves it empty, instead of filling a new
    volume with what the image has at this path. `driver`, `driver_opts` and `labels` are for a volume that is made.

    ```python
    mounts=[VolumeMount("data", "/var/lib/data", subpath="today")]
    ```
    """

    name: str | None
    target: Path
    read_only: bool = False
    subpath: str | None = None
    copy: bool = True
    driver: str | None = None
    driver_opts: Mapping[str, str] = field(default_factory=dict[str, str])
    labels: Mapping[str, str] = field(default_factory=dict[str, str])

    def __post_init__(self) -> None:
        _target(self.target)
        if self.name and ("/" in self.name or "\\" in self.name):
            raise InvalidArgument(f"{self.name!r} is a path; Bind({self.name!r}, {self.target!r}) mounts it.")

    def wire(self) -> dict[str, object]:
        """Return the mount as the daemon wants it."""
        options = _kept(
            {
                "NoCopy": not self.copy,
                "Labels": dict(self.labels),
                "DriverConfig": _kept({"Name": self.driver, "Options": dict(self.driver_opts)}),
                "Subpath": since("1.45", self.subpath),
            }
        )
        return _kept(
            {
                "Type": "volume",
                "Source": self.name,
                "Target": _target(self.target),
                "ReadOnly": self.read_only,
                "VolumeOptions": options,
            }
        )


@dataclass(frozen=True)
class Tmpfs(_Mount):
    """Files in memory that end with the container.

    `size` is the most it may hold (default: half of the memory of the host). `mode` is the mode of the folder, octal:
    `0o1770` or `"1770"`. `options` are further mount options (API 1.46): `["noexec", "uid=1000"]`.
    """

    target: Path
    size: SizeLike | None = None
    mode: int | str | None = None
    options: Sequence[str] = ()

    def __post_init__(self) -> None:
        _target(self.target)
        self.wire()

    def wire(self) -> dict[str, object]:
        """Return the mount as the daemon wants it: the mode as the number that octal text means."""
        options = _kept(
            {
                "SizeBytes": None if self.size is None else parse_size(self.size),
                "Mode": _mode(self.mode),
                "Options": since("1.46", [option.split("=", 1) for option in self.options] or None),
            }
        )
        return _kept({"Type": "tmpfs", "Target": _target(self.target), "TmpfsOptions": options})


def _mode(mode: int | str | None) -> int | None:
    try:
        number = int(mode, 8) if isinstance(mode, str) else mode
    except ValueError:
        number = -1
    if number is not None and not 0 <= number <= 0o7777:
        raise InvalidArgument(f"{mode!r} is no mode of a folder: Tmpfs('/run', mode=0o755).")
    return number


@dataclass(frozen=True)
class ImageMount(_Mount):
    """The files of an image, read-only (API 1.48). `subpath` mounts one folder of it."""

    image: str
    target: Path
    subpath: str | None = None

    def wire(self) -> dict[str, object]:
        """Return the mount as the daemon wants it."""
        options = _kept({"Subpath": self.subpath})
        wire = _kept({"Source": self.image, "Target": _target(self.target), "ImageOptions": options})
        return {"Type": since("1.48", "image"), **wire}


@dataclass(frozen=True)
class PipeMount(_Mount):
    r"""A named pipe of a Windows host: `PipeMount(r"\\.\pipe\docker_engine", r"\\.\pipe\docker_engine")`."""

    source: str
    target: str

    def wire(self) -> dict[str, object]:
        """Return the mount as the daemon wants it."""
        return {"Type": "npipe", "Source": self.source, "Target": self.target}


@dataclass(frozen=True)
class ClusterMount(_Mount):
    """A cluster volume of a swarm (API 1.42)."""

    name: str
    target: Path
    read_only: bool = False

    def wire(self) -> dict[str, object]:
        """Return the mount as the daemon wants it."""
        wire = _kept({"Source": self.name, "Target": _target(self.target), "ReadOnly": self.read_only})
        return {"Type": since("1.42", "cluster"), **wire, "ClusterOptions": {}}


MountLike = Bind | VolumeMount | Tmpfs | ImageMount | PipeMount | ClusterMount | str
"""A typed mount, or text as of `-v` (`"./site:/www:ro"`) or of `--mount` (`"type=bind,src=./site,dst=/www,ro"`)."""
Mounts = MountLike | Sequence[MountLike]


def mounts(value: Mounts) -> tuple[list[str] | None, list[dict[str, object]] | None]:
    """Return Binds (strings of `-v`) and Mounts (all others)."""
    binds: list[str] = []
    typed: list[dict[str, object]] = []
    for item in [value] if isinstance(value, (str, _Mount)) else items(value):
        mount = _of_text(item) if isinstance(item, str) else item
        if isinstance(mount, str):
            binds.append(mount)
        elif isinstance(mount, _Mount):
            typed.append(mount.wire())
        else:
            raise InvalidArgument(f"{item!r} is not a mount.")
    return binds or None, typed or None


# Text


def _of_text(text: str) -> str | _Mount:
    first = text.partition(",")[0]
    if first.partition("=")[0].strip().lower() in _KEYS or first in {"readonly", "ro"}:
        return _of_csv(text)
    source, target, options = _split(text)
    if not source:
        return VolumeMount(None, target)
    if source.startswith((".", "/", "~")) or "/" in source or "\\" in source:
        source = absolute(source)
    return ":".join([source, target, *([options] if options else [])])


def _split(text: str) -> tuple[str, str, str]:
    """Split `source:target:options`; the colon after a drive's letter belongs to the path."""
    parts: list[str] = []
    for part in text.split(":"):
        if parts and len(parts[-1]) == 1 and parts[-1].isalpha() and part[:1] in {"\\", "/"}:
            parts[-1] += f":{part}"
        else:
            parts.append(part)
    if not all(parts) or len(parts) > 3:
        raise InvalidArgument(f'{text!r} is not "source:target[:options]".')
    if len(parts) == 1:
        return "", _target(parts[0]), ""
    return parts[0], _target(parts[1]), parts[2] if len(parts) == 3 else ""


_KEYS = {
    **dict.fromkeys(["type"], "type"),
    **dict.fromkeys(["source", "src"], "source"),
    **dict.fromkeys(["target", "destination", "dst"], "target"),
    **dict.fromkeys(["readonly", "ro"], "read_only"),
    "consistency": "consistency",
    "bind-propagation": "propagation",
    "bind-recursive": "recursive",
    "bind-nonrecursive": "non_recursive",
    "bind-create-src": "create",
    "volume-subpath": "subpath",
    "image-subpath": "subpath",
    "volume-nocopy": "no_copy",
    "volume-driver": "driver",
    "volume-opt": "driver_opts",
    "volume-label": "labels",
    "tmpfs-size": "size",
    "tmpfs-mode": "mode",
}
_MAKE: dict[str, tuple[type[_Mount], str]] = {
    "bind": (Bind, "source"),
    "volume": (VolumeMount, "name"),
    "tmpfs": (Tmpfs, "source"),
    "image": (ImageMount, "image"),
    "npipe": (PipeMount, "source"),
    "cluster": (ClusterMount, "name"),
}


def _of_csv(text: str) -> _Mount:
    fields: dict[str, Any] = {}
    for part in csv_words(text):
        key, separator, value = part.strip().partition("=")
        name = _KEYS.get(key.lower())
        if name is None:
            raise InvalidArgument(f"{key!r} in {text!r} is no word of --mount; there are {', '.join(_KEYS)}.")
        if name in {"read_only", "create", "no_copy", "non_recursive"}:
            fields[name] = _flag(value, separator, key)
        elif name in {"driver_opts", "labels"}:
            fields.setdefault(name, {}).update(mapping([value]))
        else:
            fields[name] = value
    return _made(text, fields)


def _made(text: str, fields: dict[str, Any]) -> _Mount:
    kind = fields.pop("type", "volume")
    if fields.pop("no_copy", False):
        fields["copy"] = False
    if fields.pop("non_recursive", False):
        fields["recursive"] = "disabled"
    if kind == "tmpfs" and fields.pop("read_only", False):
        raise InvalidArgument(f"{text!r}: nobody could write into a read-only tmpfs; leave {'readonly'!r} out.")
    if kind not in _MAKE:
        raise InvalidArgument(f"{kind!r} in {text!r} is none of {', '.join(_MAKE)}.")
    make, source = _MAKE[kind]
    if "source" in fields or kind == "volume":
        fields[source] = fields.pop("source", None)
    try:
        return make(**fields)
    except TypeError:
        raise InvalidArgument(
            f"{text!r} lacks a word that a {kind} mount needs, or has one that belongs to another type; "
            'write "type=bind,source=./src,target=/src".'
        ) from None


def _flag(value: str, separator: str, key: str) -> bool:
    if not separator:
        return True
    if value.lower() not in {"true", "false", "1", "0"}:
        raise InvalidArgument(f"{key}={value} is neither true nor false.")
    return value.lower() in {"true", "1"}
