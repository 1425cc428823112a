"""Which daemon: found as the docker CLI finds it, with the reason why; from variables and files, no network.

The danger is talking to the wrong daemon: what was named and cannot be used is an error, never a reason to
look further.
"""

from __future__ import annotations

import os
import shlex
import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from pydock.config import ConfigFile, config_dir, existing, home, load
from pydock.contexts import Context, read_context
from pydock.errors import ConfigError, InvalidArgument
from pydock.transport.address import DEFAULT_ADDRESS, Address, Scheme
from pydock.transport.tls import TLS
from pydock.transport.version import Version

__all__ = ["DEFAULT_ADDRESS", "TLS", "Endpoint", "known_sockets", "resolve", "ssh_argv"]


@dataclass(frozen=True, slots=True)
class Endpoint:
    """The daemon that was chosen: where it is, how to reach it, and why this one."""

    url: str
    """In normal form: unix:///var/run/docker.sock, tcp://host:2375, ssh://user@host:22/run/docker.sock."""
    scheme: Scheme
    path: str
    """The socket; for tcp what stands before `/v1.xx` in each request; for ssh the remote socket, if any."""
    host: str
    """The machine that the daemon runs on, where published ports are found; `localhost` for sockets."""
    port: int
    """0 where the scheme has none, and for ssh when ssh is to decide."""
    user: str | None
    """Who to be on the other side of ssh; None leaves it to ssh."""
    tls: TLS | None
    """Set exactly when TLS is spoken (tcp only)."""
    source: str
    """argument, DOCKER_HOST, DOCKER_CONTEXT, currentContext of …, default socket, or known socket: …"""
    reason: str
    """A sentence for people."""
    api_version: str | None = None
    """DOCKER_API_VERSION: spoken as it is, without negotiation."""
    http_headers: Mapping[str, str] = field(default_factory=dict[str, str], repr=False, hash=False)
    """Headers of config.json or DOCKER_CUSTOM_HEADERS for every request."""
    tried: tuple[str, ...] = ()
    """Every address that was considered, in order."""
    ssh_config: Path | None = None
    """A file that ssh reads instead of ~/.ssh/config."""

    @property
    def authority(self) -> str:
        """What the Host header says: `host:port`, or without one the dummy name that the docker CLI sends."""
        if self.scheme == "tcp":
            return Address("tcp", host=self.host, port=self.port).authority
        return "docker.example.com" if self.scheme == "ssh" else "api.moby.localhost"

    def __str__(self) -> str:
        return self.url


class _Choice(NamedTuple):
    address: Address
    source: str
    reason: str
    tried: tuple[str, ...]
    context: Context | None = None


def resolve(
    host: str | Path | None = None,
    *,
    context: str | None = None,
    tls: TLS | bool | None = None,
    environ: Mapping[str, str] | None = None,
) -> Endpoint:
    """Choose the daemon; the first of these that says something decides.

    `host=` or `context=`, DOCKER_HOST, DOCKER_CONTEXT, `currentContext` of config.json, /var/run/docker.sock,
    the first of `known_sockets` that exists, and at last the default socket although it is missing.

    `host` is a URL or the Path of a unix socket. `context="default"` means: no stored context.
    `tls=` overrules environment and context: True verifies with the certificates of DOCKER_CERT_PATH (or the
    configuration directory), False speaks plain text. Without it DOCKER_TLS_VERIFY (any text, `0` too) and
    DOCKER_TLS (unverified) count as for the CLI; contexts bring their own.
    PYDOCK_SSH_CONFIG names a file for `ssh -F`.

    Raises InvalidArgument for bad arguments; ConfigError and ContextNotFound for what was found elsewhere.
    """
    environ = os.environ if environ is None else environ
    _check(host, context, tls)
    directory = config_dir(environ)
    config = load(environ, directory)
    choice = (
        _of_arguments(host, context, directory)
        or _of_docker_host(environ)
        or _of_chosen_context(context, environ, config)
        or _of_default(environ, tls)
    )
    address = choice.address
    ssh_config = environ.get("PYDOCK_SSH_CONFIG")
    return Endpoint(
        url=address.url,
        scheme=address.scheme,
        path=address.path,
        host=address.host,
        port=address.port,
        user=address.user,
        tls=_tls(tls, choice, environ, directory) if address.scheme == "tcp" else None,
        source=choice.source,
        reason=choice.reason,
        api_version=_api_version(environ),
        http_headers=config.http_headers,
        tried=choice.tried,
        ssh_config=Path(ssh_config).absolute() if ssh_config else None,
    )


def known_sockets(environ: Mapping[str, str]) -> Iterator[tuple[str, Path]]:
    """Yield the sockets of rootless Docker, Docker Desktop, colima, OrbStack and podman, best first."""
    if os.name == "nt":
        return
    user = home(environ)
    usual = f"/run/user/{os.getuid()}"
    runtimes = dict.fromkeys([environ.get("XDG_RUNTIME_DIR") or usual, usual])
    for runtime in runtimes:
        yield "rootless", Path(runtime, "docker.sock")
    yield "Docker Desktop", user / ".docker/run/docker.sock"
    yield "Docker Desktop", user / ".docker/desktop/docker.sock"
    yield "colima", user / ".colima/default/docker.sock"
    yield "OrbStack", user / ".orbstack/run/docker.sock"
    for runtime in runtimes:
        yield "podman rootless", Path(runtime, "podman/podman.sock")
    yield "podman", Path("/run/podman/podman.sock")


def ssh_argv(endpoint: Endpoint) -> list[str]:
    """Return the command whose stdin and stdout are the daemon's connection, as the docker CLI starts it.

    The system's ssh, so ~/.ssh/config, agents and ControlMaster count. Start it in a session of its own:
    without a terminal ssh fails where it would wait for somebody to type a password.
    """
    argv = ["ssh", "-o", "ConnectTimeout=30", "-T"]
    if endpoint.ssh_config is not None:
        argv += ["-F", str(endpoint.ssh_config)]
    if endpoint.user:
        argv += ["-l", endpoint.user]
    if endpoint.port:
        argv += ["-p", str(endpoint.port)]
    # The far side's shell reads the words behind `--` once more, so the path is quoted for it.
    remote = ["--host", shlex.quote(f"unix://{endpoint.path}")] if endpoint.path else []
    return [*argv, "--", endpoint.host, "docker", *remote, "system", "dial-stdio"]


def _check(host: object, context: object, tls: object) -> None:
    if host is not None and context is not None:
        raise InvalidArgument(
            "Give host= or context=, not both: Docker('tcp://build7:2376') or Docker(context='build7')."
        )
    if host is not None and not isinstance(host, (str, Path)):
        raise InvalidArgument(f"host= is a URL or a Path, not {host!r}: 'unix:///var/run/docker.sock'.")
    if context is not None and not (isinstance(context, str) and context):
        raise InvalidArgument(f"context= is the name of a docker context, such as 'default', not {context!r}.")
    if tls is not None and not isinstance(tls, (bool, TLS)):
        raise InvalidArgument(f"tls= is True, False or TLS(ca=…, cert=…, key=…), not {tls!r}.")


def _of_arguments(host: str | Path | None, context: str | None, directory: Path) -> _Choice | None:
    if isinstance(host, Path):
        address = Address.of_socket(host.absolute())
        return _Choice(address, "argument", "It was given as host=.", (address.url,))
    if host is not None:
        address = Address.parse(host)
        return _Choice(address, "argument", "It was given as host=.", (address.url,))
    if context is not None and context != "default":
        return _of_context(context, "argument", "It was given as context=", directory)
    return None


def _of_docker_host(environ: Mapping[str, str]) -> _Choice | None:
    text = environ.get("DOCKER_HOST", "").strip()
    if not text:
        return None
    try:
        address = Address.parse(text)
    except InvalidArgument as error:
        raise ConfigError(f"DOCKER_HOST cannot be used: {error}") from None
    return _Choice(address, "DOCKER_HOST", "The variable DOCKER_HOST names it.", (address.url,))


def _of_chosen_context(context: str | None, environ: Mapping[str, str], config: ConfigFile) -> _Choice | None:
    """DOCKER_CONTEXT or else currentContext, unless `default` says that no stored context is wanted."""
    if context == "default":
        return None
    if name := environ.get("DOCKER_CONTEXT"):
        source, why = "DOCKER_CONTEXT", "The variable DOCKER_CONTEXT asks for it"
    else:
        name = config.current_context
        source, why = f"currentContext of {config.path}", f"{config.path} has it as its currentContext"
    return None if name in ("", "default") else _of_context(name, source, why, config.path.parent)


def _of_context(name: str, source: str, why: str, directory: Path) -> _Choice:
    context = read_context(directory, name)
    try:
        address = Address.parse(context.host) if context.host.strip() else DEFAULT_ADDRESS
    except InvalidArgument as error:
        raise ConfigError(f"The context {name!r} cannot be used: {error} See {context.path}.") from None
    return _Choice(address, source, f"{why}: context {name!r}.", (address.url,), context)


def _of_default(environ: Mapping[str, str], tls: TLS | bool | None) -> _Choice:
    if tls or (tls is None and (environ.get("DOCKER_TLS_VERIFY") or environ.get("DOCKER_TLS"))):
        address = Address("tcp", port=2376)  # as the CLI: the only way to this port without naming it
        why = "TLS is asked for and no host is named; this is the docker CLI's default then."
        return _Choice(address, "default with TLS", why, (address.url,))
    default = DEFAULT_ADDRESS
    tried = [default.url]
    why = "Nothing is configured, and the default socket exists."
    if default.scheme == "npipe" or _is_socket(Path(default.path)):
        return _Choice(default, "default socket", why, (default.url,))
    for owner, path in known_sockets(environ):
        tried.append(f"unix://{path}")
        if _is_socket(path):
            why = f"Nothing is configured, {default.path} does not exist, and this is where {owner} listens."
            return _Choice(Address.of_socket(path), f"known socket: {owner}", why, tuple(tried))
    why = f"Nothing is configured, and none of the {len(tried)} usual sockets exists; this is the default."
    return _Choice(default, "default socket", why, tuple(tried))


def _is_socket(path: Path) -> bool:
    try:
        return path.is_absolute() and stat.S_ISSOCK(path.stat().st_mode)
    except (OSError, ValueError):
        return False


def _tls(asked: TLS | bool | None, choice: _Choice, environ: Mapping[str, str], directory: Path) -> TLS | None:
    if isinstance(asked, TLS):
        return asked
    secure, context = choice.address.secure, choice.context
    if asked is False:
        if secure:
            raise InvalidArgument(f"https:// is TLS; with tls=False write {choice.address.url}.")
        return None
    if context is not None and context.has_tls:
        verify = asked or not context.skip_tls_verify
        return TLS(ca=context.ca if verify else None, cert=context.cert, key=context.key, verify=verify)
    ours = context is None
    demanded, unverified = (ours and bool(environ.get(name)) for name in ("DOCKER_TLS_VERIFY", "DOCKER_TLS"))
    if not (asked or secure or demanded or unverified):
        return None
    verify = bool(asked or demanded or not unverified)
    folder = Path(environ.get("DOCKER_CERT_PATH") or directory).absolute()
    ca = folder / "ca.pem"
    return TLS(
        # the CLI insists on the file for DOCKER_TLS_VERIFY, and does without the other two
        ca=None if not verify else ca if demanded else existing(ca),
        cert=existing(folder / "cert.pem"),
        key=existing(folder / "key.pem"),
        verify=verify,
    )


def _api_version(environ: Mapping[str, str]) -> str | None:
    text = environ.get("DOCKER_API_VERSION", "").strip()
    if not text:
        return None
    try:
        return str(Version.parse(text))
    except InvalidArgument as error:
        raise ConfigError(f"DOCKER_API_VERSION cannot be used: {error}") from None
