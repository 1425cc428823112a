"""Options of isolation: capabilities, namespaces, profiles, runtimes.

Danger: most of them open the container towards the host.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Literal, TypedDict

from pydock.errors import InvalidArgument
from pydock.models.options.table import At
from pydock.models.options.values import Pairs, Strings, absolute, boolean, mapping, one_of, strings, text

__all__ = ["SecurityOptions"]


def _security(value: object) -> list[str]:
    """Read the file of `seccomp=profile.json`, as the CLI does: the daemon wants the profile itself."""
    return [_seccomp(option) for option in strings(value) if option != "systempaths=unconfined"]


def _security_and_paths(value: object) -> tuple[list[str], object, object]:
    """`systempaths=unconfined` is a word of the CLI for two empty lists."""
    if "systempaths=unconfined" in strings(value):
        return _security(value), [], []
    return _security(value), None, None


def _seccomp(option: str) -> str:
    name, separator, profile = (
        option.replace(":", "=", 1).partition("=") if "=" not in option else option.partition("=")
    )
    if name != "seccomp" or not separator or profile in {"unconfined", "builtin"} or profile.lstrip().startswith("{"):
        return option
    try:
        content = json.loads(Path(absolute(profile)).read_bytes())
    except (OSError, ValueError) as error:
        raise InvalidArgument(
            f"the seccomp profile {profile!r} cannot be read: {getattr(error, 'strerror', None) or 'not JSON'}."
        ) from None
    return f"seccomp={json.dumps(content, separators=(',', ':'))}"


class SecurityOptions(TypedDict, total=False):
    """What it may do, and which parts of the host it shares."""

    privileged: Annotated[bool, At("HostConfig.Privileged", convert=boolean, example="True")]
    """All capabilities, all devices, no profiles: it is root on the host."""
    cap_add: Annotated[Strings, At("HostConfig.CapAdd", convert=strings, example='["NET_ADMIN"]')]
    """Capabilities of the kernel to add; `ALL` is all of them."""
    cap_drop: Annotated[Strings, At("HostConfig.CapDrop", convert=strings, example='["ALL"]')]
    """Capabilities of the kernel to take away; `ALL` is all of them."""
    security_opt: Annotated[
        Strings,
        At(
            "HostConfig.SecurityOpt",
            "HostConfig.MaskedPaths",
            "HostConfig.ReadonlyPaths",
            convert=_security_and_paths,
            example='["no-new-privileges=true"]',
        ),
    ]
    """`no-new-privileges=true`, `apparmor=…`, `label=…`, `systempaths=unconfined`, `seccomp=unconfined` or
    `seccomp=profile.json` (a file of this machine, read here)."""
    masked_paths: Annotated[Strings, At("HostConfig.MaskedPaths", convert=strings, example='["/proc/kcore"]')]
    """Paths that are hidden inside, instead of the engine's list; `[]` hides none."""
    readonly_paths: Annotated[Strings, At("HostConfig.ReadonlyPaths", convert=strings, example='["/proc/sys"]')]
    """Paths that are read-only inside, instead of the engine's list; `[]` is none."""
    group_add: Annotated[Strings, At("HostConfig.GroupAdd", convert=strings, example='["audio", "1001"]')]
    """Further groups of the user, by name or number."""
    sysctls: Annotated[Pairs, At("HostConfig.Sysctls", convert=mapping, example='{"net.core.somaxconn": "1024"}')]
    """Kernel parameters of its own namespaces."""
    pid: Annotated[str, At("HostConfig.PidMode", convert=text, example='"host"')]
    """Whose processes it sees: `host`, or `container:name`."""
    ipc: Annotated[str, At("HostConfig.IpcMode", convert=text, example='"shareable"')]
    """Shared memory: `private`, `shareable`, `none`, `host`, or `container:name`."""
    uts: Annotated[Literal["host"], At("HostConfig.UTSMode", convert=one_of("host", ""), example='"host"')]
    """`host` uses the host's name."""
    userns: Annotated[str, At("HostConfig.UsernsMode", convert=text, example='"host"')]
    """`host` switches the daemon's remapping of users off."""
    cgroupns: Annotated[
        Literal["private", "host"],
        At("HostConfig.CgroupnsMode", convert=one_of("private", "host"), since="1.41", example='"private"'),
    ]
    """Whose cgroups it sees."""
    isolation: Annotated[
        Literal["default", "process", "hyperv"],
        At("HostConfig.Isolation", convert=one_of("default", "process", "hyperv"), example='"default"'),
    ]
    """The isolation technology (Windows; Linux knows only `default`)."""
    runtime: Annotated[str, At("HostConfig.Runtime", convert=text, example='"runc"')]
    """The OCI runtime, by the name that the daemon knows it under."""
