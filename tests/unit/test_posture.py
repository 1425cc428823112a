"""The risks of a container, each where it is and where it is not."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from pydock import display
from pydock.models._base import parse
from pydock.models.containers import Container
from pydock.models.posture import Posture, Risk

RECORDED = Path(__file__).parents[3] / "shared" / "facts" / "engine-api" / "bodies"

SAFE: dict[str, Any] = {
    "Id": "ab" * 32,
    "Name": "/safe",
    "Platform": "linux",
    "State": {"Status": "running", "Running": True},
    "Config": {"User": "1000:1000", "Image": "busybox"},
    "HostConfig": {
        "Privileged": False,
        "CapAdd": ["CAP_NET_BIND_SERVICE"],
        "CapDrop": ["ALL"],
        "PidMode": "",
        "IpcMode": "private",
        "UTSMode": "",
        "UsernsMode": "",
        "NetworkMode": "bridge",
        "SecurityOpt": ["no-new-privileges"],
        "ReadonlyRootfs": True,
        "Memory": 64 << 20,
        "PidsLimit": 100,
        "PortBindings": {"80/tcp": [{"HostIp": "127.0.0.1", "HostPort": "8080"}]},
    },
    "Mounts": [
        {"Type": "bind", "Source": "/etc/localtime", "Destination": "/etc/localtime", "RW": False},
        {"Type": "bind", "Source": "/srv/site", "Destination": "/site", "RW": True},
        {
            "Type": "volume",
            "Name": "etc",
            "Source": "/var/lib/docker/volumes/e/_data",
            "Destination": "/e",
            "RW": True,
        },
    ],
    "NetworkSettings": {"Ports": {"80/tcp": [{"HostIp": "127.0.0.1", "HostPort": "8080"}]}},
}


def container(host: dict[str, Any] | None = None, **changes: Any) -> Container:
    body = copy.deepcopy(SAFE)
    body["HostConfig"].update(host or {})
    body.update(changes)
    return parse(Container, json.dumps(body).encode())


def bind(source: str, *, writable: bool = True, type: str = "bind") -> dict[str, object]:
    return {"Type": type, "Source": source, "Destination": "/x", "RW": writable}


def ports(address: str) -> dict[str, object]:
    return {"Ports": {"80/tcp": [{"HostIp": address, "HostPort": "8080"}]}}


def test_a_container_without_risks() -> None:
    posture = container().posture()
    assert list(posture) == []
    assert not posture
    assert repr(posture) == "<Posture of safe: no risks>"
    assert "nothing found" in display.text(posture)


RISKS: list[tuple[str, str, str, dict[str, Any], dict[str, Any]]] = [
    ("privileged", "5.5", "high", {"Privileged": True}, {}),
    ("added-capabilities", "5.4", "high", {"CapAdd": ["SYS_ADMIN"]}, {}),
    ("added-capabilities", "5.4", "high", {"CapAdd": ["all"]}, {}),
    ("added-capabilities", "5.4", "medium", {"CapAdd": ["CAP_NET_ADMIN", "CHOWN"]}, {}),
    ("docker-socket", "5.32", "high", {}, {"Mounts": [bind("/var/run/docker.sock", writable=False)]}),
    ("docker-socket", "5.32", "high", {}, {"Mounts": [bind("/run/podman/podman.sock")]}),
    ("docker-socket", "5.32", "high", {}, {"Mounts": [bind("//./pipe/docker_engine", type="npipe")]}),
    ("docker-socket", "5.32", "high", {}, {"Mounts": [bind(r"\\.\pipe\docker_engine", type="npipe")]}),
    ("sensitive-mount", "5.6", "high", {}, {"Mounts": [bind("/")]}),
    ("sensitive-mount", "5.6", "high", {}, {"Mounts": [bind("/etc/")]}),
    ("sensitive-mount", "5.6", "medium", {}, {"Mounts": [bind("/proc", writable=False)]}),
    ("sensitive-mount", "5.6", "high", {}, {"Mounts": [bind("/etc/cron.d/job")]}),
    ("host-pid", "5.16", "high", {"PidMode": "host"}, {}),
    ("host-network", "5.10", "medium", {"NetworkMode": "host"}, {}),
    ("host-ipc", "5.17", "medium", {"IpcMode": "host"}, {}),
    ("host-uts", "5.21", "medium", {"UTSMode": "host"}, {}),
    ("host-userns", "5.31", "medium", {"UsernsMode": "host"}, {}),
    ("root-user", "4.1", "medium", {}, {"Config": {"User": ""}}),
    ("root-user", "4.1", "medium", {}, {"Config": {"User": "0:0"}}),
    ("root-user", "4.1", "medium", {}, {"Config": {"User": "root"}}),
    ("new-privileges", "5.26", "medium", {"SecurityOpt": None}, {}),
    ("new-privileges", "5.26", "medium", {"SecurityOpt": ["no-new-privileges:false"]}, {}),
    ("no-seccomp", "5.22", "medium", {"SecurityOpt": ["no-new-privileges", "seccomp=unconfined"]}, {}),
    ("no-seccomp", "5.22", "medium", {"SecurityOpt": ["no-new-privileges", "seccomp:unconfined"]}, {}),
    ("no-apparmor", "5.2", "medium", {"SecurityOpt": ["no-new-privileges:true", "apparmor=unconfined"]}, {}),
    ("no-apparmor", "5.2", "medium", {}, {"AppArmorProfile": "unconfined"}),
    ("writable-root", "5.13", "low", {"ReadonlyRootfs": False}, {}),
    ("no-memory-limit", "5.11", "low", {"Memory": 0}, {}),
    ("no-pids-limit", "5.29", "low", {"PidsLimit": None}, {}),
    ("no-pids-limit", "5.29", "low", {"PidsLimit": -1}, {}),
    ("published-everywhere", "5.14", "low", {}, {"NetworkSettings": ports("0.0.0.0")}),
    ("published-everywhere", "5.14", "low", {}, {"NetworkSettings": ports("::")}),
    (
        "published-everywhere", "5.14", "low",
        {"PortBindings": {"80/tcp": [{"HostIp": "", "HostPort": ""}]}}, {"NetworkSettings": {"Ports": {}}},
    ),
]  # fmt: skip


@pytest.mark.parametrize(("name", "cis", "severity", "host", "changes"), RISKS)
def test_each_risk_alone(name: str, cis: str, severity: str, host: dict[str, Any], changes: dict[str, Any]) -> None:
    found = list(container(host, **changes).posture())
    assert [(risk.name, risk.cis, risk.severity, risk.level) for risk in found] == [(name, cis, severity, 1)]
    assert found[0].reason.endswith(".")
    assert found[0].cure.endswith(".")


@pytest.mark.parametrize(
    "host",
    [
        {"CapAdd": None},
        {"PidMode": "private"},
        {"PidMode": "container:web"},
        {"IpcMode": "shareable"},
        {"SecurityOpt": ["no-new-privileges=true"]},
        {"SecurityOpt": ["no-new-privileges", 'seccomp={"defaultAction":"SCMP_ACT_ERRNO"}']},
        {"PortBindings": {}},
    ],
)
def test_what_is_no_risk(host: dict[str, Any]) -> None:
    assert container(host).posture().names == frozenset()


def test_a_windows_container_has_no_walls_of_linux() -> None:
    bare = container({"ReadonlyRootfs": False, "SecurityOpt": None, "PidsLimit": 0, "Memory": 0}, Platform="windows")
    assert bare.posture().names == {"no-memory-limit"}


def test_the_worst_comes_first_and_the_rest_can_be_cut_off() -> None:
    posture = container({"Privileged": True, "Memory": 0, "SecurityOpt": None}).posture()
    assert [risk.severity for risk in posture] == ["high", "medium", "low"]
    assert posture.at_least("medium").names == {"privileged", "new-privileges"}
    assert posture.at_least("high").names == {"privileged"}
    assert posture[1:].names == {"new-privileges", "no-memory-limit"}
    assert isinstance(posture[0], Risk)


def test_it_shows_itself_as_a_table_with_the_whole_cure() -> None:
    posture = container({"Privileged": True, "Memory": 0}).posture()
    shown = display.text(posture)
    assert "safe: 2 risks · ■ 1 high · ○ 1 low" in shown
    assert all(risk.cure in shown and risk.reason in shown for risk in posture)
    assert "privileged" in display.html(posture)
    assert str(posture).startswith("privileged (CIS 5.5): It has all capabilities")
    assert "5.5" in display.text(posture[0])


@pytest.mark.skipif(not RECORDED.exists(), reason="the recorded answers are not beside this checkout")
def test_every_recorded_container_has_a_posture() -> None:
    seen = 0
    for file in RECORDED.glob("*.json"):
        for body in found(json.loads(file.read_text())):
            assert isinstance(parse(Container, json.dumps(body).encode()).posture(), Posture)
            seen += 1
    assert seen >= 3


def test_bodies_with_holes_have_a_posture() -> None:
    for key in SAFE.keys() - {"Id"}:
        holes: list[Any] = [None, [], "x"]
        for hole in holes:
            body = {**SAFE, key: hole}
            assert isinstance(parse(Container, json.dumps(body).encode()).posture(), Posture)


def found(value: Any) -> list[dict[str, Any]]:
    """Return the inspected containers in a recording."""
    if isinstance(value, str) and value.startswith("{"):
        try:
            value = json.loads(value)
        except ValueError:
            return []
    if isinstance(value, dict):
        if "HostConfig" in value and "NetworkSettings" in value and isinstance(value.get("State"), dict):
            return [value]
        return [one for item in value.values() for one in found(item)]
    return [one for item in value for one in found(item)] if isinstance(value, list) else []
