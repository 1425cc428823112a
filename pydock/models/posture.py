"""How well one container is isolated: its risks, told plainly, each with its reason and its cure.

The numbers and levels are those of the CIS Docker Benchmark 1.6 to 1.8, section 5 (and 4.1 for the user). Danger: an
inspect tells what the container was given, not what its daemon adds (user namespaces for all, no-new-privileges by
default, an empty AppArmor profile on a host without AppArmor); nothing is guessed from what it does not tell.
"""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, overload

from pydock.display.mixin import Displayed
from pydock.models.container_data import ContainerData

__all__ = ["Posture", "Risk", "Severity", "posture_of"]

Severity = Literal["high", "medium", "low"]
"""`high`: whoever runs in the container has the host, or nearly; `medium`: a wall is missing; `low`: good custom."""

_DEFAULT_CAPABILITIES = frozenset({
    "AUDIT_WRITE", "CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "KILL", "MKNOD", "NET_BIND_SERVICE", "NET_RAW",
    "SETFCAP", "SETGID", "SETPCAP", "SETUID", "SYS_CHROOT",
})  # fmt: skip
_MIGHTY_CAPABILITIES = frozenset({
    "ALL", "BPF", "DAC_READ_SEARCH", "SYS_ADMIN", "SYS_BOOT", "SYS_MODULE", "SYS_PTRACE", "SYS_RAWIO",
})  # fmt: skip
_SOCKETS = frozenset({"docker.sock", "podman.sock", "containerd.sock", "crio.sock", "docker_engine"})
_SENSITIVE = frozenset({
    "/", "/bin", "/boot", "/dev", "/etc", "/home", "/lib", "/lib64", "/proc", "/root", "/run", "/sbin", "/sys", "/usr",
    "/var", "/var/lib", "/var/lib/containerd", "/var/lib/containers", "/var/lib/docker", "/var/run",
})  # fmt: skip
_SENSITIVE_BELOW = ("/boot/", "/etc/", "/proc/", "/root/", "/sys/", "/var/lib/docker/")
"""Here a single file is enough to own the host, when it may be written."""
_EVERYWHERE = frozenset({"", "0.0.0.0", "::"})  # noqa: S104 - what it is about


@dataclass(frozen=True, slots=True)
class Risk(Displayed):
    """One way in which a container is less isolated than it could be."""

    __display__ = "risk"

    name: str
    """What is wrong, in a word that stays the same: `privileged`, `docker-socket`, `host-pid`, …"""
    level: int
    """The profile of the benchmark that asks for it: 1 for everybody, 2 where security is worth some trouble."""
    cis: str
    """The number in the CIS Docker Benchmark: `5.5`."""
    reason: str
    """What it is here, and what can come of it."""
    cure: str
    """What to do: the option of `run` and `create`."""
    severity: Severity
    """How bad it is, as pydock sees it: almost all of the benchmark is level 1."""

    def __str__(self) -> str:
        return f"{self.name} (CIS {self.cis}): {self.reason} {self.cure}"


class Posture(Displayed, Sequence[Risk]):
    """The risks of one container, the worst first; empty when there are none that an inspect can tell."""

    __display__ = "posture"

    def __init__(self, container: str, risks: Iterable[Risk]) -> None:
        order: dict[Severity, int] = {"high": 0, "medium": 1, "low": 2}
        self.container: str = container
        """The container's name."""
        self._risks = sorted(risks, key=lambda risk: order[risk.severity])

    def __len__(self) -> int:
        return len(self._risks)

    def __iter__(self) -> Iterator[Risk]:
        return iter(self._risks)

    @overload
    def __getitem__(self, index: int) -> Risk: ...
    @overload
    def __getitem__(self, index: slice) -> Posture: ...
    def __getitem__(self, index: int | slice) -> Risk | Posture:
        return Posture(self.container, self._risks[index]) if isinstance(index, slice) else self._risks[index]

    @property
    def names(self) -> frozenset[str]:
        """The names of the risks: `"privileged" in posture.names`."""
        return frozenset(risk.name for risk in self._risks)

    def at_least(self, severity: Severity) -> Posture:
        """Keep what is as bad as this or worse: `assert not container.posture().at_least("medium")`."""
        wanted: dict[Severity, tuple[Severity, ...]] = {
            "high": ("high",),
            "medium": ("high", "medium"),
            "low": ("high", "medium", "low"),
        }
        return Posture(self.container, [risk for risk in self._risks if risk.severity in wanted[severity]])

    def __str__(self) -> str:
        return "\n".join(map(str, self._risks))

    def __repr__(self) -> str:
        return f"<Posture of {self.container}: {', '.join(risk.name for risk in self._risks) or 'no risks'}>"


def posture_of(container: ContainerData) -> Posture:
    """Look for the risks of a container; no request is sent."""
    checks = _ON_WINDOWS if container.platform == "windows" else _CHECKS
    found = [risk for check in checks for risk in check(container)]
    return Posture(container.name or container.short_id, found)


Check = Callable[[ContainerData], Iterable[Risk]]


def _privileged(container: ContainerData) -> Iterator[Risk]:
    if container.host_config.privileged:
        reason = "It has all capabilities and all devices, and neither seccomp nor AppArmor: it is root on the host."
        cure = "Leave out privileged=True; give the one thing it needs with cap_add= or devices=."
        yield Risk("privileged", 1, "5.5", reason, cure, "high")


def _capabilities(container: ContainerData) -> Iterator[Risk]:
    asked = [name.upper().removeprefix("CAP_") for name in container.host_config.cap_add]
    if added := [name for name in asked if name not in _DEFAULT_CAPABILITIES]:
        mighty = [name for name in added if name in _MIGHTY_CAPABILITIES]
        reason = f"It may do more than usual: {', '.join(added)}."
        reason += f" {mighty[0]} is enough to leave the container." if mighty else ""
        cure = 'Take them out of cap_add=; best is cap_drop=["ALL"] and only what the program needs.'
        yield Risk("added-capabilities", 1, "5.4", reason, cure, "high" if mighty else "medium")


def _mounts(container: ContainerData) -> Iterator[Risk]:
    for mount in container.mounts:
        if mount.type not in ("bind", "npipe"):
            continue
        source = mount.source.replace("\\", "/")
        path = posixpath.normpath("/" + source.lstrip("/"))
        if posixpath.basename(path) in _SOCKETS:
            reason = f"Through {mount.source} it can start a privileged container, also when it is mounted read-only."
            cure = "Do not mount the socket; where it must be, put a proxy that filters before it."
            yield Risk("docker-socket", 1, "5.32", reason, cure, "high")
        elif path in _SENSITIVE or (mount.writable and path.startswith(_SENSITIVE_BELOW)):
            can = "change" if mount.writable else "read"
            reason = f"It can {can} the host's {mount.source}, mounted at {mount.destination}."
            cure = "Mount only the files that it needs, read-only: mounts=[Bind(source, target, read_only=True)]."
            yield Risk("sensitive-mount", 1, "5.6", reason, cure, "high" if mount.writable else "medium")


def _namespaces(container: ContainerData) -> Iterator[Risk]:
    host = container.host_config
    told: list[tuple[str, str, str, str, str, Severity]] = [
        ("pid", host.pid_mode, "5.16", "It sees the host's processes, and can trace and kill them.", "pid=", "high"),
        ("network", host.network_mode, "5.10",
         "It has the host's network: what listens on the loopback there, and every port.", "network=", "medium"),
        ("ipc", host.ipc_mode, "5.17", "It reads and writes the shared memory of the host's programs.", "ipc=",
         "medium"),
        ("uts", host.uts_mode, "5.21", "It can change the host's name.", "uts=", "medium"),
        ("userns", host.userns_mode, "5.31", "Its root is the host's root, also where the daemon maps users.",
         "userns=", "medium"),
    ]  # fmt: skip
    for name, mode, number, reason, option, severity in told:
        if mode == "host":
            yield Risk(f"host-{name}", 1, number, reason, f'Leave out {option}"host".', severity)


def _root(container: ContainerData) -> Iterator[Risk]:
    user = container.config.user.partition(":")[0].strip()
    if user in ("", "0", "root"):
        reason = "Its program runs as root: a hole in the kernel or the runtime is the host's root at once."
        yield Risk("root-user", 1, "4.1", reason, 'Give user="1000:1000", or USER in the Dockerfile.', "medium")


def _new_privileges(container: ContainerData) -> Iterator[Risk]:
    on = {"no-new-privileges", "no-new-privileges:true", "no-new-privileges=true"}
    if on.isdisjoint(_security(container)):
        reason = "A program with setuid (su, sudo, mount) in it can make itself root."
        yield Risk("new-privileges", 1, "5.26", reason, 'Give security_opt=["no-new-privileges"].', "medium")


def _seccomp(container: ContainerData) -> Iterator[Risk]:
    if "seccomp=unconfined" in _security(container):
        reason = "All system calls are open to it, also those that most holes of the kernel are in."
        cure = "Leave out seccomp=unconfined; a profile of your own is seccomp=profile.json."
        yield Risk("no-seccomp", 1, "5.22", reason, cure, "medium")


def _apparmor(container: ContainerData) -> Iterator[Risk]:
    off = container.app_armor_profile == "unconfined" or "apparmor=unconfined" in _security(container)
    if off and not container.host_config.privileged:
        reason = "No AppArmor profile holds it: it may write to /proc and /sys, and mount."
        yield Risk("no-apparmor", 1, "5.2", reason, "Leave out apparmor=unconfined.", "medium")


def _writable_root(container: ContainerData) -> Iterator[Risk]:
    if not container.host_config.readonly_rootfs:
        reason = "Whoever breaks in can change its programs."
        cure = 'Give read_only=True, and tmpfs= or volumes where it has to write: tmpfs={"/tmp": ""}.'
        yield Risk("writable-root", 1, "5.13", reason, cure, "low")


def _memory(container: ContainerData) -> Iterator[Risk]:
    if container.host_config.memory <= 0:
        reason = "It can take all of the host's memory, and others are killed."
        yield Risk("no-memory-limit", 1, "5.11", reason, 'Give memory="512m".', "low")


def _pids(container: ContainerData) -> Iterator[Risk]:
    if (container.host_config.pids_limit or 0) <= 0:
        reason = "It can fork until no program on the host can start another."
        yield Risk("no-pids-limit", 1, "5.29", reason, "Give pids_limit=200.", "low")


def _published(container: ContainerData) -> Iterator[Risk]:
    live = [port for port in container.ports if port.host_port is not None]
    bound = {port.container_port: str(port) for port in live if port.host_ip in _EVERYWHERE}
    told = list(bound.values())
    if not live:  # stopped: what it was asked for
        asked = container.host_config.port_bindings
        told = [port for port, bindings in asked.items() if any(one.host_ip in _EVERYWHERE for one in bindings)]
    if told:
        reason = f"Every network of the host reaches it, past the host's firewall: {', '.join(told)}."
        yield Risk("published-everywhere", 1, "5.14", reason, 'Name the address: ports=["127.0.0.1:8080:80"].', "low")


def _security(container: ContainerData) -> list[str]:
    """Return the security options; before Docker 1.11 a colon stood where the equals sign is."""
    options = [option.strip() for option in container.host_config.security_opt]
    return [option.replace(":", "=", 1) if option.startswith(("seccomp:", "apparmor:")) else option
            for option in options]  # fmt: skip


_CHECKS: tuple[Check, ...] = (
    _privileged, _mounts, _capabilities, _namespaces, _root, _new_privileges, _seccomp, _apparmor, _writable_root,
    _memory, _pids, _published,
)  # fmt: skip
_ON_WINDOWS: tuple[Check, ...] = (_mounts, _memory, _published)
"""The others are walls that only Linux has."""
