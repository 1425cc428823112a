"""What is measured: each job with its size, what it is compared with, and what pydock must reach."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["CLIENTS", "JOBS", "MIB", "Goal", "Job"]

MIB = 1 << 20
CLIENTS = ("floor", "pydock", "pydock_api", "aiodocker", "docker_py", "podman_py", "httpx", "curl", "docker_cli")
"""Modules of `benchmarks.clients`. A client does a job when it has a function of that name."""


@dataclass(frozen=True)
class Goal:
    """A bound for a client: a ratio to another one, or a number of MiB."""

    client: str
    measure: str
    """wall, cpu, peak or growth (of resident memory, during the job)"""
    limit: float
    against: str | None = None


@dataclass(frozen=True)
class Job:
    """One row of the table."""

    name: str
    title: str
    size: int
    """How often, how many or how many bytes; handed to the clients as `stage.size`."""
    quick: int
    """The size with --quick."""
    base: str
    """The client that counts as 1; the next one that did the job where it is missing."""
    goals: tuple[Goal, ...] = ()
    calls: bool = False
    """Whether the size counts calls, so that the time of one can be told."""


JOBS = (
    Job("ping", "ping", 1000, 30, "floor", (Goal("pydock", "wall", 1.9, "floor"),), calls=True),
    Job(
        "inspect",
        "inspect a container",
        500,
        20,
        "floor",
        (
            Goal("pydock_api", "wall", 1.8, "floor"),
            Goal("pydock", "wall", 1.0, "aiodocker"),
        ),  # the floor parses nothing
        calls=True,
    ),
    Job(
        "inspects",
        "500 inspects at once",
        500,
        20,
        "aiodocker",
        (Goal("pydock", "wall", 0.7, "aiodocker"),),
        calls=True,
    ),
    Job("listing", "list 300 containers, 5 times", 300, 5, "floor", (Goal("pydock", "wall", 1.2, "aiodocker"),)),
    Job("logs", "logs, 300k short lines", 300_000, 500, "aiodocker", (Goal("pydock", "cpu", 0.6, "aiodocker"),)),
    Job(
        "download",
        "1 GiB archive to a file",
        1024 * MIB,
        MIB,
        "curl",
        (Goal("pydock", "wall", 1.2, "curl"), Goal("pydock", "peak", 40)),
    ),
    Job(
        "upload", "1 GiB archive from a file", 1024 * MIB, MIB, "docker_py", (Goal("pydock", "cpu", 1.0, "docker_py"),)
    ),
    Job("exec_true", "exec `true`", 10, 1, "docker_py", (Goal("pydock", "cpu", 1.0, "docker_py"),), calls=True),
    Job("exec_stdin", "exec `wc -c`, 5 MB stdin", 5_000_000, 5000, "docker_cli"),
    Job("cat", "exec `cat`, 200 MB both ways", 200_000_000, MIB, "floor"),
    Job(
        "copy_to",
        "copy a 2 GiB file in",
        2048 * MIB,
        MIB,
        "docker_cli",
        (Goal("pydock", "growth", 64), Goal("pydock", "wall", 1.25, "docker_cli")),
    ),
    Job(
        "copy_from",
        "copy a 2 GiB file out",
        2048 * MIB,
        MIB,
        "docker_cli",
        (Goal("pydock", "growth", 64), Goal("pydock", "wall", 1.25, "docker_cli")),
    ),
    Job(
        "save",
        "save a 2 GiB image",
        2048 * MIB,
        MIB,
        "docker_cli",
        (Goal("pydock", "growth", 64), Goal("pydock", "wall", 1.25, "docker_cli")),
    ),
    Job(
        "load",
        "load a 2 GiB image",
        2048 * MIB,
        MIB,
        "docker_cli",
        (Goal("pydock", "growth", 64), Goal("pydock", "wall", 1.25, "docker_cli")),
    ),
    Job("pack", "pack 300k files, all ignored", 300_000, 100, "docker_py", (Goal("pydock", "wall", 1.0, "docker_py"),)),
    Job("importing", "import", 3, 1, "docker_py", (Goal("pydock", "wall", 1.0, "docker_py"),), calls=True),
    Job("cold", "new process, one ping", 3, 1, "docker_py", (Goal("pydock", "wall", 1.0, "docker_py"),), calls=True),
)
