"""Versions of the Engine API, compared as numbers: 1.9 is older than 1.10."""

from __future__ import annotations

import re
from typing import NamedTuple

from pydock.errors import InvalidArgument

__all__ = ["NEWEST", "OLDEST", "Version"]

_SHAPE = re.compile(r"v?(\d{1,4})\.(\d{1,4})")


class Version(NamedTuple):
    """A version of the Engine API."""

    major: int
    minor: int

    @classmethod
    def parse(cls, text: str) -> Version:
        """Read `"1.44"` or `"v1.44"`; anything else is `InvalidArgument`."""
        if not (match := _SHAPE.fullmatch(text.strip())):
            raise InvalidArgument(f"{text!r} is not an API version; write it as '1.44'.")
        return cls(int(match[1]), int(match[2]))

    def __str__(self) -> str:
        return f"{self.major}.{self.minor}"


OLDEST = Version(1, 40)
"""The oldest API that pydock speaks (Engine 19.03)."""
NEWEST = Version(1, 55)
"""The newest API that pydock speaks (Engine 29.6); newer engines are talked to in this version."""
