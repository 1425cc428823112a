"""An image without a hub: the machine's static busybox as a root file system in a tar.

The danger is a dynamically linked busybox: it is imported happily and then no container starts.
"""

from __future__ import annotations

import functools
import io
import shutil
import subprocess
import tarfile
from pathlib import Path

from pydock.errors import DockerError

__all__ = ["busybox_tar"]

_FILES = {
    "etc/group": "root:x:0:\nuser:x:1000:\nnogroup:x:65534:\n",
    "etc/passwd": "root:x:0:0:root:/root:/bin/sh\n"
    "user:x:1000:1000:user:/home/user:/bin/sh\n"
    "nobody:x:65534:65534:nobody:/:/bin/false\n",
}
_DIRECTORIES = ["bin", "dev", "etc", "home", "proc", "root", "sys", "tmp", "usr", "usr/bin", "var"]


@functools.cache
def busybox_tar() -> bytes:
    """Pack `/bin/busybox`, a link for each applet, root and a user 1000; no command, no labels.

    Raises DockerError with the install line when there is no static busybox on PATH.
    """
    binary = _binary()
    applets = subprocess.run([binary, "--list"], capture_output=True, check=True, text=True).stdout.split()
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as tar:
        for name in _DIRECTORIES:
            tar.addfile(_member(name, tarfile.DIRTYPE, 0o1777 if name == "tmp" else 0o755))
        home = _member("home/user", tarfile.DIRTYPE, 0o755)
        home.uid = home.gid = 1000
        tar.addfile(home)
        _add(tar, "bin/busybox", binary.read_bytes(), 0o755)
        for name, text in _FILES.items():
            _add(tar, name, text.encode(), 0o644)
        for applet in sorted({*applets} - {"busybox"}):
            tar.addfile(_member(f"bin/{applet}", tarfile.SYMTYPE, 0o777, link="busybox"))
        tar.addfile(_member("usr/bin/env", tarfile.SYMTYPE, 0o777, link="../../bin/busybox"))
    return packed.getvalue()


def _binary() -> Path:
    found = shutil.which("busybox")
    install = "Install it: apt-get install -y --no-install-recommends busybox-static"
    if found is None:
        raise DockerError(f"There is no busybox on PATH to make an image of. {install}")
    binary = Path(found).resolve()
    if b"/ld-linux" in binary.read_bytes()[:4096]:
        raise DockerError(f"{binary} is linked dynamically and would not run in an empty image. {install}")
    return binary


def _member(name: str, kind: bytes, mode: int, *, link: str = "") -> tarfile.TarInfo:
    member = tarfile.TarInfo(name)
    member.type, member.mode, member.linkname = kind, mode, link
    return member


def _add(tar: tarfile.TarFile, name: str, content: bytes, mode: int) -> None:
    member = _member(name, tarfile.REGTYPE, mode)
    member.size = len(content)
    tar.addfile(member, io.BytesIO(content))
