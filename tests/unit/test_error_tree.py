"""The tree of errors: told apart by class, and each can be pickled and copied as it is."""

from __future__ import annotations

import copy
import inspect
import pickle
from typing import Any

import pytest

from pydock import errors
from pydock.errors import DockerError

pytestmark = pytest.mark.row(61)
GIVEN: dict[str, Any] = {
    "status": 409,
    "method": "POST",
    "path": "/containers/web/start",
    "hint": "Do this.",
    "tried": ["unix:///a", "unix:///b"],
    "events": ["Step 1", "Step 2"],
    "code": 3,
    "exit_code": 5,
    "stdout": b"out",
    "stderr": b"err",
    "log_tail": "last words",
    "needs": "1.44",
    "has": "1.41",
    "wanted": "linux/arm64",
    "available": ["linux/amd64"],
}


def tree(root: type[DockerError] = DockerError) -> list[type[DockerError]]:
    return sorted(
        {root, *(leaf for child in root.__subclasses__() for leaf in tree(child))}, key=lambda one: one.__name__
    )


def make(kind: type[DockerError]) -> DockerError:
    parameters = inspect.signature(kind.__init__).parameters.values()
    keywords = {one.name: GIVEN[one.name] for one in parameters if one.kind is one.KEYWORD_ONLY}
    return kind("what happened", **keywords)


@pytest.mark.parametrize("kind", tree(), ids=lambda kind: kind.__name__)
def test_every_error_survives_pickling_and_copying(kind: type[DockerError]) -> None:
    error = make(kind)
    error.add_note("noted")
    for other in (pickle.loads(pickle.dumps(error)), copy.copy(error), copy.deepcopy(error)):
        assert type(other) is kind
        assert (str(other), other.args, vars(other)) == (str(error), error.args, vars(error))
    assert "what happened" in str(error)


def test_all_of_them_are_public() -> None:
    named = {
        kind.__name__ for kind in tree() if kind.__module__ == errors.__name__ and not kind.__name__.startswith("_")
    }
    assert named <= set(errors.__all__)


@pytest.mark.parametrize(
    ("status", "noun", "kind"),
    [
        (404, "container", errors.ContainerNotFound),
        (404, "image", errors.ImageNotFound),
        (404, "network", errors.NetworkNotFound),
        (404, "volume", errors.VolumeNotFound),
        (404, "exec", errors.ExecNotFound),
        (404, "service", errors.ServiceNotFound),
        (404, "", errors.NotFound),
        (409, "", errors.Conflict),
        (400, "container", errors.BadRequest),
        (401, "image", errors.Unauthorized),
        (403, "volume", errors.Forbidden),
        (500, "container", errors.ServerError),
    ],
)
def test_status_and_noun_make_the_class(status: int, noun: str, kind: type[errors.APIError]) -> None:
    error = errors.api_error(status, "words", method="GET", path="/x", noun=noun)
    assert type(error) is kind
    assert (error.status, error.message, error.method, error.path) == (status, "words", "GET", "/x")
