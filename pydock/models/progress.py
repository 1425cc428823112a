"""Long operations that tell how far they are: pull, push, build, load, import.

Danger: the daemon answers 200 and reports failures inside of the stream; whoever only waits must see them,
too.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Generator, Mapping, Sequence
from datetime import timedelta
from types import TracebackType
from typing import Any, Generic, Protocol, Self, TypeVar, cast

import anyio
from pydantic import Field

from pydock.errors import APIError, DockerError, PlatformMismatch, ServerError, StreamError
from pydock.models._base import Model, parse, wire
from pydock.models.live import LiveProgress
from pydock.models.progress_meter import BuildStep, LayerProgress, Meter, ProgressState, Upload
from pydock.models.ungrouped import ungrouped
from pydock.models.units import Size
from pydock.transport.deadline import deadline
from pydock.transport.streams import JSONStream

__all__ = ["BuildStep", "LayerProgress", "Progress", "ProgressDetail", "ProgressEvent", "ProgressState"]

Result = TypeVar("Result")


class ProgressDetail(Model):
    """How far one layer is."""

    current: int = wire("current", 0)
    total: int = wire("total", 0)
    units: str = wire("units", "")
    """What is counted: bytes, unless said; `s` are the seconds of unpacking into containerd's image store."""


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
    def bytes(self) -> tuple[int, int]:
        """How many bytes of how many; 0 where the daemon does not say."""
        detail = self.progress_detail
        return (0, 0) if detail.units else (detail.current, max(detail.total, 0))

    @property
    def error(self) -> str | None:
        """What went wrong; None when nothing did."""
        if self.error_detail is not None and self.error_detail.message:
            return self.error_detail.message
        return self.error_text or None

    def __str__(self) -> str:
        text = self.error or self.stream.rstrip("\n") or self.status
        return f"{self.id}: {text}" if self.id else text


class Progress(LiveProgress, Generic[Result]):
    """An operation under way: `await` it for its result, or iterate it for its events, then read `result`.

    Nothing is sent before the first `await` or step. Errors inside the stream raise, either way. Leaving
    `async with` early cancels the operation in the daemon. `fraction`, `rate`, `eta`, `layers` and `steps` tell how
    far it is; `snapshot()` has all of that at one moment. `bar()` awaits it and shows a bar in the terminal.
    Several may await it: the first one runs it, all get its result. A notebook's cell that ends with it runs it, too,
    and shows it live, with a button that cancels it.

        image = await docker.images.pull("busybox")
        image = await docker.images.pull("busybox").bar()

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
        failure: Callable[[str, Sequence[ProgressEvent], int | None], DockerError],
        *,
        what: str,
        timeout: float | timedelta | None = None,
        upload: Upload | None = None,
    ) -> None:
        self._opener = opener
        self._finish = finish
        self._failure = failure
        self._timeout = timeout
        self._stream: JSONStream | None = None
        self._result: tuple[Result] | None = None
        self._run: _Run | None = None
        self._read = 0
        self._cancelled = False
        self._meter = Meter(upload)
        self.what = what
        """What is done, in words: `"Pulling busybox"`."""
        self.events: list[ProgressEvent] = []
        """All that came so far."""
        self.error: str | None = None
        """What went wrong, in the daemon's words; it was raised as well."""

    def __await__(self) -> Generator[Any, Any, Result]:
        return self._complete().__await__()

    async def _complete(self) -> Result:
        run = self._run
        if run is not None:
            with deadline(self._timeout, self.what):
                await run.over.wait()
            if run.failure is not None:
                raise run.failure
            return self.result
        run = self._run = _Run()
        try:
            return await self._drive(run)
        except BaseException as error:
            run.failure = error if isinstance(error, Exception) else self._was_cancelled()
            raise
        finally:
            run.over.set()
            run.news.set()

    async def _drive(self, run: _Run) -> Result:
        with deadline(self._timeout, self.what), run.scope:
            async with self:
                while not self.done:
                    await self._step()
        if run.scope.cancelled_caught:
            raise self._was_cancelled()
        return self.result

    def __aiter__(self) -> AsyncIterator[ProgressEvent]:
        return self

    async def __anext__(self) -> ProgressEvent:
        run = self._run
        if run is None:
            event = await self._step()
        else:  # somebody else awaits it
            while self._read == len(self.events) and not run.over.is_set():
                await run.news.wait()
            event = self.events[self._read] if self._read < len(self.events) else None
            if event is None and run.failure is not None:
                raise run.failure
        if event is None:
            raise StopAsyncIteration
        self._read += 1
        return event

    async def _step(self) -> ProgressEvent | None:
        """Read an event; None at the end, when the result is there."""
        if self._result is not None:
            return None
        if self._cancelled:
            raise self._was_cancelled()
        if self._stream is None:
            self._meter.start()
            self._stream = await self._opener()
        try:
            event = parse(ProgressEvent, await anext(self._stream))
        except StopAsyncIteration:
            self._result = (await self._finish(self.events),)
            self._meter.end(complete=True)
            return None
        except DockerError as error:
            if self._cancelled:  # its stream was closed meanwhile
                raise self._was_cancelled() from None
            if isinstance(error, APIError):
                self._refused(error)
            raise
        self._note(event)
        if event.error is not None:
            self.error = event.error
            await self.aclose()
            code = event.error_detail.code if event.error_detail else None
            raise self._failure(event.error, self.events, code)
        return event

    def _refused(self, error: APIError) -> None:
        """Raise what the same words would be inside the stream: engines and versions differ in where they say them."""
        same = self._failure(error.message, self.events, None)
        if isinstance(error, ServerError) or isinstance(same, (type(error), PlatformMismatch)):
            self.error = error.message
            raise same from error

    def _note(self, event: ProgressEvent) -> None:
        self.events.append(event)
        self._meter.note(event)
        if self._run is not None:
            self._run.news.set()
            self._run.news = anyio.Event()

    @property
    def running(self) -> bool:
        """Whether somebody awaits it or iterates it now."""
        if self.done:
            return False
        return self._stream is not None or (self._run is not None and not self._run.over.is_set())

    async def cancel(self) -> None:
        """Cancel it from another task: the daemon stops, and whoever awaits it gets `StreamError`."""
        if self.done:
            return
        self._cancelled = True
        if self._run is None:
            await self.aclose()
        else:
            self._run.scope.cancel()
            await self._run.over.wait()

    def _was_cancelled(self) -> StreamError:
        return StreamError(f"{self.what} was cancelled.")

    async def bar(self) -> Result:
        """Await it, and show in the terminal how far it is; needs the extra `rich`.

        Raises ModuleNotFoundError, before anything is sent, when rich is not installed.

            image = await docker.images.pull("busybox").bar()
        """
        from pydock.display.terminal import TerminalBar  # rich is an extra

        with TerminalBar(self) as bar, ungrouped():
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(_repaint, bar)
                try:
                    await self
                finally:
                    tasks.cancel_scope.cancel()
        return self.result

    @property
    def result(self) -> Result:
        """What the operation made; only after all events were read."""
        if self._result is None:
            raise StreamError(f"{self.what} is not over yet: read its events to the end, or await it.")
        return self._result[0]

    @property
    def done(self) -> bool:
        """Whether it is over and its result is there."""
        return self._result is not None

    @property
    def layers(self) -> Sequence[LayerProgress]:
        """How far each layer is, in the order of their first event."""
        return list(self._meter.layers.values())

    @property
    def steps(self) -> Sequence[BuildStep]:
        """The steps of a build that have begun; the last one is under way."""
        return list(self._meter.steps)

    @property
    def fraction(self) -> float:
        """How far the whole is, 0 to 1; it never goes back."""
        return self._meter.fraction

    @property
    def rate(self) -> float | None:
        """Bytes each second, of what is downloaded or sent; None until it can be told."""
        return self._meter.rate

    @property
    def eta(self) -> timedelta | None:
        """How long it will take at the speed of the last seconds; None until it can be told."""
        return self._meter.eta

    @property
    def elapsed(self) -> timedelta:
        """How long it has run, or did."""
        return self._meter.elapsed

    @property
    def sent(self) -> Size:
        """How many bytes of a build's context or of a tar were sent."""
        return Size(self._meter.upload.sent)

    @property
    def current(self) -> Size:
        """How many bytes were downloaded or sent."""
        return Size(self._meter.current)

    @property
    def total(self) -> Size:
        """How many bytes there are to download or send, as far as it is known."""
        return Size(self._meter.total)

    def snapshot(self) -> ProgressState:
        """Return all that is known now, as a value that stays as it is."""
        return ProgressState(
            what=self.what,
            fraction=self.fraction,
            rate=self.rate,
            eta=self.eta,
            elapsed=self.elapsed,
            current=self.current,
            total=self.total,
            layers=self.layers,
            steps=self.steps,
            done=self.done,
            error=self.error,
        )

    async def aclose(self) -> None:
        """Stop; the daemon cancels what it has not finished."""
        stream, self._stream = self._stream, None
        if stream is not None:
            self._meter.end(complete=self.done)
            await stream.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with anyio.CancelScope(shield=True):
            await self.aclose()


class _Run:
    """Somebody awaits an operation; the others hear from it."""

    def __init__(self) -> None:
        self.scope = anyio.CancelScope()
        self.news = anyio.Event()
        """Set with each event, and then another one."""
        self.over = anyio.Event()
        self.failure: Exception | None = None


class _Bar(Protocol):
    def paint(self) -> None: ...


async def _repaint(bar: _Bar) -> None:
    while True:
        await anyio.sleep(0.125)
        bar.paint()
