"""A byte stream through `ssh … docker system dial-stdio`: a child whose stdin and stdout are one socket.

The danger is the child: it must neither outlive us, nor become a zombie, nor hold up the loop when it ends.
"""

from __future__ import annotations

import atexit
import os
import shlex
import signal
import socket
import subprocess
from contextlib import suppress
from typing import IO

import anyio

from pydock.errors import SSHFailure
from pydock.transport.endpoint import Endpoint, ssh_argv
from pydock.transport.sockets import SocketStream

__all__ = ["MOST_PROCESSES", "SSHStream", "bury", "start"]

MOST_PROCESSES = 8
"""So many requests at once: sshd refuses some of more than 10 connections that log in at the same time."""
_GRACE = 3.0
_dying: list[subprocess.Popen[bytes]] = []
"""Children that were told to end and have not been seen dead."""


class SSHStream(SocketStream):
    """Our end of the child's stdin and stdout."""

    __slots__ = ("_command", "_owner", "_process", "_stderr")

    def __init__(self, sock: socket.socket, process: subprocess.Popen[bytes], stderr: IO[bytes], command: str) -> None:
        super().__init__(sock)
        self._process = process
        self._stderr = stderr
        self._command = command
        self._owner = os.getpid()

    async def recv(self, limit: int = 65536) -> bytes:
        """Return what has come; the end counts as one only when ssh itself ended well."""
        data = await super().recv(limit)
        if not data:
            for _ in range(20):  # the socket closes a moment before the exit code can be had
                if self._process.poll() is not None:
                    break
                await anyio.sleep(0.005)
            if self._process.poll():
                raise ConnectionResetError(self.failure())
        return data

    def failure(self) -> str:
        """Return why the connection failed: what ssh wrote, or that it said nothing."""
        try:
            self._stderr.seek(0)
            text = self._stderr.read(8192).decode("utf-8", "replace").strip()
        except (OSError, ValueError):
            text = ""
        code = self._process.poll()
        return text or ("ssh closed the connection" if code is None else f"ssh ended with exit code {code}")

    def close(self) -> None:
        """Close our end, tell the child to end, and leave it to `bury` or to the next call to see it dead."""
        super().close()
        if self._stderr.closed:
            return
        self._stderr.close()
        if self._owner != os.getpid():
            self._process.returncode = 0  # a forked copy: the child is the parent's, not ours
            return
        _tell_to_end(self._process, signal.SIGTERM)
        _dying.append(self._process)
        _reap()


def start(endpoint: Endpoint) -> SSHStream:
    """Start ssh. It connects while the first request is under way, so what fails is seen there."""
    argv = ssh_argv(endpoint)
    _reap()
    ours, theirs = socket.socketpair()
    import tempfile  # with shutil and its compressors it is too heavy for those who never come here

    stderr = tempfile.TemporaryFile()  # noqa: SIM115 - the stream closes it; a pipe would have to be drained
    try:
        # a session of its own: Ctrl-C in our terminal is for us, and a ProxyCommand ends together with ssh
        process = subprocess.Popen(
            argv, stdin=theirs.fileno(), stdout=theirs.fileno(), stderr=stderr, start_new_session=True
        )
    except OSError as error:
        ours.close()
        stderr.close()
        raise SSHFailure(
            f"Cannot start {argv[0]}: {error.strerror}.",
            tried=endpoint.tried or (endpoint.url,),
            hint="Install the OpenSSH client; on Debian: apt-get install openssh-client",
        ) from None
    finally:
        theirs.close()
    return SSHStream(ours, process, stderr, shlex.join(argv))


async def bury() -> None:
    """Wait until the children that were told to end are gone; kill those that do not go in time."""
    if not _dying:
        return
    pause = 0.002
    with anyio.CancelScope(shield=True):
        for last_word in (signal.SIGTERM, signal.SIGKILL):
            for process in _dying:
                _tell_to_end(process, last_word)
            until = anyio.current_time() + _GRACE
            while _reap() and anyio.current_time() < until:
                await anyio.sleep(pause)  # nothing portable tells when a child ends
                pause = min(pause * 2, 0.05)


def _reap() -> bool:
    """Collect the exit codes of those that have ended; return whether some have not."""
    _dying[:] = [process for process in _dying if process.poll() is None]
    return bool(_dying)


def _tell_to_end(process: subprocess.Popen[bytes], with_signal: signal.Signals) -> None:
    if process.poll() is None:
        with suppress(OSError):
            os.killpg(process.pid, with_signal)


@atexit.register
def _at_exit() -> None:
    for process in _dying:
        _tell_to_end(process, signal.SIGKILL)
        process.wait()
