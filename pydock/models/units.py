"""Sizes, durations and points in time: what people write, what the daemon counts in, and back.

Danger: the daemon counts memory in bytes, health checks in nanoseconds, CPU periods in microseconds and
since= in seconds. A number in the wrong unit is wrong by a factor of a million, so such numbers are refused.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Annotated, Any, Self

from pydantic import BeforeValidator, GetCoreSchemaHandler, PlainSerializer
from pydantic_core import CoreSchema, core_schema

from pydock.errors import InvalidArgument

__all__ = [
    "Duration",
    "MemorySize",
    "Moment",
    "Nanoseconds",
    "Seconds",
    "Size",
    "SizeLike",
    "from_nanoseconds",
    "nanoseconds",
    "parse_size",
    "unix_time",
]

SizeLike = int | str
"""Bytes as a number, or text such as `"512m"` and `"1.5GiB"`."""
Duration = int | float | str | timedelta
"""Seconds as a number, a timedelta, or text such as `"1m30s"` and `"500ms"`."""
Moment = datetime | timedelta | int | float | str
"""A datetime, how long ago (timedelta or `"10m"`), unix seconds, or text in RFC 3339."""

# Sizes


class Size(int):
    """A number of bytes that shows itself for people, in decimal units as `docker images` does.

    It is an int in everything else: `size // 2`, `f"{size:,}"`, JSON.

    ```python
    Size(4_134_157)  # 4.13MB
    ```
    """

    __slots__ = ()
    _base = 1000
    _digits = 3
    _units = ("B", "kB", "MB", "GB", "TB", "PB", "EB")

    @classmethod
    def parse(cls, value: SizeLike) -> Self:
        """Read `"512m"` as the docker CLI does; see `parse_size`."""
        return cls(parse_size(value))

    def __str__(self) -> str:
        number, unit = float(abs(self)), 0
        while unit < len(self._units) - 1 and float(f"{number:.{self._digits}g}") >= self._base:
            number /= self._base
            unit += 1
        text = f"{number:.{self._digits}g}" if unit else str(abs(int(self)))
        return f"{'-' if self < 0 else ''}{text}{self._units[unit]}"

    __repr__ = __str__

    def __format__(self, spec: str) -> str:
        if spec and (spec[-1] in "bcdoxXneEfFgG%,_"):
            return int.__format__(self, spec)
        return format(str(self), spec)

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_after_validator_function(
            cls, core_schema.int_schema(), serialization=core_schema.plain_serializer_function_ser_schema(int)
        )


class MemorySize(Size):
    """A number of bytes in binary units, as `docker stats` shows memory: `MemorySize(2**29)` is `512MiB`."""

    __slots__ = ()
    _base = 1024
    _digits = 4
    _units = ("B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB")


_SIZE = re.compile(r"(\d+(?:\.\d+)?) ?([kmgtp]?)(?:i?b)?", re.IGNORECASE)


def parse_size(value: object) -> int:
    """Return the bytes of `"512m"`, `"1.5GiB"`, `"64MB"` or a number of bytes.

    All units are powers of 1024, as everywhere in the docker CLI's options (`"1k"` and `"1kB"` are 1024).
    Raises InvalidArgument, which shows the right form.
    """
    if isinstance(value, str) and (match := _SIZE.fullmatch(value.strip())):
        return int(Decimal(match[1]) * 1024 ** " kmgtp".index(match[2].lower() or " "))
    if isinstance(value, (int, float)) and not isinstance(value, bool) and 0 <= value < 2**63 and value % 1 == 0:
        return int(value)
    raise InvalidArgument(f'{value!r} is not a size; write "512m", "1.5g" or the number of bytes.')


# Durations

_GO_UNITS = {
    "ns": 1,
    "us": 1_000,
    "µs": 1_000,
    "μs": 1_000,
    "ms": 1_000_000,
    "s": 1_000_000_000,
    "m": 60_000_000_000,
    "h": 3_600_000_000_000,
}
_GO_PART = r"(\d+(?:\.\d*)?|\.\d+)(ns|us|µs|μs|ms|s|m|h)"
_GO_DURATION = re.compile(f"(?:{_GO_PART})+")
_NANOSECONDS_LOOK = 1_000_000


def nanoseconds(value: object) -> int:
    """Return the nanoseconds of a duration: seconds as a number, a timedelta, or text such as `"1m30s"`.

    A number of a million and more is refused: eleven days are less likely than nanoseconds taken from the
    API's documentation (health checks that ran every 500 ms came of that). So are negative durations.
    """
    result = _nanoseconds(value)
    if result < 0:
        raise InvalidArgument(f"{value!r} is negative; a duration cannot be.")
    return result


def _nanoseconds(value: object) -> int:
    if isinstance(value, timedelta):
        return (value.days * 86_400 + value.seconds) * 1_000_000_000 + value.microseconds * 1_000
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        if value >= _NANOSECONDS_LOOK:
            raise InvalidArgument(
                f'{value!r} seconds look like nanoseconds; write "5s", 5 (seconds) or timedelta(seconds=5).'
            )
        if value == value:  # not NaN
            return round(Decimal(str(value)) * 1_000_000_000)
    if isinstance(value, str):
        text = value.strip()
        if text == "0":
            return 0
        if _GO_DURATION.fullmatch(text):
            return int(sum(Decimal(number) * _GO_UNITS[unit] for number, unit in re.findall(_GO_PART, text)))
    raise InvalidArgument(f'{value!r} is not a duration; write "1m30s", "500ms", 90 (seconds) or a timedelta.')


def from_nanoseconds(value: int) -> timedelta:
    """Return the timedelta of a number of nanoseconds; what is below a microsecond is lost."""
    return timedelta(microseconds=value // 1_000)


def _read_nanoseconds(value: object) -> object:
    if not isinstance(value, int) or isinstance(value, bool):
        return value
    try:
        return from_nanoseconds(value)
    except OverflowError:
        raise ValueError("longer than Python can hold") from None


def _read_seconds(value: object) -> object:
    if not isinstance(value, int) or isinstance(value, bool):
        return value
    try:
        return timedelta(seconds=value)
    except OverflowError:
        raise ValueError("longer than Python can hold") from None


Nanoseconds = Annotated[
    timedelta,
    BeforeValidator(_read_nanoseconds),
    PlainSerializer(_nanoseconds, return_type=int, when_used="json"),
]
"""A field sent as nanoseconds and read as timedelta; `model_dump(mode="json")` gives nanoseconds again."""
Seconds = Annotated[
    timedelta,
    BeforeValidator(_read_seconds),
    PlainSerializer(lambda value: _nanoseconds(value) // 1_000_000_000, return_type=int, when_used="json"),
]
"""A field sent as whole seconds and read as timedelta."""

# Points in time

_UNIX = re.compile(r"(\d+)(?:\.(\d{1,9}))?")
_RFC3339 = re.compile(r"(\d{4}-\d\d-\d\d)(?:[Tt ](\d\d:\d\d(?::\d\d)?)(?:\.(\d+))?(Z|z|[+-]\d\d:\d\d)?)?", re.ASCII)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_YEAR_1973, _YEAR_5138 = 100_000_000, 100_000_000_000


def unix_time(value: object, *, now: datetime | None = None) -> str:
    """Return unix seconds with nine fraction digits: the one form of since and until that all engines read.

    Takes a datetime (without a zone it is local time), how long ago as timedelta or `"10m"`, unix seconds, or
    text in RFC 3339 (the nine digits of a log's timestamp survive). A number that would be in 1970–1973 or
    after the year 5138 is refused: it was meant as "so many seconds ago", or is in milli- or nanoseconds.
    0 is the beginning.
    """
    if isinstance(value, str):
        return _seconds(_ns_of_text(value.strip(), now))
    if isinstance(value, datetime):
        return _seconds(_ns_of_datetime(value))
    if isinstance(value, timedelta):
        return _seconds(_ns_ago(value, now))
    if isinstance(value, (int, float)) and not isinstance(value, bool) and value == value:
        if value == 0 or _YEAR_1973 <= value < _YEAR_5138:
            return _seconds(int(Decimal(str(value)) * 1_000_000_000))
        raise InvalidArgument(
            f'{value!r} is no unix time of our days; ten minutes ago is "10m" or timedelta(minutes=10).'
        )
    raise InvalidArgument(f"{value!r} is not a time; {_TIME_FORMS}")


_TIME_FORMS = 'write a datetime, "10m" (ago), a timedelta (ago), unix seconds or "2026-11-25T10:00:00Z".'


def _ns_of_text(text: str, now: datetime | None) -> int:
    if match := _UNIX.fullmatch(text):
        return int(match[1]) * 1_000_000_000 + int((match[2] or "").ljust(9, "0"))
    if match := _RFC3339.fullmatch(text):
        day, clock, fraction, zone = match.groups()
        try:
            moment = datetime.fromisoformat(f"{day}T{clock or '00:00'}{(zone or '').upper()}")
        except ValueError:
            raise InvalidArgument(f"{text!r} is not a time: no such day or hour.") from None
        return _ns_of_datetime(moment) + int((fraction or "")[:9].ljust(9, "0"))
    if _GO_DURATION.fullmatch(text):
        return _ns_ago(text, now)
    raise InvalidArgument(f"{text!r} is not a time; {_TIME_FORMS}")


def _ns_of_datetime(moment: datetime) -> int:
    return _nanoseconds(moment.astimezone(UTC) - _EPOCH)


def _ns_ago(value: object, now: datetime | None) -> int:
    return _ns_of_datetime(now or datetime.now(UTC)) - _nanoseconds(value)


def _seconds(ns: int) -> str:
    if ns < 0:
        raise InvalidArgument("A time before 1970 is not known to the daemon; 0 is the beginning.")
    return f"{ns // 1_000_000_000}.{ns % 1_000_000_000:09d}"
