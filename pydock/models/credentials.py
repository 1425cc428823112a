"""Registries' credentials, found and kept as the docker CLI does.

The danger is showing them: no repr, log line or error message has a secret in it.
"""

from __future__ import annotations

import base64
import binascii
import logging
import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import anyio
import anyio.to_thread

from pydock.config import ConfigFile, config_dir, environment_auths, load, save_auth
from pydock.errors import ConfigError, CredentialHelperError
from pydock.models.credential_helpers import CredentialHelper, Secret
from pydock.models.references import hostname, registry_key

__all__ = ["CredentialStore", "Credentials"]

_log = logging.getLogger(__name__)
_IS_TOKEN = "<token>"  # noqa: S105 - the helpers' word for "no username, the secret is an identity token"


@dataclass(frozen=True, slots=True)
class Credentials:
    """What one registry is shown: a username with its password, or a token."""

    username: str = ""
    password: str = field(default="", repr=False)
    identity_token: str = field(default="", repr=False)
    """Stands in for the password; registries give it out at login."""
    registry_token: str = field(default="", repr=False)
    """A bearer token that the engine sends as it is."""
    server_address: str = ""
    """The registry's key; for Docker Hub https://index.docker.io/v1/."""

    def __bool__(self) -> bool:
        return bool(self.password or self.identity_token or self.registry_token)

    def wire(self) -> dict[str, str]:
        """Return the engine's AuthConfig, without empty fields."""
        fields = {
            "username": self.username,
            "password": self.password,
            "serveraddress": self.server_address,
            "identitytoken": self.identity_token,
            "registrytoken": self.registry_token,
        }
        return {name: value for name, value in fields.items() if value}


class CredentialStore:
    """Where credentials come from: logins of this client, DOCKER_AUTH_CONFIG, helpers, config.json, in order.

    The file and the variable are read anew for each question, so a `docker login` next door counts at once.
    Keys are what `registry_key` returns; every method takes hosts and URLs as well.
    """

    def __init__(
        self,
        environ: Mapping[str, str] | None = None,
        *,
        directory: Path | None = None,
        helper_timeout: float = 30.0,
    ) -> None:
        self._environ = os.environ if environ is None else environ
        self._directory = config_dir(self._environ) if directory is None else directory
        self._helper_timeout = helper_timeout
        self._remembered: dict[str, Credentials] = {}

    def __repr__(self) -> str:
        return f"CredentialStore({str(self._directory)!r}, logins={sorted(self._remembered)})"

    async def for_registry(self, key: str) -> Credentials | None:
        """Return the credentials for one registry, or None: ask it anonymously.

        As with the CLI a configured helper decides alone: when it has nothing, `auths` is not looked at.
        Raises CredentialHelperError when the registry's helper fails, ConfigError for an unreadable entry.
        """
        key = registry_key(key)
        if key in self._remembered:
            return self._remembered[key]
        if found := _of_auths(environment_auths(self._environ), key, "DOCKER_AUTH_CONFIG"):
            return found
        config = await self._config()
        if helper := self._helper(config, key):
            return _of_secret(await helper.get(key), key)
        return _of_auths(config.auths, key, f"{config.path}: auths")

    async def all(self) -> dict[str, Credentials]:
        """Return everything that is known, by key, for a build's base images.

        What cannot be read is left out with a warning in the log, for the build may not need it.
        """
        config = await self._config()
        found = {} if config.creds_store else _each_of_auths(config.auths, f"{config.path}: auths")
        found |= await self._of_helpers(config)
        found |= _each_of_auths(environment_auths(self._environ), "DOCKER_AUTH_CONFIG")
        return found | self._remembered

    def remember(self, key: str, credentials: Credentials) -> None:
        """Use these from now on, in this client only."""
        key = registry_key(key)
        self._remembered[key] = replace(credentials, server_address=key)

    def forget(self, key: str) -> bool:
        """Undo `remember`; False if there was nothing. What the CLI has stored counts again then."""
        return self._remembered.pop(registry_key(key), None) is not None

    async def store(self, key: str, credentials: Credentials) -> None:
        """Keep credentials for later programs, as `docker login` does: in the helper, or else in config.json.

        config.json holds them readable (base64); it is written with mode 0600.
        """
        key = registry_key(key)
        helper = self._helper(await self._config(), key)
        entry = {}
        if helper is None:
            entry = _file_entry(credentials)
        elif credentials.identity_token:
            await helper.store(key, Secret(_IS_TOKEN, credentials.identity_token))
        else:
            await helper.store(key, Secret(credentials.username, credentials.password))
        await anyio.to_thread.run_sync(save_auth, self._directory, key, entry)

    async def erase(self, key: str) -> None:
        """Remove what is stored for the registry, as `docker logout` does; no error if there is nothing."""
        key = registry_key(key)
        if helper := self._helper(await self._config(), key):
            await helper.erase(key)
        await anyio.to_thread.run_sync(save_auth, self._directory, key, None)

    async def _config(self) -> ConfigFile:
        return await anyio.to_thread.run_sync(load, self._environ, self._directory)

    def _helper(self, config: ConfigFile, key: str) -> CredentialHelper | None:
        name = config.cred_helpers.get(key) or config.creds_store
        return self._named(name) if name else None

    def _named(self, name: str) -> CredentialHelper:
        return CredentialHelper(name, self._environ, self._helper_timeout)

    async def _of_helpers(self, config: ConfigFile) -> dict[str, Credentials]:
        """Ask every helper at once: one that waits for its network must not hold up the others."""
        found: dict[str, Credentials] = {}

        async def ask(key: str, helper: CredentialHelper) -> None:
            try:
                if credentials := _of_secret(await helper.get(key), key):
                    found[key] = credentials
            except CredentialHelperError as error:
                _log.warning("%s", error)

        keys = dict.fromkeys(config.cred_helpers, "") | dict.fromkeys(await self._kept(config.creds_store), "")
        async with anyio.create_task_group() as tasks:
            for key in keys:
                tasks.start_soon(ask, key, self._named(config.cred_helpers.get(key) or config.creds_store))
        return found

    async def _kept(self, store: str) -> list[str]:
        if not store:
            return []
        try:
            return await self._named(store).keys()
        except CredentialHelperError as error:
            _log.warning("%s", error)
            return []


def _of_auths(auths: Mapping[str, Mapping[str, str]], key: str, where: str) -> Credentials | None:
    """Look the registry up: by its key, or else by the host in a URL that an older client wrote."""
    for name in [key, *auths]:
        if name in auths and (name == key or hostname(name) == key):
            return _of_entry(auths[name], key, f"{where}: {name}")
    return None


def _each_of_auths(auths: Mapping[str, Mapping[str, str]], where: str) -> dict[str, Credentials]:
    found: dict[str, Credentials] = {}
    for name, entry in auths.items():
        try:
            credentials = _of_entry(entry, name, f"{where}: {name}")
        except ConfigError as error:
            _log.warning("%s", error)
            continue
        if credentials:
            found[name] = credentials
    return found


def _of_entry(entry: Mapping[str, str], key: str, where: str) -> Credentials | None:
    """Decode one entry of `auths`; an empty one only says that a store has the secret."""
    username, password = entry.get("username", ""), entry.get("password", "")
    if encoded := entry.get("auth"):
        try:
            text = base64.b64decode(encoded, validate=True).decode()
        except (binascii.Error, ValueError):
            raise ConfigError(f"{where}: auth is not base64 of user:password. Log in again.") from None
        username, colon, password = text.partition(":")
        if not colon:
            raise ConfigError(f"{where}: auth has no colon between user and password. Log in again.")
    found = Credentials(
        username=username,
        password=password.rstrip("\0"),
        identity_token=entry.get("identitytoken", ""),
        registry_token=entry.get("registrytoken", ""),
        server_address=key,
    )
    return found or None


def _of_secret(secret: Secret | None, key: str) -> Credentials | None:
    if secret is None:
        return None
    if secret.username == _IS_TOKEN:
        found = Credentials(identity_token=secret.secret, server_address=key)
    else:
        found = Credentials(username=secret.username, password=secret.secret, server_address=key)
    return found or None


def _file_entry(credentials: Credentials) -> dict[str, str]:
    pair = f"{credentials.username}:{'' if credentials.identity_token else credentials.password}"
    fields = {
        "auth": base64.b64encode(pair.encode()).decode() if credentials.username else "",
        "identitytoken": credentials.identity_token,
        "registrytoken": credentials.registry_token,
    }
    return {name: value for name, value in fields.items() if value}
