"""Wait until a container is ready: healthy, said something, listens. Each fails at once when it dies instead.

Danger: readiness that is waited for in a dead container never comes, so each wait runs beside a wait for the end.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Self, TypeVar

import anyio
from anyio.abc import TaskGroup

from pydock.errors import DockerError, InvalidArgument, WaitFailed
from pydock.models._base import parse
from pydock.models.container_data import ContainerData
from pydock.models.container_parts import HealthStatus, WaitResult
from pydock.models.containers.commands import Commands
from pydock.models.containers.output import Output
from pydock.models.event_data import Event
from pydock.models.logs import LogLine
from pydock.models.ungrouped import ungrouped
from pydock.transport.deadline import deadline

__all__ = ["Waiting"]

T = TypeVar("T")
Timeout = float | timedelta | None
_LISTENING = "0A"


class Waiting(Output, Commands):
    """Verbs that wait for a container to be ready."""

    async def _settled(self) -> Self:
        return self

    async def wait_healthy(self, *, timeout: Timeout = 60) -> Self:
        """Wait until its health check says healthy. It is told by events; nothing is asked again and again.

        Raises `WaitFailed` at once when it becomes unhealthy, dies or has no health check, `TimedOut` after `timeout`.

            web = await docker.containers.run_detached("nginx", healthcheck=Healthcheck("wget -q -O- localhost"))
            await web.wait_healthy(timeout=30)
        """
        with deadline(timeout, f"Waiting for {self.id[:12]} to be healthy"):
            await self._while_alive("be healthy", self._healthy)
        return await self._settled()

    async def wait_for_log(
        self, pattern: str | re.Pattern[str], *, stream: str | None = None, timeout: Timeout = 60
    ) -> LogLine:
        """Wait until a line of its log matches a regular expression, and return the line; old lines count.

        `stream`: only `"stdout"` or `"stderr"`. Raises `WaitFailed` when the log ends without it, `TimedOut`.

            line = await database.wait_for_log("ready to accept connections", timeout=30)
        """
        wanted = re.compile(pattern)

        async def said() -> LogLine:
            async with self.follow_logs() as lines:
                async for line in lines:
                    if stream in (None, line.stream) and wanted.search(line.text):
                        return line
            await anyio.sleep_forever()  # the log has ended; the end of the container tells the rest
            raise AssertionError

        with deadline(timeout, f"Waiting for {wanted.pattern!r} in the log of {self.id[:12]}"):
            return await self._while_alive(f"say {wanted.pattern!r}", said)

    async def wait_for_port(self, port: int, *, timeout: Timeout = 60) -> Self:
        """Wait until something listens on a TCP port inside of it.

        It looks at `/proc/net/tcp` in the container, so it needs `cat` there; no published port is needed.

            await database.wait_for_port(5432)
        """
        if not 0 < port < 65536:
            raise InvalidArgument(f"{port} is no port: wait_for_port(80).")
        suffix = f":{port:04X}"

        async def listening() -> None:
            pause = 0.05
            while True:
                table = await self.exec(["cat", "/proc/net/tcp", "/proc/net/tcp6"])
                rows = [line.split() for line in table.text.splitlines()]
                if any(len(row) > 3 and row[1].endswith(suffix) and row[3] == _LISTENING for row in rows):
                    return
                await anyio.sleep(pause)  # the kernel has no event for it
                pause = min(pause * 1.5, 1.0)

        with deadline(timeout, f"Waiting for port {port} of {self.id[:12]}"):
            await self._while_alive(f"listen on port {port}", listening)
        return await self._settled()

    async def _healthy(self) -> None:
        filters = {"type": ["container"], "container": [self.id], "event": ["health_status"]}
        async with self.api.system.events(filters=filters) as events:
            await events.open()  # before the first look, so that nothing happens in between
            if await self._is_healthy():
                return
            async for event in events:
                if parse(Event, event).action.startswith("health_status") and await self._is_healthy():
                    return

    async def _is_healthy(self) -> bool:
        state = parse(ContainerData, await self.api.containers.inspect(self.id)).state
        if state.health is None or state.health.status in ("", HealthStatus.NONE):
            raise WaitFailed(f"Container {self.id[:12]} has no health check; give it one: healthcheck=Healthcheck(…).")
        if state.health.status == HealthStatus.UNHEALTHY:
            last = state.health.log[-1].output if state.health.log else ""
            raise WaitFailed(f"Container {self.id[:12]} became unhealthy.", log_tail=last)
        return state.health.status == HealthStatus.HEALTHY

    async def _while_alive(self, what: str, wanted: Callable[[], Awaitable[T]]) -> T:
        """Return what `wanted` returns, unless the container ends before."""
        results: list[T] = []
        ended: list[WaitResult] = []
        failed: list[DockerError] = []

        async def watch(tasks: TaskGroup) -> None:
            try:
                ended.append(parse(WaitResult, await self.api.containers.wait(self.id)))
            except DockerError as error:  # it was removed, or the daemon is gone
                failed.append(error)
            tasks.cancel_scope.cancel()

        async def attempt(tasks: TaskGroup) -> None:
            try:
                results.append(await wanted())
            except DockerError as error:
                failed.append(error)
            else:
                tasks.cancel_scope.cancel()

        with ungrouped():
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(watch, tasks)
                await attempt(tasks)
                if failed and not isinstance(failed[0], WaitFailed):
                    with anyio.move_on_after(2):  # a command that fails because the container has just died
                        await anyio.sleep_forever()
                tasks.cancel_scope.cancel()
        if results:
            return results[0]
        if ended and not (failed and isinstance(failed[0], WaitFailed)):
            raise await self._died(what, ended[0])
        raise failed[0]

    async def _died(self, what: str, end: WaitResult) -> WaitFailed:
        try:
            tail = await self.log_tail()
        except DockerError:
            tail = ""
        message = f"Container {self.id[:12]} ended with {end.exit_code} before it could {what}."
        return WaitFailed(message, exit_code=end.exit_code, log_tail=tail)
