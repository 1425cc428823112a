"""pydock: the Docker client for Python people. Async-first (asyncio and trio), typed, no docker CLI needed.

```python
import pydock

async with pydock.Docker() as docker:
    done = await docker.containers.run("busybox", ["echo", "hi"], remove=True)
    print(done.exit_code, done.stdout)
```

The house has three storeys; each knows only the one below:

* `pydock.transport`: sockets, TLS, ssh, HTTP, the pool, framing. No Docker noun.
* `pydock.api`: every operation of the Engine API as it is on the wire (`docker.api.containers.stop(id, t=3)`).
* `pydock.models`: containers, images, networks, volumes as objects with verbs (`await container.stop(grace=3)`).
  `models.containers` has a container's verbs, `models.options` what `run` takes, `models.files` tars and the disk.

On top is `pydock.client`: `Docker`, its collections and their lifetime. Above it, for notebooks, `pydock.widgets`: live
views, opened by the verbs in `pydock.models.live`. Beside the storeys:

* `pydock.errors` (all exceptions, one tree), `pydock.config` and `pydock.contexts` (the docker CLI's configuration).
* `pydock.display`: how objects show themselves, as text and HTML, with secrets masked.
* `pydock.console`: the terminal of this program, for `container.shell()`.
* `pydock.spawning`: tasks that outlive a notebook's cell, `docker.spawn()`. asyncio is known here and in the widgets.
* `pydock.testing`: throwaway engines.
* `pydock.__main__`: `python -m pydock` tells which daemon was found, and what is wrong when none answers.

Importing pydock loads no models; each area is imported when it is first used.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from pydock import errors
from pydock.client import Docker
from pydock.errors import *  # noqa: F403 - the exceptions are public here, too

if TYPE_CHECKING:
    from pydock.display.map import (
        Map,
    )
    from pydock.models.containers import (
        Container,
        ContainerRef,
        ContainerSummary,
        DetachedExec,
        ExecProcess,
        ExecResult,
        RunResult,
    )
    from pydock.models.containers.ensuring import (
        Ensured,
    )
    from pydock.models.containers.measuring import (
        AllStats,
    )
    from pydock.models.credentials import (
        Credentials,
        CredentialStore,
    )
    from pydock.models.distribution_data import (
        DistributionData,
    )
    from pydock.models.event_data import (
        Event,
    )
    from pydock.models.events import (
        EventStream,
        Reconnected,
    )
    from pydock.models.files.context import (
        BuildContext,
        DockerfileContext,
        TarContext,
    )
    from pydock.models.image_data import (
        AttestationStatement,
        BuildPruneReport,
    )
    from pydock.models.images import (
        Image,
        ImageRef,
        ImageSummary,
    )
    from pydock.models.layers import (
        ImageContents,
    )
    from pydock.models.logs import (
        Chunk,
        LogLine,
        Logs,
    )
    from pydock.models.networks import (
        Network,
        NetworkRef,
    )
    from pydock.models.oci import (
        Platform,
    )
    from pydock.models.options import (
        Bind,
        ClusterMount,
        Device,
        DeviceRequest,
        Endpoint,
        Healthcheck,
        ImageMount,
        LogConfig,
        PipeMount,
        Port,
        RestartPolicy,
        Tmpfs,
        Ulimit,
        VolumeMount,
    )
    from pydock.models.options.differences import (
        Difference,
    )
    from pydock.models.posture import (
        Posture,
        Risk,
    )
    from pydock.models.progress import (
        BuildStep,
        LayerProgress,
        Progress,
        ProgressEvent,
        ProgressState,
    )
    from pydock.models.pruning import (
        PruneReport,
    )
    from pydock.models.references import (
        ImageReference,
    )
    from pydock.models.session import (
        Session,
    )
    from pydock.models.stats import (
        Stats,
    )
    from pydock.models.volumes import (
        Volume,
        VolumeRef,
    )
    from pydock.transport.tls import (
        TLS,
    )

__version__ = "0.1.0"

_LAZY = {
    "pydock.display.map": ("Map",),
    "pydock.models.containers": (
        "Container",
        "ContainerRef",
        "ContainerSummary",
        "DetachedExec",
        "ExecProcess",
        "ExecResult",
        "RunResult",
    ),
    "pydock.models.containers.ensuring": ("Ensured",),
    "pydock.models.containers.measuring": ("AllStats",),
    "pydock.models.credentials": (
        "CredentialStore",
        "Credentials",
    ),
    "pydock.models.distribution_data": ("DistributionData",),
    "pydock.models.event_data": ("Event",),
    "pydock.models.events": (
        "EventStream",
        "Reconnected",
    ),
    "pydock.models.files.context": (
        "BuildContext",
        "DockerfileContext",
        "TarContext",
    ),
    "pydock.models.image_data": (
        "AttestationStatement",
        "BuildPruneReport",
    ),
    "pydock.models.images": (
        "Image",
        "ImageRef",
        "ImageSummary",
    ),
    "pydock.models.layers": ("ImageContents",),
    "pydock.models.logs": (
        "Chunk",
        "LogLine",
        "Logs",
    ),
    "pydock.models.networks": (
        "Network",
        "NetworkRef",
    ),
    "pydock.models.oci": ("Platform",),
    "pydock.models.options": (
        "Bind",
        "ClusterMount",
        "Device",
        "DeviceRequest",
        "Endpoint",
        "Healthcheck",
        "ImageMount",
        "LogConfig",
        "PipeMount",
        "Port",
        "RestartPolicy",
        "Tmpfs",
        "Ulimit",
        "VolumeMount",
    ),
    "pydock.models.options.differences": ("Difference",),
    "pydock.models.posture": (
        "Posture",
        "Risk",
    ),
    "pydock.models.progress": (
        "BuildStep",
        "LayerProgress",
        "Progress",
        "ProgressEvent",
        "ProgressState",
    ),
    "pydock.models.pruning": ("PruneReport",),
    "pydock.models.references": ("ImageReference",),
    "pydock.models.session": ("Session",),
    "pydock.models.stats": ("Stats",),
    "pydock.models.volumes": (
        "Volume",
        "VolumeRef",
    ),
    "pydock.transport.tls": ("TLS",),
}
_HOME = {name: module for module, names in _LAZY.items() for name in names}

__all__ = [
    "TLS",
    "AllStats",
    "AttestationStatement",
    "Bind",
    "BuildContext",
    "BuildPruneReport",
    "BuildStep",
    "Chunk",
    "ClusterMount",
    "Container",
    "ContainerRef",
    "ContainerSummary",
    "CredentialStore",
    "Credentials",
    "DetachedExec",
    "Device",
    "DeviceRequest",
    "Difference",
    "DistributionData",
    "Docker",
    "DockerfileContext",
    "Endpoint",
    "Ensured",
    "Event",
    "EventStream",
    "ExecProcess",
    "ExecResult",
    "Healthcheck",
    "Image",
    "ImageContents",
    "ImageMount",
    "ImageRef",
    "ImageReference",
    "ImageSummary",
    "LayerProgress",
    "LogConfig",
    "LogLine",
    "Logs",
    "Map",
    "Network",
    "NetworkRef",
    "PipeMount",
    "Platform",
    "Port",
    "Posture",
    "Progress",
    "ProgressEvent",
    "ProgressState",
    "PruneReport",
    "Reconnected",
    "RestartPolicy",
    "Risk",
    "RunResult",
    "Session",
    "Stats",
    "TarContext",
    "Tmpfs",
    "Ulimit",
    "Volume",
    "VolumeMount",
    "VolumeRef",
    "__version__",
]
__all__ += errors.__all__


def __getattr__(name: str) -> Any:
    """Import an area of the models when one of its names is first used (PEP 562)."""
    if name not in _HOME:
        raise AttributeError(f"module 'pydock' has no attribute {name!r}")
    value = getattr(importlib.import_module(_HOME[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
