"""Recorded and hand-made answers of many engines: nothing in them is degraded, nothing in them is lost."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel, TypeAdapter

from pydock.models import _repair
from pydock.models._base import parse
from pydock.models.container_data import ContainerData, ContainerSummaryData
from pydock.models.container_parts import ContainerChange, ContainerPruneReport, TopResult, WaitResult
from pydock.models.disk_usage import DiskUsage
from pydock.models.distribution_data import DistributionData
from pydock.models.event_data import Event
from pydock.models.exec_data import ExecData
from pydock.models.image_data import (
    AttestationStatement,
    BuildPruneReport,
    DeleteResult,
    HistoryLayer,
    ImageData,
    ImagePruneReport,
    ImageSummaryData,
    SearchResult,
)
from pydock.models.network_data import NetworkCreateResult, NetworkData, NetworkPruneReport, NetworkSummaryData
from pydock.models.stats import Stats
from pydock.models.system_data import AuthResult, SystemInfo, SystemVersion
from pydock.models.volume_data import VolumeData, VolumeList, VolumePruneReport

HERE = Path(__file__).parent / "bodies"
RECORDED = Path(__file__).parents[3] / "shared" / "facts" / "engine-api" / "bodies"

KINDS: dict[str, Any] = {
    r"GET containers": list[ContainerSummaryData],
    r"GET container ?\(": ContainerData,
    r"GET top": TopResult,
    r"GET changes": list[ContainerChange] | None,
    r"GET exec": ExecData,
    r"GET stats": Stats,
    r"GET images": list[ImageSummaryData],
    r"GET image": ImageData,
    r"GET history": list[HistoryLayer],
    r"GET networks": list[NetworkSummaryData],
    r"GET (network|ingress)": NetworkData,
    r"GET volumes": VolumeList[VolumeData],
    r"GET volume|POST /volumes/create": VolumeData,
    r"GET info": SystemInfo,
    r"GET version": SystemVersion,
    r"GET df": DiskUsage,
    r"GET events": list[Event],
    r"GET distribution": DistributionData,
    r"GET attestations": list[AttestationStatement],
    r"GET search": list[SearchResult],
    r"POST /networks/create": NetworkCreateResult,
    r"POST containers/prune": ContainerPruneReport,
    r"POST images/prune": ImagePruneReport,
    r"POST networks/prune": NetworkPruneReport,
    r"POST volumes/prune": VolumePruneReport,
    r"POST build/prune": BuildPruneReport,
    r"POST wait": WaitResult,
    r"POST auth": AuthResult,
    r"DELETE image": list[DeleteResult],
}
LATER = re.compile(r"(GET|POST) (plugin|service|task|node|secret|config|swarm)")


def bodies() -> Iterator[Any]:
    """All answers, each with its model."""
    for file in sorted([*HERE.glob("*.json"), *RECORDED.glob("*.json")]):
        for name, body in json.loads(file.read_text(encoding="utf-8")).items():
            if not LATER.match(name):
                kind = next((kind for start, kind in KINDS.items() if re.match(start, name)), None)
                yield pytest.param(kind, body, id=f"{file.stem}: {name}")


@pytest.fixture
def strict(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a field that would be degraded fail the test."""

    def refuse(_adapter: object, _body: bytes, error: Exception, _api: object) -> object:
        raise error

    monkeypatch.setattr(_repair, "validate_leniently", refuse)


@pytest.mark.usefixtures("strict")
@pytest.mark.row(5)
@pytest.mark.parametrize(("kind", "body"), list(bodies()))
def test_answer_is_read_and_kept_whole(kind: Any, body: Any) -> None:
    assert kind is not None, "say in KINDS which model this answer has"
    adapter: TypeAdapter[Any] = TypeAdapter(kind)
    result = parse(adapter, json.dumps(body).encode())
    assert lost(body, json.loads(adapter.dump_json(result, by_alias=True))) == []
    again = parse(adapter, adapter.dump_json(result, by_alias=True))
    assert adapter.dump_python(again) == adapter.dump_python(result)


@pytest.mark.row(52)
@pytest.mark.parametrize(("kind", "body"), list(bodies()))
def test_repr_of_everything(kind: Any, body: Any) -> None:
    adapter: TypeAdapter[Any] = TypeAdapter(kind)
    result = parse(adapter, json.dumps(body).encode())
    for item in everything(result):
        assert repr(item)
        assert str(item)
        for name in properties(item):
            assert repr(getattr(item, name)) is not None


@pytest.mark.skipif(not RECORDED.exists(), reason="the recorded answers are not beside this checkout")
def test_recorded_answers_are_there() -> None:
    assert sum("engine-" in str(param.id) for param in bodies()) > 90


def is_a(value: Any, kind: type) -> bool:
    """Say whether it is; a type checker is not to guess the type of what is inside."""
    return isinstance(value, kind)


def everything(value: Any) -> Iterator[BaseModel]:
    """All models in a value."""
    if is_a(value, BaseModel):
        yield value
        value = value.__dict__
    for item in value.values() if is_a(value, dict) else value if is_a(value, list) else ():
        yield from everything(item)


def properties(model: BaseModel) -> list[str]:
    mine = [base for base in type(model).__mro__ if base.__module__.startswith("pydock")]
    return [name for base in mine for name, value in vars(base).items() if isinstance(value, property)]


def lost(sent: Any, kept: Any, path: str = "") -> list[str]:
    """Name what was sent and is not there any more. Null is the same as empty, Go's zero time as null."""
    if is_a(sent, dict) and is_a(kept, dict):
        return [found for key in sent for found in lost(sent[key], kept.get(key), f"{path}.{key}")]
    if is_a(sent, list) and is_a(kept, list) and len(sent) == len(kept):
        indices = range(len(sent))
        return [found for index in indices for found in lost(sent[index], kept[index], f"{path}[{index}]")]
    same = sent == kept or (sent in (None, "", {}, []) and empty(kept)) or moment(sent) == moment(kept) is not None
    never = isinstance(sent, str) and sent.startswith("0001-01-01T00:00:00") and kept is None
    return [] if same or never else [f"{path}: {sent!r} became {kept!r}"]


def empty(kept: Any) -> bool:
    return all(map(empty, kept.values())) if is_a(kept, dict) else not kept


def moment(value: Any) -> datetime | None:
    """Read a time to the microsecond, which is what Python keeps."""
    if isinstance(value, int) and value > 1_000_000_000:
        return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=value)
    if not isinstance(value, str) or not re.match(r"\d{4}-\d\d-\d\dT", value):
        return None
    return datetime.fromisoformat(re.sub(r"(\.\d{1,6})\d*", r"\1", value))


def test_lost_finds_losses() -> None:
    assert lost({"a": [1, {"b": "x"}], "t": "2026-01-02T03:04:05.123456789Z"}, {"a": [1, {"b": "y"}]}) == [
        ".a[1].b: 'x' became 'y'",
        ".t: '2026-01-02T03:04:05.123456789Z' became None",
    ]
    assert lost({"t": "2026-01-02T03:04:05.123456789+02:00"}, {"t": "2026-01-02T01:04:05.123456Z"}) == []
