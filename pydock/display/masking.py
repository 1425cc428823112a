"""What must not be saved in a notebook: values of the environment, and all that is named like a secret.

Danger: a notebook is committed and pushed; what is shown in a cell is published. When in doubt, mask.
"""

from __future__ import annotations

import re

__all__ = ["MASK", "environment", "is_secret", "safe_text"]

MASK = "•••"
_READ = 4000  # nobody is shown more, and the patterns below are not linear

_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_SECRET_WORDS = frozenset({
    "auth", "oauth", "key", "keys", "pwd", "pw", "pass", "cred", "creds", "pin", "dsn", "jwt", "sas", "salt",
    "bearer", "cookie",
})  # fmt: skip
_SECRET_PARTS = ("passw", "passphrase", "secret", "token", "credential", "apikey", "private", "accesskey")

_URL = re.compile(r"(://[^/\s:@]*:)[^/\s@]+(?=@)")
_BEARER = re.compile(r"\b(Bearer|Basic)\s+[\w.~+/=-]{6,}", re.IGNORECASE)
_FLAG = re.compile(r"(--?[A-Za-z][\w-]*)(\s+|=)(\"[^\"]*\"|'[^']*'|[^\s\"',\]]+)")
_PAIR = re.compile(r"""(?<![-\w])([A-Za-z_][\w.-]*)(=|["']\s*:\s*|:\s+)("[^"]*"|'[^']*'|[^\s"',;&]+)""")
_ENV_LINE = re.compile(r"^(?:/bin/sh -c #\(nop\)\s+)?ENV\s")
_ARGS_LINE = re.compile(r"^((?:RUN )?\|\d+ )(.*?)(?= /|$)", re.DOTALL)
_ASSIGNED = re.compile(r"(\b[A-Za-z_]\w*=)(\"[^\"]*\"|'[^']*'|\S+)")


def is_secret(name: str) -> bool:
    """Tell whether a key, variable, flag or label is named like something that must not be shown."""
    lowered = name.lower().replace("_", "").replace("-", "")
    if any(part in lowered for part in _SECRET_PARTS):
        return True
    return any(word.lower() in _SECRET_WORDS for word in _WORDS.findall(name))


def environment(entry: str, *, show: bool = False) -> tuple[str, str]:
    """Split "NAME=value" and mask the value; with `show` only when the name looks like a secret's."""
    name, equals, value = entry.partition("=")
    if not equals or not value:
        return name, "" if equals else "(unset)"
    return name, safe_text(value) if show and not is_secret(name) else MASK


def safe_text(text: str) -> str:
    """Mask passwords in URLs, values of secret-looking flags and pairs, all of ENV and build arguments."""
    text = text[:_READ]
    if not any(c in text for c in "=:@- "):
        return text
    if _ENV_LINE.match(text):
        return _ASSIGNED.sub(rf"\1{MASK}", text)
    text = _ARGS_LINE.sub(lambda m: m[1] + _ASSIGNED.sub(rf"\1{MASK}", m[2]), text, count=1)
    text = _BEARER.sub(rf"\1 {MASK}", _URL.sub(rf"\1{MASK}", text))
    text = _FLAG.sub(lambda m: f"{m[1]}{m[2]}{MASK}" if is_secret(m[1]) else m[0], text)
    return _PAIR.sub(lambda m: f"{m[1]}{m[2]}{MASK}" if is_secret(m[1]) and m[3] != MASK else m[0], text)
