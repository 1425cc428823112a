"""Containers. The danger is order: who wants to miss nothing attaches and waits before the start."""

from __future__ import annotations

import base64
import functools
from collections.abc import Awaitable, Callable, Mapping

from pydock.api._base import JSON, TAR, Body, Group, checked
from pydock.api._encoding import Filters, Timestamp, encode_filters, encode_time
from pydock.api._encoding import since as since_version
from pydock.api.framing import Attached, decoder_of, tells_framing
from pydock.errors import ContainerNotFound, InvalidArgument, NameInUse, NotRunning, ProtocolError
from pydock.transport.engine import Response
from pydock.transport.frames import Decoder
from pydock.transport.streams import ByteStream, FrameStream, JSONStream
from pydock.transport.websocket import Handshake, WebSocket

__all__ = ["Containers"]


class Containers(Group):
    """The operations of the tag Container."""

    noun = "container"

    async def list(
        self,
        *,
        all: bool | None = None,
        limit: int | None = None,
        size: bool | None = None,
        filters: Filters | None = None,
    ) -> JSON:
        """GET /containers/json — the running ones; all with `all` or `limit`."""
        query = {"all": all, "limit": limit, "size": size, "filters": encode_filters(filters)}
        return await self.json("GET", "/containers/json", query=query)

    async def create(self, body: Mapping[str, object], *, name: str | None = None, platform: str | None = None) -> JSON:
        """POST /containers/create — 201 `{"Id", "Warnings"}`, 404 no such image here, 409 the name is taken.

        `body` is a ContainerConfig with `HostConfig` and `NetworkingConfig`; keys that the daemon does not
        know are ignored without a word. `platform` (API 1.41) is plain, as in `"linux/arm64"`.
        """
        query = {"name": name, "platform": since_version("1.41", platform)}
        return await self.json("POST", "/containers/create", query=query, body=body, conflict=NameInUse, noun="image")

    async def inspect(self, id: str, *, size: bool | None = None) -> JSON:
        """GET /containers/{id}/json — `size` makes the daemon walk the files"""
        return await self.json("GET", "/containers/{id}/json", id=id, query={"size": size})

    async def top(self, id: str, *, ps_args: str | None = None) -> JSON:
        """GET /containers/{id}/top — 500 when the daemon's host has no `ps`, which is what runs"""
        query = {"ps_args": ps_args}
        return await self.json("GET", "/containers/{id}/top", id=id, query=query, conflict=NotRunning)

    def logs(
        self,
        id: str,
        *,
        follow: bool | None = None,
        stdout: bool | None = None,
        stderr: bool | None = None,
        since: Timestamp | None = None,
        until: Timestamp | None = None,
        timestamps: bool | None = None,
        tail: int | str | None = None,
        details: bool | None = None,
        tty: bool | None = None,
    ) -> FrameStream:
        """GET /containers/{id}/logs — frames, joined where they come together; 501 when the log driver cannot be read.

        At least one of `stdout` and `stderr`. `tail`: lines, or `"all"`. `tty` spares the inspect that
        daemons below API 1.42 need to know their framing. No `Accept` is sent: from API 1.54 on some would
        turn frames into JSON.
        """
        if not (stdout or stderr):
            raise InvalidArgument("No output is asked for; write logs(…, stdout=True, stderr=True).")
        query = {
            "follow": follow,
            "stdout": stdout,
            "stderr": stderr,
            "since": encode_time(since),
            "until": encode_time(until),
            "timestamps": timestamps,
            "tail": tail,
            "details": details,
        }
        opener = self.opener("GET", "/containers/{id}/logs", id=id, query=query)
        return FrameStream(functools.partial(self._framed, id, opener, tty, hijacked=False))

    async def changes(self, id: str) -> JSON:
        """GET /containers/{id}/changes — `null` when nothing changed"""
        return await self.json("GET", "/containers/{id}/changes", id=id)

    def export(self, id: str) -> ByteStream:
        """GET /containers/{id}/export — the file system as a tar, without its volumes"""
        return self.stream("GET", "/containers/{id}/export", id=id)

    async def stats(self, id: str, *, one_shot: bool | None = None) -> JSON:
        """GET /containers/{id}/stats — one sample, after 1 to 2 s; zeros when it does not run.

        `one_shot` (API 1.41) answers at once, with an empty `precpu_stats`. Removed while it was measured, a
        container has an empty 200: ContainerNotFound.
        """
        query = {"stream": False, "one-shot": since_version("1.41", one_shot)}
        # Not one of the pool's requests: a hundred of these would hold up all others for two seconds.
        response = await self.open("GET", "/containers/{id}/stats", id=id, query=query)
        if not (body := await response.read()):
            raise _gone(id, "GET", "/containers/{id}/stats")
        return checked(body, "GET /containers/{id}/stats")

    def follow_stats(self, id: str) -> JSONStream:
        """GET /containers/{id}/stats — a sample each second, until it is removed.

        Zeros while it does not run. The first sample's `precpu_stats` is empty.
        """
        return self.json_stream("GET", "/containers/{id}/stats", id=id, query={"stream": True})

    async def resize(self, id: str, *, h: int, w: int) -> None:
        """POST /containers/{id}/resize — in characters; 409 when it does not run"""
        query = {"h": h, "w": w}
        await self.unit("POST", "/containers/{id}/resize", id=id, query=query, conflict=NotRunning)

    async def start(self, id: str, *, detach_keys: str | None = None) -> bool:
        """POST /containers/{id}/start — 204 started, 304 ran already.

        400: the program is not there or may not be executed. 404: the container, or a network of its own.
        409: it is paused.
        """
        # No body: from API 1.24 on a body is 400.
        return await self.changed("POST", "/containers/{id}/start", id=id, query={"detachKeys": detach_keys})

    async def stop(self, id: str, *, t: int | None = None, signal: str | None = None) -> bool:
        """POST /containers/{id}/stop — 204 stopped, 304 was stopped.

        `t`: seconds before it is killed (10 unless the container says otherwise; -1 never). `signal` from API
        1.42.
        """
        query = {"t": t, "signal": since_version("1.42", signal)}
        return await self.changed("POST", "/containers/{id}/stop", id=id, query=query)

    async def restart(self, id: str, *, t: int | None = None, signal: str | None = None) -> None:
        """POST /containers/{id}/restart — 204, also one that was stopped; `t`, `signal` as in `stop`"""
        query = {"t": t, "signal": since_version("1.42", signal)}
        await self.unit("POST", "/containers/{id}/restart", id=id, query=query)

    async def kill(self, id: str, *, signal: str | None = None) -> None:
        """POST /containers/{id}/kill — 204 the signal (SIGKILL) was sent, 409 it does not run"""
        query = {"signal": signal}
        await self.unit("POST", "/containers/{id}/kill", id=id, query=query, conflict=NotRunning)

    async def update(self, id: str, body: Mapping[str, object]) -> JSON:
        """POST /containers/{id}/update — `{"Warnings": null}`; `body` is Resources with `RestartPolicy`"""
        return await self.json("POST", "/containers/{id}/update", id=id, body=body)

    async def rename(self, id: str, *, name: str) -> None:
        """POST /containers/{id}/rename — 204, 409 the name is taken, 400 it is its name already"""
        await self.unit("POST", "/containers/{id}/rename", id=id, query={"name": name}, conflict=NameInUse)

    async def pause(self, id: str) -> None:
        """POST /containers/{id}/pause — 204, 409 when it does not run or is paused already"""
        await self.unit("POST", "/containers/{id}/pause", id=id, conflict=NotRunning)

    async def unpause(self, id: str) -> None:
        """POST /containers/{id}/unpause — 204, 500 when it is not paused"""
        await self.unit("POST", "/containers/{id}/unpause", id=id)

    async def attach(
        self,
        id: str,
        *,
        detach_keys: str | None = None,
        logs: bool | None = None,
        stream: bool | None = None,
        stdin: bool | None = None,
        stdout: bool | None = None,
        stderr: bool | None = None,
        tty: bool | None = None,
    ) -> Attached:
        r"""POST /containers/{id}/attach — 101 (or 200) and the connection.

        Attach before the start to miss nothing. `logs` replays what was written, `stream` is what follows.
        Nothing selected is an end at once. Half-closing tells the process that its input is over; with a
        terminal it would end the attach instead: send `\x04`.
        """
        query = {
            "detachKeys": detach_keys,
            "logs": logs,
            "stream": stream,
            "stdin": stdin,
            "stdout": stdout,
            "stderr": stderr,
        }
        opener = functools.partial(self.upgrade, "POST", "/containers/{id}/attach", id=id, query=query)
        response, decoder = await self._framed(id, opener, tty, hijacked=True)
        return Attached(response.duplex(), decoder)

    async def attach_websocket(
        self,
        id: str,
        *,
        detach_keys: str | None = None,
        logs: bool | None = None,
        stream: bool | None = None,
        stdin: bool | None = None,
        stdout: bool | None = None,
        stderr: bool | None = None,
    ) -> WebSocket:
        """GET /containers/{id}/attach/ws — 101 and a WebSocket.

        stdout and stderr come mixed, never in frames. `stdin`, `stdout` and `stderr` from API 1.42; older
        daemons attach all three.
        """
        query = {
            "detachKeys": detach_keys,
            "logs": logs,
            "stream": stream,
            "stdin": since_version("1.42", stdin),
            "stdout": since_version("1.42", stdout),
            "stderr": since_version("1.42", stderr),
        }
        handshake = Handshake()
        response = await self.upgrade(
            "GET", "/containers/{id}/attach/ws", id=id, query=query, headers=handshake.headers
        )
        return await handshake.open(response)

    async def wait(self, id: str, *, condition: str | None = None) -> JSON:
        """POST /containers/{id}/wait — `{"StatusCode": 0}` when the condition has come.

        `condition`: `not-running` (the default; at once for one that is created only), `next-exit`,
        `removed`. An unknown one blocks for ever on 20.10. The name of an auto-removed container is free
        after `removed` only.
        """
        response = await self.open_wait(id, condition=condition)
        return checked(await response.read(), "POST /containers/{id}/wait")

    async def open_wait(self, id: str, *, condition: str | None = None) -> Response:
        """POST /containers/{id}/wait — the answer as soon as the daemon waits.

        Its body comes with the condition. Start the container after this has returned and no exit is missed:

            answer = await api.containers.open_wait(id, condition="next-exit")
            await api.containers.start(id)
            JSON(await answer.read()).load()["StatusCode"]
        """
        return await self.open("POST", "/containers/{id}/wait", id=id, query={"condition": condition})

    async def delete(
        self, id: str, *, v: bool | None = None, force: bool | None = None, link: bool | None = None
    ) -> None:
        """DELETE /containers/{id} — 204, 409 it runs (`force` kills it) or is being removed.

        `v`: its anonymous volumes go, too. `link`: only the legacy link of that name goes.
        """
        await self.unit("DELETE", "/containers/{id}", id=id, query={"v": v, "force": force, "link": link})

    def archive(self, id: str, *, path: str) -> ByteStream:
        """GET /containers/{id}/archive — a tar of a path.

        Its root is the path's last part (`./` for `dir/.`). A link is not followed unless the path ends in
        `/`. A 404 is about the container or the path: NotFound.
        """
        return self.stream("GET", "/containers/{id}/archive", id=id, query={"path": path}, noun="")

    async def archive_info(self, id: str, *, path: str) -> JSON:
        """HEAD /containers/{id}/archive — `{"name", "size", "mode", "mtime", "linkTarget"}`

        `mode` is Go's os.FileMode (a directory is 1<<31), not st_mode. A 404 has no words: container or path,
        NotFound.
        """
        headers = await self.head("HEAD", "/containers/{id}/archive", id=id, query={"path": path}, noun="")
        try:
            text = base64.b64decode(headers.get("x-docker-container-path-stat", ""), validate=True)
        except ValueError as error:
            raise ProtocolError(f"The header X-Docker-Container-Path-Stat is no base64: {error}.") from error
        return checked(text, "HEAD /containers/{id}/archive")

    async def put_archive(
        self,
        id: str,
        content: Body,
        *,
        path: str,
        no_overwrite_dir_non_dir: bool | None = None,
        copy_uid_gid: bool | None = None,
    ) -> None:
        """PUT /containers/{id}/archive — 200 the tar was unpacked into the directory `path`.

        Plain, gzip and bzip2 always work. A 404 is about the container or the path: NotFound. A file where a
        directory should be is 400, on engines up to 26 500.
        """
        query = {"path": path, "noOverwriteDirNonDir": no_overwrite_dir_non_dir, "copyUIDGID": copy_uid_gid}
        response = await self.open(
            "PUT", "/containers/{id}/archive", id=id, query=query, content=content, headers=TAR, noun=""
        )
        await response.read()

    async def prune(self, *, filters: Filters | None = None) -> JSON:
        """POST /containers/prune — `{"ContainersDeleted": null, "SpaceReclaimed": 0}`; the stopped ones"""
        return await self.json("POST", "/containers/prune", query={"filters": encode_filters(filters)})

    # Framing

    async def _framed(
        self, id: str, opener: Callable[[], Awaitable[Response]], tty: bool | None, *, hijacked: bool
    ) -> tuple[Response, Decoder]:
        """Open an output and find its framing; ask for the terminal first where the answer cannot tell."""
        version = await self.negotiated()
        if tty is None and not tells_framing(version):
            tty = await self._has_terminal(id)
        response = await opener()
        ask = functools.partial(self._has_terminal, id)
        return response, await decoder_of(response, version, ask if tty is None else tty, hijacked=hijacked)

    async def _has_terminal(self, id: str) -> bool:
        match (await self.inspect(id)).load():
            case {"Config": {"Tty": True}}:
                return True
            case _:
                return False


def _gone(id: str, method: str, path: str) -> ContainerNotFound:
    return ContainerNotFound(f"Container {id} was removed meanwhile.", status=404, method=method, path=path)
