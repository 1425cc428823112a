"""The same verbs over tcp, TLS, ssh and contexts; each against a real server."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import anyio
import pytest

import pydock

if TYPE_CHECKING:
    from pydock.testing import PrivateEngine
    from tests.engine.conftest import SSHServer

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(300)]


async def talk(docker: pydock.Docker, size: int = 100 << 20) -> None:
    """Run, read, half-close, and send many bytes both ways."""
    done = await docker.containers.run("busybox", ["echo", "hi"], remove=True)
    assert (done.exit_code, done.stdout) == (0, b"hi\n")
    block = os.urandom(1 << 20)
    box = await docker.containers.run_detached("busybox", ["sleep", "600"])
    try:
        result = await box.exec(["cat"], input=block * (size >> 20))
        assert result.exit_code == 0
        assert result.stdout == block * (size >> 20)
    finally:
        with anyio.CancelScope(shield=True):
            await box.remove(force=True)


async def test_tcp(tcp_engine: PrivateEngine) -> None:
    async with pydock.Docker(tcp_engine.url) as docker:
        await talk(docker)


@pytest.mark.row(11)
@pytest.mark.row(48)
async def test_tls(tls_engine: PrivateEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in tls_engine.environment.items():
        monkeypatch.setenv(name, value)
    async with pydock.Docker() as docker:
        assert docker.endpoint.source == "DOCKER_HOST"
        await talk(docker)


async def test_tls_without_certificates_is_told_apart(tls_engine: PrivateEngine) -> None:
    async with pydock.Docker(tls_engine.environment["DOCKER_HOST"]) as docker:
        with pytest.raises(pydock.DockerError, match=r"TLS|HTTPS"):
            await docker.ping()


@pytest.mark.row(11)
@pytest.mark.row(46)
@pytest.mark.soak
async def test_ssh(engine: object, sshd: SSHServer) -> None:
    def logins() -> int:
        return sshd.log.read_text(errors="replace").count("Accepted publickey")

    before = logins()
    async with pydock.Docker(sshd.url) as docker:
        for _ in range(50):
            await docker.ping()
        assert logins() - before <= 2
        await talk(docker)


@pytest.mark.soak
async def test_ssh_that_fails_shows_its_words(engine: object, sshd: SSHServer) -> None:
    async with pydock.Docker("ssh://nobody@127.0.0.1:1") as docker:
        with pytest.raises(pydock.SSHFailure, match=r"(?i)refused|connect"):
            await docker.ping()


@pytest.mark.row(9)
async def test_a_context_from_a_directory(
    docker: pydock.Docker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import hashlib
    import json

    name = "lab"
    folder = tmp_path / "contexts" / "meta" / hashlib.sha256(name.encode()).hexdigest()
    folder.mkdir(parents=True)
    meta = {"Name": name, "Metadata": {}, "Endpoints": {"docker": {"Host": docker.endpoint.url}}}
    (folder / "meta.json").write_text(json.dumps(meta))
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path))
    monkeypatch.delenv("DOCKER_HOST", raising=False)
    async with pydock.Docker(context=name) as chosen:
        await chosen.ping()
        assert chosen.endpoint.url == docker.endpoint.url
    with pytest.raises(pydock.ContextNotFound, match=r"meta\.json"):
        _ = pydock.Docker(context="missing").endpoint
