"""TLS towards a daemon. The danger is trusting too much: a given CA is the only one trusted."""

from __future__ import annotations

import ssl
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import NoReturn

from pydock.errors import ConfigError

__all__ = ["TLS"]


@dataclass(frozen=True, slots=True)
class TLS:
    """How to speak TLS to a daemon: certificates as PEM files (paths) or as PEM bytes.

    ```python
    docker = pydock.Docker("tcp://build7:2376", tls=pydock.TLS(ca="ca.pem", cert="cert.pem", key="key.pem"))
    ```
    """

    ca: Path | str | bytes | None = None
    """The only authority that is trusted; None trusts those of the system."""
    cert: Path | str | bytes | None = None
    """The client's certificate, for daemons with `--tlsverify`; it may hold the key as well."""
    key: Path | str | bytes | None = field(default=None, repr=False)
    verify: bool = True
    """False accepts any certificate of the daemon: anybody on the way can then read and change everything."""
    server_hostname: str | None = None
    """The name that the daemon's certificate must carry, when it is not the host that is dialled."""

    def context(self) -> ssl.SSLContext:
        """Read the certificates and return a context for TLS 1.2 or newer.

        It reads files on each call, so keep the result. ConfigError says which of them cannot be read, is no
        PEM, is encrypted, or does not belong to the others.
        """
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        if not self.verify:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        elif self.ca is None:
            context.load_default_certs()
        else:
            self._trust(context, self.ca)
        if self.cert is not None:
            self._present(context, self.cert)
        elif self.key is not None:
            raise ConfigError("TLS: a key needs its certificate: TLS(cert='cert.pem', key='key.pem').")
        return context

    def _trust(self, context: ssl.SSLContext, ca: Path | str | bytes) -> None:
        try:
            context.load_verify_locations(cadata=_read(ca, "CA certificate").decode("ascii", "replace"))
        except (ssl.SSLError, ValueError):
            raise ConfigError(f"TLS: the CA certificate{_where(ca)} is not a PEM certificate.") from None
        # Go trusts whatever stands in the file, an intermediate or the daemon's own certificate too
        context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN

    def _present(self, context: ssl.SSLContext, cert: Path | str | bytes) -> None:
        _read(cert, "client certificate")
        if self.key is not None:
            _read(self.key, "client key")
        holder = cert if self.key is None else self.key

        def refuse() -> NoReturn:  # without a callback OpenSSL asks on the terminal and waits for ever
            raise ConfigError(
                f"TLS: the client key{_where(holder)} is encrypted. Decrypt it: openssl pkey -in key.pem -out plain.pem"
            )

        with ExitStack() as files:
            try:
                keyfile = None if self.key is None else _file(self.key, files)
                context.load_cert_chain(_file(cert, files), keyfile, password=refuse)
            except ssl.SSLError as error:
                reason = (
                    "do not belong together"
                    if error.reason == "KEY_VALUES_MISMATCH"
                    else "are not a PEM certificate and its key"
                )
                raise ConfigError(
                    f"TLS: the client certificate{_where(cert)} and the key{_where(holder)} {reason}."
                ) from None


def _read(source: Path | str | bytes, what: str) -> bytes:
    if isinstance(source, bytes):
        return source
    try:
        return Path(source).read_bytes()
    except (OSError, ValueError) as error:
        reason = (error.strerror if isinstance(error, OSError) else None) or error
        raise ConfigError(f"TLS: the {what}{_where(source)} cannot be read: {reason}.") from error


def _where(source: Path | str | bytes) -> str:
    return "" if isinstance(source, bytes) else f" {source}"


def _file(source: Path | str | bytes, files: ExitStack) -> str:
    """Return a path for OpenSSL, which takes certificates and keys from files only."""
    if not isinstance(source, bytes):
        return str(source)
    import tempfile  # with shutil and its compressors it is too heavy for those who never come here

    folder = files.enter_context(tempfile.TemporaryDirectory(prefix="pydock-tls-"))  # for its owner only
    path = Path(folder, "pem")
    path.write_bytes(source)
    return str(path)
