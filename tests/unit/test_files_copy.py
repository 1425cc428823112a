"""`docker cp`'s rules, and what the daemon says about a path."""

from __future__ import annotations

import base64
import json
import stat
from datetime import UTC, datetime
from pathlib import Path

import pytest

from pydock.errors import InvalidArgument, ProtocolError
from pydock.models.files.copy import (
    CopyDestination,
    CopyPlan,
    CopySource,
    archive_path,
    container_destination,
    link_target,
    local_destination,
    local_source,
    plan_copy,
)
from pydock.models.files.stat import PathStat, from_go_mode

FILE, FOLDER, MISSING = "file", "folder", "missing"


def _destination(path: str, what: str) -> CopyDestination:
    return CopyDestination(path, exists=what != MISSING, is_dir=what == FOLDER)


@pytest.mark.row(23)
@pytest.mark.parametrize(
    ("source", "is_dir", "path", "what", "plan"),
    [
        ("a/f.txt", False, "/dst", MISSING, CopyPlan("/", "dst")),
        ("a/f.txt", False, "/x/dst", FILE, CopyPlan("/x", "dst")),
        ("a/f.txt", False, "/x/dst", FOLDER, CopyPlan("/x/dst", "f.txt")),
        ("a/f.txt", False, "/x/dst/", FOLDER, CopyPlan("/x/dst/", "f.txt")),
        ("a/d", True, "/x/dst", MISSING, CopyPlan("/x", "dst")),
        ("a/d", True, "/x/dst/", MISSING, CopyPlan("/x", "dst")),
        ("a/d", True, "/x/dst", FOLDER, CopyPlan("/x/dst", "d")),
        ("a/d/", True, "/x/dst", FOLDER, CopyPlan("/x/dst", "d")),
        ("a/d/.", True, "/x/dst", FOLDER, CopyPlan("/x/dst", ".")),
        ("a/d/.", True, "/x/dst", MISSING, CopyPlan("/x", "dst")),
        (".", True, "/x/dst", FOLDER, CopyPlan("/x/dst", ".")),
        ("..", True, "/x/dst", FOLDER, CopyPlan("/x/dst", ".")),
        ("/", True, "out", FOLDER, CopyPlan("out", ".")),
        ("/", True, "out", MISSING, CopyPlan(".", "out")),
        ("/etc/hostname", False, "name", MISSING, CopyPlan(".", "name")),
        ("/etc/hostname", False, ".", FOLDER, CopyPlan(".", "hostname")),
        (".hidden", False, "/", FOLDER, CopyPlan("/", ".hidden")),
    ],
)
def test_copies_land_where_docker_cp_puts_them(source: str, is_dir: bool, path: str, what: str, plan: CopyPlan) -> None:
    found = plan_copy(CopySource(source, is_dir), _destination(path, what))
    assert (found.directory, found.root) == (plan.directory, plan.root)
    assert found.rootless is (source in {".", "..", "/", "a/d/."})


def test_the_root_of_a_container_is_asked_for_by_its_contents() -> None:
    assert [archive_path(path) for path in ("/", "//", "/.", "/etc", "etc/")] == ["/.", "/.", "/.", "/etc", "etc/"]


@pytest.mark.parametrize(
    ("source", "is_dir", "path", "what", "message"),
    [
        ("d", True, "/f", FILE, "cannot copy the folder d over the file /f"),
        ("d/.", True, "/f", FILE, "cannot copy the folder"),
        ("f", False, "/x/", MISSING, "/x/ does not exist. Create it first, or write '/x'"),
        ("f", False, "/x/.", MISSING, "does not exist"),
        ("d", True, "/x/.", MISSING, "/x/. does not exist. Create it first, or write '/x' as the name"),
        ("f", False, "/x/", FILE, "/x/ is not a folder"),
        ("f/", False, "/x", MISSING, "f/ is not a folder. Write 'f'"),
        ("f/.", False, "/x", FOLDER, "f/. is not a folder. Write 'f'"),
        ("f", False, "", MISSING, "the destination does not name a place"),
        ("f", False, "/a/..", MISSING, "does not name a place"),
    ],
)
def test_what_docker_cp_refuses_is_refused(source: str, is_dir: bool, path: str, what: str, message: str) -> None:
    with pytest.raises(InvalidArgument) as caught:
        plan_copy(CopySource(source, is_dir), _destination(path, what))
    assert message in str(caught.value)


def test_local_places(tmp_path: Path) -> None:
    (tmp_path / "d").mkdir()
    (tmp_path / "f").touch()
    (tmp_path / "to-d").symlink_to("d")
    (tmp_path / "to-nothing").symlink_to("d/new")
    assert local_source(tmp_path / "d").is_dir
    assert not local_source(tmp_path / "to-d").is_dir
    assert local_source(f"{tmp_path}/to-d/").is_dir
    assert local_source(tmp_path / "to-d", follow=True).is_dir
    assert local_destination(f"{tmp_path}/to-d/") == CopyDestination(f"{tmp_path}/d/", exists=True, is_dir=True)
    assert local_destination(tmp_path / "f") == CopyDestination(f"{tmp_path}/f", exists=True)
    assert local_destination(tmp_path / "to-nothing") == CopyDestination(f"{tmp_path}/d/new", exists=False)
    assert local_destination(f"{tmp_path}/new/.") == CopyDestination(f"{tmp_path}/new/.", exists=False)
    with pytest.raises(InvalidArgument, match="missing"):
        local_source(tmp_path / "missing")
    with pytest.raises(InvalidArgument, match="Not a directory"):
        local_source(f"{tmp_path}/f/")
    with pytest.raises(InvalidArgument, match=r"the folder .*missing does not exist"):
        local_destination(tmp_path / "missing/new")


def _header(mode: int, **fields: object) -> str:
    body = {"name": "n", "size": 7, "mode": mode, "mtime": "2026-11-23T19:22:50.25909741Z", "linkTarget": ""}
    return base64.b64encode(json.dumps({**body, **fields}).encode()).decode()


def test_the_daemons_stat_is_read() -> None:
    folder = PathStat.from_header(_header(2147484141))
    assert (folder.mode, folder.is_dir, folder.is_file, folder.permissions) == (0o40755, True, False, 0o755)
    assert folder.mtime == datetime(2026, 11, 23, 19, 22, 50, 259097, tzinfo=UTC)
    link = PathStat.from_header(_header(1 << 27 | 0o777, linkTarget="/etc/x"))
    assert (link.is_symlink, link.link_target, str(link)) == (True, "/etc/x", "lrwxrwxrwx 7 n -> /etc/x")
    file = PathStat.from_header(_header(1 << 23 | 1 << 22 | 1 << 20 | 0o755, mtime="0001-01-01T00:00:00Z"))
    assert (file.is_file, file.permissions, file.mtime) == (True, 0o7755, None)


@pytest.mark.parametrize(
    ("go", "kind"),
    [
        (0, stat.S_IFREG),
        (1 << 31, stat.S_IFDIR),
        (1 << 27, stat.S_IFLNK),
        (1 << 26, stat.S_IFBLK),
        (1 << 26 | 1 << 21, stat.S_IFCHR),
        (1 << 25, stat.S_IFIFO),
        (1 << 24, stat.S_IFSOCK),
    ],
)
def test_every_kind_of_gos_mode(go: int, kind: int) -> None:
    assert from_go_mode(go | 0o640) == kind | 0o640


@pytest.mark.parametrize("value", ["", "!", "e30=", "bnVsbA==", "W10=", _header(1, mtime="x"), _header(1, size="x")])
def test_what_is_no_stat_is_a_protocol_error(value: str) -> None:
    with pytest.raises(ProtocolError):
        PathStat.from_header(value)


def test_links_in_a_container_are_followed_by_name() -> None:
    def stat_of(mode: int, target: str = "") -> PathStat:
        return PathStat("n", 0, mode, None, target)

    assert link_target("/a/l", stat_of(0o120777, "/b/t")) == "/b/t"
    assert link_target("/a/l/", stat_of(0o120777, "/b/t")) == "/b/t/"
    assert link_target("/a/l/.", stat_of(0o120777, "/b/t")) == "/b/t/."
    assert link_target("/a/l", stat_of(0o120777, "t")) == "/a/t"
    assert link_target("/a/f", stat_of(0o100644)) == "/a/f"
    assert container_destination("/a", None) == CopyDestination("/a", exists=False)
    assert container_destination("/a", stat_of(0o40755)) == CopyDestination("/a", exists=True, is_dir=True)
    with pytest.raises(InvalidArgument, match="device"):
        container_destination("/dev/null", stat_of(0o20666))
