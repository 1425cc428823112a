"""Where and on what a client does its job. Imports nothing of a client: each is measured alone."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass

__all__ = ["Stage"]


@dataclass(frozen=True)
class Stage:
    """Where and on what a client does its job."""

    url: str
    """The engine: unix:///…"""
    folder: str
    """For files, with room for some GiB."""
    size: int = 0
    container: str = ""
    image: str = "busybox"
    path: str = ""
    """In the container."""
    file: str = ""
    """On this machine."""

    @property
    def socket(self) -> str:
        return self.url.removeprefix("unix://")

    def dumps(self) -> str:
        return json.dumps(asdict(self))

    @classmethod
    def loads(cls, text: str) -> Stage:
        return cls(**json.loads(text))
