"""What all models share: names, nulls, zero times, open enums, and how an object knows its daemon.

A noun has three tenses: a `Ref` (an id and every verb), a `Summary` (what `list` knows), and the full
object (`inspect`). Danger: the same Python name may be spelled differently on the wire in two objects, so
there is no global table of names.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import cache
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Generic, Self, TypeVar, cast, overload

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    PrivateAttr,
    TypeAdapter,
    ValidationError,
)
from pydantic.alias_generators import to_pascal
from pydantic_core import CoreSchema, core_schema

from pydock.display.mixin import Displayed
from pydock.errors import Detached, ProtocolError

if TYPE_CHECKING:
    from pydock.api import API

__all__ = [
    "Known",
    "Listing",
    "Model",
    "NullAs",
    "NullDict",
    "NullList",
    "OpenEnum",
    "Ref",
    "Resource",
    "When",
    "parse",
    "parse_listing",
    "short_id",
    "wire",
]

T = TypeVar("T")
K = TypeVar("K")
V = TypeVar("V")

_set = object.__setattr__


class NullAs:
    """Let JSON's null be something empty, after the validation: what is not null is read at full speed."""

    def __init__(self, empty: Callable[[], object]) -> None:
        self._empty = empty

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_after_validator_function(self._fill, core_schema.nullable_schema(handler(source)))

    def _fill(self, value: object) -> object:
        return self._empty() if value is None else value


_FRACTION = re.compile(r"(\.\d{6})\d+")


def _moment(value: object) -> object:
    """Go's zero time means never; Python keeps six of the nine fraction digits."""
    if isinstance(value, str):
        return None if not value or value.startswith("0001-01-01") else _FRACTION.sub(r"\1", value)
    if isinstance(value, (int, float)):
        try:
            return datetime.fromtimestamp(value, UTC) if value > 0 else None
        except (OverflowError, OSError):
            raise ValueError("no time that Python can hold") from None
    return value


NullList = Annotated[list[T], NullAs(list)]
"""A list that Go may send as null."""
NullDict = Annotated[dict[K, V], NullAs(dict)]
"""A map that Go may send as null."""


class _Unknown:
    """Let -1 be None: the daemon's word for "I did not count"."""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_after_validator_function(
            lambda value: None if value == -1 else value,
            handler(source),
            serialization=core_schema.plain_serializer_function_ser_schema(
                lambda value: -1 if value is None else int(value), when_used="json"
            ),
        )


Known = Annotated[T | None, _Unknown()]
"""A number that the daemon sends as -1 when it did not count; None then."""
When = Annotated[datetime | None, BeforeValidator(_moment)]
"""A point in time with its zone; None is "never" (Go's zero time) and "unknown"."""


class OpenEnum(StrEnum):
    """An enum of the daemon's words that keeps words it does not know."""

    @classmethod
    def _missing_(cls, value: object) -> Self | None:
        if not isinstance(value, str):
            return None
        member = str.__new__(cls, value)
        member._name_ = value
        member._value_ = value
        return member


class Model(BaseModel, Displayed):
    """A value as the daemon sends it. Unknown keys are kept (`model_extra`), unknown words too.

    A field that came in another shape than described has its default; `model_extra` has what was sent.
    """

    model_config: ClassVar[ConfigDict] = ConfigDict(
        alias_generator=to_pascal,
        populate_by_name=True,
        extra="allow",
        defer_build=True,
        protected_namespaces=(),
        hide_input_in_errors=True,
    )


def wire(name: str, default: T) -> T:
    """Declare a field whose name on the wire no rule gives; `False` in `wire("OOMKilled", False)` is its default.

    A pydantic `Field(alias=…)` would make type checkers want the wire's name as the constructor's argument.
    """
    field: Any = Field(default=default, alias=name)
    if default in ([], {}):
        field = Field(default_factory=type(default), alias=name)
    return cast("T", field)


def short_id(text: str) -> str:
    """Shorten an id to the 12 digits that the CLI shows; `sha256:` goes."""
    digits = text.removeprefix("sha256:")
    return digits[:12] if len(digits) == 64 else text


class Ref(Displayed):
    """The id or name of an object of a daemon, with its verbs. Making one sends no request."""

    noun: ClassVar[str] = "object"

    def __init__(self, api: API, id: str) -> None:
        self._api: API | None = api
        self.id = id

    @property
    def api(self) -> API:
        """The daemon's API; `Detached` when the object was not got from a daemon."""
        if self._api is None:
            raise Detached(
                f"This {self.noun} is not bound to a daemon. "
                f"Get it from one: await docker.{self.noun}s.get({self.id!r})"
            )
        return self._api

    def __eq__(self, other: object) -> bool:
        return isinstance(other, (Ref, Resource)) and other.noun == self.noun and other.id == self.id

    def __hash__(self) -> int:
        return hash((self.noun, self.id))

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {short_id(self.id)}>"


class Resource(Model):
    """A model that knows its daemon and when it was read.

    Combine with a `Ref` subclass: `class X(XData, XRef)`.
    """

    noun: ClassVar[str] = "object"

    id: str
    """What the daemon calls the object: a long id, or the name where names are ids (volumes)."""

    # Slots: filling in pydantic's private attributes took longer than reading the whole object.
    __slots__ = ("_api", "_seen_at")

    if TYPE_CHECKING:
        _api: API | None = PrivateAttr(default=None)
        _seen_at: datetime = PrivateAttr(default_factory=datetime.now)

    def model_post_init(self, context: Any, /) -> None:
        """Bind to the daemon that the answer came from."""
        _set(self, "_api", context)  # past pydantic's own __setattr__, which took a tenth of a list's time
        _set(self, "_seen_at", datetime.now(UTC))

    @property
    def seen_at(self) -> datetime:
        """When the daemon said so."""
        return self._seen_at

    def __copy__(self) -> Self:
        return super().__copy__()._detached(self._seen_at)

    def __deepcopy__(self, memo: dict[int, Any] | None = None) -> Self:
        return super().__deepcopy__(memo)._detached(self._seen_at)

    def __getstate__(self) -> dict[Any, Any]:
        return {**super().__getstate__(), "seen_at": self._seen_at}

    def __setstate__(self, state: dict[Any, Any]) -> None:
        super().__setstate__(state)
        self._detached(state["seen_at"])

    def _detached(self, seen_at: datetime) -> Self:
        """A copy knows no daemon: it would show the state of an object that goes on living elsewhere."""
        self._api = None
        self._seen_at = seen_at
        return self

    @property
    def short_id(self) -> str:
        """The id as the CLI shows it: 12 digits."""
        return short_id(self.id)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, (Ref, Resource)) and other.noun == self.noun and other.id == self.id

    def __hash__(self) -> int:
        return hash((self.noun, self.id))

    def __repr__(self) -> str:
        words = " ".join([type(self).__name__, self.short_id, *(word for word in self._words() if word)])
        seen = datetime.now(UTC) - self._seen_at
        return f"<{words}>" if seen < timedelta(seconds=1) else f"<{words}, {seen.total_seconds():.0f}s ago>"

    __str__ = __repr__

    def _words(self) -> Iterable[str]:
        """Say the few words by which a person knows the object; shown by `repr`."""
        return ()

    def _become(self, fresh: Self) -> None:
        """Take over the state of a newer reading of the same object."""
        _set(self, "__dict__", dict(fresh.__dict__))
        _set(self, "__pydantic_extra__", fresh.__pydantic_extra__)
        _set(self, "__pydantic_fields_set__", fresh.__pydantic_fields_set__)
        self._seen_at = fresh._seen_at


class Listing(Displayed, Sequence[T], Generic[T]):
    """What a `list()` returns: a sequence that shows itself as a table and knows when it was read."""

    def __init__(self, items: Iterable[T], *, title: str = "") -> None:
        self._items = list(items)
        self.title = title
        self.seen_at: datetime = datetime.now(UTC)

    def __len__(self) -> int:
        return len(self._items)

    def __iter__(self) -> Iterator[T]:
        return iter(self._items)

    @overload
    def __getitem__(self, index: int) -> T: ...
    @overload
    def __getitem__(self, index: slice) -> Listing[T]: ...
    def __getitem__(self, index: int | slice) -> T | Listing[T]:
        if isinstance(index, slice):
            return Listing(self._items[index], title=self.title)
        return self._items[index]

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, (Listing, list)):
            return NotImplemented
        return self._items == list(cast("Sequence[object]", other))

    __hash__: ClassVar[None] = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"<{len(self)} {self.title or 'objects'}: {self._items!r}>"


@cache
def _adapter(kind: Any) -> TypeAdapter[Any]:
    return TypeAdapter(kind)


def parse(kind: type[T] | TypeAdapter[T], body: bytes, api: API | None = None) -> T:
    """Validate the bytes of an answer and bind the objects in it to their daemon.

    A field of a shape that no swagger describes never fails the answer: it has its default, `model_extra` has
    what was sent, and the log has one warning. An answer that is no such object at all (a proxy's page, half a
    body, an object without its id) is a `ProtocolError`.
    """
    adapter: TypeAdapter[T] = kind if isinstance(kind, TypeAdapter) else _adapter(cast("Hashable", kind))
    try:
        return adapter.validate_json(body, context=api)
    except ValidationError as error:
        from pydock.models._repair import validate_leniently  # hardly ever needed

        return validate_leniently(adapter, body, error, api)
    except RecursionError:
        raise ProtocolError("The daemon's answer is nested too deeply for the Engine API.") from None


def parse_listing(item_type: type[T], body: bytes, api: API | None, title: str) -> Listing[T]:
    """Validate the bytes of a JSON list (or null). A bad item never kills the list: it comes degraded."""
    kind: Any = NullList[item_type]  # type: ignore[valid-type]
    items: list[T] = parse(_adapter(kind), body, api)
    return Listing(items, title=title)
