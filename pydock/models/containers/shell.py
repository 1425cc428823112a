"""A shell for the person at the keyboard.

Danger: the daemon watches the keys, too, and holds back the first one of its own detach keys until it has seen the
next (ctrl-p by default: every shell's "previous"). It cannot be told to let that be, so it is given a sequence that
nobody types, which begins with the rarest key; ours are found here, and none is held back.
"""

from __future__ import annotations

import contextlib

import anyio

from pydock.console import Console, Detector
from pydock.errors import APIError, StreamError
from pydock.models.containers.commands import Commands, ExecProcess
from pydock.models.options import Command, Environment
from pydock.models.ungrouped import ungrouped

__all__ = ["NO_DETACH_KEYS", "SHELL", "Interactive", "fit"]

SHELL = ("/bin/sh", "-c", "if command -v bash >/dev/null; then exec bash; else exec sh; fi")
NO_DETACH_KEYS = ",".join(["ctrl-^"] * 8)
_PATIENCE = 20
_REFUSAL = (
    "There is no terminal at stdin to give to a shell. Run a command with `await container.exec([...])`, talk with one "
    "through `container.open_exec([...], stdin=True)`, or show a terminal in a notebook: `container.terminal()`."
)


async def fit(process: ExecProcess, rows: int, columns: int) -> None:
    """Tell a process the size of its window. One that has just been started may not be there yet: try again."""
    for attempt in range(_PATIENCE):
        try:
            return await process.resize(rows=rows, columns=columns)
        except APIError:
            await anyio.sleep(0.01 * (attempt + 1))
    return None  # it has ended: that it did is told elsewhere


class Interactive(Commands):
    """The verb for people at a terminal."""

    async def shell(
        self,
        command: Command | None = None,
        *,
        env: Environment = (),
        user: str | None = None,
        workdir: str | None = None,
        privileged: bool = False,
        detach_keys: str = "ctrl-p,ctrl-q",
    ) -> int | None:
        """Give this terminal to a shell in the container, and return its exit code; None when it was detached from.

        Without a command it is bash where there is one, else sh. The window's size is followed, all keys go to the
        container, and the terminal is restored on every way out. `detach_keys` leave it running; "" are none.
        In a notebook there is no terminal: `container.terminal()` shows one. Raises InvalidArgument there.

            await container.shell()
            await container.shell(["python3"], user="root")
        """
        detector = Detector(detach_keys)
        process = self.open_exec(
            command or SHELL,
            stdin=True,
            tty=True,
            env=env,
            user=user,
            workdir=workdir,
            privileged=privileged,
            detach_keys=NO_DETACH_KEYS,
        )
        async with Console(_REFUSAL) as console, process:
            await _talk(console, process, detector)
        return process.exit_code


async def _talk(console: Console, process: ExecProcess, detector: Detector) -> None:
    async def keys() -> None:
        with contextlib.suppress(StreamError):  # it takes nothing more: its output is about to end
            while typed := await console.read():
                typed, detached = detector.feed(typed)
                await process.stdin.send(typed)
                if detached:
                    process.disown()
                    break
            tasks.cancel_scope.cancel()

    async def window() -> None:
        await console.follow(lambda rows, columns: fit(process, rows, columns))
        tasks.cancel_scope.cancel()

    with ungrouped():
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(keys)
            tasks.start_soon(window)
            async for chunk in process:
                await console.write(chunk.data)
            tasks.cancel_scope.cancel()
