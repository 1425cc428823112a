"""Options of logging: where the output of the program goes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, TypedDict

from pydock.errors import InvalidArgument
from pydock.models.options.table import At
from pydock.models.options.values import Pairs, mapping, text

__all__ = ["LogConfig", "LoggingOptions"]


@dataclass(frozen=True)
class LogConfig:
    """A logging driver (`json-file`, `local`, `journald`, `none`, …) with its options."""

    driver: str
    options: Mapping[str, str | int | bool] = field(default_factory=dict[str, str | int | bool])


def _log_config(value: LogConfig | str) -> tuple[str, dict[str, str]]:
    if isinstance(value, LogConfig):
        return text(value.driver), mapping(value.options)
    if not isinstance(value, str):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise InvalidArgument(f"a {type(value).__name__} is neither a LogConfig nor the name of a driver.")
    return text(value), {}


class LoggingOptions(TypedDict, total=False):
    """Logs."""

    logging: Annotated[
        LogConfig | str,
        At(
            "HostConfig.LogConfig.Type",
            "HostConfig.LogConfig.Config",
            convert=_log_config,
            example='LogConfig("local", {"max-size": "10m"})',
        ),
    ]
    """The logging driver with its options. `docker.containers[…].logs()` needs one that can be read."""
    log_driver: Annotated[str, At("HostConfig.LogConfig.Type", convert=text, example='"local"')]
    """The logging driver; the default is the daemon's."""
    log_opts: Annotated[Pairs, At("HostConfig.LogConfig.Config", convert=mapping, example='{"max-size": "10m"}')]
    """Options of the logging driver."""
