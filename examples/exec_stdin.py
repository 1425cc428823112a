"""Commands in a running container: with input in one call, and as a conversation."""

from __future__ import annotations

import anyio

import pydock


async def main(docker: pydock.Docker) -> None:
    """Sort, count and talk."""
    async with docker.session(labels={"pydock.example": "exec_stdin"}) as session:
        box = await session.containers.run_detached("busybox", ["sleep", "600"], stop_signal="SIGKILL")

        done = await box.exec(["sort", "-r"], input="apple\npear\nfig\n")
        print(f"● sorted: {done.text.split()}, exit code {done.exit_code}")
        done = await box.exec(["wc", "-c"], input=b"x" * 1_000_000)
        print(f"● a million bytes counted: {done.text.strip()}")

        async with box.open_exec(["sh"], stdin=True) as shell:
            for line in ("cd /tmp", "pwd", "echo oops >&2", "exit 7"):
                print(f"$ {line}")
                await shell.stdin.send(f"{line}\n".encode())
            await shell.stdin.aclose()
            out, err = await shell.read()
        print(f"● it printed {out!r} and {err!r}, exit code {shell.exit_code}")

        try:
            await box.exec(["ls", "/nowhere"], check=True)
        except pydock.ExecFailed as error:
            print(f"● what fails says why: {error}")


async def alone() -> None:
    """Talk to the daemon that the docker CLI would talk to."""
    async with pydock.Docker() as docker:
        await main(docker)


if __name__ == "__main__":
    anyio.run(alone)
