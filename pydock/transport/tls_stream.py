"""TLS over a byte stream, with half-close.

The danger is `close_notify`: OpenSSL, asked to shut down, reads and throws away what the daemon is still sending.
So everything that has come is decrypted and kept before, and what comes later goes past the shutdown.
"""

from __future__ import annotations

import ssl
from contextlib import suppress

import anyio

from pydock.transport.sockets import BULK, SocketStream

__all__ = ["TLSStream"]


class TLSStream:
    """A TLS client over a socket."""

    __slots__ = ("_ended", "_incoming", "_kept", "_lock", "_outgoing", "_raw", "_tls", "_unsent")

    def __init__(self, raw: SocketStream, context: ssl.SSLContext, hostname: str) -> None:
        self._raw = raw
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._incoming, self._outgoing, server_hostname=hostname or None)
        self._unsent = bytearray()  # encrypted; survives a cancelled send, or the far side sees garbage
        self._kept = bytearray()  # decrypted
        self._ended = False
        self._lock = anyio.Lock(fast_acquire=True)

    async def handshake(self) -> None:
        """Shake hands; raises ssl.SSLError."""
        while True:
            try:
                self._tls.do_handshake()
            except ssl.SSLWantReadError:
                await self._flush()
                await self._more()
            except ssl.SSLError:
                await self._flush()  # the alert, for the daemon's log
                raise
            else:
                return await self._flush()

    async def recv(self, limit: int = 65536) -> bytes:
        """Return what has come, decrypted; `b""` after the daemon's close_notify, and only then."""
        while not self._decrypt(limit):
            if self._ended:
                return b""
            if self._outgoing.pending and not self._lock.locked():
                await self._flush()
            await self._more()
        data = bytes(self._kept[:limit])
        del self._kept[:limit]
        return data

    async def wait(self) -> None:
        """Wait until something to read has come, or the end."""
        while not self._decrypt(1) and not self._ended:
            await self._more()

    async def send(self, data: bytes | memoryview) -> None:
        """Encrypt and send everything."""
        rest = memoryview(data)
        while rest:
            rest = rest[self._tls.write(rest) :]
        await self._flush()

    async def send_eof(self) -> None:
        """Send close_notify; what is under way to us is not lost."""
        before = -1
        while len(self._kept) > before and not self._ended:
            before = len(self._kept)
            self._decrypt(before + BULK)
        with suppress(ssl.SSLWantReadError, ssl.SSLZeroReturnError):
            self._tls.unwrap()
        await self._flush()

    def silent(self) -> bool:
        """Session tickets of TLS 1.3 may have come since: they are taken in, and are no sign of anything."""
        if self._raw.silent():
            return True
        try:
            self._incoming.write(self._raw.recv_now())
            return not self._decrypt(1) and not self._ended
        except OSError:
            return False

    def failure(self) -> str:
        """Return nothing: there is no helper process."""
        return self._raw.failure()

    def close(self) -> None:
        """Close the socket at once."""
        self._raw.close()

    def _decrypt(self, limit: int) -> int:
        """Decrypt what has come until `limit` bytes are there; return how many are."""
        kept = self._kept
        while len(kept) < limit and not self._ended:
            try:
                data = self._tls.read(65536)
            except ssl.SSLWantReadError:
                break
            except ssl.SSLZeroReturnError:
                data = b""
            kept += data
            self._ended = not data
        return len(kept)

    async def _more(self) -> None:
        data = await self._raw.recv(BULK)
        if data:
            self._incoming.write(data)
        else:
            self._incoming.write_eof()  # without close_notify before it, the next read raises SSLEOFError

    async def _flush(self) -> None:
        async with self._lock:
            unsent = self._unsent
            while True:
                unsent += self._outgoing.read()
                if not unsent:
                    return
                del unsent[: await self._raw.send_some(unsent)]
