"""Which card shows which object: by the class attribute `__display__`, else by the noun of a resource.

Danger: a kind that is missing here must still show something decent; the last resort is its fields.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from importlib import import_module
from typing import cast

from pydock.display.page import Card, Look
from pydock.display.reading import fields, is_many, moment

__all__ = ["MANY", "ONE", "card"]

ONE: dict[str, str] = {
    "container": "containers.container",
    "top": "containers.top",
    "stats": "stats.stats",
    "all_stats": "stats.all_stats",
    "risk": "posture.risk",
    "wait_result": "programs.wait_result",
    "run_result": "programs.run_result",
    "exec_result": "programs.exec_result",
    "log_line": "programs.log_line",
    "event": "programs.event",
    "image": "images.image",
    "image_contents": "contents.image_contents",
    "layer_contents": "contents.layer_contents",
    "network": "networks.network",
    "volume": "volumes.volume",
    "info": "system.info",
    "version": "system.version",
    "disk_usage": "system.disk_usage",
    "prune": "system.prune",
    "progress": "progress.progress",
    "map": "generic.drawing",
}
"""The card of one object: kind → module.function."""

MANY: dict[str, str] = {
    "container": "containers.containers",
    "change": "containers.changes",
    "stats": "stats.stats_table",
    "risk": "posture.posture",
    "posture": "posture.posture",
    "image": "images.images",
    "layer": "images.history",
    "network": "networks.networks",
    "volume": "volumes.volumes",
    "log_line": "programs.logs",
    "event": "programs.events",
}
"""The card of several: kind of an item → module.function."""

_PLURALS = {"history": "layer", "logs": "log_line", "changes": "change", "layers": "layer"}


def card(obj: object, *, show_env: bool = False) -> Card:
    """Choose and make the card. May raise when the object does: the callers in `pydock.display` do not."""
    look = Look(moment(obj, "seen_at") or datetime.now(UTC), show_env)
    if is_many(obj):
        return _find(MANY.get(_kind_of_items(obj), "generic.listing"))(obj, look)
    kind = _kind(obj, "__display__") or _kind(obj, "noun")
    if _kind(obj, "noun") and set(fields(obj) or ()) == {"id"}:
        return _find("generic.reference")(obj, look)
    return _find(ONE.get(kind, "generic.thing"))(obj, look)


def _kind(obj: object, attribute: str) -> str:
    value: object = getattr(type(obj), attribute, "")
    return value if isinstance(value, str) else ""


def _kind_of_items(many: Sequence[object]) -> str:
    own = _kind(many, "__display__")
    if not own and len(many):
        own = _kind(many[0], "__display__") or _kind(many[0], "noun")
    if not own:
        title: object = getattr(many, "title", "")
        own = title if isinstance(title, str) else ""
    return _PLURALS.get(own, own if own in MANY else own.removesuffix("s"))


def _find(place: str) -> Callable[[object, Look], Card]:
    module, function = place.split(".")
    found: object = getattr(import_module(f"{__name__}.{module}"), function)
    return cast("Callable[[object, Look], Card]", found)
