"""What a container prints: its log, read or followed, and the live attachment."""

from __future__ import annotations

from datetime import datetime, timedelta

from pydock.api.framing import Attached
from pydock.models._base import Ref
from pydock.models.logs import LogLine, Logs, LogStream, collect_logs
from pydock.models.processes import Conversation
from pydock.models.units import unix_time
from pydock.transport.deadline import deadline
from pydock.transport.frames import RawDecoder
from pydock.transport.streams import FrameStream
from pydock.transport.version import Version

__all__ = ["Output"]

_CHOOSES_STREAMS = Version(1, 42)

Moment = datetime | timedelta | float | str
"""A point in time: a datetime, seconds since 1970, RFC 3339 text, or how long ago (`timedelta`, `"10m"`)."""


class Output(Ref):
    """Verbs that read what a container prints."""

    noun = "container"

    async def logs(
        self,
        *,
        stdout: bool = True,
        stderr: bool = True,
        tail: int | None = None,
        since: Moment | None = None,
        until: Moment | None = None,
        timestamps: bool = True,
        timeout: float | timedelta | None = None,
    ) -> Logs:
        """Return what it has printed so far; never follows.

        `tail`: only so many of the last lines. `since`, `until`: a datetime, RFC 3339 text, or how long ago ("10m").
        `timestamps=False` is faster and leaves `line.timestamp` None. Raises `ServerError` (501) when its log driver
        cannot be read.

            print(str(await container.logs(tail=5)))
        """
        stream = self._log_frames(stdout, stderr, tail, since, until, timestamps=timestamps, follow=False)
        with deadline(timeout, f"Reading the log of {self.id[:12]}"):
            return await collect_logs(stream, timestamps=timestamps)

    def follow_logs(
        self,
        *,
        stdout: bool = True,
        stderr: bool = True,
        tail: int | None = None,
        since: Moment | None = None,
        until: Moment | None = None,
        timestamps: bool = True,
        resume: bool = False,
    ) -> LogStream:
        """Follow its log line by line, until it ends or is removed.

        A cut connection raises `StreamInterrupted`; `resume=True` goes on where it was, without doubled lines.

            async with container.follow_logs(tail=10) as lines:
                async for line in lines:
                    print(line.stream, line.timestamp, line.text)
        """

        def open_from(last: datetime | None) -> FrameStream:
            start, count = (last, None) if last else (since, tail)
            return self._log_frames(stdout, stderr, count, start, until, timestamps=timestamps or resume, follow=True)

        return LogStream(open_from, timestamps=timestamps or resume, resume=resume)

    def _log_frames(
        self,
        stdout: bool,
        stderr: bool,
        tail: int | None,
        since: Moment | None,
        until: Moment | None,
        *,
        timestamps: bool,
        follow: bool,
    ) -> FrameStream:
        return self.api.containers.logs(
            self.id,
            stdout=stdout,
            stderr=stderr,
            tail=tail,
            since=None if since is None else unix_time(since),
            until=None if until is None else unix_time(until),
            timestamps=timestamps,
            follow=follow,
        )

    async def attach(
        self,
        *,
        stdin: bool = False,
        stdout: bool = True,
        stderr: bool = True,
        logs: bool = False,
        detach_keys: str | None = None,
        tty: bool | None = None,
    ) -> Conversation:
        r"""Connect to its first process; what it prints from now on is yours, with `logs` also what it printed before.

        Attach before `start()` and nothing is missed. `detach_keys` (`"ctrl-p,ctrl-q"`) typed into a terminal end the
        attachment, not the process. `tty` spares a question when you know whether it has a terminal.

            async with await container.attach(stdin=True) as process:
                await process.stdin.send(b"hello\\n")
                await process.stdin.aclose()
                async for chunk in process:
                    print(chunk.stream, chunk.data)
        """
        has_terminal = await self._has_terminal() if tty is None else tty
        attached = await self.api.containers.attach(
            self.id,
            stream=True,
            stdin=stdin,
            stdout=stdout,
            stderr=stderr,
            logs=logs or None,
            detach_keys=detach_keys,
            tty=has_terminal,
        )
        return Conversation(attached, tty=has_terminal)

    async def attach_websocket(
        self,
        *,
        stdin: bool = False,
        stdout: bool = True,
        stderr: bool = True,
        logs: bool = False,
        detach_keys: str | None = None,
        tty: bool | None = None,
    ) -> Conversation:
        """Connect to its first process through a WebSocket, for proxies that let nothing else pass; else see `attach`.

        stdout and stderr come mixed, all as `stdout`. Which of the three are connected is chosen from API 1.42 on;
        older engines always connect all.

            async with await container.attach_websocket() as process:
                async for chunk in process:
                    print(chunk.data)
        """
        has_terminal = await self._has_terminal() if tty is None else tty
        version = await self.api.containers.negotiated()
        chosen = {"stdin": stdin, "stdout": stdout, "stderr": stderr} if version >= _CHOOSES_STREAMS else {}
        socket = await self.api.containers.attach_websocket(
            self.id, stream=True, logs=logs or None, detach_keys=detach_keys, **chosen
        )
        return Conversation(Attached(socket, RawDecoder()), tty=has_terminal)

    async def _has_terminal(self) -> bool:
        return bool((await self.api.containers.inspect(self.id)).load()["Config"]["Tty"])

    async def log_tail(self, lines: int = 20) -> str:
        """Return the last lines as text; empty when the log cannot be read."""
        return "\n".join(_shown(line) for line in await self.logs(tail=lines))


def _shown(line: LogLine) -> str:
    return f"! {line.text}" if line.stream == "stderr" else line.text
