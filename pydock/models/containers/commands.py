"""Commands that run in a running container beside its own program.

Danger: the daemon does not end a command when nobody listens any more. A command that is cancelled or timed out here is
killed inside the container, found by a mark in its environment; that needs `sh` and `grep` in the image.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import timedelta
from types import TracebackType
from typing import Any, Self

import anyio

from pydock.api import API
from pydock.display.mixin import Displayed
from pydock.errors import Conflict, Detached, DockerError, ExecFailed, NotFound
from pydock.models._base import Ref, parse
from pydock.models.exec_data import ExecData
from pydock.models.logs import Chunk
from pydock.models.options import Command, Environment, command_words, environment
from pydock.models.processes import Conversation, Input, Stdin, converse
from pydock.transport.deadline import deadline

__all__ = ["Commands", "DetachedExec", "ExecProcess", "ExecResult"]

_MARK = "PYDOCK_EXEC"
_KILL = (
    'for p in /proc/[0-9]*; do if grep -qs "$1" "$p/environ"; then '
    'n=${p#/proc/}; [ "$n" = "$$" ] || kill -9 "$n"; fi; done 2>/dev/null; true'
)


@dataclass(frozen=True)
class ExecResult(Displayed):
    """How a command ended, and what it printed."""

    __display__ = "exec_result"

    command: tuple[str, ...]
    exit_code: int
    """126 or 127 when it could not be started; the reason is in the output."""
    stdout: bytes
    stderr: bytes

    @property
    def text(self) -> str:
        """What it printed on stdout, as text."""
        return self.stdout.decode("utf-8", "replace")


@dataclass(frozen=True)
class _Plan:
    """A command before it is created."""

    container: str
    words: tuple[str, ...]
    env: tuple[str, ...]
    user: str | None
    workdir: str | None
    tty: bool
    privileged: bool
    stdin: bool
    detach_keys: str | None = None

    def body(self, mark: str, *, attached: bool) -> dict[str, Any]:
        body: dict[str, Any] = {
            "Cmd": list(self.words),
            "Env": [*self.env, f"{_MARK}={mark}"],
            "AttachStdin": self.stdin,
            "AttachStdout": attached,
            "AttachStderr": attached,
            "Tty": self.tty,
            "Privileged": self.privileged,
        }
        if self.user is not None:
            body["User"] = self.user
        if self.workdir is not None:
            body["WorkingDir"] = self.workdir
        if self.detach_keys is not None:
            body["DetachKeys"] = self.detach_keys
        return body


class DetachedExec(Ref):
    """A command that was started without listening to it."""

    noun = "exec"

    async def inspect(self) -> ExecData:
        """Return what the daemon knows about it."""
        return parse(ExecData, await self.api.exec.inspect(self.id), self.api)

    async def wait(self, *, timeout: float | timedelta | None = None) -> int:
        """Wait for its end and return the exit code. The daemon has no word for it: it is asked again and again."""
        with deadline(timeout, f"Waiting for the command {self.id[:12]}"):
            return await _exit_code(self.api, self.id)

    async def resize(self, *, rows: int, columns: int) -> None:
        """Tell its terminal how large the window is, in characters."""
        await self.api.exec.resize(self.id, h=rows, w=columns)


class ExecProcess:
    """A live command: `async with container.open_exec([...], stdin=True) as process`.

    Iterate it for `Chunk`s; `await process.wait()` gives the exit code. Leaving the block kills what still runs.
    """

    def __init__(self, api: API, plan: _Plan) -> None:
        self._api = api
        self._plan = plan
        self._mark = secrets.token_hex(12)
        self._conversation: Conversation | None = None
        self._disowned = False
        self.command: tuple[str, ...] = plan.words
        self.id: str = ""
        self.exit_code: int | None = None
        """None until it has ended and its output was read."""

    async def __aenter__(self) -> Self:
        created = await self._api.exec.create(self._plan.container, self._plan.body(self._mark, attached=True))
        self.id = str(created.load()["Id"])
        try:
            attached = await self._api.exec.start(self.id, tty=self._plan.tty)
        except BaseException:  # the daemon may have started it before its answer was lost or given up
            with anyio.move_on_after(10, shield=True):
                await self._end()
            raise
        self._conversation = Conversation(attached, tty=self._plan.tty, has_ended=self._has_ended)
        return self

    @property
    def conversation(self) -> Conversation:
        """The connection to it; there is none outside of `async with`."""
        if self._conversation is None:
            raise Detached("The command has not been started: async with container.open_exec([…]) as process: …")
        return self._conversation

    @property
    def stdin(self) -> Stdin:
        """Its input; only with `stdin=True`."""
        return self.conversation.stdin

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Chunk:
        try:
            return await anext(self.conversation)
        except StopAsyncIteration:
            await self.wait()
            raise

    async def read(self) -> tuple[bytes, bytes]:
        """Return all that it prints until its end, as (stdout, stderr)."""
        output = await self.conversation.read()
        await self.wait()
        return output

    async def wait(self) -> int:
        """Return the exit code, after its output has ended."""
        if self.exit_code is None:
            self.exit_code = await _exit_code(self._api, self.id)
        return self.exit_code

    async def resize(self, *, rows: int, columns: int) -> None:
        """Tell its terminal how large the window is, in characters."""
        await self._api.exec.resize(self.id, h=rows, w=columns)

    def disown(self) -> None:
        """Let it go on when the block is left."""
        self._disowned = True

    async def kill(self) -> None:
        """Kill it and all that it started. Needs `sh` and `grep` in the container; without them it goes on."""
        plan = self._plan
        killer = _Plan(
            plan.container, ("sh", "-c", _KILL, "sh", self._mark), (), plan.user, "/", False, plan.privileged, False
        )
        created = await self._api.exec.create(plan.container, killer.body("kill", attached=False))
        exec_id = str(created.load()["Id"])
        await self._api.exec.start_detached(exec_id)
        await _exit_code(self._api, exec_id)

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with anyio.move_on_after(10, shield=True):
            await self.conversation.aclose()
            if self.exit_code is None and not self._disowned:
                await self._end()

    async def _has_ended(self) -> bool:
        try:
            return not (await self._api.exec.inspect(self.id)).load()["Running"]
        except (NotFound, Conflict):  # its container has ended or is removed
            return True
        except DockerError:  # a moment's trouble; the connection to the command is still there
            return False

    async def _end(self) -> None:
        try:
            if (await self._api.exec.inspect(self.id)).load()["Running"]:
                await self.kill()
        except DockerError:
            return  # the container, or the daemon, is gone and the process with it


class Commands(Ref):
    """Verbs that run commands in a container."""

    noun = "container"

    async def exec(
        self,
        command: Command,
        *,
        input: Input | None = None,
        env: Environment = (),
        user: str | None = None,
        workdir: str | None = None,
        tty: bool = False,
        privileged: bool = False,
        shell: bool = False,
        check: bool = False,
        timeout: float | timedelta | None = None,
    ) -> ExecResult:
        r"""Run a command to its end and return its exit code and output.

        `input` is written to its stdin, which is then closed: no command waits for ever for more. `command` as text is
        split into words; one that needs a shell says `shell=True`. With `check` another exit code than 0 raises
        `ExecFailed`. When the call is cancelled or takes longer than `timeout`, the command is killed; see
        `ExecProcess.kill`.

            result = await container.exec(["wc", "-c"], input=b"x" * 5_000_000)
            result.stdout          # b"5000000\\n"
        """
        process = self.open_exec(
            command,
            stdin=input is not None,
            env=env,
            user=user,
            workdir=workdir,
            tty=tty,
            privileged=privileged,
            shell=shell,
        )
        words = process.command
        with deadline(timeout, f"The command {' '.join(words)!r} in {self.id[:12]}"):
            async with process:
                stdout, stderr = await converse(process.conversation, input)
                code = await process.wait()
        if check and code != 0:
            raise ExecFailed(f"{' '.join(words)!r}", exit_code=code, stdout=stdout, stderr=stderr)
        return ExecResult(words, code, stdout, stderr)

    def open_exec(
        self,
        command: Command,
        *,
        stdin: bool = False,
        env: Environment = (),
        user: str | None = None,
        workdir: str | None = None,
        tty: bool = False,
        privileged: bool = False,
        shell: bool = False,
        detach_keys: str | None = None,
    ) -> ExecProcess:
        r"""Start a command and talk with it while it runs.

        With a terminal the daemon watches for `detach_keys` ("ctrl-p,ctrl-q" unless told otherwise) and ends the
        connection at them; it holds back the first of them until it has seen the next.

        async with container.open_exec(["sh"], stdin=True) as sh:
            await sh.stdin.send(b"date\\n")
            await sh.stdin.aclose()              # its output keeps flowing
            async for chunk in sh:
                print(chunk.stream, chunk.data)
        sh.exit_code
        """
        words = tuple(command_words(command, shell=shell))
        plan = _Plan(self.id, words, tuple(environment(env)), user, workdir, tty, privileged, stdin, detach_keys)
        return ExecProcess(self.api, plan)

    async def exec_detached(
        self,
        command: Command,
        *,
        env: Environment = (),
        user: str | None = None,
        workdir: str | None = None,
        tty: bool = False,
        privileged: bool = False,
        shell: bool = False,
    ) -> DetachedExec:
        """Start a command and let it run; nobody sees its output. Returns an object with `inspect()` and `wait()`."""
        words = tuple(command_words(command, shell=shell))
        plan = _Plan(self.id, words, tuple(environment(env)), user, workdir, tty, privileged, False)
        created = await self.api.exec.create(self.id, plan.body(secrets.token_hex(12), attached=False))
        ref = DetachedExec(self.api, str(created.load()["Id"]))
        await self.api.exec.start_detached(ref.id, tty=tty)
        return ref


async def _exit_code(api: API, exec_id: str) -> int:
    """Ask until it has an exit code: the output may end a moment before the daemon has noted the end."""
    pause = 0.005
    while True:
        state = (await api.exec.inspect(exec_id)).load()
        if not state["Running"] and state["ExitCode"] is not None:
            return int(state["ExitCode"])
        await anyio.sleep(pause)
        pause = min(pause * 1.5, 1.0)
