"""Output of programs: a pane that scrolls, standard error marked by sign and colour, their colours kept.

Danger: output has no end; the last lines are enough, and a page with all of them would never open.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pydock.display.ansi import colours, plain
from pydock.display.leaf import Leaf
from pydock.display.markup import Html, clean, cut, join, tag

__all__ = ["Line", "Note", "Pane", "decoded"]

_LINES = 200
_LINE = 2000


@dataclass(frozen=True)
class Line:
    """One line of output."""

    said: str
    error: bool = False
    time: str = ""

    def html(self) -> Html:
        """Return the line; standard error has a bar and a word for screen readers."""
        time = tag("span", f"{self.time} ", class_="pd-m") if self.time else ""
        heard = tag("span", "stderr: ", class_="pd-sr") if self.error else ""
        return tag("div", time, heard, colours(cut(self.said, _LINE)) or Html("&nbsp;"),
                   class_="pd-err" if self.error else None)  # fmt: skip

    def text(self) -> str:
        """Return the line; standard error begins with "!"."""
        said = clean(plain(cut(self.said, _LINE)), lines=True).replace("\n", " ")
        return f"{self.time + ' ' if self.time else ''}{'! ' if self.error else ''}{said}"


@dataclass(frozen=True)
class Pane:
    """The last 200 lines."""

    lines: Sequence[Line]
    label: str = "output"

    def html(self) -> Html:
        """Return a region that the keyboard can scroll."""
        body = join(self.lines[-_LINES:])
        pane = tag("div", body, class_="pd-pane", role="log", tabindex=0, aria_label=self.label, aria_live="off")
        return join([tag("p", self._hidden, class_="pd-m") if self._hidden else "", pane])

    def text(self) -> str:
        """Return the lines."""
        lines = [line.text() for line in self.lines[-_LINES:]]
        return "\n".join([self._hidden, *lines] if self._hidden else lines)

    @property
    def _hidden(self) -> str:
        hidden = len(self.lines) - _LINES
        return f"… {hidden} earlier lines" if hidden > 0 else ""


@dataclass(frozen=True)
class Note:
    """A sentence; a warning has shape, word and colour."""

    said: str
    kind: str = ""

    def html(self) -> Html:
        """Return a paragraph."""
        if not self.kind:
            return tag("p", Leaf(self.said).html(), class_="pd-m")
        return tag("p", tag("i", class_=f"pd-dot pd-{self.kind}", aria_hidden="true"),
                   tag("b", "Error: " if self.kind == "bad" else "Warning: "), Leaf(self.said).html(),
                   class_=f"pd-is-{self.kind}")  # fmt: skip

    def text(self) -> str:
        """Return the sentence."""
        said = clean(plain(self.said))
        return said if not self.kind else f"{'Error' if self.kind == 'bad' else 'Warning'}: {said}"


def decoded(output: object, *, error: bool = False) -> list[Line]:
    """Split bytes or text of a program into lines."""
    text = output.decode("utf-8", "replace") if isinstance(output, (bytes, bytearray)) else str(output or "")
    lines = text.split("\n")
    return [Line(line, error) for line in (lines[:-1] if lines and not lines[-1] else lines)]
