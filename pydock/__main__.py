"""The connection doctor: `python -m pydock` says which daemon was found, why, and what is wrong if none answers.

It prints plain text and exits with 1 when the daemon cannot be used.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

import anyio

from pydock.client import Docker
from pydock.errors import DockerError, Unreachable

__all__ = ["main"]


def main(arguments: Sequence[str] | None = None) -> int:
    """Examine the connection and return the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m pydock", description="Which Docker daemon is it, and does it answer?"
    )
    parser.add_argument("-H", "--host", help="a daemon, as in unix:///run/docker.sock or ssh://user@host")
    parser.add_argument("-c", "--context", help="a docker context")
    chosen = parser.parse_args(arguments)
    return anyio.run(_examine, chosen.host, chosen.context)


async def _examine(host: str | None, context: str | None) -> int:
    try:
        async with Docker(host, context=context, connect_timeout=10) as docker:
            _say("endpoint", docker.endpoint.url)
            _say("source", docker.endpoint.source)
            _say("reason", docker.endpoint.reason)
            with anyio.fail_after(30):
                await _describe(docker)
    except DockerError as error:
        return _complain(error)
    except TimeoutError:
        _say("problem", "The daemon accepts connections but does not answer within 30 s. Look at its log.")
        return 1
    return 0


async def _describe(docker: Docker) -> None:
    spoken = await docker.api.engine.negotiate()
    version = (await docker.api.system.version()).load()
    info = (await docker.api.system.info()).load()
    _say("reachable", "yes")
    _say("engine", f"{version.get('Version')} ({info.get('OperatingSystem')}, {info.get('Architecture')})")
    _say(
        "api",
        f"{spoken} is spoken; the daemon knows {version.get('MinAPIVersion', '?')} to {version.get('ApiVersion')}",
    )
    _say("storage", str(info.get("Driver")))
    running, total = info.get("ContainersRunning"), info.get("Containers")
    _say("containers", f"{running} running, {total} in all")
    _say("images", str(info.get("Images")))
    warnings: list[object] = info.get("Warnings") or []
    for warning in warnings:
        _say("warning", str(warning))


def _complain(error: DockerError) -> int:
    _say("problem", str(error))
    if isinstance(error, Unreachable):
        for tried in error.tried:
            _say("tried", tried)
    return 1


def _say(name: str, text: str) -> None:
    print(f"{name + ':':12} {text}")


if __name__ == "__main__":
    sys.exit(main())
