"""Credentials as the docker CLI finds and keeps them, with real helper programs on a PATH of their own."""

from __future__ import annotations

import base64
import json
import logging
import os
import pickle
import select
import signal
import stat
import sys
from collections.abc import Callable
from pathlib import Path

import anyio
import pytest

from pydock.api.registry_auth import registry_auth_header, registry_config_header
from pydock.errors import ConfigError, CredentialHelperError
from pydock.models.credentials import Credentials, CredentialStore
from pydock.models.references import HUB_KEY

Install = Callable[[str, str], Path]

# A helper as the protocol wants it, over a JSON file beside it; it notes each call in `<name>.calls`.
KEEPER = """\
import json, pathlib, sys
me = pathlib.Path(sys.argv[0])
file, verb, given = me.with_suffix(".json"), sys.argv[1], sys.stdin.read()
kept = json.loads(file.read_text()) if file.exists() else {}
with me.with_suffix(".calls").open("a") as calls:
    print(verb, given, file=calls)
if verb == "list":
    print(json.dumps({key: entry["Username"] for key, entry in kept.items()}))
elif verb == "store":
    entry = json.loads(given)
    file.write_text(json.dumps(kept | {entry["ServerURL"]: entry}))
elif given not in kept:
    print("credentials not found in native keychain")
    sys.exit(1)
elif verb == "get":
    print(json.dumps(kept[given]))
else:
    del kept[given]
    file.write_text(json.dumps(kept))
"""


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    (tmp_path / "bin").mkdir()
    (tmp_path / "config").mkdir()
    return {"PATH": str(tmp_path / "bin"), "DOCKER_CONFIG": str(tmp_path / "config"), "HOME": str(tmp_path)}


@pytest.fixture
def install(environ: dict[str, str]) -> Install:
    def install(name: str, program: str, /) -> Path:
        path = Path(environ["PATH"], f"docker-credential-{name}")
        path.write_text(program if program.startswith("#!") else f"#!{sys.executable}\n{program}")
        path.chmod(0o755)
        return path

    return install


def keep(helper: Path, entries: dict[str, tuple[str, str]]) -> None:
    fields = {key: {"ServerURL": key, "Username": user, "Secret": secret} for key, (user, secret) in entries.items()}
    helper.with_suffix(".json").write_text(json.dumps(fields))


def configure(environ: dict[str, str], **content: object) -> Path:
    path = Path(environ["DOCKER_CONFIG"], "config.json")
    path.write_text(json.dumps(content))
    return path


def encoded(pair: str) -> str:
    return base64.b64encode(pair.encode()).decode()


def decoded(header: str) -> object:
    return json.loads(base64.urlsafe_b64decode(header))


def test_no_secret_is_shown() -> None:
    credentials = Credentials("me", "s3cret-a", "s3cret-b", "s3cret-c", "host")
    assert "s3cret" not in f"{credentials!r} {credentials}"
    assert pickle.loads(pickle.dumps(credentials)) == credentials
    store = CredentialStore({"HOME": "/nonexistent"})
    store.remember("host", credentials)
    assert "s3cret" not in repr(store)


@pytest.mark.row(22)
def test_headers_are_padded_base64url() -> None:
    credentials = Credentials("me", "ÿ??>>~~", server_address=HUB_KEY)
    header = registry_auth_header(credentials.wire())
    assert len(header) % 4 == 0
    assert not set(header) & set("+/\r\n")
    assert decoded(header) == {"username": "me", "password": "ÿ??>>~~", "serveraddress": HUB_KEY}
    # the lengths and bytes in which the two alphabets and the padding differ
    for size in range(40):
        auth = {"username": "~" * size, "password": "?>" * size}
        header = registry_auth_header(auth)
        assert decoded(header) == auth
        assert header == base64.b64encode(base64.urlsafe_b64decode(header)).decode().translate({43: 45, 47: 95})
    assert registry_auth_header(None) == registry_auth_header({}) == "e30="
    assert decoded(registry_config_header({"a:1": credentials.wire(), "b": {}})) == {
        "a:1": credentials.wire(),
        "b": {},
    }


@pytest.mark.anyio
async def test_nothing_is_known(environ: dict[str, str]) -> None:
    store = CredentialStore(environ)
    assert await store.for_registry("host") is None
    assert await store.all() == {}


@pytest.mark.anyio
async def test_auths_of_the_file(environ: dict[str, str]) -> None:
    configure(environ, auths={
        HUB_KEY: {"auth": encoded("hub:a:b\0\0")},
        "https://legacy.example/v1/": {"username": "old", "password": "pw"},
        "host:5000": {"auth": encoded("wins:yes"), "username": "loses", "password": "no"},
        "token": {"auth": encoded("me:"), "identitytoken": "id"},
        "bearer": {"registrytoken": "reg"},
        "empty": {},
    })  # fmt: skip
    store = CredentialStore(environ)
    for name in ("docker.io", "index.docker.io", HUB_KEY):
        assert await store.for_registry(name) == Credentials("hub", "a:b", server_address=HUB_KEY)
    assert await store.for_registry("legacy.example") == Credentials("old", "pw", server_address="legacy.example")
    assert await store.for_registry("host:5000") == Credentials("wins", "yes", server_address="host:5000")
    assert await store.for_registry("token") == Credentials("me", identity_token="id", server_address="token")
    assert await store.for_registry("bearer") == Credentials(registry_token="reg", server_address="bearer")
    for unknown in ("empty", "host", "example", "legacy.example:443"):
        assert await store.for_registry(unknown) is None
    assert set(await store.all()) == {HUB_KEY, "https://legacy.example/v1/", "host:5000", "token", "bearer"}


@pytest.mark.anyio
@pytest.mark.parametrize("auth", ["%%%", encoded("nocolon"), base64.b64encode(b"\xff:\xff").decode()])
async def test_a_broken_entry_hurts_only_its_registry(
    environ: dict[str, str], auth: str, caplog: pytest.LogCaptureFixture
) -> None:
    path = configure(environ, auths={"bad": {"auth": auth}, "good": {"auth": encoded("a:b")}})
    store = CredentialStore(environ)
    with pytest.raises(ConfigError) as caught:
        await store.for_registry("bad")
    assert f"{path}: auths: bad: auth" in str(caught.value)
    assert auth not in str(caught.value)
    assert await store.for_registry("good")
    with caplog.at_level(logging.WARNING, "pydock"):
        assert set(await store.all()) == {"good"}
    assert "bad" in caplog.text
    assert auth not in caplog.text


@pytest.mark.row(21)
@pytest.mark.anyio
async def test_the_order(environ: dict[str, str], install: Install) -> None:
    keep(install("own", KEEPER), {"host": ("of-helper", "1")})
    keep(install("all", KEEPER), {"host": ("of-store", "2"), "other": ("of-store", "2")})
    variable = json.dumps({"auths": {"host": {"auth": encoded("of-variable:3")}}})
    auths = {name: {"auth": encoded("of-file:4")} for name in ("host", "other", "third")}
    store = CredentialStore(environ)

    async def user(key: str, store: CredentialStore = store) -> str | None:
        found = await store.for_registry(key)
        everything = await store.all()
        assert (everything.get(key) == found) or found is None
        return found.username if found else None

    configure(environ, auths=auths)
    assert await user("host") == "of-file"
    configure(environ, auths=auths, credsStore="all")
    assert await user("host") == await user("other") == "of-store"
    assert await user("third") is None  # a store decides alone, as with the CLI
    configure(environ, auths=auths, credsStore="all", credHelpers={"host": "own"})
    assert await user("host") == "of-helper"
    assert await user("other") == "of-store"
    configure(environ, auths=auths, credHelpers={"host": "own"})
    assert await user("other") == "of-file"
    with_variable = CredentialStore({**environ, "DOCKER_AUTH_CONFIG": variable})
    assert await user("host", with_variable) == "of-variable"
    assert await user("other", with_variable) == "of-file"
    with_variable.remember("host", Credentials("of-login", "5"))
    assert await user("host", with_variable) == "of-login"
    assert with_variable.forget("host")
    assert not with_variable.forget("host")
    assert await user("host", with_variable) == "of-variable"


@pytest.mark.anyio
async def test_logins_know_the_hub_under_all_its_names(environ: dict[str, str]) -> None:
    store = CredentialStore(environ)
    store.remember("docker.io", Credentials("me", "pw"))
    assert await store.for_registry("index.docker.io") == Credentials("me", "pw", server_address=HUB_KEY)
    assert set(await store.all()) == {HUB_KEY}
    assert store.forget(HUB_KEY)


@pytest.mark.row(21)
@pytest.mark.anyio
async def test_the_helper_protocol(environ: dict[str, str], install: Install) -> None:
    helper = install("keeper", KEEPER)
    keep(helper, {HUB_KEY: ("<token>", "id"), "host": ("me", "pw")})
    configure(environ, credsStore="keeper")
    store = CredentialStore(environ)
    assert await store.for_registry("docker.io") == Credentials(identity_token="id", server_address=HUB_KEY)
    assert await store.for_registry("host") == Credentials("me", "pw", server_address="host")
    assert await store.for_registry("unknown") is None
    assert helper.with_suffix(".calls").read_text() == f"get {HUB_KEY}\nget host\nget unknown\n"  # no newline sent
    assert set(await store.all()) == {HUB_KEY, "host"}
    assert "list unused\n" in helper.with_suffix(".calls").read_text()


@pytest.mark.row(21)
@pytest.mark.anyio
@pytest.mark.parametrize(
    ("program", "says"),
    [
        ("#!/bin/sh\necho 'the vault is sealed'; exit 3\n", "exited with 3: the vault is sealed"),
        ("#!/bin/sh\necho 'no session' >&2; exit 1\n", "exited with 1: no session"),
        ("#!/bin/sh\nexit 1\n", "exited with 1: no output"),
        ("#!/bin/sh\necho hunter2\n", "its answer is not JSON"),
        ("#!/bin/sh\necho '[]'\n", "its answer must be a JSON object"),
        ("#!/nonexistent/interpreter\n", "cannot be run"),
    ],
)
async def test_a_failing_helper_is_named(
    environ: dict[str, str], install: Install, program: str, says: str, caplog: pytest.LogCaptureFixture
) -> None:
    install("broken", program)
    configure(environ, credHelpers={"host": "broken"}, auths={"other": {"auth": encoded("a:b")}})
    store = CredentialStore(environ)
    with pytest.raises(CredentialHelperError) as caught:
        await store.for_registry("host")
    assert "Credential helper 'broken' for host: " in str(caught.value)
    assert says in str(caught.value)
    assert "hunter2" not in str(caught.value)
    assert await store.for_registry("other")
    with caplog.at_level(logging.WARNING, "pydock"):
        assert set(await store.all()) == {"other"}
    assert "'broken' for host" in caplog.text


@pytest.mark.row(21)
@pytest.mark.anyio
async def test_a_missing_helper_fails_only_where_it_is_asked(
    environ: dict[str, str], caplog: pytest.LogCaptureFixture
) -> None:
    configure(environ, credHelpers={"host": "gone"}, auths={"other": {"auth": encoded("a:b")}})
    store = CredentialStore(environ)
    assert await store.for_registry("other")
    with pytest.raises(CredentialHelperError, match="'gone' for host: there is no docker-credential-gone on PATH"):
        await store.for_registry("host")
    configure(environ, credsStore="gone")
    with caplog.at_level(logging.WARNING, "pydock"):
        assert await store.all() == {}
    assert "docker-credential-gone" in caplog.text


@pytest.mark.row(21)
@pytest.mark.anyio
async def test_a_slow_helper_is_killed_with_its_children(environ: dict[str, str], install: Install) -> None:
    # The child holds the helper's stdout open, as gpg may for `pass`: killing the helper alone is not enough.
    helper = install("slow", '#!/bin/sh\n/bin/sleep 300 &\necho $! > "$0.child"\nwait\n')
    configure(environ, credHelpers={"host": "slow"})
    with anyio.fail_after(20):
        with pytest.raises(CredentialHelperError, match=r"'slow' for host: .* took longer than 2 s"):
            await CredentialStore(environ, helper_timeout=2).for_registry("host")
    assert_dies(int(helper.with_name(f"{helper.name}.child").read_text()))


@pytest.mark.anyio
async def test_a_cancelled_question_leaves_no_process(environ: dict[str, str], install: Install) -> None:
    pipe = Path(environ["HOME"], "started")
    os.mkfifo(pipe)
    install("slow", f'#!/bin/sh\necho $$ > "{pipe}"\nexec /bin/sleep 300\n')
    configure(environ, credHelpers={"host": "slow"})
    pid = 0
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(CredentialStore(environ).for_registry, "host")
        pid = int(await anyio.Path(pipe).read_text())  # returns when the helper has written
        tasks.cancel_scope.cancel()
    assert_dies(pid)


def assert_dies(pid: int) -> None:
    """Wait for the end of a process that was sent SIGKILL: an orphan's death takes the kernel a moment."""
    try:
        handle = os.pidfd_open(pid)
    except ProcessLookupError:
        return
    died, _, _ = select.select([handle], [], [], 5)
    if not died:
        signal.pidfd_send_signal(handle, signal.SIGKILL)
    os.close(handle)
    assert died, f"process {pid} still runs"


@pytest.mark.anyio
async def test_a_helper_that_does_not_read(environ: dict[str, str], install: Install) -> None:
    install("deaf", '#!/bin/sh\nexec <&-\necho \'{"Username": "me", "Secret": "pw"}\'\n')
    key = "h" * 200_000  # more than a pipe holds
    configure(environ, credHelpers={key: "deaf"})
    assert await CredentialStore(environ).for_registry(key) == Credentials("me", "pw", server_address=key)


@pytest.mark.row(21)
@pytest.mark.anyio
async def test_store_and_erase_in_the_file(environ: dict[str, str]) -> None:
    path = configure(environ, psFormat="x", auths={"other": {"auth": encoded("a:b")}})
    store = CredentialStore(environ)
    await store.store("https://index.docker.io/v1/", Credentials("me", "p:w"))
    await store.store("token", Credentials("me", "unused", identity_token="id"))
    assert json.loads(path.read_text()) == {
        "psFormat": "x",
        "auths": {
            "other": {"auth": encoded("a:b")},
            HUB_KEY: {"auth": encoded("me:p:w")},
            "token": {"auth": encoded("me:"), "identitytoken": "id"},
        },
    }
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    again = CredentialStore(environ)
    assert await again.for_registry("docker.io") == Credentials("me", "p:w", server_address=HUB_KEY)
    assert await again.for_registry("token") == Credentials("me", identity_token="id", server_address="token")
    await store.erase("docker.io")
    await store.erase("never")
    assert await again.for_registry("docker.io") is None
    assert await again.for_registry("other")


@pytest.mark.row(21)
@pytest.mark.anyio
async def test_store_and_erase_in_a_helper(environ: dict[str, str], install: Install) -> None:
    helper = install("keeper", KEEPER)
    path = configure(environ, credsStore="keeper")
    store = CredentialStore(environ)
    await store.store("host", Credentials("me", "s3cret"))
    await store.store("token", Credentials("me", "s3cret", identity_token="s3cret-id"))
    assert json.loads(path.read_text()) == {"credsStore": "keeper", "auths": {"host": {}, "token": {}}}
    assert json.loads(helper.with_suffix(".json").read_text()) == {
        "host": {"ServerURL": "host", "Username": "me", "Secret": "s3cret"},
        "token": {"ServerURL": "token", "Username": "<token>", "Secret": "s3cret-id"},
    }
    assert await store.for_registry("token") == Credentials(identity_token="s3cret-id", server_address="token")
    await store.erase("host")
    await store.erase("never")
    assert await store.for_registry("host") is None
    assert json.loads(path.read_text())["auths"] == {"token": {}}


@pytest.mark.anyio
async def test_a_helper_that_cannot_store_leaves_the_file_alone(environ: dict[str, str], install: Install) -> None:
    install("broken", "#!/bin/sh\necho sealed; exit 1\n")
    path = configure(environ, credsStore="broken")
    with pytest.raises(CredentialHelperError, match="sealed"):
        await CredentialStore(environ).store("host", Credentials("me", "pw"))
    assert json.loads(path.read_text()) == {"credsStore": "broken"}
