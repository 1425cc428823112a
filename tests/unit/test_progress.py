"""How far a pull, push, build or load is: monotone, with rates, and what is left of it."""

from __future__ import annotations

import builtins
import json
import pickle
import re
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import timedelta

import anyio
import httpx
import pytest

import pydock
import pydock.display
from pydock.models.oci import Platform
from pydock.models.progress import ProgressEvent
from pydock.models.progress_meter import Meter, Upload
from pydock.testing import busybox_tar

MIB = 1 << 20


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def event(status: str, layer: str = "", current: int = 0, total: int = 0, units: str = "") -> ProgressEvent:
    detail = {"current": current, "total": total, "units": units}
    return ProgressEvent.model_validate({"status": status, "id": layer, "progressDetail": detail})


def output(text: str) -> ProgressEvent:
    return ProgressEvent.model_validate({"stream": text})


PULL = [
    event("Pulling from library/app", "1.0"),
    *(event("Pulling fs layer", layer) for layer in "abc"),
    event("Already exists", "d"),
    event("Downloading", "a", 10 * MIB, 100 * MIB),
    event("Downloading", "a", 60 * MIB, 100 * MIB),
    event("Downloading", "b", 1 * MIB, 20 * MIB),  # a big part of the whole becomes known: no step back
    event("Download complete", "a"),
    event("Extracting", "a", 50 * MIB, 100 * MIB),
    event("Downloading", "b", 20 * MIB, 20 * MIB),
    event("Extracting", "a", 7, 0, "s"),
    event("Download complete", "b"),
    event("Pull complete", "a"),
    event("Downloading", "c", 5 * MIB, 5 * MIB),
    event("Pull complete", "b"),
    event("Pull complete", "c"),
    event("Digest: sha256:1"),
]


@pytest.mark.row(41)
def test_the_fraction_of_a_pull_never_goes_back_and_weighs_by_size() -> None:
    meter = Meter()
    meter.start()
    fractions: list[float] = []
    for one in PULL:
        meter.note(one)
        fractions.append(meter.fraction)
    assert fractions == sorted(fractions)
    assert len(set(fractions)) > 6
    assert fractions[0] == fractions[4] == 0
    assert fractions[5] == pytest.approx(0.8 * 0.1 / 3)  # the others weigh as much as the one that is known
    assert fractions[-1] == 0.999
    meter.end(complete=True)
    assert meter.fraction == 1
    assert meter.current == meter.total == 125 * MIB
    assert [layer.done for layer in meter.layers.values()] == [True] * 4


@pytest.mark.row(41)
def test_rate_and_time_left() -> None:
    clock = Clock()
    meter = Meter(clock=clock)
    assert meter.rate is None
    assert meter.eta is None
    meter.start()
    meter.note(event("Pulling fs layer", "a"))
    assert meter.rate is None
    assert meter.eta is None
    for second in range(1, 6):
        clock.now += 1
        meter.note(event("Downloading", "a", second * 10 * MIB, 100 * MIB))
    assert meter.rate == pytest.approx(10 * MIB)
    assert meter.eta == timedelta(seconds=(1 - 0.4) / 0.4 * 5)
    clock.now += 20  # stalled
    assert [meter.rate, meter.eta] == [0, None]
    meter.note(event("Pull complete", "a"))
    meter.end(complete=True)
    assert meter.eta == timedelta(0)
    assert meter.elapsed == timedelta(seconds=25)
    assert meter.rate == pytest.approx(100 * MIB / 25)


def test_the_rate_forgets_what_is_long_ago() -> None:
    clock = Clock()
    meter = Meter(clock=clock)
    meter.start()
    for second in range(1, 31):
        clock.now += 1
        speed = 1 if second <= 15 else 4
        done = min(second, 15) + max(0, second - 15) * speed
        meter.note(event("Pushing", "a", done * MIB, 200 * MIB))
    assert meter.rate == pytest.approx(4 * MIB)


def test_what_is_here_already_weighs_nothing() -> None:
    meter = Meter()
    meter.note(event("Layer already exists", "a"))
    meter.note(event("Mounted from library/busybox", "b"))
    assert meter.fraction == 0
    meter.note(event("Pushing", "c", 30, 40))
    assert meter.fraction == pytest.approx(0.6)
    assert meter.total == 40
    meter.note(event("Pushing", "c", 80, 40))  # the daemon counts the tar's padding, too
    assert meter.fraction == pytest.approx(0.8)
    meter.note(event("Pushed", "c"))
    assert meter.fraction == 0.999


@pytest.mark.row(41)
def test_steps_of_a_build() -> None:
    meter = Meter()
    fractions: list[float] = []
    for text in ("Step 1/4 : FROM busybox", "\n", " ---> 0123\n", "Step 2/4 : RUN a\n", " ---> Using cache\n",
                 "Step 3/4 : RUN b\n", "Step 4/4 : CMD c\n"):  # fmt: skip
        meter.note(output(text))
        fractions.append(meter.fraction)
    assert fractions == sorted(fractions)
    assert fractions[-1] == 0.75
    assert [(step.id, step.status, step.done) for step in meter.steps] == [
        ("1/4", "FROM busybox", True),
        ("2/4", "RUN a (cached)", True),
        ("3/4", "RUN b", True),
        ("4/4", "CMD c", False),
    ]
    meter.end(complete=True)
    assert meter.steps[-1].done
    podman = Meter()
    podman.note(output("[1/2] STEP 2/3: COPY . /\n"))
    assert (podman.steps[0].id, podman.steps[0].text) == ("2/3", "COPY . /")


@pytest.mark.anyio
async def test_what_is_sent_is_counted() -> None:
    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(4):
            yield b"x" * 25

    upload = Upload()
    meter = Meter(upload)
    meter.start()
    counted = upload.counted(pieces(), 100)
    assert not isinstance(counted, bytes)
    fractions = [meter.fraction async for _ in counted]
    assert fractions == [0.125, 0.25, 0.375, 0.5]
    assert meter.current == 100
    meter.note(event("Loading layer", "a", 50, 90))
    assert meter.fraction == 0.75
    assert Upload().counted(b"abc") == b"abc"


# A whole operation


def daemon(lines: Sequence[Mapping[str, object]]) -> httpx.MockTransport:
    async def answer(request: httpx.Request) -> httpx.Response:
        await request.aread()
        if request.url.path.endswith("/_ping"):
            return httpx.Response(200, headers={"Api-Version": "1.44"})
        if request.method == "POST":
            return httpx.Response(200, content=b"".join(json.dumps(line).encode() + b"\r\n" for line in lines))
        return httpx.Response(200, json={"Id": "sha256:" + "1" * 64, "Os": "linux", "Architecture": "arm64"})

    return httpx.MockTransport(answer)


LOADED: list[Mapping[str, object]] = [
    {"status": "Loading layer", "id": "a", "progressDetail": {"current": 5, "total": 9}},
    {"stream": "Loaded image: busybox:latest\n"},
]


@pytest.mark.row(41)
@pytest.mark.anyio
async def test_a_snapshot_stays_as_it_was() -> None:
    tar = busybox_tar()
    async with pydock.Docker(transport=daemon(LOADED)) as docker, docker.images.load(tar) as load:
        before = load.snapshot()
        async for _ in load:
            pass
        after = load.snapshot()
    assert (before.what, before.fraction, before.done, before.layers) == ("Loading images", 0, False, [])
    assert (after.fraction, after.done, after.error) == (1, True, None)
    assert (load.sent, after.layers[0].current) == (len(tar), 5)
    assert "Loading images" in repr(after)
    assert "Loading images" in pydock.display.text(after)


@pytest.mark.anyio
async def test_a_bar_gives_the_result_and_raises_as_awaiting_does(capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("rich")
    async with pydock.Docker(transport=daemon(LOADED)) as docker:
        assert len(await docker.images.load(b"tar").bar()) == 1
    shown = capsys.readouterr().out
    assert "Loading images" in shown
    assert "100%" in shown
    async with pydock.Docker(transport=daemon([{"errorDetail": {"message": "no space left"}}])) as docker:
        pull = docker.images.pull("busybox")
        with pytest.raises(pydock.PullError, match="no space left"):
            await pull.bar()
        assert pull.error == "no space left"
        with anyio.CancelScope() as scope:
            scope.cancel()
            await docker.images.pull("busybox").bar()
        assert scope.cancelled_caught


FAILURES = [
    ("no basic auth credentials", pydock.Unauthorized),
    ("unauthorized: authentication required", pydock.Unauthorized),
    ("push access denied, repository does not exist: no basic auth credentials", pydock.Unauthorized),
    ("unknown: unexpected status from HEAD request to http://r/v2/a: 401 Unauthorized", pydock.Unauthorized),
    ("denied: requested access to the resource is denied", pydock.Forbidden),
    ("unexpected status from PUT request to http://r/v2/a/manifests/1: 403 Forbidden", pydock.Forbidden),
    ("manifest unknown: manifest unknown", pydock.ImageNotFound),
    ("An image does not exist locally with the tag: r/a", pydock.ImageNotFound),
    ("failed to register layer: write /usr/bin/x: no space left on device", pydock.NoSpace),
    ("open /var/lib/docker/tmp: permission denied", pydock.PullError),
]


@pytest.mark.row(2)
@pytest.mark.anyio
@pytest.mark.parametrize(("words", "kind"), FAILURES)
@pytest.mark.parametrize("status", [200, 500])
async def test_what_failed_is_told_apart(words: str, kind: type[pydock.DockerError], status: int) -> None:
    """The words of engines 20.10 to 28 and of Podman, inside the stream and as a 500."""

    async def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/_ping"):
            return httpx.Response(200, headers={"Api-Version": "1.44"})
        return httpx.Response(status, json={"errorDetail": {"message": words}, "error": words})

    async with pydock.Docker(transport=httpx.MockTransport(answer)) as docker:
        awaited, iterated = docker.images.pull("r/a"), docker.images.pull("r/a")
        with pytest.raises(pydock.PullError, match="^" + re.escape(words)) as caught:
            await awaited
        with pytest.raises(pydock.PullError) as again:
            await anext(iterated)
    assert type(again.value) is type(caught.value)
    assert isinstance(caught.value, kind)
    others = {one for _, one in FAILURES if issubclass(one, pydock.APIError | pydock.NoSpace)} - {kind}
    assert not isinstance(caught.value, tuple(others))
    assert pickle.loads(pickle.dumps(caught.value)).args == caught.value.args
    assert awaited.error == iterated.error == words


@pytest.mark.row(2)
@pytest.mark.anyio
async def test_a_full_disk_is_the_same_for_each_operation() -> None:
    full = [{"errorDetail": {"message": "write /x: no space left on device"}}]
    async with pydock.Docker(transport=daemon(full)) as docker:
        for operation, kind in (
            (docker.images.pull("a"), pydock.PullError),
            (docker.images.push("a"), pydock.PushError),
            (docker.images.load(b"tar"), pydock.LoadError),
            (docker.images.import_(b"tar"), pydock.ImportError_),
            (docker.images.build(pydock.DockerfileContext("FROM a\n")), pydock.BuildError),
        ):
            with pytest.raises(pydock.NoSpace) as caught:
                await operation
            assert isinstance(caught.value, kind)


@pytest.mark.row(42)
@pytest.mark.anyio
@pytest.mark.parametrize(
    "words",
    [
        "no matching manifest for linux/s390x in the manifest list entries",
        "image with reference a was found but does not match the specified platform: wanted s390x, actual: linux/amd64",
    ],
)
async def test_a_pull_of_a_platform_that_is_not_there(words: str) -> None:
    async with pydock.Docker(transport=daemon([{"errorDetail": {"message": words}}])) as docker:
        with pytest.raises(pydock.PlatformMismatch, match="s390x"):
            await docker.images.pull("r/a:1", platform="linux/s390x")


@pytest.mark.anyio
async def test_without_rich_the_bar_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def without(name: str, *args: object, **more: object) -> object:
        if name.split(".")[0] == "rich":
            raise ModuleNotFoundError("No module named 'rich'", name="rich")
        return real(name, *args, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(builtins, "__import__", without)
    monkeypatch.delitem(sys.modules, "pydock.display.terminal", raising=False)
    async with pydock.Docker(transport=daemon([])) as docker:
        with pytest.raises(ModuleNotFoundError, match=r"pydock-engine\[rich\]"):
            await docker.images.pull("busybox").bar()


@pytest.mark.row(42)
@pytest.mark.anyio
async def test_a_pull_of_another_platform_is_a_mismatch() -> None:
    async with pydock.Docker(transport=daemon([])) as docker:
        assert (await docker.images.pull("busybox", platform="linux/arm64/v8")).architecture == "arm64"
        with pytest.raises(pydock.PlatformMismatch, match="linux/arm64") as caught:
            await docker.images.pull("busybox", platform="linux/arm/v7")
    error = caught.value
    assert (error.image, error.wanted, error.available) == ("busybox:latest", "linux/arm/v7", ("linux/arm64",))


@pytest.mark.parametrize(
    ("has", "wanted", "suits"),
    [
        (("linux", "arm64", "v8"), "linux/arm64", True),
        (("linux", "arm64", ""), "linux/arm64/v8", True),
        (("linux", "arm64", ""), "linux/aarch64", True),
        (("linux", "amd64", ""), "LINUX/x86_64", True),
        (("linux", "amd64", ""), "amd64", True),
        (("linux", "amd64", ""), "linux", True),
        (("linux", "arm", "v6"), "linux/arm/v7", False),
        (("linux", "arm", "v7"), "linux/arm64", False),
        (("windows", "amd64", ""), "linux/amd64", False),
    ],
)
@pytest.mark.row(42)
def test_platforms_suit(has: tuple[str, str, str], wanted: str, suits: bool) -> None:
    assert Platform(os=has[0], architecture=has[1], variant=has[2]).suits(wanted) is suits


class Pulling:
    """A daemon whose pulls have two events; it counts them."""

    def __init__(self) -> None:
        self.pulls = 0
        self.asked = ""
        self.events = b'{"status":"one"}{"status":"two"}'
        self.docker = pydock.Docker("tcp://daemon:1", transport=httpx.MockTransport(self))

    async def __call__(self, request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/_ping"):
            return httpx.Response(200, headers={"Api-Version": "1.44"})
        if request.method == "POST":
            self.pulls += 1
            return httpx.Response(200, content=self.events)
        self.asked = request.url.path
        return httpx.Response(200, json={"Id": "sha256:1"})


@pytest.mark.anyio
async def test_what_was_cancelled_does_not_begin_again() -> None:
    daemon = Pulling()
    pull = daemon.docker.images.pull("busybox")
    await anext(pull)
    await pull.cancel()
    with pytest.raises(pydock.StreamError, match="was cancelled"):
        await anext(pull)
    assert daemon.pulls == 1
    never = daemon.docker.images.pull("busybox")
    await never.cancel()
    with pytest.raises(pydock.StreamError, match="was cancelled"):
        await never
    assert daemon.pulls == 1


@pytest.mark.anyio
async def test_what_was_read_to_its_end_does_not_run() -> None:
    pull = Pulling().docker.images.pull("busybox")
    assert [event.status async for event in pull] == ["one", "two"]
    assert pull.done
    assert not pull.running


@pytest.mark.anyio
async def test_a_bar_raises_what_went_wrong_and_no_group(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("rich")
    pull = Pulling().docker.images.pull("busybox")

    async def fail() -> None:
        raise LookupError("no DockerError")

    monkeypatch.setattr(pull, "_complete", fail)
    with pytest.raises(LookupError):
        await pull.bar()


@pytest.mark.anyio
@pytest.mark.parametrize(("tags", "asked"), [(["1", "2"], "app:1"), (["1", "latest"], "app")])
async def test_all_tags_need_no_latest(tags: list[str], asked: str) -> None:
    daemon = Pulling()
    daemon.events = b"".join(json.dumps({"status": "Pulling from app", "id": tag}).encode() for tag in tags)
    await daemon.docker.images.pull("app", all_tags=True)
    assert daemon.asked.split("/images/")[1].removesuffix("/json").removesuffix(":latest") == asked


@pytest.mark.anyio
async def test_an_import_without_a_word_is_an_error() -> None:
    daemon = Pulling()
    daemon.events = b""
    with pytest.raises(pydock.ImportError_, match="made no image"):
        await daemon.docker.images.import_(busybox_tar())
