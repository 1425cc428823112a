"""Logging in to a registry: the daemon checks, this client remembers, the docker CLI's store only when asked.

The danger is the secret: it is sent to the daemon and shown nowhere.
"""

from __future__ import annotations

from dataclasses import replace

from pydantic import Field

from pydock.api import API
from pydock.errors import InvalidArgument, ServerError
from pydock.models._base import Model, parse
from pydock.models.credentials import Credentials, CredentialStore
from pydock.models.references import registry_key
from pydock.models.refusals import refusal

__all__ = ["log_in", "log_out"]


class _Answer(Model):
    status: str = ""
    identity_token: str = Field(default="", repr=False)


async def log_in(api: API, store: CredentialStore, credentials: Credentials, registry: str, *, save: bool) -> str:
    """Have the daemon try the credentials, remember them, and return its word about it."""
    if not credentials:
        raise InvalidArgument("Give a password or a token: docker.login('me', token, registry='ghcr.io').")
    key = registry_key(registry)
    wanted = replace(credentials, server_address=key)
    try:
        body = await api.system.auth(wanted.wire())
    except ServerError as error:
        raise refusal(error) from None
    answer = _Answer() if body == b"null" else parse(_Answer, body)
    if answer.identity_token:  # the registry's stand-in for the password, which is then kept nowhere
        wanted = replace(wanted, password="", identity_token=answer.identity_token)
    store.remember(key, wanted)
    if save:
        await store.store(key, wanted)
    return answer.status or "Login Succeeded"


async def log_out(store: CredentialStore, registry: str, *, erase: bool) -> bool:
    """Forget the credentials of this client; with `erase` also what the docker CLI has stored."""
    known = store.forget(registry)
    if erase:
        await store.erase(registry)
    return known
