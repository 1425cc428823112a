"""A real terminal in a cell: a shell in the container, drawn by xterm.js.

Danger: keys arrive in whatever thread the page's messages do, and output comes faster than any page can draw. Both
go through queues that keep every byte and its place (`Outbox`). The shell lives as long as somebody looks.
"""

from __future__ import annotations

import asyncio
import functools
import importlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import anyio
from anyio.abc import TaskGroup

from pydock.display.markup import Html, tag
from pydock.errors import InvalidArgument, MissingExtra, StreamError
from pydock.models.containers.shell import NO_DETACH_KEYS, SHELL, fit
from pydock.models.options import Command, Environment, environment
from pydock.widgets import pieces
from pydock.widgets.outbox import PIECE, Outbox
from pydock.widgets.pieces import Widget
from pydock.widgets.view import View
from pydock.widgets.visibility import Timing

if TYPE_CHECKING:
    from pydock.models.containers import ContainerRef, ExecProcess

__all__ = ["Terminal"]

_BUNDLE = Path(__file__).parent / "static" / "terminal.js"
_GRACE = 30.0
"""Seconds without a view until the shell is ended: a page may be loaded again."""
_GREETING = 3.0
"""Seconds until a program is started that no page has told its size."""
_SILENCE = 5.0
"""Seconds without an acknowledgement until something is taken for lost."""


class Terminal(View):
    """A shell, or another program, at a terminal in a cell.

    It starts when it is shown, follows the size of the cell, and is ended half a minute after nobody looks any more.
    Ctrl+Shift+C copies, Ctrl+Shift+Space gives the keyboard back to the notebook.
    """

    def __init__(
        self,
        container: ContainerRef,
        command: Command | None = None,
        *,
        env: Environment = (),
        user: str | None = None,
        workdir: str | None = None,
        rows: int = 24,
        cols: int = 80,
        screen_reader: bool = False,
        timing: Timing | None = None,
    ) -> None:
        if rows < 1 or cols < 1:
            raise InvalidArgument(f"A terminal of {rows} rows and {cols} columns: terminal(rows=24, cols=80).")
        super().__init__(timing=timing or Timing(grace=_GRACE))
        name: str = getattr(container, "name", "") or container.id[:12]
        self.title: str = f"Terminal of {name}"
        self.exit_code: int | None = None
        """How the program ended; None before."""
        self._container = container
        self._command = command or SHELL
        self._env = ["TERM=xterm-256color", *environment(env)]
        self._user = user
        self._workdir = workdir
        self._size = (rows, cols)
        self._front = _front_end()(rows=rows, cols=cols, label=self.title, screen_reader=screen_reader)
        self._front.on_msg(self._hear)
        self._outbox = Outbox(lambda content, data: self._front.send(content, [data]))
        self._painter = self.renderer(self._outbox.flush, hz=60)
        self._greeted = asyncio.Event()
        self._typed = bytearray()
        self._has_typed = asyncio.Event()
        self._resized = asyncio.Event()

    def build(self) -> Sequence[Widget]:
        """Show the terminal alone; the head says the rest."""
        return [self._front]

    def restart(self) -> None:
        """End the program and start it again. From any thread."""
        self._at_home().soon(self._again)

    async def live(self, tasks: TaskGroup) -> None:
        """Run the program until its end."""
        self._outbox.begin()
        self.exit_code = None
        with anyio.move_on_after(_GREETING):
            await self._greeted.wait()
        async with self._container.open_exec(
            self._command,
            stdin=True,
            tty=True,
            env=self._env,
            user=self._user,
            workdir=self._workdir,
            detach_keys=NO_DETACH_KEYS,
        ) as process:
            self.connected()
            tasks.start_soon(self._follow_keys, process)
            tasks.start_soon(self._follow_size, process)
            tasks.start_soon(self._repair)
            async for chunk in process:
                await self._outbox.room()
                self._print(chunk.data)
        self._typed.clear()
        self.exit_code = process.exit_code
        self._print(f"\r\n[ended with exit code {self.exit_code}]\r\n".encode())
        self.end(f"exit code {self.exit_code}")

    def snapshot(self) -> tuple[Html, str]:
        """Say what it is; what was on the screen is not kept in the notebook."""
        ending = "" if self.exit_code is None else f", ended with exit code {self.exit_code}"
        return tag("p", self.title, ending), self.title + ending

    def _controls(self) -> Sequence[Widget]:
        button = pieces.button("Restart", tooltip=f"Restart: {self.title}")
        self.on(button, self._again)
        return [button]

    def _again(self) -> None:
        self._typed.clear()
        self.pause()
        self.resume()
        self._front.send({"type": "focus"})

    def _print(self, data: bytes) -> None:
        self._outbox.put(data)
        self._painter.mark()

    # What the page says

    def _hear(self, _: object, content: Mapping[str, Any], buffers: Sequence[Any]) -> None:
        """Take a message, in any thread."""
        data = b"".join(bytes(one) for one in buffers)
        self._at_home().soon(lambda: self._heed(content, data))

    def _heed(self, content: Mapping[str, Any], data: bytes) -> None:
        match content:
            case {"type": "keys"}:
                self._typed += data
                self._has_typed.set()
            case {"type": "ack", "run": int(run), "offset": int(offset)}:
                self._outbox.acknowledge(run, offset)
            case {"type": "again", "run": self._outbox.run, "from": int(offset), "id": str(view)}:
                self._outbox.again(offset, view)
            case {"type": "size" | "hello" as kind, "rows": int(rows), "cols": int(cols), "id": str(view)}:
                self._size = (max(rows, 1), max(cols, 1))
                self._resized.set()
                if kind == "hello":
                    self._outbox.replay(view)
                    self._greeted.set()
            case _:
                pass

    # What runs beside the program

    async def _follow_keys(self, process: ExecProcess) -> None:
        try:
            while True:
                await self._has_typed.wait()
                self._has_typed.clear()
                typed = bytes(self._typed)
                self._typed.clear()
                await process.stdin.send(typed)
        except StreamError:
            pass  # it takes nothing more: its output is about to end

    async def _follow_size(self, process: ExecProcess) -> None:
        while True:
            self._resized.clear()
            rows, cols = self._size
            await fit(process, rows, cols)
            await self._resized.wait()

    async def _repair(self) -> None:
        """Send again what the server may have dropped, when nothing comes after it that would show the gap."""
        while True:
            before = self._outbox.acknowledged
            await anyio.sleep(_SILENCE)
            if before == self._outbox.acknowledged < self._outbox.end:
                self._outbox.again(before, most=PIECE)


@functools.cache
def _front_end() -> Any:
    """Make the widget class; anywidget is there only with the extra."""
    try:
        anywidget, traitlets = importlib.import_module("anywidget"), importlib.import_module("traitlets")
    except ImportError:
        raise MissingExtra("A terminal in a cell needs anywidget: pip install 'pydock-engine[term]'") from None
    widget: Any = anywidget.AnyWidget

    class TerminalFrontEnd(widget):  # type: ignore[misc]
        _esm = _BUNDLE
        rows = traitlets.Int(24).tag(sync=True)
        cols = traitlets.Int(80).tag(sync=True)
        label = traitlets.Unicode("Terminal").tag(sync=True)
        screen_reader = traitlets.Bool(False).tag(sync=True)

    return TerminalFrontEnd
