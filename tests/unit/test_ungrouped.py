"""No exception group escapes: callers catch what happened by its own type."""

from __future__ import annotations

from collections.abc import AsyncGenerator

import anyio
import pytest

from pydock.api.framing import Attached
from pydock.errors import StreamInterrupted
from pydock.models.processes import Conversation, converse
from pydock.models.ungrouped import ungrouped
from pydock.transport.frames import RawDecoder


class CutConnection:
    """A duplex whose other side vanishes."""

    async def send(self, data: bytes) -> None:
        if data != b"a":
            await anyio.sleep_forever()

    async def send_eof(self) -> None:
        pass

    def frames(self, decoder: object) -> CutConnection:
        return self

    async def batch(self) -> list[object]:
        raise StreamInterrupted("cut")

    async def aclose(self) -> None:
        pass


class SilentConnection(CutConnection):
    async def batch(self) -> list[object]:
        await anyio.sleep_forever()
        return []


def conversation(duplex: CutConnection) -> Conversation:
    return Conversation(Attached(duplex, RawDecoder()), tty=False)  # type: ignore[arg-type]


@pytest.mark.anyio
async def test_a_cut_connection_is_told_as_itself_while_input_is_sent() -> None:
    with pytest.raises(StreamInterrupted, match="cut"):
        await converse(conversation(CutConnection()), b"input")


@pytest.mark.anyio
async def test_an_error_of_the_given_input_is_told_as_itself() -> None:
    async def broken() -> AsyncGenerator[bytes]:
        yield b"a"
        raise LookupError("the caller's own")

    with pytest.raises(LookupError, match="own"):
        await converse(conversation(SilentConnection()), broken())


@pytest.mark.anyio
async def test_a_cancellation_from_outside_stays_one() -> None:
    with anyio.move_on_after(0.01) as scope:
        await converse(conversation(SilentConnection()), b"input")
    assert scope.cancelled_caught


@pytest.mark.anyio
async def test_the_error_comes_before_the_cancellations_that_it_caused() -> None:
    async def fails() -> None:
        raise OSError("first")

    async def both() -> None:
        with ungrouped():
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(anyio.sleep_forever)
                tasks.start_soon(fails)

    with pytest.raises(OSError, match="first"):
        await both()
