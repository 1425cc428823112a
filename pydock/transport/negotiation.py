"""Which version of the API to speak: the newest that both sides know. One question, however many ask at once.

The danger is the asker that is cancelled: another one must take over, and nobody may wait for ever.
"""

from __future__ import annotations

import copy
import json
from typing import TYPE_CHECKING, Any, cast

import anyio

from pydock.errors import DockerError, ProtocolError, Unsupported, api_error
from pydock.transport.deadline import deadline
from pydock.transport.version import NEWEST, OLDEST, Version

if TYPE_CHECKING:
    from pydock.transport.engine import Engine

__all__ = ["Negotiation"]


class Negotiation:
    """Asks the daemon; calls that come meanwhile share the answer, or the error."""

    def __init__(self, engine: Engine, timeout: float, *, ping: str, about: str) -> None:
        self._engine = engine
        self._ping = ping
        self._about = about
        self._timeout = timeout
        self._flight: _Flight | None = None

    async def __call__(self) -> Version:
        """Return the version; raises Unreachable, Unsupported, or APIError from a proxy in between."""
        while (flight := self._flight) is not None:
            await flight.landed.wait()
            if flight.version is not None:
                return flight.version
            if flight.error is not None:
                raise copy.copy(flight.error)
        self._flight = flight = _Flight()
        try:
            with deadline(self._timeout, f"the daemon's first answer ({self._ping})"):
                flight.version = version = await self._ask()
        except DockerError as error:
            flight.error = error
            raise
        else:
            return version
        finally:
            self._flight = None
            flight.landed.set()

    async def _ask(self) -> Version:
        ping = await self._engine.request("HEAD", self._ping, versioned=False)
        if ping.status != 200:  # some proxies let no HEAD through
            ping = await self._engine.request("GET", self._ping, versioned=False)
        if ping.status != 200:
            words = ping.body[:500].decode("utf-8", "replace").strip()
            message = f"{words} Is this the daemon's address, and is there a proxy in between?".strip()
            raise api_error(ping.status, message, method="GET", path=self._ping)
        newest = _parsed(ping.headers.get("api-version")) or _parsed((await self._ask_about()).get("ApiVersion"))
        if newest is None:
            raise ProtocolError("What answers there is no Docker daemon: it names no API version.")
        if newest < OLDEST:
            oldest = _parsed((await self._ask_about()).get("MinAPIVersion")) or newest
            raise Unsupported("pydock", needs=f"{OLDEST} to {NEWEST}", has=f"{oldest} to {newest}")
        return min(newest, NEWEST)

    async def _ask_about(self) -> dict[str, Any]:
        answer = await self._engine.request("GET", self._about, versioned=False)
        try:
            about = json.loads(answer.body)
        except (ValueError, RecursionError):
            return {}
        return cast("dict[str, Any]", about) if isinstance(about, dict) else {}


class _Flight:
    def __init__(self) -> None:
        self.landed = anyio.Event()
        self.version: Version | None = None
        self.error: DockerError | None = None


def _parsed(text: object) -> Version | None:
    try:
        return Version.parse(text) if isinstance(text, str) else None
    except DockerError:
        return None
