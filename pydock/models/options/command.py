"""Commands and environments, as `run`, `create` and `exec` take them.

Danger: a command is a list of words, not a line of shell. A line with a pipe or a redirection would be given to the
program as arguments, so it is refused here.
"""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path

from pydock.errors import InvalidArgument
from pydock.models.options.values import Scalar, items, scalar

__all__ = ["Command", "Environment", "command_words", "env_files", "environment", "read_lines"]

Command = str | Sequence[str]
"""The words of a command; one str is split as a shell would, without being a shell."""
Environment = Mapping[str, Scalar | None] | Sequence[str]
"""`{"NAME": "value", "OTHER": None}` (None takes a variable of the image away) or `["NAME=value", "OTHER"]`."""

_SHELL = re.compile(r"[|<>;&`\n]|\$[({\w]")
_HIDDEN = re.compile(r"'[^']*'|\"(?:\\.|[^\"\\])*\"|\\.", re.DOTALL)


def command_words(command: Command, *, shell: bool = False) -> list[str]:
    """Return the words of a command.

    A str is split by the rules of the shell's quoting. When it has unquoted shell characters (`|`, `>`, `;`, `&`,
    `$name`, `$(…)`) it is refused, because no shell would read them; `shell=True` gives the line to `sh -c`.
    """
    if isinstance(command, str):
        return _words_of_line(command, shell)
    if shell:
        raise InvalidArgument('shell=True takes one line of shell, not a list: ("ls | wc -l", shell=True).')
    words = items(command)
    if wrong := [word for word in words if not isinstance(word, (str, os.PathLike))]:
        raise InvalidArgument(f'The word {wrong[0]!r} of the command is not text; write ["sleep", "60"].')
    if not words:
        raise InvalidArgument("The command is empty; leave it out for the image's own.")
    return [os.fspath(word) for word in words]


def _words_of_line(line: str, shell: bool) -> list[str]:
    if not line.strip():
        raise InvalidArgument("The command is empty; leave it out for the image's own.")
    if shell:
        return ["sh", "-c", line]
    if found := _SHELL.search(_HIDDEN.sub("_", line)):
        raise InvalidArgument(
            f"{found[0]!r} in {line!r} needs a shell, and there is none; "
            f'write ["sh", "-c", {line!r}], or in exec shell=True, or quote it.'
        )
    try:
        return shlex.split(line)
    except ValueError as error:
        raise InvalidArgument(f"{line!r} cannot be split into words: {error}. Write a list of words.") from None


def environment(env: Environment | None) -> list[str]:
    """Return the variables as the daemon wants them: `NAME=value`, or `NAME` alone to take one away.

    Error messages name variables and never show their values.
    """
    if env is None:
        return []
    if isinstance(env, Mapping):
        lines = [name if value is None else f"{name}={scalar(value)}" for name, value in env.items()]
        names = list(env)
    else:
        lines = [line if isinstance(line, str) else "" for line in items(env)]
        names = [line.partition("=")[0] for line in lines]
    for name in names:
        if not name or "=" in name or "\0" in name:
            raise InvalidArgument('A variable needs a name: {"NAME": "value"} or ["NAME=value"].')
    return lines


def env_files(files: Sequence[Path]) -> list[str]:
    """Read `--env-file` files: a variable a line, `#` begins a comment, a name alone takes our own value, if any."""
    lines: list[str] = []
    for file in files:
        for line in read_lines(file):
            name, separator, _ = line.partition("=")
            if not name or any(character.isspace() for character in name):
                raise InvalidArgument(f"{file}: a line does not begin with the name of a variable.")
            if separator:
                lines.append(line)
            elif name in os.environ:
                lines.append(f"{name}={os.environ[name]}")
    return lines


def read_lines(file: Path) -> list[str]:
    """Return the lines of a small text file that are neither empty nor comments."""
    try:
        content = file.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "not in UTF-8"
        raise InvalidArgument(f"{file} cannot be read: {reason}.") from None
    return [line for raw in content.splitlines() if (line := raw.lstrip()) and not line.startswith("#")]
