"""Commands in running containers.

The danger is `tty`: what `start` says decides the framing of the output, what `create` said decides the
process; they must be the same. A command that cannot be started is no error of `start`: its text comes as
output and its exit code (126 or 127) from `inspect`.
"""

from __future__ import annotations

from collections.abc import Mapping

from pydock.api._base import JSON, Group
from pydock.api._encoding import since
from pydock.api.framing import Attached, decoder_of
from pydock.errors import NotRunning

__all__ = ["Exec"]


class Exec(Group):
    """The operations of the tag Exec."""

    noun = "exec"

    async def create(self, id: str, body: Mapping[str, object]) -> JSON:
        """POST /containers/{id}/exec — 201 `{"Id"}`, 409 when the container is paused or does not run."""
        return await self.json("POST", "/containers/{id}/exec", id=id, body=body, conflict=NotRunning, noun="container")

    async def start(self, id: str, *, tty: bool = False, console_size: tuple[int, int] | None = None) -> Attached:
        """POST /exec/{id}/start — 101 (or 200) and the connection to the process.

        What was started before is no error here either: its output says so. `tty` must be as in `create`.
        `console_size` is (height, width), from API 1.42, with a terminal only.
        """
        body: dict[str, object] = {"Detach": False, "Tty": tty}
        if console_size is not None:
            body["ConsoleSize"] = since("1.42", list(console_size))
        response = await self.upgrade("POST", "/exec/{id}/start", id=id, body=body)
        decoder = await decoder_of(response, await self.negotiated(), tty, hijacked=True)
        return Attached(response.duplex(), decoder)

    async def start_detached(self, id: str, *, tty: bool = False) -> None:
        """POST /exec/{id}/start — 200 when it runs, 409 it was started before; nobody will see its output."""
        await self.unit("POST", "/exec/{id}/start", id=id, body={"Detach": True, "Tty": tty})

    async def resize(self, id: str, *, h: int, w: int) -> None:
        """POST /exec/{id}/resize — in characters; 404 or 500 before the process runs"""
        await self.unit("POST", "/exec/{id}/resize", id=id, query={"h": h, "w": w})

    async def inspect(self, id: str) -> JSON:
        """GET /exec/{id}/json — `ExitCode` is null until it has run; 404 once the container is gone"""
        return await self.json("GET", "/exec/{id}/json", id=id)
