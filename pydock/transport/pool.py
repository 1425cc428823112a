"""Connections that are kept, and how many requests may run at once. Every step takes the same time, however many.

The dangers: a slot that is lost when its request is cancelled, and a connection used from another event loop,
thread or process than the one that opened it.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Awaitable, Callable
from time import monotonic
from typing import Any
from weakref import WeakSet

import anyio
from anyio.lowlevel import current_token

from pydock.errors import ConnectionLost, WrongLoop
from pydock.transport.answer import Answer
from pydock.transport.http11 import Body, Connection
from pydock.transport.response import Response

__all__ = ["Pool"]

_IDLE_SECONDS = 90.0


class Pool:
    """The connections to one daemon, at home in the event loop that used them first."""

    def __init__(self, dial: Callable[[], Awaitable[Connection]], limit: int) -> None:
        self._dial = dial
        self._limit = limit
        self._home: _Home | None = None

    async def ask(self, head: bytes, body: bytes, *, repeatable: bool, only_head: bool) -> Answer:
        """Send a request and read its answer, as soon as fewer than `limit` are under way."""
        home = self._at_home()
        if home.free > 0:
            home.free -= 1
        else:
            await home.queue()
        try:
            connection = home.take() or await self._dial()
            try:
                return await connection.ask(head, body, only_head=only_head)
            except ConnectionLost:
                if not _worth_another(connection, repeatable):
                    raise
                connection.close()
                connection = await self._dial()
                return await connection.ask(head, body, only_head=only_head)
            finally:
                home.give_back(connection)
        finally:
            home.leave()

    async def open(
        self,
        head: bytes,
        body: Body,
        *,
        repeatable: bool,
        only_head: bool,
        length: int | None,
        upgrade: bool,
        what: str,
    ) -> Response:
        """Send a request and return when the head of its answer has come; however many are open."""
        home = self._at_home()
        connection = home.take() or await self._dial()
        try:
            try:
                await connection.start(head, body, only_head=only_head, length=length, upgrade=upgrade)
            except ConnectionLost:
                if not _worth_another(connection, repeatable):
                    raise
                connection.close()
                connection = await self._dial()
                await connection.start(head, body, only_head=only_head, length=length, upgrade=upgrade)
        except BaseException:
            connection.close()
            raise
        response = Response(connection, home.give_back, what)
        home.responses.add(response)
        return response

    @property
    def home(self) -> object | None:
        """The event loop that it belongs to (an asyncio loop, or trio's token), None before its first use."""
        home = self._home
        return None if home is None or _has_ended(home.token) else home.token

    def close(self) -> None:
        """Close what is idle or streaming; requests that are under way end first. The pool may be used again."""
        home, self._home = self._home, None
        if home is not None:
            home.close()

    def _at_home(self) -> _Home:
        home = self._home
        token: Any = current_token().native_token
        if home is not None and home.process == os.getpid():
            if home.token is token:
                return home
            if not _has_ended(home.token):
                raise WrongLoop(
                    "This client belongs to the event loop that used it first, and this is another one. "
                    "Use docker.spawn(...), which runs on the home loop, or make a Docker() here as well."
                )
        if home is not None:
            home.close()
        self._home = home = _Home(token, self._limit)
        return home


class _Home:
    """The connections of one event loop."""

    def __init__(self, token: Any, limit: int) -> None:
        self.token = token
        self.process = os.getpid()
        self.free = limit
        self.responses: WeakSet[Response] = WeakSet()
        self._limit = limit
        self._idle: deque[Connection] = deque()  # the one used last is taken first, the others grow old
        self._waiters: deque[_Waiter] = deque()
        self._closed = False

    def take(self) -> Connection | None:
        """Return an idle connection that still stands."""
        idle = self._idle
        while idle:
            connection = idle.pop()
            if monotonic() - connection.idle_since < _IDLE_SECONDS and connection.alive():
                connection.reused = True
                return connection
            connection.close()
        return None

    def give_back(self, connection: Connection) -> None:
        """Keep the connection for the next request, or close it."""
        if not connection.reusable or self._closed or len(self._idle) >= self._limit:
            connection.close()
            return
        idle = self._idle
        now = connection.idle_since = monotonic()
        idle.append(connection)
        while now - idle[0].idle_since > _IDLE_SECONDS:
            idle.popleft().close()

    async def queue(self) -> None:
        """Wait for the slot of a request that ends."""
        waiter = _Waiter()
        self._waiters.append(waiter)
        try:
            await waiter.turn.wait()
        except BaseException:
            waiter.gone = True
            if waiter.turn.is_set():
                self.leave()
            raise

    def leave(self) -> None:
        """Hand the slot to the one who waits longest."""
        while self._waiters:
            waiter = self._waiters.popleft()
            if not waiter.gone:
                waiter.turn.set()
                return
        self.free += 1

    def close(self) -> None:
        self._closed = True
        while self._idle:
            self._idle.pop().close()
        for response in list(self.responses):
            response.close()

    def __del__(self) -> None:
        while self._idle:
            self._idle.pop().close()


class _Waiter:
    __slots__ = ("gone", "turn")

    def __init__(self) -> None:
        self.turn = anyio.Event()
        self.gone = False


def _worth_another(connection: Connection, repeatable: bool) -> bool:
    """Whether the daemon closed a kept connection just when it was used again, and repeating can do no harm."""
    return repeatable and connection.reused and not connection.touched


def _has_ended(token: Any) -> bool:
    """Whether the event loop is over, so that nobody can still wait for its sockets."""
    if hasattr(token, "is_closed"):  # asyncio
        return bool(token.is_closed())
    try:
        token.run_sync_soon(_nothing)  # trio
    except RuntimeError:
        return True
    return False


def _nothing() -> None:
    pass
