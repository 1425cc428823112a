"""From an endpoint to a connected byte stream, or to an error that says what to do.

The danger is the opaque failure: everything that can be wrong with an address ends here as a class and a hint.
"""

from __future__ import annotations

import errno
import os
import socket
import ssl
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import anyio

from pydock.errors import (
    ConnectionRefused,
    EndpointNotFound,
    PermissionDenied,
    SSHFailure,
    TimedOut,
    TLSFailure,
    Unreachable,
)
from pydock.transport import ssh
from pydock.transport.address import DEFAULT_ADDRESS
from pydock.transport.endpoint import Endpoint, known_sockets
from pydock.transport.sockets import SocketStream, Stream
from pydock.transport.tls_stream import TLSStream

__all__ = ["Dialer", "ssh_failure", "tls_failure"]


class Dialer:
    """Connects to one endpoint, again and again."""

    def __init__(self, endpoint: Endpoint, timeout: float) -> None:
        self.endpoint = endpoint
        self._timeout = timeout
        self._context: ssl.SSLContext | None = None

    async def __call__(self) -> Stream:
        """Return a new connection; raises a class of Unreachable."""
        endpoint = self.endpoint
        if endpoint.scheme == "ssh":
            return ssh.start(endpoint)
        with anyio.move_on_after(self._timeout):
            if endpoint.scheme == "unix":
                return await self._unix()
            if endpoint.scheme == "tcp":
                return await self._tcp()
            raise self._failed(EndpointNotFound, "pydock cannot use named pipes yet", hint=_NAMED_PIPE)
        raise self._failed(TimedOut, f"no connection within {self._timeout:g} s", hint=_TIMEOUT)

    async def _unix(self) -> Stream:
        sock = socket.socket(socket.AF_UNIX)
        try:
            sock.setblocking(False)
            pause = 0.001
            while True:
                try:
                    sock.connect(self.endpoint.path)
                except BlockingIOError:  # the queue of the listener is full, and nothing tells when it is not
                    await anyio.sleep(pause)
                    pause = min(pause * 2, 0.05)
                else:
                    return SocketStream(sock)
        except OSError as error:
            sock.close()
            raise self._translated(error) from None
        except BaseException:
            sock.close()
            raise

    async def _tcp(self) -> Stream:
        endpoint = self.endpoint
        try:
            found = await anyio.getaddrinfo(endpoint.host, endpoint.port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            words = str(getattr(error, "strerror", None) or error)
            raise self._failed(EndpointNotFound, f"the host {endpoint.host!r} has no address ({words})") from None
        stream = await self._first(found)
        if endpoint.tls is None:
            return stream
        try:
            return await self._tls(stream)
        except BaseException:
            stream.close()
            raise

    async def _first(self, found: Sequence[tuple[Any, ...]]) -> SocketStream:
        """Try every address of the host; each gets its share of the time that is left."""
        until = anyio.current_time() + self._timeout
        failure: OSError = TimeoutError(errno.ETIMEDOUT, "timed out")
        for index, (family, _, _, _, address) in enumerate(found):
            with anyio.move_on_after((until - anyio.current_time()) / (len(found) - index)):
                try:
                    return await _connect(family, address)
                except OSError as error:
                    failure = error
        raise self._translated(failure)

    async def _tls(self, raw: SocketStream) -> TLSStream:
        settings = self.endpoint.tls
        assert settings is not None  # noqa: S101 - for the type checker; _tcp has looked
        if self._context is None:
            self._context = settings.context()
        try:
            stream = TLSStream(raw, self._context, settings.server_hostname or self.endpoint.host)
        except ValueError as error:
            raise self._failed(TLSFailure, f"the host name cannot be verified ({error})") from None
        try:
            await stream.handshake()
        except ssl.SSLError as error:
            raise tls_failure(self.endpoint, error) from None
        except OSError:
            raise self._failed(TLSFailure, "the connection was closed during the TLS handshake", _PLAIN) from None
        return stream

    def _translated(self, error: OSError) -> Unreachable:
        endpoint, code = self.endpoint, error.errno
        words = (error.strerror or str(error) or "no answer").lower()
        if code in (errno.EACCES, errno.EPERM):
            return self._failed(PermissionDenied, "permission denied", _PERMISSION if endpoint.path else "")
        if endpoint.scheme == "unix":
            if code in (errno.ENOENT, errno.ENOTDIR):
                return self._failed(EndpointNotFound, "there is no such socket", _others(endpoint.path))
            if code == errno.ECONNREFUSED:
                return self._failed(ConnectionRefused, "no daemon listens there", _start(endpoint.path))
            return self._failed(EndpointNotFound, words, "The path of a unix socket has at most 107 bytes.")
        if code in (errno.ETIMEDOUT, errno.EHOSTUNREACH, errno.ENETUNREACH):
            kind = TimedOut if code == errno.ETIMEDOUT else EndpointNotFound
            return self._failed(kind, words, _TIMEOUT)
        return self._failed(ConnectionRefused, words, "Is the daemon up, and does it listen on this address (-H)?")

    def _failed(self, kind: type[Unreachable], what: str, hint: str = "") -> Unreachable:
        return _unreachable(kind, self.endpoint, what, hint)


def tls_failure(endpoint: Endpoint, error: ssl.SSLError) -> Unreachable:
    """Say what failed about TLS, and which side should be changed."""
    reason = error.reason or ""
    if isinstance(error, ssl.SSLCertVerificationError):
        what = f"the daemon's certificate is not accepted: {error.verify_message}"
        hint = "Check the CA (ca=, ca.pem in DOCKER_CERT_PATH) and the name that the certificate was made for."
    elif reason in {"WRONG_VERSION_NUMBER", "HTTP_REQUEST", "RECORD_LAYER_FAILURE"}:
        what, hint = "the daemon does not answer in TLS", _PLAIN
    elif "CERTIFICATE" in reason or reason == "SSLV3_ALERT_HANDSHAKE_FAILURE":
        what = f"the daemon does not accept our certificate ({reason.replace('_', ' ').lower()})"
        hint = "It wants a client certificate that its CA has signed: TLS(ca=…, cert=…, key=…) or DOCKER_CERT_PATH."
    else:
        what, hint = f"TLS failed ({(reason or str(error)).replace('_', ' ').lower()})", _PLAIN
    return _unreachable(TLSFailure, endpoint, what, hint)


def ssh_failure(endpoint: Endpoint, stderr: str) -> Unreachable:
    """Say what ssh said, and how to try it by hand."""
    words = stderr.lower()
    user = f"{endpoint.user}@" if endpoint.user else ""
    port = f"-p {endpoint.port} " if endpoint.port else ""
    hint = f"Try it by hand: ssh {port}{user}{endpoint.host} docker version"
    if "host key verification" in words:
        hint = f"Connect once by hand to accept the host's key: ssh {port}{user}{endpoint.host}"
    elif "permission denied" in words and "publickey" in words:
        hint = f"No key fits, and nobody can type a password here. Load one (ssh-add). {hint}"
    elif "not found" in words or "command not found" in words:
        hint = f"The far side needs the docker CLI (18.09 or newer) in its PATH. {hint}"
    return _unreachable(SSHFailure, endpoint, f"ssh failed: {stderr}", hint)


def _unreachable(kind: type[Unreachable], endpoint: Endpoint, what: str, hint: str) -> Unreachable:
    return kind(f"Cannot reach {endpoint.url}: {what}.", tried=endpoint.tried or (endpoint.url,), hint=hint)


async def _connect(family: int, address: Any) -> SocketStream:
    sock = socket.socket(family, socket.SOCK_STREAM)
    try:
        sock.setblocking(False)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        _keep_alive(sock)
        code = sock.connect_ex(address)
        if code in (errno.EINPROGRESS, errno.EWOULDBLOCK):
            await anyio.wait_writable(sock)
            code = sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
    except BaseException:
        sock.close()
        raise
    if code:
        sock.close()
        raise OSError(code, os.strerror(code))
    return SocketStream(sock)


def _keep_alive(sock: socket.socket) -> None:
    """Ask the kernel to keep silent connections alive: a NAT forgets them, and a long exec may say nothing."""
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, value in (("TCP_KEEPIDLE", 30), ("TCP_KEEPALIVE", 30), ("TCP_KEEPINTVL", 10), ("TCP_KEEPCNT", 6)):
        option = getattr(socket, name, None)  # Linux says KEEPIDLE, macOS KEEPALIVE
        if option is not None:
            sock.setsockopt(socket.IPPROTO_TCP, option, value)


def _others(path: str) -> str:
    candidates = [DEFAULT_ADDRESS.path, *(str(other) for _, other in known_sockets(os.environ))]
    others = [other for other in candidates if other != path and _is_socket(other)]
    if not others:
        return "Is Docker installed and started? `python -m pydock` shows where pydock looks."
    return f"These sockets exist: {', '.join(others)}. Choose one: DOCKER_HOST=unix://{others[0]}"


def _is_socket(path: str) -> bool:
    try:
        return Path(path).is_socket()
    except OSError:  # in a folder that we may not enter
        return False


def _start(path: str) -> str:
    rootless = "/run/user/" in path
    return f"Start the daemon: {'systemctl --user start docker' if rootless else 'sudo systemctl start docker'}"


_PERMISSION = (
    "Add yourself to the group that owns the socket (sudo usermod -aG docker $USER, then log in again), or use sudo."
)
_TIMEOUT = "Is the host up, and does a firewall let this port through?"
_PLAIN = "Does this port speak plain HTTP? Then leave TLS out: tcp://… without tls= and DOCKER_TLS_VERIFY."
_NAMED_PIPE = "Let the daemon listen on tcp://127.0.0.1:2375 or ssh, and name that as DOCKER_HOST."
