"""What a build is sent: the CLI's tar, wherever the Dockerfile is, whatever is ignored, and quickly."""

from __future__ import annotations

import io
import os
import socket
import tarfile
import time
from collections.abc import AsyncIterable, AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from pydock.errors import InvalidArgument
from pydock.models.files.context import BuildContext, Context, DockerfileContext, TarContext
from pydock.models.files.ignore import IgnoreFile
from pydock.models.files.local import BATCH

# What a test does to its own little folder may block.
# ruff: noqa: ASYNC240

pytestmark = pytest.mark.anyio


async def _bytes(chunks: AsyncIterable[bytes]) -> bytes:
    return b"".join([chunk async for chunk in chunks])


async def _sent(context: Context) -> tuple[str, dict[str, bytes]]:
    """Return the Dockerfile's name and the content of all members, folders without one."""
    name = await context.prepare()
    with tarfile.open(fileobj=io.BytesIO(await _bytes(aiter(context)))) as tar:
        files = ((member.name, tar.extractfile(member) if member.isreg() else None) for member in tar)
        return name, {name: file.read() if file else b"" for name, file in files}


@pytest.fixture
def app(tmp_path: Path) -> Path:
    """A folder to build."""
    top = tmp_path / "app"
    for name in ("src/main.py", "src/deep/x.md", "docker/web.Dockerfile", "docs/readme.md", "Dockerfile"):
        (top / name).parent.mkdir(parents=True, exist_ok=True)
        (top / name).write_text(f"FROM {name}\n")
    (top / "link").symlink_to("src")
    (top / "broken").symlink_to("/no/where")
    return top


async def test_a_folder_is_sent_whole_and_sorted(app: Path) -> None:
    name, sent = await _sent(BuildContext(app))
    assert name == "Dockerfile"
    assert list(sent) == [
        *("Dockerfile", "broken", "docker", "docker/web.Dockerfile", "docs", "docs/readme.md", "link"),
        *("src", "src/deep", "src/deep/x.md", "src/main.py"),
    ]


@pytest.mark.row(44)
async def test_members_are_as_the_cli_makes_them(app: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(app)
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind("src/sock")
    (app / "src/main.py").chmod(0o4755)
    os.utime(app / "src/main.py", (1_600_000_000.75, 1_600_000_000.75))
    context = BuildContext(app)
    with tarfile.open(fileobj=io.BytesIO(await _bytes(aiter(context)))) as tar:
        members = {member.name: member for member in tar}
    main = members["src/main.py"]
    assert (main.mode, main.mtime, main.pax_headers) == (0o4755, 1_600_000_000, {})
    assert all((m.uid, m.gid, m.uname, m.gname) == (0, 0, "", "") for m in members.values())
    assert (members["broken"].linkname, members["link"].linkname) == ("/no/where", "src")
    assert context.skipped == ["src/sock"]
    assert "src/sock" not in members


@pytest.mark.row(43)
async def test_the_dockerfile_and_the_ignore_file_are_sent_even_when_ignored(app: Path) -> None:
    (app / ".dockerignore").write_text("*\n!src/deep/*.md\n")
    name, sent = await _sent(BuildContext(app, dockerfile="docker/web.Dockerfile"))
    assert name == "docker/web.Dockerfile"
    assert list(sent) == [".dockerignore", "docker/web.Dockerfile", "src/deep/x.md"]


@pytest.mark.row(43)
async def test_the_ignore_file_beside_the_dockerfile_counts_alone(app: Path) -> None:
    (app / ".dockerignore").write_text("src\n")
    (app / "docker/web.Dockerfile.dockerignore").write_text("docs\n")
    _, sent = await _sent(BuildContext(app, dockerfile="docker/web.Dockerfile"))
    assert "docs" not in sent
    assert "src/main.py" in sent
    _, sent = await _sent(BuildContext(app))
    assert "docs" in sent
    assert "src" not in sent


async def test_patterns_can_be_given_instead_of_the_file(app: Path) -> None:
    (app / ".dockerignore").write_text("src\n")
    for ignore in (["docs", "docker"], IgnoreFile.parse("docs\ndocker")):
        _, sent = await _sent(BuildContext(app, ignore=ignore))
        assert set(sent) & {"docs", "docker"} == set()
        assert "src" in sent
    with pytest.raises(InvalidArgument, match=r"ignore=\['docs'\]"):
        BuildContext(app, ignore="docs")


async def test_a_malformed_ignore_file_is_named_with_its_pattern(app: Path) -> None:
    (app / ".dockerignore").write_text("a\n[\n")
    with pytest.raises(InvalidArgument, match=r'\.dockerignore: syntax error in pattern: "\["'):
        await BuildContext(app).prepare()


@pytest.mark.row(44)
@pytest.mark.parametrize("ignored", [None, b"docs\n.dockerignore"])
async def test_a_dockerfile_from_outside_is_hidden_from_the_build(app: Path, ignored: bytes | None) -> None:
    outside = app.parent / "Outside"
    outside.write_text("FROM outside\n")
    if ignored:
        (app / ".dockerignore").write_bytes(ignored)
    for dockerfile in (outside, "../Outside", "FROM outside\n", b"FROM outside\n"):
        name, sent = await _sent(BuildContext(app, dockerfile=dockerfile))
        assert name.startswith(".dockerfile.")
        assert sent[name] == b"FROM outside\n"
        assert sent[".dockerignore"] == (ignored or b".dockerignore") + b"\n" + name.encode() + b"\n"
        assert "Dockerfile" in sent
        assert ("docs" in sent) is (ignored is None)
    assert not list(app.glob(".dockerfile*"))


async def test_a_dockerfile_that_is_a_link_is_found_where_it_leads(app: Path) -> None:
    (app / "inner").symlink_to("docker/web.Dockerfile")
    assert await BuildContext(app, dockerfile="inner").prepare() == "docker/web.Dockerfile"
    (app.parent / "Outside").write_text("FROM outside\n")
    (app / "outer").symlink_to("../Outside")
    name, sent = await _sent(BuildContext(app, dockerfile="outer"))
    assert sent[name] == b"FROM outside\n"


async def test_a_dockerfile_is_looked_for_in_the_context_then_here(app: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(app / "docker")
    assert await BuildContext(app, dockerfile="web.Dockerfile").prepare() == "docker/web.Dockerfile"
    (app / "web.Dockerfile").touch()
    assert await BuildContext(app, dockerfile="web.Dockerfile").prepare() == "web.Dockerfile"
    (app / "Dockerfile").rename(app / "dockerfile")
    assert await BuildContext(app).prepare() == "dockerfile"
    (app / "dockerfile").unlink()
    with pytest.raises(InvalidArgument, match="no Dockerfile at"):
        await BuildContext(app).prepare()


async def test_a_context_that_is_no_folder_says_what_to_write(app: Path) -> None:
    with pytest.raises(InvalidArgument, match="TarContext"):
        await BuildContext(app / "Dockerfile").prepare()
    with pytest.raises(InvalidArgument, match="Check the path"):
        await BuildContext(app / "missing").prepare()


async def test_a_context_can_be_sent_twice(app: Path) -> None:
    context = BuildContext(app)
    assert await _sent(context) == await _sent(context)


async def test_a_dockerfile_alone() -> None:
    assert await _sent(DockerfileContext("FROM x\n")) == ("Dockerfile", {"Dockerfile": b"FROM x\n"})


class Chunks:
    """An async stream of its own kind."""

    def __init__(self, *chunks: bytes) -> None:
        self._chunks = list(chunks)

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self

    async def __anext__(self) -> bytes:
        if not self._chunks:
            raise StopAsyncIteration
        return self._chunks.pop(0)


async def test_a_ready_tar_is_passed_on_as_it_is(tmp_path: Path) -> None:
    data = os.urandom(2 * BATCH + 3)
    (tmp_path / "context.tar").write_bytes(data)
    for source in (
        tmp_path / "context.tar",
        str(tmp_path / "context.tar"),
        data,
        io.BytesIO(data),
        Chunks(data),
    ):
        context = TarContext(source, dockerfile="d/f")
        assert await context.prepare() == "d/f"
        assert await _bytes(aiter(context)) == data
    with pytest.raises(InvalidArgument, match="missing"):
        await TarContext(tmp_path / "missing.tar").prepare()


@pytest.mark.row(43)
async def test_a_folder_that_is_ignored_is_not_even_opened(app: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many files it has: 300 000 cost as much as one."""
    (app / "node_modules/deep").mkdir(parents=True)
    (app / ".dockerignore").write_text("node_modules\ndocs\n!docs/kept/*.md\n!*.txt\n")
    opened: list[str] = []
    scandir = os.scandir

    def watching(path: str) -> Any:
        opened.append(os.path.relpath(path, app))
        return scandir(path)

    monkeypatch.setattr(os, "scandir", watching)
    _, sent = await _sent(BuildContext(app))
    assert "src/main.py" in sent
    assert not any(name.startswith(("node_modules", "docs")) for name in sent)
    assert sorted(opened) == [".", "docker", "docs", "src", "src/deep"]  # docs may have something to keep


@pytest.mark.row(43)
async def test_ignored_files_cost_nothing(tmp_path: Path) -> None:
    """The benchmark has 300 000 files; here as many as a test may make, and the time per file."""
    (tmp_path / "Dockerfile").touch()
    (tmp_path / ".dockerignore").write_text("node_modules\n**/*.tmp\n!**/keep.tmp\n")
    for folder in ("node_modules", "data"):
        (tmp_path / folder).mkdir()
    for number in range(5_000):
        (tmp_path / f"data/{number}.tmp").touch()
    start = time.perf_counter()
    _, sent = await _sent(BuildContext(tmp_path))
    assert time.perf_counter() - start < 1
    assert list(sent) == [".dockerignore", "Dockerfile", "data"]
