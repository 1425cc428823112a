"""What a job costs: wall, CPU (user and system, all threads) and memory of the process that does it.

The danger is `ru_maxrss`: a process inherits its parent's peak through exec. /proc has the true one.
"""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

__all__ = ["Clock"]


class Clock:
    """Measures what happens in `with clock:`, or a command by `clock.run([...])`."""

    def __init__(self) -> None:
        self.wall = self.cpu = self.peak = self.growth = 0.0

    def __enter__(self) -> Self:
        with suppress(OSError):
            Path("/proc/self/clear_refs").write_text("5")  # forget the peak so far
        self._resident = _memory("self", "VmRSS")
        self._cpu, self._wall = time.process_time(), time.perf_counter()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.wall, self.cpu = time.perf_counter() - self._wall, time.process_time() - self._cpu
        self.peak = _memory("self", "VmHWM")
        self.growth = self.peak - self._resident

    def run(self, command: Sequence[str], *, times: int = 1, stdin: str | None = None) -> None:
        """Measure a command, from its start to its end."""
        for _ in range(times):
            with Path(stdin or os.devnull).open("rb") as source:
                started = time.perf_counter()
                process = subprocess.Popen(command, stdin=source, stdout=subprocess.DEVNULL)
            while os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None:
                self.peak = max(self.peak, _memory(str(process.pid), "VmHWM"))
                time.sleep(min(0.05, 0.0002 + (time.perf_counter() - started) / 50))
            self.wall += time.perf_counter() - started
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
            if process.returncode:
                raise RuntimeError(f"{command[0]} failed with {process.returncode}")
            self.cpu += usage.ru_utime + usage.ru_stime


def _memory(process: str, name: str) -> float:
    """Return a line of /proc/PID/status in MiB; 0 when the process has ended."""
    with suppress(OSError):
        for line in Path(f"/proc/{process}/status").read_text().splitlines():
            if line.startswith(name):
                return int(line.split()[1]) / 1024
    return 0.0
