"""Real engines for the tests, and what belongs around them: registries, TLS, sshd, labels and the sweep.

The engines are started outside (`make engines-up`, `make test`); here they are only looked up. Where none of
them runs, a private engine stands in for 20.10, or DOCKER_HOST for all (the name `host`).
PYDOCK_ENGINES="20.10,28.5" selects; PYDOCK_ENGINES_REQUIRED=1 makes a missing engine a failure, not a skip.
Types for tests: `if TYPE_CHECKING: from tests.engine.conftest import Engine, Raw, Registry, SSHServer`.
"""

from __future__ import annotations

import contextlib
import functools
import getpass
import http.client
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from collections.abc import AsyncGenerator, Generator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn
from urllib.parse import quote, urlsplit

import pytest

from pydock.testing import PrivateEngine, private_engine

if TYPE_CHECKING:
    import pydock

PROVISION = Path(__file__).parents[1] / "engines" / "provision.py"
MATRIX = ["20.10", "26.1", "28.5", "28.5-containerd", "podman"]
PODMAN_GAPS = {
    "all-tags": "`pull(all_tags=True)` pulls `latest` alone",
    "build-exit-code": "a failed RUN does not tell its exit code apart from its words",
    "build-cache": "there is no build cache of its own: `prune_build_cache()` is `NotFound`",
    "copy-to-missing-folder": "copying into a folder that is not there makes the folder",
    "distribution": "it does not ask the registry about an image: `distribution()` is `ImageNotFound`",
    "log-pieces": "a line written in pieces keeps the timestamps of its pieces; `logs(timestamps=False)` has it whole",
    "login-without-tls": "login asks a registry by https, unless its address begins with localhost:",
    "past-events": "past events (`since`, `until`) are not given back",
    "stats-cpu": "one sample of `stats()` has no `cpu_percent`; `follow_stats()` has it from its second sample on",
}
"""What podman does otherwise, by a short name; docs/podman.md tells users the same."""
SESSION = uuid.uuid4().hex[:8]


# The engines


@dataclass(frozen=True)
class Engine:
    """One engine of the matrix."""

    name: str
    url: str
    version: str
    api: str
    """The newest API version it speaks, as "1.41"."""
    podman: bool = False
    containerd: bool = False
    """It keeps its images in containerd's store."""
    pid: int = 0
    """A process in its namespaces; 0 where it has none of its own."""

    def lacks(self, gap: str) -> bool:
        """Whether it is podman and lacks this: for a line of a test; a whole test is marked `podman_gap(name)`."""
        return bool(PODMAN_GAPS[gap]) and self.podman

    @property
    def api_version(self) -> tuple[int, int]:
        major, minor = self.api.split(".")
        return int(major), int(minor)

    def inside(self, *command: str) -> list[str]:
        """Wrap a command so that it runs in the engine's network, where its published ports are."""
        return ["nsenter", "-n", "-t", str(self.pid), "--", *command] if self.pid else list(command)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "engine" in metafunc.fixturenames:
        metafunc.parametrize("engine", selected(), indirect=True, scope="session")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "podman_gap(name): fails on podman, as PODMAN_GAPS and docs/podman.md tell")


@pytest.hookimpl(tryfirst=True)  # before `-m once` is looked at
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Run soak tests on one engine; expect tests of what podman lacks to fail there."""
    # Never on podman: it finishes requests that nobody waits for any more, and 5000 of /info are its end.
    soaking = next((name for name in ("28.5", *reversed(selected())) if name in selected() and name != "podman"), "")
    dropped: list[pytest.Item] = []
    for item in items:
        soak = item.get_closest_marker("soak") is not None
        name = (
            item.callspec.params.get("engine")
            if isinstance(item, pytest.Function) and hasattr(item, "callspec")
            else None
        )
        if soak or name is None:
            item.add_marker(pytest.mark.once)
        if name is not None:
            if soak and name != soaking:
                dropped.append(item)
            for gap in item.iter_markers("podman_gap") if name == "podman" else ():
                item.add_marker(pytest.mark.xfail(reason=f"podman: {PODMAN_GAPS[gap.args[0]]}", strict=True))
    if dropped:
        config.hook.pytest_deselected(items=dropped)
        items[:] = [item for item in items if item not in dropped]


@functools.cache
def selected() -> list[str]:
    asked = [name.strip() for name in os.environ.get("PYDOCK_ENGINES", "").split(",") if name.strip()]
    if unknown := [name for name in asked if name not in [*MATRIX, "host"]]:
        raise pytest.UsageError(f"PYDOCK_ENGINES: no engine {unknown[0]!r}; there are {', '.join(MATRIX)}, host")
    if asked:
        return asked
    return ["host"] if os.environ.get("DOCKER_HOST") and not running() else MATRIX


@functools.cache
def running() -> dict[str, Engine]:
    """Ask which engines are up: `provision.py` alone knows where they are."""
    asked = subprocess.run([sys.executable, PROVISION, "status", "--json"], capture_output=True, check=True)
    found = json.loads(asked.stdout)
    return {
        name: Engine(
            name,
            f"unix://{one['socket']}",
            one["version"],
            one["api"],
            one["podman"],
            one["containerd"],
            one["inside"],
        )
        for name, one in found.items()
    }


@pytest.fixture(scope="session")
def engine(request: pytest.FixtureRequest) -> Generator[Engine]:
    """Give one engine after the other; the test's id says which."""
    name: str = request.param
    with contextlib.ExitStack() as stack:
        found = running().get(name)
        if name == "host":
            found = host()
        elif found is None and name == "20.10" and not running() and os.geteuid() == 0 and shutil.which("dockerd"):
            found = stand_in(name, stack.enter_context(private_engine()))
        if found is None:
            unavailable(f"engine {name} does not run (make engines-up; needs root on Debian)")
        yield found
        if found.url.startswith("unix://"):
            sweep(Raw(found.url), f"pydock.session={SESSION}")


def host() -> Engine:
    url = os.environ.get("DOCKER_HOST", "unix:///var/run/docker.sock")
    told = Raw(url)("GET", "/version")
    return Engine("host", url, told["Version"], told["ApiVersion"])


def stand_in(name: str, private: PrivateEngine) -> Engine:
    return Engine(name, private.url, private.version, private.api, pid=private.pid or 0)


def unavailable(reason: str) -> NoReturn:
    """Skip with the reason, or fail where everything has to be there."""
    if os.environ.get("PYDOCK_ENGINES_REQUIRED") == "1":
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)


# Talking to it


@pytest.fixture
async def docker(engine: Engine, anyio_backend: str) -> AsyncGenerator[pydock.Docker]:
    """Give a client of the engine."""
    import pydock

    async with pydock.Docker(engine.url) as client:
        yield client


class Raw:
    """The engine without pydock, to see with other eyes: `raw("GET", "/containers/json", all=True)`."""

    def __init__(self, url: str) -> None:
        self._url = urlsplit(url)

    def __call__(self, method: str, path: str, /, *, body: object = None, **query: object) -> Any:
        """Send `body` as JSON, return the JSON answer (None without one). RuntimeError on an error status."""
        answer = self.send(method, path, b"" if body is None else json.dumps(body).encode(), **query)
        return json.loads(answer) if answer.strip() else None

    def send(self, method: str, path: str, body: bytes = b"", /, **query: object) -> bytes:
        """Return the answer's body. RuntimeError on an error status."""
        pairs = "&".join(f"{key}={quote(_wire(value))}" for key, value in query.items())
        headers = {"Content-Type": "application/json", "X-Registry-Auth": "e30="}  # {}
        with contextlib.closing(self._connect()) as connection:
            connection.request(method, f"{path}?{pairs}", body, headers)
            answer = connection.getresponse()
            content = answer.read()
        if answer.status >= 400:
            raise RuntimeError(f"{answer.status} {method} {path}: {content.decode(errors='replace')}")
        return content

    def _connect(self) -> http.client.HTTPConnection:
        if self._url.scheme != "unix":
            return http.client.HTTPConnection(self._url.hostname or "", self._url.port, timeout=60)
        connection = http.client.HTTPConnection("localhost", timeout=60)
        connection.sock = socket.socket(socket.AF_UNIX)
        connection.sock.settimeout(60)
        connection.sock.connect(self._url.path)
        return connection


def _wire(value: object) -> str:
    return json.dumps(value) if isinstance(value, dict | bool) else str(value)


@pytest.fixture
def raw(engine: Engine) -> Raw:
    """Give the engine without pydock."""
    return Raw(engine.url)


@pytest.fixture
def label(engine: Engine) -> Generator[dict[str, str]]:
    """Give labels for what the test creates (`labels=label`; `label=label` lists it); swept afterwards."""
    mine = {"pydock.test": uuid.uuid4().hex[:12], "pydock.session": SESSION}
    yield mine
    sweep(Raw(engine.url), f"pydock.test={mine['pydock.test']}")


def sweep(raw: Raw, label: str) -> None:
    """Remove every container, network, volume and image with the label, in the order that lets them go."""
    chosen = {"label": [label]}
    for container in raw("GET", "/containers/json", all=True, filters=chosen):
        if container["State"] == "running":  # podman would wait 10 s for it to stop
            _try(raw, "POST", f"/containers/{container['Id']}/kill")
        _try(raw, "DELETE", f"/containers/{container['Id']}", force=True, v=True)
    for network in raw("GET", "/networks", filters=chosen):
        _try(raw, "DELETE", f"/networks/{network['Id']}")
    volumes: list[dict[str, str]] = raw("GET", "/volumes", filters=chosen)["Volumes"] or []
    for volume in volumes:
        _try(raw, "DELETE", f"/volumes/{quote(volume['Name'], safe='')}", force=True)
    for image in raw("GET", "/images/json", filters=chosen):
        _try(raw, "DELETE", f"/images/{image['Id']}", force=True)


def _try(raw: Raw, method: str, path: str, **query: object) -> None:
    try:
        raw(method, path, **query)
    except RuntimeError as error:
        if not str(error).startswith(("404", "409")):  # gone already, or just going
            raise


# Cutting it off


class Cutter:
    """Stands before the engine and cuts all connections when told. In threads: it must not share the client's loop."""

    def __init__(self, engine: str, path: Path, *, passes_end: bool = True) -> None:
        self.url = f"unix://{path}"
        self._passes_end = passes_end
        self._closed = threading.Event()
        self._engine = engine
        self._open: list[socket.socket] = []
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(path))
        self._listener.listen()
        threading.Thread(target=self._serve, daemon=True).start()

    def cut(self) -> None:
        connections, self._open = self._open, []
        for connection in connections:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        self._closed.set()
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _serve(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                engine = socket.socket(socket.AF_UNIX)
                engine.connect(self._engine)
                self._open += [client, engine]
                threading.Thread(target=self._carry, args=(client, engine), daemon=True).start()

    def _carry(self, client: socket.socket, engine: socket.socket) -> None:
        back = threading.Thread(target=self._back, args=(engine, client), daemon=True)
        back.start()
        self._copy(client, engine)
        back.join()
        client.close()
        engine.close()

    def _back(self, engine: socket.socket, client: socket.socket) -> None:
        self._copy(engine, client, passes_end=self._passes_end)

    def _copy(self, source: socket.socket, target: socket.socket, *, passes_end: bool = True) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                target.sendall(data)
        if not passes_end:
            self._closed.wait()
        with contextlib.suppress(OSError):
            target.shutdown(socket.SHUT_WR)


@pytest.fixture
def cutter(engine: Engine) -> Generator[Cutter]:
    """Give a way to the engine (`cutter.url`) that can be cut (`cutter.cut()`)."""
    with cutter_before(engine) as proxy:
        yield proxy


@pytest.fixture
def endless(engine: Engine) -> Generator[Cutter]:
    """Give a way to the engine that never tells that the engine has closed a connection, as some proxies do."""
    with cutter_before(engine, passes_end=False) as proxy:
        yield proxy


@contextlib.contextmanager
def cutter_before(engine: Engine, *, passes_end: bool = True) -> Generator[Cutter]:
    with tempfile.TemporaryDirectory(prefix="pd") as folder:  # a path short enough for a socket
        proxy = Cutter(engine.url.removeprefix("unix://"), Path(folder) / "d.sock", passes_end=passes_end)
        try:
            yield proxy
        finally:
            proxy.cut()
            proxy.close()


# Registries


@dataclass(frozen=True)
class Registry:
    """A registry that the engine reaches without TLS: push to `f"{address}/name:tag"`."""

    address: str
    username: str = ""
    password: str = ""


@pytest.fixture(scope="session")
def registry(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Generator[Registry]:
    """Give a registry that anybody may use."""
    with serving_registry(engine, tmp_path_factory.mktemp("registry")) as address:
        yield Registry(address)


@pytest.fixture(scope="session")
def private_registry(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Generator[Registry]:
    """Give a registry that wants a login."""
    if shutil.which("htpasswd") is None:
        unavailable("no htpasswd (apt-get install apache2-utils)")
    folder = tmp_path_factory.mktemp("registry")
    username, password = "user", uuid.uuid4().hex
    entry = subprocess.run(["htpasswd", "-Bbn", username, password], capture_output=True, check=True)
    (folder / "htpasswd").write_bytes(entry.stdout)
    with serving_registry(engine, folder) as address:
        yield Registry(address.replace("127.0.0.1", "localhost"), username, password)  # see login-without-tls


@contextlib.contextmanager
def serving_registry(engine: Engine, folder: Path) -> Generator[str]:
    """Run docker-registry in the engine's network on the first free port of those that podman trusts, too."""
    if shutil.which("docker-registry") is None:
        unavailable("no docker-registry (apt-get install docker-registry)")
    for port in range(5000, 5010):
        command = engine.inside("docker-registry", "serve", str(registry_config(folder, port)))
        with server(command, folder / f"{port}.log", b"listening on") as started:
            if started:
                yield f"127.0.0.1:{port}"
                return
    pytest.fail("docker-registry did not start on any port from 5000 to 5009")


@contextlib.contextmanager
def server(command: list[str], log: Path, ready: bytes) -> Generator[bool]:
    """Run a server for the block: True once it has said that it is ready, False when it ended."""
    with log.open("wb") as output:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output, stderr=output)
    try:
        patience = time.monotonic() + 30
        while not (started := ready in log.read_bytes()) and process.poll() is None:
            assert time.monotonic() < patience, log.read_text(errors="replace")
            time.sleep(0.02)  # a log file has no event to wait for
        yield started
    finally:
        process.terminate()
        process.wait()


def registry_config(folder: Path, port: int) -> Path:
    settings: dict[str, object] = {
        "version": 0.1,
        "log": {"level": "info", "accesslog": {"disabled": True}},
        "storage": {"filesystem": {"rootdirectory": str(folder / "data")}, "delete": {"enabled": True}},
        "http": {"addr": f"127.0.0.1:{port}", "secret": uuid.uuid4().hex},
    }
    if (folder / "htpasswd").exists():
        settings["auth"] = {"htpasswd": {"realm": "pydock", "path": str(folder / "htpasswd")}}
    config = folder / "config.yml"
    config.write_text(json.dumps(settings))  # JSON is YAML
    return config


# Engines over tcp, TLS and ssh


@pytest.fixture(scope="session")
def tcp_engine() -> Generator[PrivateEngine]:
    """Give a private engine that listens on a port of the loopback."""
    with started(tcp=True) as private:
        yield private


@pytest.fixture(scope="session")
def tls_engine() -> Generator[PrivateEngine]:
    """Give a private engine that demands client certificates (`.certificates`, `.environment`)."""
    with started(tls=True) as private:
        yield private


@contextlib.contextmanager
def started(*, tcp: bool = False, tls: bool = False) -> Generator[PrivateEngine]:
    if os.geteuid() != 0 or shutil.which("dockerd") is None:
        unavailable("a private engine needs root and dockerd (apt-get install docker.io)")
    with private_engine(tcp=tcp, tls=tls) as private:
        yield private


@dataclass(frozen=True)
class SSHServer:
    """A real sshd on the loopback in front of the engine. `ssh` on PATH knows it by the alias in `url`."""

    url: str
    """`ssh://pydock-test`: host, port, user and key come from `config`, as with ~/.ssh/config."""
    address_url: str
    """The same as `ssh://user@127.0.0.1:port`; the key comes from `config`, too."""
    config: Path
    bin: Path
    """The folder with an `ssh` that reads `config`; the fixture puts it on PATH."""
    log: Path


@pytest.fixture
def sshd(_sshd: SSHServer, monkeypatch: pytest.MonkeyPatch) -> SSHServer:
    """Give a real sshd whose `docker system dial-stdio` reaches the engine."""
    monkeypatch.setenv("PATH", f"{_sshd.bin}:{os.environ['PATH']}")
    return _sshd


@pytest.fixture(scope="session")
def _sshd(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Generator[SSHServer]:
    program, client = shutil.which("sshd", path=f"{os.environ['PATH']}:/usr/sbin"), shutil.which("ssh")
    if program is None or client is None:
        unavailable("no sshd (apt-get install openssh-server)")
    if os.geteuid() == 0:
        Path("/run/sshd").mkdir(exist_ok=True)  # its own service would make it
    folder = tmp_path_factory.mktemp("sshd")
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    config = write_ssh_config(folder, port, client)
    serve = [program, "-D", "-e", "-f", str(write_sshd_config(folder, port, engine))]
    with server(serve, folder / "log", b"listening on") as started:
        assert started, (folder / "log").read_text()
        address = f"ssh://{getpass.getuser()}@127.0.0.1:{port}"
        yield SSHServer("ssh://pydock-test", address, config, folder / "bin", folder / "log")


def write_sshd_config(folder: Path, port: int, engine: Engine) -> Path:
    remote = folder / "remote"
    remote.mkdir()
    if shutil.which("docker") is None:
        (remote / "docker").write_text(f"#!{sys.executable}\n{DIAL_STDIO}")
        (remote / "docker").chmod(0o755)
    path = f"{remote}:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
    config = folder / "sshd_config"
    config.write_text(
        f"""
        ListenAddress 127.0.0.1
        Port {port}
        HostKey {folder}/host_key
        AuthorizedKeysFile {folder}/key.pub
        PidFile none
        StrictModes no
        UsePAM no
        PasswordAuthentication no
        MaxStartups 100
        MaxSessions 100
        SetEnv PATH={path} DOCKER_HOST={engine.url}
        """
    )
    return config


def write_ssh_config(folder: Path, port: int, client: str) -> Path:
    for name in ("host_key", "key"):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", folder / name], check=True)
    known = folder / "known_hosts"
    known.write_text(f"[127.0.0.1]:{port} {(folder / 'host_key.pub').read_text()}")
    config = folder / "ssh_config"
    config.write_text(
        f"""
        Host pydock-test
            HostName 127.0.0.1
            Port {port}
            User {getpass.getuser()}
        Host pydock-test 127.0.0.1
            IdentityFile {folder}/key
            IdentitiesOnly yes
            UserKnownHostsFile {known}
            StrictHostKeyChecking yes
            BatchMode yes
        """
    )
    (folder / "bin").mkdir()
    (folder / "bin" / "ssh").write_text(f'#!/bin/sh\nexec {client} -F {config} "$@"\n')
    (folder / "bin" / "ssh").chmod(0o755)
    return config


DIAL_STDIO = """
import os, socket, sys, threading

if sys.argv[1:] != ["system", "dial-stdio"]:
    sys.exit(f"this docker only knows `docker system dial-stdio`, not {sys.argv[1:]}")
daemon = socket.socket(socket.AF_UNIX)
daemon.connect(os.environ["DOCKER_HOST"].removeprefix("unix://"))


def upwards():
    while chunk := os.read(0, 65536):
        daemon.sendall(chunk)
    daemon.shutdown(socket.SHUT_WR)


threading.Thread(target=upwards, daemon=True).start()
while chunk := daemon.recv(65536):
    while chunk:
        chunk = chunk[os.write(1, chunk) :]
"""
