"""Filters as the daemon wants them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from pydock import Docker
from pydock.errors import InvalidArgument, Unsupported
from pydock.models.filters import Kind, wire_filters
from pydock.transport.version import Version


@pytest.mark.row(58)
@pytest.mark.parametrize(
    ("kind", "filters", "wire"),
    [
        ("containers", {}, {}),
        ("containers", None, {}),
        ("containers", {"label": {"a": "b", "c": None, "n": 1}, "status": ["running"]},
         {"label": ["a=b", "c", "n=1"], "status": ["running"]}),
        ("containers", {"label": "a=b", "name": "web", "exited": 0, "is_task": False},
         {"label": ["a=b"], "name": ["web"], "exited": ["0"], "is-task": ["false"]}),
        ("containers", {"label": ["a", "b=c"], "exited": [0, 137], "health": "healthy"},
         {"label": ["a", "b=c"], "exited": ["0", "137"], "health": ["healthy"]}),
        ("containers", {"publish": [80, "53/udp"], "expose": 80, "before": "x"},
         {"publish": ["80", "53/udp"], "expose": ["80"], "before": ["x"]}),
        ("containers", {"name": None, "id": []}, {}),
        ("images", {"dangling": True, "reference": ["a", "b:*"]}, {"dangling": ["true"], "reference": ["a", "b:*"]}),
        ("networks", {"driver": "bridge", "scope": "local", "type": "custom"},
         {"driver": ["bridge"], "scope": ["local"], "type": ["custom"]}),
        ("volumes", {"dangling": False, "driver": "local"}, {"dangling": ["false"], "driver": ["local"]}),
        ("events", {"type": "container", "event": ["start", "die"], "container": "web"},
         {"type": ["container"], "event": ["start", "die"], "container": ["web"]}),
        ("prune", {"until": "24h", "label_not": {"keep": None}}, {"until": ["24h"], "label!": ["keep"]}),
        ("prune", {"until": timedelta(minutes=10)}, {"until": ["600.000000s"]}),
        ("prune", {"until": datetime(2026, 11, 25, 12, tzinfo=UTC)}, {"until": ["1795608000.000000000"]}),
        ("prune", {"until": "2026-11-25T12:00:00Z"}, {"until": ["1795608000.000000000"]}),
        ("image_prune", {"dangling": False}, {"dangling": ["false"]}),
        ("volume_prune", {"all": True}, {"all": ["true"]}),
        ("build_prune", {"inuse": False, "until": "1h30m"}, {"inuse": ["false"], "until": ["5400.000000s"]}),
    ],
)  # fmt: skip
def test_filters(kind: Kind, filters: Any, wire: dict[str, list[str]]) -> None:
    assert wire_filters(kind, filters) == wire


def test_the_build_cache_counts_back_from_now() -> None:
    (text,) = wire_filters("build_prune", {"until": datetime.now(UTC) - timedelta(hours=1)})["until"]
    assert 3599 < float(text.removesuffix("s")) < 3660


@pytest.mark.parametrize(
    ("kind", "filters", "message"),
    [
        ("containers", {"labels": {"a": "b"}}, "'labels' is not a filter of containers. Did you mean label"),
        ("containers", {"stauts": "running"}, "Did you mean status"),
        ("events", {"labell": "a"}, "Did you mean label"),
        ("prune", {"name": "x"}, "'name' is not a filter of prune. There are: label, label_not, until."),
        ("containers", {"status": "runing"}, "status: 'runing' is none of 'created', 'restarting'"),
        ("containers", {"exited": "0"}, "exited: .*For example: exited=137"),
        ("containers", {"exited": True}, "exited: True is not a number"),
        ("containers", {"label": {"a": ["b"]}}, "label: a value is a list"),
        ("images", {"dangling": "true"}, "dangling: 'true' is neither True nor False"),
        ("prune", {"until": "yesterday"}, "until: 'yesterday' is not a time"),
        ("containers", {"name": {"a": "b"}}, "name: a dict is not a list"),
        ("containers", {"name": ""}, "name: '' is not text, or empty"),
    ],
)
def test_wrong_filters_are_refused_with_the_right_form(kind: Kind, filters: Any, message: str) -> None:
    with pytest.raises(InvalidArgument, match=message):
        wire_filters(kind, filters)


@pytest.mark.parametrize(
    ("kind", "filters", "version"),
    [("volume_prune", {"all": True}, Version(1, 41)), ("images", {"until": "1h"}, Version(1, 43))],
)
def test_young_filters_are_gated(kind: Kind, filters: Any, version: Version) -> None:
    with pytest.raises(Unsupported):
        wire_filters(kind, filters, version=version)


@pytest.mark.row(58)
@pytest.mark.anyio
async def test_filters_are_held_against_the_version_that_is_spoken() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.path)
        headers = {"Api-Version": "1.43", "Content-Type": "application/json"}
        return httpx.Response(200, headers=headers, content=b"[]" if "json" in request.url.path else b"OK")

    asked: list[str] = []
    async with Docker("tcp://engine:2375", transport=httpx.MockTransport(answer)) as docker:
        with pytest.raises(InvalidArgument, match="Did you mean until"):
            await docker.images.list(untli="1h")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
        assert asked == []
        with pytest.raises(Unsupported, match=r"until=.*1\.44.*1\.43"):
            await docker.images.list(until="1h")
        assert not [path for path in asked if path.endswith("/images/json")]
        assert len(await docker.images.list(dangling=True)) == 0
