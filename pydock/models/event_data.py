"""What the daemon tells when something happens.

Danger: the actions of exec carry the command (`exec_create: sh -c …`), and `time` has seconds only;
`time_nano` orders.
"""

from __future__ import annotations

from pydantic import Field

from pydock.models._base import Model, NullDict, OpenEnum, When, wire

__all__ = ["Actor", "Event", "EventType"]


class EventType(OpenEnum):
    """What kind of object something happened to."""

    BUILDER = "builder"
    CONFIG = "config"
    CONTAINER = "container"
    DAEMON = "daemon"
    IMAGE = "image"
    NETWORK = "network"
    NODE = "node"
    PLUGIN = "plugin"
    SECRET = "secret"  # noqa: S105 - a word of the daemon
    SERVICE = "service"
    VOLUME = "volume"


class Actor(Model):
    """The object that something happened to."""

    id: str = wire("ID", "")
    """Its id; for images the name that was asked for."""
    attributes: NullDict[str, str] = Field(default_factory=dict[str, str])
    """What is known about it: `name`, `image`, `exitCode`, `signal`, all of its labels."""


class Event(Model):
    """Something that happened. Before API 1.52 `model_extra` also has the legacy `status`, `id` and `from`."""

    __display__ = "event"

    type: EventType = EventType("unknown")
    """What kind of object it happened to."""
    action: str = ""
    """What happened: `start`, `die`, `health_status: healthy`, `exec_create: sh -c …`."""
    actor: Actor = Field(default_factory=Actor)
    """What it happened to."""
    scope: str = wire("scope", "local")
    """`local` or `swarm`."""
    time: When = wire("time", None)
    """When it happened, in whole seconds."""
    time_nano: int = wire("timeNano", 0)
    """When it happened in nanoseconds since 1970: what `since=` wants to go on from here."""

    @property
    def verb(self) -> str:
        """The action without what follows its colon: `exec_create`, `health_status`."""
        return self.action.partition(":")[0]

    @property
    def name(self) -> str:
        """The object's name, where the event has it."""
        return self.actor.attributes.get("name", "")

    def __str__(self) -> str:
        when = self.time.isoformat() if self.time else "?"
        words = ", ".join(f"{key}={value}" for key, value in sorted(self.actor.attributes.items()))
        return f"{when} {self.type} {self.action} {self.actor.id} ({words})"
