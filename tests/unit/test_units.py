"""Sizes, durations and times: both ways, and what is refused."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone

import pytest
from pydantic import BaseModel

from pydock.errors import InvalidArgument
from pydock.models.units import MemorySize, Nanoseconds, Seconds, Size, nanoseconds, parse_size, unix_time

NOW = datetime(2026, 11, 25, 12, 0, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


@pytest.mark.parametrize(
    ("written", "size"),
    [
        ("512m", 512 * 2**20),
        ("1.5GiB", 3 * 2**29),
        ("64MB", 64 * 2**20),
        ("1 kb", 1024),
        ("10", 10),
        ("10b", 10),
        ("2T", 2 * 2**40),
        (7, 7),
        (1e9, 10**9),
        (0, 0),
    ],
)
def test_sizes_are_read_as_the_cli_does(written: int | str, size: int) -> None:
    assert parse_size(written) == size


@pytest.mark.parametrize(
    "wrong", ["", "lots", "-1", "1.5.5m", "5x", "m", "1_000", -1, 1.5, True, None, float("nan"), float("inf"), 2**63]
)
def test_what_is_no_size_is_refused_with_the_right_form(wrong: object) -> None:
    with pytest.raises(InvalidArgument, match=r'"512m", "1.5g" or the number of bytes'):
        parse_size(wrong)


@pytest.mark.parametrize(
    ("size", "decimal", "binary"),
    [
        (0, "0B", "0B"),
        (999, "999B", "999B"),
        (1023, "1.02kB", "1023B"),
        (999_950, "1MB", "976.5KiB"),
        (4_134_157, "4.13MB", "3.943MiB"),
        (2**29, "537MB", "512MiB"),
        (-1500, "-1.5kB", "-1.465KiB"),
    ],
)
def test_sizes_show_themselves_for_people(size: int, decimal: str, binary: str) -> None:
    assert (str(Size(size)), repr(MemorySize(size))) == (decimal, binary)


def test_a_size_is_an_int_in_everything_else() -> None:
    size = Size.parse("1k")
    assert size == 1024
    assert f"{size:,} {size:d} {size:>8}" == "1,024 1024   1.02kB"
    assert json.dumps({"size": size}) == '{"size": 1024}'
    assert type(MemorySize.parse("1k")) is MemorySize


@pytest.mark.parametrize(
    ("written", "ns"),
    [
        ("1m30s", 90 * 10**9),
        ("500ms", 5 * 10**8),
        ("1h2m3.5s", 3723_500_000_000),
        ("1.5µs", 1500),
        ("0", 0),
        (0.5, 5 * 10**8),
        (0.1, 10**8),
        (30, 30 * 10**9),
        (timedelta(days=1, microseconds=1), 86_400_000_001_000),
    ],
)
def test_durations_are_read(written: float | str | timedelta, ns: int) -> None:
    assert nanoseconds(written) == ns


@pytest.mark.row(39)
@pytest.mark.parametrize("wrong", [5_000_000_000, 1_000_000, 30_000_000_000.0])
def test_a_number_that_looks_like_nanoseconds_is_refused_with_a_hint(wrong: float) -> None:
    with pytest.raises(InvalidArgument, match=r'look like nanoseconds; write "5s", 5'):
        nanoseconds(wrong)


@pytest.mark.parametrize("wrong", ["30", "5 s", "s", "", -1, "-5s", timedelta(-1), True, None, float("nan")])
def test_what_is_no_duration_is_refused(wrong: object) -> None:
    with pytest.raises(InvalidArgument):
        nanoseconds(wrong)


def test_fields_read_the_daemons_units_and_write_them_again() -> None:
    class Fields(BaseModel):
        size: Size
        interval: Nanoseconds | None = None
        stop: Seconds | None = None

    sent = '{"size":4134157,"interval":30000000000,"stop":10}'
    read = Fields.model_validate_json(sent)
    assert (read.interval, read.stop, str(read.size)) == (timedelta(seconds=30), timedelta(seconds=10), "4.13MB")
    assert read.model_dump_json() == sent
    assert read.model_dump()["interval"] == timedelta(seconds=30)
    assert Fields(size=Size(1), interval=timedelta(seconds=1)).interval == timedelta(seconds=1)


@pytest.mark.parametrize(
    ("written", "unix"),
    [
        (NOW, "1795608000.000000000"),
        (NOW.astimezone(timezone(timedelta(hours=2))), "1795608000.000000000"),
        (MINUTE, "1795607940.000000000"),
        ("1m", "1795607940.000000000"),
        ("2026-11-25T12:00:00Z", "1795608000.000000000"),
        ("2026-11-25T14:00:00+02:00", "1795608000.000000000"),
        ("2026-11-25T12:00:00.123456789Z", "1795608000.123456789"),
        ("2026-11-25t12:00z", "1795608000.000000000"),
        (1795608000, "1795608000.000000000"),
        (1795608000.25, "1795608000.250000000"),
        ("1795608000.5", "1795608000.500000000"),
        (0, "0.000000000"),
    ],
)
def test_times_become_unix_seconds(written: datetime | timedelta | float | str, unix: str) -> None:
    assert unix_time(written, now=NOW) == unix


def test_a_time_without_a_zone_is_local() -> None:
    assert unix_time("2026-11-25T12:00:00") == unix_time(datetime(2026, 11, 25, 12, 0, 0))  # noqa: DTZ001


@pytest.mark.parametrize("wrong", [600, 1_795_608_000_000, 1_795_608_000_000_000_000, -5])
def test_a_number_of_another_unit_is_no_time(wrong: int) -> None:
    with pytest.raises(InvalidArgument, match=r'ten minutes ago is "10m"'):
        unix_time(wrong)


@pytest.mark.parametrize(
    "wrong", ["yesterday", "", "2026-13-01", "2026-11-25T25:00:00Z", None, True, float("nan"), "1969-01-01"]
)
def test_what_is_no_time_is_refused(wrong: object) -> None:
    with pytest.raises(InvalidArgument):
        unix_time(wrong)
