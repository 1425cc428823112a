"""What containers use: one sample, one each second, or one of each container at once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from types import TracebackType
from typing import Self

from pydock.display.mixin import Displayed
from pydock.models._base import Ref, parse
from pydock.models.stats import Stats
from pydock.transport.deadline import deadline
from pydock.transport.streams import JSONStream

__all__ = ["AllStats", "Measuring", "StatsStream"]


class AllStats(Displayed, Mapping[str, Stats]):
    """A sample of each container by its name; shows itself as `docker stats` does."""

    __display__ = "all_stats"

    def __init__(self, samples: Mapping[str, Stats]) -> None:
        self._samples = dict(sorted(samples.items()))
        self.seen_at: datetime = datetime.now(UTC)
        """When the last of them had come."""

    def __getitem__(self, name: str) -> Stats:
        return self._samples[name.removeprefix("/")]

    def __iter__(self) -> Iterator[str]:
        return iter(self._samples)

    def __len__(self) -> int:
        return len(self._samples)

    def __repr__(self) -> str:
        return f"<AllStats of {len(self)} containers>"


class StatsStream:
    """A sample each second: `async for sample in container.follow_stats()`. It ends when the container is removed."""

    def __init__(self, stream: JSONStream) -> None:
        self._stream = stream

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Stats:
        return parse(Stats, await anext(self._stream))

    async def aclose(self) -> None:
        """Stop measuring."""
        await self._stream.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()


class Measuring(Ref):
    """Verbs that measure."""

    noun = "container"

    async def stats(self, *, one_shot: bool = False, timeout: float | timedelta | None = None) -> Stats:
        """Return one sample. The daemon measures twice for `cpu_percent`, which takes 1 to 2 seconds.

        `one_shot` (API 1.41) answers at once, and then nothing is known about the CPU's share.

            sample = await container.stats()
            print(sample.cpu_percent, sample.memory.used)
        """
        with deadline(timeout, f"Measuring {self.id[:12]}"):
            return parse(Stats, await self.api.containers.stats(self.id, one_shot=one_shot or None))

    def follow_stats(self) -> StatsStream:
        """Measure each second, until it is removed; a stopped one measures zeros.

        async with container.follow_stats() as samples:
            async for sample in samples:
                print(sample.cpu_percent)
        """
        return StatsStream(self.api.containers.follow_stats(self.id))
