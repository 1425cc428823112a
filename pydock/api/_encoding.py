"""How Python values become paths, queries and JSON bodies. The danger: a name that is another operation.

Everything here is refused or encoded before any I/O: what cannot be sent is `InvalidArgument`, what the
negotiated API version does not know is `Unsupported`.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple, cast
from urllib.parse import quote, urlencode

from pydock.errors import InvalidArgument, Unsupported
from pydock.transport.version import Version

__all__ = [
    "Filters",
    "Platform",
    "Since",
    "Timestamp",
    "encode_body",
    "encode_filters",
    "encode_json",
    "encode_platform",
    "encode_platforms",
    "encode_target",
    "encode_time",
    "gated",
    "since",
]

Filters = Mapping[str, Sequence[str]]
"""Wire filters: each name with its values as strings (numbers and booleans too: `{"exited": ["0"]}`)."""

Platform = str | Mapping[str, str]
"""`"linux/arm64/v8"` or the OCI object `{"os": "linux", "architecture": "arm64", "variant": "v8"}`."""

Timestamp = float | str
"""Unix seconds: an int, a float, or a str with up to nine digits of fraction (`"1795462927.790220123"`)."""

_SECONDS = re.compile(r"\d{1,18}(\.\d{1,9})?")


class Since(NamedTuple):
    """A parameter that the API knows from a version on."""

    version: str
    value: object


def since(version: str, value: object) -> Since | None:
    """Gate a parameter: sent when given, `Unsupported` when the negotiated version is older."""
    return None if value is None else Since(version, value)


def gated(value: object, version: Version | None, name: str, where: str = "") -> object:
    """Return a value freed of its gates, however deep they sit; raise Unsupported at the first closed one."""
    if isinstance(value, Since):
        if version is not None and version < Version.parse(value.version):
            raise Unsupported(f"{name} {where}".strip(), needs=value.version, has=str(version))
        return gated(value.value, version, name, where)
    if isinstance(value, Mapping):
        items = cast("Mapping[str, object]", value)
        return {key: gated(item, version, f"{name}.{key}".strip("."), where) for key, item in items.items()}
    if isinstance(value, (list, tuple)):
        members = cast("Sequence[object]", value)
        return [gated(item, version, name, where) for item in members]
    return value


# Paths and queries


def encode_target(
    path: str, names: Mapping[str, str], query: Mapping[str, object] | None, version: Version | None
) -> str:
    """Fill the placeholders of a path and append the query; what is None is not sent."""
    filled = path.format_map({key: _quoted(key, value) for key, value in names.items()})
    pairs = [
        (key, _text(item))
        for key, value in (query or {}).items()
        if value is not None
        for item in _repeated(gated(value, version, f"{key}=", f"of {path}"))
    ]
    try:
        return f"{filled}?{urlencode(pairs)}" if pairs else filled
    except UnicodeEncodeError as error:
        raise InvalidArgument(f"The query of {path} cannot be written in UTF-8: {error}.") from error


def _quoted(key: str, name: str) -> str:
    """Quote a name for a path.

    An empty name or part of one (`""`, `a//b`, `..`) would be redirected by the daemon to another operation:
    inspect becomes list. One leading slash is what the daemon itself puts in front of container names.
    """
    if not isinstance(name, str):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise InvalidArgument(f"{name!r} is no {key}; give the object's name or id as a str.")
    bare = name.removeprefix("/")
    if any(part in {"", ".", ".."} for part in bare.split("/")):
        raise InvalidArgument(f"{name!r} is no {key} of an object; give its name or id, as in 'web'.")
    try:
        return quote(bare, safe="/:@" if key == "name" else ":")
    except UnicodeEncodeError as error:
        raise InvalidArgument(f"{name!r} is no {key} of an object: it cannot be written in UTF-8.") from error


def _repeated(value: object) -> Sequence[object]:
    return cast("Sequence[object]", value) if isinstance(value, list) else [value]


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, Mapping):
        return encode_json(cast("object", value)) or ""
    return str(value)


def encode_time(value: Timestamp | None) -> str | None:
    """Write a time as the daemon reads it everywhere: unix seconds with a fraction.

    Engines up to 28 answer 500 to RFC 3339 and to `"10m"`, so those are refused here; `repr` of a big float
    may have an exponent, which no engine reads.
    """
    if value is None:
        return None
    text = value if isinstance(value, str) else _decimal(value)
    if not _SECONDS.fullmatch(text):
        raise InvalidArgument(f"{value!r} is no time; write unix seconds, as in 1795462927 or '1795462927.790220123'.")
    return text


def _decimal(value: float) -> str:
    if isinstance(value, bool) or not math.isfinite(value):
        return ""
    return f"{value:.9f}".rstrip("0").rstrip(".")


# JSON


def encode_json(value: object) -> str | None:
    """Write a query or header value that is JSON; None stays None, as it is not sent."""
    if value is None:
        return None
    try:
        return json.dumps(value, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    except (TypeError, ValueError) as error:
        raise InvalidArgument(f"This cannot be written as JSON: {error}.") from error


def encode_filters(filters: Filters | None) -> str | None:
    """Encode filters as the daemon wants them: `{"label": ["a=b"]}`; nothing at all when there are none."""
    for name, values in (filters or {}).items():
        if isinstance(values, str) or not all(isinstance(value, str) for value in values):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise InvalidArgument(f"The values of a filter are a list of str; write {{{name!r}: [{str(values)!r}]}}.")
    return encode_json({name: list(values) for name, values in (filters or {}).items() if values} or None)


def encode_body(body: object, version: Version | None, path: str) -> bytes:
    """Encode a JSON body; gates inside of it are checked, `None` inside of it is sent as null."""
    text = encode_json(gated(body, version, "", f"of {path}"))
    try:
        return (text or "").encode()
    except UnicodeEncodeError as error:
        raise InvalidArgument(f"This cannot be written in UTF-8: {error}.") from error


def encode_platform(platform: Platform | None) -> str | None:
    """Write a platform as the JSON object that push, save, load, history and inspect want.

    `create`, `pull` and `build` want the plain `"linux/arm64"`; each syntax is a 400 in the other's place.
    """
    if platform is None:
        return None
    if isinstance(platform, str) and not platform.startswith("{"):
        system, _, rest = platform.partition("/")
        architecture, _, variant = rest.partition("/")
        if not system or not architecture:
            raise InvalidArgument(f"{platform!r} is no platform here; write it whole, as in 'linux/amd64'.")
        parts = {"os": system, "architecture": architecture}
        return encode_json(parts | {"variant": variant} if variant else parts)
    return platform if isinstance(platform, str) else encode_json(platform)


def encode_platforms(version: str, platforms: Sequence[Platform] | None) -> Since | None:
    """Write platforms as repeated JSON objects, known from `version` on; engines below 1.52 take one only."""
    if not platforms:
        return None
    if isinstance(platforms, str):
        raise InvalidArgument(f"Several platforms fit here; write [{platforms!r}].")
    needs = version if len(platforms) == 1 else str(max(Version.parse(version), Version(1, 52)))
    return Since(needs, [encode_platform(platform) for platform in platforms])
