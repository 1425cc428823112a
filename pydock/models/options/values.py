"""Converters of single values: what people write → what stands in the JSON. They refuse, they never guess.

Danger: the daemon ignores what it does not know and is strict about the types of what it knows; a number where it
wants text is an error of 500 on old engines.
"""

from __future__ import annotations

import csv
import os
import signal
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeGuard

from pydock.errors import InvalidArgument
from pydock.models.units import nanoseconds, parse_size

__all__ = [
    "Pairs",
    "Scalar",
    "Strings",
    "absolute",
    "boolean",
    "csv_words",
    "is_map",
    "items",
    "mapping",
    "memory_swap",
    "microseconds",
    "nano_cpus",
    "one_of",
    "paths",
    "scalar",
    "seconds",
    "signal_name",
    "strings",
    "text",
    "whole",
]

Scalar = str | int | float | bool
"""What becomes one word of text; True and False become `true` and `false`."""
Pairs = Mapping[str, Scalar | None] | Sequence[str]
"""`{"key": "value"}` or `["key=value"]`."""
Strings = str | Sequence[str]
"""One text or several."""


def text(value: object) -> str:
    """Text that says something."""
    if not isinstance(value, str) or not value or "\0" in value:
        raise InvalidArgument(f"{value!r} is not text, or empty.")
    return value


def scalar(value: object) -> str:
    """One word of text from text, a number or a truth value. The value is not shown: it may be secret."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (str, int, float)):
        return str(value)
    raise InvalidArgument(f"a value is a {type(value).__name__}; it must be text or a number.")


def boolean(value: object) -> bool:
    """True or False; `"true"` is refused, since `"false"` would be true."""
    if not isinstance(value, bool):
        raise InvalidArgument(f"{value!r} is neither True nor False.")
    return value


def whole(low: int | None = None, high: int | None = None) -> Callable[[object], int]:
    """Whole numbers in a range."""

    def convert(value: object) -> int:
        if not isinstance(value, int) or isinstance(value, bool):
            raise InvalidArgument(f"{value!r} is not a whole number.")
        if (low is not None and value < low) or (high is not None and value > high):
            upper = "" if high is None else f" to {high}"
            raise InvalidArgument(f"{value} is out of range ({low}{upper or ' and more'}).")
        return value

    return convert


def one_of(*words: str) -> Callable[[object], str]:
    """One of a few words."""

    def convert(value: object) -> str:
        if value not in words:
            raise InvalidArgument(f"{value!r} is none of {', '.join(map(repr, words))}.")
        return str(value)

    return convert


def strings(value: object) -> list[str]:
    """One text or several, as a list."""
    if isinstance(value, str):
        return [text(value)]
    return [text(str(item) if isinstance(item, int) and not isinstance(item, bool) else item) for item in items(value)]


def items(value: object) -> list[Any]:
    """Return the members of a list, tuple or set; text and maps are refused: they are iterable by accident."""
    if not _is_list(value):
        raise InvalidArgument(f"a {type(value).__name__} is not a list.")
    return list(value)


def is_map(value: object) -> TypeGuard[Mapping[Any, Any]]:
    """Return whether this is a map."""
    return isinstance(value, Mapping)


def _is_list(value: object) -> TypeGuard[Iterable[Any]]:
    return isinstance(value, Iterable) and not isinstance(value, (str, bytes, Mapping))


def csv_words(line: str) -> list[str]:
    """Split a line at its commas, as the docker CLI does: `count=2,"device=0,1"` are two words."""
    rows = list(csv.reader([line]))
    return rows[0] if rows else []


def mapping(value: object, *, separator: str = "=") -> dict[str, str]:
    """`{"key": value}` or `["key=value"]` as a map of text. None and a missing value are empty text."""
    if is_map(value):
        pairs = [(name, "" if item is None else scalar(item)) for name, item in value.items()]
    else:
        lines = [line.partition(separator) for line in strings(value)]
        pairs = [(name, item) for name, _, item in lines]
    if bad := [name for name, _ in pairs if not isinstance(name, str) or not name]:
        raise InvalidArgument(f"{bad[0]!r} is no name.")
    return {str(name): item for name, item in pairs}


# Paths


def absolute(path: str | os.PathLike[str]) -> str:
    """Return a path of this machine without `~` and made absolute; `..` and links stay as they are written."""
    try:
        written = os.fspath(path)
        return written if _is_windows(written) else str(Path(written).expanduser().absolute())
    except RuntimeError as error:  # `~nobody`
        raise InvalidArgument(f"{path!r} has no home directory.") from error


def _is_windows(path: str) -> bool:
    return path[1:3] in {":\\", ":/"} or path.startswith("\\\\")


def paths(value: object) -> list[Path]:
    """One file or several."""
    given: list[Any] = [value] if isinstance(value, (str, os.PathLike)) else items(value)
    return [Path(absolute(item)) for item in given]


# Units


def memory_swap(value: object) -> int:
    """A size, or -1 for as much swap as there is."""
    return -1 if value in (-1, "-1") else parse_size(value)


def nano_cpus(value: object) -> int:
    """CPUs as a number above zero, in billionths."""
    if isinstance(value, (int, float, str)) and not isinstance(value, bool):
        number = float(value)
        if 0.001 <= number < 1_000_000:
            return round(number * 1_000_000_000)
    raise InvalidArgument(f"{value!r} is no number of CPUs; 1.5 is one and a half.")


def microseconds(value: object) -> int:
    """Microseconds: a whole number of them as in the docker CLI, or a duration that says its unit."""
    if isinstance(value, int) and not isinstance(value, bool) and value >= -1:
        return value
    if isinstance(value, (str, timedelta)):
        return nanoseconds(value) // 1_000
    raise InvalidArgument(f"{value!r} is no time in microseconds.")


def seconds(value: object) -> int:
    """Whole seconds, -1 is without end."""
    if value == -1 and not isinstance(value, bool):
        return -1
    ns = nanoseconds(value)
    if ns % 1_000_000_000:
        raise InvalidArgument(f"{value!r} is not in whole seconds.")
    return ns // 1_000_000_000


def signal_name(value: object) -> str:
    """A signal's name or number, as the daemon wants it."""
    if isinstance(value, signal.Signals):
        return value.name
    if isinstance(value, int) and not isinstance(value, bool) and value > 0:
        return str(value)
    return text(value)
