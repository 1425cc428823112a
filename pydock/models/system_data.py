"""What the daemon says about itself and its host: info, version, ping, and the answer to a login.

Danger: a login may answer with a token, which is left out of `repr`; proxies in `info` may hold passwords.
"""

from __future__ import annotations

from typing import ClassVar

from pydantic import ConfigDict, Field
from pydantic.alias_generators import to_camel

from pydock.models._base import Model, NullDict, NullList, When, wire
from pydock.models.cluster_volume import ObjectVersion
from pydock.models.units import MemorySize

__all__ = [
    "NRI",
    "AddressPool",
    "AuthResult",
    "ClusterInfo",
    "Commit",
    "Component",
    "Containerd",
    "ContainerdNamespaces",
    "Device",
    "DiscreteResource",
    "Firewall",
    "GenericResource",
    "NamedResource",
    "PeerNode",
    "Plugins",
    "RegistryIndex",
    "RegistryService",
    "Runtime",
    "SwarmInfo",
    "SystemInfo",
    "SystemVersion",
    "TLSInfo",
    "VersionPlatform",
]


class Plugins(Model):
    """The names of the drivers."""

    volume: NullList[str] = Field(default_factory=list[str])
    """Volume drivers."""
    network: NullList[str] = Field(default_factory=list[str])
    """Network drivers."""
    authorization: NullList[str] = Field(default_factory=list[str])
    """Authorization plugins, in the order they are asked."""
    log: NullList[str] = Field(default_factory=list[str])
    """Logging drivers."""


class RegistryIndex(Model):
    """A registry that the daemon has settings for."""

    name: str = ""
    """The registry: `docker.io`."""
    mirrors: NullList[str] = Field(default_factory=list[str])
    """Its mirrors."""
    secure: bool = False
    """TLS with a known certificate is needed."""
    official: bool = False
    """It is Docker Hub."""


class RegistryService(Model):
    """The daemon's settings for registries."""

    insecure_registry_cidrs: NullList[str] = wire("InsecureRegistryCIDRs", [])
    """Addresses of registries that need no TLS."""
    index_configs: NullDict[str, RegistryIndex] = Field(default_factory=dict[str, RegistryIndex])
    """Settings by registry."""
    mirrors: NullList[str] = Field(default_factory=list[str])
    """The mirrors of Docker Hub."""


class NamedResource(Model):
    """A resource with a name, such as one GPU."""

    kind: str = ""
    """What it is."""
    value: str = ""
    """Which one."""


class DiscreteResource(Model):
    """A resource that is counted."""

    kind: str = ""
    """What it is."""
    value: int = 0
    """How many."""


class GenericResource(Model):
    """A resource of the node that the swarm can give away; one of the two is set."""

    named: NamedResource | None = wire("NamedResourceSpec", None)
    """A resource with a name."""
    discrete: DiscreteResource | None = wire("DiscreteResourceSpec", None)
    """A resource that is counted."""


class Runtime(Model):
    """An OCI runtime."""

    model_config: ClassVar[ConfigDict] = ConfigDict(alias_generator=to_camel)

    path: str = ""
    """The program."""
    runtime_args: NullList[str] = Field(default_factory=list[str])
    """Its arguments."""
    runtime_type: str = ""
    """The shim, where it is no program: `io.containerd.runc.v2`."""
    options: NullDict[str, object] = Field(default_factory=dict[str, object])
    """The shim's options."""
    status: NullDict[str, str] = Field(default_factory=dict[str, str])
    """What the runtime says about itself (API 1.44)."""


class PeerNode(Model):
    """A manager of the swarm."""

    node_id: str = wire("NodeID", "")
    """The node."""
    addr: str = ""
    """Its address and port."""


class TLSInfo(Model):
    """Who the swarm's nodes trust."""

    trust_root: str = ""
    """The root certificates in PEM."""
    cert_issuer_subject: str = ""
    """The issuer's subject in base64."""
    cert_issuer_public_key: str = ""
    """The issuer's public key in base64."""


class ClusterInfo(Model):
    """The swarm, as its managers see it."""

    id: str = wire("ID", "")
    """The swarm's id."""
    version: ObjectVersion = Field(default_factory=ObjectVersion)
    """The version; an update must name it."""
    created_at: When = None
    """When it was created."""
    updated_at: When = None
    """When it was last changed."""
    spec: NullDict[str, object] = Field(default_factory=dict[str, object], repr=False)
    """Its settings, raw."""
    tls_info: TLSInfo | None = wire("TLSInfo", None)
    """Who its nodes trust."""
    root_rotation_in_progress: bool = False
    """Its root certificate is being changed."""
    data_path_port: int = 0
    """The port of overlay networks' traffic; zero is 4789."""
    default_addr_pool: NullList[str] = Field(default_factory=list[str])
    """What overlay networks' subnets are cut from."""
    subnet_size: int = 0
    """The prefix length of those subnets."""


class SwarmInfo(Model):
    """What this daemon is in a swarm."""

    node_id: str = wire("NodeID", "")
    """This node's id; empty outside of a swarm."""
    node_addr: str = ""
    """The address by which others reach it."""
    local_node_state: str = ""
    """`inactive`, `pending`, `active`, `error` or `locked`."""
    control_available: bool = False
    """It is a manager."""
    error: str = ""
    """What is wrong."""
    remote_managers: NullList[PeerNode] = Field(default_factory=list[PeerNode])
    """The managers."""
    nodes: int | None = None
    """How many nodes the swarm has; managers only."""
    managers: int | None = None
    """How many managers the swarm has; managers only."""
    cluster: ClusterInfo | None = None
    """The swarm; managers only."""


class Commit(Model):
    """The version of a program that the daemon uses."""

    id: str = wire("ID", "")
    """The version or commit; `N/A` when it is missing."""
    expected: str = ""
    """The version the daemon was made for; gone with API 1.49."""


class AddressPool(Model):
    """What the subnets of new networks are cut from."""

    base: str = ""
    """The pool: `10.10.0.0/16`."""
    size: int = 0
    """The prefix length of each subnet."""


class Firewall(Model):
    """How the daemon writes firewall rules (API 1.49)."""

    driver: str = ""
    """`iptables`, `nftables`, `iptables+firewalld`."""
    info: NullList[list[str]] = Field(default_factory=list[list[str]])
    """Pairs of words about it."""


class Device(Model):
    """A device that a container can ask for (API 1.50)."""

    source: str = ""
    """What discovered it: `cdi`."""
    id: str = wire("ID", "")
    """Its name: `vendor.com/gpu=0`."""


class NRI(Model):
    """The node resource interface (API 1.53)."""

    info: NullList[list[str]] = Field(default_factory=list[list[str]])
    """Pairs of words about it."""


class ContainerdNamespaces(Model):
    """The namespaces of containerd that the daemon uses."""

    containers: str = ""
    """Of containers."""
    plugins: str = ""
    """Of plugins."""


class Containerd(Model):
    """The containerd that the daemon uses (API 1.46)."""

    address: str = ""
    """Its socket."""
    namespaces: ContainerdNamespaces = Field(default_factory=ContainerdNamespaces)
    """The namespaces."""


class SystemInfo(Model):
    """The daemon, its host and its settings."""

    __display__ = "info"

    id: str = wire("ID", "")
    """The daemon's id."""
    containers: int = 0
    """How many containers there are."""
    containers_running: int = 0
    """How many of them run."""
    containers_paused: int = 0
    """How many are paused."""
    containers_stopped: int = 0
    """How many are stopped."""
    images: int = 0
    """How many images there are."""
    driver: str = ""
    """The storage driver: `overlay2`, `overlayfs`."""
    driver_status: NullList[list[str]] = Field(default_factory=list[list[str]])
    """Pairs of words of the storage driver."""
    system_status: NullList[list[str]] = Field(default_factory=list[list[str]])
    """Pairs of words of a standalone swarm; gone with API 1.40."""
    docker_root_dir: str = ""
    """Where the daemon keeps its files."""
    plugins: Plugins = Field(default_factory=Plugins)
    """The names of the drivers."""
    memory_limit: bool = False
    """Memory can be limited."""
    swap_limit: bool = False
    """Swap can be limited."""
    kernel_memory: bool = False
    """The kernel's memory can be limited; gone with API 1.42."""
    kernel_memory_tcp: bool = wire("KernelMemoryTCP", False)
    """The memory of TCP buffers can be limited; gone with API 1.52."""
    cpu_cfs_period: bool = False
    """The scheduler's period can be set."""
    cpu_cfs_quota: bool = False
    """Processor time can be limited."""
    cpu_shares: bool = wire("CPUShares", False)
    """Processors can be shared by weight."""
    cpu_set: bool = wire("CPUSet", False)
    """Containers can be kept on some processors."""
    pids_limit: bool = False
    """Processes can be limited."""
    oom_kill_disable: bool = False
    """Killing for lack of memory can be switched off."""
    ipv4_forwarding: bool = wire("IPv4Forwarding", False)
    """The host forwards IPv4."""
    bridge_nf_iptables: bool = False
    """Bridged IPv4 traffic passes the firewall; gone with API 1.50."""
    bridge_nf_ip6tables: bool = wire("BridgeNfIp6tables", False)
    """Bridged IPv6 traffic passes the firewall; gone with API 1.50."""
    debug: bool = False
    """The daemon logs for debugging."""
    n_fd: int = wire("NFd", 0)
    """How many files it has open; only while debugging."""
    n_goroutines: int = wire("NGoroutines", 0)
    """How many goroutines it has; only while debugging."""
    system_time: When = None
    """The host's clock."""
    logging_driver: str = ""
    """Where output goes by default."""
    cgroup_driver: str = ""
    """`cgroupfs`, `systemd` or `none`."""
    cgroup_version: str = ""
    """`1` or `2` (API 1.41)."""
    n_events_listener: int = wire("NEventsListener", 0)
    """How many clients listen to events."""
    kernel_version: str = ""
    """The host's kernel."""
    operating_system: str = ""
    """The host's system in words."""
    os_version: str = wire("OSVersion", "")
    """Its version (API 1.41)."""
    os_type: str = wire("OSType", "")
    """`linux` or `windows`."""
    architecture: str = ""
    """The host's processor as `uname -m` names it: `x86_64`."""
    ncpu: int = wire("NCPU", 0)
    """How many processors the daemon may use."""
    mem_total: MemorySize = MemorySize(0)
    """The host's memory."""
    index_server_address: str = ""
    """The key of Docker Hub's credentials."""
    registry_config: RegistryService | None = None
    """The settings for registries."""
    generic_resources: NullList[GenericResource] = Field(default_factory=list[GenericResource])
    """What the swarm can give away of this node."""
    http_proxy: str = Field(default="", repr=False)
    """The daemon's proxy for http; the password is masked by the daemon."""
    https_proxy: str = Field(default="", repr=False)
    """The daemon's proxy for https; the password is masked by the daemon."""
    no_proxy: str = ""
    """Where the daemon uses no proxy."""
    name: str = ""
    """The host's name."""
    labels: NullList[str] = Field(default_factory=list[str])
    """The daemon's labels: `key=value`."""
    experimental_build: bool = False
    """Experimental features are on."""
    server_version: str = ""
    """The engine's version."""
    cluster_store: str = ""
    """The address of a key-value store; gone with API 1.42."""
    cluster_advertise: str = ""
    """The address given to the key-value store; gone with API 1.42."""
    runtimes: NullDict[str, Runtime] = Field(default_factory=dict[str, Runtime])
    """The OCI runtimes by name."""
    default_runtime: str = ""
    """Which of them is used."""
    swarm: SwarmInfo = Field(default_factory=SwarmInfo)
    """What this daemon is in a swarm."""
    live_restore_enabled: bool = False
    """Containers go on while the daemon restarts."""
    isolation: str = ""
    """The default isolation (Windows)."""
    init_binary: str = ""
    """The program of `--init`."""
    containerd_commit: Commit = Field(default_factory=Commit)
    """The containerd in use."""
    runc_commit: Commit = Field(default_factory=Commit)
    """The runc in use."""
    init_commit: Commit = Field(default_factory=Commit)
    """The init in use."""
    security_options: NullList[str] = Field(default_factory=list[str])
    """`name=seccomp,profile=builtin`, `name=rootless`, `name=userns`, …"""
    product_license: str = ""
    """The licence of Docker Enterprise."""
    default_address_pools: NullList[AddressPool] = Field(default_factory=list[AddressPool])
    """What the subnets of new networks are cut from (API 1.41)."""
    firewall_backend: Firewall | None = None
    """How the daemon writes firewall rules (API 1.49)."""
    discovered_devices: NullList[Device] = Field(default_factory=list[Device])
    """Devices that containers can ask for (API 1.50)."""
    nri: NRI | None = wire("NRI", None)
    """The node resource interface (API 1.53)."""
    warnings: NullList[str] = Field(default_factory=list[str])
    """What the daemon finds wrong with its host or settings."""
    cdi_spec_dirs: NullList[str] = wire("CDISpecDirs", [])
    """Where devices are described (API 1.44)."""
    containerd: Containerd | None = None
    """The containerd in use (API 1.46)."""

    @property
    def rootless(self) -> bool:
        """The daemon runs without root."""
        return any("name=rootless" in option for option in self.security_options)

    @property
    def containerd_image_store(self) -> bool:
        """Images are kept by containerd: ids and sizes then mean something else."""
        return ["driver-type", "io.containerd.snapshotter.v1"] in self.driver_status


class VersionPlatform(Model):
    """The product."""

    name: str = ""
    """Its name: `Docker Engine - Community`; empty for distributions' packages."""


class Component(Model):
    """A program that the engine is made of."""

    name: str = ""
    """The program: `Engine`, `containerd`, `runc`, `docker-init`."""
    version: str = ""
    """Its version."""
    details: NullDict[str, object] = Field(default_factory=dict[str, object])
    """More, by the program's own words."""


class SystemVersion(Model):
    """The engine's version."""

    __display__ = "version"

    platform: VersionPlatform = Field(default_factory=VersionPlatform)
    """The product."""
    components: NullList[Component] = Field(default_factory=list[Component])
    """The programs it is made of."""
    version: str = ""
    """The engine's version."""
    api_version: str = ""
    """The newest API it speaks."""
    min_api_version: str = wire("MinAPIVersion", "")
    """The oldest API it speaks."""
    git_commit: str = ""
    """The source it was built from."""
    go_version: str = ""
    """The Go it was built with."""
    os: str = ""
    """`linux` or `windows`."""
    arch: str = ""
    """The processor as Go names it: `amd64`."""
    kernel_version: str = ""
    """The host's kernel."""
    experimental: bool = False
    """Experimental features are on."""
    build_time: When = None
    """When it was built; None for unofficial builds."""


class AuthResult(Model):
    """What a registry answered to a login."""

    status: str = ""
    """The registry's words: `Login Succeeded`."""
    identity_token: str = Field(default="", repr=False)
    """A token to keep instead of the password; empty when the registry gives none."""
