"""Numbers for people: sizes, spans of time, ages, shares.

Danger: an age is only true at the moment it was said; every age is counted to the time the object was read.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

__all__ = ["age", "ago", "clock", "memory", "percent", "short_id", "size", "span"]

_UNITS = ("B", "kB", "MB", "GB", "TB", "PB", "EB")
_STEPS = (
    (365 * 86400, "year"),
    (30 * 86400, "month"),
    (7 * 86400, "week"),
    (86400, "day"),
    (3600, "hour"),
    (60, "minute"),
)


def size(count: float | None, *, none: str = "—") -> str:
    """Write bytes as `docker images` does: decimal units, three digits. None and -1 (unknown) give `none`."""
    if count is None or count < 0:
        return none
    value, step = float(count), 0
    while value >= 999.5 and step < len(_UNITS) - 1:
        value, step = value / 1000, step + 1
    return f"{value:.0f} B" if step == 0 else f"{value:.3g} {_UNITS[step]}"


def memory(count: float | None, *, none: str = "—") -> str:
    """Write bytes as `docker stats` does: binary units, in which memory limits are given."""
    if count is None or count < 0:
        return none
    value, step = float(count), 0
    while value >= 1023.5 and step < len(_UNITS) - 1:
        value, step = value / 1024, step + 1
    return f"{value:.0f} B" if step == 0 else f"{value:.4g} {_UNITS[step].upper()[0]}iB"


def percent(share: float) -> str:
    """Write a share of 1: one decimal below ten percent."""
    return f"{share * 100:.1f} %" if 0 < share < 0.0995 else f"{share * 100:.0f} %"


def age(seconds: float) -> str:
    """Write how long ago something was in one unit: "3 minutes", "2 weeks"."""
    for length, word in _STEPS:
        if seconds >= length * (2 if word in {"month", "year", "week"} else 1):
            count = int(seconds // length)
            return f"{count} {word}{'' if count == 1 else 's'}"
    count = max(int(seconds), 0)
    return f"{count} second{'' if count == 1 else 's'}"


def ago(moment: datetime | None, now: datetime, *, none: str = "—") -> str:
    """Write how long before `now` something was; clocks of two machines differ, so a little future is now."""
    if moment is None:
        return none
    seconds = (aware(now) - aware(moment)).total_seconds()
    if seconds < -60:
        return f"in {age(-seconds)}"
    return "just now" if seconds < 1 else f"{age(seconds)} ago"


def span(length: timedelta | float | None, *, none: str = "—") -> str:
    """Write a length of time in at most two units: "1.5 s", "2 min 5 s", "3 h 4 min"."""
    if length is None:
        return none
    seconds = length.total_seconds() if isinstance(length, timedelta) else float(length)
    if seconds < 1:
        return f"{seconds * 1000:.0f} ms"
    if seconds < 60:
        return f"{seconds:.3g} s"
    for big, small, names in ((60, 1, "min s"), (3600, 60, "h min"), (86400, 3600, "d h")):
        if seconds < big * (60 if big == 60 else 24 if big == 3600 else 10**9):
            first, second = names.split()
            whole, rest = divmod(int(seconds), big)
            return f"{whole} {first}" + (f" {rest // small} {second}" if rest // small else "")
    return f"{seconds:.0f} s"  # pragma: no cover - the last step has no end


def clock(moment: datetime) -> str:
    """Write a moment in the reader's zone, to the second."""
    return aware(moment).astimezone().strftime("%Y-%m-%d %H:%M:%S")


def aware(moment: datetime) -> datetime:
    """Take a moment without a zone as UTC, which is what daemons speak."""
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def short_id(identifier: str) -> str:
    """Cut a digest or a long hexadecimal id to the twelve characters that the CLI shows."""
    bare = identifier.removeprefix("sha256:")
    return bare[:12] if len(bare) > 24 and all(c in "0123456789abcdef" for c in bare) else bare
