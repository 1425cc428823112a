"""One client, one job, one fresh process: `python -m benchmarks.worker CLIENT JOB STAGE` prints its costs as JSON."""

from __future__ import annotations

import asyncio
import importlib
import inspect
import json
import sys

from benchmarks.clock import Clock
from benchmarks.stage import Stage


def main() -> None:
    client, job, stage = sys.argv[1], sys.argv[2], Stage.loads(sys.argv[3])
    clock = Clock()
    module = importlib.import_module(f"benchmarks.clients.{client}")
    if script := getattr(module, "SCRIPTS", {}).get(job):
        clock.run([sys.executable, "-c", script.format(url=stage.url, socket=stage.socket)], times=stage.size)
    else:
        work = getattr(module, job)(stage, clock)
        if inspect.iscoroutine(work):
            asyncio.run(work)
    costs = {"wall": clock.wall, "cpu": clock.cpu, "peak": clock.peak, "growth": clock.growth}
    print(json.dumps(costs))


if __name__ == "__main__":
    main()
