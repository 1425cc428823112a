"""What the daemon knows of a command that was executed in a running container.

Danger: the id of an exec instance is spelled `Id` where it is made and `ID` where it is inspected.
"""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import ConfigDict, Field

from pydock.models._base import Model, NullList, Resource, wire

__all__ = ["ExecCreateResult", "ExecData", "ExecProcess"]


class ExecProcess(Model):
    """The command of an exec instance."""

    model_config: ClassVar[ConfigDict] = ConfigDict(alias_generator=None)

    entrypoint: str = ""
    """The program."""
    arguments: NullList[str] = Field(default_factory=list[str])
    """Its arguments."""
    tty: bool = False
    """It has a terminal."""
    privileged: bool | None = None
    """It has all capabilities; None on Windows."""
    user: str = ""
    """As whom it runs; empty is the container's user."""


class ExecData(Resource):
    """A command that runs, ran or is to run in a container."""

    noun: ClassVar[str] = "exec"

    id: Annotated[str, Field(alias="ID")]
    """The id of the exec instance."""
    running: bool = False
    """It runs now."""
    exit_code: int | None = None
    """How it ended; None before."""
    process_config: ExecProcess = Field(default_factory=ExecProcess)
    """The command."""
    open_stdin: bool = False
    """Its standard input is open."""
    open_stdout: bool = False
    """Its standard output is attached."""
    open_stderr: bool = False
    """Its standard error is attached."""
    can_remove: bool = False
    """The daemon may forget it."""
    container_id: str = wire("ContainerID", "")
    """The container it runs in."""
    detach_keys: str = ""
    """The keys that detach from it."""
    pid: int = 0
    """The process id on the host; 0 when it does not run."""


class ExecCreateResult(Model):
    """What preparing a command answered."""

    id: str
    """The id of the exec instance."""
