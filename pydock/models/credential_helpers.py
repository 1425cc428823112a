"""Credential helpers: the programs `docker-credential-<name>` that keep secrets for the docker CLI.

The danger is waiting: a helper may ask a person or the network, so each call has a time limit, and then the
helper is killed with all that it started.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass

import anyio
from anyio.abc import ByteReceiveStream, ByteSendStream, Process

from pydock.config import parse_object
from pydock.errors import ConfigError, CredentialHelperError

__all__ = ["CredentialHelper", "Secret"]

_NOT_FOUND = "credentials not found in native keychain"
"""The one sentence that every helper prints when it has nothing; the protocol has no other sign for it."""


@dataclass(frozen=True, slots=True)
class Secret:
    """What a helper keeps for a registry; the username `<token>` marks an identity token."""

    username: str
    secret: str


@dataclass(frozen=True, slots=True)
class CredentialHelper:
    """One helper program, found on PATH when it is called and not before."""

    name: str
    """Without the prefix `docker-credential-`."""
    environ: Mapping[str, str]
    timeout: float = 30.0
    """Seconds for one call."""

    async def get(self, key: str) -> Secret | None:
        """Return what the helper keeps for the registry; None if it has nothing."""
        answer = await self._call("get", key.encode(), key)
        if answer is None:
            return None
        fields = self._object(answer, key)
        return Secret(fields.get("Username", ""), fields.get("Secret", ""))

    async def store(self, key: str, secret: Secret) -> None:
        """Give a registry's secret to the helper, in place of what it had."""
        entry = {"ServerURL": key, "Username": secret.username, "Secret": secret.secret}
        await self._call("store", json.dumps(entry).encode(), key)

    async def erase(self, key: str) -> None:
        """Make the helper forget the registry; no error if it does not know it."""
        await self._call("erase", key.encode(), key)

    async def keys(self) -> list[str]:
        """Return the registries that the helper has secrets for."""
        answer = await self._call("list", b"unused", "all registries")
        return sorted(self._object(answer, "all registries")) if answer else []

    async def _call(self, verb: str, given: bytes, registry: str) -> bytes | None:
        """Run the program once; None is its "not found", any other failure an error that names it."""
        program = f"docker-credential-{self.name}"
        path = shutil.which(program, path=self.environ.get("PATH", ""))
        if path is None:
            raise self._failure(registry, f"there is no {program} on PATH; install it or correct config.json")
        try:
            with anyio.fail_after(self.timeout):
                code, output, errors = await _run([path, verb], given, self.environ)
        except TimeoutError:
            raise self._failure(registry, f"`{program} {verb}` took longer than {self.timeout:g} s") from None
        except OSError as error:
            raise self._failure(registry, f"{path} cannot be run: {error.strerror or error}") from error
        if code == 0:
            return output
        words = output.decode("utf-8", "replace").strip() or errors.decode("utf-8", "replace").strip()
        if words == _NOT_FOUND:
            return None
        raise self._failure(registry, f"`{program} {verb}` exited with {code}: {words[-200:] or 'no output'}")

    def _object(self, answer: bytes, registry: str) -> dict[str, str]:
        try:
            fields = parse_object(answer, "its answer")
        except ConfigError as error:
            raise self._failure(registry, str(error)) from None
        return {key: value for key, value in fields.items() if isinstance(value, str)}

    def _failure(self, registry: str, reason: str) -> CredentialHelperError:
        return CredentialHelperError(f"Credential helper {self.name!r} for {registry}: {reason}")


async def _run(argv: list[str], given: bytes, environ: Mapping[str, str]) -> tuple[int, bytes, bytes]:
    output, errors = bytearray(), bytearray()
    process = await anyio.open_process(argv, env=dict(environ), start_new_session=True)
    try:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(_collect, process.stdout, output)
            tasks.start_soon(_collect, process.stderr, errors)
            await _give(process.stdin, given)
        return await process.wait(), bytes(output), bytes(errors)
    except BaseException:
        _kill(process)
        raise
    finally:
        with anyio.CancelScope(shield=True):
            await process.aclose()


async def _collect(stream: ByteReceiveStream | None, into: bytearray) -> None:
    if stream is not None:
        async for chunk in stream:
            into += chunk


async def _give(stream: ByteSendStream | None, data: bytes) -> None:
    if stream is not None:
        with suppress(anyio.BrokenResourceError, OSError):  # it may fail, or answer, without reading
            await stream.send(data)
        await stream.aclose()


def _kill(process: Process) -> None:
    """Kill the helper's whole session: a child of it (gpg, a browser) would hold our pipes open."""
    with suppress(ProcessLookupError, PermissionError):
        if os.name == "nt":
            process.kill()
        else:
            os.killpg(process.pid, signal.SIGKILL)
