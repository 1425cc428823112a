"""How an operation of the Engine API becomes a request, and which kind of answer it has.

The helper's name says how the answer is framed: `json`, `unit`, `changed`, `head`, `open`, `stream`,
`json_stream`, `upgrade`. The danger is a misread answer: errors are classed here, by the status and by what
was asked (the group knows its noun), never by searching the daemon's words.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterable, Awaitable, Callable, Mapping
from typing import Any, ClassVar, NamedTuple, cast

from pydock.api._encoding import Since, encode_body, encode_target, gated
from pydock.errors import APIError, Forbidden, ProtocolError, api_error
from pydock.transport.engine import Answer, Engine, Response
from pydock.transport.streams import ByteStream, JSONStream
from pydock.transport.version import Version

__all__ = ["JSON", "TAR", "Body", "Group"]

Body = bytes | AsyncIterable[bytes]
"""What is uploaded: bytes, or pieces as they come (sent in chunks, never gathered)."""

TAR = {"Content-Type": "application/x-tar"}

_ERROR_BODY_LIMIT = 1 << 20
# Podman (5.8) answers these with 500; its `cause` is a constant of its source, unlike the message.
_PODMAN_CONFLICTS = frozenset(
    {"container state improper", "network is being used", "that name is already in use", "volume is being used"}
)
_JSON_STARTS = frozenset(b'{["-0123456789ntf')


class JSON(bytes):
    """The bytes of a JSON answer. Models validate the bytes; `load()` is for people without a model."""

    __slots__ = ()

    def load(self) -> Any:
        """Decode into plain Python objects."""
        try:
            return json.loads(self)
        except (ValueError, RecursionError) as error:
            raise ProtocolError(f"The daemon's answer is cut or no JSON: {error}.") from error


class _Call(NamedTuple):
    method: str
    path: str
    names: Mapping[str, str]
    query: Mapping[str, object] | None = None
    body: object = None
    """What becomes JSON; an upload goes beside the call."""
    headers: Mapping[str, str] | None = None
    conflict: type[APIError] | None = None
    """What a 409 (or 403) of this very operation means."""
    noun: str | None = None
    """What a 404 is about, when it is not the group's noun; `""`: may be one of several things."""
    needs: str | None = None
    """The API version that brought the operation."""
    versioned: bool = True
    """False for what must work with any daemon, whichever versions it speaks."""


class Group:
    """The operations of one tag of the swagger, over one engine."""

    noun: ClassVar[str] = ""
    """What a 404 of this group is about."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    async def json(
        self,
        method: str,
        path: str,
        /,
        *,
        query: Mapping[str, object] | None = None,
        body: object = None,
        headers: Mapping[str, str] | None = None,
        conflict: type[APIError] | None = None,
        noun: str | None = None,
        needs: str | None = None,
        versioned: bool = True,
        **names: str,
    ) -> JSON:
        """Return the JSON body of a 2xx answer; a 204 is `null`."""
        call = _Call(method, path, names, query, body, headers, conflict, noun, needs, versioned)
        answer = await self._answer(call)
        return JSON(b"null") if answer.status == 204 else checked(answer.body, f"{method} {path}")

    async def unit(
        self,
        method: str,
        path: str,
        /,
        *,
        query: Mapping[str, object] | None = None,
        body: object = None,
        conflict: type[APIError] | None = None,
        noun: str | None = None,
        needs: str | None = None,
        **names: str,
    ) -> None:
        """Send a request whose success says nothing more."""
        await self._answer(_Call(method, path, names, query, body, None, conflict, noun, needs))

    async def changed(
        self,
        method: str,
        path: str,
        /,
        *,
        query: Mapping[str, object] | None = None,
        conflict: type[APIError] | None = None,
        **names: str,
    ) -> bool:
        """Return whether anything changed: 204 is True, 304 (it was so already) is False."""
        answer = await self._answer(_Call(method, path, names, query, conflict=conflict), unchanged=True)
        return answer.status != 304

    async def head(
        self,
        method: str,
        path: str,
        /,
        *,
        query: Mapping[str, object] | None = None,
        noun: str | None = None,
        versioned: bool = True,
        **names: str,
    ) -> Mapping[str, str]:
        """Return the headers of the answer, names in lower case."""
        return (await self._answer(_Call(method, path, names, query, noun=noun, versioned=versioned))).headers

    async def open(
        self,
        method: str,
        path: str,
        /,
        *,
        query: Mapping[str, object] | None = None,
        content: Body = b"",
        headers: Mapping[str, str] | None = None,
        conflict: type[APIError] | None = None,
        noun: str | None = None,
        **names: str,
    ) -> Response:
        """Send a request, return when its headers are there; the body is the caller's to read and close."""
        return await self._open(_Call(method, path, names, query, None, headers, conflict, noun), content)

    def opener(
        self,
        method: str,
        path: str,
        /,
        *,
        query: Mapping[str, object] | None = None,
        content: Body = b"",
        headers: Mapping[str, str] | None = None,
        conflict: type[APIError] | None = None,
        noun: str | None = None,
        **names: str,
    ) -> Callable[[], Awaitable[Response]]:
        """Return what a stream calls at its first read."""
        return self._opener(_Call(method, path, names, query, None, headers, conflict, noun), content)

    def stream(
        self,
        method: str,
        path: str,
        /,
        *,
        query: Mapping[str, object] | None = None,
        noun: str | None = None,
        **names: str,
    ) -> ByteStream:
        """Return the body as a stream of bytes; the request is sent at the first read."""
        return ByteStream(self._opener(_Call(method, path, names, query, noun=noun)))

    def json_stream(
        self,
        method: str,
        path: str,
        /,
        *,
        query: Mapping[str, object] | None = None,
        content: Body = b"",
        headers: Mapping[str, str] | None = None,
        noun: str | None = None,
        **names: str,
    ) -> JSONStream:
        """Return the body as a stream of JSON values; the request is sent at the first read."""
        call = _Call(method, path, names, query, None, headers, noun=noun)
        return JSONStream(self._opener(call, content))

    async def upgrade(
        self,
        method: str,
        path: str,
        /,
        *,
        query: Mapping[str, object] | None = None,
        body: object = None,
        headers: Mapping[str, str] | None = None,
        conflict: type[APIError] | None = None,
        **names: str,
    ) -> Response:
        """Ask for the connection itself: `response.duplex()`, after a 101 or an old 200."""
        return await self._open(_Call(method, path, names, query, body, headers, conflict), upgrade=True)

    async def negotiated(self) -> Version:
        """Return the API version that is spoken; the first call asks the daemon."""
        return self._engine.version or await self._engine.negotiate()

    # Sending

    async def _answer(self, call: _Call, *, unchanged: bool = False) -> Answer:
        target, content, headers = await self._encoded(call)
        answer = await self._engine.request(
            call.method, target, headers=headers, body=content, versioned=call.versioned
        )
        if answer.status >= 300 and not (unchanged and answer.status == 304):
            raise self._error(call, target, answer.status, answer.body)
        return answer

    async def _open(self, call: _Call, upload: Body = b"", *, upgrade: bool = False) -> Response:
        target, content, headers = await self._encoded(call)
        response = await self._engine.open(
            call.method, target, headers=headers, body=content or upload, upgrade=upgrade
        )
        if response.status >= 300:
            raise self._error(call, target, response.status, await response.read(_ERROR_BODY_LIMIT))
        return response

    def _opener(self, call: _Call, content: Body = b"") -> Callable[[], Awaitable[Response]]:
        encode_target(call.path, call.names, call.query, None)  # bad input is refused where it was written

        async def opened() -> Response:
            return await self._open(call, content)

        return opened

    async def _encoded(self, call: _Call) -> tuple[str, bytes, Mapping[str, str] | None]:
        """Encode; once before the daemon is asked for its version, so that bad input never needs a daemon."""
        known = self._engine.version
        encoded = self._encode(call, known)
        if known is None and call.versioned:
            encoded = self._encode(call, await self._engine.negotiate())
        return encoded

    def _encode(self, call: _Call, version: Version | None) -> tuple[str, bytes, Mapping[str, str] | None]:
        if call.needs:
            gated(Since(call.needs, None), version, f"{call.method} {call.path}")
        target = encode_target(call.path, call.names, call.query, version)
        if call.body is None:
            return target, b"", call.headers
        headers = {"Content-Type": "application/json", **(call.headers or {})}
        return target, encode_body(call.body, version, call.path), headers

    def _error(self, call: _Call, target: str, status: int, body: bytes) -> Exception:
        path = target.partition("?")[0]
        if status < 400:
            return ProtocolError(
                f"The daemon redirected {call.method} {path} ({status}), which pydock never follows. "
                "Is a proxy in between?"
            )
        noun = self.noun if call.noun is None else call.noun
        said = _said(body)
        if status == 500 and said.get("cause") in _PODMAN_CONFLICTS:
            status = 403 if call.conflict is not None and issubclass(call.conflict, Forbidden) else 409
        return api_error(
            status, _message(said, body, status), method=call.method, path=path, noun=noun, conflict=call.conflict
        )


def checked(body: bytes, what: str) -> JSON:
    """Refuse what cannot be JSON, such as a proxy's page with status 200 or an answer cut to nothing."""
    start = body[:64].lstrip()[:1]
    if not start or start[0] not in _JSON_STARTS:
        text = repr(body[:200].decode("utf-8", "replace")) if body else "empty"
        raise ProtocolError(f"The answer to {what} is no JSON but {text}. Is a proxy in between?")
    return JSON(body)


def _said(body: bytes) -> Mapping[str, Any]:
    """Return an error body's JSON object; empty when it is text, a proxy's HTML or nothing."""
    try:
        value: Any = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return cast("Mapping[str, Any]", value) if isinstance(value, dict) else {}


def _message(said: Mapping[str, Any], body: bytes, status: int) -> str:
    """Return the daemon's words out of an error body. Podman's failed push has them under `error`."""
    for name in ("message", "error"):
        if isinstance(message := said.get(name), str):
            return message.strip()
    text = body.decode("utf-8", "replace").strip()
    return text[:2000] or f"The daemon answered {status} without a word."
