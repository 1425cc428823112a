"""The docker CLI's configuration directory as data: config.json and the variables that overrule parts of it.

A leaf that every room may import. The danger is leaking: auths, headers and proxies hold secrets, so no repr
and no error message shows their values.
"""

from __future__ import annotations

import csv
import json
import os
import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

from pydock.errors import ConfigError

__all__ = [
    "ConfigFile",
    "as_object",
    "config_dir",
    "environment_auths",
    "existing",
    "home",
    "load",
    "parse_object",
    "save_auth",
]

_PROXY_NAMES = {
    "httpProxy": "HTTP_PROXY",
    "httpsProxy": "HTTPS_PROXY",
    "noProxy": "NO_PROXY",
    "ftpProxy": "FTP_PROXY",
    "allProxy": "ALL_PROXY",
}
_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")


@dataclass(frozen=True, slots=True)
class ConfigFile:
    """What config.json says; every field is empty where the file is silent or missing."""

    path: Path
    current_context: str = ""
    auths: Mapping[str, Mapping[str, str]] = field(default_factory=dict[str, Mapping[str, str]], repr=False)
    """Registry key → the entry as written (`auth` still encoded)."""
    creds_store: str = ""
    cred_helpers: Mapping[str, str] = field(default_factory=dict[str, str])
    """Registry key → name of the helper program, without its `docker-credential-` prefix."""
    http_headers: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)
    """Headers for every request; DOCKER_CUSTOM_HEADERS replaces them all, User-Agent is never among them."""
    proxies: Mapping[str, Mapping[str, str]] = field(default_factory=dict[str, Mapping[str, str]], repr=False)
    """Daemon URL or `default` → `httpProxy`, `httpsProxy`, `noProxy`, `ftpProxy`, `allProxy`."""
    detach_keys: str = ""

    def proxies_for(self, endpoint_url: str) -> dict[str, str]:
        """Return the proxy variables for containers and builds of this daemon, in upper and lower case.

        The daemon's own entry replaces the default one entirely. A name that the caller sets already stays
        the caller's: `{**config.proxies_for(url), **env}`.
        """
        chosen = self.proxies.get(endpoint_url, self.proxies.get("default", {}))
        variables = {name: chosen[key] for key, name in _PROXY_NAMES.items() if chosen.get(key)}
        return variables | {name.lower(): value for name, value in variables.items()}


def home(environ: Mapping[str, str]) -> Path:
    """Return the user's home: HOME (USERPROFILE on Windows), else what the account says."""
    named = environ.get("USERPROFILE" if os.name == "nt" else "HOME")
    if named:
        return Path(named)
    try:
        import pwd

        return Path(pwd.getpwuid(os.getuid()).pw_dir)
    except (ImportError, KeyError):
        return Path("/")  # no account, as in many containers; never the working directory: it is anybody's


def config_dir(environ: Mapping[str, str]) -> Path:
    """Return DOCKER_CONFIG (a directory; it need not exist) or `~/.docker`."""
    return Path(environ.get("DOCKER_CONFIG") or home(environ) / ".docker")


def load(environ: Mapping[str, str], directory: Path | None = None) -> ConfigFile:
    """Read config.json of the directory (default: `config_dir(environ)`); a missing file is an empty one.

    Raises ConfigError, which names the file, when it cannot be read or is not what the docker CLI writes.
    """
    path = (config_dir(environ) if directory is None else directory) / "config.json"
    raw = _read(path)
    own_headers = environ.get("DOCKER_CUSTOM_HEADERS", "").strip()
    return ConfigFile(
        path=path,
        current_context=_string(raw.get("currentContext"), f"{path}: currentContext"),
        auths=_table(raw.get("auths"), f"{path}: auths", lenient=True),
        creds_store=_string(raw.get("credsStore"), f"{path}: credsStore"),
        cred_helpers=_strings(raw.get("credHelpers"), f"{path}: credHelpers"),
        http_headers=_headers_of_variable(own_headers)
        if own_headers
        else _sendable(_strings(raw.get("HttpHeaders"), f"{path}: HttpHeaders"), f"{path}: HttpHeaders"),
        proxies=_table(raw.get("proxies"), f"{path}: proxies"),
        detach_keys=_string(raw.get("detachKeys"), f"{path}: detachKeys"),
    )


def environment_auths(environ: Mapping[str, str]) -> dict[str, dict[str, str]]:
    """Return the auths of DOCKER_AUTH_CONFIG, which holds `{"auths": {registry: {"auth": base64}}}` only.

    Strict as the CLI (28.3 and later): a key beside these is a ConfigError, because it is usually a whole
    config.json whose credential helpers would be ignored without a word.
    """
    text = environ.get("DOCKER_AUTH_CONFIG", "").strip()
    if not text:
        return {}
    raw = parse_object(text, "DOCKER_AUTH_CONFIG")
    auths = _table(raw.pop("auths", None), "DOCKER_AUTH_CONFIG: auths")
    unknown = sorted({*raw, *(key for entry in auths.values() for key in entry if key != "auth")})
    if unknown:
        raise ConfigError(
            f'DOCKER_AUTH_CONFIG may hold only {{"auths": {{"<registry>": {{"auth": "<base64>"}}}}}}, '
            f"not {', '.join(map(repr, unknown))}."
        )
    return auths


def save_auth(directory: Path, key: str, entry: Mapping[str, str] | None) -> None:
    """Write (or with None remove) one entry of `auths` and leave the rest of config.json as it is.

    The file is replaced at once and readable by its owner only; a symbolic link stays, its target is written.
    """
    path = directory / "config.json"
    raw = _read(path)
    auths = as_object(raw.get("auths"), f"{path}: auths")
    if entry is None and key not in auths:
        return
    if entry is None:
        del auths[key]
    else:
        auths[key] = dict(entry)
    raw["auths"] = auths
    try:
        _replace(path, json.dumps(raw, indent="\t", ensure_ascii=False) + "\n")
    except OSError as error:
        raise ConfigError(f"{path} cannot be written: {error.strerror or error}.") from error


def existing(path: Path) -> Path | None:
    """Return the path if a file is there, or may be: opening one that cannot be looked at will say why."""
    try:
        return path if path.is_file() else None
    except OSError:
        return path


def parse_object(text: str | bytes, what: str) -> dict[str, object]:
    """Decode a JSON object. `what` begins the ConfigError, which quotes nothing of the text."""
    try:
        return as_object(json.loads(text), what)
    except json.JSONDecodeError as error:
        raise ConfigError(f"{what} is not JSON (see line {error.lineno}).") from None
    except UnicodeDecodeError:
        raise ConfigError(f"{what} is not JSON, which is UTF-8.") from None
    except RecursionError:
        raise ConfigError(f"{what} is nested too deeply.") from None


def as_object(value: object, what: str) -> dict[str, object]:
    """Return a decoded value that must be a JSON object; null is an empty one."""
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise ConfigError(f"{what} must be a JSON object, not {type(value).__name__}.")
    return cast("dict[str, object]", value)


def _read(path: Path) -> dict[str, object]:
    try:
        text = path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except OSError as error:
        raise ConfigError(
            f"{path} cannot be read: {error.strerror or error}. "
            "Make it readable, or set DOCKER_CONFIG to a directory of your own."
        ) from error
    return parse_object(text, str(path)) if text.strip() else {}


def _replace(path: Path, text: str) -> None:
    target = path.resolve()
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    import tempfile  # with shutil and its compressors it is too heavy for those who never come here

    handle, name = tempfile.mkstemp(prefix="config.json", dir=target.parent)  # made with mode 0600
    temporary = Path(name)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        temporary.replace(target)
    except BaseException:
        with suppress(OSError):
            temporary.unlink()
        raise


def _string(value: object, what: str) -> str:
    if value is None:
        return ""
    if not isinstance(value, str):
        raise ConfigError(f"{what} must be a string, not {type(value).__name__}.")
    return value


def _strings(value: object, what: str) -> dict[str, str]:
    return {key: _string(item, f"{what}: {key}") for key, item in as_object(value, what).items()}


def _table(value: object, what: str, *, lenient: bool = False) -> dict[str, dict[str, str]]:
    """Return an object of objects of strings; a lenient one drops other values (marks of other tools)."""
    rows = {key: as_object(row, f"{what}: {key}") for key, row in as_object(value, what).items()}
    if lenient:
        return {key: {k: v for k, v in row.items() if isinstance(v, str)} for key, row in rows.items()}
    return {key: _strings(row, f"{what}: {key}") for key, row in rows.items()}


def _headers_of_variable(text: str) -> dict[str, str]:
    """Parse DOCKER_CUSTOM_HEADERS, a line of comma-separated values: `X-A=1,"X-B=2,3"`."""
    try:
        (fields,) = csv.reader([text], strict=True)
    except (csv.Error, ValueError):
        fields = [""]
    pairs = [item.partition("=") for item in fields]
    if not all(name.strip() and equals for name, equals, _ in pairs):
        raise ConfigError("""DOCKER_CUSTOM_HEADERS must look like X-A=1,"X-B=2,3" (comma-separated name=value).""")
    return _sendable({name.strip(): value for name, _, value in pairs}, "DOCKER_CUSTOM_HEADERS")


def _sendable(headers: Mapping[str, str], what: str) -> dict[str, str]:
    for name, value in headers.items():
        if not _HEADER_NAME.fullmatch(name) or not value.isprintable():
            raise ConfigError(f"{what}: {name!r} is not a header that can be sent.")
    return {name: value for name, value in headers.items() if name.lower() != "user-agent"}
