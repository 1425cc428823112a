"""How output is framed: the header where it is true, the terminal elsewhere."""

from __future__ import annotations

import pytest

from pydock.api import API
from pydock.errors import ContainerNotFound
from pydock.testing.recorder import Recorder
from pydock.transport.engine import Answer
from pydock.transport.frames import FrameDecoder, RawDecoder

pytestmark = pytest.mark.anyio

FRAMED = {"content-type": "application/vnd.docker.multiplexed-stream"}
RAW = {"content-type": "application/vnd.docker.raw-stream"}
ON = Answer(200, {}, b'{"Config":{"Tty":true}}')
OFF = Answer(200, {}, b'{"Config":{"Tty":false}}')
FRAME = b"\x02\x00\x00\x00\x00\x00\x00\x03err"


@pytest.mark.parametrize(
    ("headers", "status", "version", "tty", "decoder"),
    [
        (FRAMED, 101, "1.42", None, FrameDecoder),
        (RAW, 101, "1.42", None, RawDecoder),
        (FRAMED, 101, "1.42", True, FrameDecoder),  # the daemon knows better
        (RAW, 101, "1.41", False, FrameDecoder),  # raw, says an old daemon, and sends frames
        (RAW, 101, "1.41", True, RawDecoder),
        (RAW, 200, "1.55", False, FrameDecoder),  # not upgraded: the same lie in every version
        (RAW, 200, "1.55", True, RawDecoder),
        ({}, 101, "1.55", False, FrameDecoder),
        ({"content-type": "text/plain"}, 101, "1.55", True, RawDecoder),
    ],
)
async def test_attach(
    headers: dict[str, str], status: int, version: str, tty: bool | None, decoder: type[object]
) -> None:
    recorder = Recorder(Answer(status, headers, b""), version=version)
    attached = await API(recorder.engine).containers.attach("x", stdout=True, tty=tty)
    assert type(attached.decoder) is decoder
    assert [request.path for request in recorder.requests] == ["/containers/x/attach"]
    assert recorder.last.upgrade


@pytest.mark.parametrize(("container", "decoder"), [(ON, RawDecoder), (OFF, FrameDecoder)])
async def test_attach_asks_an_old_daemon_for_the_terminal_first(container: Answer, decoder: type[object]) -> None:
    recorder = Recorder(container, Answer(101, RAW, b""), version="1.41")
    attached = await API(recorder.engine).containers.attach("x", stdout=True)
    assert type(attached.decoder) is decoder
    assert [request.path for request in recorder.requests] == ["/containers/x/json", "/containers/x/attach"]


async def test_attach_asks_afterwards_when_a_new_daemon_did_not_upgrade() -> None:
    recorder = Recorder(Answer(200, RAW, b""), OFF, version="1.55")
    attached = await API(recorder.engine).containers.attach("x", stdout=True)
    assert type(attached.decoder) is FrameDecoder


async def test_the_connection_is_closed_when_asking_fails() -> None:
    recorder = Recorder(Answer(200, RAW, b""), Answer(404, {}, b""), version="1.55")
    with pytest.raises(ContainerNotFound):
        await API(recorder.engine).containers.attach("x", stdout=True)
    assert recorder.responses[0].closed


@pytest.mark.parametrize(
    ("headers", "status", "version", "tty", "decoder"),
    [
        (FRAMED, 101, "1.55", False, FrameDecoder),
        (RAW, 101, "1.55", True, RawDecoder),
        (RAW, 101, "1.41", False, FrameDecoder),
        (RAW, 200, "1.55", False, FrameDecoder),
    ],
)
async def test_exec_start(headers: dict[str, str], status: int, version: str, tty: bool, decoder: type[object]) -> None:
    recorder = Recorder(Answer(status, headers, b""), version=version)
    attached = await API(recorder.engine).exec.start("x", tty=tty)
    assert type(attached.decoder) is decoder
    assert len(recorder.requests) == 1


async def test_logs_of_a_new_daemon_are_framed_as_it_says() -> None:
    recorder = Recorder(Answer(200, FRAMED, FRAME), version="1.42")
    stream = API(recorder.engine).containers.logs("x", stdout=True)
    frame = await anext(stream)
    assert (frame.stream, frame.data) == (2, b"err")
    await stream.aclose()


@pytest.mark.parametrize(("container", "expected"), [(OFF, (2, b"err")), (ON, (1, FRAME))])
async def test_logs_of_an_old_daemon_are_framed_as_the_terminal_says(
    container: Answer, expected: tuple[int, bytes]
) -> None:
    recorder = Recorder(container, Answer(200, {}, FRAME), version="1.41")
    stream = API(recorder.engine).containers.logs("x", stdout=True)
    frame = await anext(stream)
    assert (frame.stream, frame.data) == expected
    await stream.aclose()


async def test_logs_with_a_known_terminal_are_one_request() -> None:
    recorder = Recorder(Answer(200, {}, FRAME), version="1.41")
    stream = API(recorder.engine).containers.logs("x", stdout=True, tty=False)
    assert (await anext(stream)).data == b"err"
    assert len(recorder.requests) == 1
    await stream.aclose()


async def test_an_inspect_without_config_means_no_terminal() -> None:
    recorder = Recorder(Answer(200, {}, b"{}"), Answer(101, RAW, b""), version="1.41")
    attached = await API(recorder.engine).containers.attach("x", stdout=True)
    assert type(attached.decoder) is FrameDecoder
