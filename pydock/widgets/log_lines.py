"""Lines of a log as markup: the last ones that there is room for, what was looked for marked, their colours kept.

Danger: this runs for hundreds of lines eight times a second, and every line was written by a stranger.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from html import escape as quoted

from pydock.display.ansi import colours, plain
from pydock.display.markup import Html, cut, escape, tag
from pydock.transport.frames import Line, split_timestamp
from pydock.widgets.renderer import CAP

__all__ = ["Look", "Pattern", "pane", "pattern_of", "said"]

Pattern = re.Pattern[str]
_ROOM = CAP - 2000
_WINDOW = 250
"""More lines than this nobody scrolls through while they fly by."""
_LONGEST = 2000
_STDERR = 2


@dataclass(frozen=True)
class Look:
    """How lines are shown."""

    pattern: Pattern | None = None
    times: bool = False


def pattern_of(words: str) -> Pattern | None:
    """Return what finds these words, in capitals or not; None for none."""
    return re.compile(re.escape(words), re.IGNORECASE) if words else None


def said(line: Line) -> str:
    """Return the text without its timestamp and without escape sequences."""
    _, data = split_timestamp(line.data)
    text = data.decode("utf-8", "replace")
    return text if text.isprintable() else plain(text)


def pane(newest_first: Iterable[Line], look: Look, label: str) -> tuple[Html, int]:
    """Return a region that begins scrolled to its end, and how many lines are in it."""
    rows: list[str] = []
    used = 0
    for line in newest_first:
        row = _row(line, look)
        used += len(row) if row.isascii() else len(row.encode())
        if used > _ROOM or len(rows) == _WINDOW:
            break
        rows.append(row)
    body = tag("div", Html("".join(reversed(rows))))
    region = tag("div", body, class_="pd-pane pd-tail", role="log", tabindex=0, aria_label=label, aria_live="off")
    return region, len(rows)


def _row(line: Line, look: Look) -> str:
    stamp, data = split_timestamp(line.data)
    text = cut(data[: 4 * _LONGEST].decode("utf-8", "replace"), _LONGEST)
    if look.pattern is not None:
        shown = _marked(text if text.isprintable() else plain(text), look.pattern)
    else:
        shown = quoted(text) if text.isprintable() else colours(text)  # there is nothing to clean: half the time
    time = f'<span class="pd-m">{_clock(stamp)} </span>' if look.times and stamp else ""
    if line.stream == _STDERR:
        return f'<div class="pd-err"><span class="pd-sr">stderr: </span>{time}{shown or "&nbsp;"}</div>'
    return f"<div>{time}{shown or '&nbsp;'}</div>"


def _marked(text: str, pattern: Pattern) -> str:
    parts: list[str] = []
    position = 0
    for match in pattern.finditer(text):
        parts += [escape(text[position : match.start()]), f"<mark>{escape(match[0])}</mark>"]
        position = match.end()
    return "".join([*parts, escape(text[position:])])


def _clock(stamp: bytes) -> str:
    moment = datetime.fromisoformat(stamp.decode()).astimezone()
    today = moment.date() == datetime.now().astimezone().date()
    return f"{moment:{'' if today else '%Y-%m-%d '}%H:%M:%S}.{moment.microsecond // 1000:03}"
