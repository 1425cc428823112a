"""Image references: which registry, repository, tag and digest the words of a person mean.

The danger is asking the wrong registry, so the rules are those of the docker CLI, to the letter.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from pydock.errors import InvalidArgument

__all__ = ["HUB_KEY", "ImageReference", "hostname", "registry_key"]

HUB_KEY = "https://index.docker.io/v1/"
"""Under this name the credentials of Docker Hub are kept, for historical reasons a URL of its first API."""

_HUB = "docker.io"
_PART = r"[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?"
_DOMAIN = re.compile(rf"(?:{_PART}(?:\.{_PART})*|\[[a-fA-F0-9:]+\])(?::[0-9]+)?")
_COMPONENT = r"[a-z0-9]+(?:(?:\.|__?|-+)[a-z0-9]+)*"
_PATH = re.compile(rf"{_COMPONENT}(?:/{_COMPONENT})*")
_TAG = re.compile(r"[a-zA-Z0-9_][a-zA-Z0-9_.-]{0,127}")
_DIGEST_LENGTHS = {"sha256": 64, "sha384": 96, "sha512": 128}
_LONGEST_NAME = 255


@dataclass(frozen=True, slots=True)
class ImageReference:
    """A full image reference; `parse` makes it from what people write.

    ```python
    ImageReference.parse("nginx").canonical                     # docker.io/library/nginx:latest
    ImageReference.parse("localhost:5000/app:2").registry_key   # localhost:5000
    ```
    """

    domain: str
    """The registry, `host[:port]`; `docker.io` is Docker Hub."""
    path: str
    """The repository in the registry, with `library/` for the Hub's official images."""
    tag: str | None = None
    """None only beside a digest; `latest` where nothing was written."""
    digest: str | None = None
    """`sha256:…`; it decides, where a tag is given too."""

    @classmethod
    def parse(cls, text: str) -> ImageReference:
        """Read `[host[:port]/]path[:tag][@digest]`; InvalidArgument says which part is wrong.

        What stands before the first slash is a registry if it has a dot, a colon or an upper-case letter, or
        is `localhost`; anything else is on Docker Hub.
        """
        _check_text(text)
        domain, rest = _split_domain(text)
        named, at, digest = rest.partition("@")
        path, colon, tag = named.partition(":")
        if domain == _HUB and "/" not in path:
            path = f"library/{path}"
        _check_name(text, domain, path)
        if colon and not _TAG.fullmatch(tag):
            raise _refusal(
                text,
                "a tag is 1 to 128 letters, digits, '_', '.' or '-', and begins with none of the last two",
            )
        if at:
            _check_digest(text, digest)
        return cls(domain, path, tag if colon else None if at else "latest", digest if at else None)

    @property
    def repository(self) -> str:
        """The familiar name without tag and digest: `nginx`, `ghcr.io/me/app`."""
        if self.domain != _HUB:
            return f"{self.domain}/{self.path}"
        namespace, _, name = self.path.rpartition("/")
        return name if namespace == "library" else self.path

    @property
    def familiar(self) -> str:
        """As people and the engine write it: without `docker.io/` and `library/`."""
        return self.repository + self._suffix

    @property
    def canonical(self) -> str:
        """With everything spelled out: `docker.io/library/nginx:latest`."""
        return f"{self.domain}/{self.path}{self._suffix}"

    @property
    def registry_key(self) -> str:
        """The name under which the registry's credentials are kept."""
        return registry_key(self.domain)

    @property
    def pull_query(self) -> tuple[str, str]:
        """`fromImage` and `tag` of a pull; a digest takes the tag's place."""
        return f"{self.domain}/{self.path}", self.digest or self.tag or "latest"

    @property
    def _suffix(self) -> str:
        return (f":{self.tag}" if self.tag else "") + (f"@{self.digest}" if self.digest else "")

    def __str__(self) -> str:
        return self.familiar


def registry_key(server: str) -> str:
    """Return the key of a registry's credentials for what people call it: a host, or a URL of it.

    ```python
    registry_key("docker.io")                    # https://index.docker.io/v1/
    registry_key("https://ghcr.io/v2/")          # ghcr.io
    ```
    """
    host = hostname(server)
    return HUB_KEY if host in (_HUB, f"index.{_HUB}", f"registry-1.{_HUB}") else host


def hostname(key: str) -> str:
    """Return `host[:port]` of a key of `auths`, which older clients wrote as URLs."""
    return key.removeprefix("https://").removeprefix("http://").partition("/")[0]


def _check_text(text: object) -> None:
    if not isinstance(text, str):
        raise InvalidArgument(f"An image reference is a string such as 'nginx:1.27', not {text!r}.")
    if re.fullmatch(r"[a-f0-9]{64}", text):
        raise _refusal(text, f"64 hexadecimal digits are an image's id: write 'sha256:{text[:12]}…'")
    if "://" in text:
        raise _refusal(text, "a reference has no scheme")


def _split_domain(text: str) -> tuple[str, str]:
    first, slash, rest = text.partition("/")
    if not slash or not (any(mark in first for mark in ".:") or first == "localhost" or first != first.lower()):
        return _HUB, text
    return (_HUB if first == f"index.{_HUB}" else first), rest


def _check_name(text: str, domain: str, path: str) -> None:
    if path != path.lower():
        raise _refusal(text, f"the repository {path!r} must be lower-case")
    if not _DOMAIN.fullmatch(domain):
        raise _refusal(text, f"{domain!r} is not a registry's host[:port]")
    if not _PATH.fullmatch(path):
        raise _refusal(text, "a repository is lower-case letters and digits, single '.', '_' or '/' between them")
    if len(path) > _LONGEST_NAME:
        raise _refusal(text, f"the repository has more than {_LONGEST_NAME} characters")


def _check_digest(text: str, digest: str) -> None:
    algorithm, _, value = digest.partition(":")
    length = _DIGEST_LENGTHS.get(algorithm)
    if length is None:
        raise _refusal(text, f"the digest must be one of {', '.join(_DIGEST_LENGTHS)}, not {algorithm!r}")
    if not re.fullmatch(rf"[a-f0-9]{{{length}}}", value):
        raise _refusal(text, f"a {algorithm} digest has {length} lower-case hexadecimal digits")


def _refusal(text: str, reason: str) -> InvalidArgument:
    shown = text if len(text) <= 80 else f"{text[:79]}…"
    return InvalidArgument(f"{shown!r} is not an image reference: {reason}. Write [host[:port]/]path[:tag][@digest].")
