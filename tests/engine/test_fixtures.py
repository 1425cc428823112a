"""The fixtures themselves, without pydock's client: engines, the sweep, registries, sshd, TLS."""

from __future__ import annotations

import json
import ssl
import subprocess
from collections.abc import Generator
from typing import TYPE_CHECKING

import anyio
import pytest

from pydock.testing import PrivateEngine

if TYPE_CHECKING:
    from tests.engine.conftest import Engine, Raw, Registry, SSHServer


def test_engine_is_what_its_name_says(engine: Engine, raw: Raw) -> None:
    told = raw("GET", "/version")
    assert told["ApiVersion"] == engine.api
    assert engine.podman == any("Podman" in part["Name"] for part in told["Components"])
    if not engine.podman:
        driver = raw("GET", "/info")["DriverStatus"]
        assert engine.containerd == (["driver-type", "io.containerd.snapshotter.v1"] in driver)


def test_busybox_has_no_labels_and_no_command(raw: Raw) -> None:
    config = raw("GET", "/images/busybox/json")["Config"]
    assert not config.get("Labels")
    assert not config.get("Cmd")


@pytest.fixture
def nothing_left(raw: Raw) -> Generator[list[str]]:
    """Look, after `label` was swept, for what the test created."""
    marks: list[str] = []
    yield marks
    chosen = {"label": [f"pydock.test={mark}" for mark in marks]}
    assert marks
    assert raw("GET", "/containers/json", all=True, filters=chosen) == []
    assert raw("GET", "/networks", filters=chosen) == []
    assert not raw("GET", "/volumes", filters=chosen)["Volumes"]


def test_what_has_the_label_is_swept(nothing_left: list[str], raw: Raw, label: dict[str, str]) -> None:
    mark = label["pydock.test"]
    nothing_left.append(mark)
    raw("POST", "/volumes/create", body={"Name": f"v-{mark}", "Labels": label})
    raw("POST", "/networks/create", body={"Name": f"n-{mark}", "Labels": label})
    sleeping = {"Image": "busybox", "Cmd": ["sleep", "100"], "Labels": label}
    made = raw("POST", "/containers/create", body={**sleeping, "HostConfig": {"Binds": [f"v-{mark}:/v"]}})
    raw("POST", f"/containers/{made['Id']}/start")
    assert len(raw("GET", "/containers/json", filters={"label": [f"pydock.test={mark}"]})) == 1


def ask_registry(engine: Engine, registry: Registry, *more: str) -> str:
    command = [
        "curl",
        "-sS",
        "-o",
        "/dev/null",
        "-w",
        "%{http_code}",
        *more,
        f"http://{registry.address}/v2/",
    ]
    return subprocess.run(engine.inside(*command), capture_output=True, text=True, check=True).stdout


def test_registry_is_open(engine: Engine, registry: Registry) -> None:
    assert ask_registry(engine, registry) == "200"


def test_private_registry_wants_a_login(engine: Engine, private_registry: Registry) -> None:
    assert ask_registry(engine, private_registry) == "401"
    login = f"{private_registry.username}:{private_registry.password}"
    assert ask_registry(engine, private_registry, "-u", login) == "200"


def test_the_engine_pushes_to_the_registry_and_pulls(engine: Engine, raw: Raw, registry: Registry) -> None:
    name = f"{registry.address}/pydock-fixture"
    raw("POST", "/images/busybox/tag", repo=name, tag="1")
    assert b'"error"' not in raw.send("POST", f"/images/{name}/push", tag="1")
    raw("DELETE", f"/images/{name}:1")
    assert b'"error"' not in raw.send("POST", "/images/create", fromImage=name, tag="1")
    raw("DELETE", f"/images/{name}:1")


@pytest.mark.parametrize("how", ["url", "address_url"])
def test_sshd_reaches_the_engine(engine: Engine, sshd: SSHServer, how: str) -> None:
    target = getattr(sshd, how)
    command = ["ssh", target, "docker", "system", "dial-stdio"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as ssh:
        assert ssh.stdin is not None
        assert ssh.stdout is not None
        ssh.stdin.write(b"GET /version HTTP/1.0\r\n\r\n")
        ssh.stdin.flush()  # kept open: an engine from 26 on takes its end for "never mind"
        answer = ssh.stdout.read()
    assert json.loads(answer.partition(b"\r\n\r\n")[2])["ApiVersion"] == engine.api


async def test_tls_engine_wants_our_certificate(tls_engine: PrivateEngine) -> None:
    certificates = tls_engine.certificates
    assert certificates is not None
    context = ssl.create_default_context(cafile=str(certificates.client / "ca.pem"))
    context.load_cert_chain(certificates.client / "cert.pem", certificates.client / "key.pem")
    port = int(tls_engine.url.rpartition(":")[2])
    async with await anyio.connect_tcp(
        "127.0.0.1", port, tls=True, ssl_context=context, tls_standard_compatible=False
    ) as stream:
        await stream.send(b"GET /_ping HTTP/1.0\r\n\r\n")
        answer = b"".join([chunk async for chunk in stream])
    assert answer.endswith(b"OK")
