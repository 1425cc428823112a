"""Combinations of options that cannot work. Each is refused before any I/O, with the call that would.

Danger: the daemon takes some of them without a word (ports on the host's network) and finds others at the start only.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from pydock.errors import InvalidArgument
from pydock.models.options.endpoints import is_user_defined
from pydock.models.options.table import Body

__all__ = ["bind_target", "refuse_bad_body", "refuse_bad_mix"]

Given = Mapping[str, Any]

_ENDPOINT_OPTIONS = ("network_aliases", "ip", "ip6", "mac_address", "link_local_ips")
_ONE_OF = {
    ("network", "networks"): "Put all of them into networks: networks={first!r: True, …}.",
    ("log_driver", "logging"): 'Say logging=LogConfig("local", {"max-size": "10m"}) alone.',
    ("log_opts", "logging"): 'Say logging=LogConfig("local", {"max-size": "10m"}) alone.',
    ("cpus", "cpu_quota"): "cpus=1.5 alone says it all.",
    ("cpus", "cpu_period"): "cpus=1.5 alone says it all.",
    ("hostname", "uts"): "uts='host' uses the host's name; leave hostname out.",
}


def refuse_bad_mix(given: Given) -> None:
    """Raise InvalidArgument for options that exclude each other, whatever their values are written as."""
    for (one, other), instead in _ONE_OF.items():
        if one in given and other in given:
            raise InvalidArgument(f"{one}= and {other}= exclude each other. {instead}")
    for check in (_network_modes, _endpoint_options):
        check(given)


def _network_modes(given: Given) -> None:
    mode = given.get("network")
    if mode is None:
        return
    if mode in {"host", "none"} or mode.startswith("container:"):
        shared = [name for name in ("ports", "publish_all", *_ENDPOINT_OPTIONS) if given.get(name)]
        if mode.startswith("container:"):
            shared += [name for name in ("hostname", "dns", "extra_hosts", "links", "expose") if given.get(name)]
        if shared:
            reason = "has no ports to reach" if mode == "none" else "is not the container's own"
            raise InvalidArgument(
                f"{shared[0]}= does nothing with network={mode!r}: that network {reason}. "
                f'Leave {shared[0]}= out, or name another network: network="bridge".'
            )


def _endpoint_options(given: Given) -> None:
    asked = [name for name in _ENDPOINT_OPTIONS if given.get(name)]
    if asked and "networks" in given:
        raise InvalidArgument(
            f"With networks= the {asked[0]} belongs to one of them: "
            f'networks={{"backend": Endpoint({_FIELD[asked[0]]}=…)}}.'
        )
    needs_own = [name for name in asked if name != "mac_address"]
    if needs_own and not is_user_defined(given.get("network")):
        raise InvalidArgument(
            f"{needs_own[0]}= needs a network that was created (docker.networks.create): "
            f'network="backend", {needs_own[0]}={given[needs_own[0]]!r}.'
        )
    _named_networks(given.get("networks", {}))


_FIELD = {
    "network_aliases": "aliases",
    "ip": "ip",
    "ip6": "ip6",
    "mac_address": "mac",
    "link_local_ips": "link_local_ips",
}


def _named_networks(networks: Mapping[str, Any]) -> None:
    for name, endpoint in networks.items():
        if name in {"host", "none"} or str(name).startswith("container:"):
            raise InvalidArgument(f"{name!r} goes with no other network: network={name!r} instead of networks=.")
        fixed = [part for part in ("ip", "ip6", "aliases") if getattr(endpoint, part, None)]
        if fixed and not is_user_defined(name):
            raise InvalidArgument(
                f"{fixed[0]}= needs a network that was created (docker.networks.create); {name!r} is the engine's own."
            )


def refuse_bad_body(body: Body) -> None:
    """Raise InvalidArgument for values that do not go together, now that they are in the daemon's units."""
    host: Body = body["HostConfig"]
    for check in _BODY_CHECKS:
        if message := check(host):
            raise InvalidArgument(message)


def _swap(host: Body) -> str | None:
    swap, memory = host.get("MemorySwap", 0), host.get("Memory", 0)
    if swap > 0 and not memory:
        return f'memory_swap= is memory and swap together, so it needs memory=: memory="512m", memory_swap={swap}.'
    if 0 < swap < memory:
        return f"memory_swap={swap} is memory and swap together, so it cannot be below memory={memory}."
    if memory and host.get("MemoryReservation", 0) > memory:
        return f"memory_reservation={host['MemoryReservation']} cannot be above memory={memory}."
    return None


def _removal(host: Body) -> str | None:
    policy = host.get("RestartPolicy", {}).get("Name", "no")
    if host.get("AutoRemove") and policy != "no":
        return f"remove=True ends what restart={policy!r} wants to keep alive. Leave one of them out."
    return None


def _oom(host: Body) -> str | None:
    if host.get("OomKillDisable") and not host.get("Memory"):
        return 'oom_kill_disable=True without memory= can freeze the host: memory="512m", oom_kill_disable=True.'
    return None


def _targets(host: Body) -> str | None:
    targets = [str(mount["Target"]) for mount in host.get("Mounts", [])]
    targets += [bind_target(bind) for bind in host.get("Binds", [])]
    targets += list(host.get("Tmpfs", {}))
    seen: set[str] = set()
    for target in (path.rstrip("/") or "/" for path in targets):
        if target in seen:
            return f"Two mounts have the target {target!r}; only one can be there."
        if target == "/":
            return "A mount cannot be the container's root '/': choose a folder, as in Bind('./src', '/src')."
        seen.add(target)
    return None


def bind_target(bind: str) -> str:
    """Return the second part of `source:target[:options]`; the source may begin with a drive's letter."""
    return bind[2:].split(":")[1] if bind[1:2] == ":" else bind.split(":")[1]


_BODY_CHECKS: tuple[Callable[[Body], str | None], ...] = (_swap, _removal, _oom, _targets)
