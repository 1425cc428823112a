"""What `docker stats` shows, from the bodies of cgroup v1, cgroup v2, Windows and Podman."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from pydock.models._base import parse
from pydock.models.stats import BlockIO, MemoryUse, NetworkIO, Stats

CORPUS = Path(__file__).parents[1] / "corpus" / "bodies"
pytestmark = pytest.mark.row(55)


def stats(file: str, name: str, **changes: Any) -> Stats:
    body = json.loads((CORPUS / f"{file}.json").read_text(encoding="utf-8"))[name]
    return parse(Stats, json.dumps({**body, **changes}).encode())


CGROUP_V1 = {
    "read": "2026-11-23T20:24:29.15921344Z",
    "preread": "2026-11-23T20:24:28.147884207Z",
    "cpu_stats": {
        "cpu_usage": {"total_usage": 300_000_000, "percpu_usage": [1, 2]},
        "system_cpu_usage": 12_000_000_000,
        "online_cpus": 2,
    },
    "precpu_stats": {"cpu_usage": {"total_usage": 100_000_000}, "system_cpu_usage": 10_000_000_000, "online_cpus": 2},
    "memory_stats": {
        "usage": 1000,
        "stats": {"total_inactive_file": 100, "inactive_file": 400, "hierarchical_memory_limit": 9223372036854771712},
        "limit": 2000,
    },
    "blkio_stats": {
        "io_service_bytes_recursive": [
            {"major": 8, "minor": 0, "op": "Read", "value": 10},
            {"major": 8, "minor": 0, "op": "Write", "value": 20},
            {"major": 8, "minor": 0, "op": "Total", "value": 30},
            {"major": 9, "minor": 0, "op": "Read", "value": 1},
        ]
    },
}


def v1(**changes: Any) -> Stats:
    return parse(Stats, json.dumps({**CGROUP_V1, **changes}).encode())


def test_cgroup_v1() -> None:
    sample = v1()
    assert sample.cpu_percent == pytest.approx(20.0)  # 0.2 s of 2 s, twice because of two processors
    assert sample.memory == MemoryUse(900, 2000, 45.0)  # type: ignore[arg-type]
    assert sample.block_io == (11, 20)
    assert sample.network == NetworkIO(None, None)


def test_cgroup_v1_of_an_old_engine_counts_processors_by_their_usage() -> None:
    cpu = {**CGROUP_V1["cpu_stats"], "online_cpus": None}  # type: ignore[dict-item]
    assert v1(cpu_stats=cpu).cpu_percent == pytest.approx(20.0)


def test_cgroup_v2() -> None:
    sample = stats("api-1.52", "GET stats (cgroup v2)")
    assert sample.name == "web"
    assert sample.cpu_percent == pytest.approx(50.0)  # 0.5 s of 4 s of four processors
    assert sample.memory.used == 104857600 - 20971520
    assert str(sample.memory.used) == "80MiB"
    assert sample.memory.percent == pytest.approx(7.8125)
    assert sample.network == (1024, 512)
    assert str(sample.block_io.write) == "8.19kB"
    assert sample.block_io == (4100, 8192)
    assert sample.pids == 5


def test_windows() -> None:
    sample = stats("windows", "GET stats (windows)")
    assert sample.cpu_percent == pytest.approx(25.0)  # 2 s of 2 s on one of four processors
    assert sample.memory == MemoryUse(50_000_000, None, None)  # type: ignore[arg-type]
    assert sample.block_io == (40960, 81920)
    assert sample.network == (10, 20)
    assert sample.pids is None


def test_windows_is_known_by_its_name_too() -> None:
    assert stats("windows", "GET stats (windows)", os_type="windows", num_procs=8).cpu_percent == pytest.approx(12.5)


def test_podman_without_the_host_s_counter_before() -> None:
    sample = stats("podman", "GET stats (podman)")
    assert sample.cpu_percent is None
    assert sample.memory == MemoryUse(900, 0, 0.0)  # type: ignore[arg-type]
    assert sample.network == (0, 0)
    assert sample.block_io == (12, 0)


def test_the_first_sample_of_a_stream_has_no_cpu() -> None:
    zeros = {"cpu_usage": {"total_usage": 0, "usage_in_kernelmode": 0}, "throttling_data": {}}
    sample = v1(preread="0001-01-01T00:00:00Z", precpu_stats=zeros)
    assert sample.cpu_percent is None
    assert sample.memory.used == 900


@pytest.mark.parametrize("empty", [{}, {"blkio_stats": {"io_service_bytes_recursive": None}, "memory_stats": {}}])
def test_a_stopped_container_is_unknown_and_not_zero(empty: dict[str, Any]) -> None:
    sample = parse(Stats, json.dumps({"read": "0001-01-01T00:00:00Z", "pids_stats": {}, **empty}).encode())
    assert sample.cpu_percent is None
    assert sample.memory == MemoryUse(None, None, None)
    assert sample.network == NetworkIO(None, None)
    assert sample.block_io == BlockIO(None, None)
    assert sample.pids is None


def test_a_counter_that_went_back_is_zero() -> None:
    usage = {"cpu_usage": {"total_usage": 1}, "system_cpu_usage": 12_000_000_000, "online_cpus": 2}
    assert v1(cpu_stats=usage).cpu_percent == 0.0


def test_more_cache_than_usage_is_not_taken_off() -> None:
    assert v1(memory_stats={"usage": 10, "stats": {"inactive_file": 11}, "limit": 0}).memory.used == 10
