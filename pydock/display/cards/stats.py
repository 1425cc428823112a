"""What a container uses: now, and over the last samples."""

from __future__ import annotations

from pydock.display.bars import Bar, Spark
from pydock.display.leaf import muted, strong
from pydock.display.markup import Cell
from pydock.display.measures import memory, percent, size
from pydock.display.page import Card, Look
from pydock.display.reading import items, mapping, moment, number, word
from pydock.display.table import Table

__all__ = ["all_stats", "stats", "stats_table"]

_SAMPLES = 120


def stats(obj: object, look: Look) -> Card:  # noqa: ARG001 - all cards take a look
    """Show what a container uses now."""
    pids = number(obj, "pids", "pids_stats.current")
    rows: list[list[Cell]] = [
        _cpu(obj),
        _memory(obj),
        _pair("Network", obj, "network", {"rx": "received", "tx": "sent"}),
        _pair("Disk", obj, "block_io", {"read": "read", "write": "written"}),
        ["Processes", "—" if pids is None else f"{pids:.0f}", "", ""],
    ]
    name = word(obj, "name").removeprefix("/") or "Stats"
    return Card(name, [], [Table(["", ">Now", "", ""], rows, label="stats")], moment(obj, "read", "seen_at"))


def _cpu(obj: object) -> list[Cell]:
    used = number(obj, "cpu_percent")
    cpus = number(obj, "cpu_stats.processors", "cpu_stats.online_cpus") or 1
    if used is None:
        return ["CPU", "—", "", ""]
    whole = f"of {cpus:.0f} CPU{'' if cpus == 1 else 's'}"
    return ["CPU", f"{used:.1f} %", Bar(used / 100 / cpus, label=f"{used:.1f} % {whole}"), whole]


def _memory(obj: object) -> list[Cell]:
    used, limit = number(obj, "memory.used"), number(obj, "memory.limit")
    if used is None or not limit:
        return ["Memory", memory(used), "", ""]
    share = used / limit
    bar = Bar(share, kind="bad" if share > 0.9 else "", label=f"{memory(used)} of {memory(limit)}")
    return ["Memory", memory(used), bar, f"{percent(share)} of {memory(limit)}"]


def _pair(title: str, obj: object, owner: str, names: dict[str, str]) -> list[Cell]:
    first, second = (f"{size(number(obj, f'{owner}.{name}'))} {said}" for name, said in names.items())
    return [title, first, "", second]


def stats_table(many: object, look: Look) -> Card:  # noqa: ARG001
    """Show the last samples of a container's use as lines."""
    samples = items(many)[-_SAMPLES:]
    cpu = tuple(number(item, "cpu_percent") or 0.0 for item in samples)
    used = tuple(number(item, "memory.used") or 0.0 for item in samples)
    now, most = f"{cpu[-1]:.1f} %", f"at most {max(cpu):.1f} %"
    rows: list[list[Cell]] = [
        ["CPU", Spark(cpu, f"CPU {now}"), now, muted(most)],
        ["Memory", Spark(used, f"memory {memory(used[-1])}"), memory(used[-1]), muted(f"at most {memory(max(used))}")],
    ]
    name = word(samples[-1], "name").removeprefix("/") or "Stats"
    table = Table(["", "", ">Now", ""], rows, label="stats")
    return Card(name, [f"{len(samples)} samples"], [table], moment(samples[-1], "read", "seen_at"))


def all_stats(obj: object, look: Look) -> Card:  # noqa: ARG001
    """Show the samples of many containers as `docker stats` does, the busiest first."""
    samples = sorted(mapping(obj).items(), key=lambda item: -(number(item[1], "cpu_percent") or 0.0))
    headings = ["Name", ">CPU", ">Memory", ">Limit", ">Memory %", ">Received", ">Sent", ">Read", ">Written", ">PIDs"]
    rows = [_sample(name, sample) for name, sample in samples]
    title = f"{len(rows)} container{'' if len(rows) == 1 else 's'}"
    table = Table(headings, rows, "filter, or look up one by its name", label="stats") if rows else None
    return Card(title, [], [table], moment(obj, "seen_at"))


def _sample(name: str, obj: object) -> list[Cell]:
    cpu, share, pids = number(obj, "cpu_percent"), number(obj, "memory.percent"), number(obj, "pids")
    io = [size(number(obj, path)) for path in ("network.rx", "network.tx", "block_io.read", "block_io.write")]
    return [
        strong(name),
        "—" if cpu is None else f"{cpu:.1f} %",
        memory(number(obj, "memory.used")),
        memory(number(obj, "memory.limit")),
        "—" if share is None else f"{share:.1f} %",
        *io,
        "—" if pids is None else f"{pids:.0f}",
    ]
