"""The shorthands and typed objects of options, each against the JSON that the daemon takes."""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, Unpack, cast

import pytest

from pydock.errors import InvalidArgument
from pydock.models.options import (
    Bind,
    ClusterMount,
    ContainerOptions,
    Device,
    DeviceRequest,
    Endpoint,
    Healthcheck,
    ImageMount,
    PipeMount,
    Port,
    RestartPolicy,
    Tmpfs,
    Ulimit,
    VolumeMount,
    command_words,
    environment,
    render,
    spelled_out,
)
from pydock.transport.version import NEWEST


def host(**options: Any) -> dict[str, Any]:
    done = render("busybox", None, cast("ContainerOptions", options), version=NEWEST)
    return cast("dict[str, Any]", done.body["HostConfig"])


def top(**options: Any) -> dict[str, Any]:
    return render("busybox", None, cast("ContainerOptions", options), version=NEWEST).body


def bound(ip: str, port: str) -> dict[str, str]:
    return {"HostIp": ip, "HostPort": port}


# Ports


@pytest.mark.row(35)
@pytest.mark.parametrize(
    ("given", "bindings"),
    [
        (8080, {"8080/tcp": [bound("", "")]}),
        ("8080:80", {"80/tcp": [bound("", "8080")]}),
        (["127.0.0.1:0:80/udp"], {"80/udp": [bound("127.0.0.1", "")]}),
        (["127.0.0.1::80"], {"80/tcp": [bound("127.0.0.1", "")]}),
        (["[::1]:8080:80"], {"80/tcp": [bound("::1", "8080")]}),
        ([(8080, 80)], {"80/tcp": [bound("", "8080")]}),
        (["7000-7001:80-81"], {"80/tcp": [bound("", "7000")], "81/tcp": [bound("", "7001")]}),
        (["80-81"], {"80/tcp": [bound("", "")], "81/tcp": [bound("", "")]}),
        (["8000-8010:80"], {"80/tcp": [bound("", "8000-8010")]}),
        ({80: 8080, "53/udp": None, 81: "127.0.0.1:90"}, {"80/tcp": [bound("", "8080")], "53/udp": [bound("", "")],
                                                          "81/tcp": [bound("127.0.0.1", "90")]}),
        ([Port(53, proto="udp"), Port(80, host=8080, ip="::1")],
         {"53/udp": [bound("", "")], "80/tcp": [bound("::1", "8080")]}),
        (["8080:80", "8081:80"], {"80/tcp": [bound("", "8080"), bound("", "8081")]}),
    ],
)  # fmt: skip
def test_ports_are_bound_and_always_exposed(given: Any, bindings: dict[str, Any]) -> None:
    done = top(ports=given)
    assert done["HostConfig"]["PortBindings"] == bindings
    assert done["ExposedPorts"] == {key: {} for key in bindings}


@pytest.mark.parametrize(
    "wrong",
    ["", "http", "80:http", "0", "70000", "1-2:3-5", "x:80:80", "1.2.3.4.5:80:80", 0, -1, True, [True], (8080, 80),
     "80/icmp", [(1, 2, 3)], ["8080:80", "8080:81"], [None], 1.5, "300.0.0.1:80:80", "82-80", b"80"],
)  # fmt: skip
def test_what_is_no_port_is_refused(wrong: Any) -> None:
    with pytest.raises(InvalidArgument, match=r"^ports: .*For example: ports="):
        top(ports=wrong)


def test_exposed_ports_are_spelled_out() -> None:
    assert top(expose=[80, "53/udp", "90-91"])["ExposedPorts"] == {
        "80/tcp": {},
        "53/udp": {},
        "90/tcp": {},
        "91/tcp": {},
    }
    assert top(expose=80, ports=[81])["ExposedPorts"] == {"80/tcp": {}, "81/tcp": {}}


@pytest.mark.parametrize(
    "make",
    [
        lambda: Port(80, proto=cast("Any", "icmp")),
        lambda: Port(80, ip="localhost"),
        lambda: Port(cast("Any", "80")),
        lambda: Port(80, host="http"),
        lambda: Bind("./src", "src"),
        lambda: Bind("", "/src"),
        lambda: Bind("/a", "/b", recursive="readonly"),
        lambda: VolumeMount("./src", "/src"),
        lambda: Tmpfs("/t", mode="rwx"),
        lambda: Tmpfs("/t", size="lots"),
        lambda: Endpoint(ip="fd00::9"),
        lambda: Endpoint(ip6="10.0.0.9"),
        lambda: Endpoint(mac="0242ac110002"),
        lambda: Endpoint(aliases="db"),
        lambda: Healthcheck("true", interval=30_000_000_000),
        lambda: Healthcheck("true", timeout=0.0001),
        lambda: Healthcheck(""),
        lambda: RestartPolicy(cast("Any", "sometimes")),
        lambda: RestartPolicy("always", 3),
        lambda: Ulimit("nofile", 2048, 1024),
        lambda: Ulimit("nofile", -1, 1024),
        lambda: Device("/dev/fuse", permissions="x"),
        lambda: DeviceRequest(count=1, ids=["a"]),
    ],
)
def test_typed_objects_refuse_at_once(make: Callable[[], object]) -> None:
    with pytest.raises(InvalidArgument):
        make()


# Mounts


@pytest.mark.row(36)
def test_typed_mounts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    done = host(
        mounts=[
            Bind("./src", "/src", read_only=True, propagation="rslave"),
            VolumeMount(
                "data", "/d", subpath="x", copy=False, driver="local", driver_opts={"o": "1"}, labels={"l": "1"}
            ),
            VolumeMount(None, "/anonymous"),
            Tmpfs("/t", size="64m", mode=0o1770, options=["noexec", "uid=1"]),
            ImageMount("busybox", "/i", subpath="bin"),
            PipeMount(r"\\.\pipe\a", r"\\.\pipe\a"),
            ClusterMount("c", "/c"),
        ]
    )
    assert done["Mounts"] == [
        {
            "Type": "bind",
            "Source": str(tmp_path / "src"),
            "Target": "/src",
            "ReadOnly": True,
            "BindOptions": {"Propagation": "rslave"},
        },
        {
            "Type": "volume",
            "Source": "data",
            "Target": "/d",
            "VolumeOptions": {
                "NoCopy": True,
                "Labels": {"l": "1"},
                "DriverConfig": {"Name": "local", "Options": {"o": "1"}},
                "Subpath": "x",
            },
        },
        {"Type": "volume", "Target": "/anonymous"},
        {
            "Type": "tmpfs",
            "Target": "/t",
            "TmpfsOptions": {"SizeBytes": 64 * 2**20, "Mode": 0o1770, "Options": [["noexec"], ["uid", "1"]]},
        },
        {"Type": "image", "Source": "busybox", "Target": "/i", "ImageOptions": {"Subpath": "bin"}},
        {"Type": "npipe", "Source": r"\\.\pipe\a", "Target": r"\\.\pipe\a"},
        {"Type": "cluster", "Source": "c", "Target": "/c", "ClusterOptions": {}},
    ]
    assert "Binds" not in done


def test_the_ways_to_be_recursive() -> None:
    def options(bind: Bind) -> object:
        return host(mounts=[bind])["Mounts"][0].get("BindOptions")

    assert options(Bind("/a", "/b")) is None
    assert options(Bind("/a", "/b", recursive="disabled")) == {"NonRecursive": True}
    assert options(Bind("/a", "/b", read_only=True, recursive="writable")) == {"ReadOnlyNonRecursive": True}
    assert options(Bind("/a", "/b", read_only=True, recursive="readonly")) == {"ReadOnlyForceRecursive": True}
    assert options(Bind("/a", "/b", create=True)) == {"CreateMountpoint": True}


@pytest.mark.row(36)
@pytest.mark.parametrize(
    ("written", "bind"),
    [
        ("./site:/www:ro", "{here}/site:/www:ro"),
        ("~/site:/www:ro,z", "{home}/site:/www:ro,z"),
        ("site/html:/www", "{here}/site/html:/www"),
        (".:/www", "{here}:/www"),
        ("/abs:/www", "/abs:/www"),
        ("data:/www:nocopy", "data:/www:nocopy"),
        (r"C:\site:C:\www:ro", r"C:\site:C:\www:ro"),
    ],
)
def test_mount_strings_are_binds(written: str, bind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    assert host(mounts=written) == {"Binds": [bind.format(here=tmp_path, home=tmp_path / "home")]}


@pytest.mark.parametrize(
    ("written", "typed"),
    [
        ("/data", VolumeMount(None, "/data")),
        ("type=bind,source=/a,target=/b,readonly,bind-propagation=rshared", Bind("/a", "/b", True, "rshared")),
        ("type=bind,src=/a,dst=/b,ro=false,bind-recursive=disabled", Bind("/a", "/b", recursive="disabled")),
        ("type=bind,src=/a,dst=/b,bind-create-src", Bind("/a", "/b", create=True)),
        ("src=v,dst=/b,volume-nocopy,volume-subpath=x", VolumeMount("v", "/b", copy=False, subpath="x")),
        ("destination=/b", VolumeMount(None, "/b")),
        (
            "type=volume,src=v,dst=/b,volume-driver=d,volume-opt=a=1,volume-opt=b=2,volume-label=l=x",
            VolumeMount("v", "/b", driver="d", driver_opts={"a": "1", "b": "2"}, labels={"l": "x"}),
        ),
        ("type=tmpfs,dst=/t,tmpfs-size=1m,tmpfs-mode=1777", Tmpfs("/t", "1m", 0o1777)),
        ("type=image,src=busybox,dst=/i,image-subpath=bin", ImageMount("busybox", "/i", "bin")),
    ],
)
def test_mount_strings_of_the_long_kind(written: str, typed: Any) -> None:
    assert host(mounts=[written]) == host(mounts=[typed])


@pytest.mark.parametrize(
    "wrong",
    ["", ":", "a:", "a:b", "./a:/b:ro:x", "relative", "type=bind,dst=/b", "type=bind,src=/a", "type=disk,src=/a,dst=/b",
     "type=tmpfs,dst=/t,readonly", "type=tmpfs,src=/a,dst=/t", "type=bind,src=/a,dst=/b,colour=red",
     "type=bind,src=/a,dst=/b,ro=maybe", {"/a": "/b"}, [("/a", "/b")], 5],
)  # fmt: skip
def test_what_is_no_mount_is_refused(wrong: Any) -> None:
    with pytest.raises(InvalidArgument, match=r"^mounts: .*For example: mounts="):
        host(mounts=wrong)


def test_tmpfs() -> None:
    assert host(tmpfs="/run") == host(tmpfs=["/run"]) == host(tmpfs={"/run": ""}) == {"Tmpfs": {"/run": ""}}
    assert host(tmpfs=["/run:size=1m,mode=755"]) == {"Tmpfs": {"/run": "size=1m,mode=755"}}


# Devices


@pytest.mark.row(37)
@pytest.mark.parametrize(
    ("given", "wire"),
    [
        ("all", {"Count": -1, "Capabilities": [["gpu"]]}),
        (-1, {"Count": -1, "Capabilities": [["gpu"]]}),
        (2, {"Count": 2, "Capabilities": [["gpu"]]}),
        ("2", {"Count": 2, "Capabilities": [["gpu"]]}),
        (["GPU-1", "GPU-2"], {"DeviceIDs": ["GPU-1", "GPU-2"], "Capabilities": [["gpu"]]}),
        ("device=0,driver=nvidia", {"Driver": "nvidia", "DeviceIDs": ["0"], "Capabilities": [["gpu"]]}),
        (
            '"device=0,1","capabilities=utility,compute",options=a=1',
            {"DeviceIDs": ["0", "1"], "Capabilities": [["gpu", "utility", "compute"]], "Options": {"a": "1"}},
        ),
    ],
)
def test_gpus(given: Any, wire: dict[str, Any]) -> None:
    assert host(gpus=given) == {"DeviceRequests": [wire]}


@pytest.mark.parametrize("wrong", [0, -2, True, "some", "colour=red", [], ""])
def test_what_is_no_gpu_is_refused(wrong: Any) -> None:
    with pytest.raises(InvalidArgument, match=r'^gpus: .*For example: gpus="all"'):
        host(gpus=wrong)


def test_devices() -> None:
    def wire(outside: str, inside: str, permissions: str) -> dict[str, str]:
        return {"PathOnHost": outside, "PathInContainer": inside, "CgroupPermissions": permissions}

    assert host(
        devices=["/dev/a", "/dev/a:/dev/b", "/dev/a:/dev/b:r", "/dev/a:rw", Device("/dev/a", "/dev/c", "m")]
    ) == {
        "Devices": [
            wire("/dev/a", "/dev/a", "rwm"),
            wire("/dev/a", "/dev/b", "rwm"),
            wire("/dev/a", "/dev/b", "r"),
            wire("/dev/a", "/dev/a", "rw"),
            wire("/dev/a", "/dev/c", "m"),
        ]
    }
    assert host(devices="vendor.com/gpu=0", gpus=1) == {
        "DeviceRequests": [
            {"Driver": "cdi", "DeviceIDs": ["vendor.com/gpu=0"]},
            {"Count": 1, "Capabilities": [["gpu"]]},
        ]
    }


def test_block_devices_and_ulimits() -> None:
    assert host(
        device_read_bps=["/dev/sda:1mb"], device_write_iops={"/dev/sda": 7}, blkio_weight_device=["/dev/sda:20"]
    ) == {
        "BlkioDeviceReadBps": [{"Path": "/dev/sda", "Rate": 2**20}],
        "BlkioDeviceWriteIOps": [{"Path": "/dev/sda", "Rate": 7}],
        "BlkioWeightDevice": [{"Path": "/dev/sda", "Weight": 20}],
    }
    assert host(ulimits=["nofile=1:2", "core=-1", Ulimit("nproc", 3)])["Ulimits"] == [
        {"Name": "nofile", "Soft": 1, "Hard": 2},
        {"Name": "core", "Soft": -1, "Hard": -1},
        {"Name": "nproc", "Soft": 3, "Hard": 3},
    ]


# Health and life


@pytest.mark.parametrize(
    ("given", "wire"),
    [
        ("curl -f localhost", {"Test": ["CMD-SHELL", "curl -f localhost"]}),
        (["curl", "-f"], {"Test": ["CMD", "curl", "-f"]}),
        (["CMD-SHELL", "x | y"], {"Test": ["CMD-SHELL", "x | y"]}),
        (False, {"Test": ["NONE"]}),
        (Healthcheck.none(), {"Test": ["NONE"]}),
        (Healthcheck(interval="5s"), {"Interval": 5 * 10**9}),
        (
            Healthcheck(["CMD", "x"], interval=2, timeout=0.5, retries=3, start_period="1m30s", start_interval="500ms"),
            {
                "Test": ["CMD", "x"],
                "Interval": 2 * 10**9,
                "Timeout": 5 * 10**8,
                "Retries": 3,
                "StartPeriod": 90 * 10**9,
                "StartInterval": 5 * 10**8,
            },
        ),
    ],
)
def test_health_checks(given: Any, wire: dict[str, Any]) -> None:
    assert top(healthcheck=given)["Healthcheck"] == wire


def test_restart_policies() -> None:
    for given in ("on-failure:3", RestartPolicy("on-failure", 3)):
        assert host(restart=given) == {"RestartPolicy": {"Name": "on-failure", "MaximumRetryCount": 3}}
    for wrong in ("sometimes", "always:3", "on-failure:x", "on-failure:", True):
        with pytest.raises(InvalidArgument, match=r'^restart: .*restart="on-failure:3"'):
            host(restart=wrong)


# Security


def test_a_seccomp_profile_is_read_here(tmp_path: Path) -> None:
    profile = tmp_path / "p.json"
    profile.write_text('{\n "defaultAction": "SCMP_ACT_ALLOW"\n}')
    done = host(security_opt=[f"seccomp={profile}", "no-new-privileges", "label=disable"])
    assert done["SecurityOpt"] == ['seccomp={"defaultAction":"SCMP_ACT_ALLOW"}', "no-new-privileges", "label=disable"]
    assert json.loads(done["SecurityOpt"][0].partition("=")[2])
    assert host(security_opt="seccomp=unconfined") == {"SecurityOpt": ["seccomp=unconfined"]}
    assert host(security_opt=f"seccomp:{profile}")["SecurityOpt"][0].startswith("seccomp={")
    with pytest.raises(InvalidArgument, match=r"seccomp profile"):
        host(security_opt=f"seccomp={tmp_path / 'missing.json'}")


def test_unconfined_system_paths_are_two_empty_lists() -> None:
    assert host(security_opt="systempaths=unconfined") == {"SecurityOpt": [], "MaskedPaths": [], "ReadonlyPaths": []}


# Commands


@pytest.mark.row(72)
@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("echo hi", ["echo", "hi"]),
        ("echo 'a | b' \"c > d\" e\\;f", ["echo", "a | b", "c > d", "e;f"]),
        ('sh -c "ls > x; echo $HOME"', ["sh", "-c", "ls > x; echo $HOME"]),
        ("awk '{print $1}' f", ["awk", "{print $1}", "f"]),
        ("grep a$ f", ["grep", "a$", "f"]),
        (["echo", "a | b"], ["echo", "a | b"]),
        ([Path("/bin/true")], ["/bin/true"]),
    ],
)
def test_commands_are_words(command: Any, words: list[str]) -> None:
    assert command_words(command) == words


@pytest.mark.row(72)
@pytest.mark.parametrize("line", ["ls > x", "a | b", "a; b", "a && b", "sleep 9 &", "echo $HOME", "echo $(id)",
                                  "echo `id`", "cat < x", "echo ${A}", "a\nb"])  # fmt: skip
def test_a_line_of_shell_is_refused_without_a_shell(line: str) -> None:
    with pytest.raises(InvalidArgument, match=r"needs a shell") as caught:
        command_words(line)
    assert f'["sh", "-c", {line!r}]' in str(caught.value)
    assert command_words(line, shell=True) == ["sh", "-c", line]


@pytest.mark.parametrize("wrong", ["", "  ", [], "echo 'x", ["sleep", 60], {"a": 1}, b"ls", 5, [b"ls"]])
def test_what_is_no_command_is_refused(wrong: Any) -> None:
    with pytest.raises(InvalidArgument):
        command_words(wrong)


def test_shell_wants_one_line() -> None:
    with pytest.raises(InvalidArgument, match=r"not a list"):
        command_words(["ls"], shell=True)


def test_an_entrypoint_can_be_taken_away() -> None:
    assert top(entrypoint="")["Entrypoint"] == [""]
    assert top(entrypoint="python -m")["Entrypoint"] == ["python", "-m"]


def test_environments() -> None:
    assert environment(None) == []
    assert environment({"A": "1", "B": None, "C": 2}) == ["A=1", "B", "C=2"]
    assert environment(["A=1", "B"]) == ["A=1", "B"]


# Signature


def test_a_spelled_out_signature_names_every_option() -> None:
    @spelled_out
    async def run(image: str, *, check: bool = False, **options: Unpack[ContainerOptions]) -> None:
        raise AssertionError(image, check, options)

    names = list(inspect.signature(run).parameters)
    assert names[:2] == ["image", "check"]
    assert set(names[2:]) == set(ContainerOptions.__annotations__)
    memory = inspect.signature(run).parameters["memory"]
    assert (memory.kind, repr(memory.default)) == (inspect.Parameter.KEYWORD_ONLY, "…")
    assert "At(" not in str(inspect.signature(run))
