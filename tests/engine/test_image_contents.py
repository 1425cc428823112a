"""What is in an image's layers, on each engine and store: every one saves it in another layout."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pydock.models.files.context import DockerfileContext

if TYPE_CHECKING:
    import pydock
    from tests.engine.conftest import Engine

pytestmark = pytest.mark.anyio

DOCKERFILE = """
FROM busybox:latest
RUN dd if=/dev/zero of=/a bs=1000 count=200 && mkdir -p /d/e && echo hi > /d/e/f && echo x > /etc/motd
RUN dd if=/dev/zero of=/a bs=1000 count=100
RUN rm -rf /d && echo y > /etc/motd
"""


async def test_layers_files_and_waste(docker: pydock.Docker, engine: Engine, label: dict[str, str]) -> None:
    image = await docker.images.build(DockerfileContext(DOCKERFILE), labels=label, no_cache=True)
    found = await image.contents()
    *_, second, third, fourth = found.layers
    assert len(found.layers) == 4
    files = {file.path: (file.mark, file.size) for file in second.files if file.kind == "file"}
    assert files == {"/a": ("added", 200_000), "/d/e/f": ("added", 3), "/etc/motd": ("added", 2)}
    assert {file.path: file.mark for file in third.files} == {"/a": "changed"}
    marks = {file.path: file.mark for file in fourth.files if file.mark}
    assert marks == {"/d": "deleted", "/etc/motd": "changed"}
    assert [(each.path, each.size, each.layers) for each in found.wasted_paths] == [
        ("/a", 300_000, [2, 3]),
        ("/etc/motd", 4, [2, 4]),
    ]
    assert found.wasted == 300_004
    base = found.layers[0].size
    assert found.efficiency == pytest.approx((base + 100_000 + 3 + 3 + 2) / (base + 300_000 + 3 + 3 + 4))
    assert "rm -rf /d" in fourth.created_by
    assert {layer.compression for layer in found.layers} == ({"gzip"} if engine.containerd else {""})
    await image.remove(force=True)
