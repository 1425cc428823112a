"""Run a container to its end: created, attached, waited for, started, in this order, so that nothing is missed.

Danger: starting before attaching loses output, and starting before waiting loses the exit code of a container that
removes itself.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

import anyio

from pydock.display.mixin import Displayed
from pydock.errors import Conflict, ContainerFailed, DockerError
from pydock.models._base import parse
from pydock.models.container_parts import WaitResult
from pydock.models.processes import Conversation, Input, converse
from pydock.models.ungrouped import ungrouped
from pydock.transport.response import Response

if TYPE_CHECKING:
    from pydock.models.containers.ref import ContainerRef

__all__ = ["RunResult", "attached_run"]


@dataclass(frozen=True)
class RunResult(Displayed):
    """How a container ended, and what it printed."""

    __display__ = "run_result"

    container: ContainerRef
    """The container; gone when it was run with `remove=True`."""
    exit_code: int
    stdout: bytes
    stderr: bytes

    @property
    def text(self) -> str:
        """What it printed on stdout, as text."""
        return self.stdout.decode("utf-8", "replace")


async def attached_run(
    container: ContainerRef, *, tty: bool, given: Input | None, removes_itself: bool, check: bool
) -> RunResult:
    """Start a created container and stay with it. When that is cancelled or fails, it does not go on running."""
    try:
        result = await _run(container, tty=tty, given=given, removes_itself=removes_itself)
    except BaseException:
        with anyio.move_on_after(10, shield=True):
            await _abandon(container, remove=removes_itself)
        raise
    if check and result.exit_code != 0:
        raise ContainerFailed(
            f"Container {container.id[:12]}",
            exit_code=result.exit_code,
            stdout=result.stdout,
            stderr=result.stderr,
        )
    return result


async def _run(container: ContainerRef, *, tty: bool, given: Input | None, removes_itself: bool) -> RunResult:
    api = container.api
    attached = await api.containers.attach(
        container.id, stream=True, stdin=given is not None, stdout=True, stderr=True, tty=tty
    )
    async with Conversation(attached, tty=tty) as conversation:
        # "removed" for one that removes itself: only then its name is free again.
        condition = "removed" if removes_itself else "next-exit"
        answer = await api.containers.open_wait(container.id, condition=condition)
        try:
            await api.containers.start(container.id)
            (stdout, stderr), ended = await _to_the_end(conversation, given, answer)
        finally:
            with anyio.CancelScope(shield=True):
                await answer.aclose()
    return RunResult(container, ended.exit_code, stdout, stderr)


async def _to_the_end(
    conversation: Conversation, given: Input | None, answer: Response
) -> tuple[tuple[bytes, bytes], WaitResult]:
    """Read the output and how it ended, side by side: behind some proxies the output has no end of its own."""
    ended: list[WaitResult] = []

    async def wait() -> None:
        ended.append(parse(WaitResult, await answer.read()))
        conversation.ended()

    output = (b"", b"")
    with ungrouped():
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(wait)
            output = await converse(conversation, given)
    return output, ended[0]


async def _abandon(container: ContainerRef, *, remove: bool) -> None:
    # It is gone, or never started, or the daemon cannot be reached: the first error is the one to tell.
    with contextlib.suppress(DockerError):
        await container.api.containers.kill(container.id)  # podman's forced removal gives it 10 s to stop
    if remove:
        with contextlib.suppress(DockerError):
            await _remove(container)


async def _remove(container: ContainerRef) -> None:
    try:
        await container.api.containers.delete(container.id, force=True, v=True)
    except Conflict:  # it is removing itself
        await container.api.containers.wait(container.id, condition="removed")
