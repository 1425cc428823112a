"""config.json and the variables that overrule parts of it."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path

import pytest

from pydock.config import ConfigFile, config_dir, environment_auths, home, load, save_auth
from pydock.errors import ConfigError


def write(directory: Path, text: str) -> Path:
    path = directory / "config.json"
    path.write_text(text)
    return path


def test_where_the_directory_is() -> None:
    assert config_dir({"DOCKER_CONFIG": "/elsewhere", "HOME": "/h"}) == Path("/elsewhere")
    assert config_dir({"DOCKER_CONFIG": "", "HOME": "/h"}) == Path("/h/.docker")
    assert home({}).is_absolute()  # the account's, never the working directory


def test_a_missing_file_is_empty(tmp_path: Path) -> None:
    assert load({}, tmp_path) == ConfigFile(path=tmp_path / "config.json")
    assert load({}, tmp_path / "missing").auths == {}
    write(tmp_path, "  \n")
    assert load({}, tmp_path).auths == {}


def test_every_field(tmp_path: Path) -> None:
    content = {
        "currentContext": "box",
        "auths": {"a:1": {"auth": "eDp5", "tool": {"mark": 1}}, "b": {}, "c": None},
        "credsStore": "pass",
        "credHelpers": {"x.dkr": "ecr-login"},
        "HttpHeaders": {"X-A": "1", "user-AGENT": "mine"},
        "proxies": {"default": {"httpProxy": "http://p"}},
        "detachKeys": "ctrl-e,e",
        "plugins": {"unknown": [1]},
    }
    write(tmp_path, json.dumps(content))
    config = load({"DOCKER_CONFIG": str(tmp_path)})
    assert config.current_context == "box"
    assert config.auths == {"a:1": {"auth": "eDp5"}, "b": {}, "c": {}}
    assert (config.creds_store, config.cred_helpers) == ("pass", {"x.dkr": "ecr-login"})
    assert config.http_headers == {"X-A": "1"}
    assert config.proxies == {"default": {"httpProxy": "http://p"}}
    assert config.detach_keys == "ctrl-e,e"
    assert "eDp5" not in repr(config)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('{"auths": ', "is not JSON (see line 1)"),
        ("\xff{}", "is not JSON"),
        ("[]", "must be a JSON object, not list"),
        ('{"auths": []}', "auths must be a JSON object"),
        ('{"auths": {"h": "hunter2"}}', "auths: h must be a JSON object"),
        ('{"credHelpers": {"h": 3}}', "credHelpers: h must be a string"),
        ('{"currentContext": {}}', "currentContext must be a string"),
        ('{"HttpHeaders": {"X-A": "1\\r\\nX-B: hunter2"}}', "HttpHeaders: 'X-A' is not a header"),
        ('{"HttpHeaders": {"X A": "1"}}', "HttpHeaders: 'X A' is not a header"),
        ("[" * 100_000, "is nested too deeply"),
    ],
)
def test_a_broken_file_is_named_and_not_quoted(tmp_path: Path, text: str, says: str) -> None:
    path = tmp_path / "config.json"
    path.write_bytes(text.encode("latin-1"))
    with pytest.raises(ConfigError) as caught:
        load({}, tmp_path)
    assert says in str(caught.value)
    assert str(path) in str(caught.value)
    assert "hunter2" not in str(caught.value)


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    (tmp_path / "config.json").mkdir()
    with pytest.raises(ConfigError, match=r"config\.json cannot be read: Is a directory.*DOCKER_CONFIG"):
        load({}, tmp_path)


def test_headers_of_the_variable_replace_the_files(tmp_path: Path) -> None:
    write(tmp_path, '{"HttpHeaders": {"X-File": "1"}}')
    variables = {"DOCKER_CUSTOM_HEADERS": 'X-A=1,"X-B=2,3",X-C=a=b,User-Agent=no,X-D='}
    assert load(variables, tmp_path).http_headers == {"X-A": "1", "X-B": "2,3", "X-C": "a=b", "X-D": ""}
    assert load({"DOCKER_CUSTOM_HEADERS": " "}, tmp_path).http_headers == {"X-File": "1"}


@pytest.mark.parametrize("text", ["X-A", "=1", 'X-A=1,"X-B', "X-A=1,", "X A=1", "X-A=1\nX-B=2"])
def test_a_bad_header_variable_shows_the_form(tmp_path: Path, text: str) -> None:
    with pytest.raises(ConfigError, match="DOCKER_CUSTOM_HEADERS"):
        load({"DOCKER_CUSTOM_HEADERS": text}, tmp_path)


@pytest.mark.row(49)
def test_proxies(tmp_path: Path) -> None:
    write(tmp_path, json.dumps({"proxies": {
        "default": {"httpProxy": "http://d", "httpsProxy": "http://s", "noProxy": "local",
                    "ftpProxy": "http://f", "allProxy": "socks://a"},
        "tcp://own:2375": {"httpProxy": "http://own", "noProxy": ""},
    }}))  # fmt: skip
    config = load({}, tmp_path)
    default = {"HTTP_PROXY": "http://d", "HTTPS_PROXY": "http://s", "NO_PROXY": "local",
               "FTP_PROXY": "http://f", "ALL_PROXY": "socks://a"}  # fmt: skip
    assert config.proxies_for("unix:///p") == default | {name.lower(): value for name, value in default.items()}
    assert config.proxies_for("tcp://own:2375") == {"HTTP_PROXY": "http://own", "http_proxy": "http://own"}
    assert ConfigFile(tmp_path).proxies_for("unix:///p") == {}


def test_auths_of_the_variable() -> None:
    assert environment_auths({}) == {}
    assert environment_auths({"DOCKER_AUTH_CONFIG": " "}) == {}
    assert environment_auths({"DOCKER_AUTH_CONFIG": '{"auths": {"h": {"auth": "eDp5"}}}'}) == {"h": {"auth": "eDp5"}}


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("{", "DOCKER_AUTH_CONFIG is not JSON"),
        ('{"auths": {}, "credsStore": "pass"}', "not 'credsStore'"),
        ('{"auths": {"h": {"password": "hunter2"}}}', "not 'password'"),
        ('{"auths": {"h": {"auth": 3}}}', "auths: h: auth must be a string"),
    ],
)
def test_the_auth_variable_is_strict(text: str, says: str) -> None:
    with pytest.raises(ConfigError) as caught:
        environment_auths({"DOCKER_AUTH_CONFIG": text})
    assert says in str(caught.value)
    assert "hunter2" not in str(caught.value)


def test_saving_keeps_everything_else_and_the_link(tmp_path: Path) -> None:
    real = tmp_path / "real"
    real.mkdir()
    path = write(real, '{"psFormat": "table", "auths": {"a": {"auth": "eDp5", "tool": 1}}}')
    path.chmod(0o644)
    link = tmp_path / "link"
    link.mkdir()
    (link / "config.json").symlink_to(path)
    save_auth(link, "b", {"auth": "Yjpj"})
    assert (link / "config.json").is_symlink()
    assert json.loads(path.read_text()) == {
        "psFormat": "table",
        "auths": {"a": {"auth": "eDp5", "tool": 1}, "b": {"auth": "Yjpj"}},
    }
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    save_auth(link, "a", None)
    save_auth(link, "a", None)
    assert json.loads(path.read_text())["auths"] == {"b": {"auth": "Yjpj"}}
    assert os.listdir(real) == ["config.json"]  # noqa: PTH208 - no temporary file is left


def test_saving_makes_the_directory(tmp_path: Path) -> None:
    save_auth(tmp_path / "new", "a", None)
    assert not (tmp_path / "new").exists()
    save_auth(tmp_path / "new", "a", {})
    assert load({}, tmp_path / "new").auths == {"a": {}}
    assert stat.S_IMODE((tmp_path / "new").stat().st_mode) == 0o700


def test_a_broken_file_is_not_overwritten(tmp_path: Path) -> None:
    path = write(tmp_path, "{")
    with pytest.raises(ConfigError):
        save_auth(tmp_path, "a", {})
    assert path.read_text() == "{"


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ConfigError, match=r"config\.json cannot be written"):
        save_auth(tmp_path / "file", "a", {})
