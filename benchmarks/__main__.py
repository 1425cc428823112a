"""pydock beside other clients, in one run: each client does each job once a round, in a process of its own.

    python -m benchmarks                                  all jobs, on a private engine (root, Debian's docker.io)
    python -m benchmarks --engine unix:///run/docker.sock --jobs ping,inspect --rounds 7
    python -m benchmarks --quick --clients floor,pydock   does it still work? The numbers mean nothing

Prints one Markdown table: wall / CPU as ratios, peak memory in MiB. Needs `pip install -e '.[bench]'`; clients that
are not installed are left out and named.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import shutil
import signal
import sys
import tempfile
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import anyio

import pydock
from benchmarks.jobs import CLIENTS, JOBS, Job
from benchmarks.preparation import prepared, swept
from benchmarks.stage import Stage
from benchmarks.table import Costs, Rounds, markdown
from pydock.testing import private_engine

_OUTPUTS = ("download", "copied", "saved.tar", "stdin")


def main() -> None:
    wanted = _arguments()
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # tidy up then, too
    modules = _installed(wanted.clients)
    jobs = [replace(job, size=job.quick) if wanted.quick else job for job in JOBS if job.name in wanted.jobs]
    results = anyio.run(_measured, wanted.engine, jobs, modules, 1 if wanted.quick else wanted.rounds)
    print(f"wall / CPU: how many times that of the client named in the row; then peak memory in MiB. {_machine()}\n")
    print(markdown(results))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__.partition("\n")[0])
    names = [job.name for job in JOBS]
    parser.add_argument("--engine", metavar="URL", help="unix:///…; a private engine without it")
    parser.add_argument("--jobs", type=_chosen(names), default=names, help=f"of {','.join(names)}")
    parser.add_argument("--clients", type=_chosen(CLIENTS), default=CLIENTS, help=f"of {','.join(CLIENTS)}")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--quick", action="store_true", help="one round of tiny jobs")
    return parser.parse_args()


def _chosen(names: Iterable[str]) -> type[list[str]]:
    def parse(text: str) -> list[str]:
        if unknown := set(text.split(",")) - set(names):
            raise argparse.ArgumentTypeError(f"{', '.join(unknown)}: unknown; there are {', '.join(names)}")
        return text.split(",")

    return parse  # type: ignore[return-value]


def _installed(clients: Iterable[str]) -> dict[str, ModuleType]:
    """Import the clients that are there, and name the others."""
    modules: dict[str, ModuleType] = {}
    for client in clients:
        try:
            module = importlib.import_module(f"benchmarks.clients.{client}")
        except ImportError as error:
            print(f"left out: {client} ({error})", file=sys.stderr)
            continue
        command = getattr(module, "COMMAND", None)
        if command is None or shutil.which(command):
            modules[client] = module
        else:
            print(f"left out: {client} (there is no {command})", file=sys.stderr)
    return modules


async def _measured(url: str | None, jobs: list[Job], modules: dict[str, ModuleType], rounds: int) -> dict[Job, Rounds]:
    results: dict[Job, Rounds] = {}
    async with _engine(url) as address, pydock.Docker(address) as docker:
        for job in jobs:
            if clients := [name for name, module in modules.items() if _does(module, job)]:
                with tempfile.TemporaryDirectory(prefix="pydock-benchmark-", dir="/var/tmp") as folder:
                    try:
                        stage = await prepared(docker, Stage(address, folder, job.size), job)
                        results[job] = [await _round(job, clients, stage, number) for number in range(rounds)]
                    finally:
                        await swept(docker)
    return results


@asynccontextmanager
async def _engine(url: str | None) -> AsyncIterator[str]:
    if url is None:
        async with private_engine() as engine:
            yield engine.url
    elif url.startswith("unix://"):
        yield url
    else:
        raise SystemExit("The floor and curl speak to unix sockets only: --engine unix:///run/docker.sock")


def _does(module: ModuleType, job: Job) -> bool:
    return hasattr(module, job.name) or job.name in getattr(module, "SCRIPTS", {})


async def _round(job: Job, clients: list[str], stage: Stage, number: int) -> dict[str, Costs]:
    """Let each client do the job; who begins changes from round to round."""
    shift = number % len(clients)
    costs = {client: await _costs(job, client, stage) for client in clients[shift:] + clients[:shift]}
    return {client: costs[client] for client in clients}


async def _costs(job: Job, client: str, stage: Stage) -> Costs:
    print(f"{job.name}: {client}", file=sys.stderr)
    command = [sys.executable, "-m", "benchmarks.worker", client, job.name, stage.dumps()]
    done = await anyio.run_process(command, check=False, stderr=None)
    for name in _OUTPUTS:
        await anyio.to_thread.run_sync(_remove, Path(stage.folder) / name)
    if done.returncode:
        raise SystemExit(f"{client} failed at {job.name}")
    costs: Costs = json.loads(done.stdout.splitlines()[-1])
    return costs


def _remove(path: Path) -> None:
    path.unlink(missing_ok=True)


def _machine() -> str:
    versions = f"Python {sys.version_info.major}.{sys.version_info.minor}, {os.cpu_count()} cores"
    return f"{versions}, load {os.getloadavg()[0]:.1f}."


if __name__ == "__main__":
    main()
