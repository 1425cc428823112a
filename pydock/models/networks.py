"""Networks: their three tenses and the collection.

Danger: who is connected is known to `inspect` only, and an old engine makes two networks of one name when
it is not told not to.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Self, Unpack

from pydock.api import API
from pydock.api._encoding import since
from pydock.errors import InvalidArgument, NetworkNotFound
from pydock.models._base import Listing, Ref, parse, parse_listing
from pydock.models.filters import NetworkFilters, PruneFilters, known_filters
from pydock.models.network_data import NetworkData, NetworkPruneReport, NetworkSummaryData
from pydock.models.options.endpoints import Endpoint

if TYPE_CHECKING:
    from pydock.models.containers import ContainerSummary

__all__ = ["Network", "NetworkRef", "NetworkSummary", "Networks"]


class NetworkRef(Ref):
    """A network by its id or name, with every verb. Making one sends no request."""

    noun = "network"

    def _called(self) -> list[str]:
        return [self.id]

    async def _settled(self) -> Self:
        """Read the state again after a change; a ref has none."""
        return self

    async def inspect(self, *, verbose: bool = False, scope: str | None = None) -> Network:
        """Return what the daemon knows about it now, with the containers on it.

        `verbose` tells the services and tasks of a swarm network; `scope` chooses among networks of one name.
        """
        body = await self.api.networks.inspect(self.id, verbose=verbose or None, scope=scope)
        return parse(Network, body, self.api)

    async def connect(self, container: str | Ref, endpoint: Endpoint | None = None) -> Self:
        """Connect a container, running or not.

        Raises `Forbidden` when it is connected already, `NotFound` when one of the two is not there.

            await network.connect("web", Endpoint(aliases=["www"], ip="10.5.0.7"))
        """
        body: dict[str, object] = {"Container": _id(container, "connect")}
        if endpoint is not None:
            version = await self.api.networks.negotiated()
            body["EndpointConfig"] = endpoint.settings(version, connect=True)
        await self.api.networks.connect(self.id, body)
        return await self._settled()

    async def disconnect(self, container: str | Ref, *, force: bool = False) -> Self:
        """Disconnect a container; `force` also forgets one that is gone.

        Raises `ServerError` when it was not connected, `NotFound` when one of the two is not there.

            await network.disconnect("web")
        """
        body = {"Container": _id(container, "disconnect"), "Force": force}
        await self.api.networks.disconnect(self.id, body)
        return await self._settled()

    async def remove(self) -> Self:
        """Remove it; `NetworkInUse` when containers are on it or when it is one of the daemon's own."""
        await self.api.networks.delete(self.id)
        return await self._settled()

    async def used_by(self) -> Listing[ContainerSummary]:
        """List the containers that are set up for it, running or not. `Network.containers` has the running ones.

        Those that were never started know their networks by name, so a ref by id misses them.
        """
        from pydock.models.containers import ContainerSummary  # containers know their networks: no circle

        body = await self.api.containers.list(all=True, filters={"network": self._called()})
        return parse_listing(ContainerSummary, body, self.api, "containers")

    async def exists(self) -> bool:
        """Return whether the daemon still knows it."""
        try:
            await self.api.networks.inspect(self.id)
        except NetworkNotFound:
            return False
        return True


class NetworkSummary(NetworkSummaryData, NetworkRef):
    """A network as a list shows it, with every verb. The containers on it are known to `inspect` only."""

    gone: bool = False
    """True after a verb found that the daemon has removed it."""

    async def refresh(self) -> Self:
        """Read it again in place and return it; afterwards `gone` says whether it still exists."""
        body = await self.api.networks.list(filters={"id": [self.id]})
        found = parse_listing(type(self), body, self.api, "networks")
        if found:
            self._become(found[0])
        self.gone = not found
        return self

    def _called(self) -> list[str]:
        return [self.id, self.name]

    async def _settled(self) -> Self:
        return await self.refresh()


class Network(NetworkData, NetworkRef):
    """A network with all that inspect knows, with every verb."""

    gone: bool = False
    """True after a verb found that the daemon has removed it."""

    async def refresh(self) -> Self:
        """Read it again in place and return it; afterwards `gone` says whether it still exists."""
        try:
            body = await self.api.networks.inspect(self.id)
        except NetworkNotFound:
            self.gone = True
            return self
        self._become(parse(type(self), body, self.api))
        return self

    def _called(self) -> list[str]:
        return [self.id, self.name]

    async def _settled(self) -> Self:
        return await self.refresh()


class Networks:
    """The networks of a daemon."""

    def __init__(self, api: API) -> None:
        self._api = api

    def __getitem__(self, id_or_name: str) -> NetworkRef:
        """Name a network without asking for it: `await docker.networks["backend"].connect("web")`."""
        if not id_or_name or id_or_name.startswith("/"):
            raise InvalidArgument(f"{id_or_name!r} is no name or id of a network: docker.networks['backend'].")
        return NetworkRef(self._api, id_or_name)

    async def get(self, id_or_name: str) -> Network:
        """Return a network with the containers on it; `NetworkNotFound` when there is none.

        backend = await docker.networks.get("backend")
        """
        return await self[id_or_name].inspect()

    async def create(
        self,
        name: str,
        *,
        driver: str | None = None,
        subnet: str | Sequence[str] | None = None,
        gateway: str | Sequence[str] | None = None,
        ip_range: str | Sequence[str] | None = None,
        internal: bool = False,
        attachable: bool = False,
        ingress: bool = False,
        ipv4: bool | None = None,
        ipv6: bool | None = None,
        scope: str | None = None,
        config_only: bool = False,
        config_from: str | None = None,
        ipam: Mapping[str, object] | None = None,
        options: Mapping[str, str] | None = None,
        labels: Mapping[str, str] | None = None,
    ) -> Network:
        """Create a network; `NameInUse` when there is one of that name, on every engine.

        `subnet` with `gateway` and `ip_range` inside of it may be several, for IPv4 and IPv6. `ipam` is the
        wire's IPAM object instead (`{"Driver": …, "Config": [{"Subnet": …, "AuxiliaryAddresses": {…}}]}`).
        `internal`: no way out of the host. `attachable`: for containers on a swarm network. `ipv4=False` needs
        API 1.48. `driver` is `bridge` unless given; `PluginNotFound` (after 15 s) when there is none.

            backend = await docker.networks.create("backend", subnet="10.5.0.0/24", internal=True)
        """
        if not name.strip():
            raise InvalidArgument("A network has a name: docker.networks.create('backend').")
        if ipam is not None and (subnet or gateway or ip_range):
            raise InvalidArgument("ipam= says it all: leave out subnet=, gateway= and ip_range=.")
        body: dict[str, object] = {
            "Name": name,
            "CheckDuplicate": True,  # without it 20.10 makes a second network of the name
            "Driver": driver,
            "Scope": scope,
            "Internal": internal,
            "Attachable": attachable,
            "Ingress": ingress,
            "EnableIPv4": since("1.48", ipv4),
            "EnableIPv6": ipv6,
            "ConfigOnly": config_only,
            "ConfigFrom": {"Network": config_from} if config_from else None,
            "IPAM": ipam or _ipam(_several(subnet), _several(gateway), _several(ip_range)),
            "Options": dict(options or {}),
            "Labels": dict(labels or {}),
        }
        sent = {key: item for key, item in body.items() if item is not None}
        created = (await self._api.networks.create(sent)).load()
        return await NetworkRef(self._api, str(created["Id"])).inspect()

    async def list(self, **filters: Unpack[NetworkFilters]) -> Listing[NetworkSummary]:
        """List the networks: one request. Filters are keywords: `name="back"`, `driver="bridge"`, `label={…}`.

        for network in await docker.networks.list(driver="bridge"):
            print(network.name)
        """
        body = await self._api.networks.list(filters=await known_filters(self._api, "networks", filters))
        return parse_listing(NetworkSummary, body, self._api, "networks")

    async def prune(self, **filters: Unpack[PruneFilters]) -> NetworkPruneReport:
        """Remove all networks that no container uses, except the daemon's own, and say which.

        report = await docker.networks.prune(until="24h")
        """
        body = await self._api.networks.prune(filters=await known_filters(self._api, "prune", filters))
        return parse(NetworkPruneReport, body)


def _id(container: str | Ref, verb: str) -> str:
    name = container.id if isinstance(container, Ref) else container.removeprefix("/")
    if not name:
        raise InvalidArgument(f"Name the container: await network.{verb}('web').")
    return name


def _several(value: str | Sequence[str] | None) -> Sequence[str]:
    return [value] if isinstance(value, str) else value or ()


def _ipam(subnets: Sequence[str], gateways: Sequence[str], ranges: Sequence[str]) -> dict[str, object] | None:
    """Write the pools; each gateway and range goes to the subnet in which it lies."""
    pools = {str(_network(subnet, "subnet")): {"Subnet": subnet} for subnet in subnets}
    for gateway in gateways:
        pools[_home(gateway, pools, "gateway")]["Gateway"] = gateway
    for range_ in ranges:
        pools[_home(range_, pools, "ip_range")]["IPRange"] = range_
    return {"Config": list(pools.values())} if pools else None


def _home(address: str, pools: Mapping[str, object], option: str) -> str:
    inner = _network(address, option)
    for subnet in pools:
        outer = ipaddress.ip_network(subnet)
        if inner.version == outer.version and outer.supernet_of(inner):  # type: ignore[arg-type]
            return subnet
    known = ", ".join(pools) or "none is given"
    raise InvalidArgument(
        f"{option}={address!r} lies in no subnet ({known}): subnet='10.5.0.0/24', gateway='10.5.0.1'."
    )


def _network(text: str, option: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network:
    try:
        return ipaddress.ip_network(text, strict=False)
    except ValueError as error:
        raise InvalidArgument(f"{option}={text!r}: {error}. Write it as in subnet='10.5.0.0/24'.") from error
