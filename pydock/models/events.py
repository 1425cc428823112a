"""What happens in the daemon, as it happens, over restarts of the daemon when asked.

Danger: a daemon that shuts down ends the stream politely, so an end that nobody asked for is an
interruption; and after a reconnection what was missed comes again together with what was seen.
"""

from __future__ import annotations

from collections import Counter, deque
from dataclasses import dataclass
from datetime import timedelta
from types import TracebackType
from typing import Generic, Self, TypeVar, cast

import anyio

from pydock.api import API
from pydock.api._encoding import Filters
from pydock.errors import (
    ConnectionLost,
    ConnectionRefused,
    DockerError,
    EndpointNotFound,
    InvalidArgument,
    ServerError,
    StreamError,
    StreamInterrupted,
    TimedOut,
)
from pydock.models._base import parse
from pydock.models.event_data import Event
from pydock.models.units import Moment, unix_time
from pydock.transport.streams import JSONStream

__all__ = ["EventStream", "Reconnected"]

T = TypeVar("T")

_PASSING = (StreamError, ConnectionLost, ConnectionRefused, EndpointNotFound, ServerError, TimedOut)
"""What a daemon that restarts, or a proxy in front of it, may answer for a while."""
_FIRST_PAUSE, _LONGEST_PAUSE = 0.2, 5.0
_REMEMBERED = 1024
"""How many events are told from repetitions: four times what a daemon remembers."""
_SECOND = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Reconnected:
    """Stands between two events where the connection was lost and found again. What was missed follows.

    The daemon remembers 256 events while it lives: more than those, or those of its last moments, may be
    lost.
    """

    gap: timedelta
    """How long nobody listened."""
    attempts: int
    """How many connections it took."""
    reason: DockerError
    """How the connection was lost."""


class EventStream(Generic[T]):
    """The daemon's events: `async for event in docker.events()`. Without `until` it never ends by itself.

    `async with` opens it: what happens from then on is seen. An end that was not asked for is
    `StreamInterrupted`; with `reconnect=True` the stream goes on behind a `Reconnected`, without a lost or
    doubled event.
    """

    def __init__(
        self,
        api: API,
        *,
        since: Moment | None = None,
        until: Moment | None = None,
        filters: Filters | None = None,
        reconnect: bool = False,
    ) -> None:
        self._api = api
        self._since = None if since is None else unix_time(since)
        self._until = None if until is None else unix_time(until)
        if self._since and self._until and _ns(self._since) > _ns(self._until):
            raise InvalidArgument("The events end before they begin: until= is a moment after since=.")
        self._filters = filters
        self._reconnect = reconnect
        self._stream: JSONStream | None = None
        self._begun = False
        self._closed = False
        self._newest = 0
        self._seen: deque[bytes] = deque(maxlen=_REMEMBERED)
        self._repeated: Counter[bytes] = Counter()

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> T:
        """Return the next event, or that the connection was lost and found again."""
        if self._closed:
            raise StopAsyncIteration
        item: Event | Reconnected | None
        try:
            item = await self._next()
        except _PASSING as error:
            if not (self._reconnect and self._begun):
                await self.aclose()
                raise
            item = await self._resume(error)
        if item is None:
            await self.aclose()
            raise StopAsyncIteration
        return cast("T", item)

    async def open(self) -> None:
        """Ask the daemon now instead of at the first step."""
        if self._closed:
            raise InvalidArgument("This stream of events is closed; ask for a new one: docker.events().")
        if self._stream is None:
            await self._open()

    async def aclose(self) -> None:
        """Stop listening. Any number of times."""
        self._closed = True
        stream, self._stream = self._stream, None
        if stream is not None:
            await stream.aclose()

    async def __aenter__(self) -> Self:
        await self.open()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    async def _next(self) -> Event | None:
        """Return the next event that was not seen yet; None at the end that was asked for."""
        await self.open()
        assert self._stream is not None  # noqa: S101 - open() has set it
        async for body in self._stream:
            if self._repeated[body] > 0:
                self._repeated[body] -= 1
                continue
            event = parse(Event, body, self._api)
            self._seen.append(body)
            self._newest = max(self._newest, event.time_nano)
            return event
        if await self._is_over():
            return None
        raise StreamInterrupted("The daemon ended its events: it shuts down, or a proxy cut the connection.")

    async def _open(self) -> None:
        self._since = self._since or await self._now()
        stream = self._api.system.events(since=self._from(), until=self._until, filters=self._filters)
        self._repeated = Counter(self._seen)
        self._stream = stream
        try:
            await stream.open()
        except BaseException:
            self._stream = None
            raise
        self._begun = True

    def _from(self) -> str:
        """Begin a second before the newest event: daemons write down events of one moment in any order."""
        since = self._since or "0"
        return _text(max(_ns(since), self._newest - _SECOND)) if self._newest else since

    async def _now(self) -> str:
        """Ask for the daemon's time: its clock counts, and its answer comes before it really listens."""
        return unix_time((await self._api.system.info()).load()["SystemTime"])

    async def _is_over(self) -> bool:
        """Tell the end that was asked for from a daemon that shuts down before."""
        if self._until is None:
            return False
        try:
            return _ns(await self._now()) + _SECOND >= _ns(self._until)
        except DockerError:
            return False

    async def _resume(self, reason: DockerError) -> Reconnected:
        started = anyio.current_time()
        attempts, pause = 0, _FIRST_PAUSE
        while True:
            stream, self._stream = self._stream, None
            if stream is not None:
                await stream.aclose()
            await anyio.sleep(pause)
            pause = min(2 * pause, _LONGEST_PAUSE)
            attempts += 1
            try:
                await self._open()
            except _PASSING:
                continue
            return Reconnected(timedelta(seconds=anyio.current_time() - started), attempts, reason)


def _ns(seconds: str) -> int:
    whole, _, fraction = seconds.partition(".")
    return int(whole) * _SECOND + int(fraction.ljust(9, "0"))


def _text(ns: int) -> str:
    return f"{ns // _SECOND}.{ns % _SECOND:09d}"
