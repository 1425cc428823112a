"""The request that options become: golden JSON, gates by version, and combinations that are refused."""

from __future__ import annotations

import signal
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

import pytest

import pydock.models.options as everything
from pydock.errors import InvalidArgument, Unsupported
from pydock.models.options import (
    Bind,
    ContainerOptions,
    CreateRequest,
    Endpoint,
    Healthcheck,
    LogConfig,
    RestartPolicy,
    Tmpfs,
    UpdateOptions,
    VolumeMount,
    entries,
    render,
    render_update,
)
from pydock.transport.version import NEWEST, Version

OLD, V143, V144 = Version(1, 40), Version(1, 43), Version(1, 44)
NAMES = {name: getattr(everything, name) for name in everything.__all__}
PARTNERS: dict[str, dict[str, Any]] = {
    "memory_swap": {"memory": "512m"},
    "oom_kill_disable": {"memory": "512m"},
    "ip": {"network": "backend"},
    "ip6": {"network": "backend"},
    "network_aliases": {"network": "backend"},
    "link_local_ips": {"network": "backend"},
}


def request(version: Version = NEWEST, **options: Any) -> CreateRequest:
    return render("busybox", None, cast("ContainerOptions", options), version=version)


def body(version: Version = NEWEST, **options: Any) -> dict[str, Any]:
    return request(version, **options).body


def host(version: Version = NEWEST, **options: Any) -> dict[str, Any]:
    return cast("dict[str, Any]", body(version, **options)["HostConfig"])


def refused(match: str, **options: Any) -> None:
    with pytest.raises(InvalidArgument, match=match):
        body(**options)


def test_without_options_there_is_an_image_and_nothing_else() -> None:
    assert request() == CreateRequest(None, None, {"Image": "busybox", "HostConfig": {}}, ())


@pytest.mark.row(64)
def test_a_whole_service() -> None:
    done = render(
        "nginx",
        ["nginx", "-g", "daemon off;"],
        {
            "name": "web",
            "platform": "linux/amd64",
            "ports": ["8080:80"],
            "memory": "256m",
            "cpus": 1.5,
            "mounts": ["/srv/site:/usr/share/nginx/html:ro"],
            "networks": {"backend": Endpoint(aliases=["www"])},
            "env": {"A": "1", "B": None, "N": 3, "T": True},
            "labels": {"tier": "web"},
            "restart": "on-failure:3",
            "healthcheck": Healthcheck(["wget", "-q", "-O-", "localhost"], interval="2s", retries=5),
            "stop_signal": signal.SIGINT,
            "stop_timeout": timedelta(seconds=3),
            "init": True,
        },
        version=NEWEST,
    )
    assert done == CreateRequest(
        "web",
        "linux/amd64",
        {
            "Image": "nginx",
            "Cmd": ["nginx", "-g", "daemon off;"],
            "Env": ["A=1", "B", "N=3", "T=true"],
            "Labels": {"tier": "web"},
            "ExposedPorts": {"80/tcp": {}},
            "Healthcheck": {"Test": ["CMD", "wget", "-q", "-O-", "localhost"], "Interval": 2 * 10**9, "Retries": 5},
            "StopSignal": "SIGINT",
            "StopTimeout": 3,
            "HostConfig": {
                "PortBindings": {"80/tcp": [{"HostIp": "", "HostPort": "8080"}]},
                "Memory": 256 * 2**20,
                "NanoCpus": 1_500_000_000,
                "Binds": ["/srv/site:/usr/share/nginx/html:ro"],
                "NetworkMode": "backend",
                "RestartPolicy": {"Name": "on-failure", "MaximumRetryCount": 3},
                "Init": True,
            },
            "NetworkingConfig": {"EndpointsConfig": {"backend": {"Aliases": ["www"]}}},
        },
    )


@pytest.mark.parametrize("name", [n for n in entries(ContainerOptions) if n not in {"env_file", "label_file"}])
def test_the_example_of_every_option_is_right(name: str) -> None:
    value = eval(entries(ContainerOptions)[name].example, dict(NAMES))
    assert request(**{name: value}, **PARTNERS.get(name, {})) != request(**PARTNERS.get(name, {}))


@pytest.mark.parametrize("name", list(entries(UpdateOptions)))
def test_the_example_of_every_option_of_update_is_right(name: str) -> None:
    value = eval(entries(UpdateOptions)[name].example, dict(NAMES))
    assert render_update(cast("UpdateOptions", {name: value}), version=NEWEST)


@pytest.mark.parametrize("name", list(entries(ContainerOptions)))
@pytest.mark.parametrize("wrong", [object(), b"bytes", ["", object()], {1: object()}], ids=type)
def test_a_wrong_type_is_refused_under_the_options_name(name: str, wrong: Any) -> None:
    with pytest.raises(InvalidArgument, match=rf"^{name}: .*For example: {name}="):
        body(**{name: wrong}, **PARTNERS.get(name, {}))


@pytest.mark.row(38)
def test_resources() -> None:
    assert host(
        cpus=1.5, memory="512m", shm_size="1g", pids_limit=100, ulimits={"nofile": (1024, 2048), "nproc": 512}
    ) == {
        "NanoCpus": 1_500_000_000,
        "Memory": 536_870_912,
        "ShmSize": 1_073_741_824,
        "PidsLimit": 100,
        "Ulimits": [
            {"Name": "nofile", "Soft": 1024, "Hard": 2048},
            {"Name": "nproc", "Soft": 512, "Hard": 512},
        ],
    }
    assert host(memory="1g", memory_swap=-1)["MemorySwap"] == -1
    assert host(cpu_period="100ms", cpu_quota=50_000) == {"CpuPeriod": 100_000, "CpuQuota": 50_000}


def test_none_is_not_given() -> None:
    assert body(memory=None, name=None, networks=None) == body()


# Names


@pytest.mark.parametrize(
    ("wrong", "hint"),
    [
        ("memroy", 'Did you mean memory. For example: memory="512m"'),
        ("read-only", "Did you mean read_only"),
        ("environment", "Did you mean env"),
        ("volumes", "Did you mean mounts"),
        ("rm", "Did you mean remove"),
        ("network_mode", "Did you mean network"),
        ("detach", "Use run_detached"),
        ("nano_cpus", "Use cpus=1.5"),
        ("zzz", "There are: name, platform"),
    ],
)
def test_an_unknown_option_is_refused_with_the_one_that_was_meant(wrong: str, hint: str) -> None:
    refused(hint, **{wrong: 1})


# Environment


@pytest.mark.row(49)
def test_proxies_stand_behind_what_the_caller_says() -> None:
    proxies = {"HTTP_PROXY": "http://proxy:1", "http_proxy": "http://proxy:1"}
    done = render("busybox", None, {"env": ["HTTP_PROXY=mine", "A=1"]}, version=NEWEST, proxies=proxies)
    assert done.body["Env"] == ["HTTP_PROXY=mine", "http_proxy=http://proxy:1", "A=1"]


def test_env_files_are_read_as_the_cli_does(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FROM_HERE", "yes")
    monkeypatch.delenv("NOT_HERE", raising=False)
    file = tmp_path / "web.env"
    file.write_text('\ufeffA=1\n# a comment\n\n  B="quotes stay"\nFROM_HERE\nNOT_HERE\nC=x=y\n')
    assert body(env_file=file, env={"A": "2"})["Env"] == ["A=2", 'B="quotes stay"', "FROM_HERE=yes", "C=x=y"]
    assert body(label_file=[str(file)], labels={"A": 3})["Labels"]["A"] == "3"
    refused("env_file: .*missing.env cannot be read: No such file", env_file=tmp_path / "missing.env")


def test_secret_values_are_not_shown() -> None:
    for wrong in ({"PASSWORD": ["hunter2"]}, ["=hunter2"], {"": "hunter2"}, [b"hunter2"], {"A=hunter2": "x"}):
        with pytest.raises(InvalidArgument) as caught:
            body(env=wrong)
        assert "hunter2" not in str(caught.value)
        assert 'env={"DEBUG": "1"}' in str(caught.value)


# Networks


@pytest.mark.row(34)
def test_several_networks_at_create() -> None:
    wanted = {
        "net": Endpoint(ip="10.5.0.9", aliases=["db"], mac="02:42:ac:11:00:02", gw_priority=1, ip6="fd00::9"),
        "n2": True,
    }
    done = request(networks=wanted)
    assert done.body["HostConfig"] == {"NetworkMode": "net"}
    assert done.body["NetworkingConfig"] == {
        "EndpointsConfig": {
            "net": {
                "IPAMConfig": {"IPv4Address": "10.5.0.9", "IPv6Address": "fd00::9"},
                "Aliases": ["db"],
                "MacAddress": "02:42:ac:11:00:02",
                "GwPriority": 1,
            },
            "n2": {},
        }
    }
    assert done.connect_later == ()


def test_below_1_44_the_other_networks_are_connected_later() -> None:
    done = request(V143, networks={"a": Endpoint(mac="02:42:ac:11:00:02"), "b": Endpoint(aliases=["x"]), "c": True})
    assert done.body["MacAddress"] == "02:42:ac:11:00:02"
    assert done.body["NetworkingConfig"] == {"EndpointsConfig": {"a": {}}}
    assert done.connect_later == (("b", {"Aliases": ["x"]}), ("c", {}))
    with pytest.raises(Unsupported, match=r"MacAddress of an Endpoint on the further network b needs Engine API 1.44"):
        body(V143, networks={"a": True, "b": Endpoint(mac="02:42:ac:11:00:02")})
    with pytest.raises(Unsupported, match=r"GwPriority"):
        body(V144, networks={"a": Endpoint(gw_priority=1)})


def test_a_mac_address_goes_where_the_api_reads_it() -> None:
    assert body(V143, mac_address="02:42:ac:11:00:02") == {
        "Image": "busybox",
        "HostConfig": {},
        "MacAddress": "02:42:ac:11:00:02",
    }
    assert body(V144, mac_address="02:42:ac:11:00:02")["NetworkingConfig"] == {
        "EndpointsConfig": {"default": {"MacAddress": "02:42:ac:11:00:02"}}
    }
    mine = body(V144, mac_address="02:42:ac:11:00:02", network="mine")
    assert mine["NetworkingConfig"]["EndpointsConfig"] == {"mine": {"MacAddress": "02:42:ac:11:00:02"}}
    assert Endpoint(mac="02:42:ac:11:00:02").settings(Version(1, 54), connect=True)["MacAddress"]
    with pytest.raises(Unsupported):
        Endpoint(mac="02:42:ac:11:00:02").settings(Version(1, 53), connect=True)


def test_one_network_with_its_names_and_addresses() -> None:
    done = body(
        network="mine", ip="10.0.0.9", network_aliases="db", links={"other": "o"}, link_local_ips=["169.254.1.1"]
    )
    assert done["HostConfig"] == {"NetworkMode": "mine"}
    assert done["NetworkingConfig"]["EndpointsConfig"]["mine"] == {
        "IPAMConfig": {"IPv4Address": "10.0.0.9", "LinkLocalIPs": ["169.254.1.1"]},
        "Aliases": ["db"],
        "Links": ["other:o"],
    }
    assert host(links=["other:o"]) == {"Links": ["other:o"]}
    assert "NetworkingConfig" not in body(network="host")


def test_names_and_servers() -> None:
    assert host(extra_hosts={"db": ["10.0.0.1", "fd00::1"], "h": "host-gateway"}, dns="10.0.0.2") == {
        "ExtraHosts": ["db:10.0.0.1", "db:fd00::1", "h:host-gateway"],
        "Dns": ["10.0.0.2"],
    }
    assert host(extra_hosts=["a=[fd00::1]", "b:10.0.0.1"])["ExtraHosts"] == ["a:fd00::1", "b:10.0.0.1"]


# Combinations


@pytest.mark.parametrize("mode", ["host", "none", "container:x"])
@pytest.mark.row(35)
def test_ports_need_a_network_of_their_own(mode: str) -> None:
    refused(f"ports= does nothing with network='{mode}'.*network=\"bridge\"", ports=[80], network=mode)
    refused("publish_all=", publish_all=True, network=mode)


def test_what_excludes_each_other_is_refused_with_the_right_call() -> None:
    refused("network= and networks= exclude", network="a", networks=["b"])
    refused('memory_swap=.*needs memory=: memory="512m"', memory_swap="1g")
    refused("cannot be below memory=", memory="2g", memory_swap="1g")
    refused("memory_reservation=.* cannot be above", memory="1g", memory_reservation="2g")
    refused("remove=True ends what restart='always'", remove=True, restart="always")
    refused("cpus= and cpu_quota= exclude", cpus=1, cpu_quota=1000)
    refused("oom_kill_disable=True without memory=", oom_kill_disable=True)
    refused("logging=", log_driver="local", logging="local")
    refused("hostname= and uts=", hostname="a", uts="host")
    refused("hostname= does nothing with network='container:x'", hostname="a", network="container:x")
    assert host(remove=True, restart="no")["AutoRemove"] is True
    assert host(memory="1g", memory_swap="1g")


def test_fixed_addresses_need_a_network_that_somebody_created() -> None:
    refused('ip= needs a network that was created.*network="backend", ip=', ip="10.0.0.9")
    refused("network_aliases= needs a network", network_aliases=["db"], network="bridge")
    refused("ip= needs a network", networks={"bridge": Endpoint(ip="10.0.0.9")})
    refused(r'networks=\{"backend": Endpoint\(aliases=…\)\}', networks=["a"], network_aliases=["db"])
    refused("network='host' instead of networks=", networks={"host": True})
    refused("links=", networks=["a"], links=["b:c"])
    refused("networks: False is neither an Endpoint nor True", networks={"a": False})
    refused("write network='a'", networks="a")


def test_two_mounts_cannot_have_one_target() -> None:
    refused("Two mounts have the target '/a'", mounts=["/x:/a/", VolumeMount("v", "/a")])
    refused("Two mounts have the target '/a'", mounts=[Tmpfs("/a")], tmpfs={"/a": ""})
    refused("root '/'", mounts=[Bind("/x", "/")])
    assert host(mounts=["/x:/a", VolumeMount("v", "/b")], tmpfs="/c")


# Gates


@pytest.mark.parametrize(
    ("version", "options", "feature"),
    [
        (OLD, {"platform": "linux/amd64"}, "platform="),
        (OLD, {"cgroupns": "host"}, "cgroupns="),
        (Version(1, 42), {"annotations": {"a": "b"}}, "annotations="),
        (V143, {"healthcheck": Healthcheck("true", start_interval="1s")}, "StartInterval"),
        (V144, {"mounts": [VolumeMount("v", "/v", subpath="x")]}, "Subpath"),
        (Version(1, 47), {"mounts": [everything.ImageMount("busybox", "/i")]}, "mounts="),
        (Version(1, 45), {"mounts": [Tmpfs("/t", options=["noexec"])]}, "Options"),
        (Version(1, 41), {"mounts": [Bind("/x", "/y", create=True)]}, "CreateMountpoint"),
    ],
)
def test_what_an_old_api_lacks_is_unsupported(version: Version, options: dict[str, Any], feature: str) -> None:
    with pytest.raises(Unsupported, match=feature):
        body(version, **options)
    assert body(NEWEST, **options)


# Update and raw


def test_update_is_flat_and_says_only_what_changes() -> None:
    assert render_update({"memory": "1g", "restart": RestartPolicy("always"), "cpus": 2}, version=OLD) == {
        "Memory": 2**30,
        "NanoCpus": 2 * 10**9,
        "RestartPolicy": {"Name": "always", "MaximumRetryCount": 0},
    }
    assert render_update({"device_read_bps": {}}, version=NEWEST) == {"BlkioDeviceReadBps": []}
    assert render_update({"pids_limit": 0, "memory_swap": -1}, version=OLD) == {"MemorySwap": -1, "PidsLimit": 0}
    with pytest.raises(Unsupported, match=r"device_read_bps="):
        render_update({"device_read_bps": {"/dev/sda": "1mb"}}, version=Version(1, 54))
    with pytest.raises(InvalidArgument, match=r"update changes nothing without an option: update"):
        render_update({}, version=NEWEST)
    with pytest.raises(InvalidArgument, match=r"'env' is not an option of update"):
        render_update(cast("UpdateOptions", {"env": {}}), version=NEWEST)


def test_raw_is_merged_last_and_deep() -> None:
    done = body(
        memory="1g", labels={"a": "1"}, raw={"HostConfig": {"New": 1, "Memory": 5}, "Labels": {"b": "2"}, "X": []}
    )
    assert done == {
        "Image": "busybox",
        "HostConfig": {"Memory": 5, "New": 1},
        "Labels": {"a": "1", "b": "2"},
        "X": [],
    }
    refused("raw: a list is no JSON object", raw=[1])


def test_options_of_the_caller_are_left_alone() -> None:
    options: ContainerOptions = {
        "labels": {"a": "1"},
        "networks": {"n": True},
        "env": ["A=1"],
        "raw": {"Labels": {"b": "1"}},
    }
    before = repr(options)
    render("busybox", None, options, version=V143)
    assert repr(options) == before


def test_logging() -> None:
    config = {"LogConfig": {"Type": "local", "Config": {"max-size": "10m"}}}
    assert host(logging=LogConfig("local", {"max-size": "10m"})) == config
    assert host(log_driver="local", log_opts={"max-size": "10m"}) == config
