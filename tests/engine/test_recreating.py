"""A container's code and command line make the same container again, on every engine.

What the daemon tells about both is compared without what cannot be equal: ids, names, times, addresses.
"""

from __future__ import annotations

import ast
import os
import re
import shutil
from collections.abc import Awaitable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

import anyio
import pytest

import pydock
from pydock import Bind, Endpoint, Healthcheck, LogConfig, Port, RestartPolicy, Tmpfs, Ulimit, VolumeMount
from tests.engine.conftest import unavailable

if TYPE_CHECKING:
    from tests.engine.conftest import Engine, Raw

pytestmark = pytest.mark.anyio
ONE_LOOP = pytest.mark.parametrize("anyio_backend", ["asyncio"])  # a hundred cases, and none has to do with the loop


@dataclass(frozen=True)
class Case:
    """A way to make a container, and where it is not possible or not remembered."""

    options: Mapping[str, Any] = field(default_factory=dict[str, Any])
    command: Any = ("sleep", "60")
    image: str = "busybox"
    since: tuple[int, int] = (1, 40)
    podman: bool = True
    cli: bool = True


CASES = {
    "nothing": Case(),
    "command with quotes": Case(command=["sh", "-c", "echo \"it's\" $HOME; sleep 60", "ü", "-x", "a b\n"]),
    "env": Case({"env": {"A": "1", "EMPTY": "", "Q": "it's \"$x\" `y`\nnext", "-dash": "é"}}),
    "env takes away": Case({"env": {"FROM_IMAGE": None}}, image="{image}"),
    "env of the image": Case({"env": {"FROM_IMAGE": "1", "OWN": "2"}}, image="{image}"),
    "image as it is": Case(command=None, image="{image}"),
    "image with a command": Case(command=["other", "words"], image="{image}"),
    "image with another entrypoint": Case({"entrypoint": ["sh", "-c"]}, ["echo hi"], image="{image}"),
    "image with only an entrypoint": Case({"entrypoint": ["sleep", "60"]}, None, image="{image}"),
    "image without its entrypoint": Case({"entrypoint": ""}, ["sleep", "60"], image="{image}"),
    "image with other settings": Case(
        {"user": "0", "workdir": "/srv", "labels": {"of.image": "no", "own": "yes"}, "stop_signal": "SIGTERM",
         "expose": [81], "ports": ["18080:80"], "mounts": ["/other"]}, image="{image}"),
    "user and folder": Case({"user": "user:1000", "workdir": "/tmp", "hostname": "box1", "domainname": "example.org"}),
    "terminal": Case({"tty": True, "interactive": True}),
    "attached": Case({"attach": ["stdout", "stderr"]}),
    "labels": Case({"labels": {"a": "", "b": "x=y", "c.d/e": "it's", "-f": "--g"}}),
    "memory": Case({"memory": "64m", "memory_reservation": "32m"}),
    "swap": Case({"memory": "64m", "memory_swap": "96m"}),
    "odd memory": Case({"memory": 64 * 2**20 + 4096, "shm_size": "16m"}),
    "cpus": Case({"cpus": 1.5}),
    "cpu shares": Case({"cpu_shares": 512, "cpuset_cpus": "0"}),
    "cpu quota": Case({"cpu_period": 100_000, "cpu_quota": 50_000}),
    "processes": Case({"pids_limit": 100, "ulimits": {"nofile": (1024, 2048), "nproc": 512}, "oom_score_adj": 500}),
    "one ulimit": Case({"ulimits": [Ulimit("core", -1)]}),
    "devices": Case({"devices": ["/dev/null:/dev/other:rw", "/dev/zero"], "device_cgroup_rules": ["c 42:* rmw"]}),
    "ports": Case({"ports": ["127.0.0.1:18080:80", "18443:443", Port(53, host=18053, proto="udp")]}),
    "ports without a host's": Case({"ports": [81, "127.0.0.1::82"], "expose": [90, "91/udp"]}),
    "all ports": Case({"expose": ["90"], "publish_all": True}),
    "range of ports": Case({"ports": ["18100-18110:80"]}, podman=False),
    "mounts as text": Case({"mounts": ["{volume}:/data", "/tmp:/host:ro", "/anonymous"]}),
    "binds": Case({"mounts": [Bind("/tmp", "/a", read_only=True), Bind("/etc", "/b", propagation="rslave")]}),
    "volumes": Case({"mounts": [VolumeMount("{volume}", "/data", read_only=True, copy=False)]}),
    "memory mounts": Case({"mounts": [Tmpfs("/t", size="16m", mode=0o1770)], "tmpfs": {"/u": "size=8m,mode=1777"}}),
    "read only": Case({"read_only": True, "tmpfs": ["/run"]}),
    "host network": Case({"network": "host"}),
    "no network": Case({"network": "none"}),
    "own network": Case({"network": "{network}"}),
    "address and aliases": Case({"networks": {"{network}": Endpoint(aliases=["www", "db"], ip="10.200.0.9")}}),
    "two networks": Case({"networks": {"{network}": Endpoint(aliases=["www"]), "{second}": Endpoint(aliases=["b"])}}),
    "mac address": Case({"networks": {"{network}": Endpoint(mac="02:42:ac:11:00:42")}}),
    "gateway": Case(
        {"networks": {"{network}": Endpoint(gw_priority=5), "{second}": True}}, since=(1, 48), podman=False),
    "names": Case({"dns": ["10.0.0.2"], "dns_search": ["example.org"], "dns_options": ["ndots:2"],
                   "extra_hosts": {"db": "10.0.0.9", "host.docker.internal": "host-gateway"}}),
    "capabilities": Case({"cap_add": ["NET_ADMIN"], "cap_drop": ["MKNOD", "CHOWN"],
                          "security_opt": ["no-new-privileges=true"], "group_add": ["10"]}),
    "privileged": Case({"privileged": True}),
    "unconfined": Case({"security_opt": ["seccomp=unconfined", "systempaths=unconfined"]}, podman=False),
    "namespaces": Case({"pid": "host", "ipc": "host", "uts": "host", "cgroupns": "private"}),
    "shareable": Case({"ipc": "shareable"}),
    "sysctls": Case({"sysctls": {"net.ipv4.ip_forward": "1"}}),
    "init": Case({"init": True}, podman=False),
    "logs": Case({"logging": LogConfig("json-file", {"max-size": "10m", "max-file": "2"})}),
    "no logs": Case({"log_driver": "none"}),
    "restart": Case({"restart": RestartPolicy("on-failure", 3), "stop_signal": "SIGINT", "stop_timeout": 3}),
    "always": Case({"restart": "always"}),
    "removed": Case({"remove": True}),
    "health": Case({"healthcheck": Healthcheck("wget -q a || exit 1", interval="2s", timeout="1m30s", retries=5)}),
    "health by words": Case({"healthcheck": Healthcheck(["CMD", "true"], interval="500ms")}, cli=False),
    "no health": Case({"healthcheck": False}),
    "annotations": Case({"annotations": {"org.example.a": "1"}}, since=(1, 43)),
    "masked paths": Case({"masked_paths": ["/proc/kcore"], "readonly_paths": ["/proc/bus"]}, podman=False, cli=False),
    "block devices": Case({"blkio_weight": 500}),
}  # fmt: skip


@pytest.fixture
async def around(docker: pydock.Docker, label: dict[str, str], unique: str, engine: Engine) -> dict[str, str]:
    """Make what the cases refer to: an image that says everything, networks, a name for a volume."""
    return {"image": "", "network": f"{unique}-one", "second": f"{unique}-two", "volume": unique, "ip": ""}


async def prepare(
    docker: pydock.Docker, label: dict[str, str], around: dict[str, str], case: Case, engine: Engine
) -> None:
    needed = repr(case)
    for number, name in enumerate(("network", "second")):
        if f"{{{name}}}" in needed:
            await made_network(docker, label, around, name, number)
    if "{volume}" in needed:
        await docker.volumes.create(around["volume"], labels=label)
    if "{image}" in needed:
        box = await docker.containers.create("busybox", ["true"], labels=label)
        around["image"] = f"{around['volume']}:latest"
        changes = [*IMAGE, *([] if engine.podman or engine.api_version < (1, 45) else YOUNG)]
        marks = [f"LABEL {key}={value}" for key, value in label.items()]
        await box.commit(around["volume"], "latest", changes=[*changes, *marks])


IMAGE = [
    "ENV FROM_IMAGE=1", "LABEL of.image=yes", "USER 1000", "WORKDIR /tmp", "EXPOSE 80", "VOLUME /image",
    'ENTRYPOINT ["sleep"]', 'CMD ["60"]',
]  # fmt: skip
YOUNG = ["STOPSIGNAL SIGQUIT", 'HEALTHCHECK --interval=3s CMD ["true"]']


async def made_network(
    docker: pydock.Docker, label: dict[str, str], around: dict[str, str], name: str, number: int
) -> None:
    start = int.from_bytes(os.urandom(1))
    for attempt in range(20):
        subnet = f"10.{200 + number}.{(start + attempt) % 256}"
        try:
            await docker.networks.create(around[name], subnet=f"{subnet}.0/24", labels=label)
        except pydock.DockerError:  # somebody has the subnet
            continue
        around["ip"] = around["ip"] or f"{subnet}.9"
        return
    pytest.fail("no subnet is free")


def filled(value: Any, around: dict[str, str]) -> Any:
    """Put the names of this run into a case."""
    if isinstance(value, str):
        return re.sub(r"\{(\w+)\}", lambda match: around[match[1]], value)
    if isinstance(value, dict):
        pairs = cast("Mapping[Any, Any]", value)
        return {filled(key, around): filled(item, around) for key, item in pairs.items()}
    if isinstance(value, list):
        members = cast("Sequence[Any]", value)
        return [filled(item, around) for item in members]
    if isinstance(value, (Endpoint, VolumeMount)):
        changed = {name: filled(item, around) for name, item in vars(value).items()}
        if changed.get("ip"):
            changed["ip"] = around["ip"]
        return type(value)(**changed)
    return value


def told(raw: Raw, name: str) -> dict[str, Any]:
    """Return what the engine says, without what differs between any two containers."""
    seen = raw("GET", f"/containers/{name}/json")
    config, host = seen["Config"], seen["HostConfig"]
    if config["Hostname"] == seen["Id"][:12]:
        del config["Hostname"]
    host.pop("ContainerIDFile")
    if host["RestartPolicy"]["Name"] == "no":  # 20.10 keeps empty text where nothing was said
        host["RestartPolicy"]["Name"] = ""
    if config.get("StopSignal") in {"SIGTERM", "15"}:
        del config["StopSignal"]
    host["Binds"] = [bind_of(bind) for bind in host["Binds"] or ()]
    networks = {
        network: {key: said.get(key) for key in ("IPAMConfig", "Aliases", "Links", "DriverOpts", "GwPriority")}
        | {"MacAddress": said.get("MacAddress")}
        for network, said in seen["NetworkSettings"]["Networks"].items()
    }
    for said in networks.values():
        said["Aliases"] = sorted(alias for alias in said["Aliases"] or () if alias not in {seen["Id"][:12], name})
    differing = {"Name", "Source", "Mode"}  # of anonymous volumes; named ones and binds stand in HostConfig
    mounts = [{key: value for key, value in mount.items() if key not in differing} for mount in seen["Mounts"]]
    config["Volumes"] = None  # `-v /data` and a typed anonymous volume are one thing in two places
    host["Mounts"] = [mount for mount in host.get("Mounts") or () if mount.get("Source") or mount["Type"] == "tmpfs"]
    return {
        "Config": config,
        "HostConfig": host,
        "Networks": networks,
        "Mounts": sorted(mounts, key=lambda mount: str(mount["Destination"])),
        "Path": [seen["Path"], *seen["Args"]],
    }


def bind_of(bind: str) -> str:
    """Podman tells anonymous volumes and its own words here, in any order."""
    source, target, *words = bind.split(":")
    own = {"rw", "rprivate", "rbind", "nosuid", "nodev", "exec"}
    said = sorted(word for part in words for word in part.split(",") if word not in own)
    return ":".join(["" if re.fullmatch("[0-9a-f]{64}", source) else source, target, *said])


def plain(value: Any, key: str = "") -> Any:
    """Let null and empty be one, and lists without an order be sorted."""
    if isinstance(value, dict):
        pairs = cast("Mapping[str, Any]", value)
        return {
            name: found
            for name, item in pairs.items()
            if (found := plain(item, name)) not in (None, "", [], {}, False, 0)
        }
    if isinstance(value, list):
        given = cast("Sequence[Any]", value)
        members = [plain(item) for item in given]
        if key in {"CapAdd", "CapDrop"}:
            members = [str(member).removeprefix("CAP_") for member in members]
        ordered = key in {"Cmd", "Entrypoint", "Path", "ConsoleSize", "Test"}
        return members if ordered else sorted(members, key=str)
    return value


def apart(one: Any, other: Any, path: str = "") -> list[str]:
    """Return where the two differ; pytest's own comparison of such trees takes minutes."""
    if isinstance(one, dict) and isinstance(other, dict):
        first, second = cast("Mapping[str, Any]", one), cast("Mapping[str, Any]", other)
        names = dict.fromkeys([*first, *second])
        return [line for name in names for line in apart(first.get(name), second.get(name), f"{path}.{name}")]
    return [] if one == other else [f"{path}: {one!r} != {other!r}"]


async def original(
    docker: pydock.Docker, label: dict[str, str], around: dict[str, str], case: Case, engine: Engine, name: str
) -> pydock.Container:
    if engine.api_version < case.since:
        pytest.skip(f"needs API {case.since}")
    if engine.podman and not case.podman:
        pytest.skip("podman does not know it or forgets it")
    await prepare(docker, label, around, case, engine)
    options = filled(dict(case.options), around)
    options["labels"] = {**options.get("labels", {}), **label}
    command = list(case.command) if case.command else None
    return await docker.containers.create(filled(case.image, around), command, name=name, **options)


def evaluated(code: str, **names: object) -> Awaitable[Any]:
    compiled = compile(code, "as_code", "eval", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    return cast("Awaitable[Any]", eval(compiled, {"pydock": pydock, **names}))


@ONE_LOOP
@pytest.mark.parametrize("name", CASES)
async def test_code_makes_it_again(
    docker: pydock.Docker,
    label: dict[str, str],
    raw: Raw,
    engine: Engine,
    unique: str,
    around: dict[str, str],
    name: str,
) -> None:
    box = await original(docker, label, around, CASES[name], engine, f"{unique}-a")
    code = await box.as_code()
    assert f'name="{unique}-a"' in code
    again = code.replace(f'"{unique}-a"', f'"{unique}-b"').replace(".run_detached(", ".create(")
    await evaluated(again, docker=docker)
    assert not apart(plain(told(raw, f"{unique}-a")), plain(told(raw, f"{unique}-b"))), code


@ONE_LOOP
@pytest.mark.parametrize("name", [name for name, case in CASES.items() if case.cli])
async def test_the_docker_cli_makes_it_again(
    docker: pydock.Docker,
    label: dict[str, str],
    raw: Raw,
    engine: Engine,
    unique: str,
    around: dict[str, str],
    name: str,
) -> None:
    program = shutil.which("docker")
    if program is None:
        unavailable("no docker CLI (apt-get install docker-cli)")
    if name == "mac address" and engine.api_version < (1, 44):
        pytest.skip("CLIs since 25 send the address in the new place only, which this engine does not know")
    box = await original(docker, label, around, CASES[name], engine, f"{unique}-a")
    line = await box.as_cli()
    again = line.replace(f"{unique}-a", f"{unique}-b").partition(" && docker start")[0]
    again = re.sub("docker run (-d )?", "docker create ", again, count=1)
    environment = {**os.environ, "DOCKER_HOST": engine.url}
    done = await anyio.run_process(["sh", "-c", again], env=environment, check=False)
    assert done.returncode == 0, f"{line}\n{done.stderr.decode()}"
    assert not apart(shaped(told(raw, f"{unique}-a")), shaped(told(raw, f"{unique}-b"))), line


def shaped(said: dict[str, Any]) -> Any:
    """Leave out what the CLI always adds: the size of its window, the attachment of `create`."""
    config, host = said["Config"], said["HostConfig"]
    for key in ("AttachStdin", "AttachStdout", "AttachStderr", "StdinOnce"):
        config.pop(key)
    host.pop("ConsoleSize", None)
    if host.get("PidsLimit") == 2048:  # podman's habit, which the CLI's zero switches off
        del host["PidsLimit"]
    notes: dict[str, str] = host.get("Annotations") or {}
    host["Annotations"] = {name: note for name, note in notes.items() if not name.startswith("io.podman.")}
    config["Cmd"] = [*(config.pop("Entrypoint") or ()), *(config["Cmd"] or ())]
    return plain(said)
