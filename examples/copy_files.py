"""Files into a container and out of it: folders as `docker cp` does it, and single files without any tar."""

from __future__ import annotations

import tempfile
from pathlib import Path

import anyio

import pydock


async def main(docker: pydock.Docker) -> None:
    """Copy a folder in, work on it inside, copy the result out."""
    async with docker.session(labels={"pydock.example": "copy_files"}) as session:
        box = await session.containers.run_detached("busybox", ["sleep", "600"], stop_signal="SIGKILL")
        with tempfile.TemporaryDirectory() as folder:
            await round_trip(box, Path(folder))


async def round_trip(box: pydock.Container, folder: Path) -> None:
    """Copy in, change, copy out."""
    source = folder / "pages"
    source.mkdir()
    for name in ("one", "two"):
        (source / f"{name}.txt").write_text(f"this is {name}\n")

    await box.copy_to(source, "/srv")
    listed = await box.exec(["ls", "/srv"])
    print(f"● inside are now: {', '.join(listed.text.split())}")

    await box.write_text("/srv/three.txt", "this is three\n", mode=0o600)
    stat = await box.stat("/srv/three.txt")
    print(f"● {stat.name} has {stat.size} bytes")

    await box.exec("cat /srv/*.txt > /srv/all", shell=True, check=True)
    print(f"● read without a file on this side: {(await box.read_text('/srv/all')).splitlines()}")

    await box.copy_from("/srv", folder / "out")
    out = sorted(path.name for path in (folder / "out").iterdir())
    print(f"● outside are now: {', '.join(out)}")


async def alone() -> None:
    """Talk to the daemon that the docker CLI would talk to."""
    async with pydock.Docker() as docker:
        await main(docker)


if __name__ == "__main__":
    anyio.run(alone)
