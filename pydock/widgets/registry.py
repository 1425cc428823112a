"""The views that have widgets, so that they can all be closed, and old ones be forgotten.

Danger: a view whose cell ran again may come back by undo, so only those that nobody has looked at for long go.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from pydock.widgets.phase import Phase

__all__ = ["KEPT", "add", "discard", "views"]

KEPT = 20
"""How many views that nobody looks at keep their widgets."""
_AT_WORK = {"connecting", "live", "reconnecting"}


class _Closable(Protocol):
    phase: Phase

    @property
    def seen(self) -> bool: ...

    def close(self) -> None: ...


_views: list[_Closable] = []


def add(view: _Closable) -> None:
    """Remember a view, and close the oldest ones that nobody looks at."""
    _views.append(view)
    unseen = [old for old in _views[:-1] if not old.seen and old.phase.word not in _AT_WORK]
    for old in unseen[:-KEPT]:
        old.close()


def discard(view: _Closable) -> None:
    """Forget a view."""
    _views[:] = [other for other in _views if other is not view]


def views() -> Sequence[_Closable]:
    """Return those that have widgets, oldest first."""
    return tuple(_views)
