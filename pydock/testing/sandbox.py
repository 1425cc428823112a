"""Own namespaces for a throwaway daemon: all it starts, mounts or configures ends with its first process.

Two daemons in one network delete each other's `docker0`, and a killed one leaves mounts and shims behind. So
each gets its own mount, network and process namespace; the kernel cleans up when the first process goes. What
is left for us: empty control groups and the directory. Needs root. There is no way into the network but the
unix socket and a listening socket handed over.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

__all__ = ["Sandbox", "end", "first_process"]

_SCRIPT = Path(__file__).with_name("sandbox.sh")
_CGROUPS = Path("/sys/fs/cgroup")
_UNSHARE = [
    "unshare",
    "--mount",
    "--propagation=private",
    "--net",
    "--pid",
    "--mount-proc",
    "--fork",
    "--kill-child",
]


@dataclass(frozen=True)
class Sandbox:
    """A directory that a daemon owns, and the namespaces it runs in."""

    directory: Path
    """Data, socket, log and configuration; the same path inside and outside."""
    root: Path | None = None
    """Another Debian root file system to run in; None means the machine's own binaries."""

    @property
    def socket(self) -> Path:
        """Where the daemon listens."""
        return self.directory / "docker.sock"

    @property
    def log(self) -> Path:
        """What the daemon says."""
        return self.directory / "log"

    @property
    def cgroup(self) -> str:
        """The control group above all containers, so that the empty ones can be found and removed."""
        return f"/{str(self.directory).strip('/').replace('/', '-')}"

    def dockerd(self, settings: Mapping[str, object] | None = None, *, hosts: Sequence[str] = ()) -> list[str]:
        """Write the daemon.json of a dockerd, `settings` last, and return the command that starts it."""
        config: dict[str, object] = {
            "data-root": str(self.directory / "data"),
            "exec-root": "/run/docker",
            "pidfile": "/run/docker.pid",
            "hosts": [f"unix://{self.socket}", *hosts],
            "cgroup-parent": self.cgroup,
            "exec-opts": ["native.cgroupdriver=cgroupfs"],
            "shutdown-timeout": 5,
            **(settings or {}),
        }
        file = self.directory / "daemon.json"
        file.write_text(json.dumps(config, indent=1))
        return ["dockerd", "--config-file", str(file)]

    def launch(
        self, daemon: Sequence[str], *, leash: int | IO[bytes], listening: int | None = None
    ) -> subprocess.Popen[bytes]:
        """Start the daemon's command in its namespaces. The pid is that of the `unshare` around them.

        `leash` is its stdin: a line on it, or its end, stops the daemon; at its end the directory goes, too.
        `listening` is a file descriptor that a dockerd with the host `fd://` accepts connections from.
        """
        root = "" if self.root is None else str(self.root)
        command = [*_UNSHARE, "bash", str(_SCRIPT), str(self.directory), self.cgroup, root, *daemon]
        environment = {**os.environ, "PYDOCK_LISTEN": "" if listening is None else str(listening)}
        with self.log.open("ab") as log:
            return subprocess.Popen(
                command,
                stdin=leash,
                stdout=log,
                stderr=log,
                env=environment,
                pass_fds=() if listening is None else (listening,),
                start_new_session=True,  # Ctrl-C is for the program, not for its engine
            )

    def log_tail(self, lines: int = 15) -> str:
        """Return the end of the log."""
        text = self.log.read_text(errors="replace") if self.log.exists() else ""
        return "\n".join(text.splitlines()[-lines:])

    def sweep(self) -> None:
        """Remove the control groups and the directory. Call it after the processes have ended."""
        for group in [*_CGROUPS.glob(f"*{self.cgroup}"), _CGROUPS / self.cgroup[1:]]:
            remove_cgroup(group)
        shutil.rmtree(self.directory, ignore_errors=True)


def remove_cgroup(group: Path) -> None:
    """Remove a control group and those below it, as far as no process is in them."""
    for folder, _, _ in os.walk(group, topdown=False):
        with suppress(OSError):
            Path(folder).rmdir()


def first_process(unshare: int) -> int | None:
    """Tell the pid (as seen outside) of the first process in the namespaces that this `unshare` made."""
    with suppress(OSError):
        children = Path(f"/proc/{unshare}/task/{unshare}/children").read_text().split()
        return int(children[0]) if children else None
    return None


def end(unshare: int) -> None:
    """Kill all in the namespaces at once. `unshare` itself ends when everything is gone: wait for that."""
    with suppress(ProcessLookupError):
        os.kill(first_process(unshare) or unshare, signal.SIGKILL)
