"""TLS.context(): whom it trusts, and what it says about certificates that cannot be used."""

from __future__ import annotations

import shutil
import ssl
import subprocess
from pathlib import Path

import pytest

from pydock.errors import ConfigError
from pydock.transport.tls import TLS

OPENSSL = shutil.which("openssl")
pytestmark = pytest.mark.skipif(OPENSSL is None, reason="the certificates are made by openssl")


def openssl(*arguments: str | Path) -> None:
    subprocess.run([OPENSSL or "openssl", *map(str, arguments)], check=True, capture_output=True)


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Self-signed certificates `a` and `b` for localhost, their keys, and a's key encrypted."""
    folder = tmp_path_factory.mktemp("certificates")
    for name in "ab":
        openssl(
            "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
            "-days", "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost",
            "-keyout", folder / f"{name}.key", "-out", folder / f"{name}.pem",
        )  # fmt: skip
    openssl("pkey", "-in", folder / "a.key", "-aes256", "-passout", "pass:hunter2", "-out", folder / "locked.key")
    (folder / "junk.pem").write_text("no certificate")
    (folder / "empty.pem").touch()
    return folder


def shake_hands(client: ssl.SSLContext, certificates: Path, *, name: str = "localhost") -> str | None:
    """Let the client meet a server with certificate `a`, in memory; return the TLS version."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificates / "a.pem", certificates / "a.key")
    up, down = ssl.MemoryBIO(), ssl.MemoryBIO()
    ours = client.wrap_bio(down, up, server_hostname=name)
    theirs = context.wrap_bio(up, down, server_side=True)
    for _ in range(4):
        for side in (ours, theirs):
            try:
                side.do_handshake()
            except ssl.SSLWantReadError:
                continue
    return ours.version()


@pytest.mark.row(48)
def test_only_the_given_authority_is_trusted(certificates: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE"):
        monkeypatch.setenv(variable, str(certificates / "a.pem"))
    assert shake_hands(TLS(ca=certificates / "a.pem").context(), certificates) in {"TLSv1.2", "TLSv1.3"}
    with pytest.raises(ssl.SSLCertVerificationError):
        shake_hands(TLS(ca=certificates / "b.pem").context(), certificates)
    assert len(TLS(ca=certificates / "b.pem").context().get_ca_certs()) == 1


def test_the_name_is_checked_unless_nothing_is(certificates: Path) -> None:
    strict = TLS(ca=certificates / "a.pem").context()
    with pytest.raises(ssl.SSLCertVerificationError, match="Hostname mismatch"):
        shake_hands(strict, certificates, name="elsewhere")
    assert shake_hands(TLS(verify=False).context(), certificates, name="elsewhere")


def test_old_versions_are_not_spoken(certificates: Path) -> None:
    assert TLS(ca=certificates / "a.pem").context().minimum_version is ssl.TLSVersion.TLSv1_2
    assert TLS(verify=False).context().minimum_version is ssl.TLSVersion.TLSv1_2


def test_bytes_do_as_well_as_files(certificates: Path) -> None:
    read = {name: (certificates / name).read_bytes() for name in ("a.pem", "a.key")}
    context = TLS(ca=read["a.pem"], cert=read["a.pem"], key=read["a.key"]).context()
    assert shake_hands(context, certificates)
    TLS(cert=read["a.pem"] + read["a.key"]).context()  # one bundle of both


@pytest.mark.parametrize(
    ("files", "says"),
    [
        ({"ca": "missing.pem"}, r"CA certificate .*missing\.pem cannot be read: No such file"),
        ({"ca": "junk.pem"}, r"CA certificate .*junk\.pem is not a PEM certificate"),
        ({"ca": "empty.pem"}, r"CA certificate .*empty\.pem is not a PEM certificate"),
        ({"cert": "missing.pem", "key": "a.key"}, r"client certificate .*missing\.pem cannot be read"),
        ({"cert": "a.pem", "key": "missing.key"}, r"client key .*missing\.key cannot be read"),
        ({"cert": "a.pem", "key": "b.key"}, "do not belong together"),
        ({"cert": "junk.pem", "key": "a.key"}, "are not a PEM certificate and its key"),
        ({"cert": "a.pem"}, "are not a PEM certificate and its key"),
        ({"key": "a.key"}, "a key needs its certificate"),
        ({"cert": "a.pem", "key": "locked.key"}, r"locked\.key is encrypted"),
    ],
)
def test_what_is_wrong_is_said(certificates: Path, files: dict[str, str], says: str) -> None:
    ca, cert, key = (certificates / files[name] if name in files else None for name in ("ca", "cert", "key"))
    with pytest.raises(ConfigError, match=says):
        TLS(ca=ca, cert=cert, key=key).context()


def test_errors_on_bytes_show_none_of_them(certificates: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        TLS(cert=(certificates / "a.pem").read_bytes(), key=b"hunter2").context()
    assert "hunter2" not in str(caught.value)
    assert "hunter2" not in repr(TLS(key=b"hunter2"))
