"""From options to the request: the body of create and update.

Danger: what stands here is what the daemon does. Everything is checked before anything is sent; `raw=` comes last and
is not checked, it is for what has no option yet.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, NamedTuple, TypedDict, cast

from pydock.errors import InvalidArgument
from pydock.models._base import Model
from pydock.models.options.command import Command, command_words
from pydock.models.options.conflicts import refuse_bad_body, refuse_bad_mix
from pydock.models.options.endpoints import attach_networks, is_user_defined
from pydock.models.options.lifecycle import LifecycleOptions, NameOption
from pydock.models.options.logs import LoggingOptions
from pydock.models.options.network import NetworkOptions
from pydock.models.options.process import ProcessOptions
from pydock.models.options.resources import ResourceOptions, UpdateOptions
from pydock.models.options.security import SecurityOptions
from pydock.models.options.storage import StorageOptions
from pydock.models.options.table import At, Body, check_names, converted, entries, place
from pydock.models.options.values import is_map
from pydock.transport.version import Version

__all__ = ["ContainerOptions", "CreateRequest", "EnsureOptions", "render", "render_update"]


def _raw(value: object) -> Mapping[str, object]:
    value = _json(value)
    if not is_map(value) or not all(isinstance(key, str) for key in value):
        raise InvalidArgument(f"a {type(value).__name__} is no JSON object.")
    return value


def _json(value: object) -> object:
    """Return JSON; a model gives the fields that were said, under the wire's names."""
    if isinstance(value, Model):
        return value.model_dump(mode="json", by_alias=True, exclude_unset=True)
    return {key: _json(item) for key, item in value.items()} if is_map(value) else value


class _RawOption(TypedDict, total=False):
    raw: Annotated[
        Mapping[str, object] | Model, At("", convert=_raw, by_hand=True, example='{"HostConfig": {"NewField": 1}}')
    ]
    """Fields of the API's own JSON, merged last and unchecked: for what has no option yet. Typed, too:
    `ContainerConfig(user="1000")`, `{"HostConfig": HostConfig(memory=2**26)}` (what was said in them only)."""


class EnsureOptions(
    LifecycleOptions,
    ProcessOptions,
    ResourceOptions,
    NetworkOptions,
    StorageOptions,
    SecurityOptions,
    LoggingOptions,
    _RawOption,
    total=False,
):
    """All options of create and run but the name, which `ensure` takes as its first argument."""


class ContainerOptions(NameOption, EnsureOptions, total=False):
    """All options of create and run, under the docker CLI's names; plural where a map or list fits."""


class CreateRequest(NamedTuple):
    """What creates a container."""

    name: str | None
    platform: str | None
    body: Body
    connect_later: tuple[tuple[str, Body], ...] = ()
    """Networks to connect after the create and before the start: below API 1.44 only one fits into it."""
    raw: Mapping[str, object] = {}
    """What `raw=` said; it is in the body already."""


def render(
    image: str,
    command: Command | None = None,
    options: ContainerOptions | None = None,
    *,
    version: Version,
    proxies: Mapping[str, str] | None = None,
) -> CreateRequest:
    """Turn options into the request that creates a container.

    `proxies` are variables for the environment (`ConfigFile.proxies_for`); `env` wins over them. Raises
    InvalidArgument, which names the option and shows a right value, and Unsupported, when the API is too old.
    """
    if not image or not isinstance(image, str):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise InvalidArgument(f'{image!r} is no image: run("busybox", ["echo", "hi"]).')
    given = check_names(cast("Mapping[str, object]", options or {}), ContainerOptions, "an option of create and run")
    table = entries(ContainerOptions)
    given |= {name: converted(name, table[name], value) for name, value in given.items() if table[name].by_hand}
    refuse_bad_mix(given)
    body: Body = {"Image": image, "HostConfig": {}}
    if command is not None:
        body["Cmd"] = command_words(command)
    for name, value in given.items():
        if not table[name].by_hand:
            place(body, name, table[name], value, version)
    later = attach_networks(body, given, version)
    _links(body, given)
    _environment(body, proxies or {})
    refuse_bad_body(body)
    raw = given.get("raw", {})
    _merge(body, raw)
    return CreateRequest(body.pop("?name", None), body.pop("?platform", None), body, later, raw)


def render_update(options: UpdateOptions, *, version: Version) -> Body:
    """Turn options into the body of `update`; what is not named stays as it is."""
    given = check_names(cast("Mapping[str, object]", options), UpdateOptions, "an option of update")
    if not given:
        raise InvalidArgument('update changes nothing without an option: update(memory="1g").')
    if "cpus" in given and ("cpu_quota" in given or "cpu_period" in given):
        raise InvalidArgument("cpus= and cpu_quota=/cpu_period= exclude each other. cpus=1.5 alone says it all.")
    body: Body = {}
    for name, value in given.items():
        place(body, name, entries(UpdateOptions)[name], value, version)
    host: Body = body["HostConfig"]
    if 0 < host.get("MemorySwap", 0) < host.get("Memory", 0):
        raise InvalidArgument("memory_swap= is memory and swap together, so it cannot be below memory=.")
    return host


def _links(body: Body, given: Mapping[str, Any]) -> None:
    """Legacy links belong to the host configuration; on a user-defined network they are the endpoint's."""
    if "links" in given and not is_user_defined(given.get("network")):
        if "networks" in given:
            raise InvalidArgument('With networks= links belong to one of them: Endpoint(links=["database:db"]).')
        body["HostConfig"]["Links"] = given["links"]


def _environment(body: Body, proxies: Mapping[str, str]) -> None:
    """Keep the last of each variable, proxies first, as the docker CLI does."""
    lines = [*(f"{name}={value}" for name, value in proxies.items()), *body.get("Env", ())]
    if lines:
        body["Env"] = list({line.partition("=")[0]: line for line in lines}.values())


def _merge(body: Body, raw: Mapping[str, Any]) -> None:
    for key, value in raw.items():
        if is_map(value) and isinstance(body.get(key), dict):
            _merge(body[key], value)
        else:
            body[key] = value
