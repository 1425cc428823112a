"""Networks and who is on them."""

from __future__ import annotations

from pydock.display.cards.containers import labels_cells
from pydock.display.leaf import DASH, code, strong
from pydock.display.markup import Cell
from pydock.display.measures import ago, short_id
from pydock.display.page import Card, Look
from pydock.display.reading import flag, items, mapping, moment, word
from pydock.display.table import Facts, Table
from pydock.display.tree import Tree

__all__ = ["network", "networks"]

_TRAITS = (
    ("internal", "internal"), ("attachable", "attachable"), ("ingress", "ingress"), ("enable_ipv6", "IPv6"),
    ("config_only", "config only"),
)  # fmt: skip


def networks(many: object, look: Look) -> Card:
    """Show a list: driver, scope, subnets, traits."""
    things = items(many)
    rows = [_row(item, look) for item in things]
    headings = ["Name", "Driver", "Scope", "Subnets", "Traits", "Created", "ID"]
    table = Table(headings, rows, "slice the list, or filter when listing", label="networks") if rows else None
    return Card(f"{len(things)} network{'' if len(things) == 1 else 's'}", [], [table], moment(many, "seen_at"))


def _row(obj: object, look: Look) -> list[Cell]:
    subnets, created = ", ".join(_subnets(obj)), ago(moment(obj, "created"), look.as_of)
    shown: list[Cell] = [strong(word(obj, "name")), word(obj, "driver"), word(obj, "scope"), subnets or DASH]
    return [*shown, _traits(obj) or DASH, created, code(short_id(word(obj, "id")), word(obj, "id"))]


def network(obj: object, look: Look) -> Card:
    """Show one network and the containers on it."""
    gateways = [word(item, "gateway") for item in items(obj, "ipam.config") if word(item, "gateway")]
    facts = Facts([
        ("Scope", word(obj, "scope")),
        ("Subnets", list(_subnets(obj))),
        ("Gateways", list(gateways)),
        ("Traits", _traits(obj)),
        ("Created", ago(moment(obj, "created"), look.as_of)),
        ("Options", labels_cells(mapping(obj, "options"))),
        ("Labels", labels_cells(mapping(obj, "labels"))),
    ])  # fmt: skip
    rows: list[list[Cell]] = [
        [strong(word(item, "name") or short_id(key)), _address(item), code(word(item, "mac_address"))]
        for key, item in mapping(obj, "containers").items()
    ]
    table = Table(["Container", "Address", "MAC"], rows, label="containers on the network") if rows else None
    glance: list[Cell] = [word(obj, "driver"), code(short_id(word(obj, "id")), word(obj, "id"))]
    return Card(
        word(obj, "name") or "Network",
        glance,
        [facts, table, Tree(obj, show_env=look.show_env)],
        moment(obj, "seen_at"),
    )


def _subnets(obj: object) -> list[str]:
    return [word(item, "subnet") for item in items(obj, "ipam.config") if word(item, "subnet")]


def _traits(obj: object) -> str:
    return ", ".join(name for field, name in _TRAITS if flag(obj, field))


def _address(obj: object) -> str:
    return word(obj, "ipv4_address", "i_pv4_address", "address") or word(obj, "ipv6_address", "i_pv6_address")
