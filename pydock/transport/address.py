"""The spellings of a daemon's address (DOCKER_HOST, `host=`, a context's Host) and their one normal form."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from ipaddress import IPv6Address
from pathlib import Path
from typing import Literal
from urllib.parse import quote, unquote

from pydock.errors import InvalidArgument

__all__ = ["DEFAULT_ADDRESS", "Address", "Scheme"]

Scheme = Literal["unix", "tcp", "ssh", "npipe"]

_FORMS = "unix:///var/run/docker.sock, tcp://host:2375, https://host:2376 or ssh://user@host"
_AUTHORITY = re.compile(r"(?:(?P<user>[^@]*)@)?(?P<host>\[[^\]]*\]|[^:@\[\]]*)(?::(?P<port>[0-9]{1,5}))?")
_HOST = re.compile(r"\w[\w.-]*")
_USER = re.compile(r"""[^\s\x00-\x1f'"`$;&<>|(){}*?!-][^\s\x00-\x1f'"`$;&<>|(){}*?!]*""")
"""Without what OpenSSH refuses, too: a name may end in a shell or be taken for an option."""
_LONGEST_SOCKET = 107
"""Bytes that sockaddr_un holds on Linux, less its NUL; connect() fails with a bare OSError beyond."""


@dataclass(frozen=True, slots=True)
class Address:
    """Where a daemon listens, taken apart."""

    scheme: Scheme
    path: str = ""
    """The socket; for tcp what stands before `/v1.xx` in each request; for ssh the remote socket, if any."""
    host: str = "localhost"
    """The machine that the daemon runs on: published ports are found there."""
    port: int = 0
    """0 where the scheme has none, and for ssh when ssh is to decide."""
    user: str | None = None
    secure: bool = False
    """True when https:// asked for TLS."""

    @property
    def authority(self) -> str:
        """`host:port` as in a URL, with an IPv6 address in brackets."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}" if self.port else host

    @property
    def url(self) -> str:
        """The normal form, e.g. `tcp://127.0.0.1:2375`."""
        if self.scheme in ("unix", "npipe"):
            return f"{self.scheme}://{self.path}"
        user = f"{quote(self.user)}@" if self.user else ""
        return f"{self.scheme}://{user}{self.authority}{self.path}"

    @classmethod
    def of_socket(cls, path: str | Path) -> Address:
        """Check a unix socket's path, which must be absolute and short enough for the kernel."""
        text = str(path)
        if not text.startswith("/"):
            raise InvalidArgument(f"The path of a unix socket must be absolute: write unix:///{text}, not {text!r}.")
        if "\0" in text or len(os.fsencode(text)) > _LONGEST_SOCKET:
            raise InvalidArgument(
                f"A unix socket's path has at most {_LONGEST_SOCKET} bytes, none of them NUL: {text!r}. "
                "Use a symbolic link with a shorter path."
            )
        return cls("unix", path=text)

    @classmethod
    def parse(cls, text: str) -> Address:
        """Read an address as the docker CLI does, and http(s):// besides; InvalidArgument shows the form."""
        text = text.strip()
        scheme, separator, rest = text.partition("://")
        if not separator:
            if "/" in text or not text:
                hint = f" Did you mean unix://{text}?" if text.startswith("/") else ""
                shown = text.rpartition("@")[2]
                raise InvalidArgument(f"{shown!r} is not a daemon's address.{hint} Write {_FORMS}.")
            return cls._tcp("tcp", text)
        match scheme.lower():
            case "unix":
                return cls.of_socket(rest) if rest else DEFAULT_ADDRESS
            case "tcp" | "http" | "https" as given:
                return cls._tcp(given, rest)
            case "ssh":
                return cls._ssh(rest)
            case "npipe" if os.name == "nt":
                return cls("npipe", path=rest.replace("\\", "/") or "//./pipe/docker_engine")
            case _:
                raise InvalidArgument(f"{scheme}:// is not spoken here. Write {_FORMS}.")

    @classmethod
    def _tcp(cls, scheme: str, rest: str) -> Address:
        authority, slash, path = rest.partition("/")
        user, host, port = _split(authority, f"{scheme}://")
        if user is not None or any(mark in path for mark in "?#") or not (slash + path).isprintable():
            raise InvalidArgument(f"{scheme}:// takes a host, a port and a path only: {scheme}://host:2375/prefix.")
        return cls(
            "tcp",
            path=f"/{path.strip('/')}" if path.strip("/") else "",
            host=host or "localhost",
            port=port or (2376 if scheme == "https" else 2375),
            secure=scheme == "https",
        )

    @classmethod
    def _ssh(cls, rest: str) -> Address:
        authority, slash, path = rest.partition("/")
        user, host, port = _split(authority, "ssh://")
        form = "ssh://user@host:22/run/docker.sock (user, port and socket may be left out)"
        if user is not None and ":" in user:
            raise InvalidArgument(f"ssh:// takes no password; keys and agents belong to ssh. Write {form}.")
        if not host or any(mark in path for mark in "?#\0\r\n"):
            raise InvalidArgument(f"ssh:// takes a host and no query or fragment. Write {form}.")
        name = unquote(user) if user else None
        if name and not _USER.fullmatch(name):
            raise InvalidArgument(f"{name!r} cannot be a user's name for ssh. Write {form}.")
        return cls("ssh", path=slash + path if path else "", host=host, port=port, user=name)


DEFAULT_ADDRESS = (
    Address("npipe", path="//./pipe/docker_engine") if os.name == "nt" else Address("unix", path="/var/run/docker.sock")
)


def _split(authority: str, scheme: str) -> tuple[str | None, str, int]:
    """Return user, bare host, and port (0: none). No message quotes the user: it may hold a password."""
    parts = _AUTHORITY.fullmatch(authority)
    shown = f"{scheme}{authority.rpartition('@')[2]}"
    if parts is None:
        raise InvalidArgument(f"{scheme}… has no readable host and port. Write {scheme}host or {scheme}[::1]:2375.")
    host, port = parts["host"], int(parts["port"] or 0)
    if parts["port"] and not 0 < port < 65536:
        raise InvalidArgument(f"{shown!r}: a port is a number from 1 to 65535.")
    if host.startswith("["):
        host = host[1:-1]
        try:
            IPv6Address(host)
        except ValueError:
            raise InvalidArgument(f"{shown!r}: [{host}] is not an IPv6 address.") from None
    elif host and not _HOST.fullmatch(host):
        raise InvalidArgument(f"{shown!r}: {host!r} cannot be a host's name.")
    return parts["user"], host, port
