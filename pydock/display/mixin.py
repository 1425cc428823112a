"""The one thing models know of all this: their kind, and that a cell may ask for them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

__all__ = ["Displayed"]


class Displayed:
    """Shows itself in a notebook as HTML and in an IPython terminal as text."""

    __slots__ = ()

    __display__: ClassVar[str] = ""
    """Which card shows it ("container", "image", …); an unknown or empty kind shows its fields."""

    def _repr_mimebundle_(
        self, include: Sequence[str] | None = None, exclude: Sequence[str] | None = None
    ) -> dict[str, str]:
        from pydock.display import mimebundle

        return mimebundle(self, include, exclude)
