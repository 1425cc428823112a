"""`pydock.testing.private_engine`: it starts, answers, restarts, and leaves nothing, however it ends."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Generator
from pathlib import Path

import anyio
import pytest

from pydock.errors import EndpointNotFound, InvalidArgument, PermissionDenied, Unreachable
from pydock.testing import PrivateEngine, private_engine

needs_engine = pytest.mark.skipif(
    (os.geteuid() != 0 or shutil.which("dockerd") is None) and os.environ.get("PYDOCK_ENGINES_REQUIRED") != "1",
    reason="a private engine needs root and dockerd (apt-get install docker.io)",
)
DATA = Path("/var/tmp")


def traces(directory: str) -> list[str]:
    """Look for all that an engine of this directory may leave: files, processes, mounts, control groups."""
    found = [directory] if Path(directory).exists() else []
    for process in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            if directory.encode() in process.read_bytes():
                found.append(str(process.parent))
        except OSError:
            continue  # it ended just now
    found += [line for line in Path("/proc/self/mounts").read_text().splitlines() if directory in line]
    group = directory.strip("/").replace("/", "-")
    return found + [str(path) for path in Path("/sys/fs/cgroup").glob(f"**/*{group}*")]


def directories() -> set[Path]:
    return set(DATA.glob("pydock-*"))


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> Generator[list[str]]:
    """Note the directories of the engines that the test starts; afterwards nothing of them may be left."""
    noted: list[str] = []
    make = tempfile.mkdtemp

    def noting(prefix: str, dir: str) -> str:
        noted.append(make(prefix=prefix, dir=dir))
        return noted[-1]

    monkeypatch.setattr(tempfile, "mkdtemp", noting)
    yield noted
    assert noted
    assert {directory: traces(directory) for directory in noted} == {directory: [] for directory in noted}


def docker(engine: PrivateEngine, *command: str) -> str:
    """Use the engine by the CLI's way in: the raw API over curl, so that nothing of pydock is believed."""
    base = ["curl", "-sSf", "--unix-socket", engine.socket, "-H", "Content-Type: application/json"]
    return subprocess.run([*base, *command], capture_output=True, text=True, check=True).stdout


def run_sleeper(engine: PrivateEngine) -> str:
    body = json.dumps({"Image": "busybox", "Cmd": ["sleep", "1000"], "StopSignal": "SIGKILL"})
    made = json.loads(docker(engine, "-d", body, "http://engine/containers/create"))
    identity: str = made["Id"]
    docker(engine, "-X", "POST", f"http://engine/containers/{identity}/start")
    return identity


def state(engine: PrivateEngine, identity: str) -> str:
    found: str = json.loads(docker(engine, f"http://engine/containers/{identity}/json"))["State"]["Status"]
    return found


@needs_engine
async def test_it_answers_has_busybox_and_leaves_nothing(started: list[str]) -> None:
    async with private_engine() as engine:
        assert engine.url == f"unix://{engine.socket}"
        assert engine.environment == {"DOCKER_HOST": engine.url}
        told = json.loads(docker(engine, "http://engine/version"))
        assert (told["Version"], told["ApiVersion"]) == (engine.version, engine.api)
        images = json.loads(docker(engine, "http://engine/images/json"))
        assert [image["RepoTags"] for image in images] == [["busybox:latest"]]
        assert state(engine, run_sleeper(engine)) == "running"
        assert "API listen on" in engine.log.read_text()
        assert len(engine.log_tail(3).splitlines()) == 3
        assert traces(started[0]), "the look for traces is blind"


@needs_engine
async def test_it_restarts_and_comes_back_after_a_kill(started: list[str]) -> None:
    async with private_engine() as engine:
        identity = run_sleeper(engine)
        first = engine.pid
        await engine.restart()
        assert engine.pid != first
        assert state(engine, identity) == "exited"
        docker(engine, "-X", "POST", f"http://engine/containers/{identity}/start")
        await engine.kill()
        assert engine.pid is None
        with pytest.raises(OSError), socket.socket(socket.AF_UNIX) as stream:
            stream.connect(engine.socket)
        await engine.restart()
        assert state(engine, identity) == "exited"


@needs_engine
async def test_two_at_once_do_not_disturb_each_other(started: list[str]) -> None:
    async with private_engine() as one, private_engine() as other:
        sleepers = [(engine, run_sleeper(engine)) for engine in (one, other)]
        await one.restart()
        assert [state(engine, identity) for engine, identity in sleepers] == ["exited", "running"]


@needs_engine
def test_it_is_a_plain_context_manager_too(started: list[str]) -> None:
    with private_engine(busybox=False) as engine:
        assert json.loads(docker(engine, "http://engine/images/json")) == []


@needs_engine
async def test_tls_answers_with_client_certificates_only(started: list[str]) -> None:
    async with private_engine(tls=True, busybox=False) as engine:
        ping = ["curl", "-sS", f"{engine.url.replace('tcp', 'https')}/_ping"]
        folder = Path(engine.environment["DOCKER_CERT_PATH"])
        authority = ["--cacert", str(folder / "ca.pem")]
        identity = ["--cert", str(folder / "cert.pem"), "--key", str(folder / "key.pem")]

        async def ask(*options: str) -> str:
            return (await anyio.run_process([*ping, *options], check=False)).stdout.decode()

        assert await ask(*authority, *identity) == "OK"
        assert await ask(*authority) == ""
        assert await ask(*identity) == ""
        url = engine.url
        await engine.restart()
        assert (engine.url, await ask(*authority, *identity)) == (url, "OK")


@needs_engine
async def test_tcp_answers(started: list[str]) -> None:
    async with private_engine(tcp=True, busybox=False) as engine:
        answer = await anyio.run_process(["curl", "-sS", f"{engine.url.replace('tcp', 'http')}/_ping"])
        assert answer.stdout == b"OK"


@needs_engine
@pytest.mark.parametrize("seconds", [0.0, 0.02, 0.1, 0.3, 0.5])
async def test_a_cancelled_start_leaves_nothing(started: list[str], seconds: float) -> None:
    with anyio.move_on_after(seconds) as scope:
        async with private_engine(tls=True):
            await anyio.sleep_forever()
    assert scope.cancelled_caught


@needs_engine
async def test_a_daemon_that_ends_at_once_shows_its_log(started: list[str]) -> None:
    with pytest.raises(Unreachable, match=r"(?s)ended while it started.*no-such-driver"):
        async with private_engine(settings={"storage-driver": "no-such-driver"}):
            pass


@needs_engine
async def test_a_start_that_takes_too_long_is_given_up(started: list[str]) -> None:
    with pytest.raises(Unreachable, match=r"did not answer within 0\.01 s"):
        async with private_engine(timeout=0.01):
            pass


@needs_engine
async def test_an_error_in_the_block_leaves_nothing(started: list[str]) -> None:
    with pytest.raises(ZeroDivisionError):
        async with private_engine(busybox=False):
            _ = 1 / 0


@needs_engine
def test_a_killed_program_leaves_nothing() -> None:
    program = (
        "from pydock.testing import private_engine; import time\n"
        "with private_engine() as engine: print(engine.socket, flush=True); time.sleep(1000)\n"
    )
    search = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, env=search) as process:
        assert process.stdout is not None
        directory = str(Path(process.stdout.readline().decode().strip()).parent)
        assert traces(directory)
        process.send_signal(signal.SIGKILL)
    patience = time.monotonic() + 30
    while traces(directory):  # nobody is left who could tell when
        assert time.monotonic() < patience, traces(directory)
        time.sleep(0.05)


async def test_without_dockerd_the_error_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    before = directories()
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(EndpointNotFound, match=r"no dockerd on PATH.*apt-get install .*docker\.io") as caught:
        async with private_engine():
            pass
    assert caught.value.hint
    assert directories() <= before


async def test_without_root_the_error_says_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("dockerd", "unshare", "iptables"):
        (tmp_path / name).write_text("#!/bin/sh\n")
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(PermissionDenied, match=r"needs root.*sudo.*DOCKER_HOST"):
        async with private_engine():
            pass


def test_tcp_and_tls_exclude_each_other() -> None:
    with pytest.raises(InvalidArgument, match=r"private_engine\(tls=True\)"):
        private_engine(tcp=True, tls=True)
