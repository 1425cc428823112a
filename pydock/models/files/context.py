"""What a build is sent: a folder, a Dockerfile alone or a ready tar, as a stream without a temporary file.

The danger is sending too much or too little: `.dockerignore` decides as in the docker CLI, folders that it
closes are never opened, and the Dockerfile and `.dockerignore` are sent even when ignored (the builder drops
them itself).
"""

# Paths are text here: Path drops trailing slashes and costs time per file.
# ruff: noqa: PTH100, PTH110, PTH112, PTH113, PTH118, PTH123

from __future__ import annotations

import os
import secrets
from collections.abc import AsyncIterable, AsyncIterator, Callable, Generator, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Protocol

import anyio.to_thread

from pydock.errors import InvalidArgument
from pydock.models.files.ignore import IgnoreFile
from pydock.models.files.local import BATCH, ChunkStream, StrPath, local_error
from pydock.models.files.packing import END_MARK, Packer, walk

__all__ = ["BuildContext", "Context", "DockerfileContext", "TarContext", "TarSource"]

TarSource = StrPath | bytes | BinaryIO | AsyncIterable[bytes]
"""A ready tar: its path, its bytes, an open binary file, or an async stream of its bytes."""


class Context(Protocol):
    """What `build` needs to know of a context."""

    async def prepare(self) -> str:
        """Look at the disk and return the Dockerfile's name within the context. Call it before iterating."""
        ...

    def __aiter__(self) -> AsyncIterator[bytes]:
        """Open the tar as a stream of bytes; close it with its `aclose`."""
        ...


class BuildContext:
    """A folder, packed as the docker CLI does: sorted, owned by root, links kept, sockets left out.

    `dockerfile` is a path (relative ones are looked for in the folder first, then from the current one) or
    the text of a Dockerfile (bytes, or a string that has a line end or begins with `FROM `). One outside of
    the folder is sent under a name of its own that the build does not see. The default is `Dockerfile`, or
    `dockerfile`. `ignore` replaces the ignore file: patterns, or an `IgnoreFile`. Without it
    `<Dockerfile>.dockerignore` counts, or else `.dockerignore`.

    ```python
    context = BuildContext("./app", dockerfile="docker/web.Dockerfile")
    name = await context.prepare()  # raises InvalidArgument when the Dockerfile is missing or cannot be read
    async for chunk in context: ...
    ```

    It may be iterated several times; a file that cannot be read raises `InvalidArgument` naming it.
    """

    skipped: list[str]
    """Sockets that the last packing left out."""

    def __init__(
        self,
        path: StrPath,
        *,
        dockerfile: StrPath | bytes | None = None,
        ignore: IgnoreFile | Iterable[str] | None = None,
    ) -> None:
        if isinstance(ignore, str):
            raise InvalidArgument(f"ignore={ignore!r} is one string. Write a list: ignore=[{ignore!r}].")
        self.skipped = []
        self._path = os.fspath(path)
        self._dockerfile = dockerfile
        self._ignore = ignore if ignore is None or isinstance(ignore, IgnoreFile) else IgnoreFile(ignore)
        self._layout: _Layout | None = None

    async def prepare(self) -> str:
        """Find the Dockerfile and the ignore file. Return the Dockerfile's name within the context."""
        return (await anyio.to_thread.run_sync(self._find)).dockerfile

    def __aiter__(self) -> ChunkStream:
        return ChunkStream(self._pieces)

    def _find(self) -> _Layout:
        if self._layout is None:
            self._layout = _find_layout(self._path, self._dockerfile, self._ignore)
        return self._layout

    def _pieces(self) -> Generator[bytes]:
        layout = self._find()
        self.skipped = []
        packer = Packer(skipped=self.skipped)
        for found in walk(layout.root, layout.ignore):
            if layout.outside is None or found.name != ".dockerignore":
                yield from packer.entry(found.path, found.name, found.status)
        if layout.outside is not None:
            yield from packer.content(layout.dockerfile, layout.outside, mode=0o600)
            yield from packer.content(".dockerignore", _hiding(layout), mode=0o644)
        yield END_MARK


class DockerfileContext:
    """A context of nothing but a Dockerfile, as `docker build - < Dockerfile`."""

    def __init__(self, text: str | bytes) -> None:
        self._content = text.encode() if isinstance(text, str) else text

    async def prepare(self) -> str:
        """Return the Dockerfile's name within the context."""
        return "Dockerfile"

    def __aiter__(self) -> ChunkStream:
        return ChunkStream(self._pieces)

    def _pieces(self) -> Generator[bytes]:
        yield from Packer(skipped=[]).content("Dockerfile", self._content)
        yield END_MARK


class TarContext:
    """A ready tar (also gzip, bzip2 or xz), passed on as it is. A stream or open file can be sent once."""

    def __init__(self, source: TarSource, *, dockerfile: str = "Dockerfile") -> None:
        self._source = source
        self._dockerfile = dockerfile

    async def prepare(self) -> str:
        """Return the Dockerfile's name within the tar, as it was given."""
        if isinstance(self._source, str | os.PathLike):
            await anyio.to_thread.run_sync(_check_readable, os.fspath(self._source))
        return self._dockerfile

    def __aiter__(self) -> AsyncIterator[bytes]:
        source = self._source
        if isinstance(source, AsyncIterable):
            return aiter(source)
        return ChunkStream(_tar_pieces(source))


@dataclass(frozen=True, slots=True)
class _Layout:
    """What was found on the disk."""

    root: str
    dockerfile: str
    """Its name in the tar."""
    outside: bytes | None
    """Its content when it is not in the folder."""
    ignore: IgnoreFile


def _find_layout(path: str, dockerfile: StrPath | bytes | None, ignore: IgnoreFile | None) -> _Layout:
    root = os.path.realpath(path)
    if not os.path.isdir(root):
        hint = "For a tar write TarContext(path)." if os.path.exists(root) else "Check the path."
        raise InvalidArgument(f"the build context {path} is not a folder. {hint}")
    text = _as_text(dockerfile)
    located = None if text is not None or isinstance(dockerfile, bytes) else _locate(root, dockerfile)
    inside = located is not None and located.startswith(root.rstrip("/") + "/")
    if inside and located is not None:
        name = located[len(root.rstrip("/")) + 1 :]
        _check_readable(located)
    else:
        name = f".dockerfile.{secrets.token_hex(10)}"
        text = _read(located) if located is not None else text
    if ignore is None:
        ignore = _read_ignore(root, located)
    kept = [".dockerignore", name] if inside else [".dockerignore"]
    return _Layout(root, name, None if inside else text, ignore.excepting(*kept))


def _as_text(dockerfile: StrPath | bytes | None) -> bytes | None:
    if isinstance(dockerfile, str) and ("\n" in dockerfile or dockerfile[:5].upper() == "FROM "):
        return dockerfile.encode()
    return dockerfile if isinstance(dockerfile, bytes) else None


def _locate(root: str, dockerfile: StrPath | None) -> str:
    """Return the real path of the Dockerfile: a link may lead out of the folder."""
    if dockerfile is None:
        candidates = [os.path.join(root, name) for name in ("Dockerfile", "dockerfile")]
    else:
        candidates = [os.path.join(root, dockerfile), os.path.abspath(dockerfile)]
    for candidate in candidates:
        if os.path.isfile(candidate):
            return os.path.realpath(candidate)
    raise InvalidArgument(
        f"there is no Dockerfile at {' or '.join(dict.fromkeys(candidates))}. "
        'Name it with dockerfile="path", or give its text.'
    )


def _read_ignore(root: str, dockerfile: str | None) -> IgnoreFile:
    candidates = [os.path.join(root, ".dockerignore")]
    if dockerfile is not None:
        candidates.insert(0, dockerfile + ".dockerignore")
    for candidate in candidates:
        if os.path.isfile(candidate):
            try:
                return IgnoreFile.parse(_read(candidate))
            except InvalidArgument as error:
                raise InvalidArgument(f"{candidate}: {error}") from error
    return IgnoreFile()


def _hiding(layout: _Layout) -> bytes:
    """Write the `.dockerignore` that makes the builder drop a Dockerfile from outside, and itself if it is
    new.
    """
    path = os.path.join(layout.root, ".dockerignore")
    own = _read(path) if os.path.isfile(path) else b".dockerignore"
    return own + b"\n" + layout.dockerfile.encode() + b"\n"


def _read(path: str) -> bytes:
    try:
        return Path(path).read_bytes()
    except OSError as error:
        raise local_error("read", path, error) from error


def _check_readable(path: str) -> None:
    try:
        with Path(path).open("rb"):
            pass
    except OSError as error:
        raise local_error("read", path, error) from error


def _tar_pieces(source: StrPath | bytes | BinaryIO) -> Callable[[], Generator[bytes]]:
    if isinstance(source, bytes):
        return lambda: (source[start : start + BATCH] for start in range(0, len(source), BATCH))
    if isinstance(source, str | os.PathLike):
        return lambda: _file_pieces(os.fspath(source))
    return lambda: _open_file_pieces(source)


def _file_pieces(path: str) -> Generator[bytes]:
    try:
        with open(path, "rb", buffering=0) as file:
            while piece := file.read(BATCH):
                yield piece
    except OSError as error:
        raise local_error("read", path, error) from error


def _open_file_pieces(file: BinaryIO) -> Generator[bytes]:
    try:
        while piece := file.read(BATCH):
            yield piece
    except OSError as error:
        raise local_error("read", getattr(file, "name", "the open file"), error) from error
