"""Everything that pydock raises, in one tree. No httpx, httptools, ssl or OSError type ever leaves the package.

```
DockerError
├── InvalidArgument (also ValueError)   refused before any I/O; the message prints the corrected call
├── ConfigError                         the CLI's configuration cannot be used: ContextNotFound, CredentialHelperError
├── Unreachable                         no daemon: EndpointNotFound, PermissionDenied, ConnectionRefused, TLSFailure,
│                                       SSHFailure, ConnectionLost, TimedOut (also TimeoutError)      .tried .hint
├── APIError                            the daemon said no: .status .message .method .path
│   ├── BadRequest 400 · Unauthorized 401 · Forbidden 403
│   ├── NotFound 404        ContainerNotFound, ExecNotFound, ImageNotFound, NetworkNotFound, VolumeNotFound, …
│   ├── Conflict 409        NameInUse, ImageInUse, VolumeInUse, NotRunning, …
│   ├── NotSwarmManager 503
│   └── ServerError 5xx
├── StreamError             PullError, PushError, BuildError, LoadError, ImportError_ (.events, .log),
│                           StreamInterrupted, ProtocolError
│                           One of the first five is Unauthorized, Forbidden, ImageNotFound or NoSpace as well,
│                           where the daemon's words tell: its status was 200 when it began, or 500 for anything.
├── ContainerFailed / ExecFailed     exit code ≠ 0 with both streams (only with check=True)
├── WaitFailed              a container died or became unhealthy while somebody waited for it (.exit_code, .log_tail)
├── PlatformMismatch        the image is of another platform than asked for: .wanted .available
├── Unsupported             the daemon's API lacks it: .feature .needs .has
├── UnsafeArchive           a tar member that would leave its folder
├── MissingExtra (also ImportError)     an optional part of pydock is not installed; the message says how
└── Detached, WrongLoop     misuse
```

All of them pickle and copy. Messages end with what to do next.
"""

from __future__ import annotations

import copyreg
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Self

__all__ = [
    "APIError",
    "BadRequest",
    "BuildError",
    "ConfigError",
    "ConfigNotFound",
    "Conflict",
    "ConnectionLost",
    "ConnectionRefused",
    "ContainerFailed",
    "ContainerNotFound",
    "ContextNotFound",
    "CredentialHelperError",
    "Detached",
    "DockerError",
    "EndpointNotFound",
    "ExecFailed",
    "ExecNotFound",
    "Forbidden",
    "ImageInUse",
    "ImageNotFound",
    "ImportError_",
    "InvalidArgument",
    "LoadError",
    "MissingExtra",
    "NameInUse",
    "NetworkInUse",
    "NetworkNotFound",
    "NoSpace",
    "NodeNotFound",
    "NotFound",
    "NotRunning",
    "NotSwarmManager",
    "PermissionDenied",
    "PlatformMismatch",
    "PluginNotFound",
    "ProtocolError",
    "PullError",
    "PushError",
    "SSHFailure",
    "SecretNotFound",
    "ServerError",
    "ServiceNotFound",
    "StreamError",
    "StreamInterrupted",
    "TLSFailure",
    "TaskNotFound",
    "TimedOut",
    "Unauthorized",
    "Unreachable",
    "UnsafeArchive",
    "Unsupported",
    "VolumeInUse",
    "VolumeNotFound",
    "WaitFailed",
    "WrongLoop",
    "api_error",
]


class DockerError(Exception):
    """Root of everything pydock raises."""

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[Any, ...], dict[str, Any]]:
        """Pickle by class, message and attributes: constructors take keywords, which Exception's own way loses."""
        return (copyreg.__newobj__, (type(self), *self.args), self.__dict__)  # type: ignore[attr-defined]

    def __new__(cls, *args: Any, **_: Any) -> Self:
        """Keep the positional message as `args`, so that a copy made without `__init__` still shows it."""
        self = super().__new__(cls)
        self.args = args
        return self


class InvalidArgument(DockerError, ValueError):
    """An argument was refused before any I/O. The message says what to write instead."""


class ConfigError(DockerError):
    """The docker CLI's configuration (config.json, contexts, certificates) cannot be used as it stands."""


class ContextNotFound(ConfigError):
    """The named docker context does not exist; the message names the file that was looked for."""


class CredentialHelperError(ConfigError):
    """A credential helper is missing, failed or did not answer in time."""


# No daemon


class Unreachable(DockerError):
    """No daemon could be talked to."""

    tried: tuple[str, ...]
    """The endpoints that were tried, in order."""
    hint: str
    """What to do next; the message ends with it."""

    def __init__(self, message: str, *, tried: Sequence[str] = (), hint: str = "") -> None:
        self.tried = tuple(tried)
        self.hint = hint
        super().__init__(message)
        # OSError, a base of TimedOut, ignores what __init__ is given.
        self.args: tuple[str, ...] = (f"{message} {hint}".strip(),)


class EndpointNotFound(Unreachable):
    """There is no socket at the path, or no host of that name."""


class PermissionDenied(Unreachable):
    """The socket is there but this user may not open it."""


class ConnectionRefused(Unreachable):
    """Something is at the address, but no daemon listens."""


class TLSFailure(Unreachable):
    """The TLS handshake failed, or one side speaks TLS and the other does not."""


class SSHFailure(Unreachable):
    """The ssh command failed; the message carries its stderr."""


class ConnectionLost(Unreachable):
    """The daemon closed the connection before it answered: it may or may not have done what was asked."""


class TimedOut(Unreachable, TimeoutError):
    """The whole call took longer than its `timeout=`, or connecting took longer than the connect timeout."""


# The daemon said no


class APIError(DockerError):
    """The daemon answered with an error status."""

    status: int
    message: str
    """The daemon's own words."""
    method: str = ""
    """Empty, with the path, when it was told inside a stream."""
    path: str = ""
    hint: str = ""

    def __init__(self, message: str, *, status: int, method: str, path: str, hint: str = "") -> None:
        self.status = status
        self.message = message
        self.method = method
        self.path = path
        self.hint = hint
        text = f"{message} [{status} {method} {path}]"
        super().__init__(f"{text} {hint}".strip())


class BadRequest(APIError):
    """400: the daemon could not use a parameter."""


class Unauthorized(APIError):
    """401: credentials are missing or wrong."""


class Forbidden(APIError):
    """403: the operation is not allowed on this object (a predefined or used network, an overlapping address pool)."""


class NotFound(APIError):
    """404: no such object."""


class ContainerNotFound(NotFound):
    """No container of that id or name."""


class ExecNotFound(NotFound):
    """No exec instance of that id."""


class ImageNotFound(NotFound):
    """No image of that id or reference."""


class NetworkNotFound(NotFound):
    """No network of that id or name."""


class VolumeNotFound(NotFound):
    """No volume of that name."""


class ServiceNotFound(NotFound):
    """No service of that id or name."""


class TaskNotFound(NotFound):
    """No task of that id."""


class NodeNotFound(NotFound):
    """No node of that id or name."""


class SecretNotFound(NotFound):
    """No secret of that id or name."""


class ConfigNotFound(NotFound):
    """No swarm config of that id or name."""


class PluginNotFound(NotFound):
    """No plugin of that name."""


class Conflict(APIError):
    """409: the object's state forbids the operation."""


class NameInUse(Conflict):
    """The name is taken by another object of the same kind."""


class ImageInUse(Conflict):
    """A container or a tag still needs the image."""


class VolumeInUse(Conflict):
    """A container still uses the volume."""


class NetworkInUse(Forbidden):
    """The network is predefined, or still has endpoints."""


class NotRunning(Conflict):
    """The operation needs a running container."""


class NotSwarmManager(APIError):
    """503: the daemon is not a swarm manager."""


class ServerError(APIError):
    """5xx: the daemon failed. Old engines answer 500 to some bad parameters as well."""


class PlatformMismatch(DockerError):
    """The image is there, but not for the asked platform."""

    image: str
    wanted: str
    available: tuple[str, ...]
    """The platforms that are there."""

    def __init__(self, image: str, *, wanted: str, available: Sequence[str]) -> None:
        self.image = image
        self.wanted = wanted
        self.available = tuple(available)
        there = ", ".join(self.available) or "another platform"
        super().__init__(
            f"{image} is not here for {wanted} but for {there}. "
            f"Leave out platform={wanted!r}, or pull an image that exists for it."
        )


# Streams


class StreamError(DockerError):
    """Something went wrong inside a stream that had begun well."""


class StreamInterrupted(StreamError):
    """The connection was cut in the middle. It is never the end of the stream."""


class ProtocolError(StreamError):
    """The bytes are not what the Engine API speaks: a proxy's page, a broken frame, no JSON."""


class _ProgressError(StreamError):
    events: tuple[object, ...]
    """All events of the operation, in order."""
    code: int | None
    """`errorDetail.code`; for a failed RUN of a build its exit code."""
    message: str
    """The words of it."""

    def __init__(self, message: str, *, events: Sequence[object] = (), code: int | None = None) -> None:
        self.events = tuple(events)
        self.code = code
        self.message = message
        DockerError.__init__(self, message)  # not super(): it may be an APIError as well

    @property
    def log(self) -> str:
        """The whole log as text."""
        return "\n".join(str(event) for event in self.events)


class PullError(_ProgressError):
    """The daemon could not pull: no such tag, no access, disk full, …"""


class PushError(_ProgressError):
    """The daemon could not push."""


class LoadError(_ProgressError):
    """The archive could not be loaded."""


class ImportError_(_ProgressError):  # noqa: N801 - ImportError is Python's own
    """The tar could not be imported as an image."""


class BuildError(_ProgressError):
    """The build failed; the message shows the failing step and its last lines."""


class NoSpace(StreamError):
    """No space is left on the daemon's disk, or on the registry's; it is a `PullError`, `LoadError`, … as well."""


# Programs


class _Failed(DockerError):
    exit_code: int
    stdout: bytes
    stderr: bytes

    def __init__(self, what: str, *, exit_code: int, stdout: bytes, stderr: bytes) -> None:
        self.exit_code = exit_code
        self.stdout = stdout
        self.stderr = stderr
        tail = (stderr or stdout).decode("utf-8", "replace").strip().splitlines()[-10:]
        super().__init__("\n".join([f"{what} exited with {exit_code}", *tail]))


class ContainerFailed(_Failed):
    """A container run with `check=True` exited with another code than 0."""


class ExecFailed(_Failed):
    """A command executed with `check=True` exited with another code than 0."""


class WaitFailed(DockerError):
    """What was waited for cannot come any more: the container died, was removed or became unhealthy."""

    exit_code: int | None
    log_tail: str

    def __init__(self, message: str, *, exit_code: int | None = None, log_tail: str = "") -> None:
        self.exit_code = exit_code
        self.log_tail = log_tail
        super().__init__(f"{message}\n{log_tail}".strip())


# Misuse


class Unsupported(DockerError):
    """The daemon's API version lacks the feature."""

    feature: str
    needs: str
    has: str

    def __init__(self, feature: str, *, needs: str, has: str) -> None:
        self.feature = feature
        self.needs = needs
        self.has = has
        super().__init__(
            f"{feature} needs Engine API {needs}; this daemon speaks {has}. "
            "Leave it out, or talk to a newer engine (docker.version() tells which this is)."
        )


class UnsafeArchive(DockerError):
    """A tar member would be written outside of its folder."""


class MissingExtra(DockerError, ImportError):
    """An optional part of pydock needs a package that is not installed; the message says which extra brings it."""


class Detached(DockerError):
    """The object is not bound to a daemon (it was built by hand or copied), so its verbs cannot be called."""


class WrongLoop(DockerError):
    """The client belongs to another event loop or thread. Use `docker.spawn(...)`, which runs on the home loop."""


_NOT_FOUND: Mapping[str, type[NotFound]] = {
    "container": ContainerNotFound,
    "exec": ExecNotFound,
    "image": ImageNotFound,
    "network": NetworkNotFound,
    "volume": VolumeNotFound,
    "service": ServiceNotFound,
    "task": TaskNotFound,
    "node": NodeNotFound,
    "secret": SecretNotFound,
    "config": ConfigNotFound,
    "plugin": PluginNotFound,
}
_BY_STATUS: Mapping[int, type[APIError]] = {
    400: BadRequest,
    401: Unauthorized,
    403: Forbidden,
    404: NotFound,
    409: Conflict,
}


def api_error(
    status: int, message: str, *, method: str, path: str, noun: str = "", conflict: type[APIError] | None = None
) -> APIError:
    """Class an error answer by its status and by what was asked, never by searching the message.

    `noun` is what a 404 is about; `conflict` is what a 409 (or 403) of this very operation means.
    """
    kind: type[APIError]
    if status == 404:
        kind = _NOT_FOUND.get(noun, NotFound)
    elif conflict is not None and status == (403 if issubclass(conflict, Forbidden) else 409):
        kind = conflict
    elif status == 503 and noun in {"swarm", "service", "task", "node", "secret", "config"}:
        kind = NotSwarmManager
    else:
        kind = _BY_STATUS.get(status, ServerError if status >= 500 else APIError)
    return kind(message, status=status, method=method, path=path)
