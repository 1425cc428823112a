"""Back up a volume into a local tar and restore it into another one, through a container that never runs.

Uses the daemon that the docker CLI would use; needs no image but a tiny one that it imports itself.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

import anyio

import pydock
from pydock.testing import busybox_tar

IMAGE = "pydock-example-backup:latest"
LABELS = {"pydock.example": "volume_backup"}


async def back_up(docker: pydock.Docker, volume: str, target: Path) -> None:
    """Write all files of a volume to a tar. The container is only created: its mount is what is read."""
    async with docker.session(labels=LABELS) as session:
        box = await session.containers.create(IMAGE, ["true"], mounts=[f"{volume}:/data:ro"])
        async with box.archive("/data/.") as tar, await anyio.open_file(target, "wb") as file:
            async for piece in tar:
                await file.write(piece)


async def restore(docker: pydock.Docker, source: Path, volume: str) -> None:
    """Unpack such a tar into a volume."""
    async with docker.session(labels=LABELS) as session:
        box = await session.containers.create(IMAGE, ["true"], mounts=[f"{volume}:/data"])
        await docker.api.containers.put_archive(box.id, await anyio.Path(source).read_bytes(), path="/data")


async def main() -> None:
    """Fill a volume, back it up, remove it, and have its files again in a new one."""
    async with pydock.Docker() as docker:
        await docker.images.import_(busybox_tar(), repository="pydock-example-backup", tag="latest")
        with tempfile.TemporaryDirectory() as folder:
            tar = Path(folder) / "data.tar"
            old = await docker.volumes.create(labels=LABELS)
            write = ["sh", "-c", "mkdir /data/notes && echo remember > /data/notes/today"]
            await docker.containers.run(IMAGE, write, mounts=[f"{old.name}:/data"], remove=True, check=True)
            await back_up(docker, old.name, tar)
            await old.remove()
            print(f"Backed up into {tar.name}: {tar.stat().st_size} bytes; the volume is gone.")

            new = await docker.volumes.create(labels=LABELS)
            await restore(docker, tar, new.name)
            read = ["cat", "/data/notes/today"]
            done = await docker.containers.run(IMAGE, read, mounts=[f"{new.name}:/data:ro"], remove=True, check=True)
            print(f"Restored: /data/notes/today says {done.text.strip()!r}.")
            await new.remove()
        await docker.images[IMAGE].remove()
        print("Nothing is left behind.")


if __name__ == "__main__":
    anyio.run(main)
