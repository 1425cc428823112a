"""What an image's layers hold, file by file, and what of it is wasted: read from the tar that `docker save` makes.

Danger: images are larger than memory, so only the tars' headers are kept; and a layer may be plain, gzip or zstd,
in one of three layouts (Docker's old one, OCI, podman's), with the list of layers at the very end.
"""

from __future__ import annotations

import json
import posixpath
from collections.abc import AsyncIterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, cast

from pydock.display.mixin import Displayed
from pydock.errors import ProtocolError
from pydock.models.files.tarstream import TarEntry, TarReader
from pydock.models.layer_tar import LayerTar, TarNote
from pydock.models.layer_waste import Tree, measure
from pydock.models.units import Size

__all__ = ["ImageContents", "Layer", "LayerFile", "WastedPath", "read_contents"]

Mark = Literal["added", "changed", "deleted", ""]

_LONGEST_JSON = 4 << 20


@dataclass(frozen=True, slots=True)
class LayerFile:
    """One entry of a layer."""

    path: str
    """From the root: `/etc/passwd`."""
    kind: str
    """`file`, `dir`, `symlink`, `hardlink`, …; of what is deleted the kind that it had."""
    size: Size
    """Bytes; of what is deleted those that it had, with all below it."""
    mark: Mark
    """What the layer did to it; "" for a folder that was there already."""
    mode: int = 0
    uid: int = 0
    gid: int = 0
    target: str = ""
    """Where a link leads to."""


@dataclass(frozen=True, slots=True)
class Layer(Displayed):
    """One layer of an image, the lowest has number 1."""

    __display__ = "layer_contents"

    number: int
    digest: str
    """Of its uncompressed content, `sha256:…`; "" where the image's configuration does not tell."""
    created_by: str
    """The instruction that made it."""
    size: Size
    """Bytes of all its files, unpacked."""
    stored: Size
    """Bytes in the saved image, where it may be compressed."""
    compression: str
    """"", `gzip` or `zstd`."""
    files: Sequence[LayerFile] = field(repr=False)
    """Sorted by path."""

    def marked(self, mark: Mark) -> Sequence[LayerFile]:
        """Return what it added, changed or deleted."""
        return [file for file in self.files if file.mark == mark]


@dataclass(frozen=True, slots=True)
class WastedPath:
    """A path that several layers have: only the last one is seen."""

    path: str
    size: Size
    """The bytes of all its versions."""
    layers: Sequence[int]
    """The layers that have or delete it."""


@dataclass(frozen=True, slots=True)
class ImageContents(Displayed):
    """The files of an image's layers, and how well it uses its space."""

    __display__ = "image_contents"

    name: str
    layers: Sequence[Layer]
    efficiency: float
    """1: nothing is there twice or in vain. As `dive` computes it: see `pydock.models.layer_waste`."""
    wasted: Size
    """Bytes of all paths that several layers have; as `dive` computes it."""
    wasted_paths: Sequence[WastedPath] = field(repr=False)
    """The largest first."""

    @property
    def size(self) -> Size:
        """Bytes of all files of all layers."""
        return Size(sum(layer.size for layer in self.layers))


async def read_contents(tar: AsyncIterable[bytes], name: str = "") -> ImageContents:
    """Read a saved image as it arrives: `read_contents(docker.images["app"].save())`.

    Raises `ProtocolError` for what is no saved image, `StreamInterrupted` when it ends too early, and `MissingExtra`
    for layers in zstd where this Python cannot read them.
    """
    found = _Saved()
    async with TarReader(tar) as reader:
        async for entry in reader:
            await found.take(entry)
    return found.contents(name)


class _Saved:
    """What was seen of a saved image until its manifest tells what it is."""

    def __init__(self) -> None:
        self._documents: dict[str, bytes] = {}
        self._tars: dict[str, LayerTar] = {}
        self._links: dict[str, str] = {}

    async def take(self, entry: TarEntry) -> None:
        member = entry.member
        name = posixpath.normpath(member.name)
        if member.kind == "symlink":
            self._links[name] = posixpath.normpath(posixpath.join(posixpath.dirname(name), member.linkname))
        elif member.kind == "hardlink":
            self._links[name] = posixpath.normpath(member.linkname)
        elif member.kind == "file":
            await self._take_file(name, entry)

    async def _take_file(self, name: str, entry: TarEntry) -> None:
        """Keep a document; of a layer only what its headers say."""
        layer, document = LayerTar(entry.member.size), b""
        async for piece in entry:
            if not layer.begun and not document and piece[:1] in {b"{", b"["}:
                document = piece
            elif document:
                document += piece if len(document) < _LONGEST_JSON else b""
            else:
                layer.receive(piece)
        if document:
            self._documents[name] = document
        else:
            layer.end()
            self._tars[name] = layer

    def contents(self, name: str) -> ImageContents:
        manifest = _table(_list(self._document("manifest.json"))[:1])
        config = _map(self._document(str(manifest.get("Config", ""))))
        said = _instructions(config)
        digests = [str(each) for each in _list(_map(config.get("rootfs")).get("diff_ids"))]
        tars = [self._layer(str(each)) for each in _list(manifest.get("Layers"))]
        waste = measure([tar.notes for tar in tars])
        tree, layers = Tree(), list[Layer]()
        for number, tar in enumerate(tars, 1):
            layers.append(
                Layer(
                    number=number,
                    digest=digests[number - 1] if number <= len(digests) else "",
                    created_by=said[number - 1] if number <= len(said) else "",
                    size=Size(sum(note.size for note in tar.notes)),
                    stored=Size(tar.stored),
                    compression=tar.compression,
                    files=_marked(tree, tar.notes),
                )
            )
        wasted = [WastedPath(each.path, Size(each.size), [n + 1 for n in each.layers]) for each in waste.paths]
        return ImageContents(name, layers, waste.efficiency, Size(waste.bytes), wasted)

    def _layer(self, name: str) -> LayerTar:
        name = posixpath.normpath(name)
        for _ in range(8):  # links lead to links, but not for ever
            if name not in self._links:
                break
            name = self._links[name]
        found = self._tars.get(name)
        if found is None or found.problem:
            raise ProtocolError(f"not a saved image: {found.problem if found else f'it has no layer {name}'}")
        return found

    def _document(self, name: str) -> object:
        name = posixpath.normpath(name)
        try:
            return json.loads(self._documents[self._links.get(name, name)])
        except (KeyError, ValueError):
            raise ProtocolError(f"not a saved image: it has no {name}") from None


def _marked(tree: Tree, notes: Sequence[TarNote]) -> Sequence[LayerFile]:
    """Say what a layer does to the tree of those below it, and do it."""
    files: list[LayerFile] = []
    for path in tree.hidden_by(notes):
        gone = tree.find(path)
        if gone is not None:
            files.append(LayerFile(path, gone.kind, Size(gone.whole), "deleted"))
            tree.remove(path)
    for note in notes:
        if note.whiteout or note.opaque:
            continue
        before = tree.find(note.path)
        mark: Mark = "changed"
        if before is None:
            mark = "added"
        elif note.kind == "dir" and before.kind == "dir" and before.owner in (None, note.owner):
            mark = ""
        mode, uid, gid = note.owner
        files.append(LayerFile(note.path, note.kind, Size(note.size), mark, mode, uid, gid, note.target))
        tree.add(note)
    deleted = {file.path for file in files if file.mark == "deleted"}
    again = {file.path for file in files if file.mark == "added"} & deleted
    files = [_replaced(f) if f.path in again else f for f in files if not (f.path in again and f.mark == "deleted")]
    return sorted(files, key=lambda file: file.path)


def _replaced(file: LayerFile) -> LayerFile:
    """Call what was deleted and added by the same layer changed."""
    return LayerFile(file.path, file.kind, file.size, "changed", file.mode, file.uid, file.gid, file.target)


def _instructions(config: Mapping[str, object]) -> Sequence[str]:
    """Return what made each layer: the entries of the history that have one."""
    entries = [_map(each) for each in _list(config.get("history"))]
    return [str(each.get("created_by") or each.get("comment") or "") for each in entries if not each.get("empty_layer")]


def _table(values: Sequence[object]) -> Mapping[str, object]:
    return _map(values[0]) if values else {}


def _map(value: object) -> Mapping[str, object]:
    return cast("Mapping[str, object]", value) if isinstance(value, dict) else {}


def _list(value: object) -> Sequence[object]:
    return cast("Sequence[object]", value) if isinstance(value, list) else ()
