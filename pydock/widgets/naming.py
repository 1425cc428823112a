"""What people call a container. Danger: a bare ref knows only what it was made from, a name or an id."""

from __future__ import annotations

from pydock.display.markup import clean
from pydock.display.measures import short_id
from pydock.models.containers import ContainerRef

__all__ = ["named"]


def named(ref: ContainerRef) -> str:
    """Return its name where it is known, else its short id."""
    name: object = getattr(ref, "name", "")
    return clean(name) if name and isinstance(name, str) else short_id(clean(ref.id))
