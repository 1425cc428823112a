"""The life of a container: started, stopped, paused, renamed, removed, and what it did to its files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Literal, Self, Unpack

from pydock.errors import ContainerNotFound, InvalidArgument
from pydock.models._base import Listing, Ref, parse, parse_listing
from pydock.models.container_parts import ContainerChange, TopResult, WaitResult
from pydock.models.options import UpdateOptions, render_update
from pydock.transport.deadline import deadline
from pydock.transport.streams import ByteStream
from pydock.transport.version import NEWEST

if TYPE_CHECKING:
    from pydock.models.images import Image

__all__ = ["Lifecycle", "WaitCondition"]

WaitCondition = Literal["not-running", "next-exit", "removed"]
Timeout = float | timedelta | None


class Lifecycle(Ref):
    """Verbs that change what a container does. Each returns the object itself, up to date where it has state."""

    noun = "container"

    async def _settled(self) -> Self:
        """Read the state again after a change; a ref has none."""
        return self

    def _what(self, verb: str) -> str:
        return f"{verb} container {self.id[:12]}"

    async def start(self, *, detach_keys: str | None = None, timeout: Timeout = None) -> Self:
        """Start it; nothing happens when it runs already.

        `detach_keys` are those of later attachments, as in `"ctrl-p,ctrl-q"`. Raises `BadRequest` when its program
        does not exist. Whether it ran already is told by `docker.api.containers.start(id)`.

            await container.start()
        """
        with deadline(timeout, self._what("Starting")):
            await self.api.containers.start(self.id, detach_keys=detach_keys)
        return await self._settled()

    async def stop(self, *, grace: float | None = None, signal: str | None = None, timeout: Timeout = None) -> Self:
        """Ask it to end, and kill it when `grace` seconds have passed. Nothing happens when it does not run.

        `grace`: whole seconds; None is the container's own stop timeout (10 s), -1 waits for ever. `signal` (API 1.42)
        instead of the container's stop signal. `timeout` bounds the whole call and has nothing to do with `grace`.

            await container.stop(grace=3)
        """
        with deadline(timeout, self._what("Stopping")):
            await self.api.containers.stop(self.id, t=_seconds(grace), signal=signal)
        return await self._settled()

    async def restart(self, *, grace: float | None = None, signal: str | None = None, timeout: Timeout = None) -> Self:
        """Stop it (see `stop`) and start it again; a stopped one is started."""
        with deadline(timeout, self._what("Restarting")):
            await self.api.containers.restart(self.id, t=_seconds(grace), signal=signal)
        return await self._settled()

    async def kill(self, signal: str | int = "SIGKILL", *, timeout: Timeout = None) -> Self:
        """Send a signal to its first process: `"SIGHUP"`, `"HUP"` or a number. `NotRunning` when there is none.

        await container.kill("SIGHUP")
        """
        with deadline(timeout, self._what("Killing")):
            await self.api.containers.kill(self.id, signal=str(signal))
        return await self._settled()

    async def pause(self) -> Self:
        """Freeze all its processes; `Conflict` when it is frozen already or does not run."""
        await self.api.containers.pause(self.id)
        return await self._settled()

    async def unpause(self) -> Self:
        """Thaw it."""
        await self.api.containers.unpause(self.id)
        return await self._settled()

    async def rename(self, name: str) -> Self:
        """Give it another name; `NameInUse` when another container has it."""
        if not name.strip("/"):
            raise InvalidArgument("A container's name is not empty: await container.rename('web').")
        await self.api.containers.rename(self.id, name=name.removeprefix("/"))
        return await self._settled()

    async def update(self, **options: Unpack[UpdateOptions]) -> Self:
        """Change its limits or restart policy while it is there: `await container.update(memory="1g", cpus=2)`.

        What is not named stays. Raises `InvalidArgument` before any request, `Unsupported`.
        """
        render_update(options, version=NEWEST)
        version = self.api.engine.version or await self.api.engine.negotiate()
        await self.api.containers.update(self.id, render_update(options, version=version))
        return await self._settled()

    async def remove(
        self, *, force: bool = False, volumes: bool = False, link: bool = False, timeout: Timeout = None
    ) -> Self:
        """Remove it. `force` kills it first; `volumes` removes its anonymous volumes; `link` only the named link.

        Raises `Conflict` when it runs and `force` is not given.

            await container.remove(force=True, volumes=True)
        """
        with deadline(timeout, self._what("Removing")):
            await self.api.containers.delete(self.id, force=force or None, v=volumes or None, link=link or None)
        return await self._settled()

    async def wait(self, condition: WaitCondition = "not-running", *, timeout: Timeout = None) -> WaitResult:
        """Wait until it ends and return how: `(await container.wait()).exit_code`.

        `condition`: `"not-running"` (at once when it does not run), `"next-exit"`, `"removed"`.
        Raises `TimedOut` after `timeout` seconds; the container is left alone then.
        """
        with deadline(timeout, self._what("Waiting for")):
            return parse(WaitResult, await self.api.containers.wait(self.id, condition=condition))

    async def exists(self) -> bool:
        """Return whether the daemon still knows it."""
        try:
            await self.api.containers.inspect(self.id)
        except ContainerNotFound:
            return False
        return True

    async def top(self, ps_args: str | None = None) -> TopResult:
        """List its processes as `ps` on the daemon's host tells them; `ps_args` as in `"aux"` choose the columns."""
        return parse(TopResult, await self.api.containers.top(self.id, ps_args=ps_args))

    async def changes(self) -> Listing[ContainerChange]:
        """List the files that it added, changed or deleted in its image."""
        body = await self.api.containers.changes(self.id)
        return parse_listing(ContainerChange, body, None, "changes")

    def export(self) -> ByteStream:
        """Return its whole file system as a tar stream: `async for piece in container.export()`. No volumes."""
        return self.api.containers.export(self.id)

    async def resize(self, *, rows: int, columns: int) -> None:
        """Tell its terminal how large the window is, in characters."""
        await self.api.containers.resize(self.id, h=rows, w=columns)

    async def commit(
        self,
        repository: str | None = None,
        tag: str | None = None,
        *,
        message: str | None = None,
        author: str | None = None,
        changes: Sequence[str] = (),
        pause: bool = True,
        config: Mapping[str, object] | None = None,
    ) -> Image:
        """Make an image of its files and return it.

        `changes` are Dockerfile instructions: `["CMD echo hi"]`. `config` is a raw ContainerConfig that is merged.

            image = await container.commit("mine", "1.2", message="as it was on Friday")
        """
        from pydock.models.image_data import CommitResult  # a list or a run needs no images
        from pydock.models.images import ImageRef

        body = await self.api.images.commit(
            container=self.id,
            repo=repository,
            tag=tag,
            comment=message,
            author=author,
            changes=list(changes) or None,
            pause=pause,
            body=config,
        )
        return await ImageRef(self.api, parse(CommitResult, body).id).inspect()


def _seconds(grace: float | None) -> int | None:
    if grace is None:
        return None
    if grace != int(grace):
        raise InvalidArgument(f"grace= is whole seconds, not {grace!r}: stop(grace=3).")
    return int(grace)
