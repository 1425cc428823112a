"""Clean up with a look before: what would go, how much that is, and only then the removal.

Touches nothing but what carries its own label. Leave out `label=` to clean up the whole daemon.
"""

from __future__ import annotations

import anyio

import pydock
from pydock.testing import busybox_tar

IMAGE = "pydock-example-clean-up:latest"
LABELS = {"pydock.example": "clean_up"}


async def leave_rubbish(docker: pydock.Docker) -> None:
    """Make what people forget: a stopped container, a network, an anonymous volume, an image without a name."""
    await docker.images.import_(busybox_tar(), repository="pydock-example-clean-up", tag="latest")
    write = ["sh", "-c", "seq 1 100000 > /numbers"]
    await docker.containers.run(IMAGE, write, labels=LABELS, check=True)
    await docker.networks.create("pydock-example-forgotten", labels=LABELS)
    await docker.volumes.create(labels=LABELS)
    recipe = f"FROM {IMAGE}\nLABEL pydock.example=clean_up\nENV FORGOTTEN=yes\n"
    await docker.images.build(pydock.DockerfileContext(recipe))


def show(report: pydock.PruneReport) -> None:
    """Print a report, or a preview: they have the same shape."""
    print("Would go:" if report.dry_run else "Gone:")
    print(f"  {len(report.containers_deleted)} containers, {len(report.networks_deleted)} networks,", end=" ")
    print(f"{len(report.volumes_deleted)} volumes, {len(report.images_deleted)} images: {report.reclaimed}")


async def main() -> None:
    """Make rubbish, preview, clean up, and see that nothing is left."""
    async with pydock.Docker() as docker:
        await leave_rubbish(docker)
        preview = await docker.prune(volumes=True, dry_run=True, label=LABELS)
        show(preview)
        report = await docker.prune(volumes=True, label=LABELS)
        show(report)
        for image in preview.images_deleted:
            assert not await docker.images.exists(image)
        show(await docker.prune(volumes=True, dry_run=True, label=LABELS))
        await docker.images[IMAGE].remove()


if __name__ == "__main__":
    anyio.run(main)
