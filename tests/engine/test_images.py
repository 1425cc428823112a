"""Images: imported, built, tagged, saved, loaded, pushed and pulled, on every engine."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import TYPE_CHECKING, Any

import anyio
import pytest

import pydock

if TYPE_CHECKING:
    from tests.engine.conftest import Engine, Registry

pytestmark = pytest.mark.anyio


def marks(label: dict[str, str]) -> str:
    return "LABEL " + " ".join(f"{key}={value}" for key, value in label.items())


async def test_build_save_load_remove(
    docker: pydock.Docker, label: dict[str, str], unique: str, tmp_path: Path
) -> None:
    context = tmp_path / "app"
    context.mkdir()
    (context / "Dockerfile").write_text(f"FROM busybox\nARG WHO\nCOPY hello /hello\n{marks(label)}\nENV WHO=$WHO\n")
    (context / "hello").write_text("hello from a file\n")
    (context / "secret").write_text("no")
    (context / ".dockerignore").write_text("secret\n")
    async with docker.images.build(context, tags=[f"{unique}:1"], args={"WHO": "me"}) as build:
        steps = [event.stream async for event in build if event.stream.startswith("S")]
        image = build.result
    assert any("COPY hello" in step for step in steps)
    assert f"{unique}:1" in " ".join(image.tags)
    done = await docker.containers.run(image.id, ["sh", "-c", "cat /hello; echo $WHO"], remove=True, labels=label)
    assert done.stdout == b"hello from a file\nme\n"
    assert len(await image.history()) > 1

    await docker.images[f"{unique}:1"].save_to(tmp_path / "image.tar")  # by its name, so that it is kept
    await docker.images[f"{unique}:1"].remove(force=True)
    assert not await docker.images.exists(f"{unique}:1")
    loaded = await docker.images.load(tmp_path / "image.tar")
    assert len(loaded) == 1
    assert f"{unique}:1" in " ".join(loaded[0].tags)
    await docker.images[f"{unique}:1"].tag(f"{unique}:2")
    listed = await docker.images.list(label=label)
    assert {tag.rpartition("/")[2] for image in listed for tag in image.tags} == {f"{unique}:1", f"{unique}:2"}
    for tag in ("1", "2"):
        assert await docker.images[f"{unique}:{tag}"].remove(force=True)


@pytest.mark.row(24)
async def test_a_failed_build_shows_its_step_and_its_last_lines(docker: pydock.Docker, engine: Engine) -> None:
    context = pydock.DockerfileContext("FROM busybox\nENV A=1\nRUN seq 101 130 && exit 3\n")
    with pytest.raises(pydock.BuildError) as caught:
        await docker.images.build(context)
    said = str(caught.value).splitlines()
    assert any("RUN seq 101 130" in line for line in said[1:])  # the first line is the daemon's
    assert not any("ENV A=1" in line for line in said)
    assert "129" in said
    assert "130" in said
    assert "101" not in said
    assert len(said) <= 24
    log = caught.value.log.splitlines()
    assert "101" in log
    assert any("ENV A=1" in line for line in log)
    if not engine.lacks("build-exit-code"):
        assert caught.value.code == 3


@pytest.mark.row(24)
async def test_a_build_is_seen_while_it_runs(docker: pydock.Docker) -> None:
    context = pydock.DockerfileContext("FROM busybox\nRUN echo it has begun && sleep 40\n")
    with anyio.fail_after(30):
        async with docker.images.build(context, no_cache=True) as build:
            async for event in build:
                if event.stream.strip() == "it has begun":
                    break
            assert [(step.number, step.done) for step in build.steps] == [(1, True), (2, False)]
    assert not build.done


async def failure(operation: pydock.Progress[Any], *kinds: type[pydock.DockerError]) -> pydock.DockerError:
    """Await the operation, which fails; what it raises is all of these."""
    with pytest.raises(kinds[0]) as caught:
        await operation
    assert all(isinstance(caught.value, kind) for kind in kinds), repr(caught.value)
    assert copy.deepcopy(caught.value).args == caught.value.args
    return caught.value


@pytest.mark.row(2)
async def test_a_failure_says_what_it_is(docker: pydock.Docker, registry: Registry, unique: str) -> None:
    """The same on every engine, whether it is told by a status, by a 500 or inside of the stream."""
    images = docker.images
    await failure(images.pull(f"{registry.address}/{unique}:1"), pydock.PullError, pydock.ImageNotFound)
    await failure(images.push(f"{registry.address}/{unique}:1"), pydock.PushError, pydock.ImageNotFound)
    await failure(images.load(b"this is no tar at all" * 100), pydock.LoadError)
    refused = await failure(images.pull(f"127.0.0.1:1/{unique}:1"), pydock.PullError)
    assert not isinstance(refused, pydock.APIError)
    assert "connection refused" in str(refused)
    async with images.push(f"{registry.address}/{unique}:1") as push:
        with pytest.raises(pydock.PushError):
            async for _ in push:
                pass
    assert push.error


@pytest.mark.row(2)
async def test_a_refusal_says_that_it_is_one(docker: pydock.Docker, private_registry: Registry, unique: str) -> None:
    name = f"{private_registry.address}/{unique}:1"
    await docker.images["busybox"].tag(name)
    wrong = pydock.Credentials(private_registry.username, "wrong")
    for credentials in (None, wrong):
        push, pull = (verb(name, credentials=credentials) for verb in (docker.images.push, docker.images.pull))
        assert (await failure(push, pydock.PushError, pydock.Unauthorized)).status == 401  # type: ignore[attr-defined]
        assert (await failure(pull, pydock.PullError, pydock.Unauthorized)).status == 401  # type: ignore[attr-defined]
    await docker.images[name].remove()


@pytest.mark.row(22)
async def test_push_and_pull(docker: pydock.Docker, registry: Registry, unique: str) -> None:
    name = f"{registry.address}/{unique}"
    await docker.images["busybox"].tag(f"{name}:1")
    digest = await docker.images.push(f"{name}:1")
    await docker.images[f"{name}:1"].remove()
    async with docker.images.pull(f"{name}:1") as pull:
        fractions = [pull.fraction async for _ in pull]
    assert fractions == sorted(fractions)
    assert pull.fraction == 1
    assert pull.result.tags
    await docker.images[f"{name}:1"].remove()
    if digest:
        await docker.images.pull(f"{name}@{digest}")
        await docker.images[f"{name}@{digest}"].remove()
    with pytest.raises(pydock.ImageNotFound):
        await docker.images.pull(f"{name}:no-such-tag")


@pytest.mark.row(21)
async def test_a_registry_that_wants_a_login(docker: pydock.Docker, private_registry: Registry, unique: str) -> None:
    name = f"{private_registry.address}/{unique}:1"
    await docker.images["busybox"].tag(name)
    right = pydock.Credentials(
        private_registry.username, private_registry.password, server_address=private_registry.address
    )
    await docker.images.push(name, credentials=right)
    await docker.images[name].remove()
    assert (await docker.images.pull(name, credentials=right)).id
    await docker.images[name].remove()


@pytest.mark.podman_gap("login-without-tls")
async def test_a_login_by_an_address_of_the_loopback(docker: pydock.Docker, private_registry: Registry) -> None:
    address = private_registry.address.replace("localhost", "127.0.0.1")
    assert await docker.login(private_registry.username, private_registry.password, registry=address)


@pytest.mark.row(21)
async def test_login_is_remembered(docker: pydock.Docker, private_registry: Registry, unique: str) -> None:
    await docker.login(private_registry.username, private_registry.password, registry=private_registry.address)
    name = f"{private_registry.address}/{unique}:1"
    await docker.images["busybox"].tag(name)
    await docker.images.push(name)
    await docker.images[name].remove()
    assert (await docker.images.pull(name)).id
    await docker.images[name].remove()
    assert private_registry.password not in repr(docker.credentials)
