"""Talking with a process in a container: its input, its output in pieces, and the end of both.

Danger: with a terminal a half-closed connection ends the attachment and loses what is still under way, so
there the end of input is said by the character ^D instead. And there are proxies that never pass on the end of a
hijacked connection, so silence makes us ask whether the process still runs.
"""

from __future__ import annotations

import math
from collections.abc import AsyncIterable, Awaitable, Callable, Iterator
from types import TracebackType
from typing import Self

import anyio

from pydock.api.framing import Attached
from pydock.errors import InvalidArgument, StreamError
from pydock.models.logs import Chunk, chunk_of
from pydock.models.ungrouped import ungrouped
from pydock.transport.frames import Frame

__all__ = ["Conversation", "Input", "Stdin", "converse"]

Input = bytes | str | AsyncIterable[bytes]
"""What a process reads: all at once, or in pieces as they come."""

_END_OF_TRANSMISSION = b"\x04"
_FIRST_SILENCE, _LONGEST_SILENCE = 1.0, 5.0
_DRAIN = 3.0
"""How long the output of an ended process may be silent before it is over. A daemon waits 2 s for its last words."""


class Stdin:
    """The input of a process. `aclose()` tells it that nothing more comes, while its output goes on."""

    def __init__(self, attached: Attached, *, tty: bool) -> None:
        self._duplex = attached.duplex
        self._tty = tty
        self._closed = False

    async def send(self, data: bytes) -> None:
        """Write all of `data`; waits while the process does not read."""
        if self._closed:
            raise InvalidArgument("The input was closed; open a new process to write more.")
        await self._duplex.send(data)

    async def aclose(self) -> None:
        """Say that the input is over."""
        if self._closed:
            return
        self._closed = True
        if self._tty:
            await self._duplex.send(_END_OF_TRANSMISSION)
        else:
            await self._duplex.send_eof()


class Conversation:
    """A live connection to a process: iterate it for `Chunk`s, write to `.stdin`.

    It ends with the connection. Where `has_ended` is given, it is asked in silence whether the process has ended, for a
    proxy may keep the connection open for ever.
    """

    def __init__(
        self, attached: Attached, *, tty: bool, has_ended: Callable[[], Awaitable[bool]] | None = None
    ) -> None:
        self._attached = attached
        self._frames = attached.duplex.frames(attached.decoder)
        self._ready: Iterator[Frame] = iter(())
        self._has_ended = has_ended
        self._silence = math.inf if has_ended is None else _FIRST_SILENCE
        self._patience: anyio.CancelScope | None = None
        self._ended = False
        self.stdin: Stdin = Stdin(attached, tty=tty)

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Chunk:
        for frame in self._ready:
            return chunk_of(frame)
        self._ready = iter(await self._batch())
        for frame in self._ready:
            return chunk_of(frame)
        raise StopAsyncIteration

    async def read(self) -> tuple[bytes, bytes]:
        """Return all that comes until the end, as (stdout, stderr)."""
        output: tuple[list[bytes], list[bytes]] = ([], [])
        async for chunk in self:
            output[chunk.stream == "stderr"].append(chunk.data)
        return b"".join(output[0]), b"".join(output[1])

    def ended(self) -> None:
        """Say that the process has ended: what is still under way is read, and silence is the end now."""
        self._ended = True
        self._silence = _DRAIN
        if self._patience is not None:
            self._patience.deadline = anyio.current_time() + _DRAIN

    async def _batch(self) -> list[Frame]:
        """Return what comes next; nothing at the end."""
        while True:
            with anyio.move_on_after(self._silence) as self._patience:
                return await self._frames.batch()
            if self._ended:
                await self._frames.aclose()
                return []
            if self._has_ended is not None and await self._has_ended():
                self.ended()
            else:
                self._silence = min(self._silence * 1.5, _LONGEST_SILENCE)

    async def aclose(self) -> None:
        """Close the connection. The process goes on."""
        await self._frames.aclose()
        await self._attached.duplex.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with anyio.CancelScope(shield=True):
            await self.aclose()


async def converse(conversation: Conversation, given: Input | None) -> tuple[bytes, bytes]:
    """Feed the input and its end while reading, so that neither side waits for the other for ever."""
    if given is None:
        return await conversation.read()
    output = (b"", b"")
    with ungrouped():
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(_feed, conversation.stdin, given)
            output = await conversation.read()
            tasks.cancel_scope.cancel()  # a process may end without having read all
    return output


async def _feed(stdin: Stdin, given: Input) -> None:
    try:
        if isinstance(given, (bytes, str)):
            await stdin.send(given.encode() if isinstance(given, str) else given)
        else:
            async for piece in given:
                await stdin.send(piece)
        await stdin.aclose()
    except StreamError:
        pass  # it ended without reading all; what it printed is the answer
