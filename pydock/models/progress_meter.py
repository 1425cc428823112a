"""How far a pull, push, build, load or import is, as one fraction that never goes back, a rate and what is left.

Danger: the daemon counts a layer twice (downloaded, then unpacked), with containerd's image store it counts the
unpacking in seconds, and layers that it has already are announced beside those that take an hour.
"""

from __future__ import annotations

import re
import time
from collections import deque
from collections.abc import AsyncIterable, AsyncIterator, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Protocol

from pydock.display.mixin import Displayed
from pydock.models.units import Size

__all__ = ["BuildStep", "LayerProgress", "Meter", "ProgressState", "Upload"]

_HERE_ALREADY = ("Already exists", "Layer already exists", "Mounted from")
_FINAL = (*_HERE_ALREADY, "Pull complete", "Pushed")
_NO_LAYER = ("Pulling from", "Digest:", "The push refers")
_UNPACKED = "Extracting"
_DOWNLOADED = ("Download complete", "Verifying Checksum", _UNPACKED)
_STEP = re.compile(r"(?:\[\d+/\d+\] )?step (\d+)/(\d+) ?: ?(.*)", re.IGNORECASE)
_WINDOW, _EVERY = 5.0, 0.1
"""Seconds over which a rate is measured, and between two samples."""


@dataclass(frozen=True, slots=True)
class LayerProgress:
    """How far one layer is. `current` and `total` are bytes."""

    id: str
    status: str
    current: int
    total: int
    done: bool


@dataclass(frozen=True, slots=True)
class BuildStep:
    """One step of a build."""

    number: int
    """1 is the first."""
    of: int
    """How many there are."""
    text: str
    """The instruction."""
    cached: bool = False
    """Its result was there already."""
    done: bool = False

    @property
    def id(self) -> str:
        """Which step of how many: `"2/7"`."""
        return f"{self.number}/{self.of}"

    @property
    def status(self) -> str:
        """The instruction, and whether its result was there already."""
        return f"{self.text} (cached)" if self.cached else self.text


@dataclass(frozen=True, slots=True)
class ProgressState(Displayed):
    """What was known of an operation at one moment."""

    __display__ = "progress"

    what: str
    fraction: float
    rate: float | None
    """Bytes each second; None until it can be told."""
    eta: timedelta | None
    """How long it will take; None until it can be told."""
    elapsed: timedelta
    current: Size
    """How many bytes were moved: downloaded, or sent."""
    total: Size
    """How many there are to move, as far as the daemon has said."""
    layers: Sequence[LayerProgress]
    steps: Sequence[BuildStep]
    done: bool
    error: str | None


class Told(Protocol):
    """What the meter reads of an event."""

    @property
    def id(self) -> str: ...
    @property
    def status(self) -> str: ...
    @property
    def stream(self) -> str: ...
    @property
    def bytes(self) -> tuple[int, int]: ...


class Upload:
    """Counts what is sent: `content=upload.counted(pieces, total)`."""

    def __init__(self) -> None:
        self.sent: int = 0
        self.total: int = 0

    def counted(self, content: bytes | AsyncIterable[bytes], total: int = 0) -> bytes | AsyncIterable[bytes]:
        """Return the content, which counts itself while it is read. `total` is its size, where that is known."""
        if isinstance(content, bytes):
            self.sent = self.total = len(content)
            return content
        self.sent, self.total = 0, total
        return _Counted(content, self)


class _Counted:
    def __init__(self, content: AsyncIterable[bytes], upload: Upload) -> None:
        self._content = content
        self._upload = upload
        self._pieces: AsyncIterator[bytes] | None = None

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self

    async def __anext__(self) -> bytes:
        if self._pieces is None:
            self._pieces = aiter(self._content)
        piece = await anext(self._pieces)
        self._upload.sent += len(piece)
        return piece

    async def aclose(self) -> None:
        close = getattr(self._pieces, "aclose", None)
        if close is not None:
            await close()


class Meter:
    """Sums up what the events of one operation say."""

    def __init__(self, upload: Upload | None = None, clock: Callable[[], float] = time.monotonic) -> None:
        self.upload: Upload = upload or Upload()
        self.layers: dict[str, LayerProgress] = {}
        self.steps: list[BuildStep] = []
        self._clock = clock
        self._moved: dict[str, int] = {}
        self._here_already: set[str] = set()
        self._fraction = 0.0
        self._began: float | None = None
        self._ended: float | None = None
        self._samples: deque[tuple[float, int, float]] = deque()

    def start(self) -> None:
        """Begin to count the time."""
        if self._began is None:
            self._began = self._clock()
            self._samples.append((self._began, 0, 0.0))

    def end(self, *, complete: bool) -> None:
        """Stop the clock; a complete operation is at 1."""
        self._ended = self._ended or self._clock()
        if complete:
            self._fraction = 1.0
            self.steps = [BuildStep(s.number, s.of, s.text, s.cached, done=True) for s in self.steps]
            # Podman says of few layers that they are done.
            self.layers = {name: replace(layer, done=True) for name, layer in self.layers.items()}

    def note(self, event: Told) -> None:
        """Take in what an event says."""
        if event.id and event.status and not event.status.startswith(_NO_LAYER):
            self._note_layer(event)
        if event.stream:
            self._note_step(event.stream)
        self._sample()

    def _note_layer(self, event: Told) -> None:
        before = self.layers.get(event.id)
        current, total = event.bytes
        total = max(total, before.total if before else 0)
        done = event.status.startswith(_FINAL)
        if event.status.startswith(_HERE_ALREADY):
            self._here_already.add(event.id)
        if done or event.status in _DOWNLOADED[:2]:
            current = total
        if done or event.status != _UNPACKED:  # unpacking moves nothing
            self._moved[event.id] = max(self._moved.get(event.id, 0), min(current, total))
        self.layers[event.id] = LayerProgress(event.id, event.status, current, total, done)

    def _note_step(self, text: str) -> None:
        if found := _STEP.match(text):
            self.steps = [BuildStep(s.number, s.of, s.text, s.cached, done=True) for s in self.steps]
            self.steps.append(BuildStep(int(found[1]), int(found[2]), found[3].strip()))
        elif self.steps and text.strip(" ->\n").lower().startswith("using cache"):
            last = self.steps[-1]
            self.steps[-1] = BuildStep(last.number, last.of, last.text, cached=True)

    @property
    def current(self) -> int:
        """How many bytes were moved."""
        return self.upload.sent + sum(self._moved.values())

    @property
    def total(self) -> int:
        """How many bytes there are to move, as far as it is known."""
        return max(self.upload.total, self.upload.sent) + sum(
            layer.total for layer in self.layers.values() if layer.id not in self._here_already
        )

    @property
    def fraction(self) -> float:
        """How far the whole is, 0 to 1; it never goes back."""
        if self._ended is None:
            self._fraction = max(self._fraction, min(self._whole(), 0.999))
        return self._fraction

    def _whole(self) -> float:
        if self.steps:
            step = self.steps[-1]
            return (step.number - 1) / max(step.of, 1)
        if self.upload.total:  # a tar with layers: sent, then unpacked
            unpacked = sum(self._moved.values()) / self.upload.total
            return 0.5 * self.upload.sent / self.upload.total + 0.5 * min(unpacked, 1.0)
        return self._of_layers()

    def _of_layers(self) -> float:
        """Weigh the layers by their sizes; those of unknown size weigh what the others do on average."""
        moving = [layer for layer in self.layers.values() if layer.id not in self._here_already]
        known = [layer.total for layer in moving if layer.total]
        usual = sum(known) / len(known) if known else 1.0
        weights = [layer.total or usual for layer in moving]
        done = sum(weight * _share(layer) for weight, layer in zip(weights, moving, strict=True))
        return done / sum(weights) if weights else 0.0

    @property
    def elapsed(self) -> timedelta:
        """How long it has run, or did."""
        now = self._clock() if self._ended is None else self._ended
        return timedelta(seconds=now - self._began if self._began is not None else 0.0)

    @property
    def rate(self) -> float | None:
        """Bytes each second: of the last seconds, at the end of all; None until something was moved."""
        if self._ended is not None:
            seconds = self.elapsed.total_seconds()
            return self.current / seconds if seconds and self.current else None
        self._sample()
        seconds, moved, _ = self._since_oldest()
        return moved / seconds if seconds and self.current else None

    @property
    def eta(self) -> timedelta | None:
        """How long it will take at the speed of the last seconds; None until it can be told."""
        if self._ended is not None:
            return timedelta(0)
        self._sample()
        seconds, _, done = self._since_oldest()
        return timedelta(seconds=(1 - self.fraction) * seconds / done) if done > 0 else None

    def _since_oldest(self) -> tuple[float, int, float]:
        if not self._samples:
            return 0.0, 0, 0.0
        then, moved, fraction = self._samples[0]
        return self._clock() - then, self.current - moved, self.fraction - fraction

    def _sample(self) -> None:
        now = self._clock()
        if not self._samples or now - self._samples[-1][0] < _EVERY:
            return
        self._samples.append((now, self.current, self.fraction))
        while len(self._samples) > 2 and now - self._samples[1][0] >= _WINDOW:
            self._samples.popleft()


def _share(layer: LayerProgress) -> float:
    """How far a layer is: four fifths for the download, the rest for unpacking."""
    if layer.done:
        return 1.0
    part = min(layer.current / layer.total, 1.0) if layer.total else 0.0
    if layer.status == _UNPACKED:
        return 0.8 + 0.2 * part
    return 0.8 * part
