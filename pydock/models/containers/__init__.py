"""Containers: their verbs by topic (lifecycle, output, commands, …), their three tenses, and the collection."""

from __future__ import annotations

from pydock.models.containers.collection import Containers
from pydock.models.containers.commands import DetachedExec, ExecProcess, ExecResult
from pydock.models.containers.ref import Container, ContainerRef, ContainerSummary
from pydock.models.containers.running import RunResult

__all__ = [
    "Container",
    "ContainerRef",
    "ContainerSummary",
    "Containers",
    "DetachedExec",
    "ExecProcess",
    "ExecResult",
    "RunResult",
]
