"""Options of the life of a container: its name, restarts, health, stopping and removal."""

from __future__ import annotations

import signal
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Annotated, Any, Literal, Self, TypedDict

from pydock.api._encoding import since
from pydock.errors import InvalidArgument
from pydock.models.options.table import At
from pydock.models.options.values import boolean, items, seconds, signal_name, text, whole
from pydock.models.units import Duration, nanoseconds

__all__ = ["Health", "Healthcheck", "LifecycleOptions", "NameOption", "Restart", "RestartPolicy", "restart_policy"]

_POLICIES = ("no", "always", "unless-stopped", "on-failure")


@dataclass(frozen=True)
class RestartPolicy:
    """When the daemon starts the container again; `retries` (with `on-failure`): how often at most, 0 is always."""

    name: Literal["no", "always", "unless-stopped", "on-failure"]
    retries: int = 0

    def __post_init__(self) -> None:
        if self.name not in _POLICIES:
            raise InvalidArgument(f"{self.name!r} is none of {', '.join(_POLICIES)}.")
        if self.retries and self.name != "on-failure":
            raise InvalidArgument(f'only "on-failure" counts retries: RestartPolicy("on-failure", {self.retries}).')

    def wire(self) -> dict[str, object]:
        """Return it as the daemon wants it."""
        return {"Name": self.name, "MaximumRetryCount": whole(0)(self.retries)}


Restart = Literal["no", "always", "unless-stopped", "on-failure"] | str | RestartPolicy
"""`"always"`, `"on-failure:3"` or `RestartPolicy(…)`."""


def restart_policy(value: Restart) -> dict[str, object]:
    """Return the RestartPolicy."""
    if isinstance(value, RestartPolicy):
        return value.wire()
    name, separator, retries = text(value).partition(":")
    if separator and not retries.isdecimal():
        raise InvalidArgument(f"{value!r} does not end in a number.")
    known: Any = name
    return RestartPolicy(known, int(retries or 0)).wire()


@dataclass(frozen=True)
class Healthcheck:
    """How the engine finds out whether the program is healthy. What is None is inherited from the image.

    `test`: the words of a command, or one str for the image's shell; exit code 0 is healthy. Durations are seconds,
    timedelta or text, at least 1 ms. `start_period` is the time in which failures do not count, `start_interval`
    the time between checks in it (API 1.44). `retries` failures in a row are unhealthy.

    ```python
    healthcheck=Healthcheck(["CMD", "wget", "-q", "-O-", "localhost"], interval="2s")
    ```
    """

    test: str | Sequence[str] | None = None
    interval: Duration | None = None
    timeout: Duration | None = None
    retries: int | None = None
    start_period: Duration | None = None
    start_interval: Duration | None = None

    def __post_init__(self) -> None:
        self.wire()

    @classmethod
    def none(cls) -> Self:
        """Switch the image's health check off."""
        return cls(["NONE"])

    def wire(self) -> dict[str, object]:
        """Return it as the daemon wants it: nanoseconds."""
        wire: dict[str, object] = {} if self.test is None else {"Test": _test(self.test)}
        for name, key in _DURATIONS.items():
            if (value := getattr(self, name)) is not None:
                wire[key] = _interval(name, value)
        if self.retries is not None:
            wire["Retries"] = whole(0)(self.retries)
        if "StartInterval" in wire:
            wire["StartInterval"] = since("1.44", wire["StartInterval"])
        return wire


_DURATIONS = {
    "interval": "Interval",
    "timeout": "Timeout",
    "start_period": "StartPeriod",
    "start_interval": "StartInterval",
}
Health = Healthcheck | str | Sequence[str] | Literal[False]
"""`Healthcheck(…)`, only the command, or False to switch the image's check off."""


def _interval(name: str, value: Duration) -> int:
    try:
        ns = nanoseconds(value)
    except InvalidArgument as error:
        raise InvalidArgument(f"{name}: {error}") from None
    if 0 < ns < 1_000_000:
        raise InvalidArgument(f'{name}: {value!r} is below 1 ms: Healthcheck(…, {name}="2s").')
    return ns


def _test(test: str | Sequence[str]) -> list[str]:
    if isinstance(test, str):
        return ["CMD-SHELL", text(test)]
    words = [text(word) for word in items(test)]
    return words if not words or words[0] in {"CMD", "CMD-SHELL", "NONE"} else ["CMD", *words]


def _healthcheck(value: Health) -> dict[str, object]:
    if value is False:
        return Healthcheck.none().wire()
    if isinstance(value, Healthcheck):
        return value.wire()
    if isinstance(value, Mapping):
        names = ", ".join(field.name for field in fields(Healthcheck))
        raise InvalidArgument(f"a map is no health check; write Healthcheck(…) with {names}.")
    return Healthcheck(value).wire()


class NameOption(TypedDict, total=False):
    """What it is called."""

    name: Annotated[str, At("?name", convert=text, example='"web"')]
    """Its name: letters, digits, `_.-`, two or more. Without one the engine makes one up."""


class LifecycleOptions(TypedDict, total=False):
    """From its platform to its end."""

    platform: Annotated[str, At("?platform", convert=text, since="1.41", example='"linux/arm64"')]
    """The platform of the image: `os/arch[/variant]`. Fails when the image here is of another."""
    remove: Annotated[bool, At("HostConfig.AutoRemove", convert=boolean, example="True")]
    """The engine removes the container, with its anonymous volumes, when the program ends."""
    init: Annotated[bool, At("HostConfig.Init", convert=boolean, example="True")]
    """A small init is process 1: it passes signals on and reaps zombies."""
    healthcheck: Annotated[Health, At("Healthcheck", convert=_healthcheck, example='Healthcheck("curl -f localhost")')]
    """How its health is checked; False switches the image's check off."""
    stop_signal: Annotated[str | int | signal.Signals, At("StopSignal", convert=signal_name, example='"SIGINT"')]
    """The signal that stops it; the image's or SIGTERM is the default."""
    stop_timeout: Annotated[Duration, At("StopTimeout", convert=seconds, example="30")]
    """Whole seconds between the stop signal and the kill; -1 waits without end, the default is 10."""
