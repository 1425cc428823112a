"""What users of other clients suffer from with images, shown on real engines and real registries."""

from __future__ import annotations

import json
import stat
import sys
import tarfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import pydock
from pydock.testing import busybox_tar

if TYPE_CHECKING:
    from tests.engine.conftest import Engine, Raw, Registry

pytestmark = pytest.mark.anyio


def names(images: list[dict[str, list[str]]], of: str) -> set[str]:
    return {tag for image in images for tag in image["RepoTags"] or [] if of in tag}


@pytest.mark.row(40)
async def test_pull_takes_one_tag_unless_all_are_asked_for(
    docker: pydock.Docker, engine: Engine, raw: Raw, registry: Registry, unique: str
) -> None:
    name = f"{registry.address}/{unique}"
    for tag in ("latest", "1"):
        await docker.images["busybox"].tag(f"{name}:{tag}")
        await docker.images.push(f"{name}:{tag}")
        await docker.images[f"{name}:{tag}"].remove()
    await docker.images.pull(name)
    assert names(raw("GET", "/images/json"), unique) == {f"{name}:latest"}
    await docker.images[name].remove()
    if not engine.lacks("all-tags"):
        await docker.images.pull(name, all_tags=True)
        assert names(raw("GET", "/images/json"), unique) == {f"{name}:latest", f"{name}:1"}
        await docker.images[f"{name}:1"].remove()
        await docker.images[name].remove()


@pytest.mark.row(41)
async def test_push_pull_save_and_load_tell_how_far_they_are(
    docker: pydock.Docker, registry: Registry, label: dict[str, str], unique: str, tmp_path: Path
) -> None:
    name = f"{registry.address}/{unique}:1"
    (tmp_path / "Dockerfile").write_text(f"FROM busybox\n{marks(label)}\nRUN seq 1 400000 > /numbers\nCMD true\n")
    (tmp_path / "big").write_bytes(b"context" * 300_000)
    fractions: dict[str, list[float]] = {}
    async with docker.images.build(tmp_path, tags=[name], no_cache=True) as build:
        fractions["build"] = [build.fraction async for _ in build]
        assert build.sent > 2_000_000
        assert [step.number for step in build.steps] == [1, 2, 3, 4]
        assert all(step.done for step in build.steps)
    async with docker.images.push(name) as push:
        fractions["push"] = [push.fraction async for _ in push]
    tar = tmp_path / "image.tar"
    await docker.images[name].save_to(tar)
    await docker.images[name].remove()
    async with docker.images.load(tar) as load:
        fractions["load"] = [load.fraction async for _ in load]
        assert load.sent == tar.stat().st_size
    await docker.images[name].remove()
    async with docker.images.pull(name) as pull:
        fractions["pull"] = [pull.fraction async for _ in pull]
        assert pull.layers
        assert all(layer.done for layer in pull.layers)
    for what, progress in (("build", build), ("push", push), ("load", load), ("pull", pull)):
        assert fractions[what] == sorted(fractions[what]), what
        assert (progress.fraction, progress.done, progress.snapshot().eta is not None) == (1, True, True), what
        assert progress.elapsed.total_seconds() > 0
    assert load.rate
    assert load.rate > 1000


async def test_a_bar_in_the_terminal(
    docker: pydock.Docker, registry: Registry, unique: str, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("rich")
    name = f"{registry.address}/{unique}:1"
    await docker.images["busybox"].tag(name)
    await docker.images.push(name).bar()
    await docker.images[name].remove()
    image = await docker.images.pull(name).bar()
    assert any(unique in tag for tag in image.tags)
    shown = capsys.readouterr().out
    assert f"Pulling {name[:20]}" in shown
    assert "100%" in shown
    await docker.images[name].remove()


def marks(label: dict[str, str]) -> str:
    return "LABEL " + " ".join(f"{key}={value}" for key, value in label.items())


@pytest.mark.row(42)
async def test_another_platform_than_asked_for_is_an_error(
    docker: pydock.Docker, registry: Registry, label: dict[str, str], unique: str
) -> None:
    name = f"{registry.address}/{unique}:1"
    await docker.images["busybox"].tag(name)
    await docker.images.push(name)
    (there,) = await docker.images[name].available_platforms()
    assert there.os == "linux"
    assert (await docker.images.get(name)).platforms == [there]
    done = await docker.containers.run(name, ["true"], platform=str(there), remove=True, labels=label)
    assert done.exit_code == 0
    other = "linux/s390x"
    with pytest.raises(pydock.PlatformMismatch) as caught:
        await docker.containers.run(name, ["true"], platform=other, pull="never", remove=True, labels=label)
    assert caught.value.available == (str(there),)
    with pytest.raises(pydock.PlatformMismatch, match=other):
        await docker.containers.create(name, ["true"], platform=other, labels=label)
    assert list(await docker.containers.list(all=True, label=label)) == []
    await docker.images[name].remove()
    with pytest.raises(pydock.PlatformMismatch, match=other) as caught:
        await docker.images.pull(name, platform=other)
    assert caught.value.available == (str(there),)
    if await docker.images.exists(name):  # most engines find out afterwards
        await docker.images[name].remove()


async def test_manifests_of_an_image(docker: pydock.Docker, engine: Engine) -> None:
    if engine.api_version < (1, 48):
        with pytest.raises(pydock.Unsupported, match=r"1\.48"):
            await docker.images.get("busybox", manifests=True)
        with pytest.raises(pydock.Unsupported, match=r"1\.55"):
            await docker.images["busybox"].attestations()
        return
    image = await docker.images.get("busybox", manifests=True)
    listed = await docker.images.list(reference="busybox", manifests=True)
    if engine.containerd:
        (manifest,) = image.manifests
        assert manifest.available
        assert manifest.kind == "image"
        assert listed[0].platforms == image.platforms == [image.platform]
    else:
        assert image.manifests == []
        assert listed[0].platforms == []
        assert image.platforms == [image.platform]


async def test_an_image_knows_its_users_and_layers(docker: pydock.Docker, label: dict[str, str], unique: str) -> None:
    recipe = f"FROM busybox\n{marks(label)}\nRUN echo hi > /hi\n"
    image = await docker.images.build(pydock.DockerfileContext(recipe), tags=[f"{unique}:1"])
    assert list(await image.used_by()) == []
    box = await docker.containers.create(f"{unique}:1", ["true"], labels=label)
    assert list(await docker.images[f"{unique}:1"].used_by()) == [box]
    assert list(await image.used_by()) == [box]
    assert len(image.layers) == 2
    assert [layer.size for layer in await image.history() if layer.size]
    await box.remove()


@pytest.mark.row(45)
async def test_an_image_is_saved_to_a_file_and_loaded_from_it(
    docker: pydock.Docker, label: dict[str, str], unique: str, tmp_path: Path
) -> None:
    build = docker.images.build(pydock.DockerfileContext(f"FROM busybox\n{marks(label)}\n"), tags=[f"{unique}:1"])
    await build
    tar = tmp_path / "image.tar"
    await docker.images[f"{unique}:1"].save_to(tar)
    with tarfile.open(tar) as archive:
        assert "manifest.json" in archive.getnames()
    pieces = [len(piece) async for piece in docker.images[f"{unique}:1"].save()]
    assert sum(pieces) > 500_000
    assert sum(pieces) / len(pieces) > 4096  # no one-byte chunks
    await docker.images[f"{unique}:1"].remove()
    (loaded,) = await docker.images.load(tar)
    assert any(unique in tag for tag in loaded.tags)
    async with docker.images.save("busybox", f"{unique}:1") as both:
        size = 0
        async for piece in both:
            size += len(piece)
    assert size > 500_000


@pytest.mark.row(60)
async def test_a_list_of_images_is_one_request(docker: pydock.Docker) -> None:
    await docker.images["busybox"].inspect()  # the version is known from here on
    asked: list[str] = []
    request = docker.api.engine.request

    async def counting(method: str, target: str, **more: object) -> object:
        asked.append(target)
        return await request(method, target, **more)  # type: ignore[arg-type]

    docker.api.engine.request = counting  # type: ignore[assignment, method-assign]
    images = await docker.images.list()
    assert len(asked) == 1
    (busybox,) = [image for image in images if {"busybox:latest", "docker.io/library/busybox:latest"} & {*image.tags}]
    assert busybox.size > 100_000
    assert busybox.created is not None


@pytest.mark.row(60)
@pytest.mark.podman_gap("build-cache")
async def test_the_build_cache_is_pruned(docker: pydock.Docker, engine: Engine) -> None:
    report = await docker.images.prune_build_cache(
        until="10000h", type="regular", inuse=False, private=True, reserved_space="500GB"
    )
    assert (report.deleted, report.reclaimed) == ([], 0)
    if engine.api_version < (1, 48):
        with pytest.raises(pydock.Unsupported, match=r"1\.48"):
            await docker.images.prune_build_cache(max_used_space="1GB")
    else:
        await docker.images.prune_build_cache(until="10000h", max_used_space="500GB", min_free_space=1)
    with pytest.raises(pydock.InvalidArgument, match="until"):
        await docker.images.prune_build_cache(untill="1h")  # type: ignore[call-arg]


# Registries

HELPER = """#!{python}
import json, pathlib, sys

store = pathlib.Path(__file__).with_suffix(".json")
kept = json.loads(store.read_text()) if store.exists() else {{}}
asked = sys.stdin.read().strip()
if sys.argv[1] == "list":
    print(json.dumps({{key: one["Username"] for key, one in kept.items()}}))
elif sys.argv[1] == "get":
    if asked not in kept:
        print("credentials not found in native keychain")
        sys.exit(1)
    print(json.dumps(kept[asked]))
elif sys.argv[1] == "store":
    given = json.loads(asked)
    kept[given["ServerURL"]] = given
elif sys.argv[1] == "erase":
    kept.pop(asked, None)
store.write_text(json.dumps(kept))
"""


@pytest.mark.row(21)
async def test_a_helper_program_on_path_is_asked_and_told(
    docker: pydock.Docker,
    private_registry: Registry,
    unique: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    program = tmp_path / "docker-credential-pydocktest"
    program.write_text(HELPER.format(python=sys.executable))
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    (tmp_path / "config.json").write_text(
        json.dumps({"credHelpers": {private_registry.address: "pydocktest", "elsewhere.example": "not-installed"}})
    )
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    name = f"{private_registry.address}/{unique}:1"
    await docker.images["busybox"].tag(name)
    with pytest.raises(pydock.Unauthorized):
        await docker.images.push(name)  # the helper has nothing yet
    known = pydock.Credentials(private_registry.username, private_registry.password)
    await docker.login(known.username, known.password, registry=private_registry.address, save=True)
    assert private_registry.password in program.with_suffix(".json").read_text()
    assert private_registry.password not in (tmp_path / "config.json").read_text()
    async with pydock.Docker(docker.endpoint.url) as stranger:  # knows only what the helper tells
        await stranger.images.push(name)
        await stranger.images[name].remove()
        assert (await stranger.images.pull(name)).id
        build = stranger.images.build(pydock.DockerfileContext(f"FROM {name}\nENV A=1\n"), pull=True)
        built = await build
        await built.remove(force=True)
        await stranger.images[name].remove()
        with pytest.raises(pydock.CredentialHelperError, match="not-installed"):
            await stranger.images.pull("elsewhere.example/app")
        await stranger.logout(registry=private_registry.address, erase=True)
        with pytest.raises(pydock.Unauthorized):
            await stranger.images.pull(name)


@pytest.mark.row(21)
async def test_a_wrong_password_says_so(docker: pydock.Docker, private_registry: Registry, unique: str) -> None:
    name = f"{private_registry.address}/{unique}:1"
    wrong = pydock.Credentials(private_registry.username, "not-the-password")
    await docker.images["busybox"].tag(name)
    with pytest.raises(pydock.Unauthorized) as caught:
        await docker.images.push(name, credentials=wrong)
    said = str(caught.value).lower()
    assert "not-the-password" not in said
    assert "auth" in said or "credential" in said or "denied" in said
    with pytest.raises(pydock.Unauthorized):
        await docker.images.pull(name, credentials=wrong)
    with pytest.raises(pydock.Unauthorized):
        await docker.login(wrong.username, wrong.password, registry=private_registry.address)
    await docker.images[name].remove()


@pytest.mark.row(22)
async def test_digests_and_the_registry_itself(
    docker: pydock.Docker, engine: Engine, private_registry: Registry, unique: str
) -> None:
    name = f"{private_registry.address}/{unique}"
    address = private_registry.address if engine.containerd else "?>~ÿ"  # + and / in base64; containerd looks at it
    odd = pydock.Credentials(private_registry.username, private_registry.password, server_address=address)
    await docker.images["busybox"].tag(f"{name}:1")
    pushed = await docker.images.push(f"{name}:1", credentials=odd)
    docker.credentials.remember(
        private_registry.address, pydock.Credentials(private_registry.username, private_registry.password)
    )
    if engine.lacks("distribution"):
        digest = pushed
        await docker.images.pull(f"{name}:1")
    else:
        found = await docker.images.distribution(f"{name}:1")
        digest = found.descriptor.digest
        assert (await docker.images.pull(f"{name}:1")).digest == digest
        assert found.descriptor.size > 100
    await docker.images[f"{name}:1"].remove()
    assert digest
    image = await docker.images.pull(f"{name}@{digest}")
    assert any(digest in one for one in image.repo_digests)
    await docker.images[f"{name}@{digest}"].remove()
    with pytest.raises(pydock.ImageNotFound):
        await docker.images.pull(f"{name}@sha256:{'0' * 64}")


# Proxies and headers of config.json


@pytest.mark.row(49)
@pytest.mark.row(78)
async def test_proxies_of_the_configuration_reach_run_and_build(
    docker: pydock.Docker, label: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    proxies = {"httpProxy": "http://proxy.example:3128", "noProxy": "localhost"}
    (tmp_path / "config.json").write_text(json.dumps({"proxies": {"default": proxies}}))
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path))
    for variable in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.setenv(variable, "http://127.0.0.1:1")  # a dead proxy: the daemon is reached nevertheless
    show = ["sh", "-c", "echo $HTTP_PROXY $http_proxy $no_proxy"]
    said = f"{proxies['httpProxy']} {proxies['httpProxy']} localhost"
    done = await docker.containers.run("busybox", show, remove=True, labels=label)
    assert done.text.strip() == said
    done = await docker.containers.run("busybox", show, env={"HTTP_PROXY": "mine"}, remove=True, labels=label)
    assert done.text.split()[0] == "mine"
    recipe = f"FROM busybox\n{marks(label)}\nRUN echo is $HTTP_PROXY $http_proxy $no_proxy\n"
    for args, first in ({}, proxies["httpProxy"]), ({"HTTP_PROXY": "mine"}, "mine"):
        build = docker.images.build(pydock.DockerfileContext(recipe), args=args, no_cache=True)
        image = await build
        (heard,) = [line for event in build.events for line in event.stream.splitlines() if line.startswith("is ")]
        assert heard == f"is {first} {proxies['httpProxy']} localhost"
    kept = (await docker.images.get(image.id)).config.env
    assert not any("PROXY" in one.upper() for one in kept)  # as with the CLI they do not stay in the image


# Everything at once


async def test_a_map_of_the_daemon(docker: pydock.Docker, label: dict[str, str], unique: str) -> None:
    network = await docker.networks.create(f"{unique}-net", labels=label)
    volume = await docker.volumes.create(f"{unique}-data", labels=label)
    await docker.containers.create(
        "busybox", ["true"], name=unique, networks=[network.name], mounts=[f"{volume.name}:/data"], labels=label
    )
    drawn = await docker.map()
    assert (network.name, unique) in drawn.joined
    assert (unique, volume.name) in drawn.mounted
    for face in (drawn.text(), str(drawn)):
        assert f"{network.name} → {unique}" in face
        assert f"→ {volume.name}" in face
    assert "<svg" in drawn.html()
    assert (await network.used_by())[0].name == unique
    assert volume.size is None
    usage = await volume.usage()
    assert (usage.ref_count, usage.size == volume.size) == (1, True)


async def test_what_the_preview_says_is_what_goes(docker: pydock.Docker, label: dict[str, str], unique: str) -> None:
    mine = {"pydock.test": label["pydock.test"]}
    recipe = f"FROM busybox\n{marks(label)}\nENV OF={unique}\n"  # no RUN: it takes a second
    dangling = await docker.images.build(pydock.DockerfileContext(recipe + "ENV A=1\nENV B=1\n"))
    tagged = await docker.images.build(pydock.DockerfileContext(recipe + "ENV C=1\n"), tags=[f"{unique}:1"])
    stopped = await docker.containers.create(f"{unique}:1", ["true"], labels=label)
    running = await docker.containers.run_detached("busybox", ["sleep", "600"], labels=label)
    network = await docker.networks.create(f"{unique}-net", labels=label)
    used = await docker.networks.create(f"{unique}-used", labels=label)
    await used.connect(running)
    anonymous = await docker.volumes.create(labels=label)
    await docker.volumes.create(f"{unique}-data", labels=label)

    async def prune_as_previewed(*, all: bool) -> pydock.PruneReport:
        preview = await docker.prune(all=all, volumes=True, dry_run=True, label=mine)
        assert (preview.dry_run, await docker.images.exists(tagged.id)) == (True, True)
        report = await docker.prune(all=all, volumes=True, label=mine)
        for kind in ("containers", "networks", "volumes", "images", "build_cache"):
            planned: list[str] = getattr(preview, f"{kind}_deleted")
            assert sorted(planned) == sorted(getattr(report, f"{kind}_deleted")), kind
        return report

    report = await prune_as_previewed(all=False)
    assert report.containers_deleted == [stopped.id]
    assert report.networks_deleted == [network.name]
    assert report.volumes_deleted == [anonymous.name]
    assert dangling.id in report.images_deleted
    assert tagged.id not in report.images_deleted
    report = await prune_as_previewed(all=True)
    assert tagged.id in report.images_deleted
    assert not await docker.images.exists(f"{unique}:1")
    again = await docker.prune(all=True, volumes=True, dry_run=True, label=mine)
    assert again.containers_deleted == again.volumes_deleted == again.images_deleted == []


async def test_an_imported_tar_tells_how_much_was_sent(
    docker: pydock.Docker, label: dict[str, str], tmp_path: Path
) -> None:
    tar = tmp_path / "busybox.tar"
    tar.write_bytes(busybox_tar())
    changes = [f"LABEL {key}={value}" for key, value in label.items()]
    async with docker.images.import_(tar, changes=changes) as progress:
        async for _ in progress:
            pass
    assert progress.sent == tar.stat().st_size
    assert progress.fraction == 1
    assert (await progress.result.refresh()).labels.items() >= label.items()
