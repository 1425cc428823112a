"""The docker CLI's context store as data: which daemon a context means, and with which certificates.

A leaf beside config.py. It only reads: contexts are made by `docker context create`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pydock.config import as_object, existing, parse_object
from pydock.errors import ConfigError, ContextNotFound

__all__ = ["Context", "context_names", "read_context"]


@dataclass(frozen=True, slots=True)
class Context:
    """The `docker` endpoint of one context."""

    name: str
    host: str
    """As written, e.g. `ssh://me@box`; empty means the default socket."""
    skip_tls_verify: bool
    ca: Path | None
    cert: Path | None
    key: Path | None
    path: Path
    """The meta.json that it was read from."""

    @property
    def has_tls(self) -> bool:
        """True when the context carries TLS settings; they count for tcp hosts only."""
        return self.skip_tls_verify or any((self.ca, self.cert, self.key))


def read_context(directory: Path, name: str) -> Context:
    """Read the context of that name from the configuration directory.

    Raises ContextNotFound, which names the file that was looked for and the contexts that exist.
    """
    folder = hashlib.sha256(name.encode("utf-8", "surrogateescape")).hexdigest()
    path = directory / "contexts" / "meta" / folder / "meta.json"
    text = _read(path)
    if text is None:
        known = ", ".join(repr(each) for each in ["default", *context_names(directory)])
        raise ContextNotFound(f"There is no docker context {name!r}: {path} does not exist. Known contexts: {known}.")
    endpoints = _folded(_folded(parse_object(text, str(path)), path).get("endpoints"), path)
    if "docker" not in endpoints:
        raise ConfigError(f"The context {name!r} has no docker endpoint ({path}).")
    endpoint = _folded(endpoints["docker"], path)
    host, skip = endpoint.get("host") or "", endpoint.get("skiptlsverify") or False
    if not isinstance(host, str) or not isinstance(skip, bool):
        raise ConfigError(f"{path}: Host must be a string and SkipTLSVerify true or false.")
    tls = directory / "contexts" / "tls" / folder / "docker"
    ca, cert, key = (existing(tls / file) for file in ("ca.pem", "cert.pem", "key.pem"))
    return Context(name=name, host=host, skip_tls_verify=skip, ca=ca, cert=cert, key=key, path=path)


def context_names(directory: Path) -> list[str]:
    """Return the names of all stored contexts, sorted, without unreadable ones; `default` is never stored."""
    names: set[str] = set()
    for path in (directory / "contexts" / "meta").rglob("meta.json"):
        try:
            name = _folded(parse_object(path.read_bytes(), str(path)), path).get("name")
        except (OSError, ConfigError):
            continue
        if isinstance(name, str):
            names.add(name)
    return sorted(names)


def _read(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror or error}.") from error


def _folded(value: object, path: Path) -> Mapping[str, object]:
    """Lower-case the keys: Go matches them without regard to case, and tools write both `Name` and `name`."""
    return {key.lower(): item for key, item in as_object(value, str(path)).items()}
