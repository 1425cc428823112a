"""What runs, as whom, with which variables: `Config` of images and of containers.

Danger: `env` may hold secrets, so it is left out of `repr`.
"""

from __future__ import annotations

from pydantic import Field

from pydock.models._base import Model, NullDict, NullList
from pydock.models.units import Nanoseconds, Seconds

__all__ = ["ContainerConfig", "HealthConfig", "ImageConfig", "environment"]


def environment(env: list[str]) -> dict[str, str | None]:
    """Turn `["K=V", "BARE"]` into a mapping; None is a variable that is to be unset."""
    pairs = (entry.partition("=") for entry in env)
    return {name: value if equals else None for name, equals, value in pairs}


class HealthConfig(Model):
    """How the daemon finds out whether the container is well."""

    test: NullList[str] = Field(default_factory=list[str])
    """`["CMD", …]` runs a program, `["CMD-SHELL", "…"]` a shell line; `["NONE"]` is off, `[]` inherits."""
    interval: Nanoseconds | None = None
    """How long to wait between two checks; zero inherits."""
    timeout: Nanoseconds | None = None
    """After how long a check counts as failed; zero inherits."""
    retries: int = 0
    """How many failures in a row make it unhealthy; zero inherits."""
    start_period: Nanoseconds | None = None
    """How long failures do not count after the start; zero inherits."""
    start_interval: Nanoseconds | None = None
    """How long to wait between two checks during the start period (API 1.44)."""


class ImageConfig(Model):
    """What an image says about the containers made of it."""

    user: str = ""
    """As whom the program runs: `name`, `uid` or `uid:gid`; empty is root."""
    exposed_ports: NullDict[str, object] = Field(default_factory=dict[str, object])
    """The ports the program listens on, as keys: `"80/tcp"`."""
    env: NullList[str] = Field(default_factory=list[str], repr=False)
    """Variables as `K=V`; a bare `K` unsets it. `environment` has them as a mapping."""
    cmd: NullList[str] = Field(default_factory=list[str])
    """The arguments, or the whole command where there is no entrypoint."""
    healthcheck: HealthConfig | None = None
    """How the daemon finds out whether the container is well."""
    args_escaped: bool | None = None
    """The command is escaped already (Windows only)."""
    volumes: NullDict[str, object] = Field(default_factory=dict[str, object])
    """The paths that get an anonymous volume, as keys."""
    working_dir: str = ""
    """Where the program starts."""
    entrypoint: NullList[str] = Field(default_factory=list[str])
    """The program that `cmd` gives its arguments to."""
    on_build: NullList[str] = Field(default_factory=list[str])
    """Dockerfile lines that run when another image is built on this one."""
    labels: NullDict[str, str] = Field(default_factory=dict[str, str])
    """What its maker noted."""
    stop_signal: str | None = None
    """Which signal asks the program to end; None is SIGTERM."""
    shell: NullList[str] = Field(default_factory=list[str])
    """The shell of the shell form of RUN, CMD and ENTRYPOINT."""

    @property
    def environment(self) -> dict[str, str | None]:
        """The variables as a mapping; None is a variable that is to be unset."""
        return environment(self.env)


class ContainerConfig(ImageConfig):
    """What a container was created with and can take to another host."""

    hostname: str = ""
    """The host name inside; by default the short id."""
    domainname: str = ""
    """The domain name inside."""
    attach_stdin: bool = False
    """Standard input was attached at creation."""
    attach_stdout: bool = False
    """Standard output was attached at creation."""
    attach_stderr: bool = False
    """Standard error was attached at creation."""
    tty: bool = False
    """The program has a terminal; its two outputs are then one."""
    open_stdin: bool = False
    """Standard input stays open without anybody attached."""
    stdin_once: bool = False
    """Standard input closes when the first attached client goes."""
    image: str = ""
    """The image as it was asked for: a name or an id."""
    network_disabled: bool | None = None
    """The container has no network at all."""
    mac_address: str | None = None
    """The container-wide MAC address; gone since API 1.52, endpoints have their own."""
    stop_timeout: Seconds | None = None
    """How long a stop waits before it kills; None is the daemon's ten seconds."""
