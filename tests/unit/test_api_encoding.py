"""Paths, queries and JSON: what is sent and what is refused before anything is sent."""

from __future__ import annotations

import json
from urllib.parse import unquote

import pytest

from pydock.api._encoding import (
    Since,
    encode_body,
    encode_filters,
    encode_json,
    encode_platform,
    encode_platforms,
    encode_target,
    encode_time,
    gated,
    since,
)
from pydock.errors import InvalidArgument, Unsupported
from pydock.transport.version import Version

NEW, OLD = Version(1, 55), Version(1, 41)


def target(name: str, key: str = "id") -> str:
    return encode_target(f"/things/{{{key}}}/json", {key: name}, None, NEW)


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("web", "/things/web/json"),
        ("/web", "/things/web/json"),
        ("a b?c#d%2f", "/things/a%20b%3Fc%23d%252f/json"),
        ("host/web", "/things/host%2Fweb/json"),
        ("ä", "/things/%C3%A4/json"),
        ("sha256:00", "/things/sha256:00/json"),
    ],
)
def test_ids_are_quoted_whole(name: str, path: str) -> None:
    assert target(name) == path


def test_image_names_keep_what_makes_them_readable() -> None:
    assert target("host:5000/a/b@sha256:00", "name") == "/things/host:5000/a/b@sha256:00/json"


@pytest.mark.parametrize("name", ["", "/", "//web", "a//b", "a/", "..", "a/../b", "."])
def test_names_that_are_other_operations_are_refused(name: str) -> None:
    with pytest.raises(InvalidArgument, match="give its name or id"):
        target(name)
    with pytest.raises(ValueError, match="give its name or id"):
        target(name, "name")


@pytest.mark.parametrize("name", [None, 7, b"web"])
def test_names_that_are_no_text_are_refused(name: object) -> None:
    with pytest.raises(InvalidArgument):
        target(name)  # type: ignore[arg-type]


def test_lone_surrogates_are_refused() -> None:
    with pytest.raises(InvalidArgument):
        target("\udc80")
    with pytest.raises(InvalidArgument):
        encode_target("/x", {}, {"a": "\udc80"}, NEW)
    with pytest.raises(InvalidArgument):
        encode_body({"a": "\udc80"}, NEW, "/x")


def test_query_values() -> None:
    query = {
        "yes": True,
        "no": False,
        "none": None,
        "n": 0,
        "list": ["a", "b"],
        "text": "a b&c=d",
        "json": {"a": 1},
    }
    assert encode_target("/x", {}, query, NEW) == (
        "/x?yes=1&no=0&n=0&list=a&list=b&text=a+b%26c%3Dd&json=%7B%22a%22%3A1%7D"
    )


def test_no_query_leaves_no_question_mark() -> None:
    assert encode_target("/x", {}, {"a": None}, NEW) == "/x"


def test_gates() -> None:
    assert since("1.42", None) is None
    assert encode_target("/x", {}, {"a": since("1.42", "v")}, NEW) == "/x?a=v"
    assert encode_target("/x", {}, {"a": since("1.42", "v")}, None) == "/x?a=v"
    with pytest.raises(Unsupported) as caught:
        encode_target("/x", {}, {"a": since("1.42", "v")}, OLD)
    assert (caught.value.needs, caught.value.has) == ("1.42", "1.41")
    assert "a= of /x" in caught.value.feature


def test_versions_are_compared_as_numbers() -> None:
    assert gated(since("1.9", "v"), Version(1, 40), "x") == "v"


def test_gates_deep_in_a_body() -> None:
    body = {
        "HostConfig": {"Annotations": since("1.43", {"a": "b"}), "Mounts": [since("1.48", "m")]},
        "Null": None,
    }
    assert json.loads(encode_body(body, NEW, "/x")) == {
        "HostConfig": {"Annotations": {"a": "b"}, "Mounts": ["m"]},
        "Null": None,
    }
    with pytest.raises(Unsupported, match=r"^HostConfig\.Annotations of /x needs"):
        encode_body(body, OLD, "/x")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, None),
        (0, "0"),
        (1795462927, "1795462927"),
        (1795462927.5, "1795462927.5"),
        (1e17, "100000000000000000"),
        (1e-7, "0.0000001"),
        (0.25, "0.25"),
        ("1795462927.790220123", "1795462927.790220123"),
    ],
)
def test_times(value: float | str | None, text: str | None) -> None:
    assert encode_time(value) == text


@pytest.mark.parametrize(
    "value", ["10m", "2026-01-01T00:00:00Z", "", "1.", "1.0000000001", float("nan"), float("inf"), True]
)
def test_times_that_no_engine_reads_are_refused(value: float | str) -> None:
    with pytest.raises(InvalidArgument, match="unix seconds"):
        encode_time(value)


def test_filters() -> None:
    assert encode_filters(None) is None
    assert encode_filters({}) is None
    assert encode_filters({"label": []}) is None
    assert encode_filters({"label": ["a=b", "c"], "name": ("x",)}) == '{"label":["a=b","c"],"name":["x"]}'


@pytest.mark.parametrize("filters", [{"exited": "0"}, {"exited": [0]}, {"dangling": [True]}])
def test_filters_that_engines_refuse_are_refused_first(filters: dict[str, list[str]]) -> None:
    with pytest.raises(InvalidArgument, match="list of str"):
        encode_filters(filters)


@pytest.mark.parametrize("value", [{1, 2}, float("nan"), object()])
def test_what_is_no_json_is_refused(value: object) -> None:
    with pytest.raises(InvalidArgument, match="JSON"):
        encode_json({"a": value})


def test_bodies_keep_text_as_it_is() -> None:
    assert encode_body({"a": "ä"}, NEW, "/x") == '{"a":"ä"}'.encode()


@pytest.mark.parametrize(
    ("platform", "parts"),
    [
        ("linux/amd64", {"os": "linux", "architecture": "amd64"}),
        ("linux/arm/v7", {"os": "linux", "architecture": "arm", "variant": "v7"}),
        ({"os": "linux", "architecture": "amd64"}, {"os": "linux", "architecture": "amd64"}),
        ('{"os":"linux","architecture":"amd64"}', {"os": "linux", "architecture": "amd64"}),
    ],
)
def test_platforms(platform: str | dict[str, str], parts: dict[str, str]) -> None:
    assert json.loads(encode_platform(platform) or "") == parts


@pytest.mark.parametrize("platform", ["linux", "amd64", "/amd64", "linux/"])
def test_half_a_platform_is_refused(platform: str) -> None:
    with pytest.raises(InvalidArgument, match="linux/amd64"):
        encode_platform(platform)


def test_several_platforms_need_a_younger_engine_than_one() -> None:
    assert encode_platforms("1.48", []) is None
    assert encode_platforms("1.48", ["linux/amd64"]) == Since("1.48", [encode_platform("linux/amd64")])
    several = encode_platforms("1.48", ["linux/amd64", "linux/arm64"])
    assert several is not None
    assert several.version == "1.52"
    with pytest.raises(InvalidArgument, match="Several"):
        encode_platforms("1.48", "linux/amd64")


def test_quoting_is_reversible() -> None:
    for name in ["a+b", "a b", "a%b", "ä/ö", "x:y@z"]:
        assert unquote(target(name)) == f"/things/{name}/json"
