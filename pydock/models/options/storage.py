"""Options of storage: mounts, temporary file systems, the root file system."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, TypedDict

from pydock.errors import InvalidArgument
from pydock.models.options.mounts import Mounts, mounts
from pydock.models.options.table import At
from pydock.models.options.values import Pairs, Strings, boolean, items, mapping, strings, text

__all__ = ["StorageOptions"]

TmpfsLike = str | Mapping[str, str] | Sequence[str]
"""`"/run"`, `["/run:size=64m,mode=1777"]` or `{"/run": "size=64m"}`."""


def _tmpfs(value: TmpfsLike) -> dict[str, str]:
    if isinstance(value, Mapping):
        found = {text(path): options for path, options in value.items()}
    else:
        lines = [value] if isinstance(value, str) else items(value)
        found = {path: options for path, _, options in (text(line).partition(":") for line in lines)}
    for path, options in found.items():
        if not path.startswith("/") or not isinstance(options, str):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise InvalidArgument(f"{path!r} with {options!r} is no path with options.")
    return found


class StorageOptions(TypedDict, total=False):
    """Files."""

    mounts: Annotated[
        Mounts, At("HostConfig.Binds", "HostConfig.Mounts", convert=mounts, example='[Bind("./src", "/src")]')
    ]
    """Files and folders of the host, volumes, memory, images: `"./site:/www:ro"` (missing folders are made, `:z`
    relabels), `Bind(…)`, `VolumeMount(…)`, `Tmpfs(…)`, `ImageMount(…)`, or the text of `--mount`."""
    tmpfs: Annotated[TmpfsLike, At("HostConfig.Tmpfs", convert=_tmpfs, example='{"/run": "size=64m,mode=1777"}')]
    """Folders in memory with mount options; `Tmpfs(…)` in `mounts` is the typed form."""
    volumes_from: Annotated[Strings, At("HostConfig.VolumesFrom", convert=strings, example='["data:ro"]')]
    """Containers whose volumes it gets, too; `:ro` and `:rw` change the mode."""
    volume_driver: Annotated[str, At("HostConfig.VolumeDriver", convert=text, example='"local"')]
    """The driver of volumes that are made for `"name:/path"` mounts."""
    read_only: Annotated[bool, At("HostConfig.ReadonlyRootfs", convert=boolean, example="True")]
    """Nothing can be written but into mounts."""
    storage_opt: Annotated[Pairs, At("HostConfig.StorageOpt", convert=mapping, example='{"size": "10G"}')]
    """Options of the storage driver, such as the size of the root file system."""
