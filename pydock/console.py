"""The terminal that this program runs in: raw while something else has it, and as it was before on every way out.

Danger: a terminal left raw is unusable, and it belongs to the shell as well. So it is opened anew (being
non-blocking is then our business alone), and a signal that would end the program is held until it is restored.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import termios
import tty
from collections.abc import AsyncIterator, Awaitable, Callable, Generator
from types import TracebackType
from typing import Any, Self

import anyio

from pydock.errors import InvalidArgument

__all__ = ["Console", "Detector"]


class Console:
    """The terminal at stdin, raw for the block: `async with Console("why there has to be one") as console`."""

    def __init__(self, refusal: str) -> None:
        self._refusal = refusal
        self._fd = -1
        self._before: list[Any] = []
        self._ended_by: signal.Signals | None = None

    async def __aenter__(self) -> Self:
        self._fd = _open(self._refusal)
        try:
            self._before = termios.tcgetattr(self._fd)
            tty.setraw(self._fd)
        except termios.error:  # the window is closing
            os.close(self._fd)
            raise InvalidArgument(self._refusal) from None
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with contextlib.suppress(OSError, termios.error):  # the window was closed meanwhile
            termios.tcsetattr(self._fd, termios.TCSANOW, self._before)
        os.close(self._fd)
        if self._ended_by is not None:
            os.kill(os.getpid(), self._ended_by)

    async def read(self) -> bytes:
        """Return what was typed; nothing when the terminal is gone."""
        while True:
            await anyio.wait_readable(self._fd)
            try:
                return os.read(self._fd, 4096)
            except BlockingIOError:
                continue
            except OSError:
                return b""

    async def write(self, data: bytes) -> None:
        """Show all of it."""
        view = memoryview(data)
        while view:
            await anyio.wait_writable(self._fd)
            try:
                view = view[os.write(self._fd, view) :]
            except BlockingIOError:
                continue
            except OSError:
                return  # the terminal is gone; `read` tells

    async def follow(self, resized: Callable[[int, int], Awaitable[None]]) -> None:
        """Call `resized(rows, columns)` now and after each change; return when a signal asks the program to end.

        Signals come to the main thread only. In another one this tells the size once and waits for ever.
        """
        wanted = [signal.SIGWINCH]
        # Somebody who handles them does not die of them before the terminal is restored.
        wanted += [one for one in (signal.SIGTERM, signal.SIGHUP) if signal.getsignal(one) is signal.SIG_DFL]
        with _receiving(*wanted) as signals:
            await resized(*self._size())
            async for one in signals:
                if one is not signal.SIGWINCH:
                    self._ended_by = one
                    return
                await resized(*self._size())

    def _size(self) -> tuple[int, int]:
        try:
            columns, rows = os.get_terminal_size(self._fd)
        except OSError:
            columns, rows = 0, 0
        return rows or 24, columns or 80


def _open(refusal: str) -> int:
    try:
        path = os.ttyname(sys.stdin.fileno())
    except (AttributeError, OSError, ValueError):  # no stdin, no terminal there, replaced by a test or a notebook
        raise InvalidArgument(refusal) from None
    flags = os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK
    try:
        return os.open(path, flags)
    except OSError:  # its name means nothing here: we are in a container ourselves
        pass
    try:
        return os.open("/dev/tty", flags)
    except OSError:
        raise InvalidArgument(refusal) from None


@contextlib.contextmanager
def _receiving(*wanted: signal.Signals) -> Generator[AsyncIterator[signal.Signals]]:
    before = {one: signal.getsignal(one) for one in wanted}
    with contextlib.ExitStack() as stack:
        try:
            signals = stack.enter_context(anyio.open_signal_receiver(*wanted))
        except (RuntimeError, ValueError):  # not the main thread
            yield _Never()
            return
        try:
            yield signals
        finally:
            stack.close()
            for one, handler in before.items():  # asyncio leaves the default behind, whatever was there before
                if handler is not None:  # not Python's
                    signal.signal(one, handler)


class _Never:
    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> signal.Signals:
        await anyio.sleep_forever()
        raise StopAsyncIteration


class Detector:
    """Finds the keys that detach in what is typed, also when they come one by one."""

    def __init__(self, keys: str) -> None:
        self._wanted = b"".join(_key(name, keys) for name in keys.split(",")) if keys else b""
        self._seen = b""

    def feed(self, typed: bytes) -> tuple[bytes, bool]:
        """Return what comes before the keys, and whether they are in there. No key is ever held back."""
        if not self._wanted:
            return typed, False
        seen = self._seen + typed
        at = seen.find(self._wanted)
        if at >= 0:
            return seen[len(self._seen) : at], True
        self._seen = seen[-(len(self._wanted) - 1) :] if len(self._wanted) > 1 else b""
        return typed, False


def _key(name: str, keys: str) -> bytes:
    control = name.removeprefix("ctrl-").upper()
    if len(name) == 1 and name.isascii():
        return name.encode()
    if name.startswith("ctrl-") and len(control) == 1 and "@" <= control <= "_":
        return bytes([ord(control) - 64])
    raise InvalidArgument(
        f'detach_keys={keys!r}: a character or ctrl- and one of a-z @ [ \\ ] ^ _, as "ctrl-p,ctrl-q".'
    )
