"""Provide the real engines of the test matrix, side by side, each in its own namespaces.

    python tests/engines/provision.py up|down|status [names…]    20.10 26.1 28.5 28.5-containerd podman
    python tests/engines/provision.py run COMMAND…               with all that can be had; then as before

`up` makes what is missing (root file systems come from the machine's own Debian mirror and are cached under
`${XDG_CACHE_HOME:-~/.cache}/pydock/engines`), starts the engines and leaves them running; `down` leaves
nothing. They belong to an instance (PYDOCK_INSTANCE, by default one for each checkout), so several sets never
meet. Sockets: `/run/pydock-<instance>/<name>.sock`; state: `state.json` beside them. Needs root on Debian.
"""

# ruff: noqa: T201 - a command line program

from __future__ import annotations

import argparse
import concurrent.futures
import contextlib
import fcntl
import hashlib
import json
import os
import re
import select
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Generator
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import anyio

CHECKOUT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(CHECKOUT))  # it serves a checkout that nobody installed, too

from pydock.testing.busybox import busybox_tar  # noqa: E402 - see above
from pydock.testing.engine import answering, import_image  # noqa: E402
from pydock.testing.sandbox import Sandbox, end, first_process, remove_cgroup  # noqa: E402

CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "pydock" / "engines"
INSTANCE = os.environ.get("PYDOCK_INSTANCE") or hashlib.sha256(str(CHECKOUT).encode()).hexdigest()[:6]
RUN = Path(f"/run/pydock-{INSTANCE}")
DATA = Path(f"/var/tmp/pydock-{INSTANCE}")
HOST_PACKAGES = ["docker.io", "iptables", "iproute2", "busybox-static", "debootstrap"]
_DOCKER = ["docker.io", "iptables", "iproute2", "procps", "xz-utils"]
ROOTS = {"trixie": _DOCKER, "sid": [*_DOCKER, "podman", "crun", "netavark", "aardvark-dns", "nftables"]}


@dataclass(frozen=True)
class Recipe:
    """How an engine of the matrix is made."""

    root: str | None
    """The Debian suite of its root file system; None is the machine's own."""
    podman: bool = False
    containerd: bool = False


ENGINES = {
    "20.10": Recipe(None),
    "26.1": Recipe("trixie"),
    "28.5": Recipe("sid"),
    "28.5-containerd": Recipe("sid", containerd=True),
    "podman": Recipe("sid", podman=True),
}


@dataclass(frozen=True)
class Running:
    """One engine as the state file tells it."""

    name: str
    socket: str
    pid: int
    """The `unshare` around it, outside of its namespaces."""
    started: str
    """When that process started (clock ticks since boot): tells it from another one with the same pid."""
    version: str
    api: str
    podman: bool
    containerd: bool

    @property
    def alive(self) -> bool:
        return started(self.pid) == self.started


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    verbs = parser.add_subparsers(dest="verb", required=True)
    for verb in (up, down, status):
        one = verbs.add_parser(verb.__name__, help=(verb.__doc__ or "").partition(";")[0])
        one.add_argument("names", nargs="*", metavar="name", help=" ".join(ENGINES))
    one.add_argument("--json", action="store_true", help="what runs, as the state file tells it")
    verbs.add_parser("run", help="run a command with the engines").add_argument("command", nargs=argparse.REMAINDER)
    asked = parser.parse_args()
    if asked.verb == "run":
        sys.exit(run(asked.command))
    unknown = [name for name in asked.names if name not in ENGINES]
    if unknown:
        parser.error(f"no engine {unknown[0]!r}; there are {', '.join(ENGINES)}")
    if asked.verb == "status" and asked.json:
        print(json.dumps(described(), indent=1))
        sys.exit()
    verb = {"up": up, "down": down, "status": status}[asked.verb]
    sys.exit(1 if verb(asked.names or list(ENGINES)) else 0)


def run(command: list[str]) -> int:
    """Run a command while the engines are up; those that were not before are taken down again."""
    missing = [name for name in ENGINES if not ((known := state().get(name)) and known.alive)]
    if os.geteuid() != 0:
        print("No engines are started: that needs root.", file=sys.stderr)
        return subprocess.call(command)
    try:
        if missing:
            up(missing)
        return subprocess.call(command)
    finally:
        if missing:
            down(missing)


def up(names: list[str]) -> bool:
    """Start the engines that are not running; True when one failed."""
    if os.geteuid() != 0:
        sys.exit("Engines need root: run it with sudo.")
    with locked(RUN / "lock"):
        failed = _up(names)
    return status(names) or failed


def _up(names: list[str]) -> bool:
    wanted = [name for name in names if not ((known := state().get(name)) and known.alive)]
    for name in wanted:
        stop(name)
    failed = False
    with concurrent.futures.ThreadPoolExecutor() as pool:
        jobs = {pool.submit(provide, suite): suite for suite in {ENGINES[name].root for name in wanted}}
        for job in concurrent.futures.as_completed(jobs):
            if problem := job.exception():
                failed = True
                print(f"root {jobs[job]}: {problem}", file=sys.stderr)
                wanted = [name for name in wanted if ENGINES[name].root != jobs[job]]
        starts = {name: pool.submit(start, name) for name in wanted}
        for name, start_of in starts.items():
            if problem := start_of.exception():
                failed = True
                stop(name)
                print(f"{name}: {problem}", file=sys.stderr)
            else:
                remember(start_of.result())
    return failed


def down(names: list[str]) -> bool:
    """Stop the engines and remove all that they had."""
    if not RUN.exists():
        return False
    with locked(RUN / "lock"):
        for name in names:
            stop(name)
        if not state():
            shutil.rmtree(RUN)
    return False


def status(names: list[str]) -> bool:
    """Print each engine's socket; True when one is not running."""
    known = state()
    for name in names:
        engine = known.get(name)
        if engine and engine.alive:
            print(f"{name:16} unix://{engine.socket}  {engine.version} (API {engine.api})")
        else:
            print(f"{name:16} not running")
    return any(name not in known or not known[name].alive for name in names)


def described() -> dict[str, dict[str, object]]:
    """Tell what runs, with a process in each engine's namespaces for `nsenter -t`."""
    alive = {name: engine for name, engine in state().items() if engine.alive}
    return {name: {**asdict(engine), "inside": first_process(engine.pid) or 0} for name, engine in alive.items()}


def start(name: str) -> Running:
    """Start one engine and import busybox into it."""
    recipe = ENGINES[name]
    sandbox = Sandbox(DATA / name, root_of(recipe.root) if recipe.root else None)
    sandbox.directory.mkdir(parents=True)
    leash = sandbox.directory / "leash"
    os.mkfifo(leash)
    with leash.open("r+b", buffering=0) as ours:  # r+: it never ends, so the engine outlives this process
        process = sandbox.launch(podman(sandbox) if recipe.podman else dockerd(sandbox, recipe), leash=ours)
    RUN.mkdir(exist_ok=True)
    link = RUN / f"{name}.sock"
    link.unlink(missing_ok=True)
    link.symlink_to(sandbox.socket)
    known = Running(name, str(link), process.pid, started(process.pid), "", "", recipe.podman, recipe.containerd)
    remember(known)  # so that it can be stopped, should it never answer
    told = anyio.run(ready, sandbox, process)
    return replace(known, version=told["Version"], api=told["ApiVersion"])


def dockerd(sandbox: Sandbox, recipe: Recipe) -> list[str]:
    return sandbox.dockerd({"features": {"containerd-snapshotter": True}} if recipe.containerd else None)


def podman(sandbox: Sandbox) -> list[str]:
    """Configure podman for registries on the loopback without TLS, which a dockerd takes unasked."""
    registries = sandbox.directory / "registries.conf"
    places = [f"{host}:{port}" for host in ("127.0.0.1", "localhost") for port in range(5000, 5010)]
    registries.write_text("".join(f'[[registry]]\nlocation = "{place}"\ninsecure = true\n' for place in places))
    containers = sandbox.directory / "containers.conf"
    # Its builds ask for more files and processes than the machine allows, and not every root may raise that.
    containers.write_text('[containers]\ndefault_ulimits = ["nofile=1024:1024", "nproc=4096:4096"]\n')
    files = [f"CONTAINERS_REGISTRIES_CONF={registries}", f"CONTAINERS_CONF={containers}"]
    environment = ["env", *files, "PODMAN_IGNORE_CGROUPSV1_WARNING=1"]
    places = ["--root", f"{sandbox.directory}/data", "--runroot", "/run/podman"]
    # crun refuses the hybrid cgroups that some machines have; runc came with docker.io.
    ways = ["--runtime=runc", "--cgroup-manager=cgroupfs", "--events-backend=file"]
    return [
        *environment,
        "podman",
        *places,
        *ways,
        "system",
        "service",
        "--time=0",
        f"unix://{sandbox.socket}",
    ]


async def ready(sandbox: Sandbox, process: subprocess.Popen[bytes]) -> dict[str, str]:
    """Wait until the engine answers, give it busybox, and return what /version tells."""
    version = await answering(sandbox, lambda: process.poll() is None, 120)
    await import_image(sandbox.socket, "busybox", busybox_tar())
    return version


def stop(name: str) -> None:
    """End everything of one engine and remove its files, also after a crash or a half start."""
    engine = state().get(name)
    if engine and engine.alive:
        watch = os.pidfd_open(engine.pid)
        end(engine.pid)
        select.select([watch], [], [], 60)
        os.close(watch)
    if ENGINES[name].podman:
        _sweep_podman_cgroups(DATA / name / "data")
    Sandbox(DATA / name).sweep()
    (RUN / f"{name}.sock").unlink(missing_ok=True)
    forget(name)
    with contextlib.suppress(OSError):  # other engines are still in it, or it never was
        DATA.rmdir()


def _sweep_podman_cgroups(data: Path) -> None:
    """Remove the control groups of this podman's containers; their parent is the same for all podmans."""
    for container in data.glob("overlay-containers/*/"):
        for group in Path("/sys/fs/cgroup").glob(f"**/libpod_parent/libpod*-{container.name}"):
            remove_cgroup(group)
    for parent in [*Path("/sys/fs/cgroup").glob("*/libpod_parent"), Path("/sys/fs/cgroup/libpod_parent")]:
        with contextlib.suppress(OSError):  # another podman's
            (parent / "conmon").rmdir()
        with contextlib.suppress(OSError):
            parent.rmdir()


def started(pid: int) -> str:
    """When a process started; empty when there is none (or only its corpse)."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return ""
    return "" if fields[0] == "Z" else fields[19]


# Root file systems


def provide(suite: str | None) -> None:
    """Make the root file system of a Debian suite, once for all instances of this machine."""
    if suite is None:
        return require("dockerd", "iptables", "unshare", "busybox")
    root = root_of(suite)
    with locked(CACHE / f".{root.name}.lock"):
        if root.exists():
            return None
        require("debootstrap", "unshare", "busybox")
        began = time.monotonic()
        fresh = CACHE / f".{root.name}.partial"
        shutil.rmtree(fresh, ignore_errors=True)
        bootstrap(suite, fresh)
        fresh.rename(root)
        print(f"root {suite}: made in {time.monotonic() - began:.0f} s", flush=True)
    return None


def root_of(suite: str) -> Path:
    """Tell where a suite's root file system is cached: another list of packages is another one."""
    return CACHE / f"{suite}-{hashlib.sha256(' '.join(ROOTS[suite]).encode()).hexdigest()[:6]}"


def bootstrap(suite: str, root: Path) -> None:
    """Install a minimal Debian with the engine's packages below `root`."""
    log = CACHE / f"{suite}.log"
    install = f"apt-get install -y -q --no-install-recommends {' '.join(ROOTS[suite])}"
    # A frozen mirror has an outdated Release file of sid. Its signature is checked all the same.
    update = "apt-get -q -o Acquire::Check-Valid-Until=false -o Acquire::Retries=3 update"
    steps = f"set -e; {update}; {install}; apt-get clean; rm -rf /var/lib/apt/lists/*"
    with log.open("w") as output:

        def run(*command: str) -> None:
            done = subprocess.run(command, stdout=output, stderr=output, stdin=subprocess.DEVNULL, check=False)
            if done.returncode:
                tail = "\n".join(log.read_text(errors="replace").splitlines()[-8:])
                raise RuntimeError(f"{command[0]} failed; the end of {log}:\n{tail}")

        run("debootstrap", "--variant=minbase", "--include=ca-certificates", suite, str(root), mirror())
        policy = root / "usr/sbin/policy-rc.d"  # apt must not start services of a root file system
        policy.write_text("#!/bin/sh\nexit 101\n")
        policy.chmod(0o755)
        run("chroot", str(root), "env", "DEBIAN_FRONTEND=noninteractive", "sh", "-c", steps)


def mirror() -> str:
    """Tell the Debian mirror that this machine's apt uses for its own release."""
    release = re.search(r"^VERSION_CODENAME=(\S+)", Path("/etc/os-release").read_text(), re.MULTILINE)
    codename = release[1] if release else "stable"
    apt = Path("/etc/apt")
    for file in sorted([apt / "sources.list", *apt.glob("sources.list.d/*.list")]):
        for line in file.read_text().splitlines() if file.exists() else []:
            one = re.match(r"\s*deb\s+(?:\[[^\]]*\]\s*)?(\S+)\s+(\S+)\s+.*\bmain\b", line)
            if one and one[2] == codename:
                return one[1]
    for file in sorted(apt.glob("sources.list.d/*.sources")):
        for stanza in re.split(r"\n\s*\n", file.read_text()):
            fields = dict(re.findall(r"^([\w-]+):[ \t]*(.*)$", stanza, re.MULTILINE))
            if codename in fields.get("Suites", "").split() and "main" in fields.get("Components", "").split():
                return str(fields["URIs"].split()[0])
    raise RuntimeError(f"No Debian mirror of {codename} in /etc/apt/sources.list*.")


def require(*commands: str) -> None:
    missing = [command for command in commands if shutil.which(command) is None]
    if missing:
        raise RuntimeError(f"no {missing[0]}: apt-get install -y --no-install-recommends {' '.join(HOST_PACKAGES)}")


# State

_WRITING = threading.Lock()
"""Engines start side by side."""


def state() -> dict[str, Running]:
    """Read what runs, by name."""
    file = RUN / "state.json"
    return {name: Running(**one) for name, one in json.loads(file.read_text()).items()} if file.exists() else {}


def remember(engine: Running) -> None:
    with _WRITING:
        _write({**state(), engine.name: engine})


def forget(name: str) -> None:
    with _WRITING:
        known = state()
        if known.pop(name, None):
            _write(known)


def _write(known: dict[str, Running]) -> None:
    fresh = RUN / "state.json.new"
    fresh.write_text(json.dumps({name: asdict(one) for name, one in known.items()}, indent=1))
    fresh.rename(RUN / "state.json")


@contextlib.contextmanager
def locked(path: Path) -> Generator[None]:
    """Hold the file's lock: one process at a time, and none that died keeps it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


if __name__ == "__main__":
    main()
