"""One daemon as the api room sees it: negotiated version, requests, streams, upgrades.

This is the one border where what goes wrong below becomes an error of `pydock.errors`. The danger is the hot path:
every small call goes through `request`, so what is the same for all of them is made once.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from time import perf_counter
from typing import TYPE_CHECKING

from pydock.errors import DockerError, InvalidArgument, TLSFailure
from pydock.transport import ssh
from pydock.transport.answer import Answer
from pydock.transport.deadline import deadline, seconds
from pydock.transport.dial import Dialer
from pydock.transport.endpoint import Endpoint
from pydock.transport.http11 import Body, Connection
from pydock.transport.negotiation import Negotiation
from pydock.transport.pool import Pool
from pydock.transport.response import Response
from pydock.transport.version import OLDEST, Version

if TYPE_CHECKING:
    import httpx

    from pydock.transport.httpx_bridge import Bridge

__all__ = ["Answer", "Engine", "Response"]

_log = logging.getLogger("pydock")


class Engine:
    """One daemon.

    `api_version` pins the version to speak. `headers` go with every request. At most `max_connections` requests run
    at once; streams, uploads and upgrades are not counted. `transport` carries everything instead of our own
    connections: any httpx transport, for tests.
    """

    def __init__(
        self,
        endpoint: Callable[[], Endpoint],
        *,
        api_version: str | None = None,
        headers: Mapping[str, str] | None = None,
        max_connections: int = 100,
        connect_timeout: float = 30.0,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._find = endpoint
        self._given_headers = dict(headers or {})
        self._max_connections = _at_least_one(max_connections)
        self._connect_timeout = seconds(connect_timeout)
        self._endpoint: Endpoint | None = None
        self._pool: Pool | None = None
        self._bridge: Bridge | None = None
        self._base = ""
        self._prefix: str | None = None
        self._common = ""
        self._negotiation = Negotiation(self, self._connect_timeout, ping="/_ping", about="/version")
        self.version: Version | None = None
        if transport is not None:
            from pydock.transport.httpx_bridge import Bridge

            self._bridge = Bridge(transport)
        if api_version is not None:
            self._pin(api_version)

    @property
    def endpoint(self) -> Endpoint:
        """Where the daemon is; found at the first look."""
        if self._endpoint is None:
            self._endpoint = self._find()
        return self._endpoint

    @property
    def home(self) -> object | None:
        """The event loop that the connections belong to, None before the first one."""
        return None if self._pool is None else self._pool.home

    async def negotiate(self) -> Version:
        """Return the version to speak; the first call asks `HEAD /_ping`, one request however many wait for it.

        Unsupported when the daemon's newest API is older than 1.40.
        """
        if self.version is None:
            if self._bridge is None and self.endpoint.api_version is not None:
                self._pin(self.endpoint.api_version)
            else:
                self.version = await self._negotiation()
        assert self.version is not None  # noqa: S101 - _pin has set it
        return self.version

    async def request(
        self,
        method: str,
        target: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: bytes = b"",
        timeout: float | None = None,
        versioned: bool = True,
    ) -> Answer:
        """Send a request and read its whole (small) answer. Counts against `max_connections`.

        `timeout` bounds the whole call, in seconds: TimedOut. An error status is an answer like any other.
        """
        if timeout is None:
            return await self._request(method, target, headers, body, versioned)
        with deadline(timeout, f"{method} {_path(target)}"):
            return await self._request(method, target, headers, body, versioned)

    async def open(
        self,
        method: str,
        target: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: Body = b"",
        upgrade: bool = False,
        versioned: bool = True,
    ) -> Response:
        """Send a request and return when its headers have come. Outside of `max_connections`.

        The answer is watched while the body is sent: an early error is returned, not a broken pipe. A body that is
        iterated is sent chunked, unless `headers` announce its Content-Length.
        With `upgrade`, `Connection: Upgrade` and `Upgrade: tcp` are sent.
        """
        if upgrade:
            headers = {"Connection": "Upgrade", "Upgrade": "tcp", **(headers or {})}
        started = perf_counter()
        path = await self._full_path(target, versioned)
        if self._bridge is not None:
            response = await self._bridge.open(method, path, {**self._given_headers, **(headers or {})}, body)
        else:
            pool = self._pool or self._connect()
            length = _announced(headers)
            head = self._head(method, path, headers, body, length)
            response = await pool.open(
                head,
                body,
                repeatable=method in ("GET", "HEAD") and not upgrade,
                only_head=method == "HEAD",
                length=length,
                upgrade=upgrade,
                what=f"{method} {_path(target)}",
            )
        _note(method, path, response.status, started)
        return response

    async def aclose(self) -> None:
        """Close all connections. The engine may be used again; it connects anew then."""
        if self._pool is not None:
            self._pool.close()
            await ssh.bury()
        if self._bridge is not None:
            await self._bridge.aclose()

    # Sending

    async def _request(
        self, method: str, target: str, headers: Mapping[str, str] | None, body: bytes, versioned: bool
    ) -> Answer:
        started = perf_counter()
        path = await self._full_path(target, versioned)
        if self._bridge is not None:
            answer = await self._bridge.ask(method, path, {**self._given_headers, **(headers or {})}, body)
        else:
            pool = self._pool or self._connect()
            head = self._head(method, path, headers, body, None)
            only_head = method == "HEAD"
            answer = await pool.ask(head, body, repeatable=only_head or method == "GET", only_head=only_head)
            if answer.status == 400 and answer.body.startswith(_WANTS_TLS):
                raise self._wants_tls()
        _note(method, path, answer.status, started)
        return answer

    async def _full_path(self, target: str, versioned: bool) -> str:
        if not (target.startswith("/") and target.isascii() and target.isprintable()) or " " in target:
            raise InvalidArgument(f"{target!r} is no path of the API: it begins with / and is quoted as in a URL.")
        if self._pool is None and self._bridge is None:
            self._connect()
        if not versioned:
            return self._base + target
        if self._prefix is None:
            self._prefix = f"{self._base}/v{await self.negotiate()}"
        return self._prefix + target

    def _head(self, method: str, path: str, headers: Mapping[str, str] | None, body: Body, length: int | None) -> bytes:
        lines = [f"{method} {path} HTTP/1.1\r\n{self._common}"]
        for name, value in headers.items() if headers else ():
            lines.append(_header(name, value))
        if not isinstance(body, bytes):
            if length is None:
                lines.append("Transfer-Encoding: chunked\r\n")
        elif length is None and (body or method not in ("GET", "HEAD", "DELETE")):
            lines.append(f"Content-Length: {len(body)}\r\n")
        lines.append("\r\n")
        return "".join(lines).encode("latin-1")

    def _connect(self) -> Pool:
        """Get ready to connect, without connecting."""
        endpoint = self.endpoint
        dialer = Dialer(endpoint, self._connect_timeout)

        async def dial() -> Connection:
            return Connection(await dialer(), endpoint)

        limit = self._max_connections
        self._pool = Pool(dial, min(limit, ssh.MOST_PROCESSES) if endpoint.scheme == "ssh" else limit)
        self._base = endpoint.path.rstrip("/") if endpoint.scheme == "tcp" else ""
        common = {"Host": endpoint.authority, "User-Agent": _user_agent(), "Accept-Encoding": "identity"}
        given = {**endpoint.http_headers, **self._given_headers}
        taken = {name.lower() for name in given}
        common = {name: value for name, value in common.items() if name.lower() not in taken} | given
        self._common = "".join(_header(name, value) for name, value in common.items())
        return self._pool

    def _pin(self, api_version: str) -> None:
        pinned = Version.parse(api_version)
        if pinned < OLDEST:
            raise InvalidArgument(f"pydock speaks the Engine API from {OLDEST} on; it cannot be pinned to {pinned}.")
        self.version = pinned

    def _wants_tls(self) -> DockerError:
        endpoint = self.endpoint
        return TLSFailure(
            f"Cannot reach {endpoint.url}: the daemon wants TLS.",
            tried=endpoint.tried or (endpoint.url,),
            hint="Set DOCKER_TLS_VERIFY=1 and DOCKER_CERT_PATH, or give tls=TLS(ca=…, cert=…, key=…).",
        )


_WANTS_TLS = b"Client sent an HTTP request to an HTTPS server"


def _at_least_one(limit: object) -> int:
    if isinstance(limit, int) and not isinstance(limit, bool) and limit >= 1:
        return limit
    raise InvalidArgument(f"max_connections= is 1 or more, not {limit!r}.")


def _header(name: str, value: str) -> str:
    line = f"{name}: {value}"
    if not line.replace("\t", " ").isprintable() or not name or ":" in name or " " in name:
        raise InvalidArgument(f"The header {name!r} cannot be sent: names and values are printable and of one line.")
    try:
        line.encode("latin-1")
    except UnicodeEncodeError:
        raise InvalidArgument(f"The header {name!r} holds characters beyond Latin-1.") from None
    return f"{line}\r\n"


def _announced(headers: Mapping[str, str] | None) -> int | None:
    """Return the Content-Length among the headers."""
    for name, value in headers.items() if headers else ():
        if name.lower() == "content-length":
            if not value.isdecimal():
                raise InvalidArgument(f"Content-Length is a number of bytes, not {value!r}.")
            return int(value)
    return None


def _path(target: str) -> str:
    """Leave out the query: it may carry secrets, such as build arguments."""
    return target.partition("?")[0]


def _note(method: str, path: str, status: int, started: float) -> None:
    if _log.isEnabledFor(logging.DEBUG):
        _log.debug("%s %s %d in %.1f ms", method, _path(path), status, (perf_counter() - started) * 1e3)


def _user_agent() -> str:
    import pydock  # not importlib.metadata: with zipfile and email it takes a sixth of the time of `import pydock`

    return f"pydock/{pydock.__version__}"
