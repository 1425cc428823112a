"""WebSocket frames, sans-IO and over a scripted connection. The examples are those of RFC 6455."""

from __future__ import annotations

from collections import deque
from typing import cast

import pytest

from pydock.errors import ProtocolError, StreamError, StreamInterrupted
from pydock.testing.recorder import RecordedResponse
from pydock.transport.engine import Answer, Response
from pydock.transport.streams import Duplex
from pydock.transport.websocket import Handshake, Piece, WebSocket, WebSocketDecoder, encode_frame

MASK = b"\x37\xfa\x21\x3d"


class Wire:
    """A connection that gives the scripted pieces and keeps what is sent."""

    def __init__(self, *pieces: bytes) -> None:
        self.pieces = deque(pieces)
        self.sent: list[bytes] = []
        self.closed = False

    async def recv(self, max_bytes: int = 65536) -> bytes:
        return self.pieces.popleft() if self.pieces else b""

    async def send(self, data: bytes) -> None:
        self.sent.append(data)

    async def aclose(self) -> None:
        self.closed = True


def over(wire: Wire) -> WebSocket:
    return WebSocket(cast("Duplex", wire))


def unmasked(frame: bytes) -> tuple[int, bytes]:
    """Read a small client frame."""
    assert frame[1] & 0x80
    size = frame[1] & 0x7F
    assert size < 126
    mask, data = frame[2:6], frame[6:]
    assert len(data) == size
    return frame[0] & 0x0F, bytes(byte ^ mask[i % 4] for i, byte in enumerate(data))


def feed_all(*pieces: bytes) -> list[Piece]:
    decoder = WebSocketDecoder()
    return [piece for data in pieces for piece in decoder.feed(data)]


def test_a_masked_frame() -> None:
    assert encode_frame(1, b"Hello", MASK) == bytes.fromhex("818537fa213d7f9f4d5158")


@pytest.mark.parametrize(
    ("size", "head"), [(125, "82fd"), (126, "82fe007e"), (65535, "82feffff"), (65536, "82ff0000000000010000")]
)
def test_the_three_lengths(size: int, head: str) -> None:
    frame = encode_frame(2, b"\xff" * size, MASK)
    assert frame.startswith(bytes.fromhex(head) + MASK)
    assert frame[len(head) // 2 + 4 :] == bytes(b ^ 0xFF for b in MASK * (size // 4 + 1))[:size]


def test_an_empty_frame() -> None:
    assert encode_frame(2, b"", MASK) == b"\x82\x80" + MASK


def test_unmasked_text_and_fragments() -> None:
    assert feed_all(bytes.fromhex("810548656c6c6f")) == [Piece(2, b"Hello")]
    assert feed_all(bytes.fromhex("010348656c") + bytes.fromhex("80026c6f")) == [
        Piece(2, b"Hel"),
        Piece(2, b"lo"),
    ]


def test_a_ping_between_fragments() -> None:
    pieces = feed_all(bytes.fromhex("010348656c"), bytes.fromhex("890548656c6c6f"), bytes.fromhex("80026c6f"))
    assert pieces == [Piece(2, b"Hel"), Piece(9, b"Hello"), Piece(2, b"lo")]


@pytest.mark.parametrize("size", [0, 5, 125, 126, 65535, 65536])
def test_cut_at_every_byte_it_is_the_same(size: int) -> None:
    data = bytes(range(256)) * (size // 256 + 1)
    head = b"\x82" + (
        bytes([size])
        if size < 126
        else b"\x7e" + size.to_bytes(2, "big")
        if size < 65536
        else b"\x7f" + size.to_bytes(8, "big")
    )
    stream = head + data[:size] + b"\x89\x01p" + b"\x82\x01z" + b"\x88\x02\x03\xe8"
    for step in (1, 2, 3, 7, len(stream)) if size < 1000 else (4096, len(stream)):
        pieces = feed_all(*(stream[i : i + step] for i in range(0, len(stream), step)))
        assert b"".join(piece.data for piece in pieces if piece.opcode == 2) == data[:size] + b"z"
        assert [piece for piece in pieces if piece.opcode > 2] == [Piece(9, b"p"), Piece(8, b"\x03\xe8")]


@pytest.mark.parametrize("frame", [b"\xc2\x00", b"\x82\x80", b"\x83\x00", b"\x89\x7e", b"\x09\x00", b"HTTP"])
def test_what_no_server_may_send(frame: bytes) -> None:
    with pytest.raises(ProtocolError):
        feed_all(frame)


def test_the_handshake_of_the_rfc() -> None:
    handshake = Handshake(b"the sample nonce")
    assert handshake.headers["Sec-WebSocket-Key"] == "dGhlIHNhbXBsZSBub25jZQ=="
    assert handshake.accept == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="


def test_every_handshake_has_its_own_key() -> None:
    assert Handshake().headers != Handshake().headers


@pytest.mark.anyio
@pytest.mark.parametrize(("status", "accept"), [(200, True), (101, False)])
async def test_a_wrong_handshake_closes(status: int, accept: bool) -> None:
    handshake = Handshake()
    headers = {"sec-websocket-accept": handshake.accept if accept else "x"}
    response = RecordedResponse(Answer(status, headers, b""))
    with pytest.raises(ProtocolError, match="handshake"):
        await handshake.open(cast("Response", response))
    assert response.closed


@pytest.mark.anyio
async def test_a_right_handshake_opens() -> None:
    handshake = Handshake()
    response = RecordedResponse(Answer(101, {"sec-websocket-accept": handshake.accept}, b""))
    async with await handshake.open(cast("Response", response)):
        assert not response.closed
    assert response.closed


@pytest.mark.anyio
async def test_receive_until_the_close_frame() -> None:
    wire = Wire(b"\x82\x02he", b"\x82\x00\x82\x03llo\x88\x02\x03\xe8", b"\x82\x01!")
    socket = over(wire)
    assert [await socket.recv() for _ in range(4)] == [b"he", b"llo", b"", b""]
    assert wire.closed


@pytest.mark.anyio
async def test_a_cut_connection_is_not_the_end() -> None:
    with pytest.raises(StreamInterrupted, match="without"):
        await over(Wire()).recv()


@pytest.mark.anyio
async def test_a_bad_close_code_is_not_the_end() -> None:
    wire = Wire(b"\x88\x06\x03\xf3oops")
    with pytest.raises(StreamInterrupted, match="1011: oops"):
        await over(wire).recv()
    assert wire.closed


@pytest.mark.anyio
async def test_pings_are_answered_while_receiving() -> None:
    wire = Wire(b"\x89\x02hi\x82\x01x")
    assert await over(wire).recv() == b"x"
    assert [unmasked(frame) for frame in wire.sent] == [(10, b"hi")]


@pytest.mark.anyio
async def test_send_and_half_close() -> None:
    wire = Wire(b"\x82\x04tail\x88\x00")
    socket = over(wire)
    await socket.send(b"date\n")
    await socket.send_eof()
    await socket.send_eof()
    assert [unmasked(frame) for frame in wire.sent] == [(2, b"date\n"), (8, b"\x03\xe8")]
    with pytest.raises(StreamError, match="closed"):
        await socket.send(b"more")
    assert await socket.recv() == b"tail"
    assert await socket.recv() == b""
