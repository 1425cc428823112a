"""Every operation of the Engine API as in the swagger: paths, query names, statuses, versions, framing.

`docker.api.containers.stop(id, t=3)`: the escape hatch for what has no model yet.
"""

from __future__ import annotations

from pydock.api.containers import Containers
from pydock.api.distribution import Distribution
from pydock.api.exec import Exec
from pydock.api.images import Images
from pydock.api.networks import Networks
from pydock.api.system import System
from pydock.api.volumes import Volumes
from pydock.transport.engine import Engine

__all__ = ["API"]


class API:
    """All groups of operations over one engine."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.containers: Containers = Containers(engine)
        self.distribution: Distribution = Distribution(engine)
        self.exec: Exec = Exec(engine)
        self.images: Images = Images(engine)
        self.networks: Networks = Networks(engine)
        self.system: System = System(engine)
        self.volumes: Volumes = Volumes(engine)
