"""The api room against the table of the Engine API: every route, query parameter, header and version gate.

`routes.csv` is the table in short (a parameter or operation younger than API 1.40 carries its version);
`gaps.txt` says what is missing and why; `requests.txt` holds what each method sends when all arguments are
given. After a wanted change: `PYDOCK_UPDATE_GOLDEN=1 python -m pytest tests/contract/test_routes.py`.
"""

from __future__ import annotations

import csv
import inspect
import os
import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple, cast

import pytest

from pydock.api import API
from pydock.api._base import Group
from pydock.errors import ProtocolError, Unsupported
from pydock.testing.recorder import Recorder, Request
from pydock.transport.engine import Answer
from pydock.transport.version import OLDEST, Version

HERE = Path(__file__).parent
ENDPOINTS = HERE.parents[2] / "shared" / "facts" / "engine-api" / "endpoints.csv"
COLUMNS = ["method", "path", "operation_id", "tag", "since", "query", "headers"]
ROUTE = re.compile(r"(GET|HEAD|POST|PUT|DELETE) (/\S*)")

# What the daemon reads although the swagger does not say so; each was seen in its router or in the CLI.
EXTRA_QUERY = {
    "ContainerLogs": {"details"},
    "ImageBuild": {"cpusetmems", "cgroupparent", "ulimits", "securityopt", "isolation", "session", "buildid"},
}
EXTRA_HEADERS = {"DistributionInspect": {"x-registry-auth"}}
# Operations whose method is not named by their operationId without the noun.
NAMES = {"ContainerExec": "create", "PutContainerArchive": "put_archive", "BuildPrune": "build_prune"}
# Parameters that are sent under an older name instead of being refused.
RENAMED = {("BuildPrune", "reserved-space"): "keep-storage"}

SAMPLES: dict[str, object] = {
    "bool": True,
    "int": 7,
    "int | str": 7,
    "str": "x",
    "Filters": {"label": ["a"]},
    "Timestamp": 1.5,
    "Sequence[str]": ["x"],
    "Mapping[str, object]": {"A": 1},
    "Mapping[str, str]": {"a": "b"},
    "Mapping[str, str | None]": {"a": None},
    "Sequence[Mapping[str, object]]": [{"a": 1}],
    "Platform": "linux/amd64",
    "Sequence[Platform]": ["linux/amd64"],
    "Body": b"tar",
    "tuple[int, int]": (2, 3),
}
SPECIAL = {("images.create", "all_tags"): False, ("images.create", "from_src"): "-"}


class Operation(NamedTuple):
    """A row of the table."""

    method: str
    path: str
    operation_id: str
    tag: str
    since: str
    query: str
    headers: str

    @property
    def route(self) -> str:
        return f"{self.method} {self.path}"

    @property
    def parameters(self) -> dict[str, str]:
        """Names in the query with the version that brought each, or `""` when that is older than pydock."""
        pairs = (item.partition("@") for item in self.query.split())
        return {name: version for name, _, version in pairs}


class Method(NamedTuple):
    """A method of the api room."""

    name: str
    route: str
    function: Callable[..., Any]


def rows(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(path.read_text(encoding="utf-8").splitlines()))


BY_ROUTE = {row.route: row for row in (Operation(**row) for row in rows(HERE / "routes.csv"))}


def groups() -> dict[str, type[Group]]:
    api = API(Recorder().engine)
    return {name: type(group) for name, group in vars(api).items() if isinstance(group, Group)}


def methods() -> Iterator[Method]:
    for name, group in groups().items():
        for verb, function in vars(group).items():
            if not verb.startswith("_") and inspect.isfunction(function):
                match = ROUTE.match(function.__doc__ or "")
                assert match, f"{name}.{verb}: the first line of the docstring must be its route"
                yield Method(f"{name}.{verb}", match[0], function)


METHODS = list(methods())
each_method = pytest.mark.parametrize("method", METHODS, ids=[method.name for method in METHODS])


def gaps() -> dict[str, str]:
    lines = (HERE / "gaps.txt").read_text(encoding="utf-8").splitlines()
    pairs = (line.split(" — ", 1) for line in lines if line and not line.startswith("#"))
    return {pair[0]: pair[1] for pair in pairs}


def in_short(row: dict[str, str]) -> Operation:
    """Bring a row of the full table into the form of `routes.csv`."""
    query: list[str] = []
    for item in filter(None, row["query_params"].split("; ")):
        name = re.split(r"[:@]", item)[0]
        version = item.rpartition("@")[2] if "@" in item else ""
        query.append(f"{name}@{version}" if version and Version.parse(version) > OLDEST else name)
    first = row["first_version"].split(" ")[0]
    young = re.fullmatch(r"\d+\.\d+", first) and Version.parse(first) > OLDEST
    headers = row["header_params"].replace("!", "").replace(";", "")
    return Operation(
        row["method"],
        row["path"],
        row["operation_id"].strip("-"),
        row["tag"],
        first if young else "",
        " ".join(query),
        headers,
    )


def arguments(method: Method, only: str | None = None) -> dict[str, Any]:
    """Make up a value for each argument of a method, or for the needed ones and `only`."""
    given: dict[str, Any] = {}
    for name, parameter in list(inspect.signature(method.function).parameters.items())[1:]:
        kind = str(parameter.annotation).removesuffix(" | None")
        if only is None or parameter.default is parameter.empty or name == only:
            given[name] = SPECIAL.get((method.name, name), SAMPLES[kind])
    if method.name == "containers.logs":
        given |= {"stdout": True, "tty": True}
    return given


async def send(method: Method, recorder: Recorder, given: dict[str, Any]) -> Request:
    """Call a method until its request is on its way."""
    group = getattr(API(recorder.engine), method.name.partition(".")[0])
    result: Any = method.function(group, **given)
    with suppress(ProtocolError, StopAsyncIteration):  # the scripted answer fits no handshake
        if inspect.isawaitable(result):
            result = await result
        else:
            await anext(result)
    close = getattr(cast("object", result), "aclose", None)
    if close is not None:
        await close()
    return recorder.last


def answering(version: str = "1.55") -> Recorder:
    stat = {"x-docker-container-path-stat": "e30="}
    return Recorder(Answer(200, {"content-type": "application/json"} | stat, b"{}"), version=version)


def argument_of(method: Method, parameter: str) -> str | None:
    """Find the Python name of a query parameter: `shared-size` is shared_size, `copyUIDGID` copy_uid_gid."""
    names = inspect.signature(method.function).parameters
    wanted = parameter.replace("-", "").lower()
    return next((name for name in names if name.replace("_", "").lower() == wanted), None)


def younger() -> Iterator[tuple[Method, str, str]]:
    """Each parameter younger than the oldest API that pydock speaks, with its version."""
    for method in METHODS:
        for parameter, version in BY_ROUTE[method.route].parameters.items():
            if version and argument_of(method, parameter):
                yield method, parameter, version


YOUNGER = list(younger())
each_younger = pytest.mark.parametrize(
    ("method", "parameter", "version"), YOUNGER, ids=[f"{m.name}-{p}" for m, p, _ in YOUNGER]
)


def test_the_short_table_is_the_full_table() -> None:
    if not ENDPOINTS.exists():
        pytest.skip("the facts beside the checkout are not here")
    full = [in_short(row) for row in rows(ENDPOINTS) if "REMOVED" not in row["source"]]
    if os.environ.get("PYDOCK_UPDATE_GOLDEN"):
        with (HERE / "routes.csv").open("w", encoding="utf-8", newline="") as file:
            csv.writer(file, lineterminator="\n").writerows([COLUMNS, *full])
    assert rows(HERE / "routes.csv") == [row._asdict() for row in full]


def test_every_route_has_a_method_or_a_reason() -> None:
    have = {method.route for method in METHODS}
    assert have <= BY_ROUTE.keys(), "a docstring names a route that the Engine API has not"
    missing = BY_ROUTE.keys() - have
    assert missing - gaps().keys() == set(), "neither a method nor a line in gaps.txt"
    assert gaps().keys() - missing == set(), "stale lines in gaps.txt"
    assert all(gaps().values()), "a gap without a reason"


def test_groups_hold_the_operations_of_their_tag() -> None:
    tags = {"containers": "Container", "exec": "Exec", "images": "Image", "networks": "Network"}
    tags |= {"volumes": "Volume", "system": "System", "distribution": "Distribution"}
    for method in METHODS:
        assert BY_ROUTE[method.route].tag == tags[method.name.partition(".")[0]], method.name


def test_methods_are_named_after_their_operation() -> None:
    for route in {method.route for method in METHODS}:
        operation = BY_ROUTE[route]
        rest = operation.operation_id.removeprefix(operation.tag)
        name = NAMES.get(operation.operation_id) or re.sub(r"(?<=[a-z])(?=[A-Z])", "_", rest).lower()
        assert name in {method.name.partition(".")[2] for method in METHODS if method.route == route}


@pytest.mark.anyio
async def test_every_query_parameter_and_header_is_sent() -> None:
    sent: dict[str, set[str]] = {}
    headers: dict[str, set[str]] = {}
    for method in METHODS:
        request = await send(method, answering(), arguments(method))
        sent.setdefault(method.route, set()).update(request.query)
        headers.setdefault(method.route, set()).update(name.lower() for name in request.headers)
    for route, names in sent.items():
        operation = BY_ROUTE[route]
        assert names == operation.parameters.keys() | EXTRA_QUERY.get(operation.operation_id, set()), route
        wanted = set(operation.headers.lower().split()) | EXTRA_HEADERS.get(operation.operation_id, set())
        assert wanted <= headers[route], route


@pytest.mark.anyio
@each_method
async def test_the_route_is_the_one_of_the_docstring(method: Method) -> None:
    request = await send(method, answering(), arguments(method))
    verb, _, template = method.route.partition(" ")
    assert request.method == verb
    assert re.fullmatch(re.sub(r"\{\w+\}", "x", template), request.path)


@pytest.mark.anyio
@each_method
async def test_nothing_is_sent_that_was_not_given(method: Method) -> None:
    needed = arguments(method, only="")
    request = await send(method, answering(), needed)
    unasked = {"stream"} if method.name.endswith("stats") else set[str]()
    assert {name for name in request.query if argument_of(method, name) not in needed} <= unasked


@pytest.mark.anyio
@each_younger
async def test_younger_parameters_are_refused_by_older_apis(method: Method, parameter: str, version: str) -> None:
    argument = argument_of(method, parameter)
    needs = Version.parse(version)
    older = answering(f"1.{needs.minor - 1}")
    old_name = RENAMED.get((BY_ROUTE[method.route].operation_id, parameter))
    if old_name:
        assert old_name in (await send(method, older, arguments(method, argument))).query
    else:
        with pytest.raises(Unsupported) as caught:
            await send(method, older, arguments(method, argument))
        assert caught.value.needs == version
        assert older.requests == []
    assert parameter in (await send(method, answering(version), arguments(method, argument))).query


@pytest.mark.anyio
@each_method
async def test_younger_operations_are_refused_by_older_apis(method: Method) -> None:
    needs = BY_ROUTE[method.route].since
    if not needs:
        return
    older = answering(f"1.{Version.parse(needs).minor - 1}")
    with pytest.raises(Unsupported, match=re.escape(needs)):
        await send(method, older, arguments(method, only=""))
    assert older.requests == []


@pytest.mark.anyio
async def test_requests_are_as_they_were() -> None:
    lines: list[str] = []
    for method in METHODS:
        request = await send(method, answering(), arguments(method))
        headers = [f"  {n}: {v}" for n, v in sorted(request.headers.items()) if n != "Sec-WebSocket-Key"]
        body = [f"  {request.body!r}"] if request.body else []
        lines += [f"{method.name}: {request.method} {request.target}", *headers, *body]
    golden = HERE / "requests.txt"
    if os.environ.get("PYDOCK_UPDATE_GOLDEN"):
        golden.write_text("\n".join(lines) + "\n", encoding="utf-8")
    assert golden.read_text(encoding="utf-8").splitlines() == lines
