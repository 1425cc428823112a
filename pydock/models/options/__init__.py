"""The options of create, run and update: what people write, and the one place that says how the daemon wants it.

A file per topic holds the options (`resources.py`, `network.py`, …), a file per noun the typed objects and their
shorthands (`ports.py`, `mounts.py`, …); `table.py` reads the options, `render.py` writes the request. No I/O here, but
for the small files that an option names (`env_file`, `label_file`, a seccomp profile).
"""

from __future__ import annotations

from pydock.models.options.command import Command, Environment, command_words, environment
from pydock.models.options.devices import Device, DeviceRequest, Ulimit
from pydock.models.options.endpoints import Endpoint
from pydock.models.options.lifecycle import Healthcheck, RestartPolicy
from pydock.models.options.logs import LogConfig
from pydock.models.options.mounts import Bind, ClusterMount, ImageMount, PipeMount, Tmpfs, VolumeMount
from pydock.models.options.ports import Port
from pydock.models.options.render import ContainerOptions, CreateRequest, EnsureOptions, render, render_update
from pydock.models.options.resources import UpdateOptions
from pydock.models.options.table import At, entries, spelled_out

__all__ = [
    "At",
    "Bind",
    "ClusterMount",
    "Command",
    "ContainerOptions",
    "CreateRequest",
    "Device",
    "DeviceRequest",
    "Endpoint",
    "EnsureOptions",
    "Environment",
    "Healthcheck",
    "ImageMount",
    "LogConfig",
    "PipeMount",
    "Port",
    "RestartPolicy",
    "Tmpfs",
    "Ulimit",
    "UpdateOptions",
    "VolumeMount",
    "command_words",
    "entries",
    "environment",
    "render",
    "render_update",
    "spelled_out",
]
