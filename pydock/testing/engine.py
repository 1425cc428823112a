"""A throwaway real dockerd: started, asked, restarted, killed, and removed with all that it had.

The danger is every way out but the happy one: cancelled while it starts, a daemon that dies at once, a test
run that is killed. Each must end the processes and remove the directory. It talks HTTP by hand, one request a
connection, so that it can test the real transport.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

import anyio
import anyio.abc

from pydock.errors import DockerError, EndpointNotFound, InvalidArgument, PermissionDenied, Unreachable
from pydock.testing.busybox import busybox_tar
from pydock.testing.certificates import Certificates
from pydock.testing.sandbox import Sandbox, end, first_process

__all__ = ["PrivateEngine", "answering", "import_image", "private_engine"]

INSTALL = "apt-get install -y --no-install-recommends docker.io iptables iproute2 busybox-static"


def private_engine(
    *,
    busybox: bool = True,
    tcp: bool = False,
    tls: bool = False,
    settings: Mapping[str, object] | None = None,
    timeout: float = 60,
) -> PrivateEngine:
    """Start this machine's dockerd for a while: own data, own socket, own network; nothing is left behind.

    ```python
    async with private_engine() as engine, pydock.Docker(engine.url) as docker:
        await docker.containers.run("busybox", ["echo", "hi"])
    ```

    `busybox` makes the image `busybox:latest` (users root and 1000, no command) of this machine's binary.
    `tcp` listens on a free port of 127.0.0.1, too; `tls` does so and demands client certificates
    (`engine.environment` is what a client needs). `settings` are keys of daemon.json. `timeout`, in seconds,
    bounds the start.

    Use it with `async with` (asyncio or trio) or, where no loop runs, with `with`. It belongs to no loop.
    The network is the engine's own: it pulls from no hub, and published ports are on the inside
    (`nsenter -n -t <engine.pid>`). Needs root and Debian's docker.io.

    Raises EndpointNotFound without dockerd, PermissionDenied without root, Unreachable when the start fails.
    """
    if tcp and tls:
        raise InvalidArgument("One port is plain or TLS. Write private_engine(tls=True) or private_engine(tcp=True).")
    return PrivateEngine(busybox=busybox, tcp=tcp or tls, tls=tls, settings=settings, timeout=timeout)


class PrivateEngine:
    """A dockerd of one's own. Made by `private_engine()`."""

    version: str
    """The engine's version, as `"20.10.24"`."""
    api: str
    """The newest API version it speaks, as `"1.41"`."""
    certificates: Certificates | None
    """With `tls=True`: the folders with the client's and the server's certificates."""

    def __init__(
        self, *, busybox: bool, tcp: bool, tls: bool, settings: Mapping[str, object] | None, timeout: float
    ) -> None:
        self._busybox, self._tcp, self._tls, self._timeout = busybox, tcp, tls, timeout
        self._settings = dict(settings or {})
        self._sandbox: Sandbox | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._port = 0
        self.version = self.api = ""
        self.certificates = None

    @property
    def socket(self) -> str:
        """The path of its unix socket."""
        return str(self._box.socket)

    @property
    def url(self) -> str:
        """What `pydock.Docker` takes: the port's URL with `tcp` or `tls`, else the socket's."""
        return f"tcp://127.0.0.1:{self._port}" if self._tcp else f"unix://{self.socket}"

    @property
    def environment(self) -> dict[str, str]:
        """What any docker client needs: DOCKER_HOST; with `tls` DOCKER_TLS_VERIFY and DOCKER_CERT_PATH."""
        found = {"DOCKER_HOST": self.url}
        if self.certificates is not None:
            found |= {"DOCKER_TLS_VERIFY": "1", "DOCKER_CERT_PATH": str(self.certificates.client)}
        return found

    @property
    def log(self) -> Path:
        """The file of the daemon's log. It goes with the engine."""
        return self._box.log

    def log_tail(self, lines: int = 15) -> str:
        """Return the end of the daemon's log."""
        return self._box.log_tail(lines)

    @property
    def pid(self) -> int | None:
        """A process in the engine's namespaces, for `nsenter -t PID`; None when it does not run."""
        return None if self._process is None else first_process(self._process.pid)

    async def __aenter__(self) -> Self:
        _require_root_and_dockerd()
        self._sandbox = Sandbox(Path(tempfile.mkdtemp(prefix="pydock-", dir="/var/tmp")))
        try:
            if self._tls:
                self.certificates = await Certificates.make(self._sandbox.directory / "certificates")
                self._settings |= self.certificates.settings()
            await self._start()
            if self._busybox:
                await import_image(self._sandbox.socket, "busybox", busybox_tar())
        except BaseException:
            await self.aclose()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    def __enter__(self) -> Self:
        return anyio.run(self.__aenter__)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        anyio.run(self.aclose)

    async def restart(self) -> None:
        """Stop the daemon as a service manager does and start it on the same data and the same port."""
        process = self._process
        if process is not None and process.stdin is not None:
            process.stdin.write(b"stop\n")
            process.stdin.flush()
            with anyio.move_on_after(20):
                await _ended(process)
        await self.kill()
        await self._start()

    async def kill(self) -> None:
        """Kill the daemon and its containers at once, as a power cut does. `restart()` brings it back."""
        process, self._process = self._process, None
        if process is None:
            return
        if process.poll() is None:  # not reaped, so the pid is still its own
            end(process.pid)
            with anyio.CancelScope(shield=True):
                await _ended(process)
        if process.stdin is not None:
            process.stdin.close()

    async def aclose(self) -> None:
        """End it and remove all that it had. Does nothing the second time."""
        await self.kill()
        sandbox, self._sandbox = self._sandbox, None
        if sandbox is not None:
            sandbox.sweep()

    @property
    def _box(self) -> Sandbox:
        if self._sandbox is None:
            raise DockerError("The private engine does not run. Write: async with private_engine() as engine: …")
        return self._sandbox

    async def _start(self) -> None:
        command = self._box.dockerd(self._settings, hosts=["fd://"] if self._tcp else [])
        if self._tcp:
            # The daemon's own 127.0.0.1 is another one, so it is handed a listening socket of ours.
            listener = await anyio.create_tcp_listener(local_host="127.0.0.1", local_port=self._port)
            async with listener:
                outside = listener.listeners[0].extra(anyio.abc.SocketAttribute.raw_socket)  # noqa: S610 - no SQL
                self._port = outside.getsockname()[1]
                self._process = self._box.launch(command, leash=subprocess.PIPE, listening=outside.fileno())
        else:
            self._process = self._box.launch(command, leash=subprocess.PIPE)
        process = self._process
        told = await answering(self._box, lambda: process.poll() is None, self._timeout)
        self.version, self.api = told["Version"], told["ApiVersion"]


def _require_root_and_dockerd() -> None:
    for command in ("dockerd", "unshare", "iptables"):
        if shutil.which(command) is None:
            raise EndpointNotFound(
                f"There is no {command} on PATH, so no private engine can be started.",
                hint=f"Install it (as root, Debian or Ubuntu): {INSTALL}",
            )
    if os.geteuid() != 0:
        raise PermissionDenied(
            "A private engine needs root: it makes namespaces and mounts.",
            hint=f"Run it with sudo (it needs: {INSTALL}), or set DOCKER_HOST to a daemon that runs.",
        )


async def _ended(process: subprocess.Popen[bytes]) -> None:
    watch = os.pidfd_open(process.pid)
    try:
        await anyio.wait_readable(watch)
    finally:
        os.close(watch)
    process.wait()


async def answering(sandbox: Sandbox, lives: Callable[[], bool], timeout: float) -> dict[str, str]:
    """Wait until the daemon answers, return what `/version` tells. Unreachable, with the log, if it ends."""
    with anyio.move_on_after(timeout):
        while lives():
            try:
                status, answer = await _ask(sandbox.socket, "GET", "/version")
                if status == 200:
                    return {key: value for key, value in json.loads(answer).items() if isinstance(value, str)}
            except (OSError, anyio.BrokenResourceError, ValueError):
                pass  # no socket yet, or a daemon that is not ready
            await anyio.sleep(0.05)
    what = f"did not answer within {timeout:g} s" if lives() else "ended while it started"
    raise Unreachable(f"The private engine {what}. Its log ends:\n{sandbox.log_tail()}")


async def import_image(socket: Path, name: str, tar: bytes) -> None:
    """Make the image `name:latest` of a root file system."""
    status, answer = await _ask(socket, "POST", f"/images/create?fromSrc=-&repo={name}&tag=latest", tar)
    if status != 200 or b'"error"' in answer:
        raise DockerError(f"The engine did not import {name}: {status} {answer.decode(errors='replace')}")


async def _ask(socket: Path, method: str, target: str, body: bytes = b"") -> tuple[int, bytes]:
    received = bytearray()
    async with await anyio.connect_unix(socket) as stream:
        await stream.send(f"{method} {target} HTTP/1.0\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body)
        async for chunk in stream:
            received += chunk
    head, _, answer = bytes(received).partition(b"\r\n\r\n")
    return int((head.split() or [b"", b""])[1]), answer
