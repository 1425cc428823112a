"""What a container uses right now, raw as the daemon sends it and computed as `docker stats` shows it.

Danger: cgroup v1, cgroup v2 and Windows fill in different fields, the first sample of a stream has nothing
to compare with, and a stopped container sends zeros. What cannot be known is None, never 0.
"""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar, NamedTuple

from pydantic import ConfigDict, Field

from pydock.models._base import Model, NullDict, NullList, When, wire
from pydock.models.units import MemorySize, Size

__all__ = [
    "BlockIO",
    "BlockIOEntry",
    "BlockIOStats",
    "CPUStats",
    "CPUUsage",
    "MemoryStats",
    "MemoryUse",
    "NetworkIO",
    "NetworkStats",
    "PidsStats",
    "Stats",
    "StorageStats",
    "Throttling",
]


class MemoryUse(NamedTuple):
    """Memory as `docker stats` shows it: without the page cache that the kernel can take back."""

    used: MemorySize | None
    limit: MemorySize | None
    """The limit, or the host's memory; None on Windows."""
    percent: float | None


class NetworkIO(NamedTuple):
    """Bytes since the start, all networks together; None with the host's network or none."""

    rx: Size | None
    tx: Size | None


class BlockIO(NamedTuple):
    """Bytes of block devices since the start; None where the kernel does not count them."""

    read: Size | None
    write: Size | None


class _Raw(Model):
    model_config: ClassVar[ConfigDict] = ConfigDict(alias_generator=None)


class CPUUsage(_Raw):
    """Processor time since the start: nanoseconds, on Windows units of 100 ns."""

    total_usage: int = 0
    """All of it."""
    percpu_usage: NullList[int] = Field(default_factory=list[int])
    """By processor; cgroup v1 only."""
    usage_in_kernelmode: int = 0
    """In the kernel."""
    usage_in_usermode: int = 0
    """In programs."""


class Throttling(_Raw):
    """How often the CPU limit held the container back."""

    periods: int = 0
    """Periods in which it ran."""
    throttled_periods: int = 0
    """Periods in which it was held back."""
    throttled_time: int = 0
    """For how many nanoseconds in all."""


class CPUStats(_Raw):
    """One reading of the processor's counters."""

    cpu_usage: CPUUsage = Field(default_factory=CPUUsage)
    """The container's processor time."""
    system_cpu_usage: int | None = None
    """The host's processor time in nanoseconds; None on Windows and when not running."""
    online_cpus: int | None = None
    """How many processors the host has."""
    throttling_data: Throttling = Field(default_factory=Throttling)
    """How often the CPU limit held it back."""

    @property
    def processors(self) -> int | None:
        """How many processors the host has; old engines and cgroup v1 know it from the usage of each."""
        return self.online_cpus or len(self.cpu_usage.percpu_usage) or None


class MemoryStats(_Raw):
    """The counters of memory."""

    usage: MemorySize | None = None
    """All of it, with the page cache."""
    max_usage: MemorySize | None = None
    """The most there ever was; cgroup v1 only."""
    stats: NullDict[str, int] = Field(default_factory=dict[str, int])
    """The kernel's own counters; their names differ between cgroup v1 and v2."""
    failcnt: int | None = None
    """How often the limit was hit; cgroup v1 only."""
    limit: MemorySize | None = None
    """The limit, or the host's memory."""
    commitbytes: MemorySize | None = None
    """Committed bytes (Windows)."""
    commitpeakbytes: MemorySize | None = None
    """The most ever committed (Windows)."""
    privateworkingset: MemorySize | None = None
    """The private working set (Windows)."""


class NetworkStats(_Raw):
    """The counters of one network interface."""

    rx_bytes: int = 0
    """Bytes received."""
    rx_packets: int = 0
    """Packets received."""
    rx_errors: int = 0
    """Errors while receiving; not counted on Windows."""
    rx_dropped: int = 0
    """Incoming packets that were dropped."""
    tx_bytes: int = 0
    """Bytes sent."""
    tx_packets: int = 0
    """Packets sent."""
    tx_errors: int = 0
    """Errors while sending; not counted on Windows."""
    tx_dropped: int = 0
    """Outgoing packets that were dropped."""
    endpoint_id: str | None = None
    """The endpoint (Windows)."""
    instance_id: str | None = None
    """The instance (Windows)."""


class PidsStats(_Raw):
    """The counters of processes."""

    current: int | None = None
    """How many processes and threads there are."""
    limit: int | None = None
    """How many there may be; 2**64-1 is no limit."""


class BlockIOEntry(_Raw):
    """One counter of one block device."""

    major: int = 0
    """The device's major number."""
    minor: int = 0
    """The device's minor number."""
    op: str = ""
    """What is counted: `Read`, `Write`, …; lower case on cgroup v2."""
    value: int = 0
    """The counter."""


class BlockIOStats(_Raw):
    """The counters of block devices; beside the first all are cgroup v1 only. None is "not counted"."""

    io_service_bytes_recursive: list[BlockIOEntry] | None = None
    """Bytes."""
    io_serviced_recursive: list[BlockIOEntry] | None = None
    """Operations."""
    io_queue_recursive: list[BlockIOEntry] | None = None
    """Operations that wait."""
    io_service_time_recursive: list[BlockIOEntry] | None = None
    """Time spent on operations."""
    io_wait_time_recursive: list[BlockIOEntry] | None = None
    """Time that operations waited."""
    io_merged_recursive: list[BlockIOEntry] | None = None
    """Operations that were merged."""
    io_time_recursive: list[BlockIOEntry] | None = None
    """Disk time."""
    sectors_recursive: list[BlockIOEntry] | None = None
    """Sectors."""


class StorageStats(_Raw):
    """The counters of storage (Windows)."""

    read_count_normalized: int | None = None
    """Reads in units of 4 KiB."""
    read_size_bytes: int | None = None
    """Bytes read."""
    write_count_normalized: int | None = None
    """Writes in units of 4 KiB."""
    write_size_bytes: int | None = None
    """Bytes written."""


class Stats(_Raw):
    """One sample of what a container uses.

    `cpu_percent`, `memory`, `network`, `block_io` and `pids` are what `docker stats` shows; the rest is raw.
    """

    __display__ = "stats"

    id: str = ""
    """The container; engines before 28 leave it out of the zeros of a stopped one."""
    full_name: str = wire("name", "")
    """The container's name with the daemon's leading slash; `name` is without."""
    os_type: str = ""
    """`linux` or `windows` (API 1.52)."""
    read: When = None
    """When it was measured; None when the container does not run."""
    preread: When = None
    """When `precpu_stats` was measured; None in the first sample of a stream."""
    cpu_stats: CPUStats = Field(default_factory=CPUStats)
    """The processor's counters now."""
    precpu_stats: CPUStats = Field(default_factory=CPUStats)
    """The processor's counters a sample before."""
    memory_stats: MemoryStats = Field(default_factory=MemoryStats)
    """The counters of memory."""
    networks: dict[str, NetworkStats] | None = None
    """The counters of each interface; None with the host's network or none."""
    pids_stats: PidsStats = Field(default_factory=PidsStats)
    """The counters of processes."""
    blkio_stats: BlockIOStats = Field(default_factory=BlockIOStats)
    """The counters of block devices."""
    num_procs: int = 0
    """How many processors the host has (Windows); 0 on Linux."""
    storage_stats: StorageStats = Field(default_factory=StorageStats)
    """The counters of storage (Windows)."""

    @property
    def name(self) -> str:
        """The container's name without the slash."""
        return self.full_name.removeprefix("/")

    def __repr__(self) -> str:
        if self.read is None:
            return f"<Stats {self.name} not running>"
        cpu = "–" if self.cpu_percent is None else f"{self.cpu_percent:.1f}"
        return f"<Stats {self.name} {cpu} % CPU, {self.memory.used} memory>"

    def __str__(self) -> str:
        return repr(self)

    @property
    def cpu_percent(self) -> float | None:
        """The processor time since the sample before: 100 is one processor, on Windows all of them.

        None in the first sample of a stream and when the container does not run.
        """
        if self.read is None:
            return None
        return self._windows_cpu(self.read) if self._windows else self._linux_cpu()

    @property
    def memory(self) -> MemoryUse:
        """The memory in use, without page cache, and its limit."""
        raw = self.memory_stats
        used = raw.privateworkingset if self._windows else _without_cache(raw)
        if used is None or raw.limit is None:
            return MemoryUse(used, raw.limit, None)
        return MemoryUse(used, raw.limit, used / raw.limit * 100 if raw.limit else 0.0)

    @property
    def network(self) -> NetworkIO:
        """The bytes received and sent since the start."""
        if self.networks is None:
            return NetworkIO(None, None)
        interfaces = self.networks.values()
        return NetworkIO(Size(sum(i.rx_bytes for i in interfaces)), Size(sum(i.tx_bytes for i in interfaces)))

    @property
    def block_io(self) -> BlockIO:
        """The bytes read from and written to block devices since the start."""
        if self._windows:
            read, write = self.storage_stats.read_size_bytes, self.storage_stats.write_size_bytes
            return BlockIO(None if read is None else Size(read), None if write is None else Size(write))
        entries = self.blkio_stats.io_service_bytes_recursive
        return BlockIO(_sum_of(entries, "r"), _sum_of(entries, "w"))

    @property
    def pids(self) -> int | None:
        """How many processes and threads there are; None on Windows and when the container does not run."""
        return self.pids_stats.current

    @property
    def _windows(self) -> bool:
        return self.os_type == "windows" or (not self.os_type and self.num_procs > 0)

    def _linux_cpu(self) -> float | None:
        now, before, processors = self.cpu_stats, self.precpu_stats, self.cpu_stats.processors
        if now.system_cpu_usage is None or before.system_cpu_usage is None or processors is None:
            return None
        used = now.cpu_usage.total_usage - before.cpu_usage.total_usage
        passed = now.system_cpu_usage - before.system_cpu_usage
        return used / passed * processors * 100 if used > 0 and passed > 0 else 0.0

    def _windows_cpu(self, read: datetime) -> float | None:
        if self.preread is None:
            return None
        possible = (read - self.preread).total_seconds() * 10_000_000 * self.num_procs
        used = self.cpu_stats.cpu_usage.total_usage - self.precpu_stats.cpu_usage.total_usage
        return used / possible * 100 if used > 0 and possible > 0 else 0.0


def _without_cache(raw: MemoryStats) -> MemorySize | None:
    if raw.usage is None:
        return None
    cache = raw.stats.get("total_inactive_file", raw.stats.get("inactive_file", 0))
    return MemorySize(raw.usage - cache) if cache < raw.usage else raw.usage


def _sum_of(entries: list[BlockIOEntry] | None, letter: str) -> Size | None:
    if entries is None:
        return None
    return Size(sum(entry.value for entry in entries if entry.op[:1].lower() == letter))
