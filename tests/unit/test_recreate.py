"""Options from what inspect tells, as code and as a command line; engines are asked in tests/engine."""

from __future__ import annotations

import shlex
from typing import Any, cast

import pytest

from pydock.errors import ProtocolError
from pydock.models.container_config import ContainerConfig
from pydock.models.host_config import HostConfig
from pydock.models.options import ContainerOptions, DeviceRequest, Endpoint, Healthcheck, Tmpfs, VolumeMount, render
from pydock.models.options.as_cli import as_cli
from pydock.models.options.as_code import as_code, masked
from pydock.models.options.differences import Difference, differences, fingerprint
from pydock.models.options.inheritance import Surroundings
from pydock.models.options.recreate import Recipe, recipe_of, recipe_of_request
from pydock.transport.version import NEWEST, Version

HERE = Surroundings()


def recipe(image: str = "busybox", command: Any = None, around: Surroundings = HERE, **options: Any) -> Recipe:
    return recipe_of_request(render(image, command, cast("ContainerOptions", options), version=NEWEST), around)


def test_an_option_comes_back_in_one_spelling() -> None:
    found = recipe(
        memory="512m",
        ports=[(8080, 80), "127.0.0.1:53:53/udp"],
        env=["A=1", "B"],
        restart="on-failure:3",
        gpus="all",
        mounts=["type=volume,src=data,dst=/d,ro", "/anonymous", "/a:/b:ro"],
        healthcheck=Healthcheck("curl x", interval=90),
    )
    assert found.options == {
        "restart": "on-failure:3",
        "env": {"A": "1", "B": None},
        "memory": 2**29,
        "ports": ["8080:80", "127.0.0.1:53:53/udp"],
        "mounts": ["/a:/b:ro", VolumeMount("data", "/d", read_only=True), "/anonymous"],
        "device_requests": [DeviceRequest(count=-1, capabilities=[["gpu"]])],
        "healthcheck": Healthcheck("curl x", interval="90s"),
    }


def test_what_the_image_says_is_no_option() -> None:
    image = Surroundings(
        {"Env": ["A=1"], "Cmd": ["x"], "User": "1", "Labels": {"l": "1"}, "ExposedPorts": {"80/tcp": {}}}
    )
    assert recipe(around=image, env={"A": "1"}, user="1", labels={"l": "1"}, expose=[80]).options == {}
    assert recipe(around=image, env={"A": "2"}, user="2").options == {"env": {"A": "2"}, "user": "2"}
    assert recipe(command=["x"], around=image).command is None
    assert recipe(command=["y"], around=image).command == ("y",)


def test_what_the_engine_says_is_no_option() -> None:
    assert (
        recipe(shm_size="64m", ipc="private", runtime="runc", cgroupns="private", log_driver="json-file").options == {}
    )
    assert recipe(memory="64m", memory_swap="128m").options == {"memory": 2**26}
    seen = {"Id": "0123456789abcdef", "Config": {"Hostname": "0123456789ab", "Labels": {"pydock.spec": "x"}}}
    assert recipe_of(seen, HERE).options == {}


def test_code_is_one_line_where_it_fits() -> None:
    assert as_code(recipe(name="web", memory="512m")) == (
        'await docker.containers.run_detached("busybox", name="web", memory="512m")'
    )
    long = as_code(
        recipe("nginx", ["a", 'b"c'], networks={"n": Endpoint(aliases=["w"])}, mounts=[Tmpfs("/t", size="1m")])
    )
    assert long == (
        "await docker.containers.run_detached(\n"
        '    "nginx",\n'
        '    ["a", \'b"c\'],\n'
        '    networks={"n": pydock.Endpoint(aliases=["w"])},\n'
        '    mounts=[pydock.Tmpfs("/t", size=1048576)],\n'
        ")"
    )


def test_every_word_of_the_line_is_quoted() -> None:
    nasty = 'it\'s "$(rm -rf /)" `x`; & | > \n \\ ü'
    line = as_cli(recipe("busybox", ["echo", nasty, "-x"], env={"A": nasty, "-n": ""}, labels={"l": nasty}), NEWEST)
    assert shlex.split(line) == [
        "docker", "run", "-d", "-e", f"A={nasty}", "-e-n=", "--label", f"l={nasty}", "busybox", "echo", nasty, "-x",
    ]  # fmt: skip


def test_what_has_no_flag_is_told_in_a_comment() -> None:
    line = as_cli(recipe(masked_paths=["/proc/kcore"], readonly_paths=["/x"]), NEWEST)
    assert line == 'docker run -d busybox  # without a flag: masked_paths=["/proc/kcore"], readonly_paths=["/x"]'
    assert shlex.split(line, comments=True) == ["docker", "run", "-d", "busybox"]


def test_a_newline_in_the_comment_cannot_end_it() -> None:
    line = as_cli(recipe(masked_paths=["/x\nrm -rf /"], readonly_paths=["/x"]), NEWEST)
    assert "\n" not in line


def test_old_engines_connect_further_networks_afterwards() -> None:
    found = recipe(name="web", networks={"a": Endpoint(aliases=["w"]), "b": Endpoint(ip="10.0.0.9", gw_priority=None)})
    assert as_cli(found, Version(1, 41)) == (
        "docker create --name web --network name=a,alias=w busybox"
        " && docker network connect --ip 10.0.0.9 b web && docker start web"
    )
    assert as_cli(found, NEWEST) == (
        "docker run -d --name web --network name=a,alias=w --network name=b,ip=10.0.0.9 busybox"
    )


def test_masked_hides_what_may_be_secret() -> None:
    found = recipe(
        "busybox",
        ["run", "--password=hunter2"],
        env={"PLAIN": "hunter2"},
        labels={"api_key": "hunter2", "tier": "web"},
        log_opts={"splunk-token": "hunter2"},
        log_driver="splunk",
    )
    for text in (as_code(masked(found)), as_cli(masked(found), NEWEST), str(Difference("env", None, {"A": "hunter2"}))):
        assert "hunter2" not in text
    assert "web" in as_code(masked(found))
    assert as_code(found).count("hunter2") == 4


@pytest.mark.row(68)
def test_differences_are_told_in_options() -> None:
    was, wanted = (
        recipe(memory="64m", cap_add=["CAP_SYS_ADMIN", "NET_ADMIN"]),
        recipe(memory="32m", cap_add=["net_admin", "SYS_ADMIN"], env={"A": "1"}),
    )
    assert {one.option: (one.was, one.wanted) for one in differences(was, wanted)} == {
        "memory": (2**26, 2**25),
        "env": (None, {"A": "1"}),
    }
    assert [one.option for one in differences(was, wanted, updatable=True)] == ["memory"]
    assert str(differences(was, wanted, updatable=True)[0]) == 'memory: "64m" → "32m"'


@pytest.mark.row(68)
def test_the_mark_is_of_what_it_means() -> None:
    assert fingerprint(recipe(memory="1g", name="a", ports=["1:1", "2:2"])) == fingerprint(
        recipe(memory=2**30, name="b", ports=[(2, 2), (1, 1)])
    )
    assert fingerprint(recipe(memory="1g")) != fingerprint(recipe(memory="2g"))
    assert fingerprint(recipe(mounts=[Tmpfs("/a")])) != fingerprint(recipe(mounts=["/a"]))


@pytest.mark.row(64)
def test_raw_takes_typed_objects() -> None:
    config = render("x", None, {"raw": ContainerConfig(user="1000", tty=True)}, version=NEWEST).body
    assert config == {"Image": "x", "HostConfig": {}, "User": "1000", "Tty": True}
    body = render("x", None, {"raw": {"HostConfig": HostConfig(nano_cpus=5)}, "memory": "1g"}, version=NEWEST).body
    assert body == {"Image": "x", "HostConfig": {"Memory": 2**30, "NanoCpus": 5}}


@pytest.mark.parametrize(
    "options",
    [
        {"command": ["mysql", "--password", "hunter2", "db"]},
        {"entrypoint": ["mysql", "--password", "hunter2"]},
        {"healthcheck": Healthcheck(["CMD", "ping", "--token", "hunter2"])},
        {"healthcheck": Healthcheck("curl https://me:hunter2@host")},
        {"mounts": [VolumeMount("v", "/v", driver="d", driver_opts={"password": "hunter2"})]},
        {"mounts": [VolumeMount("v", "/v", driver="d", driver_opts={"o": "username=me,password=hunter2"})]},
        {"networks": {"n": Endpoint(driver_opts={"secret": "hunter2"})}},
        {"sysctls": {"net.core.token": "hunter2"}},
    ],
)
def test_no_option_shows_a_secret(options: dict[str, Any]) -> None:
    found = recipe(**options)
    assert "hunter2" in as_code(found)
    assert "hunter2" not in as_code(masked(found))
    assert "hunter2" not in as_cli(masked(found), NEWEST)
    told = "".join(map(str, differences(recipe(), found))) + repr(differences(found, recipe()))
    assert "hunter2" not in told


@pytest.mark.parametrize("answer", [b'{"Name": ', b"[" * 100_000], ids=["cut", "deep"])
def test_a_broken_answer_about_the_engine_is_told_in_our_words(answer: bytes) -> None:
    with pytest.raises(ProtocolError):
        Surroundings.of(None, answer)
