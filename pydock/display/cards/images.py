"""Images and their layers."""

from __future__ import annotations

from pydock.display.bars import Bar
from pydock.display.cards.containers import env_facts, labels_cells
from pydock.display.leaf import DASH, Leaf, code, muted, strong
from pydock.display.markup import Cell
from pydock.display.masking import safe_text
from pydock.display.measures import ago, percent, short_id, size
from pydock.display.page import Card, Look
from pydock.display.reading import items, mapping, moment, number, word
from pydock.display.table import Facts, Table
from pydock.display.tree import Tree

__all__ = ["history", "image", "images", "made_by"]

_NONE = "<none>:<none>"


def images(many: object, look: Look) -> Card:
    """Show a list: every image with its tags and its share of the space."""
    things = items(many)
    largest = max((number(item, "size") or 0 for item in things), default=0)
    rows = [_row(item, look, largest) for item in things]
    headings = ["Image", "ID", "Created", ">Size", "", ">Used by"]
    table = Table(headings, rows, "slice the list, or filter when listing", label="images") if rows else None
    total = size(sum(number(item, "size") or 0 for item in things))
    glance = [muted(f"{total} without counting shared layers once")] if rows else []
    return Card(f"{len(things)} image{'' if len(things) == 1 else 's'}", glance, [table], moment(many, "seen_at"))


def _tags(obj: object) -> list[str]:
    return [str(tag) for tag in (items(obj, "tags") or items(obj, "repo_tags")) if str(tag) != _NONE]


def _name(obj: object) -> Cell:
    tags = _tags(obj)
    if not tags:
        return muted("untagged", ", ".join(str(d) for d in items(obj, "repo_digests", "digests")))
    return strong(tags[0]) if len(tags) == 1 else Leaf(f"{tags[0]}  +{len(tags) - 1}", "strong", "\n".join(tags))


def _row(obj: object, look: Look, largest: float) -> list[Cell]:
    count, bytes_ = number(obj, "containers"), number(obj, "size") or 0
    users: Cell = f"{count:.0f}" if count and count > 0 else DASH
    bar = Bar(bytes_ / largest if largest else 0, label=size(bytes_))
    created = ago(moment(obj, "created"), look.as_of)
    return [_name(obj), code(short_id(word(obj, "id")), word(obj, "id")), created, size(bytes_), bar, users]


def image(obj: object, look: Look) -> Card:
    """Show one image: what it starts, on which platform, made of how many layers."""
    tags = _tags(obj)
    platform = "/".join(part for part in (word(obj, "os"), word(obj, "architecture"), word(obj, "variant")) if part)
    layers = items(obj, "layers") or items(obj, "root_fs.layers")
    facts = Facts([
        ("Tags", [code(tag) for tag in tags[1:]]),
        ("Digests", [code(str(digest)) for digest in items(obj, "repo_digests", "digests")]),
        ("Created", ago(moment(obj, "created"), look.as_of)),
        ("Platform", platform),
        ("Layers", f"{len(layers)}" if layers else None),
        ("Entrypoint", code(_words(obj, "entrypoint"))),
        ("Command", code(_words(obj, "cmd"))),
        ("Directory", code(word(obj, "config.working_dir"))),
        ("User", word(obj, "config.user")),
        ("Ports", ", ".join(mapping(obj, "config.exposed_ports"))),
        ("Volumes", ", ".join(mapping(obj, "config.volumes"))),
        ("Labels", labels_cells(mapping(obj, "labels") or mapping(obj, "config.labels"))),
        ("Environment", env_facts(items(obj, "config.env"), look.show_env)),
    ])  # fmt: skip
    glance: list[Cell] = [code(short_id(word(obj, "id")), word(obj, "id")), size(number(obj, "size"))]
    return Card(tags[0] if tags else "untagged image", glance, [facts, Tree(obj, show_env=look.show_env)],
                moment(obj, "seen_at"))  # fmt: skip


def _words(obj: object, name: str) -> str:
    return safe_text(" ".join(str(part) for part in items(obj, f"config.{name}")))


def history(many: object, look: Look) -> Card:
    """Show the layers, the oldest first, and where each lies in the whole."""
    layers = items(many)[::-1]
    total = sum(number(layer, "size") or 0 for layer in layers)
    rows: list[list[Cell]] = []
    start = 0.0
    for index, layer in enumerate(layers, 1):
        bytes_ = number(layer, "size") or 0
        share = bytes_ / total if total else 0.0
        bar: Cell = Bar(share, start, label=f"{size(bytes_)}, {percent(share)}") if bytes_ else muted("")
        said = code(made_by(word(layer, "created_by", "comment")))
        rows.append(
            [
                str(index),
                size(bytes_) if bytes_ else DASH,
                bar,
                said,
                ago(moment(layer, "created"), look.as_of),
            ]
        )
        start += share
    table = Table(["#", ">Size", "Share", "Created by", "Age"], rows, label="layers", limit=130) if rows else None
    filled = sum(1 for layer in layers if number(layer, "size"))
    glance = [f"{filled} with files", size(total)]
    return Card(
        f"{len(layers)} history entr{'y' if len(layers) == 1 else 'ies'}", glance, [table], moment(many, "seen_at")
    )


def made_by(line: str) -> str:
    """Return an instruction of a history as a person wrote it."""
    said = safe_text(line).removeprefix("/bin/sh -c #(nop) ").removesuffix(" # buildkit").strip()
    return said.replace("/bin/sh -c ", "", 1) if said.startswith("RUN ") else said.replace("/bin/sh -c ", "RUN ", 1)
