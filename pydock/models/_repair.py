"""An answer that does not have the shape that the swagger describes: keep all of it that can be kept.

Only runs after validation failed, so the fast path pays nothing. Danger: a value must not show up in a log
or an error message, it may be a secret; say names only.
"""

from __future__ import annotations

import copy
import json
import logging
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, TypeVar, cast

from pydantic import BaseModel, TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

from pydock.errors import ProtocolError

if TYPE_CHECKING:
    from pydock.api import API

__all__ = ["validate_leniently"]

_log = logging.getLogger("pydock.models")
_told: set[str] = set()
_ROUNDS = 20

T = TypeVar("T")
Path = tuple[str | int, ...]


def validate_leniently(adapter: TypeAdapter[T], body: bytes, error: ValidationError, api: API | None) -> T:
    """Drop what does not fit to its default, keep it in `model_extra`, and say so once in the log."""
    try:
        sent = json.loads(body)
    except (ValueError, RecursionError):
        raise ProtocolError(f"The daemon's answer is not JSON: {_first_words(error)}") from None
    document = copy.deepcopy(sent)
    dropped: dict[Path, str] = {}
    for _ in range(_ROUNDS):
        for detail in error.errors(include_url=False, include_input=False):
            path = _drop(document, detail)
            dropped[path] = detail["msg"]
        try:
            result = adapter.validate_python(document, context=api)
        except ValidationError as next_error:
            error = next_error
        else:
            _keep(result, sent, dropped)
            return result
    raise ProtocolError(f"The daemon's answer is not what the Engine API describes: {_first_words(error)}")


def _drop(document: Any, detail: ErrorDetails) -> Path:
    """Take the culprit out; give the path of the field (or the item of the outermost list) that it was in."""
    path = _spot(document, detail["loc"])
    if detail["type"] == "missing":
        if not path:
            raise ProtocolError(f"The daemon's answer has no {detail['loc'][-1]!r}: it is something else.")
        _at(document, path)[detail["loc"][-1]] = ""  # all required fields are ids and names
        return (*path, detail["loc"][-1])
    while len(path) > 1 and isinstance(path[-1], int):
        path = path[:-1]  # without one of its items a list would lie: the whole field goes
    if not path:
        raise ProtocolError(f"The daemon's answer is not what the Engine API describes: {detail['msg']}")
    owner = _at(document, path[:-1])
    if isinstance(owner, list):
        owner[cast("int", path[-1])] = {}
    else:
        owner.pop(path[-1], None)
    return path


def _spot(document: Any, loc: Sequence[str | int]) -> Path:
    """Follow an error's location as far as the document goes (it may end in names of union members)."""
    path: list[str | int] = []
    for step in loc:
        try:
            document = document[step]
        except (LookupError, TypeError):
            break
        path.append(step)
    return tuple(path)


def _at(document: Any, path: Sequence[str | int]) -> Any:
    for step in path:
        document = document[step]
    return document


def _keep(result: Any, sent: Any, dropped: dict[Path, str]) -> None:
    """Put what was dropped into `model_extra` of the innermost model around it, under its wire name."""
    for path, reason in dropped.items():
        model, key, raw = _innermost(result, sent, path)
        if model is None or model.__pydantic_extra__ is None:
            continue
        model.__pydantic_extra__[key] = raw
        if raw is not None:  # null is Go's word for "unset": nothing to tell
            _tell(f"{type(model).__name__}.{key}", reason)


def _innermost(result: Any, sent: Any, path: Path) -> tuple[BaseModel | None, str, Any]:
    model: BaseModel | None = None
    key, raw = "", sent
    for step in path:
        if isinstance(result, BaseModel):
            model, key, raw = result, str(step), _get(sent, step)
            result = getattr(result, _python_name(type(result), key), None)
        else:
            result = _get(result, step)
        sent = _get(sent, step)
        if isinstance(step, int) and isinstance(result, BaseModel) and not isinstance(sent, dict):
            return result, "raw", sent  # an item that is no object at all
    return model, key, raw


def _python_name(kind: type[BaseModel], key: str) -> str:
    return next((name for name, field in kind.model_fields.items() if field.alias == key), key)


def _get(document: Any, step: str | int) -> Any:
    try:
        return document[step]
    except (LookupError, TypeError):
        return None


def _tell(field: str, reason: str) -> None:
    if field not in _told:
        _told.add(field)
        _log.warning("The daemon sent %s in an unknown shape (%s); it is kept in model_extra.", field, reason)


def _first_words(error: ValidationError) -> str:
    first = error.errors(include_url=False, include_input=False)[0]
    return f"{'.'.join(map(str, first['loc']))} {first['msg']}".strip()
