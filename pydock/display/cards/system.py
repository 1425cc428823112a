"""The daemon: what it is, its versions, what takes its disk, what a prune gave back."""

from __future__ import annotations

from pydock.display.bars import Bar
from pydock.display.leaf import DASH, code, strong
from pydock.display.markup import Cell
from pydock.display.masking import safe_text
from pydock.display.measures import clock, memory, percent, short_id, size
from pydock.display.page import Card, Look
from pydock.display.pane import Note
from pydock.display.reading import fields, flag, items, mapping, moment, number, word
from pydock.display.status import Status
from pydock.display.table import Facts, Table
from pydock.display.tree import Tree

__all__ = ["disk_usage", "info", "prune", "version"]


def info(obj: object, look: Look) -> Card:  # noqa: ARG001
    """Show the daemon and its host; its warnings first."""
    cgroup = " v".join(part for part in (word(obj, "cgroup_driver"), word(obj, "cgroup_version")) if part)
    facts = Facts([
        ("Containers", _counts(obj)),
        ("Images", f"{number(obj, 'images') or 0:.0f}"),
        ("System", word(obj, "operating_system")),
        ("Kernel", " ".join(w for w in (word(obj, "kernel_version"), word(obj, "architecture")) if w)),
        ("CPUs", f"{number(obj, 'n_cpu', 'ncpu', 'cpus') or 0:.0f}"),
        ("Memory", memory(number(obj, "mem_total", "memory", "memory_total"))),
        ("Storage", ", ".join(w for w in (word(obj, "driver"), word(obj, "docker_root_dir")) if w)),
        ("Logs", word(obj, "logging_driver")),
        ("Cgroups", cgroup),
        ("Runtimes", ", ".join(mapping(obj, "runtimes"))),
        ("Security", ", ".join(str(item) for item in items(obj, "security_options"))),
        ("Swarm", word(obj, "swarm.local_node_state")),
        ("Proxy", safe_text(word(obj, "https_proxy") or word(obj, "http_proxy"))),
    ])  # fmt: skip
    notes = [Note(str(warning).removeprefix("WARNING: "), "warn") for warning in items(obj, "warnings")]
    glance = [f"Docker {word(obj, 'server_version')}"]
    return Card(
        word(obj, "name") or "Daemon",
        glance,
        [*notes, facts, Tree(obj)],
        moment(obj, "seen_at", "system_time"),
    )


def _counts(obj: object) -> list[Cell]:
    names = (("running", "good"), ("paused", "warn"), ("stopped", "idle"))
    counted = [(number(obj, f"containers_{name}") or 0, name, kind) for name, kind in names]
    shown: list[Cell] = [Status(f"{count:.0f} {name}", kind) for count, name, kind in counted if count]  # type: ignore[arg-type]
    return shown or ["none"]


def version(obj: object, look: Look) -> Card:  # noqa: ARG001 - all cards take a look
    """Show the engine's version, the API's range, and the parts."""
    low, high = word(obj, "min_api_version"), word(obj, "api_version")
    facts = Facts([
        ("API", f"{low} … {high}" if low else high),
        ("Platform", "/".join(part for part in (word(obj, "os"), word(obj, "arch")) if part)),
        ("Kernel", word(obj, "kernel_version")),
        ("Built", clock(built) if (built := moment(obj, "build_time")) else ""),
        ("Go", word(obj, "go_version")),
    ])  # fmt: skip
    rows: list[list[Cell]] = [
        [strong(word(item, "name")), word(item, "version"), code(word(item, "details.GitCommit")[:12])]
        for item in items(obj, "components")
    ]
    table = Table(["Component", "Version", "Commit"], rows, label="components") if rows else None
    name = word(obj, "platform.name") or word(obj, "platform.Name") or "Docker"
    return Card(name, [word(obj, "version")], [facts, table])


_KINDS = {"images": "Images", "containers": "Containers", "volumes": "Volumes", "build_cache": "Build cache"}


def disk_usage(obj: object, look: Look) -> Card:  # noqa: ARG001
    """Show what takes the disk, and how much of it nobody uses."""
    sizes = {name: (number(obj, f"{name}.size") or 0, number(obj, f"{name}.reclaimable") or 0) for name in _KINDS}
    largest = max(total for total, _ in sizes.values()) or 1
    rows = [_usage(obj, name, largest, *sizes[name]) for name in _KINDS]
    total, free = (sum(part) for part in zip(*sizes.values(), strict=True))
    headings = ["Kind", ">Count", ">In use", ">Size", "", ">Reclaimable"]
    glance = [f"{size(total)} used", f"{size(free)} reclaimable"]
    return Card("Disk usage", glance, [Table(headings, rows, label="disk usage")], moment(obj, "seen_at"))


def _usage(obj: object, name: str, largest: float, total: float, free: float) -> list[Cell]:
    kept = max(total - free, 0)
    bar = Bar(kept / largest, second=free / largest, label=f"{size(kept)} in use, {size(free)} reclaimable")
    counts = [f"{number(obj, f'{name}.{count}') or 0:.0f}" for count in ("total_count", "active_count")]
    share = f"{size(free)} ({percent(free / total)})" if free and total else DASH
    return [strong(_KINDS[name]), *counts, size(total), bar, share]


def prune(obj: object, look: Look) -> Card:  # noqa: ARG001
    """Show what a prune removed and gave back, or would."""
    dry = flag(obj, "dry_run")
    state = Status("would go", "warn") if dry else Status("removed")
    names = [name for name in fields(obj) or {} if name.endswith("deleted")]
    rows: list[list[Cell]] = []
    for name in names:
        kind = name.removesuffix("deleted").replace("_", " ").strip()
        rows.extend([state, kind, code(_gone(item))] for item in items(obj, name))
    reclaimed = number(obj, "reclaimed")
    table = Table(["State", "Kind", "What"], rows, label="removed") if rows else None
    glance = [f"{len(rows)} {state.word}", f"{size(reclaimed)} reclaimed" if reclaimed is not None else ""]
    return Card("Prune, not done yet" if dry else "Pruned", glance, [table])


def _gone(item: object) -> str:
    return short_id(item) if isinstance(item, str) else short_id(word(item, "deleted")) or word(item, "untagged")
