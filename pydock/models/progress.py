"""Long operations that tell how far they are: pull, push, build, load, import.

Danger: the daemon answers 200 and reports failures inside of the stream; whoever only waits must see them,
too.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Generator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from types import TracebackType
from typing import Any, Generic, Self, TypeVar, cast

import anyio
from pydantic import Field

from pydock.display.mixin import Displayed
from pydock.errors import StreamError
from pydock.models._base import Model, parse, wire
from pydock.transport.deadline import deadline
from pydock.transport.streams import JSONStream

__all__ = ["LayerProgress", "Progress", "ProgressDetail", "ProgressEvent"]

Result = TypeVar("Result")


class ProgressDetail(Model):
    """How far one layer is, in bytes."""

    current: int = wire("current", 0)
    total: int = wire("total", 0)


class _ErrorDetail(Model):
    code: int | None = Field(None, alias="code")
    message: str = Field("", alias="message")


class ProgressEvent(Model):
    """One message of a pull, push, build, load or import. `str(event)` is what the CLI would print."""

    id: str = Field("", alias="id")
    """The layer or tag that it is about."""
    status: str = Field("", alias="status")
    """What happens: `"Downloading"`, `"Pull complete"`, …"""
    stream: str = Field("", alias="stream")
    """Output of a build or load, with its line breaks."""
    progress_detail: ProgressDetail = wire("progressDetail", ProgressDetail())
    """How far it is."""
    aux: Any = Field(None, alias="aux")
    """What a program wants to know: an image's id, a digest; BuildKit's trace as text."""
    error_detail: _ErrorDetail | None = Field(None, alias="errorDetail")
    error_text: str = Field("", alias="error")

    def told(self, name: str) -> str | None:
        """Return a text of `aux` by its name: `"ID"`, `"Digest"`; None when it is not there."""
        aux: object = self.aux
        if not isinstance(aux, Mapping):
            return None
        values: Mapping[object, object] = cast("Mapping[object, object]", aux)
        return str(values[name]) if name in values else None

    @property
    def error(self) -> str | None:
        """What went wrong; None when nothing did."""
        if self.error_detail is not None and self.error_detail.message:
            return self.error_detail.message
        return self.error_text or None

    def __str__(self) -> str:
        text = self.error or self.stream.rstrip("\n") or self.status
        return f"{self.id}: {text}" if self.id else text


@dataclass(frozen=True, slots=True)
class LayerProgress:
    """How far one layer is."""

    id: str
    status: str
    current: int
    total: int
    done: bool


_DONE = frozenset(
    {"Pull complete", "Already exists", "Pushed", "Layer already exists", "Mounted from", "Download complete"}
)
_FINAL = _DONE - {"Download complete"}


class Progress(Displayed, Generic[Result]):
    """An operation under way: `await` it for its result, or iterate it for its events, then read `result`.

    Nothing is sent before the first `await` or step. Errors inside the stream raise, either way. Leaving
    `async with` early cancels the operation in the daemon.

        image = await docker.images.pull("busybox")

        async with docker.images.pull("busybox") as pull:
            async for event in pull:
                print(f"{pull.fraction:.0%} {event}")
            image = pull.result
    """

    __display__ = "progress"

    def __init__(
        self,
        opener: Callable[[], Awaitable[JSONStream]],
        finish: Callable[[Sequence[ProgressEvent]], Awaitable[Result]],
        failure: Callable[[str, Sequence[ProgressEvent], int | None], StreamError],
        *,
        what: str,
        timeout: float | timedelta | None = None,
    ) -> None:
        self._opener = opener
        self._finish = finish
        self._failure = failure
        self._what = what
        self._timeout = timeout
        self._stream: JSONStream | None = None
        self._result: tuple[Result] | None = None
        self._layers: dict[str, LayerProgress] = {}
        self._fraction = 0.0
        self.events: list[ProgressEvent] = []
        """All that came so far."""

    def __await__(self) -> Generator[Any, Any, Result]:
        return self._complete().__await__()

    async def _complete(self) -> Result:
        with deadline(self._timeout, self._what):
            async with self:
                async for _ in self:
                    pass
        return self.result

    def __aiter__(self) -> AsyncIterator[ProgressEvent]:
        return self

    async def __anext__(self) -> ProgressEvent:
        if self._result is not None:
            raise StopAsyncIteration
        if self._stream is None:
            self._stream = await self._opener()
        try:
            event = parse(ProgressEvent, await anext(self._stream))
        except StopAsyncIteration:
            self._result = (await self._finish(self.events),)
            self._fraction = 1.0
            raise
        self.events.append(event)
        self._note(event)
        if event.error is not None:
            await self.aclose()
            code = event.error_detail.code if event.error_detail else None
            raise self._failure(event.error, self.events, code)
        return event

    @property
    def result(self) -> Result:
        """What the operation made; only after all events were read."""
        if self._result is None:
            raise StreamError(f"{self._what} is not over yet: read its events to the end, or await it.")
        return self._result[0]

    @property
    def layers(self) -> Sequence[LayerProgress]:
        """How far each layer is, in the order of their first event."""
        return list(self._layers.values())

    @property
    def fraction(self) -> float:
        """How far the whole is, 0 to 1; it never goes back."""
        return self._fraction

    def _note(self, event: ProgressEvent) -> None:
        if not event.id or not event.status or event.status.startswith(("Pulling from", "Digest:")):
            return
        before = self._layers.get(event.id)
        detail = event.progress_detail
        total = max(detail.total, before.total if before else 0)
        done = event.status in _FINAL or event.status.startswith("Mounted from")
        current = total if done or event.status == "Download complete" else detail.current
        self._layers[event.id] = LayerProgress(event.id, event.status, current, total, done)
        parts = [
            1.0 if layer.done else 0.9 * layer.current / layer.total if layer.total else 0.0
            for layer in self._layers.values()
        ]
        self._fraction = max(self._fraction, min(sum(parts) / len(parts), 0.999))

    async def aclose(self) -> None:
        """Stop; the daemon cancels what it has not finished."""
        stream, self._stream = self._stream, None
        if stream is not None:
            await stream.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with anyio.CancelScope(shield=True):
            await self.aclose()
