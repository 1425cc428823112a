"""Options of the network: ports, networks, names and addresses.

Danger: with the host's network or another container's, ports and names are not the container's own; such
combinations are refused before anything is sent.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, TypedDict

from pydock.errors import InvalidArgument
from pydock.models.options.endpoints import Networks, addresses, endpoints, ipv4, ipv6, mac_address
from pydock.models.options.ports import Expose, Ports, expose, publish
from pydock.models.options.table import At
from pydock.models.options.values import Strings, boolean, items, strings, text

__all__ = ["NetworkOptions"]

Hosts = Mapping[str, str | Sequence[str]] | Sequence[str]
"""`{"db": "10.0.0.1"}` or `["db:10.0.0.1"]`."""
Links = Mapping[str, str] | Sequence[str]
"""`{"container": "alias"}` or `["container:alias"]`."""


def _hosts(value: Hosts) -> list[str]:
    if isinstance(value, Mapping):
        return [f"{text(h)}:{ip}" for h, ips in value.items() for ip in ([ips] if isinstance(ips, str) else items(ips))]
    return [_host(text(line)) for line in ([value] if isinstance(value, str) else items(value))]


def _host(line: str) -> str:
    separator = "=" if "=" in line else ":"
    name, found, address = line.partition(separator)
    if not (name and found and address):
        raise InvalidArgument(f'{line!r} is not "name:address".')
    return f"{name}:{address.strip('[]')}"


def _links(value: Links) -> list[str]:
    """Return `container:alias` lines."""
    if isinstance(value, Mapping):
        return [f"{text(name)}:{text(alias)}" for name, alias in value.items()]
    return strings(value)


class NetworkOptions(TypedDict, total=False):
    """How it is reached and what it reaches."""

    ports: Annotated[
        Ports, At("ExposedPorts", "HostConfig.PortBindings", convert=publish, example='["127.0.0.1:8080:80", 443]')
    ]
    """Ports to publish: `"[ip:][host:]container[/proto]"`, `8080` (a free host port → 8080), `(host, container)`,
    ranges `"7000-7002:80-82"`, `Port(…)`; a map goes the other way: `{container: host}`."""
    expose: Annotated[Expose, At("ExposedPorts", convert=expose, example='["8080", "53/udp"]')]
    """Ports that the program listens on, said but not published (see `publish_all`)."""
    publish_all: Annotated[bool, At("HostConfig.PublishAllPorts", convert=boolean, example="True")]
    """Publish every exposed port to a free port of the host."""
    network: Annotated[str, At("HostConfig.NetworkMode", convert=text, by_hand=True, example='"backend"')]
    """The one network: a name, `bridge` (the default), `host`, `none`, or `container:name`."""
    networks: Annotated[
        Networks,
        At(
            "HostConfig.NetworkMode",
            "NetworkingConfig.EndpointsConfig",
            convert=endpoints,
            by_hand=True,
            example='{"backend": Endpoint(aliases=["db"])}',
        ),
    ]
    """Several networks, or one in detail: `{"backend": Endpoint(…), "other": True}`; the first is the main one."""
    network_aliases: Annotated[
        Strings, At("NetworkingConfig.EndpointsConfig", convert=strings, by_hand=True, example='["db"]')
    ]
    """Further names for it on the user-defined network that `network` names."""
    ip: Annotated[str, At("NetworkingConfig.EndpointsConfig", convert=ipv4, by_hand=True, example='"10.5.0.9"')]
    """Its fixed IPv4 address on the user-defined network that `network` names."""
    ip6: Annotated[str, At("NetworkingConfig.EndpointsConfig", convert=ipv6, by_hand=True, example='"fd00::9"')]
    """Its fixed IPv6 address on the user-defined network that `network` names."""
    mac_address: Annotated[
        str, At("NetworkingConfig.EndpointsConfig", convert=mac_address, by_hand=True, example='"02:42:ac:11:00:02"')
    ]
    """Its MAC address on the network."""
    link_local_ips: Annotated[
        Strings, At("NetworkingConfig.EndpointsConfig", convert=addresses, by_hand=True, example='["169.254.34.68"]')
    ]
    """Link-local addresses on the user-defined network that `network` names."""
    links: Annotated[Links, At("HostConfig.Links", convert=_links, by_hand=True, example='{"database": "db"}')]
    """Legacy links: `{"container": "alias"}`. User-defined networks with aliases are better."""
    dns: Annotated[Strings, At("HostConfig.Dns", convert=addresses, example='["10.0.0.2"]')]
    """DNS servers."""
    dns_options: Annotated[Strings, At("HostConfig.DnsOptions", convert=strings, example='["ndots:2"]')]
    """Options of the resolver."""
    dns_search: Annotated[Strings, At("HostConfig.DnsSearch", convert=strings, example='["example.org"]')]
    """Search domains; `"."` is none."""
    extra_hosts: Annotated[
        Hosts, At("HostConfig.ExtraHosts", convert=_hosts, example='{"host.docker.internal": "host-gateway"}')
    ]
    """Names for /etc/hosts; `host-gateway` is the address of the host."""
    network_disabled: Annotated[bool, At("NetworkDisabled", convert=boolean, example="True")]
    """No network at all, not even localhost's configuration. `network="none"` is the usual way."""
