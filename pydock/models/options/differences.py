"""What two containers differ in, told in options.

Danger: a value may be written in several ways that mean the same; what is compared here is what it means.
"""

from __future__ import annotations

import hashlib
import json
import signal
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, is_dataclass
from typing import Any, cast

from pydock.models.options.as_code import masked, option_source
from pydock.models.options.recreate import Recipe
from pydock.models.options.resources import UpdatableOptions
from pydock.models.options.table import entries
from pydock.models.options.values import is_map, items

__all__ = ["Difference", "differences", "fingerprint", "other_raw"]

_BETWEEN = "."
_SIGNALS = {int(one) for one in signal.Signals}
_CAPABILITIES = {"cap_add", "cap_drop"}
_UNORDERED = {*_CAPABILITIES, "devices", "device_requests", "expose", "group_add", "mounts", "ports", "security_opt"}


@dataclass(frozen=True)
class Difference:
    """One option that is not as it is wanted; `image` and `command` are options here, too."""

    option: str
    was: object
    """What the container has; None: nothing of its own."""
    wanted: object
    """What was asked for; None: nothing of its own."""

    def __str__(self) -> str:
        """Say it in one line: of a map only what differs, and nothing that may be secret."""
        was, wanted = self.was, self.wanted
        if is_map(was) and is_map(wanted):
            same = {key for key in was if key in wanted and was[key] == wanted[key]}
            was, wanted = ({key: item for key, item in one.items() if key not in same} for one in (was, wanted))
        return f"{self.option}: {_shown(self.option, was)} → {_shown(self.option, wanted)}"

    def __repr__(self) -> str:
        return f"<Difference {self}>"


def _shown(option: str, value: object) -> str:
    if value is None:
        return "nothing"
    shown: Any = masked(Recipe("", None, {option: value})).options[option]
    if option == "command":
        shown = list(masked(Recipe("", tuple(shown), {})).command or ())
    return option_source(option, shown)


def differences(was: Recipe, wanted: Recipe, *, updatable: bool = False) -> list[Difference]:
    """Return what is not as wanted, in the order of the options; only what `update` changes with `updatable`."""
    names = list(entries(UpdatableOptions)) if updatable else [*dict.fromkeys([*was.options, *wanted.options])]
    found = [] if updatable else [Difference("command", was.command, wanted.command)]
    found += [Difference(name, was.options.get(name), wanted.options.get(name)) for name in names if name != "name"]
    return [one for one in found if _meaning(one.option, one.was) != _meaning(one.option, one.wanted)]


def fingerprint(recipe: Recipe, raw: Mapping[str, object] | None = None) -> str:
    """Return a short mark that is equal for what means the same. Fields of `raw` have a part of their own, at its end.

    They are in no recipe, and an inspect need not tell them: whether they have changed is known by the mark only.
    """
    options = {name: _meaning(name, value) for name, value in recipe.options.items() if name != "name"}
    marks = [_mark([recipe.image, recipe.command, options]), *([_mark(raw)] if raw else [])]
    return _BETWEEN.join(marks)


def other_raw(mark: str, other: str) -> bool:
    """Tell whether two marks were made with other fields of `raw`."""
    return mark.partition(_BETWEEN)[2] != other.partition(_BETWEEN)[2]


def _mark(value: object) -> str:
    said = json.dumps(value, sort_keys=True, default=str)
    return hashlib.sha256(said.encode()).hexdigest()[:16]


def _meaning(option: str, value: object) -> Any:
    if option == "stop_signal" and isinstance(value, str) and value.isdecimal():
        return signal.Signals(int(value)).name if int(value) in _SIGNALS else value
    if option in _UNORDERED and value is not None:
        return sorted(_each(option, items(value)), key=str)
    return _plain(value)


def _each(option: str, values: Iterable[Any]) -> list[Any]:
    if option in _CAPABILITIES:
        return [str(value).upper().removeprefix("CAP_") for value in values]
    if option == "security_opt":
        return [str(value).replace(":", "=", 1).removesuffix("=true") for value in values]
    return [_plain(value) for value in values]


def _plain(value: object) -> Any:
    """Return JSON for it, the kind of an object included."""
    if is_dataclass(value) and not isinstance(value, type):
        return {"": type(value).__name__} | {name: _plain(item) for name, item in asdict(value).items()}
    if is_map(value):
        return {str(name): _plain(item) for name, item in value.items()}
    is_list = isinstance(value, (list, tuple))
    return [_plain(item) for item in items(cast("Any", value))] if is_list else value
