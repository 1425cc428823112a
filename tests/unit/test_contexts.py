"""The docker CLI's context store, as the CLI lays it out."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from pydock.contexts import context_names, read_context
from pydock.errors import ConfigError, ContextNotFound


def write(directory: Path, name: str, content: object) -> Path:
    path = directory / "contexts/meta" / hashlib.sha256(name.encode()).hexdigest() / "meta.json"
    path.parent.mkdir(parents=True)
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    return path


def test_a_whole_context(tmp_path: Path) -> None:
    meta = write(tmp_path, "ctxA", {
        "Name": "ctxA",
        "Metadata": {"Description": "hi", "otel": {}},
        "Endpoints": {"kubernetes": {}, "docker": {"Host": "tcp://h:2376", "SkipTLSVerify": True}},
    })  # fmt: skip
    assert meta.parent.name == "ea4ab9c5d5e8eb7dc1785b31e841c489395737391a411f590683f1755febfb47"
    tls = tmp_path / "contexts/tls" / meta.parent.name / "docker"
    tls.mkdir(parents=True)
    (tls / "ca.pem").touch()
    (tls / "key.pem").touch()
    context = read_context(tmp_path, "ctxA")
    assert (context.name, context.host, context.path) == ("ctxA", "tcp://h:2376", meta)
    assert (context.ca, context.cert, context.key) == (tls / "ca.pem", None, tls / "key.pem")
    assert context.skip_tls_verify
    assert context.has_tls


def test_keys_in_any_case_and_names_in_any_script(tmp_path: Path) -> None:
    write(tmp_path, "größe/x", {"name": "größe/x", "endpoints": {"Docker": {"host": "ssh://h"}}})
    context = read_context(tmp_path, "größe/x")
    assert (context.host, context.has_tls) == ("ssh://h", False)


def test_an_empty_host_stays_empty(tmp_path: Path) -> None:
    write(tmp_path, "a", {"Name": "a", "Endpoints": {"docker": {}}})
    assert read_context(tmp_path, "a").host == ""


def test_an_unknown_name_lists_those_that_exist(tmp_path: Path) -> None:
    for name in ("b", "a"):
        write(tmp_path, name, {"Name": name, "Endpoints": {"docker": {}}})
    write(tmp_path, "broken", "{")
    with pytest.raises(ContextNotFound) as caught:
        read_context(tmp_path, "c")
    missing = tmp_path / "contexts/meta" / hashlib.sha256(b"c").hexdigest() / "meta.json"
    assert str(missing) in str(caught.value)
    assert "'default', 'a', 'b'." in str(caught.value)
    assert context_names(tmp_path) == ["a", "b"]
    assert context_names(tmp_path / "missing") == []


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("{", "is not JSON"),
        ({"Name": "a", "Endpoints": {"kubernetes": {}}}, "has no docker endpoint"),
        ({"Name": "a"}, "has no docker endpoint"),
        ({"Name": "a", "Endpoints": {"docker": {"Host": 3}}}, "Host must be a string"),
        ({"Name": "a", "Endpoints": {"docker": {"SkipTLSVerify": "no"}}}, "SkipTLSVerify true or false"),
        ({"Name": "a", "Endpoints": []}, "must be a JSON object"),
    ],
)
def test_a_broken_file_is_named(tmp_path: Path, content: object, says: str) -> None:
    path = write(tmp_path, "a", content)
    with pytest.raises(ConfigError) as caught:
        read_context(tmp_path, "a")
    assert says in str(caught.value)
    assert str(path) in str(caught.value)
    assert not isinstance(caught.value, ContextNotFound)
