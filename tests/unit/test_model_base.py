"""The common ground of the models: odd answers, copies, identity, names, nulls and times."""

from __future__ import annotations

import copy
import json
import logging
import pickle
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar, cast

import pytest

from pydock.api import API
from pydock.errors import Detached, ProtocolError
from pydock.models import _repair
from pydock.models._base import (
    Known,
    Listing,
    Model,
    NullDict,
    NullList,
    OpenEnum,
    Ref,
    When,
    parse,
    parse_listing,
    wire,
)
from pydock.models.container_data import ContainerData, ContainerSummaryData
from pydock.models.network_data import NetworkData
from pydock.models.volume_data import VolumeData, VolumeList

CORPUS = Path(__file__).parents[1] / "corpus" / "bodies"


def corpus(file: str, name: str) -> Any:
    return json.loads((CORPUS / f"{file}.json").read_text(encoding="utf-8"))[name]


@pytest.fixture(autouse=True)
def _untold(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_repair, "_told", set[str]())


class Colour(OpenEnum):
    RED = "red"


class Part(Model):
    count: int = 0
    when: When = None
    known: Known[int] = None


class Whole(Model):
    oom_killed: bool = wire("OOMKilled", False)
    colour: Colour = Colour.RED
    parts: NullList[Part] = wire("Parts", [])
    by_name: NullDict[str, Part] = wire("ByName", {})


def read(text: str) -> Whole:
    return parse(Whole, text.encode())


def test_null_is_empty_and_defaults_are_not_shared() -> None:
    whole = read('{"Parts": null, "ByName": null}')
    whole.parts.append(Part())
    assert read('{"Parts": null}').parts == []
    assert Whole().parts == []
    assert whole.by_name == {}


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        ('"0001-01-01T00:00:00Z"', None),
        ('""', None),
        ("null", None),
        ("0", None),
        ("1564660800", datetime(2019, 8, 1, 12, tzinfo=UTC)),
        ('"2019-08-01T12:00:00Z"', datetime(2019, 8, 1, 12, tzinfo=UTC)),
        ('"2019-08-01T12:00:00.1Z"', datetime(2019, 8, 1, 12, 0, 0, 100_000, tzinfo=UTC)),
        ('"2019-08-01T12:00:00.123456789Z"', datetime(2019, 8, 1, 12, 0, 0, 123_456, tzinfo=UTC)),
        ('"2019-08-01T12:00:00.9999999+02:00"', datetime(2019, 8, 1, 10, 0, 0, 999_999, tzinfo=UTC)),
    ],
)
def test_times(sent: str, expected: datetime | None) -> None:
    assert parse(Part, f'{{"When": {sent}}}'.encode()).when == expected


def test_minus_one_is_unknown_and_survives() -> None:
    part = parse(Part, b'{"Known": -1}')
    assert part.known is None
    assert json.loads(part.model_dump_json(by_alias=True))["Known"] == -1
    assert parse(Part, b'{"Known": 0}').known == 0


def test_unknown_words_and_keys_survive() -> None:
    whole = read('{"Colour": "octarine", "Tomorrow": [1]}')
    assert whole.colour == "octarine"
    assert isinstance(whole.colour, Colour)
    assert pickle.loads(pickle.dumps(whole.colour)) == "octarine"
    assert {"octarine": 1}[whole.colour] == 1
    assert json.loads(whole.model_dump_json(by_alias=True)) == {
        "OOMKilled": False,
        "Colour": "octarine",
        "Parts": [],
        "ByName": {},
        "Tomorrow": [1],
    }


@pytest.mark.row(5)
def test_a_field_of_a_wrong_type_has_its_default_and_is_kept(caplog: pytest.LogCaptureFixture) -> None:
    by_name = '"ByName": {"a": 7, "b": {"Count": 3}}'
    sent = f'{{"OOMKilled": {{"x": 1}}, "Parts": [{{"Count": "s3cret"}}, {{"Count": 2}}], {by_name}}}'
    whole = read(sent)
    assert whole.oom_killed is False
    assert [part.count for part in whole.parts] == [0, 2]
    assert whole.parts[0].model_extra == {"Count": "s3cret"}
    assert {name: part.count for name, part in whole.by_name.items()} == {"b": 3}
    assert json.loads(whole.model_dump_json(by_alias=True, exclude_unset=True)) == json.loads(sent)
    read(sent)
    assert sorted(str(record.args[0]) for record in caplog.records if isinstance(record.args, tuple)) == [
        "Part.Count",
        "Whole.ByName",
        "Whole.OOMKilled",
    ]
    assert all(record.levelno == logging.WARNING for record in caplog.records)
    assert "s3cret" not in caplog.text


def test_a_list_with_an_item_of_a_wrong_type_does_not_lie() -> None:
    whole = read('{"Parts": [{"Count": 1}, "odd"]}')
    assert whole.parts == []
    assert whole.model_extra == {"Parts": [{"Count": 1}, "odd"]}


def test_null_for_a_part_is_nothing_to_tell(caplog: pytest.LogCaptureFixture) -> None:
    container = parse(ContainerSummaryData, b'{"Id": "x", "NetworkSettings": null, "State": null}')
    assert container.networks == {}
    assert container.status == "unknown"
    assert caplog.records == []


@pytest.mark.row(5)
def test_a_bad_item_never_kills_the_list(caplog: pytest.LogCaptureFixture) -> None:
    body = b'[{"Id": "a"}, {"Names": ["/nameless"]}, null, 7, {"Id": 5, "Created": "soon"}, {"Id": "z"}]'
    listing = parse_listing(ContainerSummaryData, body, None, "containers")
    assert [container.id for container in listing] == ["a", "", "", "", "", "z"]
    assert listing[1].name == "nameless"
    assert listing[3].model_extra == {"raw": 7}
    assert listing[4].model_extra == {"Id": 5, "Created": "soon"}
    assert repr(listing)
    assert caplog.records


def test_a_bad_volume_in_its_envelope() -> None:
    volumes = parse(VolumeList[VolumeData], b'{"Volumes": [{"Name": "a"}, {"Driver": "x"}], "Warnings": null}')
    assert [volume.name for volume in volumes.volumes] == ["a", ""]


def test_a_listing_may_be_null() -> None:
    assert len(parse_listing(ContainerSummaryData, b"null", None, "containers")) == 0


@pytest.mark.parametrize(
    "body",
    [b"", b"<html>502 Bad Gateway</html>", b"[]", b'"text"', b"null", b'{"Id": "x"', b'{"message": "no"}', b"\xff\xfe"],
)
def test_what_is_no_container_is_a_protocol_error(body: bytes) -> None:
    with pytest.raises(ProtocolError):
        parse(ContainerData, body)


@pytest.mark.parametrize("body", [b"{}", b'{"message": "no"}', b"7", b"not json", b"[" * 100_000])
def test_what_is_no_list_is_a_protocol_error(body: bytes) -> None:
    with pytest.raises(ProtocolError):
        parse_listing(ContainerSummaryData, body, None, "containers")


def test_a_protocol_error_does_not_quote_values() -> None:
    with pytest.raises(ProtocolError) as caught:
        parse(ContainerData, b'{"Config": {"Env": ["PASSWORD=hunter2"]}}')
    assert "hunter2" not in str(caught.value)


def places(document: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    keys = list(getattr(document, "keys", lambda: range(len(document)))()) if type(document) in (dict, list) else []
    for key in keys:
        yield (*path, key)
        yield from places(document[key], (*path, key))


WRONG: list[Any] = [None, "text", 5, ["x"], -1, {"x": {"y": 1}}, 1.5, [], True, 2**70, {}, 10**400]


@pytest.mark.row(5)
@pytest.mark.parametrize("shift", range(0, 12, 5))
@pytest.mark.parametrize(
    ("kind", "file", "name"),
    [
        (ContainerData, "api-1.40", "GET container (both addresses)"),
        (ContainerData, "api-1.52", "GET container (networks only)"),
        (NetworkData, "api-1.52", "GET network (status)"),
        (VolumeData, "api-1.52", "GET volume (cluster)"),
    ],
)
def test_no_wrong_value_anywhere_raises(kind: type[Any], file: str, name: str, shift: int) -> None:
    body = corpus(file, name)
    for number, path in enumerate(places(body), shift):
        if path in {("Id",), ("Name",)}:
            continue
        broken = copy.deepcopy(body)
        owner = broken
        for step in path[:-1]:
            owner = owner[step]
        owner[path[-1]] = WRONG[number % len(WRONG)]
        result = parse(kind, json.dumps(broken).encode())
        assert repr(result)
        assert result.model_dump_json(by_alias=True)


# Resources


class ContainerRef(Ref):
    noun: ClassVar[str] = "container"


class Container(ContainerData, ContainerRef):
    pass


class Summary(ContainerSummaryData, ContainerRef):
    pass


API_OF_A_DAEMON = cast("API", object())


def container(**more: object) -> Container:
    return parse(Container, json.dumps({"Id": "f" * 64, "Name": "/web", **more}).encode(), API_OF_A_DAEMON)


def test_all_tenses_are_equal() -> None:
    full = container()
    summary = parse(Summary, json.dumps({"Id": "f" * 64}).encode(), API_OF_A_DAEMON)
    reference = ContainerRef(API_OF_A_DAEMON, "f" * 64)
    assert full == summary == reference == full
    assert len({hash(full), hash(summary), hash(reference)}) == 1
    assert full != ContainerRef(API_OF_A_DAEMON, "e" * 64)
    assert full != parse(VolumeData, json.dumps({"Name": "f" * 64}).encode())


def test_objects_know_their_daemon_and_copies_do_not() -> None:
    full = container()
    assert full.api is API_OF_A_DAEMON
    for other in (copy.copy(full), copy.deepcopy(full), full.model_copy(), Container(id="x")):
        with pytest.raises(Detached, match=r"docker\.containers\.get"):
            _ = other.api
        assert repr(other)
    assert copy.copy(full).seen_at == full.seen_at


def test_data_objects_are_pickled_without_their_daemon() -> None:
    full = parse(ContainerData, b'{"Id": "x", "Tomorrow": 1}', API_OF_A_DAEMON)
    back = pickle.loads(pickle.dumps(full))
    assert back == full
    assert back.model_extra == {"Tomorrow": 1}
    assert back.seen_at == full.seen_at


def test_an_object_takes_over_a_newer_reading() -> None:
    old = container(State={"Status": "created"}, Tomorrow=1)
    fresh = container(State={"Status": "running"})
    old._become(fresh)  # pyright: ignore[reportPrivateUsage]
    assert old.status == "running"
    assert old.model_extra == {}
    assert old.seen_at == fresh.seen_at


def test_repr_is_short_and_says_its_age() -> None:
    full = container(State={"Status": "running"}, Config={"Image": "nginx", "Env": ["PASSWORD=hunter2"]})
    assert repr(full) == "<Container ffffffffffff web running nginx>"
    full._seen_at -= timedelta(seconds=90)  # pyright: ignore[reportPrivateUsage]
    assert repr(full) == "<Container ffffffffffff web running nginx, 90s ago>"
    assert "hunter2" not in repr(full.config)


def test_listing_is_a_sequence() -> None:
    listing = Listing([1, 2, 3], title="numbers")
    assert listing == [1, 2, 3]
    assert listing == Listing([1, 2, 3])
    assert listing != (1, 2, 3)
    assert listing[1:] == [2, 3]
    assert 2 in listing
    assert repr(listing) == "<3 numbers: [1, 2, 3]>"
