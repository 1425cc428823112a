"""Containers, what runs in them and what they changed."""

from __future__ import annotations

from collections.abc import Sequence

from pydock.display.leaf import DASH, Leaf, code, strong
from pydock.display.markup import Cell
from pydock.display.masking import MASK, environment, is_secret, safe_text
from pydock.display.measures import ago, memory, short_id, size
from pydock.display.page import Card, Look
from pydock.display.pane import Note, Pane, decoded
from pydock.display.reading import flag, items, mapping, moment, number, word
from pydock.display.status import Status, of_container
from pydock.display.table import Facts, Table
from pydock.display.tree import Tree

__all__ = ["changes", "container", "containers", "env_facts", "labels_cells", "top"]


def containers(many: object, look: Look) -> Card:
    """Show a list: name, state, image, the daemon's words, ports."""
    things = items(many)
    running = sum(word(item, "status", "state") == "running" for item in things)
    projects = [word(item, "compose.project") for item in things]
    headings = ["Name", "State", "Image", "Status", "Ports", "ID"]
    rows = [_row(item, look) for item in things]
    if any(projects):
        headings.insert(1, "Project")
        for row, project in zip(rows, projects, strict=True):
            row.insert(1, project or DASH)
    hint = "slice the list, or filter when listing"
    table = Table(headings, rows, hint, label="containers") if rows else None
    count = f"{len(things)} container{'' if len(things) == 1 else 's'}"
    return Card(count, [f"{running} running"] if things else [], [table], moment(many, "seen_at"))


def _row(obj: object, look: Look) -> list[Cell]:
    uptime = word(obj, "status_text") or _since(obj, look)
    uptime = uptime.partition(" (")[0] if uptime.startswith("Up ") else uptime  # the state has said the health
    shown: list[Cell] = [strong(_name(obj)), of_container(obj), _image(obj), uptime, _ports(obj)]
    return [*shown, code(short_id(word(obj, "id")), word(obj, "id"))]


def container(obj: object, look: Look) -> Card:
    """Show one container: state and limits at a glance, environment masked, the whole in a tree."""
    glance: list[Cell] = [of_container(obj), _image(obj), code(short_id(word(obj, "id")), word(obj, "id"))]
    uptime = word(obj, "status_text") or _since(obj, look)
    error, env = word(obj, "state.error"), items(obj, "config.env")
    facts = Facts([
        ("Status", uptime),
        ("Command", code(_command(obj))),
        ("Created", ago(moment(obj, "created"), look.as_of)),
        ("Project", _project(obj)),
        ("Ports", _port_cells(obj) or None),
        ("Networks", _networks(obj)),
        ("Mounts", [_mount(item) for item in items(obj, "mounts")]),
        ("Limits", _limits(obj)),
        ("Restart", _restart(obj)),
        ("Written", _written(obj)),
        ("Labels", labels_cells(mapping(obj, "labels"))),
        ("Environment", env_facts(env, look.show_env)),
    ])  # fmt: skip
    note = Note(error, "bad") if error else None
    return Card(_name(obj), glance, [note, facts, _health(obj), Tree(obj, show_env=look.show_env)],
                moment(obj, "seen_at"))  # fmt: skip


def _name(obj: object) -> str:
    return word(obj, "name").removeprefix("/") or short_id(word(obj, "id"))


def _image(obj: object) -> Cell:
    image = word(obj, "image", "config.image")
    return Leaf(short_id(image), title=word(obj, "image_id")) if image else DASH


def _since(obj: object, look: Look) -> str:
    said = word(obj, "status")
    if said in {"running", "paused", "restarting"} and (started := moment(obj, "state.started_at")):
        return f"up {ago(started, look.as_of).removesuffix(' ago')}"
    finished = moment(obj, "state.finished_at")
    return f"ended {ago(finished, look.as_of)}" if finished else ""


def _command(obj: object) -> str:
    parts = [str(arg) for arg in (word(obj, "path"), *items(obj, "args")) if arg]
    return safe_text(word(obj, "command") or " ".join(parts))


def _project(obj: object) -> str:
    return " / ".join(part for part in (word(obj, "compose.project"), word(obj, "compose.service")) if part)


def _port(obj: object) -> str:
    inner = f"{number(obj, 'container_port') or 0:.0f}/{word(obj, 'protocol') or 'tcp'}"
    outer, host = number(obj, "host_port"), word(obj, "host_ip")
    if not outer:
        return inner
    at = f"[{host}]" if ":" in host else host
    return f"{at + ':' if host not in {'', '0.0.0.0', '::'} else ''}{outer:.0f} → {inner}"  # noqa: S104 - a word


def _port_cells(obj: object) -> list[Cell]:
    return list(dict.fromkeys(_port(item) for item in items(obj, "ports")))


def _ports(obj: object) -> Cell:
    published = [str(cell) for cell in _port_cells(obj)]
    return Leaf(", ".join(published)) if published else DASH


def _networks(obj: object) -> list[Cell]:
    cells: list[Cell] = []
    for name, endpoint in mapping(obj, "networks").items():
        aliases = ", ".join(str(alias) for alias in items(endpoint, "aliases"))
        address = word(endpoint, "ip_address") or word(endpoint, "global_ipv6_address")
        cells.append("  ".join(part for part in (name, address, aliases and f"as {aliases}") if part))
    return cells or [Leaf(mode) for mode in [word(obj, "host_config.network_mode")] if mode]


def _mount(obj: object) -> Cell:
    source = short_id(word(obj, "name")) or word(obj, "source") or word(obj, "type")
    mode = "" if flag(obj, "writable", "rw") else " (read-only)"
    return Leaf(f"{source} → {word(obj, 'destination', 'target')}{mode}", title=word(obj, "source"))


def _limits(obj: object) -> str:
    limit, nano = number(obj, "host_config.memory"), number(obj, "host_config.nano_cpus")
    pids = number(obj, "host_config.pids_limit")
    parts = [
        f"{memory(limit)} memory" if limit else "",
        f"{nano / 1e9:g} CPUs" if nano else "",
        f"{pids:.0f} processes" if pids and pids > 0 else "",
    ]
    return ", ".join(part for part in parts if part)


def _restart(obj: object) -> str:
    policy, count = word(obj, "host_config.restart_policy.name"), number(obj, "restart_count") or 0
    policy = "" if policy == "no" else policy
    return ", ".join(part for part in (policy, f"restarted {count:.0f} times" if count else "") if part)


def _written(obj: object) -> str:
    written, whole = number(obj, "size_rw"), number(obj, "size_root_fs")
    return "" if written is None else f"{size(written)} (of {size(whole)} with its image)"


def _health(obj: object) -> Pane | None:
    log = items(obj, "state.health.log")
    output = word(log[-1], "output") if log else ""
    return (
        Pane(decoded(output.rstrip()), label="last health check")
        if output and word(obj, "health") == "unhealthy"
        else None
    )


def labels_cells(labels: dict[str, object]) -> list[Cell]:
    """Show labels, those with secret names masked."""
    return [
        code(f"{name}={MASK if is_secret(name) and value else safe_text(str(value))}") for name, value in labels.items()
    ]


def env_facts(env: Sequence[object], show_env: bool) -> list[Cell]:
    """Show the names of the environment; values only when asked for, and never those of secrets."""
    shown = [environment(str(entry), show=show_env) for entry in env]
    return [code(f"{name}={value}") for name, value in shown]


def top(obj: object, look: Look) -> Card:  # noqa: ARG001 - all cards take a look
    """Show the processes of a container."""
    titles = [str(title) for title in items(obj, "titles")]
    rows: list[list[Cell]] = []
    for process in items(obj, "processes"):
        cells: list[Cell] = [safe_text(str(cell)) for cell in items(process)]
        rows.append([*cells, *[""] * len(titles)][: len(titles)])
    return Card(f"{len(rows)} processes", [], [Table(titles, rows, label="processes") if rows else None])


def changes(many: object, look: Look) -> Card:  # noqa: ARG001
    """Show what differs from the image."""
    marks = {0: ("changed", "warn"), 1: ("added", "good"), 2: ("deleted", "bad")}
    rows: list[list[Cell]] = []
    for item in items(many):
        said, kind = marks.get(int(number(item, "kind") or 0), ("changed", "warn"))
        rows.append([Status(said, kind), code(word(item, "path"))])  # type: ignore[arg-type]
    table = Table(["Change", "Path"], rows, "slice the list to see others", label="changes") if rows else None
    return Card(f"{len(rows)} changes", [], [table], moment(many, "seen_at"))
