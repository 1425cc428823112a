"""Which daemon is chosen, and what the answer says about it. Environments are mappings passed in."""

from __future__ import annotations

import hashlib
import json
import pickle
import socket
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from pydock.errors import ConfigError, ContextNotFound, InvalidArgument
from pydock.transport import endpoint as module
from pydock.transport.address import Address
from pydock.transport.endpoint import TLS, Endpoint, known_sockets, resolve, ssh_argv


@pytest.fixture
def short_path() -> Iterator[Path]:
    """A folder whose path leaves room for a socket's name, which tmp_path may not."""
    with tempfile.TemporaryDirectory(prefix="pd") as name:
        yield Path(name)


@pytest.fixture
def environ(short_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """An empty home on a machine without the default socket or any other."""
    monkeypatch.setattr(module, "DEFAULT_ADDRESS", Address.of_socket(short_path / "default.sock"))
    (short_path / "home").mkdir()
    return {"HOME": str(short_path / "home"), "XDG_RUNTIME_DIR": str(short_path / "run")}


def listen(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(path))
    return path


def write_context(environ: dict[str, str], name: str, host: str, **endpoint: object) -> Path:
    folder = hashlib.sha256(name.encode()).hexdigest()
    path = Path(environ["HOME"], ".docker/contexts/meta", folder, "meta.json")
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps({"Name": name, "Endpoints": {"docker": {"Host": host, **endpoint}}}))
    return path


def write_config(environ: dict[str, str], **content: object) -> Path:
    path = Path(environ["HOME"], ".docker/config.json")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content))
    return path


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("tcp://127.0.0.1", "tcp://127.0.0.1:2375"),
        ("127.0.0.1", "tcp://127.0.0.1:2375"),
        ("127.0.0.1:1", "tcp://127.0.0.1:1"),
        ("tcp://", "tcp://localhost:2375"),
        (":1", "tcp://localhost:1"),
        ("tcp://[::1]:1", "tcp://[::1]:1"),
        ("tcp://[::1]", "tcp://[::1]:2375"),
        ("tcp://h:1/prefix/", "tcp://h:1/prefix"),
        ("  tcp://h:1  ", "tcp://h:1"),
        ("unix:///p", "unix:///p"),
        ("UNIX:///p", "unix:///p"),
        ("http://h", "tcp://h:2375"),
        ("https://h", "tcp://h:2376"),
        ("https://h:443", "tcp://h:443"),
        ("ssh://h", "ssh://h"),
        ("ssh://h/", "ssh://h"),
        ("ssh://me@H:2222/run/d.sock", "ssh://me@H:2222/run/d.sock"),
        ("ssh://me%40corp@h", "ssh://me%40corp@h"),
    ],
)
def test_forms(environ: dict[str, str], host: str, url: str) -> None:
    assert resolve(host, environ=environ).url == url
    assert resolve(environ={**environ, "DOCKER_HOST": host}).url == url
    assert Address.parse(url).url == url  # the normal form is one of the forms


@pytest.mark.parametrize(
    ("host", "says"),
    [
        ("", "unix:///var/run/docker.sock"),
        ("foo://h", "foo:// is not spoken"),
        ("fd://", "fd:// is not spoken"),
        ("npipe://", "npipe:// is not spoken"),
        ("unix://var/run/docker.sock", "unix:///var/run/docker.sock"),
        ("/run/docker.sock", "Did you mean unix:///run/docker.sock?"),
        ("unix:/run/docker.sock", "not a daemon's address"),
        ("unix:///" + "x" * 107, "at most 107 bytes"),
        ("tcp://h:0", "a port is a number"),
        ("tcp://h:65536", "a port is a number"),
        ("tcp://h:x", "no readable host and port"),
        ("tcp://::1", "[::1]"),
        ("tcp://[zz]", "not an IPv6 address"),
        ("tcp://h h", "cannot be a host's name"),
        ("tcp://h/x?y", "tcp://host:2375/prefix"),
        ("tcp://h/a\r\nb", "tcp://host:2375/prefix"),
        ("ssh://", "takes a host"),
        ("ssh://h/x?q", "no query"),
        ("ssh://h/x#f", "fragment"),
        ("ssh://-oProxyCommand=x", "cannot be a host's name"),
        ("ssh://-l@h", "cannot be a user's name"),
        ("ssh://a;b@h", "cannot be a user's name"),
        ("ssh://h;reboot", "cannot be a host's name"),
    ],
)
def test_refused_forms_show_the_right_one(environ: dict[str, str], host: str, says: str) -> None:
    with pytest.raises(InvalidArgument) as caught:
        resolve(host, environ=environ)
    assert says in str(caught.value)
    if host:
        with pytest.raises(ConfigError, match="DOCKER_HOST"):
            resolve(environ={**environ, "DOCKER_HOST": host})


@pytest.mark.parametrize(
    "host",
    [
        "tcp://me:hunter2@h",
        "ssh://me:hunter2@h",
        "me:hunter2@h/x",
        "foo://me:hunter2@h",
        "tcp://me:hunter2/@h",
    ],
)
def test_no_message_shows_a_password(environ: dict[str, str], host: str) -> None:
    with pytest.raises(InvalidArgument) as caught:
        resolve(host, environ=environ)
    assert "hunter2" not in str(caught.value)


def test_arguments_of_the_wrong_kind(environ: dict[str, str]) -> None:
    with pytest.raises(InvalidArgument, match="not both"):
        resolve("tcp://h", context="x", environ=environ)
    with pytest.raises(InvalidArgument, match="URL or a Path"):
        resolve(3, environ=environ)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    with pytest.raises(InvalidArgument, match="name of a docker context"):
        resolve(context="", environ=environ)
    with pytest.raises(InvalidArgument, match="True, False or TLS"):
        resolve("tcp://h", tls="yes", environ=environ)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


def test_a_path_is_a_socket(environ: dict[str, str]) -> None:
    found = resolve(Path("/run/x.sock"), environ=environ)
    assert (found.url, found.scheme, found.path, found.host) == (
        "unix:///run/x.sock",
        "unix",
        "/run/x.sock",
        "localhost",
    )
    assert resolve(Path("x.sock"), environ=environ).path == str(Path("x.sock").absolute())


@pytest.mark.row(9)
def test_precedence(environ: dict[str, str]) -> None:
    listen(Path(module.DEFAULT_ADDRESS.path))
    for name in ("ctx-arg", "ctx-env", "ctx-current"):
        write_context(environ, name, f"tcp://{name}:1")
    config = write_config(environ, currentContext="ctx-current")
    full = {**environ, "DOCKER_HOST": "tcp://env:1", "DOCKER_CONTEXT": "ctx-env"}

    def chosen(found: Endpoint) -> tuple[str, str]:
        return found.url, found.source

    assert chosen(resolve("tcp://arg:1", environ=full)) == ("tcp://arg:1", "argument")
    assert chosen(resolve(context="ctx-arg", environ=full)) == ("tcp://ctx-arg:1", "argument")
    assert chosen(resolve(environ=full)) == ("tcp://env:1", "DOCKER_HOST")
    assert chosen(resolve(context="default", environ=full)) == ("tcp://env:1", "DOCKER_HOST")
    full["DOCKER_HOST"] = ""  # empty counts as unset
    assert chosen(resolve(environ=full)) == ("tcp://ctx-env:1", "DOCKER_CONTEXT")
    full["DOCKER_CONTEXT"] = ""
    assert chosen(resolve(environ=full)) == ("tcp://ctx-current:1", f"currentContext of {config}")
    assert "ctx-current" in resolve(environ=full).reason
    default = (module.DEFAULT_ADDRESS.url, "default socket")
    assert chosen(resolve(environ={**full, "DOCKER_CONTEXT": "default"})) == default
    assert chosen(resolve(context="default", environ=full)) == default
    config.unlink()
    assert chosen(resolve(environ=full)) == default


def test_docker_config_moves_contexts_and_file(environ: dict[str, str]) -> None:
    write_context(environ, "there", "tcp://there:1")
    write_config(environ, currentContext="there", HttpHeaders={"X-Meta": "1", "User-Agent": "no"})
    elsewhere = {"HOME": "/nonexistent", "DOCKER_CONFIG": str(Path(environ["HOME"], ".docker"))}
    found = resolve(environ=elsewhere)
    assert found.url == "tcp://there:1"
    assert dict(found.http_headers) == {"X-Meta": "1"}
    with pytest.raises(ContextNotFound):  # a missing directory is empty, it is not replaced by ~/.docker
        resolve(context="there", environ={**environ, "DOCKER_CONFIG": "/nonexistent"})


def test_an_unknown_context_is_never_replaced(environ: dict[str, str]) -> None:
    listen(Path(module.DEFAULT_ADDRESS.path))
    write_context(environ, "known", "tcp://h:1")
    for found in (
        {"DOCKER_CONTEXT": "typo"},
        {"DOCKER_CONFIG": str(write_config(environ, currentContext="typo").parent)},
    ):
        with pytest.raises(ContextNotFound, match=r"meta\.json does not exist.*'default', 'known'"):
            resolve(environ={**environ, **found})


def test_a_context_with_a_bad_host_names_its_file(environ: dict[str, str]) -> None:
    path = write_context(environ, "bad", "foo://h")
    with pytest.raises(ConfigError) as caught:
        resolve(context="bad", environ=environ)
    assert str(path) in str(caught.value)
    assert not isinstance(caught.value, InvalidArgument)


def test_an_empty_host_in_a_context_is_the_default_socket(environ: dict[str, str]) -> None:
    write_context(environ, "empty", "")
    assert resolve(context="empty", environ=environ).url == module.DEFAULT_ADDRESS.url


@pytest.mark.row(9)
def test_known_sockets_in_order(environ: dict[str, str]) -> None:
    places = [
        (owner, path) for owner, path in known_sockets(environ) if path.is_relative_to(Path(environ["HOME"]).parent)
    ]
    assert [owner for owner, _ in places] == [
        "rootless", "Docker Desktop", "Docker Desktop", "colima", "OrbStack", "podman rootless"
    ]  # fmt: skip
    for owner, path in reversed(places):
        listen(path)
        found = resolve(environ=environ)
        assert (found.url, found.source) == (f"unix://{path}", f"known socket: {owner}")
        assert found.tried[0] == module.DEFAULT_ADDRESS.url
        assert found.tried[-1] == found.url
    assert resolve(environ={**environ, "DOCKER_HOST": "tcp://h:1"}).url == "tcp://h:1"
    listen(Path(module.DEFAULT_ADDRESS.path))
    assert resolve(environ=environ).source == "default socket"


def test_a_plain_file_is_no_socket(environ: dict[str, str]) -> None:
    path = Path(environ["XDG_RUNTIME_DIR"], "docker.sock")
    path.parent.mkdir()
    path.touch()
    assert resolve(environ=environ).url != f"unix://{path}"


@pytest.mark.skipif(
    any(path.is_socket() for _, path in known_sockets({"HOME": "/nonexistent"})), reason="a real engine"
)
def test_without_any_socket_the_default_and_all_that_was_tried(environ: dict[str, str]) -> None:
    found = resolve(environ=environ)
    assert (found.url, found.source) == (module.DEFAULT_ADDRESS.url, "default socket")
    assert len(found.tried) >= 7
    assert f"unix://{environ['HOME']}/.colima/default/docker.sock" in found.tried


@pytest.mark.row(48)
@pytest.mark.parametrize(
    ("variables", "spoken", "verified"),
    [
        ({}, False, False),
        ({"DOCKER_TLS_VERIFY": ""}, False, False),
        ({"DOCKER_TLS_VERIFY": "1"}, True, True),
        ({"DOCKER_TLS_VERIFY": "0"}, True, True),
        ({"DOCKER_TLS": "1"}, True, False),
        ({"DOCKER_TLS": "1", "DOCKER_TLS_VERIFY": "1"}, True, True),
        ({"DOCKER_CERT_PATH": "/certs"}, False, False),
        ({"DOCKER_CERT_PATH": "/certs", "DOCKER_TLS": "1"}, True, False),
        ({"DOCKER_CERT_PATH": "/certs", "DOCKER_TLS_VERIFY": "1"}, True, True),
    ],
)
def test_tls_variables(environ: dict[str, str], variables: dict[str, str], spoken: bool, verified: bool) -> None:
    tls = resolve("tcp://h", environ=environ | variables).tls
    assert (tls is not None) is spoken
    if tls is not None:
        assert tls.verify is verified
        folder = variables.get("DOCKER_CERT_PATH", str(Path(environ["HOME"], ".docker")))
        assert tls.ca == (Path(folder, "ca.pem") if verified else None)
        assert (tls.cert, tls.key) == (None, None)  # the CLI does without missing ones
    assert resolve("unix:///p", environ=environ | variables).tls is None


@pytest.mark.row(48)
@pytest.mark.parametrize("tls", [None, "", "0", "1", "false"])
@pytest.mark.parametrize("verify", [None, "", "0", "1", "false"])
@pytest.mark.parametrize("folder", [None, "", "with", "without"])
def test_the_matrix_of_the_cli(
    environ: dict[str, str], tmp_path: Path, tls: str | None, verify: str | None, folder: str | None
) -> None:
    """Any text switches on, "0" as well; an empty one does not. A folder alone does nothing."""
    for name in ("ca.pem", "cert.pem", "key.pem"):
        (tmp_path / name).touch()
    place = {None: None, "": "", "with": str(tmp_path), "without": str(tmp_path / "none")}[folder]
    given = {"DOCKER_TLS": tls, "DOCKER_TLS_VERIFY": verify, "DOCKER_CERT_PATH": place}
    found = resolve("tcp://h", environ=environ | {name: text for name, text in given.items() if text is not None}).tls
    if not tls and not verify:
        assert found is None
        return
    assert found is not None
    assert found.verify is bool(verify)  # DOCKER_TLS alone accepts any certificate of the daemon
    where = Path(place or Path(environ["HOME"], ".docker"))
    assert found.ca == (where / "ca.pem" if verify else None)
    client = (where / "cert.pem", where / "key.pem") if folder == "with" else (None, None)
    assert (found.cert, found.key) == client


def test_certificates_that_exist_are_used(environ: dict[str, str], tmp_path: Path) -> None:
    for name in ("ca.pem", "cert.pem", "key.pem"):
        (tmp_path / name).touch()
    files = (tmp_path / "ca.pem", tmp_path / "cert.pem", tmp_path / "key.pem")
    with_certificates = {**environ, "DOCKER_CERT_PATH": str(tmp_path)}
    for tls in (
        resolve("tcp://h", environ={**with_certificates, "DOCKER_TLS_VERIFY": "1"}).tls,
        resolve("tcp://h", tls=True, environ=with_certificates).tls,
        resolve("https://h", environ=with_certificates).tls,
    ):
        assert tls is not None
        assert (tls.ca, tls.cert, tls.key) == files
        assert tls.verify


def test_the_tls_argument_decides(environ: dict[str, str]) -> None:
    demanding = {**environ, "DOCKER_TLS_VERIFY": "1"}
    mine = TLS(verify=False)
    assert resolve("tcp://h", tls=mine, environ=demanding).tls is mine
    assert resolve("tcp://h", tls=False, environ=demanding).tls is None
    assert resolve("tcp://h", tls=True, environ=environ).tls == TLS()
    assert resolve("https://h", environ={**environ, "DOCKER_TLS": "1"}).tls == TLS(verify=False)
    with pytest.raises(InvalidArgument, match="tcp://h:2376"):
        resolve("https://h", tls=False, environ=environ)


def test_tls_without_a_host_is_port_2376(environ: dict[str, str]) -> None:
    listen(Path(module.DEFAULT_ADDRESS.path))
    for found in (
        resolve(environ={**environ, "DOCKER_TLS_VERIFY": "1"}),
        resolve(environ={**environ, "DOCKER_TLS": "1"}),
        resolve(tls=True, environ=environ),
    ):
        assert found.url == "tcp://localhost:2376"
        assert found.tls is not None
    assert resolve(tls=False, environ={**environ, "DOCKER_TLS": "1"}).scheme == "unix"


def test_contexts_bring_their_own_tls(environ: dict[str, str]) -> None:
    meta = write_context(environ, "secure", "tcp://h:2376")
    folder = meta.parents[2] / "tls" / meta.parent.name / "docker"
    folder.mkdir(parents=True)
    (folder / "ca.pem").touch()
    write_context(environ, "lax", "tcp://h:2376", SkipTLSVerify=True)
    write_context(environ, "plain", "tcp://h:2375")
    write_context(environ, "socket", "unix:///p", SkipTLSVerify=True)
    demanding = {**environ, "DOCKER_TLS_VERIFY": "1"}
    assert resolve(context="secure", environ=demanding).tls == TLS(ca=folder / "ca.pem")
    assert resolve(context="lax", environ=demanding).tls == TLS(verify=False)
    assert resolve(context="plain", environ=demanding).tls is None
    assert resolve(context="socket", environ=demanding).tls is None
    assert resolve(context="lax", tls=True, environ=environ).tls == TLS()


@pytest.mark.parametrize(("text", "version"), [("", None), ("1.41", "1.41"), ("v1.41", "1.41"), (" 1.44 ", "1.44")])
def test_api_version(environ: dict[str, str], text: str, version: str | None) -> None:
    assert resolve("tcp://h", environ={**environ, "DOCKER_API_VERSION": text}).api_version == version


def test_a_bad_api_version_names_its_variable(environ: dict[str, str]) -> None:
    with pytest.raises(ConfigError, match=r"DOCKER_API_VERSION.*'1\.44'"):
        resolve("tcp://h", environ={**environ, "DOCKER_API_VERSION": "latest"})


@pytest.mark.row(46)
@pytest.mark.parametrize(
    ("host", "tail"),
    [
        ("ssh://box", ["--", "box", "docker", "system", "dial-stdio"]),
        ("ssh://box/", ["--", "box", "docker", "system", "dial-stdio"]),
        ("ssh://me@box:22", ["-l", "me", "-p", "22", "--", "box", "docker", "system", "dial-stdio"]),
        (
            "ssh://box/run/d.sock",
            ["--", "box", "docker", "--host", "unix:///run/d.sock", "system", "dial-stdio"],
        ),
        ("ssh://box/a b;c", ["--", "box", "docker", "--host", "'unix:///a b;c'", "system", "dial-stdio"]),
        ("ssh://[::1]:22", ["-p", "22", "--", "::1", "docker", "system", "dial-stdio"]),
    ],
)
def test_ssh_command(environ: dict[str, str], host: str, tail: list[str]) -> None:
    found = resolve(host, environ=environ)
    assert ssh_argv(found) == ["ssh", "-o", "ConnectTimeout=30", "-T", *tail]
    with_file = resolve(host, environ={**environ, "PYDOCK_SSH_CONFIG": "/etc/my_ssh"})
    assert ssh_argv(with_file) == ["ssh", "-o", "ConnectTimeout=30", "-T", "-F", "/etc/my_ssh", *tail]


def test_what_an_endpoint_tells(environ: dict[str, str]) -> None:
    tcp = resolve("tcp://[::1]:7/p", environ=environ)
    assert (tcp.host, tcp.port, tcp.path, tcp.authority) == ("::1", 7, "/p", "[::1]:7")
    ssh = resolve("ssh://me@box/run/d.sock", environ=environ)
    assert (ssh.host, ssh.port, ssh.user, ssh.path) == ("box", 0, "me", "/run/d.sock")
    assert ssh.authority == "docker.example.com"
    assert resolve("unix:///p", environ=environ).authority == "api.moby.localhost"
    assert pickle.loads(pickle.dumps(tcp)) == tcp
    assert str(tcp) == "tcp://[::1]:7/p"
    assert hash(tcp) == hash(resolve("tcp://[::1]:7/p", environ=environ))


def test_no_secret_in_the_repr(environ: dict[str, str]) -> None:
    write_config(environ, HttpHeaders={"Authorization": "Bearer hunter2"})
    found = resolve("tcp://h", tls=TLS(cert=b"x", key=b"hunter2"), environ=environ)
    assert found.http_headers["Authorization"] == "Bearer hunter2"
    assert "hunter2" not in repr(found)
