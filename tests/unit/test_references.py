"""ImageReference: what the docker CLI makes of the same words."""

from __future__ import annotations

import csv
import pickle
from pathlib import Path

import pytest

from pydock.errors import InvalidArgument
from pydock.models.references import HUB_KEY, ImageReference, registry_key

HEX = "0" * 64
VECTORS = Path(__file__).parents[3] / "shared/facts/engine-api/reference-vectors.csv"


@pytest.mark.row(22)
@pytest.mark.skipif(not VECTORS.exists(), reason="the recorded vectors lie beside the checkout")
def test_recorded_vectors() -> None:
    with VECTORS.open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) > 30
    for row in rows:
        if row["error"]:
            with pytest.raises(InvalidArgument):
                ImageReference.parse(row["input"])
        else:
            assert ImageReference.parse(row["input"]).pull_query == (row["fromImage"], row["tag"]), row["input"]


@pytest.mark.row(22)
@pytest.mark.parametrize(
    ("text", "canonical", "familiar", "key"),
    [
        ("nginx", "docker.io/library/nginx:latest", "nginx:latest", HUB_KEY),
        ("index.docker.io/library/nginx:1", "docker.io/library/nginx:1", "nginx:1", HUB_KEY),
        ("docker.io/me/app", "docker.io/me/app:latest", "me/app:latest", HUB_KEY),
        ("homeassistant/x:2.1", "docker.io/homeassistant/x:2.1", "homeassistant/x:2.1", HUB_KEY),
        ("library/a/b", "docker.io/library/a/b:latest", "library/a/b:latest", HUB_KEY),
        ("localhost/app", "localhost/app:latest", "localhost/app:latest", "localhost"),
        ("localhostx/app", "docker.io/localhostx/app:latest", "localhostx/app:latest", HUB_KEY),
        ("host:5000/a/b:t", "host:5000/a/b:t", "host:5000/a/b:t", "host:5000"),
        ("[::1]:5000/x", "[::1]:5000/x:latest", "[::1]:5000/x:latest", "[::1]:5000"),
        ("MY-HOST/x", "MY-HOST/x:latest", "MY-HOST/x:latest", "MY-HOST"),
        ("my-host/x", "docker.io/my-host/x:latest", "my-host/x:latest", HUB_KEY),
        ("foo__bar/b--c", "docker.io/foo__bar/b--c:latest", "foo__bar/b--c:latest", HUB_KEY),
        ("busybox:UPPER", "docker.io/library/busybox:UPPER", "busybox:UPPER", HUB_KEY),
        (f"a@sha256:{HEX}", f"docker.io/library/a@sha256:{HEX}", f"a@sha256:{HEX}", HUB_KEY),
        (f"g.io/a:1@sha256:{HEX}", f"g.io/a:1@sha256:{HEX}", f"g.io/a:1@sha256:{HEX}", "g.io"),
        (f"sha256:{HEX}", f"docker.io/library/sha256:{HEX}", f"sha256:{HEX}", HUB_KEY),
        (f"a:{'t' * 128}", f"docker.io/library/a:{'t' * 128}", f"a:{'t' * 128}", HUB_KEY),
        (f"g.io/{'p' * 255}", f"g.io/{'p' * 255}:latest", f"g.io/{'p' * 255}:latest", "g.io"),
    ],
)
def test_forms(text: str, canonical: str, familiar: str, key: str) -> None:
    reference = ImageReference.parse(text)
    assert (reference.canonical, reference.familiar, reference.registry_key) == (canonical, familiar, key)
    assert str(reference) == familiar
    assert ImageReference.parse(canonical) == ImageReference.parse(familiar) == reference
    assert pickle.loads(pickle.dumps(reference)) == reference


def test_the_digest_decides_and_the_tag_is_kept() -> None:
    reference = ImageReference.parse(f"host:5000/a:1@sha256:{HEX}")
    assert (reference.domain, reference.path, reference.tag) == ("host:5000", "a", "1")
    assert reference.pull_query == ("host:5000/a", f"sha256:{HEX}")
    assert reference.repository == "host:5000/a"
    assert ImageReference.parse(f"a@sha256:{HEX}").tag is None
    assert ImageReference.parse("docker.io/library/a:3").repository == "a"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "a repository is"),
        (" busybox", "a repository is"),
        ("busybox\n", "a repository is"),
        (":x", "a repository is"),
        ("/x", "a repository is"),
        ("x/", "a repository is"),
        ("a//b", "a repository is"),
        ("a.b/-c", "a repository is"),
        ("a.b/c-", "a repository is"),
        ("a.b/c..d", "a repository is"),
        ("foo___bar/x", "a repository is"),
        ("-a.b/x", "is not a registry's host"),
        ("a_b.c/x", "is not a registry's host"),
        ("a:b/x", "is not a registry's host"),
        ("foo/Bar", "must be lower-case"),
        ("Busybox", "must be lower-case"),
        ("http://foo/bar", "has no scheme"),
        ("busybox:", "a tag is"),
        ("busybox:-x", "a tag is"),
        ("busybox:.x", "a tag is"),
        ("busybox:a:b", "a tag is"),
        ("busybox:ü", "a tag is"),
        ("busybox:x\n", "a tag is"),
        (f"busybox:{'t' * 129}", "a tag is"),
        ("busybox@", "the digest must be one of"),
        ("busybox@md5:" + "0" * 32, "the digest must be one of sha256, sha384, sha512, not 'md5'"),
        ("busybox@sha256:abc", "has 64 lower-case hexadecimal digits"),
        ("busybox@sha256:" + "A" * 64, "has 64 lower-case hexadecimal digits"),
        ("busybox@sha512:" + HEX, "has 128 lower-case hexadecimal digits"),
        (HEX, "an image's id: write 'sha256:000000000000…'"),
        ("g.io/" + "p" * 256, "more than 255 characters"),
    ],
)
def test_refusals_say_which_part(text: str, says: str) -> None:
    with pytest.raises(InvalidArgument) as caught:
        ImageReference.parse(text)
    assert says in str(caught.value)
    assert len(str(caught.value)) < 300


def test_only_text_is_a_reference() -> None:
    with pytest.raises(InvalidArgument, match="is a string such as"):
        ImageReference.parse(None)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


@pytest.mark.parametrize(
    ("server", "key"),
    [
        ("docker.io", HUB_KEY),
        ("index.docker.io", HUB_KEY),
        (HUB_KEY, HUB_KEY),
        ("https://ghcr.io/v2/", "ghcr.io"),
        ("http://localhost:5000", "localhost:5000"),
        ("host:5000", "host:5000"),
    ],
)
def test_registry_keys(server: str, key: str) -> None:
    assert registry_key(server) == key
