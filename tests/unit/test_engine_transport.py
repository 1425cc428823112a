"""The engine: which version is spoken, what is logged, and errors that say what to do."""

from __future__ import annotations

import logging
import os
import pickle
import shutil
import socket
import ssl
import stat
import subprocess
import sys
import threading
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any, cast

import anyio
import pytest

from pydock.errors import (
    APIError,
    ConnectionRefused,
    DockerError,
    EndpointNotFound,
    InvalidArgument,
    PermissionDenied,
    ProtocolError,
    SSHFailure,
    StreamInterrupted,
    TimedOut,
    TLSFailure,
    Unsupported,
)
from pydock.transport.endpoint import TLS, resolve
from pydock.transport.engine import Engine
from pydock.transport.frames import FrameDecoder
from pydock.transport.streams import ByteStream, FrameStream, JSONStream
from pydock.transport.version import Version

Peer = Any
Script = Callable[[Peer], Awaitable[None]]
Serve = Callable[[Script], AbstractAsyncContextManager[str]]
Answering = Callable[..., Script]

pytestmark = pytest.mark.anyio
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOK"


def engine_at(url: str, **options: Any) -> Engine:
    return Engine(lambda: resolve(url, environ={"HOME": "/nowhere", "DOCKER_CONFIG": "/nowhere"}), **options)


def answer(body: bytes, *headers: str, status: str = "200 OK") -> bytes:
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers, "", ""]
    return "\r\n".join(lines).encode() + body


class Daemon:
    """Answers by method and path; remembers what was asked."""

    def __init__(self, answers: dict[str, bytes]) -> None:
        self.answers = answers
        self.asked: list[str] = []
        self.gate: anyio.Event | None = None

    async def __call__(self, peer: Peer) -> None:
        while True:
            line = (await peer.head()).split(b"\r\n")[0].decode().removesuffix(" HTTP/1.1")
            self.asked.append(line)
            if self.gate is not None:
                await self.gate.wait()
            await peer.send(self.answers.get(line, OK))


def ping(version: str) -> bytes:
    return f"HTTP/1.1 200 OK\r\nApi-Version: {version}\r\nContent-Length: 0\r\n\r\n".encode()


# Negotiation


@pytest.mark.row(8)
@pytest.mark.parametrize(("theirs", "spoken"), [("1.41", "1.41"), ("1.55", "1.55"), ("1.99", "1.55"), ("1.40", "1.40")])
async def test_the_newest_version_that_both_know(serve: Serve, theirs: str, spoken: str) -> None:
    daemon = Daemon({"HEAD /_ping": ping(theirs)})
    async with serve(daemon) as url:
        engine = engine_at(url)
        before = engine.version
        assert before is None
        await engine.request("GET", "/info")
        assert engine.version == Version.parse(spoken)
        await engine.request("GET", "/info")
        await engine.aclose()
    assert daemon.asked == ["HEAD /_ping", *[f"GET /v{spoken}/info"] * 2]


async def test_head_may_be_refused(serve: Serve) -> None:
    daemon = Daemon({"HEAD /_ping": answer(b"", status="405 Not Allowed"), "GET /_ping": ping("1.44")})
    async with serve(daemon) as url:
        engine = engine_at(url)
        assert str(await engine.negotiate()) == "1.44"
        await engine.aclose()
    assert daemon.asked == ["HEAD /_ping", "GET /_ping"]


async def test_without_the_header_the_version_is_asked_for(serve: Serve) -> None:
    about = answer(b'{"ApiVersion": "1.43"}')
    async with serve(Daemon({"HEAD /_ping": answer(b""), "GET /version": about})) as url:
        engine = engine_at(url)
        assert str(await engine.negotiate()) == "1.43"
        await engine.aclose()


@pytest.mark.parametrize("about", [b"<html>", b"[]", b"{}", b'{"ApiVersion": 3}'])
async def test_something_else_than_a_daemon(serve: Serve, about: bytes) -> None:
    async with serve(Daemon({"HEAD /_ping": answer(b""), "GET /version": answer(about)})) as url:
        engine = engine_at(url)
        with pytest.raises(ProtocolError, match="no Docker daemon"):
            await engine.request("GET", "/info")
        await engine.aclose()


@pytest.mark.row(8)
async def test_an_old_daemon_is_refused_naming_both_ranges(serve: Serve) -> None:
    about = answer(b'{"ApiVersion": "1.39", "MinAPIVersion": "1.12"}')
    async with serve(Daemon({"HEAD /_ping": ping("1.39"), "GET /version": about})) as url:
        engine = engine_at(url)
        with pytest.raises(Unsupported, match=r"1\.40 to 1\.55.*1\.12 to 1\.39"):
            await engine.request("GET", "/info")
        await engine.aclose()


async def test_a_proxy_that_is_ill(serve: Serve) -> None:
    ill = answer(b"<html>come back later</html>", status="503 Unavailable")
    async with serve(Daemon({"HEAD /_ping": ill.partition(b"<")[0], "GET /_ping": ill})) as url:
        engine = engine_at(url)
        with pytest.raises(APIError, match="come back later"):
            await engine.negotiate()
        await engine.aclose()


async def test_a_pinned_version_is_not_asked_for(serve: Serve) -> None:
    daemon = Daemon({})
    async with serve(daemon) as url:
        engine = engine_at(url, api_version="1.42")
        await engine.request("GET", "/info")
        await engine.request("GET", "/_ping", versioned=False)
        await engine.aclose()
        pinned = Engine(lambda: resolve(url, environ={"DOCKER_API_VERSION": "1.43", "HOME": "/nowhere"}))
        await pinned.request("GET", "/info")
        await pinned.aclose()
    assert daemon.asked == ["GET /v1.42/info", "GET /_ping", "GET /v1.43/info"]
    for wrong in ("1.39", "newest"):
        with pytest.raises(InvalidArgument):
            engine_at("unix:///x", api_version=wrong)


async def test_many_ask_once(serve: Serve) -> None:
    daemon = Daemon({"HEAD /_ping": ping("1.44")})
    async with serve(daemon) as url:
        engine = engine_at(url)
        async with anyio.create_task_group() as group:
            for _ in range(20):
                group.start_soon(engine.request, "GET", "/info")
        await engine.aclose()
    assert daemon.asked.count("HEAD /_ping") == 1


async def test_the_first_asker_is_cancelled(serve: Serve) -> None:
    daemon = Daemon({"HEAD /_ping": ping("1.44")})
    daemon.gate = anyio.Event()
    found: list[Version] = []
    first = anyio.CancelScope()
    async with serve(daemon) as url:
        engine = engine_at(url)

        async def ask_first() -> None:
            with first:
                await engine.negotiate()

        async def ask() -> None:
            found.append(await engine.negotiate())

        async with anyio.create_task_group() as group:
            group.start_soon(ask_first)
            await anyio.wait_all_tasks_blocked()
            for _ in range(5):
                group.start_soon(ask)
            await anyio.wait_all_tasks_blocked()
            first.cancel()
            await anyio.wait_all_tasks_blocked()
            daemon.gate.set()
        await engine.aclose()
    assert found == [Version(1, 44)] * 5
    assert daemon.asked.count("HEAD /_ping") == 2


async def test_all_who_wait_share_the_error(serve: Serve) -> None:
    asked = 0
    gate = anyio.Event()
    errors: list[DockerError] = []

    async def script(peer: Peer) -> None:
        nonlocal asked
        await peer.head()
        asked += 1
        await gate.wait()

    async with serve(script) as url:
        engine = engine_at(url)

        async def ask() -> None:
            try:
                await engine.negotiate()
            except DockerError as error:
                errors.append(error)

        async with anyio.create_task_group() as group:
            for _ in range(10):
                group.start_soon(ask)
            await anyio.wait_all_tasks_blocked()
            gate.set()
        await engine.aclose()
    assert (asked, len(errors)) == (1, 10)
    assert len({str(error) for error in errors}) == 1


async def test_a_daemon_that_accepts_and_says_nothing(serve: Serve) -> None:
    async def script(peer: Peer) -> None:
        await peer.head()
        await anyio.sleep_forever()

    async with serve(script) as url:
        engine = engine_at(url, connect_timeout=0.02)
        with pytest.raises(TimedOut, match="first answer"):
            await engine.request("GET", "/info")
        await engine.aclose()


# Logging, headers, base paths


async def test_the_log_has_no_secrets(serve: Serve, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG, "pydock"):
        async with serve(Daemon({})) as url:
            engine = engine_at(url, api_version="1.44", headers={"X-Meta": "hidden-1"})
            headers = {"X-Registry-Auth": "hidden-2"}
            await engine.request("POST", "/build?buildargs=hidden-3", headers=headers, body=b"")
            response = await engine.open("GET", "/x?hidden-4")
            await response.read()
            await engine.aclose()
    assert "POST /v1.44/build 200 in " in caplog.text
    assert "hidden" not in caplog.text


async def test_headers_of_the_client_replace_ours(serve: Serve) -> None:
    heads: list[bytes] = []

    async def script(peer: Peer) -> None:
        heads.append(await peer.head())
        await peer.send(OK)

    async with serve(script) as url:
        engine = engine_at(url, api_version="1.44", headers={"user-agent": "mine", "X-Meta": "a"})
        await engine.request("GET", "/x")
        await engine.aclose()
    assert heads[0].lower().count(b"user-agent") == 1
    assert b"user-agent: mine\r\nX-Meta: a" in heads[0]


@asynccontextmanager
async def on_tcp(answers: list[bytes], *, tls: ssl.SSLContext | None = None) -> AsyncGenerator[tuple[int, list[bytes]]]:
    """A daemon in a thread, one answer a connection, on a port of the loopback."""
    asked: list[bytes] = []

    def run() -> None:
        for each in answers:
            try:
                peer, _ = listener.accept()
                with peer if tls is None else tls.wrap_socket(peer, server_side=True) as stream:
                    asked.append(stream.recv(65536))
                    stream.sendall(each)
                    if isinstance(stream, ssl.SSLSocket):
                        stream.unwrap()
            except OSError:
                continue

    with socket.create_server(("127.0.0.1", 0)) as listener:
        async with anyio.create_task_group() as group:
            group.start_soon(anyio.to_thread.run_sync, run)
            try:
                yield listener.getsockname()[1], asked
            finally:
                listener.shutdown(socket.SHUT_RDWR)


async def test_a_base_path_stands_before_the_version() -> None:
    async with on_tcp([OK]) as (port, asked):
        engine = engine_at(f"tcp://127.0.0.1:{port}/docker/", api_version="1.44")
        await engine.request("GET", "/x?a=b")
        await engine.aclose()
    assert asked[0].startswith(b"GET /docker/v1.44/x?a=b HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n" % port)


async def test_tcp_is_kept_alive_without_delay(monkeypatch: pytest.MonkeyPatch) -> None:
    async with on_tcp([OK]) as (port, _):
        engine = engine_at(f"tcp://127.0.0.1:{port}", api_version="1.44", headers={})
        response = await engine.open("GET", "/x")
        sock: Any = cast("Any", response)._connection._stream._socket
        assert sock.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)
        assert sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE) == 30
        assert sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
        assert not sock.get_inheritable()
        await response.read()
        await engine.aclose()


async def test_proxies_of_the_environment_are_ignored(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "HTTPS_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    async with on_tcp([OK]) as (port, _):
        engine = engine_at(f"tcp://127.0.0.1:{port}", api_version="1.44")
        assert (await engine.request("GET", "/x")).body == b"OK"
        await engine.aclose()


# No daemon


async def failure(url: str, **options: Any) -> Any:
    engine = engine_at(url, **options)
    with pytest.raises(DockerError) as caught:
        await engine.request("GET", "/info")
    await engine.aclose()
    assert pickle.loads(pickle.dumps(caught.value)).args == caught.value.args
    return caught.value


@pytest.mark.row(10)
async def test_no_socket_names_those_that_exist(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    runtime = folder / "docker.sock"
    with socket.socket(socket.AF_UNIX) as other:
        other.bind(str(runtime))
        monkeypatch.setenv("XDG_RUNTIME_DIR", str(folder))
        error = await failure(f"unix://{folder}/wrong.sock")
    assert type(error) is EndpointNotFound
    assert str(runtime) in error.hint
    assert error.tried == (f"unix://{folder}/wrong.sock",)
    assert "wrong.sock" in str(error)


@pytest.mark.row(10)
async def test_nothing_listens(folder: Path) -> None:
    with socket.socket(socket.AF_UNIX) as sock:
        sock.bind(f"{folder}/d.sock")
    error = await failure(f"unix://{folder}/d.sock")
    assert type(error) is ConnectionRefused
    assert "start docker" in error.hint
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    error = await failure(f"tcp://127.0.0.1:{port}")
    assert type(error) is ConnectionRefused


@pytest.mark.row(10)
async def test_permission_denied(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(socket.socket, "connect", refuse)  # root, who runs the tests, may open everything
    error = await failure(f"unix://{folder}/d.sock")
    assert type(error) is PermissionDenied
    assert "usermod -aG" in error.hint
    assert "sudo" in error.hint


@pytest.mark.parametrize("url", ["unix:///etc/passwd/x.sock", "tcp://nothing.invalid:1"])
async def test_other_addresses_that_cannot_be(url: str) -> None:
    error = await failure(url)
    assert type(error) is EndpointNotFound
    assert error.hint or "no address" in str(error)


async def test_a_connect_that_takes_too_long(folder: Path) -> None:
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(f"{folder}/d.sock")
        listener.listen(0)
        with socket.socket(socket.AF_UNIX) as first:
            first.connect(f"{folder}/d.sock")  # the queue is full now
            error = await failure(f"unix://{folder}/d.sock", connect_timeout=0.05)
    assert type(error) is TimedOut
    assert isinstance(error, TimeoutError)


# TLS


@pytest.fixture(scope="session")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An authority, a daemon's certificate for localhost, a client's, and a stranger's authority."""
    if shutil.which("openssl") is None:
        pytest.skip("openssl makes the certificates, and is not installed")
    folder = tmp_path_factory.mktemp("tls")

    def run(*words: str) -> None:
        subprocess.run(["openssl", *words], cwd=folder, check=True, capture_output=True)

    for name in ("ca", "stranger"):
        run("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", f"/CN={name}", "-days", "2",
            "-keyout", f"{name}-key.pem", "-out", f"{name}.pem")  # fmt: skip
    for name in ("server", "cert"):
        (folder / "ext").write_text("subjectAltName=DNS:localhost\n")
        run("req", "-newkey", "rsa:2048", "-nodes", "-subj", f"/CN={name}", "-keyout", f"{name}-key.pem", "-out", "csr")
        run("x509", "-req", "-in", "csr", "-CA", "ca.pem", "-CAkey", "ca-key.pem", "-CAcreateserial", "-days", "2",
            "-extfile", "ext", "-out", f"{name}.pem")  # fmt: skip
    return folder


def server_context(folder: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "server.pem", folder / "server-key.pem")
    context.load_verify_locations(folder / "ca.pem")
    context.verify_mode = ssl.CERT_REQUIRED
    return context


def tls_engine(folder: Path, port: int, host: str = "localhost", **settings: Any) -> Engine:
    given: dict[str, Any] = {
        "ca": folder / "ca.pem",
        "cert": folder / "cert.pem",
        "key": folder / "cert-key.pem",
        **settings,
    }
    endpoint = resolve(f"tcp://{host}:{port}", tls=TLS(**given), environ={"HOME": "/nowhere"})
    return Engine(lambda: endpoint, api_version="1.44")


async def test_tls_with_a_client_certificate(certificates: Path) -> None:
    async with on_tcp([OK], tls=server_context(certificates)) as (port, asked):
        engine = tls_engine(certificates, port)
        assert (await engine.request("GET", "/x")).body == b"OK"
        await engine.aclose()
    assert asked[0].startswith(b"GET /v1.44/x ")


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"ca": "stranger.pem"}, "certificate is not accepted"),
        ({"cert": None, "key": None}, "does not accept our certificate"),
    ],
)
async def test_tls_says_which_check_failed(certificates: Path, settings: dict[str, Any], words: str) -> None:
    given: Any = {name: certificates / value if value else None for name, value in settings.items()}
    async with on_tcp([OK, OK], tls=server_context(certificates)) as (port, _):
        engine = tls_engine(certificates, port, **given)
        with pytest.raises(TLSFailure, match=words):
            await engine.request("GET", "/x")
        await engine.aclose()


async def test_tls_for_another_host(certificates: Path) -> None:
    async with on_tcp([OK], tls=server_context(certificates)) as (port, _):
        engine = tls_engine(certificates, port, host="127.0.0.1")
        with pytest.raises(TLSFailure, match="IP address mismatch"):
            await engine.request("GET", "/x")
        await engine.aclose()


async def test_tls_to_a_plain_port(certificates: Path) -> None:
    async with on_tcp([b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n400 Bad Request"]) as (port, _):
        engine = tls_engine(certificates, port)
        with pytest.raises(TLSFailure, match="plain HTTP"):
            await engine.request("GET", "/x")
        await engine.aclose()


async def test_plain_to_a_tls_port() -> None:
    words = b"Client sent an HTTP request to an HTTPS server.\n"
    async with on_tcp([answer(words, status="400 Bad Request")] * 2) as (port, _):
        engine = engine_at(f"tcp://127.0.0.1:{port}")
        with pytest.raises(TLSFailure, match=r"wants TLS.*DOCKER_TLS_VERIFY"):
            await engine.request("GET", "/x")
        await engine.aclose()


async def test_tls_half_closes_and_loses_nothing(certificates: Path) -> None:
    """The daemon is still sending when we close our half: what is under way must arrive (OpenSSL would eat it)."""
    size = 8 << 20
    counted: list[int] = []

    def run(listener: socket.socket, context: ssl.SSLContext) -> None:
        raw, _ = listener.accept()
        with context.wrap_socket(raw, server_side=True, suppress_ragged_eofs=False) as stream:
            stream.recv(65536)
            stream.sendall(b"HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n")
            total = 0
            while data := stream.recv(65536):
                total += len(data)
                stream.sendall(data)
            counted.append(total)
            stream.sendall(b"!" * size)
            stream.unwrap()

    received = bytearray()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        async with anyio.create_task_group() as group:
            group.start_soon(anyio.to_thread.run_sync, run, listener, server_context(certificates))
            engine = tls_engine(certificates, listener.getsockname()[1])
            async with (await engine.open("POST", "/x", upgrade=True)).duplex() as both:

                async def feed() -> None:
                    for _ in range(size >> 16):
                        await both.send(b"?" * 65536)
                    await both.send_eof()

                group.start_soon(feed)
                while data := await both.recv():
                    received += data
            await engine.aclose()
    assert counted == [size]
    assert received == b"?" * size + b"!" * size


async def test_tls_half_close_keeps_what_has_come_already(certificates: Path) -> None:
    """Records that were received and not read yet, at the moment of our close_notify."""
    size = 60_000
    go, sent = threading.Event(), threading.Event()

    def run(listener: socket.socket, context: ssl.SSLContext) -> None:
        raw, _ = listener.accept()
        with context.wrap_socket(raw, server_side=True, suppress_ragged_eofs=False) as stream:
            stream.recv(65536)
            stream.sendall(b"HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n")
            go.wait(10)
            stream.sendall(b"?" * size)
            sent.set()
            assert stream.recv(65536) == b""
            stream.sendall(b"!")
            stream.unwrap()

    received = bytearray()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        async with anyio.create_task_group() as group:
            group.start_soon(anyio.to_thread.run_sync, run, listener, server_context(certificates))
            engine = tls_engine(certificates, listener.getsockname()[1])
            async with (await engine.open("POST", "/x", upgrade=True)).duplex() as both:
                go.set()
                await anyio.to_thread.run_sync(sent.wait, 10)
                received += await both.recv(1)
                await both.send_eof()
                while data := await both.recv():
                    received += data
            await engine.aclose()
    assert received == b"?" * size + b"!"


# ssh


@pytest.fixture
def ssh(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Path]:
    """Put a program of ours in the place of ssh; it notes each start in a file."""

    def install(program: str) -> Path:
        starts = folder / "starts"
        command = folder / "ssh"
        command.write_text(f"#!{sys.executable}\nimport sys, os\nopen({str(starts)!r}, 'a').write('x')\n{program}\n")
        command.chmod(command.stat().st_mode | stat.S_IXUSR)
        monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")
        return starts

    return install


RELAY = r"""
ok = b"HTTP/1.1 200 OK\r\nApi-Version: 1.44\r\nContent-Length: 2\r\n\r\nOK"
up = b"HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n"
while data := os.read(0, 65536):
    if b"Upgrade" in data:
        os.write(1, up)
        total = 0
        while data := os.read(0, 65536):
            total += len(data)
        os.write(1, b"%d" % total)
        break
    os.write(1, ok if not data.startswith(b"HEAD") else ok[:-2])
"""


def children() -> int:
    return len(Path(f"/proc/self/task/{os.getpid()}/children").read_text().split())


async def test_ssh_keeps_its_process_and_half_closes(ssh: Callable[[str], Path]) -> None:
    starts = ssh(RELAY)
    before = children()
    engine = engine_at("ssh://me@far:22")
    for _ in range(50):
        assert (await engine.request("GET", "/x")).body == b"OK"
    assert starts.read_text() == "x"
    async with (await engine.open("POST", "/x", upgrade=True)).duplex() as both:
        for _ in range(20):
            await both.send(bytes(65536))
        await both.send_eof()
        assert await both.recv() == b"%d" % (20 * 65536)
        assert await both.recv() == b""
    await engine.aclose()
    assert children() == before


async def test_ssh_runs_few_processes_at_once(ssh: Callable[[str], Path]) -> None:
    starts = ssh(RELAY)
    engine = engine_at("ssh://far", api_version="1.44")
    async with anyio.create_task_group() as group:
        for _ in range(40):
            group.start_soon(engine.request, "GET", "/x")
    await engine.aclose()
    assert len(starts.read_text()) <= 8


@pytest.mark.parametrize(
    ("stderr", "hint"),
    [
        ("Host key verification failed.", "accept the host's key"),
        ("me@far: Permission denied (publickey).", "ssh-add"),
        ("bash: docker: command not found", "docker CLI"),
        ("ssh: connect to host far port 22: No route to host", "by hand: ssh me@far docker version"),
    ],
)
async def test_ssh_failures_carry_its_words(ssh: Callable[[str], Path], stderr: str, hint: str) -> None:
    ssh(f"sys.exit({stderr!r})")
    error = await failure("ssh://me@far")
    assert type(error) is SSHFailure
    assert stderr in str(error)
    assert hint in error.hint


async def test_ssh_is_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    error = await failure("ssh://me@far")
    assert type(error) is SSHFailure
    assert "openssh-client" in error.hint


async def test_ssh_that_dies_is_no_end_of_a_stream(ssh: Callable[[str], Path]) -> None:
    ssh(r"""os.read(0, 65536)
os.write(1, b"HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\nsome")
sys.exit("Connection reset by peer")""")
    engine = engine_at("ssh://far", api_version="1.44")
    async with (await engine.open("POST", "/x", upgrade=True)).duplex() as both:
        assert await both.recv() == b"some"
        with pytest.raises(StreamInterrupted, match="Connection reset by peer"):
            await both.recv()
    await engine.aclose()


async def test_an_ssh_that_will_not_end_is_killed(ssh: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pydock.transport.ssh._GRACE", 0.2)
    ssh("import signal\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\n" + RELAY + "\nsignal.pause()")
    before = children()
    engine = engine_at("ssh://far", api_version="1.44")
    assert (await engine.request("GET", "/x")).body == b"OK"
    await engine.aclose()
    assert children() == before


# Streams


def chunked(*pieces: bytes) -> bytes:
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    return head + b"".join(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in pieces)


END = b"0\r\n\r\n"


async def test_streams_are_lazy_and_end_themselves(serve: Serve) -> None:
    frames = b"\x01\0\0\0\0\0\0\x03abc" * 3
    daemon = Daemon(
        {
            "GET /v1.44/json": chunked(b'{"a":1}\r\n{"b"', b":2}\r\n3") + END,
            "GET /v1.44/bytes": chunked(b"ab", b"c") + END,
            "GET /v1.44/frames": chunked(frames[:5], frames[5:]) + END,
        }
    )
    async with serve(daemon) as url:
        engine = engine_at(url, api_version="1.44")
        json = JSONStream(lambda: engine.open("GET", "/json"))
        assert daemon.asked == []
        assert [value async for value in json] == [b'{"a":1}', b'{"b":2}', b"3"]
        assert [value async for value in json] == []
        assert b"".join([piece async for piece in ByteStream(lambda: engine.open("GET", "/bytes"))]) == b"abc"
        async with ByteStream(lambda: engine.open("GET", "/bytes")) as stream:
            assert await stream.read(2) == b"ab"

        async def opener() -> Any:
            return await engine.open("GET", "/frames"), FrameDecoder()

        async with FrameStream(opener) as stream_of_frames:
            first = await anext(stream_of_frames)
            rest = [frame async for batch in stream_of_frames.batches() for frame in batch]
        assert [(frame.stream, frame.data) for frame in [first, *rest]] == [(1, b"abc")] * 3
        await engine.aclose()


async def test_a_cut_stream_raises_and_is_closed(serve: Serve) -> None:
    async def script(peer: Peer) -> None:
        await peer.head()
        await peer.send(chunked(b'{"a":1}\n{"b'))

    async with serve(script) as url:
        engine = engine_at(url, api_version="1.44")
        stream = JSONStream(lambda: engine.open("GET", "/x"))
        assert await anext(stream) == b'{"a":1}'
        with pytest.raises(StreamInterrupted):
            await anext(stream)
        assert [value async for value in stream] == []
        await engine.aclose()


async def test_a_cancelled_stream_closes_its_connection(serve: Serve) -> None:
    ended = anyio.Event()

    async def script(peer: Peer) -> None:
        await peer.head()
        await peer.send(chunked(b"1\n"))
        assert await peer.receive() == b""
        ended.set()

    async with serve(script) as url:
        engine = engine_at(url, api_version="1.44")
        stream = JSONStream(lambda: engine.open("GET", "/x"))
        async with anyio.create_task_group() as group:
            async for _ in stream:
                group.cancel_scope.cancel()
        await ended.wait()
        await engine.aclose()


async def test_frames_of_a_duplex_survive_a_cancelled_read(serve: Serve) -> None:
    async def script(peer: Peer) -> None:
        await peer.head()
        await peer.send(b"HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n\x01\0\0\0")
        await peer.exactly(2)
        await peer.send(b"\0\0\0\x02hi")

    async with serve(script) as url:
        engine = engine_at(url, api_version="1.44")
        async with (await engine.open("POST", "/x", upgrade=True)).duplex() as both:
            frames = both.frames(FrameDecoder())
            with anyio.move_on_after(0.02):
                await anext(frames)
            await both.send(b"go")
            assert (await anext(frames)).data == b"hi"
            assert [frame async for frame in frames] == []
        await engine.aclose()
