"""Files to and from a container, running or not, by `docker cp`'s rules and in constant memory.

Danger: an archive from a container is not to be trusted; nothing of it is ever written outside of its folder.
"""

from __future__ import annotations

import posixpath
from datetime import timedelta
from os import PathLike
from typing import Self

import anyio

from pydock.errors import InvalidArgument, NotFound
from pydock.models._base import Ref
from pydock.models.files.copy import (
    CopyDestination,
    CopySource,
    archive_path,
    container_destination,
    link_target,
    local_destination,
    local_source,
    plan_copy,
)
from pydock.models.files.extract import extract
from pydock.models.files.outgoing import pack_contents, pack_path
from pydock.models.files.stat import PathStat
from pydock.models.files.tarstream import read_single_file
from pydock.transport.deadline import deadline
from pydock.transport.streams import ByteStream

__all__ = ["Transfer"]

Timeout = float | timedelta | None


class Transfer(Ref):
    """Verbs that move files. They work on stopped containers, too; `/proc` and `/dev` cannot be reached."""

    noun = "container"

    async def copy_to(
        self,
        source: str | PathLike[str],
        destination: str,
        *,
        follow: bool = False,
        keep_owner: bool = False,
        uid: int | None = None,
        gid: int | None = None,
        mode: int | None = None,
        timeout: Timeout = None,
    ) -> Self:
        """Copy a local file or folder into it, by the rules of `docker cp`.

        A folder goes into an existing folder under its own name, `"conf/."` only what is in it; the parent of
        `destination` must exist. Files belong to root unless `uid`, `gid` or `keep_owner` say otherwise; `mode` is
        given to all files. Raises `InvalidArgument` (also for what cannot be read here), `NotFound`.

            await container.copy_to("./conf", "/etc/nginx")
        """
        with deadline(timeout, f"Copying {source} to {self.id[:12]}"):
            local = await anyio.to_thread.run_sync(lambda: local_source(source, follow=follow))
            plan = plan_copy(local, await self._destination(destination))
            packed = pack_path(
                source, root=plan.root, follow=follow, keep_owner=keep_owner, uid=uid, gid=gid, mode=mode
            )
            async with packed:
                await self.api.containers.put_archive(
                    self.id, packed, path=plan.directory, no_overwrite_dir_non_dir=True
                )
        return self

    async def copy_from(
        self,
        source: str,
        destination: str | PathLike[str],
        *,
        follow: bool = False,
        preserve_owner: bool = False,
        timeout: Timeout = None,
    ) -> None:
        """Copy a file or folder out of it, by the rules of `docker cp`; see `copy_to`.

        `follow` copies what a link leads to. Links are made as they stand, but nothing is written through one;
        absolute names, `..` and devices raise `UnsafeArchive`. `preserve_owner` keeps user and group, as root only.

            await container.copy_from("/var/log/app", "./logs")
        """
        with deadline(timeout, f"Copying {source} from {self.id[:12]}"):
            status, path = await self.stat(source), source
            if follow and status.is_symlink:
                path = link_target(source, status)
                status = await self.stat(path)
            place = await anyio.to_thread.run_sync(local_destination, destination)
            plan = plan_copy(CopySource(source, is_dir=status.is_dir), place)
            async with self.archive(archive_path(path)) as stream:
                await extract(
                    stream,
                    plan.directory,
                    root=plan.root,
                    rootless=plan.rootless,
                    preserve_owner=preserve_owner,
                    outside_links="keep",
                )

    async def read_bytes(self, path: str) -> bytes:
        """Return what is in a file; links are followed. Raises `NotFound`, `InvalidArgument` for a folder.

        packed = await container.read_bytes("/var/backups/db.gz")
        """
        status = await self.stat(path)
        if status.is_symlink:
            path = link_target(path, status)
            status = await self.stat(path)
        if not status.is_file:
            raise InvalidArgument(f"{path} is not a regular file; read a folder with container.copy_from({path!r}, …).")
        async with self.archive(path) as stream:
            return await read_single_file(stream)

    async def read_text(self, path: str, encoding: str = "utf-8") -> str:
        """Return what is in a text file: `await container.read_text("/etc/hostname")`."""
        return (await self.read_bytes(path)).decode(encoding)

    async def write_bytes(self, path: str, content: bytes, *, mode: int = 0o644, uid: int = 0, gid: int = 0) -> Self:
        """Write a file; its folder must exist. An existing one is replaced, with its mode and owner.

        await container.write_bytes("/etc/app.key", key, mode=0o600, uid=1000)
        """
        folder, name = posixpath.split(path)
        if not name or not folder:
            raise InvalidArgument(f"{path!r} is not the full path of a file: write_bytes('/etc/app.conf', …).")
        async with pack_contents({name: content}, mode=mode, uid=uid, gid=gid) as packed:
            await self.api.containers.put_archive(self.id, packed, path=folder)
        return self

    async def write_text(
        self, path: str, text: str, *, encoding: str = "utf-8", mode: int = 0o644, uid: int = 0, gid: int = 0
    ) -> Self:
        r"""Write a text file: `await container.write_text("/etc/motd", "hello\\n")`."""
        return await self.write_bytes(path, text.encode(encoding), mode=mode, uid=uid, gid=gid)

    async def stat(self, path: str) -> PathStat:
        """Return kind, size, permissions and time of a path. A link is not followed unless the path ends in `/`.

        (await container.stat("/etc/hostname")).size
        """
        if not path:
            raise InvalidArgument("An empty path names nothing: container.stat('/etc/hostname').")
        return PathStat.from_json(await self.api.containers.archive_info(self.id, path=path))

    def archive(self, path: str) -> ByteStream:
        """Return a path as a tar stream, to be iterated in `async with container.archive("/etc") as stream`."""
        return self.api.containers.archive(self.id, path=path)

    async def _destination(self, path: str) -> CopyDestination:
        try:
            status = await self.stat(path)
            if status.is_symlink:
                path = link_target(path, status)
                status = await self.stat(path)
        except NotFound:
            await self.api.containers.inspect(self.id)  # a missing container says so
            return container_destination(path, None)
        return container_destination(path, status)
