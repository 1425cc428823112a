"""Images: imported, built, tagged, saved, loaded, pushed and pulled, on every engine."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

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
async def test_a_failed_build_shows_its_step(docker: pydock.Docker, engine: Engine) -> None:
    context = pydock.DockerfileContext('FROM busybox\nRUN echo "before it breaks" && exit 3\n')
    with pytest.raises(pydock.BuildError, match="before it breaks") as caught:
        await docker.images.build(context)
    assert caught.value.log
    if not engine.podman:
        assert caught.value.code == 3


@pytest.mark.row(2)
async def test_errors_inside_the_stream_raise(docker: pydock.Docker, unique: str) -> None:
    with pytest.raises((pydock.PushError, pydock.NotFound)):
        await docker.images.push(f"127.0.0.1:1/{unique}:1")
    with pytest.raises((pydock.LoadError, pydock.ServerError)):
        await docker.images.load(b"this is no tar at all" * 100)
    with pytest.raises((pydock.PullError, pydock.APIError)):
        await docker.images.pull(f"127.0.0.1:1/{unique}:1")


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
    with pytest.raises((pydock.PullError, pydock.APIError)):
        await docker.images.pull(f"{name}:no-such-tag")


@pytest.mark.row(21)
async def test_a_registry_that_wants_a_login(
    docker: pydock.Docker, engine: Engine, private_registry: Registry, unique: str
) -> None:
    name = f"{private_registry.address}/{unique}:1"
    await docker.images["busybox"].tag(name)
    wrong = pydock.Credentials(private_registry.username, "wrong", server_address=private_registry.address)
    with pytest.raises((pydock.PushError, pydock.APIError)):
        await docker.images.push(name, credentials=wrong)
    with pytest.raises(pydock.APIError):
        await docker.login(private_registry.username, "wrong", registry=private_registry.address)
    await docker.login(private_registry.username, private_registry.password, registry=private_registry.address)
    await docker.images.push(name)
    await docker.images[name].remove()
    assert (await docker.images.pull(name)).id
    await docker.images[name].remove()
    assert private_registry.password not in repr(docker.credentials)
