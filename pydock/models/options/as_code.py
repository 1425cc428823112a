"""A recipe as the Python call that makes the container.

Danger: the values of variables stand in it as they are, because it has to work; `masked` hides what may be secret.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import MISSING, Field, fields, is_dataclass, replace
from typing import Any, cast

from pydock.display.masking import MASK, is_secret, safe_text
from pydock.models.options.recreate import Recipe
from pydock.models.options.values import is_map

__all__ = ["SIZES", "as_code", "masked", "option_source", "size_text", "source"]

SIZES = {
    "io_maxbandwidth",
    "memory",
    "memory_reservation",
    "memory_swap",
    "shm_size",
}
"""Options that are bytes, and that people write as `"512m"`."""
_WIDTH = 100


def as_code(recipe: Recipe) -> str:
    """Return the call, in one line where it fits."""
    arguments = [source(recipe.image)]
    if recipe.command is not None:
        arguments.append(source(list(recipe.command)))
    arguments += [f"{name}={option_source(name, value)}" for name, value in recipe.options.items()]
    line = f"await docker.containers.run_detached({', '.join(arguments)})"
    if len(line) <= _WIDTH:
        return line
    return "".join(["await docker.containers.run_detached(\n", *(f"    {one},\n" for one in arguments), ")"])


def masked(recipe: Recipe) -> Recipe:
    """Return it without the values of variables and of all that looks like a secret, in any option."""
    options = {name: _masked(value) for name, value in recipe.options.items()}
    if "env" in options:
        options["env"] = {name: value if value is None else MASK for name, value in recipe.options["env"].items()}
    return replace(recipe, command=_masked(recipe.command), options=options)


def _masked(value: Any) -> Any:
    """Mask in texts, and what a map's key or the flag before it names as a secret."""
    if isinstance(value, str):
        return safe_text(value)
    if is_map(value):
        return {key: MASK if is_secret(str(key)) and item else _masked(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        words = cast("Sequence[Any]", value)
        shown = [MASK if _hides(before) else _masked(word) for before, word in zip(("", *words), words, strict=False)]
        return tuple(shown) if isinstance(value, tuple) else shown
    if is_dataclass(value) and not isinstance(value, type):
        return replace(value, **{field.name: _masked(getattr(value, field.name)) for field in fields(value)})
    return value


def _hides(word: object) -> bool:
    """Tell whether it is a flag whose value is the next word, and a secret: `--password`."""
    return isinstance(word, str) and word.startswith("-") and "=" not in word and is_secret(word)


def size_text(size: int) -> str | int:
    """`"512m"` for a round number of bytes, else the number."""
    for unit, factor in (("g", 2**30), ("m", 2**20), ("k", 2**10)):
        if size > 0 and size % factor == 0:
            return f"{size // factor}{unit}"
    return size


def option_source(name: str, value: object) -> str:
    """Return the value of an option as Python source, sizes as people write them."""
    if name in SIZES and isinstance(value, int):
        return source(size_text(value))
    return '""' if name == "entrypoint" and value == [""] else source(value)


def source(value: object) -> str:
    """Return a value as Python source: objects with what is not their default only, text in double quotes."""
    if isinstance(value, str):
        return _text(value)
    if is_dataclass(value) and not isinstance(value, type):
        return f"pydock.{type(value).__name__}({', '.join(_parts(value))})"
    if is_map(value):
        return f"{{{', '.join(f'{source(key)}: {source(item)}' for key, item in value.items())}}}"
    if isinstance(value, list):
        return f"[{', '.join(map(source, cast('list[object]', value)))}]"
    return repr(value)


def _text(value: str) -> str:
    plain = repr(value)
    return plain if '"' in value or plain.startswith('"') else f'"{plain[1:-1]}"'


def _parts(value: Any) -> list[str]:
    """Write the first fields by their place, as far as they have no default, and the others by name."""
    parts: list[str] = []
    for field in fields(value):
        item = getattr(value, field.name)
        if not field.kw_only and field.default is MISSING and field.default_factory is MISSING:
            parts.append(source(item))
        elif item != _default(field) and item not in ((), [], {}):
            said = list(cast("tuple[object, ...]", item)) if isinstance(item, tuple) else item
            parts.append(f"{field.name}={source(said)}")
    return parts


def _default(field: Field[Any]) -> object:
    return field.default_factory() if field.default_factory is not MISSING else field.default
