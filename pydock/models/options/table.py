"""The table of options: which Python name goes to which place of the request, and how its value is written there.

An option is one entry of a TypedDict: `memory: Annotated[int | str, At("HostConfig.Memory", …)]`. Everything else
(completion, checks, the body) is read from these entries, so an option stands in one place only.
"""

from __future__ import annotations

import difflib
import inspect
import re
from collections.abc import Callable, Mapping
from functools import cache
from typing import Annotated, Any, TypeVar, cast, get_args, get_origin, get_type_hints

from pydock.api._encoding import gated
from pydock.errors import InvalidArgument, Unsupported
from pydock.transport.version import Version

__all__ = ["At", "Body", "check_names", "converted", "entries", "place", "spelled_out"]

Body = dict[str, Any]
"""A JSON object on its way to the daemon."""

F = TypeVar("F", bound=Callable[..., Any])


class At:
    """Where an option goes: `HostConfig.Memory`, or several places when the converter gives a tuple of values.

    In such a tuple None says nothing. `since` is the API version that knows the option, `example` a right value as
    Python source. An option `by_hand` is converted here and put into its place by the renderer, because it depends
    on others. Values of a `secret` option are never shown.
    """

    __slots__ = ("by_hand", "convert", "example", "paths", "secret", "since")

    def __init__(
        self,
        *paths: str,
        convert: Callable[[Any], object],
        example: str,
        since: str | None = None,
        secret: bool = False,
        by_hand: bool = False,
    ) -> None:
        self.paths: tuple[str, ...] = paths
        self.convert: Callable[[Any], object] = convert
        self.example: str = example
        self.since: str | None = since
        self.secret: bool = secret
        self.by_hand: bool = by_hand


@cache
def entries(table: type) -> Mapping[str, At]:
    """Return the options of a TypedDict in the order in which they are written down."""
    found = _hints(table)
    return {name: next(part for part in get_args(hint) if isinstance(part, At)) for name, hint in found.items()}


def _hints(table: type) -> dict[str, Any]:
    """Evaluate each annotation among the names of the file that wrote it.

    Without `globalns` the names of the file of the innermost class win, and a `_links` there hides another's.
    """
    return get_type_hints(table, globalns={}, include_extras=True)


def place(body: Body, name: str, at: At, value: object, version: Version) -> None:
    """Convert the value of an option and put it into the body: lists grow, maps merge, anything else is set."""
    if at.since is not None and version < Version.parse(at.since):
        raise Unsupported(f"The option {name}=", needs=at.since, has=str(version))
    wire = converted(name, at, value)
    parts = cast("tuple[object, ...]", wire) if isinstance(wire, tuple) else (wire,)
    for path, part in zip(at.paths, parts, strict=True):
        if part is not None:
            _put(body, path.split("."), gated(part, version, path, f"(option {name}=)"))


def converted(name: str, at: At, value: object) -> object:
    """Return the wire's form of a value; what the converter refuses is told with the option's name and an example."""
    try:
        return at.convert(value)
    except InvalidArgument as error:
        raise InvalidArgument(f"{name}: {error} For example: {name}={at.example}") from None
    except (TypeError, ValueError, OverflowError, AttributeError) as error:
        shown = "the value" if at.secret else repr(value)
        raise InvalidArgument(
            f"{name}: {shown} cannot be used ({type(error).__name__}). For example: {name}={at.example}"
        ) from error


def _put(body: Body, path: list[str], value: Any) -> None:
    *parents, last = path
    for parent in parents:
        body = body.setdefault(parent, {})
    if isinstance(value, list) and last in body:
        body[last] = body[last] + value
    elif isinstance(value, dict) and last in body:
        body[last] = body[last] | value
    else:
        body[last] = value


# Names

_OTHER_WORDS = {
    "auto_remove": "remove",
    "command": "the second argument of the call",
    "cidfile": "`container.id`, which you may write to a file yourself",
    "detach": "run_detached(...) instead of run(...)",
    "environment": "env",
    "gpu": "gpus",
    "ipv4_address": "ip, or networks={name: Endpoint(ip=...)}",
    "ipv6_address": "ip6, or networks={name: Endpoint(ip6=...)}",
    "kernel_memory": "memory (no engine since 23.0 knows kernel memory)",
    "log_config": "logging",
    "mem_limit": "memory",
    "mem_reservation": "memory_reservation",
    "mem_swappiness": "memory_swappiness",
    "memswap_limit": "memory_swap",
    "nano_cpus": "cpus=1.5",
    "net": "network",
    "network_mode": "network",
    "no_healthcheck": "healthcheck=Healthcheck.none()",
    "pid_mode": "pid",
    "publish": "ports",
    "restart_policy": "restart",
    "rm": "remove",
    "stdin_open": "interactive",
    "uts_mode": "uts",
    "volume": "mounts",
    "volumes": "mounts",
    "working_dir": "workdir",
}


def check_names(given: Mapping[str, object], table: type, what: str = "an option") -> dict[str, Any]:
    """Return what was given and is not None; a name that does not exist is refused with the one that was meant."""
    known = entries(table)
    for name in given:
        if name not in known:
            raise InvalidArgument(f"{name!r} is not {what}.{_suggestion(name, known)}")
    return {name: given[name] for name in known if given.get(name) is not None}


def _suggestion(name: str, known: Mapping[str, At]) -> str:
    plain = name.replace("-", "_").lower()
    meant = plain if plain in known else _OTHER_WORDS.get(plain)
    if meant is None:
        close = difflib.get_close_matches(plain, known, n=1, cutoff=0.6)
        meant = close[0] if close else None
    if meant is not None and meant in known:
        return f" Did you mean {meant}? For example: {meant}={known[meant].example}"
    return f" Use {meant}." if meant else f" There are: {', '.join(known)}."


# Signatures


class _NotGiven:
    def __repr__(self) -> str:
        return "…"


_NOT_GIVEN = _NotGiven()
_UNPACKED = re.compile(r"(?:\w+\.)*Unpack\[(\w+)\]")


def spelled_out(function: F) -> F:
    """Give a function with `**options: Unpack[SomeTypedDict]` a signature that names every option.

    Type checkers read the TypedDict; IPython and `help()` read this signature, and complete `mem⇥` to `memory=`.
    """
    signature = inspect.signature(function)
    *parameters, variable = signature.parameters.values()
    match = _UNPACKED.fullmatch(str(variable.annotation))
    table = function.__globals__[match[1]] if match else get_args(variable.annotation)[0]
    options = [
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=_NOT_GIVEN, annotation=_plain(hint))
        for name, hint in _hints(table).items()
    ]
    function.__signature__ = signature.replace(parameters=[*parameters, *options])  # type: ignore[attr-defined]
    return function


def _plain(hint: Any) -> Any:
    """Return the type of an entry without what only the renderer needs."""
    return get_args(hint)[0] if get_origin(hint) is Annotated else hint
