"""What comes back for a request, parsed by httptools (llhttp) from whatever pieces the connection gives. No I/O.

The danger is the parser's blind spots: it does not know that HEAD has no body, takes `100 Continue` for an answer,
and only its caller knows that the connection has ended.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import httptools

from pydock.errors import ProtocolError

__all__ = ["Answer", "Incoming"]


class Answer(NamedTuple):
    """A small answer, read whole."""

    status: int
    headers: Mapping[str, str]
    """Names in lower case."""
    body: bytes


class Incoming:
    """What httptools calls back: the state of the answer that is being read."""

    __slots__ = ("_parser", "complete", "headed", "headers", "only_head", "pieces", "status", "surplus", "upgraded")

    def __init__(self) -> None:
        self._parser: httptools.HttpResponseParser | None = httptools.HttpResponseParser(self)
        self.only_head: bool = False
        self.begin(only_head=False)

    def begin(self, *, only_head: bool) -> None:
        """Get ready for the answer to the next request."""
        if self.only_head:  # llhttp does not know of HEAD and still waits for the body
            self._parser = httptools.HttpResponseParser(self)
        self.status: int = 0
        self.headers: dict[str, str] = {}
        self.pieces: list[bytes] = []
        self.headed: bool = False
        self.complete: bool = False
        self.surplus: bool = False
        self.upgraded: bool = False
        self.only_head = only_head

    def feed(self, data: bytes) -> None:
        """Take in what came; what follows a 101 is put into `pieces` as it is."""
        if self.upgraded:
            self.pieces.append(data)
            return
        try:
            assert self._parser is not None  # noqa: S101 - it is there until the connection is closed
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade as upgrade:
            self.headed = self.upgraded = True
            self.complete = False
            if rest := data[upgrade.args[0] :]:
                self.pieces.append(rest)
        except httptools.HttpParserError as error:
            if self.complete:
                self.surplus = True
                return
            raise ProtocolError(
                f"The daemon does not speak HTTP as it should ({error}): {data[:80].decode('utf-8', 'replace')!r}. "
                "Is this the daemon's address, and is there a proxy in between?"
            ) from None

    def drop(self) -> None:
        """Part from the parser, which refers to us."""
        self._parser = None

    @property
    def until_end(self) -> bool:
        """Whether the body ends where the connection does."""
        headers = self.headers
        return "content-length" not in headers and "chunked" not in headers.get("transfer-encoding", "").lower()

    @property
    def keeps_alive(self) -> bool:
        """Whether the connection can take another request after this answer."""
        return (
            self.complete
            and not self.surplus
            and "close" not in self.headers.get("connection", "").lower()
            and (self.only_head or self.status in (204, 304) or not self.until_end)
        )

    def on_message_begin(self) -> None:
        """Note what follows a complete answer: nobody has asked for it. Called by httptools."""
        if self.complete:
            self.surplus = True

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a header; those that come twice are joined. Called by httptools."""
        if self.headed:
            return  # a trailer
        key, text = name.decode("latin-1").lower(), value.decode("latin-1")
        headers = self.headers
        headers[key] = f"{headers[key]}, {text}" if key in headers else text

    def on_headers_complete(self) -> None:
        """Take the status. Called by httptools."""
        if self.complete:
            return
        assert self._parser is not None  # noqa: S101 - it is calling
        self.status = self._parser.get_status_code()
        self.headed = self.status >= 200 or self.status == 101
        if self.only_head and self.headed:
            self.complete = True

    def on_body(self, piece: bytes) -> None:
        """Take a piece of the body. Called by httptools."""
        if self.complete:
            self.surplus = True
        else:
            self.pieces.append(piece)

    def on_message_complete(self) -> None:
        """End the answer, or forget 100 Continue and its like. Called by httptools."""
        if self.headed:
            self.complete = True
        elif not self.complete:
            self.headers = {}
