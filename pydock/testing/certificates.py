"""A throwaway certificate authority for a daemon with `--tlsverify`, made by the system's openssl.

The keys protect nothing but a test: they live as long as the engine's directory.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

import anyio

from pydock.errors import DockerError

__all__ = ["Certificates"]

_LEAF = "basicConstraints=CA:FALSE\nextendedKeyUsage={usage}\nsubjectAltName=DNS:localhost,IP:127.0.0.1\n"


@dataclass(frozen=True)
class Certificates:
    """Two folders in the layout of DOCKER_CERT_PATH: `ca.pem`, `cert.pem`, `key.pem`."""

    client: Path
    server: Path

    @classmethod
    async def make(cls, directory: Path) -> Certificates:
        """Make an authority, its certificate for a server on the loopback, and one for a client."""
        openssl = shutil.which("openssl")
        if openssl is None:
            raise DockerError("There is no openssl to make certificates with. Install it: apt-get install -y openssl")
        made = cls(directory / "client", directory / "server")
        for folder in (made.client, made.server):
            folder.mkdir(parents=True)
        authority = made.server / "ca.pem"
        key = directory / "ca-key.pem"
        await _run([openssl, "req", "-x509", *_new(key), "-days", "2", "-subj", "/CN=pydock", "-out", str(authority)])
        shutil.copy(authority, made.client)
        for folder, usage in ((made.client, "clientAuth"), (made.server, "serverAuth")):
            await _issue(openssl, folder, usage, authority, key)
        return made

    def settings(self) -> dict[str, object]:
        """Tell dockerd to demand certificates, as keys of daemon.json."""
        files = {"tlscacert": "ca.pem", "tlscert": "cert.pem", "tlskey": "key.pem"}
        return {"tlsverify": True, **{key: str(self.server / name) for key, name in files.items()}}


async def _issue(openssl: str, folder: Path, usage: str, authority: Path, key: Path) -> None:
    request, extensions = folder / "request.pem", folder / "extensions"
    extensions.write_text(_LEAF.format(usage=usage))
    await _run([openssl, "req", *_new(folder / "key.pem"), "-subj", f"/CN={folder.name}", "-out", str(request)])
    signing = ["-CA", str(authority), "-CAkey", str(key), "-CAcreateserial", "-days", "2"]
    files = ["-in", str(request), "-extfile", str(extensions), "-out", str(folder / "cert.pem")]
    await _run([openssl, "x509", "-req", *signing, *files])
    request.unlink()
    extensions.unlink()


def _new(key: Path) -> list[str]:
    return ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", str(key)]


async def _run(command: list[str]) -> None:
    done = await anyio.run_process(command, check=False)
    if done.returncode:
        raise DockerError(f"{' '.join(command[:2])} failed: {done.stderr.decode(errors='replace').strip()}")
