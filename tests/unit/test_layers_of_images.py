"""What is in an image's layers: from saved images of every layout, compressed or not, whole or broken."""

from __future__ import annotations

import gzip
import io
import json
import sys
import tarfile
from collections.abc import AsyncIterator, Mapping
from typing import Any

import pytest

import pydock
from pydock.errors import MissingExtra, ProtocolError, StreamInterrupted
from pydock.models.layers import ImageContents, read_contents

pytestmark = pytest.mark.anyio

Files = Mapping[str, bytes | None]
"""Path → content; None is a folder."""


def tar_of(files: Files) -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        for name, content in files.items():
            entry = tarfile.TarInfo(name)
            entry.type = tarfile.DIRTYPE if content is None else tarfile.REGTYPE
            entry.mode = 0o755 if content is None else 0o644
            entry.size = len(content or b"")
            archive.addfile(entry, io.BytesIO(content or b""))
    return packed.getvalue()


LAYERS: list[Files] = [
    {"etc": None, "etc/passwd": b"12345", "big": b"x" * 1000, "opt": None, "opt/a": b"aa", "opt/deep/b": b"bbb"},
    {"etc": None, "etc/passwd": b"1234567", "new": b"1"},
    {".wh.big": b"", ".wh.opt": b"", "etc": None, "etc/new": b"22"},
]
HISTORY = [
    {"created_by": "FROM scratch"},
    {"created_by": "ENV A=1", "empty_layer": True},
    {"created_by": "RUN two"},
    {"created_by": "RUN three"},
]


def saved(
    blobs: list[bytes], *, legacy: bool = False, extra: Mapping[str, bytes] | None = None, last: bool = True
) -> bytes:
    names = [f"{number}/layer.tar" if legacy else f"blobs/sha256/{number}" for number in range(len(blobs))]
    config = {"history": HISTORY, "rootfs": {"diff_ids": [f"sha256:d{number}" for number in range(len(blobs))]}}
    manifest = json.dumps([{"Config": "config.json", "Layers": names}]).encode()
    files: dict[str, bytes] = {"0/VERSION": b"1.0"} if legacy else {"oci-layout": b'{"imageLayoutVersion": "1.0.0"}'}
    files |= {"config.json": json.dumps(config).encode(), **dict(zip(names, blobs, strict=True)), **(extra or {})}
    return tar_of(files | {"manifest.json": manifest} if last else {"manifest.json": manifest} | files)


async def in_pieces(data: bytes, size: int = 1000) -> AsyncIterator[bytes]:
    for start in range(0, len(data), size):
        yield data[start : start + size]


async def contents(data: bytes, size: int = 1000) -> ImageContents:
    return await read_contents(in_pieces(data, size), "app:1")


def marks(found: ImageContents, number: int) -> dict[str, str]:
    return {file.path: file.mark for file in found.layers[number - 1].files}


PLAIN = [tar_of(files) for files in LAYERS]


@pytest.mark.parametrize("size", [1, 511, 100_000])
async def test_what_each_layer_did(size: int) -> None:
    found = await contents(saved(PLAIN), size)
    assert set(marks(found, 1).values()) == {"added"}
    assert marks(found, 2) == {"/etc": "", "/etc/passwd": "changed", "/new": "added"}
    assert marks(found, 3) == {"/big": "deleted", "/opt": "deleted", "/etc": "", "/etc/new": "added"}
    gone = {file.path: (file.kind, file.size) for file in found.layers[2].marked("deleted")}
    assert gone == {"/big": ("file", 1000), "/opt": ("dir", 5)}


async def test_what_made_each_layer() -> None:
    found = await contents(saved(PLAIN))
    assert [layer.created_by for layer in found.layers] == ["FROM scratch", "RUN two", "RUN three"]
    assert [layer.digest for layer in found.layers] == ["sha256:d0", "sha256:d1", "sha256:d2"]
    assert [layer.size for layer in found.layers] == [1010, 8, 2]
    assert found.size == 1020


async def test_waste_is_counted_as_dive_counts_it() -> None:
    found = await contents(saved(PLAIN))
    # leaves: passwd 5 + 7, big 1000 + 0 (deleted), opt/a 2, opt/deep/b 3, new 1, opt 5 (a folder, deleted), etc/new 2
    total, least = 12 + 1000 + 2 + 3 + 1 + 5 + 2, 5 + 0 + 2 + 3 + 1 + 5 + 2
    assert found.efficiency == pytest.approx(least / total)
    assert found.wasted == 12 + 1000
    assert [(each.path, each.size, each.layers) for each in found.wasted_paths] == [
        ("/big", 1000, [1, 3]),
        ("/etc/passwd", 12, [1, 2]),
    ]


async def test_an_image_without_waste_is_efficient() -> None:
    assert (await contents(saved(PLAIN[:1]))).efficiency == 1.0
    assert (await contents(saved([tar_of({})]))).efficiency == 1.0


@pytest.mark.parametrize("legacy", [True, False])
@pytest.mark.parametrize("last", [True, False])
async def test_every_layout_says_the_same(*, legacy: bool, last: bool) -> None:
    packed = [gzip.compress(PLAIN[0]), PLAIN[1], gzip.compress(PLAIN[2][:700]) + gzip.compress(PLAIN[2][700:])]
    found, plain = await contents(saved(packed, legacy=legacy, last=last)), await contents(saved(PLAIN))
    assert [layer.compression for layer in found.layers] == ["gzip", "", "gzip"]
    assert [marks(found, n) for n in (1, 2, 3)] == [marks(plain, n) for n in (1, 2, 3)]
    assert found.efficiency == plain.efficiency


async def test_zstd_is_read_or_named(monkeypatch: pytest.MonkeyPatch) -> None:
    class Unpacker:
        eof = False

        def decompressobj(self) -> Any:
            return self

        def decompress(self, data: bytes) -> bytes:
            if b"broken" in data:
                raise LookupError("corrupt")
            return data.removeprefix(b"\x28\xb5\x2f\xfd")

    class Module:
        ZstdDecompressor = Unpacker
        ZstdError = LookupError

    image = saved([b"\x28\xb5\x2f\xfd" + PLAIN[0]])
    monkeypatch.setitem(sys.modules, "compression.zstd", None)
    monkeypatch.setitem(sys.modules, "zstandard", Module)
    found = await contents(image, 100_000)
    assert found.layers[0].compression == "zstd"
    assert found.size == 1010
    with pytest.raises(ProtocolError, match="corrupt"):
        await contents(saved([b"\x28\xb5\x2f\xfdbroken"]))
    monkeypatch.setitem(sys.modules, "zstandard", None)
    with pytest.raises(MissingExtra, match="pip install zstandard"):
        await contents(image)


async def test_an_opaque_folder_hides_what_was_in_it() -> None:
    upper = tar_of({"opt": None, "opt/.wh..wh..opq": b"", "opt/c": b"c"})
    found = await contents(saved([PLAIN[0], upper]))
    assert marks(found, 2) == {"/opt": "", "/opt/a": "deleted", "/opt/deep": "deleted", "/opt/c": "added"}


async def test_what_is_replaced_is_changed() -> None:
    found = await contents(saved([PLAIN[0], tar_of({".wh.big": b"", "big": b"y"})]))
    assert marks(found, 2) == {"/big": "changed"}


async def test_links_lead_to_layers() -> None:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        for name, content in {
            "a/layer.tar": PLAIN[0],
            "config.json": b"{}",
            "manifest.json": json.dumps([{"Config": "config.json", "Layers": ["b/layer.tar"]}]).encode(),
        }.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
        link = tarfile.TarInfo("b/layer.tar")
        link.type, link.linkname = tarfile.SYMTYPE, "../a/layer.tar"
        archive.addfile(link)
    assert (await contents(packed.getvalue())).size == 1010


@pytest.mark.parametrize(
    "broken",
    [
        tar_of({"x": b"y"}),
        saved([b"no layer at all " * 100]),
        saved([PLAIN[0][:600]]),
        saved([gzip.compress(PLAIN[0])[:-700]]),
        tar_of({"manifest.json": b'[{"Config": "config.json", "Layers": []}]'}),
    ],
    ids=["no image", "no layer", "cut layer", "cut gzip", "no config"],
)
async def test_what_is_no_saved_image_says_so(broken: bytes) -> None:
    with pytest.raises(ProtocolError, match="not a saved image"):
        await contents(broken)


async def test_a_cut_stream_is_not_the_end() -> None:
    with pytest.raises(StreamInterrupted):
        await contents(saved(PLAIN)[:3000])


async def test_a_bomb_takes_no_memory() -> None:
    bomb = tar_of({"zeros": bytes(64_000_000)})
    image = saved([gzip.compress(bomb, 1)])
    del bomb
    import tracemalloc

    tracemalloc.start()
    found = await contents(image, 65536)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert found.size == 64_000_000
    assert most < 12_000_000


async def test_it_shows_itself() -> None:
    found = await contents(saved([tar_of({"<b>": b"1", "etc/<script>": b"22"}), PLAIN[2]]))
    html = pydock.display.html(found)
    assert "efficiency 100 %" in html
    layer = pydock.display.html(found.layers[0])
    assert "<script>" not in layer
    assert "&lt;script&gt;" in layer
    assert "A   <script>  2 B" in pydock.display.text(found.layers[0])


async def test_a_folder_may_be_deeper_than_python_calls() -> None:
    deep = "a/" * 1500 + "b"
    found = await contents(saved([tar_of({deep: b"12"}), tar_of({".wh.a": b""})]))
    assert [(file.path, file.size) for file in found.layers[1].files] == [("/a", 2)]
