"""Operations over a recording engine: answers, errors, what is sent unasked and what is never sent."""

from __future__ import annotations

import base64
import copy
import pickle
from collections.abc import Awaitable, Callable

import pytest

from pydock import errors
from pydock.api import API
from pydock.api._base import JSON
from pydock.errors import APIError, InvalidArgument, ProtocolError, Unsupported
from pydock.testing.recorder import Recorder
from pydock.transport.engine import Answer

pytestmark = pytest.mark.anyio

JSON_TYPE = {"content-type": "application/json"}


def answering(status: int, body: bytes = b"", headers: dict[str, str] | None = None) -> tuple[API, Recorder]:
    recorder = Recorder(Answer(status, JSON_TYPE if headers is None else headers, body))
    return API(recorder.engine), recorder


# Answers


async def test_json_answers_are_bytes_that_load() -> None:
    api, _ = answering(200, b'{"Id":"x"}\n')
    answer = await api.containers.inspect("web")
    assert isinstance(answer, bytes)
    assert answer.load() == {"Id": "x"}


async def test_null_is_json() -> None:
    api, _ = answering(200, b"null\n")
    assert (await api.containers.changes("web")).load() is None


async def test_no_content_is_null() -> None:
    api, _ = answering(204)
    assert (await api.system.auth({})).load() is None


@pytest.mark.parametrize("body", [b"", b"<html>hello</html>", b"OK"])
async def test_a_proxys_page_is_no_answer(body: bytes) -> None:
    api, _ = answering(200, body, {"content-type": "text/html"})
    with pytest.raises(ProtocolError, match="proxy"):
        await api.containers.list()


def test_cut_json_is_no_answer() -> None:
    with pytest.raises(ProtocolError, match="cut"):
        JSON(b'{"a":').load()


async def test_unchanged_is_false() -> None:
    assert await answering(204)[0].containers.stop("web") is True
    assert await answering(304)[0].containers.stop("web") is False
    assert await answering(304)[0].containers.start("web") is False


async def test_not_modified_is_a_redirect_elsewhere() -> None:
    with pytest.raises(ProtocolError):
        await answering(304)[0].containers.restart("web")


async def test_redirects_are_never_followed() -> None:
    api, recorder = answering(301, b"", {"location": "/containers/json"})
    with pytest.raises(ProtocolError, match="301"):
        await api.containers.inspect("web")
    assert len(recorder.requests) == 1


# Errors


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b'{"message":"No such container: web"}\n', "No such container: web"),
        (b"No such container: web\r\n", "No such container: web"),
        (b"<html>Bad Gateway</html>", "<html>Bad Gateway</html>"),
        (b"", "The daemon answered 404 without a word."),
        (b'{"cause":"x"}', '{"cause":"x"}'),
        (b'{"message":null}', '{"message":null}'),
        (b"[1]", "[1]"),
        (b"\xff", "\N{REPLACEMENT CHARACTER}"),
    ],
)
async def test_error_bodies(body: bytes, message: str) -> None:
    api, _ = answering(404, body)
    with pytest.raises(errors.ContainerNotFound) as caught:
        await api.containers.inspect("web")
    assert caught.value.message == message
    assert (caught.value.status, caught.value.method, caught.value.path) == (
        404,
        "GET",
        "/containers/web/json",
    )


Call = Callable[[API], Awaitable[object]]

CASES: list[tuple[str, Call, int, type[APIError]]] = [
    ("create", lambda a: a.containers.create({}), 409, errors.NameInUse),
    ("create", lambda a: a.containers.create({}), 404, errors.ImageNotFound),
    ("create", lambda a: a.containers.create({}), 400, errors.BadRequest),
    ("rename", lambda a: a.containers.rename("x", name="y"), 409, errors.NameInUse),
    ("kill", lambda a: a.containers.kill("x"), 409, errors.NotRunning),
    ("pause", lambda a: a.containers.pause("x"), 409, errors.NotRunning),
    ("unpause", lambda a: a.containers.unpause("x"), 500, errors.ServerError),
    ("top", lambda a: a.containers.top("x"), 409, errors.NotRunning),
    ("remove", lambda a: a.containers.delete("x"), 409, errors.Conflict),
    ("start", lambda a: a.containers.start("x"), 404, errors.ContainerNotFound),
    ("archive", lambda a: anext(a.containers.archive("x", path="/")), 404, errors.NotFound),
    ("stat", lambda a: a.containers.archive_info("x", path="/"), 404, errors.NotFound),
    ("put", lambda a: a.containers.put_archive("x", b"", path="/"), 404, errors.NotFound),
    ("attach", lambda a: a.containers.attach("x", tty=False), 404, errors.ContainerNotFound),
    ("ws", lambda a: a.containers.attach_websocket("x"), 404, errors.ContainerNotFound),
    ("logs", lambda a: anext(a.containers.logs("x", stdout=True)), 404, errors.ContainerNotFound),
    ("wait", lambda a: a.containers.wait("x"), 404, errors.ContainerNotFound),
    ("exec create", lambda a: a.exec.create("x", {}), 404, errors.ContainerNotFound),
    ("exec create", lambda a: a.exec.create("x", {}), 409, errors.NotRunning),
    ("exec start", lambda a: a.exec.start("x"), 404, errors.ExecNotFound),
    ("exec start", lambda a: a.exec.start("x"), 409, errors.Conflict),
    ("exec inspect", lambda a: a.exec.inspect("x"), 404, errors.ExecNotFound),
    ("rmi", lambda a: a.images.delete("x"), 409, errors.ImageInUse),
    ("rmi", lambda a: a.images.delete("x"), 404, errors.ImageNotFound),
    ("pull", lambda a: anext(a.images.create(from_image="x")), 404, errors.ImageNotFound),
    ("commit", lambda a: a.images.commit(container="x"), 404, errors.ContainerNotFound),
    ("save", lambda a: anext(a.images.get("x")), 404, errors.ImageNotFound),
    ("distribution", lambda a: a.distribution.inspect("x"), 404, errors.ImageNotFound),
    ("distribution", lambda a: a.distribution.inspect("x"), 401, errors.Unauthorized),
    ("distribution", lambda a: a.distribution.inspect("x"), 403, errors.Forbidden),
    ("volume rm", lambda a: a.volumes.delete("x"), 409, errors.VolumeInUse),
    ("volume rm", lambda a: a.volumes.delete("x"), 404, errors.VolumeNotFound),
    ("volume create", lambda a: a.volumes.create({}), 404, errors.PluginNotFound),
    ("network create", lambda a: a.networks.create({}), 409, errors.NameInUse),
    ("network create", lambda a: a.networks.create({}), 403, errors.Forbidden),
    ("network rm", lambda a: a.networks.delete("x"), 403, errors.NetworkInUse),
    ("network rm", lambda a: a.networks.delete("x"), 404, errors.NetworkNotFound),
    ("connect", lambda a: a.networks.connect("x", {}), 404, errors.NotFound),
    ("connect", lambda a: a.networks.connect("x", {}), 403, errors.Forbidden),
    ("info", lambda a: a.system.info(), 503, errors.ServerError),
    ("info", lambda a: a.system.info(), 418, errors.APIError),
]


@pytest.mark.parametrize(
    ("call", "status", "kind"), [case[1:] for case in CASES], ids=[f"{c[0]} {c[2]}" for c in CASES]
)
async def test_errors_are_classed_by_what_was_asked(call: Call, status: int, kind: type[APIError]) -> None:
    api, recorder = answering(status, b'{"message":"no"}')
    with pytest.raises(APIError) as caught:
        await call(api)
    assert type(caught.value) is kind
    assert caught.value.status == status
    assert all(response.closed for response in recorder.responses)
    assert str(pickle.loads(pickle.dumps(caught.value))) == str(copy.copy(caught.value)) == str(caught.value)


# Before any I/O


BAD: list[Call] = [
    lambda a: a.containers.inspect(""),
    lambda a: a.containers.start("a//b"),
    lambda a: a.volumes.delete(".."),
    lambda a: a.containers.list(filters={"exited": "0"}),
    lambda a: a.containers.create({"Cmd": {1}}),
    lambda a: anext(a.containers.logs("x")),
    lambda a: anext(a.containers.logs("x", stdout=True, since="10m")),
    lambda a: anext(a.images.push("x", platform="arm64")),
    lambda a: anext(a.images.load(b"", platform="linux/arm64")),
]


@pytest.mark.parametrize("call", BAD)
async def test_bad_input_is_refused_before_the_daemon_is_asked_for_anything(call: Call) -> None:
    recorder = Recorder(version=None)
    with pytest.raises(InvalidArgument):
        await call(API(recorder.engine))
    assert recorder.requests == []
    assert recorder.negotiations == 0


async def test_gates_wait_for_the_negotiated_version() -> None:
    recorder = Recorder(version=None, speaks="1.41")
    with pytest.raises(Unsupported, match=r"1\.42"):
        await API(recorder.engine).containers.stop("x", signal="SIGINT")
    assert recorder.requests == []
    assert recorder.negotiations == 1


async def test_the_version_is_asked_for_once() -> None:
    recorder = Recorder(version=None)
    api = API(recorder.engine)
    await api.system.info()
    await api.system.info()
    assert recorder.negotiations == 1


async def test_ping_and_version_work_with_any_daemon() -> None:
    recorder = Recorder(version=None)
    api = API(recorder.engine)
    await api.system.ping()
    await api.system.ping_head()
    await api.system.version()
    assert recorder.negotiations == 0
    assert [request.versioned for request in recorder.requests] == [False] * 3


# Traps


async def test_start_sends_no_body() -> None:
    api, recorder = answering(204)
    await api.containers.start("x")
    assert (recorder.last.body, recorder.last.headers) == (b"", {})


async def test_logs_and_events_send_no_accept() -> None:
    api, recorder = answering(200, b"", {"content-type": "application/vnd.docker.raw-stream"})
    for stream in (api.containers.logs("x", stdout=True), api.system.events()):
        with pytest.raises(StopAsyncIteration):
            await anext(stream)
        assert recorder.last.headers == {}


@pytest.mark.parametrize(
    ("image", "tag", "sent"),
    [
        ("busybox", None, ["latest"]),
        ("host:5000/a/busybox", None, ["latest"]),
        ("busybox", "1.36", ["1.36"]),
        ("busybox", "sha256:00", ["sha256:00"]),
        ("busybox:1.36", None, None),
        ("host:5000/busybox:1.36", None, None),
        ("busybox@sha256:00", None, None),
    ],
)
async def test_pull_never_means_all_tags_by_accident(image: str, tag: str | None, sent: list[str] | None) -> None:
    api, recorder = answering(200)
    with pytest.raises(StopAsyncIteration):
        await anext(api.images.create(from_image=image, tag=tag))
    assert recorder.last.query.get("tag") == sent


async def test_pull_of_all_tags_is_asked_for() -> None:
    api, recorder = answering(200)
    with pytest.raises(StopAsyncIteration):
        await anext(api.images.create(from_image="busybox", all_tags=True))
    assert "tag" not in recorder.last.query


async def test_push_always_sends_credentials() -> None:
    api, recorder = answering(200)
    with pytest.raises(StopAsyncIteration):
        await anext(api.images.push("host:5000/a/b", tag="1"))
    assert recorder.last.headers == {"X-Registry-Auth": "e30="}
    assert recorder.last.path == "/images/host:5000/a/b/push"


async def test_commit_without_config_sends_no_body() -> None:
    api, recorder = answering(201, b'{"Id":"x"}')
    await api.images.commit(container="x")
    assert (recorder.last.body, recorder.last.headers) == (b"", {})


@pytest.mark.parametrize(("version", "name"), [("1.47", "keep-storage"), ("1.48", "reserved-space")])
async def test_reserved_space_is_sent_under_the_name_of_the_version(version: str, name: str) -> None:
    recorder = Recorder(version=version)
    await API(recorder.engine).images.build_prune(reserved_space=7)
    assert recorder.last.query == {name: ["7"]}


async def test_several_platforms_are_repeated_and_gated() -> None:
    for version in ("1.51", "1.52"):
        recorder = Recorder(Answer(200, {}, b"tar"), version=version)
        images = API(recorder.engine).images
        if version == "1.51":
            with pytest.raises(Unsupported, match=r"1\.52"):
                await anext(images.get("x", platform=["linux/amd64", "linux/arm64"]))
        else:
            assert await anext(images.get("x", platform=["linux/amd64", "linux/arm64"])) == b"tar"
            assert len(recorder.last.query["platform"]) == 2


async def test_archive_info_is_decoded() -> None:
    stat = b'{"name":"d","size":4096,"mode":2147484141,"mtime":"2026-01-01T00:00:00Z","linkTarget":""}'
    api, recorder = answering(200, b"", {"x-docker-container-path-stat": base64.b64encode(stat).decode()})
    assert await api.containers.archive_info("x", path="/d") == stat
    assert recorder.last.method == "HEAD"


@pytest.mark.parametrize("headers", [{}, {"x-docker-container-path-stat": "%%%"}])
async def test_archive_info_without_its_header(headers: dict[str, str]) -> None:
    with pytest.raises(ProtocolError):
        await answering(200, b"", headers)[0].containers.archive_info("x", path="/d")


async def test_wait_answers_when_the_daemon_waits() -> None:
    api, recorder = answering(200, b'{"StatusCode":7}')
    response = await api.containers.open_wait("x", condition="next-exit")
    assert not recorder.responses[0].closed
    assert await response.read() == b'{"StatusCode":7}'
    assert (await api.containers.wait("x")).load() == {"StatusCode": 7}


async def test_a_wait_that_a_proxy_cut_is_no_exit() -> None:
    with pytest.raises(ProtocolError, match="wait"):
        await answering(200, b"")[0].containers.wait("x")


async def test_uploads_are_handed_on_as_they_are() -> None:
    api, recorder = answering(200)

    class Pieces:
        def __aiter__(self) -> Pieces:
            return self

        async def __anext__(self) -> bytes:
            raise StopAsyncIteration

    pieces = Pieces()
    await api.containers.put_archive("x", pieces, path="/")
    assert recorder.last.body is pieces


async def test_opened_lazily() -> None:
    api, recorder = answering(200)
    streams = (api.system.events(), api.containers.export("x"), api.containers.logs("x", stdout=True))
    assert recorder.requests == []
    for stream in streams:
        await stream.aclose()
    assert recorder.requests == []
