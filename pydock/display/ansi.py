"""Escape sequences of programs: colours become classes, everything else is dropped.

Danger: a log line can carry sequences that move the cursor, rename the window or write links; none may pass.
"""

from __future__ import annotations

import re

from pydock.display.markup import Html, escape, tag

__all__ = ["colours", "plain"]

_SEQUENCE = re.compile(
    r"\x1b\[(?P<sgr>[0-9;]*)m"  # colours
    r"|\x1b\[[0-?]*[ -/]*[@-~]"  # any other CSI
    r"|\x1b[\]PX^_].*?(?:\x07|\x1b\\|$)"  # OSC and the other strings
    r"|\x1b[ -/]*[0-~]?"  # two-byte escapes, and a lone ESC
    r"|\x9b[0-?]*[ -/]*[@-~]",  # CSI in one byte
    re.DOTALL,
)


def _settle(text: str) -> str:
    """Show what stays on a terminal: a carriage return begins the line again (progress bars)."""
    if "\r" in text:
        lines = text.replace("\r\n", "\n").split("\n")
        text = "\n".join(line.rstrip("\r").rpartition("\r")[2] for line in lines)
    return text.replace("\b", "")


def plain(text: str) -> str:
    """Drop every sequence."""
    return _SEQUENCE.sub("", _settle(text))


def colours(text: str) -> Html:
    """Turn the sixteen colours, bold and dim into spans with classes; drop all other sequences."""
    text = _settle(text)
    parts: list[str] = []
    look: tuple[str, ...] = ()
    position = 0
    for match in _SEQUENCE.finditer(text):
        parts.append(_span(text[position : match.start()], look))
        position = match.end()
        if match["sgr"] is not None:
            look = _after(look, match["sgr"])
    parts.append(_span(text[position:], look))
    return Html("".join(parts))


def _span(text: str, look: tuple[str, ...]) -> Html:
    safe = escape(text, lines=True)
    return tag("span", safe, class_=" ".join(look)) if look and safe else safe


def _after(look: tuple[str, ...], sgr: str) -> tuple[str, ...]:
    """Return the classes that hold after an SGR sequence. 256 and true colours fall back to none."""
    colour = next((c for c in look if c.startswith("pd-c")), "")
    weight = next((c for c in look if c == "pd-b" or c == "pd-m"), "")
    codes = [int(code) if code else 0 for code in sgr.split(";")]
    while codes:
        code = codes.pop(0)
        if code == 0:
            colour, weight = "", ""
        elif code in (1, 2, 22):
            weight = {1: "pd-b", 2: "pd-m", 22: ""}[code]
        elif code in (38, 48):
            del codes[: 2 if codes[:1] == [5] else 4]
            colour = "" if code == 38 else colour
        elif 30 <= code <= 37 or 90 <= code <= 97:
            colour = f"pd-c{code % 10}"
        elif code == 39:
            colour = ""
    return tuple(part for part in (colour, weight) if part)
