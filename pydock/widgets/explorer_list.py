"""The rows of the explorer's list: what stands in each, under which project, and what a choice of them means.

Danger: whatever changes by itself ("Up 5 seconds") must not be in a row's key, or a choice would be lost every second.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from pydock.display.markup import clean, columns, cut
from pydock.display.status import of_container
from pydock.models.containers import ContainerSummary

__all__ = ["Rows", "named", "rows_of"]

_GROUP = "project:"
_WIDEST = 28
_LONG = 60
"""Rows from which on no time is told: a list that changes loses the place that it was scrolled to."""
_SHORTER = {
    "About a": "1", "About an": "1", "Less than a": "<1", " seconds": " s", " second": " s", " minutes": " min",
    " minute": " min", " hours": " h", " hour": " h", " ago": "", "Up ": "", "(Paused)": "",
}  # fmt: skip


@dataclass(frozen=True)
class Rows:
    """What a list offers, and which containers stand behind each of its keys."""

    options: Sequence[tuple[str, str]]
    members: Mapping[str, Sequence[ContainerSummary]]

    def chosen(self, keys: Collection[str]) -> list[ContainerSummary]:
        """Return the containers of some keys, each once: a project's row stands for all of them."""
        found = {one.id: one for key in keys for one in self.members.get(key, ())}
        return list(found.values())


def named(container: ContainerSummary) -> str:
    """Return what people call it."""
    return container.name or container.short_id


def rows_of(containers: Sequence[ContainerSummary], *, words: str = "", running: bool = False) -> Rows:
    """Return the rows of a list: projects of docker compose together, each below its name, the others behind.

    `words` are looked for in name, image, project and state; all must be there. `running` leaves out the others.
    """
    wanted = words.lower().split()
    shown = [
        one for one in containers if _matches(one, wanted) and (not running or one.status in {"running", "paused"})
    ]
    projects: dict[str, list[ContainerSummary]] = {}
    for one in shown:
        projects.setdefault(one.compose.project if one.compose else "", []).append(one)
    width = min(max((columns(_label(one)) for one in shown), default=0), _WIDEST)
    options: list[tuple[str, str]] = []
    members: dict[str, Sequence[ContainerSummary]] = {one.id: [one] for one in shown}
    for project in sorted(projects, key=lambda name: (not name, name)):
        its = sorted(projects[project], key=lambda one: (_label(one).lower(), one.id))
        if project or len(projects) > 1:
            members[_GROUP + project] = its
            options.append((_heading(project, its), _GROUP + project))
        options += [(_row(one, width, timed=len(shown) < _LONG), one.id) for one in its]
    return Rows(options, members)


def _matches(one: ContainerSummary, wanted: Sequence[str]) -> bool:
    if not wanted:
        return True
    project = one.compose.project if one.compose else ""
    said = f"{one.name} {one.short_id} {one.image} {project} {of_container(one).word}".lower()
    return all(word in said for word in wanted)


def _heading(project: str, its: Sequence[ContainerSummary]) -> str:
    running = sum(one.status == "running" for one in its)
    name = cut(clean(project), _WIDEST) if project else "other containers"
    return f"▾ {name} · {running} of {len(its)} running"


def _label(one: ContainerSummary) -> str:
    """Return the name; in a project without the project's, which stands above."""
    name = clean(named(one))
    project = one.compose.project if one.compose else ""
    for between in ("-", "_"):
        if project and name.startswith(project + between) and len(name) > len(project) + 1:
            return name[len(project) + 1 :]
    return name


def _row(one: ContainerSummary, width: int, *, timed: bool) -> str:
    label = cut(_label(one), width)
    mark = of_container(one).text()[:1]
    return f"{mark} {label}{' ' * (width - columns(label))}  {_said(one, timed=timed)}"


def _said(one: ContainerSummary, *, timed: bool) -> str:
    """Return the state in a few letters: minutes and not seconds, for a row that changes all the time is unrest."""
    status = of_container(one)
    if one.status != "running" or not timed:
        return clean(status.word)
    said = one.status_text.partition(" (")[0]
    for long, short in _SHORTER.items():
        said = said.replace(long, short)
    said = "<1 min" if said.endswith(" s") or not said else clean(said)
    return f"up {said}{', ' + one.health if one.health and one.health != 'none' else ''}"
