"""Live stats without a kernel: what becomes a curve, what is said of it, and how much the page gets."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from pydock.models.containers import ContainerRef
from pydock.models.stats import Stats
from pydock.widgets import registry
from pydock.widgets.charts import Chart, Curve
from pydock.widgets.renderer import CAP
from pydock.widgets.stats import StatsPanel, StatsView

START = datetime(2026, 11, 25, 12, tzinfo=UTC)


@pytest.fixture
def anyio_backend() -> str:
    """Live views are asyncio's only."""
    return "asyncio"


@pytest.fixture(autouse=True)
def nothing_stays() -> Iterator[None]:
    yield
    for view in registry.views():
        registry.discard(view)


def stats(second: float, *, network: bool = True, received: int = 0, written: int | None = 0, cpu: int = 0) -> Stats:
    """Return what the daemon says after so many seconds; `cpu` in percent of a processor."""

    def processor(at: float) -> dict[str, Any]:
        used = 10**9 + int(at * cpu * 10**7)
        return {"cpu_usage": {"total_usage": used}, "system_cpu_usage": int(at * 4 * 10**9) + 1, "online_cpus": 4}

    disk = None if written is None else [{"op": "write", "value": written}, {"op": "read", "value": 0}]
    body = {
        "read": (START + timedelta(seconds=second)).isoformat(),
        "cpu_stats": processor(second + 1),
        "precpu_stats": processor(second) if second else {"cpu_usage": {"total_usage": 0}},
        "memory_stats": {"usage": 64 << 20, "limit": 256 << 20},
        "networks": {"eth0": {"rx_bytes": received, "tx_bytes": 0}} if network else None,
        "blkio_stats": {"io_service_bytes_recursive": disk},
        "pids_stats": {"current": 3},
    }
    return Stats.model_validate({key: value for key, value in body.items() if value is not None})


def panel(history: int = 120) -> StatsPanel:
    made: Any = StatsView(_Ref(), history=history)
    made.build()
    found: StatsPanel = made._panel
    return found


class _Ref(ContainerRef):
    def __init__(self) -> None:
        self.id = "<img onerror=1>"


async def test_samples_become_rates_and_curves() -> None:
    one = panel()
    for second in range(5):
        one.take(stats(second, received=second * 2000, written=second * 1_000_000, cpu=50))
    assert [sample.receiving for sample in one.history] == [None, 2000, 2000, 2000, 2000]
    assert [sample.cpu_percent for sample in one.history[1:]] == pytest.approx([50.0] * 4)
    labels = re.findall(r'role="img" aria-label="([^"]*)"', one.html())
    assert labels == [
        "CPU: 50.0 % of 4 CPUs; from 0 to 50.0 %, highest 50.0 %, the last 3 s",
        "Memory: 64 MiB 25 % of 256 MiB; from 0 to 75 MiB, highest 64 MiB, the last 4 s",
        "Network: received 2 kB/s, sent 0 B/s; from 0 to 2 kB/s, highest 2 kB/s, the last 3 s",
        "Disk: read 0 B/s, written 1 MB/s; from 0 to 1 MB/s, highest 1 MB/s, the last 3 s",
    ]
    assert "3 processes" in one.html()


async def test_counters_that_begin_anew_make_no_curve_below_zero() -> None:
    one = panel()
    one.take(stats(0, received=5000))
    one.take(stats(1, received=100))
    assert one.history[-1].receiving is None


async def test_a_stopped_container_measures_nothing() -> None:
    one = panel()
    one.take(stats(0, cpu=10))
    one.take(Stats.model_validate({"read": "0001-01-01T00:00:00Z"}))
    assert len(one.history) == 1
    assert "it does not run" in one.html()
    one.take(stats(3, cpu=10))
    assert "it does not run" not in one.html()


async def test_what_is_not_counted_is_said() -> None:
    one = panel()
    for second in range(3):
        one.take(stats(second, network=False, written=None))
    assert "it has no network of its own" in one.html()
    assert "not counted on this host" in one.html()


async def test_history_is_limited_and_so_is_the_page() -> None:
    one = panel(history=5000)
    for second in range(6000):
        one.take(stats(second, received=second * second * 1000, written=second * 7919 % 10**6, cpu=second % 400))
    assert len(one.history) == 5000
    assert len(one.html().encode()) < CAP


async def test_a_history_makes_a_table() -> None:
    one = panel()
    one.take(stats(0))
    assert one.history[0]._asdict()["memory"] == 64 << 20


async def test_a_snapshot_has_the_curves_and_the_words() -> None:
    view = StatsView(_Ref())
    assert "<img" not in view.snapshot()[0]
    assert "svg" not in view.snapshot()[0]
    view.build()
    assert view._panel is not None
    for second in range(3):
        view._panel.take(stats(second, cpu=50))
    html, text = view.snapshot()
    assert "<svg" in html
    assert "CPU: 50.0 % of 4 CPUs" in text


def chart(*points: tuple[float, float], window: float = 120) -> str:
    return Chart("CPU", [Curve("", points)], lambda value: f"{value:g} %", window).html()


def test_a_gap_is_no_line() -> None:
    assert chart((3, 1), (2, 1), (1, 1)).count("<polyline") == 1
    assert chart((90, 1), (89, 1), (2, 1), (1, 1)).count("<polyline") == 2


def test_one_point_is_seen() -> None:
    assert re.search(r'<polyline points="300\.0,\S+ 301', chart((0, 1)))


def test_nothing_known_is_said() -> None:
    assert "not known yet" in chart()


def test_names_are_escaped() -> None:
    hostile = Chart("<b>", [Curve('"><script>', [(0, 1)])], lambda _: "<i>", 60).html()
    assert "<script" not in hostile
    assert "<b></b>" not in hostile.replace("<b>&lt;b&gt;</b>", "")
