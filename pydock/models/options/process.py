"""Options of the program that runs: its words, variables, user, terminal, and what describes the container."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Annotated, Literal, TypedDict

from pydock.errors import InvalidArgument
from pydock.models.options.command import Command, Environment, command_words, env_files, environment, read_lines
from pydock.models.options.table import At
from pydock.models.options.values import Pairs, boolean, items, mapping, paths, text, whole

__all__ = ["Files", "ProcessOptions"]

Files = str | os.PathLike[str] | Sequence[str | os.PathLike[str]]
"""One file of this machine or several."""
Stream = Literal["stdin", "stdout", "stderr"]


def _entrypoint(value: Command) -> list[str]:
    return [""] if value == "" else command_words(value)


def _user(value: object) -> str:
    return str(whole(0)(value)) if isinstance(value, int) else text(value)


def _label_files(value: object) -> dict[str, str]:
    return mapping([line for file in paths(value) for line in read_lines(file)])


def _attach(value: object) -> tuple[bool, bool, bool]:
    asked = [value] if isinstance(value, str) else items(value)
    if wrong := [stream for stream in asked if stream not in {"stdin", "stdout", "stderr"}]:
        raise InvalidArgument(f"{wrong[0]!r} is none of stdin, stdout, stderr.")
    return "stdin" in asked, "stdout" in asked, "stderr" in asked


def _console(value: object) -> list[int]:
    height, width = items(value)
    return [whole(1)(height), whole(1)(width)]


class ProcessOptions(TypedDict, total=False):
    """The program and its surroundings."""

    entrypoint: Annotated[Command, At("Entrypoint", convert=_entrypoint, example='["python", "-m"]')]
    """What runs instead of the image's entrypoint; the command follows it. `""` takes the image's one away."""
    env_file: Annotated[
        Files, At("Env", convert=lambda value: env_files(paths(value)), example='"./web.env"', secret=True)
    ]
    """Files with a variable a line, read here. A name alone takes our own value. `env` wins over them."""
    env: Annotated[Environment, At("Env", convert=environment, example='{"DEBUG": "1"}', secret=True)]
    """Environment variables. None (or a name without `=`) takes a variable of the image away."""
    user: Annotated[str | int, At("User", convert=_user, example='"1000:1000"')]
    """Who runs it: a name or uid, with `:group` if wanted."""
    workdir: Annotated[str, At("WorkingDir", convert=text, example='"/app"')]
    """The working directory inside the container."""
    tty: Annotated[bool, At("Tty", convert=boolean, example="True")]
    """Give it a terminal. Output and errors are then one stream."""
    interactive: Annotated[bool, At("OpenStdin", convert=boolean, example="True")]
    """Keep stdin open, also while nobody is attached."""
    stdin_once: Annotated[bool, At("StdinOnce", convert=boolean, example="True")]
    """Close stdin when the first one who was attached leaves."""
    attach: Annotated[
        Stream | Sequence[Stream],
        At("AttachStdin", "AttachStdout", "AttachStderr", convert=_attach, example='["stdout", "stderr"]'),
    ]
    """The streams that somebody means to attach to. A note in the container; no call here depends on it."""
    console_size: Annotated[tuple[int, int], At("HostConfig.ConsoleSize", convert=_console, example="(24, 80)")]
    """Height and width of the terminal in characters (Linux: from Engine 23.0)."""
    hostname: Annotated[str, At("Hostname", convert=text, example='"web1"')]
    """The host name inside; the default is the short id."""
    domainname: Annotated[str, At("Domainname", convert=text, example='"example.org"')]
    """The domain name inside (NIS, not DNS)."""
    label_file: Annotated[Files, At("Labels", convert=_label_files, example='"./web.labels"')]
    """Files with a label a line, read here. `labels` wins over them."""
    labels: Annotated[Pairs, At("Labels", convert=mapping, example='{"tier": "web"}')]
    """Metadata to find it by: `list(label={"tier": "web"})`."""
    annotations: Annotated[
        Pairs, At("HostConfig.Annotations", convert=mapping, since="1.43", example='{"org.example.a": "1"}')
    ]
    """OCI annotations: metadata for the runtime, not for searching."""
