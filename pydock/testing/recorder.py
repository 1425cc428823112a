"""An engine that records what it is asked and answers from a script: for tests without a daemon."""

from __future__ import annotations

from collections.abc import AsyncIterable, Mapping
from typing import NamedTuple, cast
from urllib.parse import parse_qs, urlsplit

from pydock.transport.engine import Answer, Engine
from pydock.transport.version import Version

__all__ = ["Recorder", "Request"]


class Request(NamedTuple):
    """A request as it would have gone to the daemon."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes | AsyncIterable[bytes]
    upgrade: bool
    versioned: bool

    @property
    def path(self) -> str:
        """The path as sent, quoted."""
        return urlsplit(self.target).path

    @property
    def query(self) -> dict[str, list[str]]:
        """The query, decoded."""
        return parse_qs(urlsplit(self.target).query, keep_blank_values=True)


class Recorder:
    """Records requests; answers them from `answers`, one after the other, and the last one for ever.

    `version=None` is an engine that was not asked for its version yet; it says `speaks` when it is.
    """

    def __init__(self, *answers: Answer, version: str | None = "1.55", speaks: str = "1.55") -> None:
        self.version = None if version is None else Version.parse(version)
        self.requests: list[Request] = []
        self.negotiations: int = 0
        self.responses: list[RecordedResponse] = []
        self._speaks = Version.parse(speaks)
        self._answers = list(answers) or [Answer(200, {}, b"{}")]

    @property
    def engine(self) -> Engine:
        """Itself, as what a group wants."""
        return cast("Engine", self)

    @property
    def last(self) -> Request:
        """The newest request."""
        return self.requests[-1]

    async def negotiate(self) -> Version:
        """Say the version."""
        self.negotiations += 1
        self.version = self._speaks
        return self.version

    async def request(
        self,
        method: str,
        target: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: bytes = b"",
        versioned: bool = True,
    ) -> Answer:
        """Record and answer."""
        self.requests.append(Request(method, target, dict(headers or {}), body, upgrade=False, versioned=versioned))
        return self._answer()

    async def open(
        self,
        method: str,
        target: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: bytes | AsyncIterable[bytes] = b"",
        upgrade: bool = False,
        versioned: bool = True,
    ) -> RecordedResponse:
        """Record and answer with what is still to be read."""
        self.requests.append(Request(method, target, dict(headers or {}), body, upgrade, versioned))
        self.responses.append(RecordedResponse(self._answer()))
        return self.responses[-1]

    def _answer(self) -> Answer:
        return self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]


class RecordedResponse:
    """A scripted answer that is read piece by piece."""

    def __init__(self, answer: Answer) -> None:
        self.status: int = answer.status
        self.headers: Mapping[str, str] = answer.headers
        self.closed: bool = False
        self._body = answer.body

    def __aiter__(self) -> RecordedResponse:
        return self

    async def __anext__(self) -> bytes:
        if piece := await self.piece():
            return piece
        raise StopAsyncIteration

    async def piece(self) -> bytes:
        """Return the body, then `b""`."""
        body, self._body = self._body, b""
        return body

    async def read(self, limit: int | None = None) -> bytes:
        """Return the whole body, at most `limit` bytes."""
        self.closed = True
        return (await self.piece())[:limit]

    def duplex(self) -> RecordedResponse:
        """Hand over the connection, which ends at once."""
        return self

    async def recv(self, max_bytes: int = 65536) -> bytes:
        """Return the body, then the end."""
        return (await self.piece())[:max_bytes]

    async def aclose(self) -> None:
        """Note that it was closed."""
        self.closed = True
