"""What programs did: runs, commands, logs, and the daemon's events."""

from __future__ import annotations

from datetime import datetime

from pydock.display.leaf import Leaf, code, muted
from pydock.display.markup import Cell
from pydock.display.masking import safe_text
from pydock.display.measures import aware, clock, short_id, span
from pydock.display.page import Card, Look, Sub
from pydock.display.pane import Line, Note, Pane, decoded
from pydock.display.reading import items, mapping, moment, number, read, seconds, word
from pydock.display.status import Status, exit_status
from pydock.display.table import Table

__all__ = ["event", "events", "exec_result", "log_line", "logs", "run_result", "wait_result"]


def run_result(obj: object, look: Look) -> Card:  # noqa: ARG001
    """Show how a container's program ended and what it said."""
    return _ended(obj, word(obj, "container.name") or short_id(word(obj, "container.id")) or "Run")


def exec_result(obj: object, look: Look) -> Card:  # noqa: ARG001
    """Show how a command in a container ended and what it said."""
    command = read(obj, "command", "cmd", "argv")
    said = command if isinstance(command, str) else " ".join(str(part) for part in items(command))
    return _ended(obj, safe_text(said) or "Command")


def wait_result(obj: object, look: Look) -> Card:  # noqa: ARG001
    """Show how a container ended."""
    return _ended(obj, "Container")


def _ended(obj: object, title: str) -> Card:
    code_ = number(obj, "exit_code")
    glance: list[Cell] = [exit_status(None if code_ is None else int(code_))]
    lasted = seconds(obj, "duration")
    glance += [span(lasted)] if lasted is not None else []
    out, err = decoded(read(obj, "stdout", "output")), decoded(read(obj, "stderr"), error=True)
    panes = [Pane(lines, label=name) for lines, name in ((out, "standard output"), (err, "standard error")) if lines]
    error = word(obj, "error.message", "error")
    note = Note(error, "bad") if error else None if panes else Note("no output")
    both = [p for pane, name in zip(panes, ("stdout", "stderr"), strict=False) for p in (Sub(name), pane)]
    return Card(title, glance, [note, *(both if len(panes) == 2 else panes)], moment(obj, "seen_at"))


def _line(obj: object) -> Line:
    time = moment(obj, "timestamp", "time")
    stream = read(obj, "stream")
    said = obj if isinstance(obj, str) else word(obj, "text", "data", "line")
    return Line(said.rstrip("\n"), stream in {2, "stderr"}, _time(time) if time else "")


def _time(moment_: datetime) -> str:
    return aware(moment_).astimezone().strftime("%H:%M:%S")


def logs(many: object, look: Look) -> Card:  # noqa: ARG001
    """Show the end of a log; standard error is marked."""
    lines = [_line(item) for item in items(many)]
    errors = sum(line.error for line in lines)
    glance = [f"{errors} on stderr"] if errors else []
    return Card(
        f"{len(lines)} log lines",
        glance,
        [Pane(lines, "log") if lines else None],
        moment(many, "seen_at"),
    )


def log_line(obj: object, look: Look) -> Card:  # noqa: ARG001 - all cards take a look
    """Show one line."""
    return Card("", [], [Pane([_line(obj)], "log line")])


_GOOD = {"start", "create", "unpause", "connect", "mount", "pull", "load", "build", "health_status: healthy"}
_BAD = {"die", "oom", "kill", "destroy", "health_status: unhealthy"}
_NAMES = frozenset({"name", "image", "exitCode", "container", "signal", "type"})


def events(many: object, look: Look) -> Card:  # noqa: ARG001
    """Show what happened, the last event first."""
    happened = items(many)[::-1]
    rows = [_event_row(item) for item in happened]
    table = (
        Table(["Time", "Type", "What", "Who", "More"], rows, "slice the list to see others", label="events")
        if rows
        else None
    )
    return Card(f"{len(rows)} events", [], [table], moment(many, "seen_at"))


def event(obj: object, look: Look) -> Card:  # noqa: ARG001
    """Show one event."""
    return Card("", [], [Table(["Time", "Type", "What", "Who", "More"], [_event_row(obj)], label="event")])


def _event_row(obj: object) -> list[Cell]:
    time, action = moment(obj, "time", "timestamp"), safe_text(word(obj, "action", "status"))
    about = mapping(obj, "actor.attributes") or mapping(obj, "attributes")
    identifier = word(obj, "actor.id", "id")
    code_ = str(about.get("exitCode", ""))
    bad = (action in _BAD and code_ in {"", "0"} and action != "die") or (action == "die" and code_ != "0")
    kind = Status(action, "bad" if bad and action in {"oom", "die", "health_status: unhealthy"} else
                  "good" if action in _GOOD else "idle")  # fmt: skip
    more = ", ".join(
        f"{key}={safe_text(short_id(str(about[key])))}"
        for key in ("image", "exitCode", "container", "signal")
        if about.get(key)
    )
    who: Cell = Leaf(str(about["name"]), "strong", identifier) if about.get("name") else code(short_id(identifier))
    when = muted(_time(time), clock(time)) if time else ""
    return [when, word(obj, "type"), kind, who, muted(more)]
