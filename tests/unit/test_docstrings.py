"""Everything public says what it is, beginning with a sentence; verbs show how to call them."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from typing import Any

import pytest

import pydock
from pydock.models.containers import Containers
from pydock.models.images import Images
from pydock.models.networks import Networks
from pydock.models.volumes import Volumes

COLLECTIONS = {kind.__name__: kind for kind in (Containers, Images, Networks, Volumes)}
EXPORTED: list[str] = vars(pydock)["__all__"]
PUBLIC: dict[str, object] = {**COLLECTIONS, **{name: getattr(pydock, name) for name in EXPORTED if name[0] != "_"}}
VERBS = (pydock.Docker, pydock.ContainerRef, *COLLECTIONS.values())
# Here an example would show no more than the signature does.
OBVIOUS = {
    "Docker": "aclose disk_usage info logout ping version",
    "ContainerRef": "changes exec_detached exists inspect live_logs live_stats log_tail pause rename resize restart top"
    " unpause",
    "Containers": "",
    "Images": "exists get import_ search",
    "Networks": "",
    "Volumes": "prune_matching",
}


def members(kind: type) -> Iterator[tuple[str, object]]:
    """Return the public methods and properties that pydock defines for a class, also in what it inherits from."""
    for name in dir(kind):
        found: Any = inspect.getattr_static(kind, name)
        if isinstance(found, property):
            found = found.fget
        found = getattr(found, "func", getattr(found, "__func__", found))  # a cached property, a classmethod
        if not name.startswith("_") and inspect.isfunction(found) and found.__module__.startswith("pydock"):
            yield name, found


CASES = [
    pytest.param(value, id=f"{name}.{member}" if member else name)
    for name, kind in PUBLIC.items()
    for member, value in [("", kind), *(members(kind) if inspect.isclass(kind) else ())]
]
CALLED = [
    pytest.param(kind, name, id=f"{kind.__name__}.{name}")
    for kind in VERBS
    for name, _ in members(kind)
    if inspect.isfunction(inspect.getattr_static(kind, name))
]


@pytest.mark.parametrize("value", CASES)
def test_it_begins_with_a_sentence(value: object) -> None:
    said = inspect.getdoc(value)
    assert said, "no docstring"
    first = said.splitlines()[0]
    assert re.match(r"[A-Z0-9`]", first), first
    assert first.rstrip("`)\"'").endswith((".", ":", "…")), first


@pytest.mark.parametrize(("kind", "name"), CALLED)
def test_a_verb_shows_how_to_call_it(kind: type, name: str) -> None:
    said = inspect.getdoc(inspect.getattr_static(kind, name)) or ""
    shown = re.search(rf"(\.|`){name}\(", said) is not None
    if name in OBVIOUS[kind.__name__].split():
        assert not shown, "it has an example by now: take its name out of OBVIOUS"
    else:
        assert shown, "no example"
