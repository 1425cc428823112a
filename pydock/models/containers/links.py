"""What a container is made of, as objects: its image, its networks, its volumes. No request is sent.

Danger: links run one way. Images, networks and volumes ask the api for their containers and never import them; they are
imported when a link is followed, so that a list of containers needs none of them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Protocol

from pydock.api import API
from pydock.models.container_network import EndpointSettings
from pydock.models.container_parts import MountPoint

if TYPE_CHECKING:
    from pydock.models.images import ImageRef
    from pydock.models.networks import NetworkRef
    from pydock.models.volumes import VolumeRef

__all__ = ["Linked", "Links"]


class Linked(Protocol):
    """What listed and inspected containers have in common here."""

    image_id: str

    @property
    def api(self) -> API:
        """The daemon's API."""
        ...

    @property
    def networks(self) -> Mapping[str, EndpointSettings]:
        """The endpoints by the network's name."""
        ...

    @property
    def mounts(self) -> Sequence[MountPoint]:
        """What is mounted."""
        ...


class Links:
    """The objects that a container uses, each with its verbs."""

    @property
    def image_ref(self: Linked) -> ImageRef:
        """Its image, by id: `await container.image_ref.history()`. `image` is the image's name."""
        from pydock.models.images import ImageRef

        return ImageRef(self.api, self.image_id)

    @property
    def network_refs(self: Linked) -> list[NetworkRef]:
        """Its networks; before the first start by name, then by id."""
        from pydock.models.networks import NetworkRef

        return [NetworkRef(self.api, endpoint.network_id or name) for name, endpoint in self.networks.items()]

    @property
    def volume_refs(self: Linked) -> list[VolumeRef]:
        """Its volumes, named and anonymous ones."""
        from pydock.models.volumes import VolumeRef

        return [VolumeRef(self.api, mount.name) for mount in self.mounts if mount.type == "volume" and mount.name]
