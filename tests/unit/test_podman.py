"""What podman answers otherwise, and how it is read."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable

import pytest

from pydock import errors
from pydock.api import API
from pydock.models.containers.ref import ContainerRef
from pydock.models.containers.running import attached_run
from pydock.testing.recorder import Recorder
from pydock.transport.engine import Answer

pytestmark = [pytest.mark.anyio, pytest.mark.row(76)]

Call = Callable[[API], Awaitable[object]]


def refusing(cause: str, message: str = "words of podman") -> API:
    body = json.dumps({"cause": cause, "message": message, "response": 500}).encode()
    return API(Recorder(Answer(500, {"content-type": "application/json"}, body)).engine)


@pytest.mark.parametrize(
    ("call", "cause", "kind"),
    [
        (lambda api: api.containers.create({}, name="x"), "that name is already in use", errors.NameInUse),
        (lambda api: api.networks.delete("x"), "network is being used", errors.NetworkInUse),
        (lambda api: api.volumes.delete("x"), "volume is being used", errors.VolumeInUse),
        (lambda api: api.containers.pause("x"), "container state improper", errors.NotRunning),
        (lambda api: api.exec.create("x", {}), "container state improper", errors.NotRunning),
        (lambda api: api.containers.create({}), "no space left on device", errors.ServerError),
    ],
)
async def test_a_cause_tells_a_conflict_from_a_failure(call: Call, cause: str, kind: type[errors.APIError]) -> None:
    with pytest.raises(errors.APIError, match="words of podman") as caught:
        await call(refusing(cause))
    assert type(caught.value) is kind


async def test_the_words_of_a_failure_are_not_searched() -> None:
    api = refusing("something else", "that name is already in use")
    with pytest.raises(errors.ServerError):
        await api.containers.create({}, name="x")


async def test_a_run_that_fails_is_killed_before_it_is_removed() -> None:
    """A forced removal gives it 10 s to stop: longer than anybody waits for the end of a cancelled call."""
    recorder = Recorder(Answer(500, {}, b"no"))
    container = ContainerRef(API(recorder.engine), "x")
    with pytest.raises(errors.ServerError):
        await attached_run(container, tty=False, given=None, removes_itself=True, check=False)
    assert [(one.method, one.path) for one in recorder.requests[-2:]] == [
        ("POST", "/containers/x/kill"),
        ("DELETE", "/containers/x"),
    ]


async def test_a_run_that_removes_itself_meanwhile_is_waited_for() -> None:
    """After the kill a dockerd removes it by itself and answers 409; the name is free when the call is over."""
    no, removing = Answer(500, {}, b"no"), Answer(409, {}, b'{"message":"removal is already in progress"}')
    recorder = Recorder(no, Answer(204, {}, b""), removing, Answer(200, {}, b'{"StatusCode":137}'))
    with pytest.raises(errors.ServerError):
        await attached_run(
            ContainerRef(API(recorder.engine), "x"), tty=False, given=None, removes_itself=True, check=False
        )
    assert recorder.last.path == "/containers/x/wait"
    assert recorder.last.query == {"condition": ["removed"]}
