"""Build an image from a folder, push it to a registry, and pull it again by its digest.

    python examples/build_and_push.py 127.0.0.1:5000

The argument is a registry that the daemon trusts; on the loopback no TLS is needed:
`docker run -d -p 5000:5000 registry:2`, or Debian's docker-registry.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import anyio

import pydock
from pydock.testing import busybox_tar

BASE = "pydock-example-base:latest"


def write_app(folder: Path) -> None:
    """Write a small project: a Dockerfile, what it copies, and what must stay at home."""
    (folder / "Dockerfile").write_text(f"FROM {BASE}\nARG VERSION\nENV VERSION=$VERSION\nCOPY hello /hello\n")
    (folder / "hello").write_text("hello from the image\n")
    (folder / "secret.key").write_text("not for others")
    (folder / ".dockerignore").write_text("*.key\n")


async def build(docker: pydock.Docker, folder: Path, name: str) -> None:
    """Build and show the steps as they come. `await docker.images.build(…)` alone would do."""
    async with docker.images.build(folder, tags=[name], args={"VERSION": "1.0"}) as building:
        async for event in building:
            if building.steps and event.stream.lower().startswith("step"):
                step = building.steps[-1]
                print(f"  {building.fraction:4.0%}  {step.id}  {step.text}")
        print(f"Built {building.result.short_id}; {building.sent} of context were sent")


async def main(registry: str) -> None:
    """Build, push, forget, pull."""
    name = f"{registry}/pydock-example/app:1.0"
    async with pydock.Docker() as docker:
        await docker.images.import_(busybox_tar(), repository="pydock-example-base", tag="latest")
        with tempfile.TemporaryDirectory() as folder:
            write_app(Path(folder))
            await build(docker, Path(folder), name)
        digest = await docker.images.push(name)
        print(f"Pushed {name}" + (f" as {digest[:19]}…" if digest else ""))
        await docker.images[name].remove()

        image = await docker.images.pull(name)
        print(f"Pulled {image.name}: {image.size}, {len(image.layers)} layers, for {image.platform}")
        done = await docker.containers.run(name, ["sh", "-c", "cat /hello; echo $VERSION"], remove=True, check=True)
        print(f"It says: {done.text.split(chr(10))[:2]}")
        await docker.images[name].remove()
        await docker.images[BASE].remove()


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(f"{(__doc__ or '').strip()}")
    anyio.run(main, sys.argv[1])
