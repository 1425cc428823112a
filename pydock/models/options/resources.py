"""Options of resources: memory, CPUs, processes, block I/O, devices. Some can be changed later by `update`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Annotated, TypedDict

from pydock.models.options.devices import (
    DeviceRequest,
    Devices,
    Gpus,
    Ulimits,
    bytes_per_second,
    device_requests,
    devices,
    gpus,
    operations_per_second,
    ulimits,
    weights,
)
from pydock.models.options.lifecycle import Restart, restart_policy
from pydock.models.options.table import At
from pydock.models.options.values import (
    Strings,
    boolean,
    memory_swap,
    microseconds,
    nano_cpus,
    strings,
    text,
    whole,
)
from pydock.models.units import SizeLike, parse_size

__all__ = ["ResourceOptions", "UpdatableOptions", "UpdateOptions"]

Rates = Mapping[str, SizeLike] | Sequence[str]
Operations = Mapping[str, int] | Sequence[str]
Weights = Mapping[str, int] | Sequence[str]


class UpdatableOptions(TypedDict, total=False):
    """Options that can be given at create and changed later."""

    memory: Annotated[SizeLike, At("HostConfig.Memory", convert=parse_size, example='"512m"')]
    """The most memory it may use; beyond it the kernel kills. At least 6 MiB; 0 is no limit."""
    memory_reservation: Annotated[SizeLike, At("HostConfig.MemoryReservation", convert=parse_size, example='"256m"')]
    """The memory it is pushed back to when the host is short of it. Below `memory`."""
    memory_swap: Annotated[SizeLike, At("HostConfig.MemorySwap", convert=memory_swap, example='"1g"')]
    """Memory and swap together, so not below `memory`; equal to it is no swap, -1 is swap without limit."""
    cpus: Annotated[float | str, At("HostConfig.NanoCpus", convert=nano_cpus, example="1.5")]
    """How many CPUs it may use, with fractions."""
    cpu_shares: Annotated[int, At("HostConfig.CpuShares", convert=whole(0), example="512")]
    """Its weight against other containers when the CPUs are busy; the default weighs 1024."""
    cpu_period: Annotated[int | str | timedelta, At("HostConfig.CpuPeriod", convert=microseconds, example="100_000")]
    """The scheduler's period in microseconds (a number) or as `"100ms"`. `cpus` is simpler."""
    cpu_quota: Annotated[int | str | timedelta, At("HostConfig.CpuQuota", convert=microseconds, example="50_000")]
    """CPU time per period in microseconds (a number) or as `"50ms"`."""
    cpu_rt_period: Annotated[
        int | str | timedelta, At("HostConfig.CpuRealtimePeriod", convert=microseconds, example="1_000_000")
    ]
    """The realtime scheduler's period in microseconds or as `"1s"`. Needs a kernel and daemon set up for it."""
    cpu_rt_runtime: Annotated[
        int | str | timedelta, At("HostConfig.CpuRealtimeRuntime", convert=microseconds, example="950_000")
    ]
    """Realtime CPU time per period in microseconds or as `"950ms"`."""
    cpuset_cpus: Annotated[str, At("HostConfig.CpusetCpus", convert=text, example='"0-2,4"')]
    """The CPUs it may run on."""
    cpuset_mems: Annotated[str, At("HostConfig.CpusetMems", convert=text, example='"0"')]
    """The memory nodes it may use, on NUMA machines."""
    pids_limit: Annotated[int, At("HostConfig.PidsLimit", convert=whole(-1), example="100")]
    """The most processes and threads; -1 and 0 are no limit."""
    blkio_weight: Annotated[int, At("HostConfig.BlkioWeight", convert=whole(0, 1000), example="500")]
    """Its share of block I/O against others: 10 to 1000, 0 leaves it to the kernel."""
    restart: Annotated[Restart, At("HostConfig.RestartPolicy", convert=restart_policy, example='"on-failure:3"')]
    """When it is started again: `no`, `always`, `unless-stopped`, `on-failure[:times]`."""


class UpdateOptions(UpdatableOptions, total=False):
    """Options of `update`. What is not named stays as it is."""

    blkio_weight_device: Annotated[
        Weights,
        At("HostConfig.BlkioWeightDevice", convert=weights, since="1.55", example='{"/dev/sda": 200}'),
    ]
    """Its share of single block devices; `{}` takes all such limits away."""
    device_read_bps: Annotated[
        Rates,
        At("HostConfig.BlkioDeviceReadBps", convert=bytes_per_second, since="1.55", example='{"/dev/sda": "1mb"}'),
    ]
    """Bytes a second that may be read from a device; `{}` takes all such limits away."""
    device_write_bps: Annotated[
        Rates,
        At("HostConfig.BlkioDeviceWriteBps", convert=bytes_per_second, since="1.55", example='{"/dev/sda": "1mb"}'),
    ]
    """Bytes a second that may be written to a device; `{}` takes all such limits away."""
    device_read_iops: Annotated[
        Operations,
        At("HostConfig.BlkioDeviceReadIOps", convert=operations_per_second, since="1.55", example='{"/dev/sda": 100}'),
    ]
    """Reads a second from a device; `{}` takes all such limits away."""
    device_write_iops: Annotated[
        Operations,
        At("HostConfig.BlkioDeviceWriteIOps", convert=operations_per_second, since="1.55", example='{"/dev/sda": 100}'),
    ]
    """Writes a second to a device; `{}` takes all such limits away."""


class ResourceOptions(UpdatableOptions, total=False):
    """Limits and devices that are fixed at create."""

    memory_swappiness: Annotated[int, At("HostConfig.MemorySwappiness", convert=whole(-1, 100), example="0")]
    """How willingly the kernel swaps it out: 0 to 100, -1 as the host (cgroup v1 only)."""
    oom_kill_disable: Annotated[bool, At("HostConfig.OomKillDisable", convert=boolean, example="True")]
    """Let it wait for memory instead of killing it. Only together with `memory` (cgroup v1 only)."""
    oom_score_adj: Annotated[int, At("HostConfig.OomScoreAdj", convert=whole(-1000, 1000), example="-500")]
    """How likely the kernel kills it first when the host runs out of memory: -1000 (never) to 1000."""
    shm_size: Annotated[SizeLike, At("HostConfig.ShmSize", convert=parse_size, example='"1g"')]
    """The size of /dev/shm; the default is 64 MiB."""
    ulimits: Annotated[Ulimits, At("HostConfig.Ulimits", convert=ulimits, example='{"nofile": (1024, 2048)}')]
    """Limits of `ulimit`: one number, or soft and hard; -1 is none."""
    blkio_weight_device: Annotated[
        Weights, At("HostConfig.BlkioWeightDevice", convert=weights, example='{"/dev/sda": 200}')
    ]
    """Its share of single block devices: 10 to 1000."""
    device_read_bps: Annotated[
        Rates, At("HostConfig.BlkioDeviceReadBps", convert=bytes_per_second, example='{"/dev/sda": "1mb"}')
    ]
    """Bytes a second that may be read from a device."""
    device_write_bps: Annotated[
        Rates, At("HostConfig.BlkioDeviceWriteBps", convert=bytes_per_second, example='{"/dev/sda": "1mb"}')
    ]
    """Bytes a second that may be written to a device."""
    device_read_iops: Annotated[
        Operations,
        At("HostConfig.BlkioDeviceReadIOps", convert=operations_per_second, example='{"/dev/sda": 100}'),
    ]
    """Reads a second from a device."""
    device_write_iops: Annotated[
        Operations,
        At("HostConfig.BlkioDeviceWriteIOps", convert=operations_per_second, example='{"/dev/sda": 100}'),
    ]
    """Writes a second to a device."""
    devices: Annotated[
        Devices,
        At("HostConfig.Devices", "HostConfig.DeviceRequests", convert=devices, example='["/dev/fuse:/dev/fuse:rw"]'),
    ]
    """Devices of the host, and CDI names such as `"vendor.com/class=name"`."""
    device_cgroup_rules: Annotated[
        Strings, At("HostConfig.DeviceCgroupRules", convert=strings, example='["c 42:* rmw"]')
    ]
    """Rules for devices that come later: type, major:minor, permissions."""
    gpus: Annotated[Gpus, At("HostConfig.DeviceRequests", convert=gpus, example='"all"')]
    """GPUs: `"all"`, how many, or which: `["GPU-…"]`."""
    device_requests: Annotated[
        DeviceRequest | Sequence[DeviceRequest],
        At(
            "HostConfig.DeviceRequests",
            convert=device_requests,
            example='[DeviceRequest(driver="cdi", ids=["vendor.com/gpu=0"])]',
        ),
    ]
    """Devices that a driver chooses, in full; `gpus` and `devices` are shorter for what is usual."""
    cgroup_parent: Annotated[str, At("HostConfig.CgroupParent", convert=text, example='"/limits"')]
    """The cgroup below which the container's own is made."""
    cpu_count: Annotated[int, At("HostConfig.CpuCount", convert=whole(0), example="2")]
    """CPUs to use (Windows only)."""
    cpu_percent: Annotated[int, At("HostConfig.CpuPercent", convert=whole(0, 100), example="50")]
    """Percent of the CPUs to use (Windows only)."""
    io_maxiops: Annotated[int, At("HostConfig.IOMaximumIOps", convert=whole(0), example="1000")]
    """Operations a second on the system drive (Windows only)."""
    io_maxbandwidth: Annotated[SizeLike, At("HostConfig.IOMaximumBandwidth", convert=parse_size, example='"10m"')]
    """Bytes a second on the system drive (Windows only)."""
