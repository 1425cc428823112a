"""How objects are read: by attribute, key or not at all. No model is imported, so a model may be anything.

Danger: attributes can be methods, can be missing in old engines, and can raise; here all that is "not known".
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import TypeGuard, cast

from pydock.display.measures import aware

__all__ = ["fields", "flag", "is_many", "items", "mapping", "moment", "number", "read", "seconds", "word"]


def read(obj: object, *paths: str) -> object:
    """Return the first of the dotted paths that leads to a value; None when none does."""
    for path in paths:
        value = obj
        for name in path.split("."):
            value = _step(value, name)
            if value is None:
                break
        else:
            return value
    return None


def _step(obj: object, name: str) -> object:
    try:
        value: object = (
            cast("Mapping[str, object]", obj).get(name) if isinstance(obj, Mapping) else getattr(obj, name, None)
        )
    except Exception:  # noqa: BLE001 - a property of a stranger's object may raise anything; a repr must not
        return None
    return None if callable(value) else value


def word(obj: object, *paths: str) -> str:
    """Read text; "" when there is none."""
    for path in paths:
        value = read(obj, path)
        if isinstance(value, str) and value:
            return str(value)
        if isinstance(value, bytes) and value:
            return value.decode("utf-8", "replace")
    return ""


def number(obj: object, *paths: str) -> float | None:
    """Read a number; None when there is none."""
    for path in paths:
        value = read(obj, path)
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            return value
    return None


def flag(obj: object, *paths: str) -> bool:
    """Tell whether one of the paths is true."""
    return any(read(obj, path) is True for path in paths)


def seconds(obj: object, *paths: str) -> float | None:
    """Read a length of time; None when there is none."""
    for path in paths:
        value = read(obj, path)
        if isinstance(value, timedelta):
            return value.total_seconds()
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            return value
    return None


def moment(obj: object, *paths: str) -> datetime | None:
    """Read a point in time; numbers are seconds since 1970, text is ISO 8601; None for never and unknown."""
    for path in paths:
        value = read(obj, path)
        try:
            if isinstance(value, datetime):
                return aware(value)
            if isinstance(value, (int, float)) and not isinstance(value, bool) and value > 0:
                return datetime.fromtimestamp(value, UTC)
            if isinstance(value, str) and value and not value.startswith("0001"):
                return aware(datetime.fromisoformat(value))
        except (ValueError, OverflowError, OSError):
            continue
    return None


def items(obj: object, *paths: str) -> list[object]:
    """Read a sequence; a mapping gives its values, anything else nothing."""
    value = read(obj, *paths) if paths else obj
    if isinstance(value, Mapping):
        return list(cast("Mapping[object, object]", value).values())
    if isinstance(value, (str, bytes)):
        return []
    if isinstance(value, (Sequence, set, frozenset)):
        return list(cast("Sequence[object]", value))
    return []


def mapping(obj: object, *paths: str) -> dict[str, object]:
    """Read a mapping with text keys; anything else is an empty one."""
    value = read(obj, *paths) if paths else obj
    if not isinstance(value, Mapping):
        return {}
    return {str(key): item for key, item in cast("Mapping[object, object]", value).items()}


def is_many(obj: object) -> TypeGuard[Sequence[object]]:
    """Tell whether an object is several: a sequence that is neither text nor a named tuple."""
    if isinstance(obj, (str, bytes)) or not isinstance(obj, Sequence):
        return False
    return not hasattr(type(cast("object", obj)), "_fields")


def fields(obj: object) -> dict[str, object] | None:
    """Return the named values of a mapping, model, dataclass, named tuple or any object; None for leaves."""
    if obj is None or isinstance(obj, (str, bytes, int, float, bool, datetime, timedelta, type)):
        return None
    if isinstance(obj, Mapping):
        return mapping(cast("Mapping[object, object]", obj))
    names: list[str] = []
    for source in ("model_fields", "__dataclass_fields__", "_fields"):
        names = [str(name) for name in _names(getattr(type(obj), source, None))]
        if names:
            break
    extra = mapping(obj, "__pydantic_extra__")
    if not names and isinstance(obj, (Sequence, set, frozenset)):
        return None
    if not names:
        names = [name for name in _names(read(obj, "__dict__")) if not name.startswith("_")]
    found = {name: read(obj, name) for name in names if not name.startswith("_")}
    return {**found, **extra} if found or extra or hasattr(obj, "__dict__") else None


def _names(source: object) -> list[str]:
    if isinstance(source, Mapping):
        return [str(name) for name in cast("Mapping[object, object]", source)]
    return [str(name) for name in cast("tuple[object, ...]", source)] if isinstance(source, tuple) else []
