"""`.dockerignore` as the docker CLI understands it. The danger is being almost right: its language is neither
gitignore's nor `fnmatch`'s, so every rule here was held against what the CLI uploads.

Two of its surprises are kept on purpose, because a build must see the same files under both programs: a class
such as `[^x]` matches `/` as well, and a `!` line is looked at only once something excluded the path, so
`**/x.txt` followed by `!foo` leaves `foo/x.txt` out (`foo` itself never was excluded), while `!foo/**` brings
it back.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import NamedTuple

from pydock.errors import InvalidArgument

__all__ = ["IgnoreFile", "Verdict"]

_BLANKS = " \t\n\v\f\r\x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000" + "".join(map(chr, range(0x2000, 0x200B)))
_CLASS_CHARACTER = r"(?:\\.|[^\\\]\-])"
_SYNTAX = re.compile(rf"(?:[^\\\[]|\\.|\[\^?+(?:{_CLASS_CHARACTER}(?:-{_CLASS_CHARACTER})?)+\])*", re.DOTALL)
_TOKEN = re.compile(r"\*\*/?|\\.|.", re.DOTALL)

Match = Callable[[str], object]


class Verdict(NamedTuple):
    """What the patterns say about one path."""

    excluded: bool
    matched: int
    """Bit i: pattern i matches the path or a folder above it. Hand it on for what is inside."""


class IgnoreFile:
    r"""The patterns of a `.dockerignore`, compiled once.

    ```python
    ignore = IgnoreFile.parse("node_modules\n*.log\n!keep.log\n")
    ignore.matches("node_modules/a/index.js")  # True
    ignore.matches("keep.log")  # False
    ```
    """

    def __init__(self, patterns: Iterable[str] = ()) -> None:
        """Compile patterns, one per line of the file. Raises `InvalidArgument` naming the one that is
        malformed.
        """
        self._patterns = [_compile(line) for line in map(_read_line, patterns) if line.strip(_BLANKS)]

    @classmethod
    def parse(cls, text: str | bytes) -> IgnoreFile:
        """Read the text of a `.dockerignore`: comments, blanks, a byte order mark and CRLF are understood."""
        if isinstance(text, bytes):
            text = text.decode("utf-8", "surrogateescape")
        lines = text.removeprefix("\ufeff").split("\n")
        return cls(line for line in lines if not line.startswith("#"))

    def matches(self, path: str) -> bool:
        """Tell whether the path (relative to the context, with `/`) is left out, by itself or with a folder
        above.
        """
        return self._descend(path).excluded

    def prunes(self, directory: str) -> bool:
        """Tell whether the folder is left out with all that is in it: no `!` line can bring anything back."""
        return self.closes(directory, self._descend(directory))

    def excepting(self, *paths: str) -> IgnoreFile:
        """Return a copy that keeps these very paths whatever the patterns say."""
        copy = IgnoreFile()
        copy._patterns = [*self._patterns, *(_literal_exception(path) for path in paths)]
        return copy

    # For walkers, which know the verdict on the folder they are in

    def verdict(self, path: str, inherited: int = 0) -> Verdict:
        """Judge a path by the verdict on its folder (`inherited` is that one's `matched`): one look per
        pattern.
        """
        excluded, matched, bit = False, 0, 1
        for pattern in self._patterns:
            if inherited & bit or (pattern.negated == excluded and pattern.match(path)):
                matched |= bit
                excluded = not pattern.negated
            bit <<= 1
        return Verdict(excluded, matched)

    def closes(self, directory: str, verdict: Verdict) -> bool:
        """Tell whether nothing inside a folder with this verdict can be brought back."""
        if not verdict.excluded:
            return False
        parts = directory.split("/")
        for position in reversed(range(len(self._patterns))):
            pattern = self._patterns[position]
            if pattern.negated:
                if pattern.reaches_below(parts):
                    return False
            elif verdict.matched >> position & 1:
                return True  # excludes all inside again, whatever the lines before it said
        return True

    def _descend(self, path: str) -> Verdict:
        path = _clean(path)
        verdict = Verdict(excluded=False, matched=0)
        if path == ".":
            return verdict
        cut = path.find("/")
        while cut != -1:
            verdict = self.verdict(path[:cut], verdict.matched)
            cut = path.find("/", cut + 1)
        return self.verdict(path, verdict.matched)


@dataclass(frozen=True, slots=True)
class _Pattern:
    negated: bool
    match: Match
    heads: tuple[Match, ...]
    """The leading components that cannot match a `/`, each by itself."""
    open_ended: bool
    """Something that can match any number of folders follows the heads."""

    def reaches_below(self, parts: list[str]) -> bool:
        """Tell whether the pattern may match something inside the folder with these components."""
        if not all(head(part) for head, part in zip(self.heads, parts, strict=False)):
            return False
        return self.open_ended or len(self.heads) > len(parts)


def _clean(path: str) -> str:
    path = posixpath.normpath(path)
    return path[1:] if path.startswith("//") else path


def _read_line(line: str) -> str:
    """Bring one line into the form `!pattern` or `pattern`, cleaned and relative, or empty."""
    line = line.strip(_BLANKS)
    negated = line.startswith("!")
    if negated:
        line = line[1:].strip(_BLANKS)
    if line:
        line = _clean(line)
        if len(line) > 1:
            line = line.removeprefix("/")
    return "!" + line if negated else line


def _compile(line: str) -> _Pattern:
    line = _clean(line.strip(_BLANKS))  # once more, with the `!`, as the CLI does: `!/` becomes `!`
    negated = line.startswith("!")
    pattern = line.removeprefix("!")
    if not pattern:
        raise InvalidArgument('illegal exclusion pattern: "!". Write the path to keep behind it, such as "!keep.txt".')
    if not _SYNTAX.fullmatch(pattern):
        raise _malformed(pattern)
    heads: list[Match] = []
    components = pattern.split("/")
    for component in components:
        if "**" in component or "[" in component or component.endswith("\\"):
            break
        heads.append(_matcher(component))
    return _Pattern(negated, _matcher(pattern), tuple(heads), open_ended=len(heads) < len(components))


def _literal_exception(path: str) -> _Pattern:
    heads = tuple(part.__eq__ for part in path.split("/"))
    return _Pattern(negated=True, match=path.__eq__, heads=heads, open_ended=False)


def _malformed(pattern: str) -> InvalidArgument:
    return InvalidArgument(
        f'syntax error in pattern: "{pattern}". Close the "[", or write "\\[" to mean the bracket itself.'
    )


def _matcher(pattern: str) -> Match:
    """Choose how a pattern is compared. The three short forms are part of the language, not only faster."""
    kind, expression = _translate(pattern)
    if kind == "exact":
        return pattern.__eq__
    if kind == "prefix":
        head = pattern[:-2]
        return lambda path: path.startswith(head)
    if kind == "suffix":
        tail = pattern[2:]
        if not tail.startswith("/"):
            return lambda path: path.endswith(tail)
        return lambda path: path.endswith(tail) or path == tail[1:]
    try:
        return re.compile(expression, re.ASCII).fullmatch
    except re.error as error:
        raise _malformed(pattern) from error


def _translate(pattern: str) -> tuple[str, str]:
    """Translate to (kind, regular expression). Inside `[…]` wildcards are still expanded, as the CLI does."""
    kind, expression, in_class = "exact", "", False
    for token in _TOKEN.finditer(pattern):
        text = token.group()
        if text.startswith("**"):
            kind, piece = _double_star(kind, first=token.start() == 0, last=token.end() == len(pattern))
        elif text in {"*", "?"}:
            kind = "regex"
            piece = (r"\[^/]" if in_class else "[^/]") + text.removesuffix("?")
            in_class = False  # the expansion's own bracket closed it
        elif text in {"[", "]"}:
            kind = "regex"
            piece = r"\[" if in_class and text == "[" else text
            in_class = text == "["
        elif text[0] == "\\":
            kind, piece = "regex", text  # not escaped anew: the CLI's `\d` is a digit, too
        else:
            piece = text if text in "^-" else re.escape(text)
        expression += piece
    return kind, expression


def _double_star(kind: str, *, first: bool, last: bool) -> tuple[str, str]:
    if first:
        return "suffix", "(.*/)?"
    if not last:
        return "regex", "(.*/)?"
    return ("prefix", "") if kind == "exact" else ("regex", ".*")
