"""`HostConfig`: how a container may use its host. Limits, devices, mounts, capabilities, namespaces, logging.

Danger: zero, null and an empty string all mean "not limited" or "the daemon's default"; -1 means "without a
limit".
"""

from __future__ import annotations

from pydantic import Field

from pydock.models._base import Model, NullDict, NullList, OpenEnum, wire
from pydock.models.container_network import PortBinding, PortMap
from pydock.models.units import MemorySize

__all__ = [
    "BindOptions",
    "DeviceMapping",
    "DeviceRequest",
    "HostConfig",
    "ImageOptions",
    "LogConfig",
    "Mount",
    "MountType",
    "Resources",
    "RestartPolicy",
    "SummaryHostConfig",
    "ThrottleDevice",
    "TmpfsOptions",
    "Ulimit",
    "VolumeDriverConfig",
    "VolumeOptions",
    "WeightDevice",
]


class MountType(OpenEnum):
    """What is mounted."""

    BIND = "bind"
    CLUSTER = "cluster"
    IMAGE = "image"
    NPIPE = "npipe"
    TMPFS = "tmpfs"
    VOLUME = "volume"


class WeightDevice(Model):
    """The share of a block device's time."""

    path: str = ""
    """The device on the host."""
    weight: int = 0
    """10 to 1000."""


class ThrottleDevice(Model):
    """The limit of a block device."""

    path: str = ""
    """The device on the host."""
    rate: int = 0
    """Bytes or operations a second."""


class DeviceMapping(Model):
    """A device of the host that the container has."""

    path_on_host: str = ""
    """The device on the host."""
    path_in_container: str = ""
    """Its path inside."""
    cgroup_permissions: str = ""
    """Some of `rwm`: read, write, make."""


class DeviceRequest(Model):
    """Devices that a driver chooses, such as GPUs."""

    driver: str = ""
    """The driver: `nvidia`, `cdi`, or empty for whichever has the capabilities."""
    count: int = 0
    """How many; -1 is all."""
    device_ids: NullList[str] = wire("DeviceIDs", [])
    """Which ones, instead of how many."""
    capabilities: NullList[list[str]] = Field(default_factory=list[list[str]])
    """What the devices must be able to do: any of the lists, all of its words."""
    options: NullDict[str, str] = Field(default_factory=dict[str, str])
    """The driver's own options."""


class Ulimit(Model):
    """A limit of the shell's `ulimit`."""

    name: str = ""
    """The name without RLIMIT_: `nofile`."""
    soft: int = 0
    """The limit that counts; the program may raise it to `hard`."""
    hard: int = 0
    """The highest limit; -1 is none."""


class RestartPolicy(Model):
    """When the daemon starts the container again."""

    name: str = ""
    """`no` (or empty), `always`, `unless-stopped`, `on-failure`."""
    maximum_retry_count: int = 0
    """How often at most, with `on-failure`; zero is without end."""


class LogConfig(Model):
    """Where the output goes."""

    type: str = ""
    """The logging driver: `json-file`, `local`, `journald`, `none`, …"""
    config: NullDict[str, str] = Field(default_factory=dict[str, str])
    """The driver's options."""


class BindOptions(Model):
    """Options of a mounted path of the host."""

    propagation: str = ""
    """Which mounts inside the path both sides see: `rprivate`, `rshared`, `rslave`, …"""
    non_recursive: bool = False
    """Leave out what is mounted below the path."""
    create_mountpoint: bool = False
    """Make the path on the host where it is missing (API 1.42)."""
    read_only_non_recursive: bool = False
    """Only the mount itself is read-only (API 1.44)."""
    read_only_force_recursive: bool = False
    """Refuse to start where not all below can be read-only (API 1.44)."""


class VolumeDriverConfig(Model):
    """The driver that makes a mount's volume where it does not exist."""

    name: str = ""
    """The volume driver."""
    options: NullDict[str, str] = Field(default_factory=dict[str, str])
    """The driver's options."""


class VolumeOptions(Model):
    """Options of a mounted volume."""

    no_copy: bool = False
    """Do not fill a new volume with what the image has at the path."""
    labels: NullDict[str, str] = Field(default_factory=dict[str, str])
    """Labels of a volume that the mount makes."""
    driver_config: VolumeDriverConfig | None = None
    """The driver of a volume that the mount makes."""
    subpath: str = ""
    """The directory inside the volume (API 1.45)."""


class ImageOptions(Model):
    """Options of a mounted image."""

    subpath: str = ""
    """The directory inside the image."""


class TmpfsOptions(Model):
    """Options of a file system in memory."""

    size_bytes: MemorySize = MemorySize(0)
    """The most it takes; zero is half of the memory."""
    mode: int = 0
    """The permissions as a number: 448 is 0o700."""
    options: NullList[list[str]] = Field(default_factory=list[list[str]])
    """Further options of mount, each a list of a key and perhaps a value (API 1.46)."""


class Mount(Model):
    """A mount as it was asked for. What came of it stands in the container's `mounts`."""

    target: str = ""
    """The path inside."""
    source: str = ""
    """The volume, image or path of the host."""
    type: MountType = MountType.VOLUME
    """What is mounted."""
    read_only: bool = False
    """The container may not write."""
    consistency: str = ""
    """How closely a virtual machine's mount follows (Docker Desktop)."""
    bind_options: BindOptions | None = None
    """Options of a path of the host."""
    volume_options: VolumeOptions | None = None
    """Options of a volume."""
    image_options: ImageOptions | None = None
    """Options of an image (API 1.48)."""
    tmpfs_options: TmpfsOptions | None = None
    """Options of a file system in memory."""
    cluster_options: NullDict[str, object] = Field(default_factory=dict[str, object])
    """Options of a cluster volume; none are known."""


class Resources(Model):
    """How much of the host a container may use."""

    cpu_shares: int = 0
    """The weight against other containers; zero is 1024."""
    memory: MemorySize = MemorySize(0)
    """The most memory; zero is no limit."""
    cgroup_parent: str = ""
    """The control group that the container's is made in."""
    blkio_weight: int = 0
    """The share of disk time, 10 to 1000; zero is off."""
    blkio_weight_device: NullList[WeightDevice] = Field(default_factory=list[WeightDevice])
    """The share of disk time by device."""
    blkio_device_read_bps: NullList[ThrottleDevice] = Field(default_factory=list[ThrottleDevice])
    """Bytes read a second by device."""
    blkio_device_write_bps: NullList[ThrottleDevice] = Field(default_factory=list[ThrottleDevice])
    """Bytes written a second by device."""
    blkio_device_read_iops: NullList[ThrottleDevice] = wire("BlkioDeviceReadIOps", [])
    """Reads a second by device."""
    blkio_device_write_iops: NullList[ThrottleDevice] = wire("BlkioDeviceWriteIOps", [])
    """Writes a second by device."""
    cpu_period: int = 0
    """The scheduler's period in microseconds."""
    cpu_quota: int = 0
    """Microseconds of processor time in each period."""
    cpu_realtime_period: int = 0
    """The real-time scheduler's period in microseconds."""
    cpu_realtime_runtime: int = 0
    """Microseconds of real-time in each period."""
    cpuset_cpus: str = ""
    """The processors it may use: `0-2,4`."""
    cpuset_mems: str = ""
    """The memory nodes it may use."""
    devices: NullList[DeviceMapping] = Field(default_factory=list[DeviceMapping])
    """The devices of the host that it has."""
    device_cgroup_rules: NullList[str] = Field(default_factory=list[str])
    """Rules of the device control group: `c 13:* rwm`."""
    device_requests: NullList[DeviceRequest] = Field(default_factory=list[DeviceRequest])
    """Devices that a driver chooses, such as GPUs."""
    kernel_memory: int = 0
    """The most memory in the kernel; gone with API 1.42."""
    kernel_memory_tcp: int = wire("KernelMemoryTCP", 0)
    """The most memory of TCP buffers; gone with API 1.52."""
    memory_reservation: MemorySize = MemorySize(0)
    """What is left to it when memory is short."""
    memory_swap: int = 0
    """Memory and swap together; -1 is unlimited swap, zero twice the memory."""
    memory_swappiness: int | None = None
    """How gladly its memory is swapped, 0 to 100; None is the host's."""
    nano_cpus: int = 0
    """Billionths of processors; `cpus` has them in whole."""
    oom_kill_disable: bool | None = None
    """Out of memory it stands still instead of being killed; None on cgroup v2."""
    init: bool | None = None
    """A small init process forwards signals and reaps; None is the daemon's default."""
    pids_limit: int | None = None
    """The most processes; None, zero and -1 are no limit."""
    ulimits: NullList[Ulimit] = Field(default_factory=list[Ulimit])
    """Limits of the shell's `ulimit`."""
    cpu_count: int = 0
    """How many processors (Windows)."""
    cpu_percent: int = 0
    """The share of all processors in percent (Windows)."""
    io_maximum_iops: int = wire("IOMaximumIOps", 0)
    """Operations a second on the system drive (Windows)."""
    io_maximum_bandwidth: int = wire("IOMaximumBandwidth", 0)
    """Bytes a second on the system drive (Windows)."""

    @property
    def cpus(self) -> float | None:
        """How many processors it may use, as `--cpus` takes it; None is all."""
        if self.nano_cpus > 0:
            return self.nano_cpus / 1_000_000_000
        if self.cpu_quota > 0:
            return self.cpu_quota / (self.cpu_period or 100_000)
        return None


class SummaryHostConfig(Model):
    """The little that a list of containers tells about the host's side."""

    network_mode: str = ""
    """The network it was created in, `host`, `none` or `container:<id>`."""
    annotations: NullDict[str, str] = Field(default_factory=dict[str, str])
    """Notes for the runtime (API 1.46)."""


class HostConfig(Resources):
    """How a container may use its host."""

    binds: NullList[str] = Field(default_factory=list[str])
    """Mounts in the short form: `source:target:options`."""
    container_id_file: str = wire("ContainerIDFile", "")
    """The file that the id was written to."""
    log_config: LogConfig = Field(default_factory=LogConfig)
    """Where the output goes."""
    network_mode: str = ""
    """The network it was created in, `host`, `none` or `container:<id>`."""
    port_bindings: PortMap = Field(default_factory=dict[str, list[PortBinding]])
    """Which ports were asked to be published."""
    restart_policy: RestartPolicy = Field(default_factory=RestartPolicy)
    """When the daemon starts the container again."""
    auto_remove: bool = False
    """The container goes when its program ends."""
    volume_driver: str = ""
    """The driver of the volumes in `binds`."""
    volumes_from: NullList[str] = Field(default_factory=list[str])
    """Containers whose mounts it also has."""
    mounts: NullList[Mount] = Field(default_factory=list[Mount])
    """Mounts in the long form."""
    console_size: NullList[int] = Field(default_factory=list[int])
    """Height and width of the terminal, in this order."""
    annotations: NullDict[str, str] = Field(default_factory=dict[str, str])
    """Notes for the runtime (API 1.43)."""
    cap_add: NullList[str] = Field(default_factory=list[str])
    """Capabilities beyond the default ones."""
    cap_drop: NullList[str] = Field(default_factory=list[str])
    """Default capabilities that it does not have."""
    cgroupns_mode: str = ""
    """`private` or `host`."""
    dns: NullList[str] = Field(default_factory=list[str])
    """Name servers."""
    dns_options: NullList[str] = Field(default_factory=list[str])
    """Options of the resolver."""
    dns_search: NullList[str] = Field(default_factory=list[str])
    """Search domains."""
    extra_hosts: NullList[str] = Field(default_factory=list[str])
    """Lines for /etc/hosts: `name:address`."""
    group_add: NullList[str] = Field(default_factory=list[str])
    """Further groups of the program."""
    ipc_mode: str = ""
    """`private`, `shareable`, `host`, `none` or `container:<id>`."""
    cgroup: str = ""
    """The container whose control group it shares."""
    links: NullList[str] = Field(default_factory=list[str])
    """Legacy links: `container:alias`."""
    oom_score_adj: int = 0
    """How gladly the kernel kills it when memory is short, -1000 to 1000."""
    pid_mode: str = ""
    """Empty (private), `host` or `container:<id>`."""
    privileged: bool = False
    """It has all capabilities and devices: root on the host, in effect."""
    publish_all_ports: bool = False
    """All exposed ports are published at free ports."""
    readonly_rootfs: bool = False
    """Its root file system is read-only."""
    security_opt: NullList[str] = Field(default_factory=list[str])
    """Seccomp, AppArmor, SELinux labels, `no-new-privileges`."""
    storage_opt: NullDict[str, str] = Field(default_factory=dict[str, str])
    """Options of the storage driver: `size`."""
    tmpfs: NullDict[str, str] = Field(default_factory=dict[str, str])
    """File systems in memory in the short form: options by path."""
    uts_mode: str = wire("UTSMode", "")
    """Empty (private) or `host`."""
    userns_mode: str = ""
    """Empty (the daemon's) or `host`."""
    shm_size: MemorySize = MemorySize(0)
    """The size of /dev/shm."""
    sysctls: NullDict[str, str] = Field(default_factory=dict[str, str])
    """Kernel parameters of its namespaces."""
    runtime: str | None = None
    """The OCI runtime: `runc`."""
    isolation: str = ""
    """`default`, `process` or `hyperv` (Windows)."""
    masked_paths: NullList[str] = Field(default_factory=list[str])
    """Paths that are hidden inside; empty in a privileged container."""
    readonly_paths: NullList[str] = Field(default_factory=list[str])
    """Paths that are read-only inside; empty in a privileged container."""
