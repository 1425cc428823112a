"""How the output of logs, attach and exec is framed: in frames by stream, or raw from a terminal.

The danger is the Content-Type: it is to be trusted from API 1.42 on only, and on a hijacked connection only
after a 101; elsewhere engines say `raw-stream` although they send frames. Then the terminal decides.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import NamedTuple

import anyio

from pydock.transport.engine import Response
from pydock.transport.frames import Decoder, FrameDecoder, RawDecoder
from pydock.transport.streams import Duplex
from pydock.transport.version import Version
from pydock.transport.websocket import WebSocket

__all__ = ["Attached", "decoder_of", "tells_framing"]

_TERMINAL = {"application/vnd.docker.multiplexed-stream": False, "application/vnd.docker.raw-stream": True}


class Attached(NamedTuple):
    """A connection to a process, and how its output is framed."""

    duplex: Duplex | WebSocket
    decoder: Decoder


def tells_framing(version: Version) -> bool:
    """Return whether the Content-Type of this API version means anything."""
    return version >= Version(1, 42)


async def decoder_of(
    response: Response, version: Version, tty: bool | Callable[[], Awaitable[bool]], *, hijacked: bool
) -> Decoder:
    """Return the decoder for an answer: by its Content-Type where that is true, else by `tty`.

    `tty` may be what asks for it. When asking fails, the answer is closed. Frames of logs (not hijacked) are joined.
    """
    kind = response.headers.get("content-type", "").partition(";")[0].strip().lower()
    if tells_framing(version) and (response.status == 101 or not hijacked) and kind in _TERMINAL:
        tty = _TERMINAL[kind]
    if not isinstance(tty, bool):
        try:
            tty = await tty()
        except BaseException:
            with anyio.CancelScope(shield=True):
                await response.aclose()
            raise
    return RawDecoder() if tty else FrameDecoder(joined=not hijacked)
