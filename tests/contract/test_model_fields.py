"""Every property that the swagger describes in an answer is a field of a model, or a gap with a reason."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, get_args, get_origin

import pytest
import yaml
from pydantic import BaseModel

from pydock.models.container_data import ContainerData, ContainerSummaryData
from pydock.models.container_parts import (
    ContainerChange,
    ContainerPruneReport,
    CreateResult,
    TopResult,
    UpdateResult,
    WaitResult,
)
from pydock.models.disk_usage import DiskUsage
from pydock.models.distribution_data import DistributionData
from pydock.models.event_data import Event
from pydock.models.exec_data import ExecCreateResult, ExecData
from pydock.models.image_data import (
    AttestationStatement,
    BuildPruneReport,
    CommitResult,
    DeleteResult,
    HistoryLayer,
    ImageData,
    ImagePruneReport,
    ImageSummaryData,
    SearchResult,
)
from pydock.models.network_data import NetworkCreateResult, NetworkData, NetworkPruneReport, NetworkSummaryData
from pydock.models.stats import Stats
from pydock.models.system_data import AuthResult, SystemInfo, SystemVersion
from pydock.models.volume_data import VolumeData, VolumeList, VolumePruneReport

FACTS = Path(__file__).parents[3] / "shared" / "facts" / "engine-api"
VERSIONS = ("1.41", "1.45", "1.51", "1.55")
TAGS = {"Container", "Exec", "System", "Image", "Network", "Volume", "Distribution"}
ANSWERS: dict[str, type[BaseModel]] = {
    "BuildPrune": BuildPruneReport,
    "ContainerChanges": ContainerChange,
    "ContainerCreate": CreateResult,
    "ContainerExec": ExecCreateResult,
    "ContainerInspect": ContainerData,
    "ContainerList": ContainerSummaryData,
    "ContainerPrune": ContainerPruneReport,
    "ContainerStats": Stats,
    "ContainerTop": TopResult,
    "ContainerUpdate": UpdateResult,
    "ContainerWait": WaitResult,
    "DistributionInspect": DistributionData,
    "ExecInspect": ExecData,
    "ImageAttestations": AttestationStatement,
    "ImageCommit": CommitResult,
    "ImageDelete": DeleteResult,
    "ImageHistory": HistoryLayer,
    "ImageInspect": ImageData,
    "ImageList": ImageSummaryData,
    "ImagePrune": ImagePruneReport,
    "ImageSearch": SearchResult,
    "NetworkCreate": NetworkCreateResult,
    "NetworkInspect": NetworkData,
    "NetworkList": NetworkSummaryData,
    "NetworkPrune": NetworkPruneReport,
    "SystemAuth": AuthResult,
    "SystemDataUsage": DiskUsage,
    "SystemEvents": Event,
    "SystemInfo": SystemInfo,
    "SystemVersion": SystemVersion,
    "VolumeCreate": VolumeData,
    "VolumeInspect": VolumeData,
    "VolumeList": VolumeList[VolumeData],
    "VolumePrune": VolumePruneReport,
}

pytestmark = pytest.mark.skipif(not FACTS.exists(), reason="the swagger files are not beside this checkout")


def swagger(version: str) -> dict[str, Any]:
    with (FACTS / f"swagger-v{version}.yaml").open() as file:
        document: dict[str, Any] = yaml.load(file, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    return document


def gaps() -> dict[str, str]:
    lines = (Path(__file__).parent / "field_gaps.txt").read_text().splitlines()
    pairs = (line.split(" — ", 1) for line in lines if line and not line.startswith("#"))
    return {name.strip(): reason.strip() for name, reason in pairs}


class Walk:
    """Goes through a schema and the model at the same time, and notes which properties no field has."""

    def __init__(self, document: dict[str, Any]) -> None:
        self.definitions = document["definitions"]
        self.missing: set[tuple[str, str]] = set()
        self.seen: set[tuple[str, str, Any]] = set()
        self.properties = 0

    def schema(self, schema: dict[str, Any], model: Any, where: str, operation: str) -> None:
        if "$ref" in schema:
            where = schema["$ref"].rpartition("/")[2]
            if (operation, where, model) in self.seen:
                return
            self.seen.add((operation, where, model))
            schema = self.definitions[where]
        for part in schema.get("allOf", ()):
            self.schema(part, model, where, operation)
        properties: dict[str, Any] = schema.get("properties") or {}
        for name, inner in properties.items():
            self.property(name, inner, model, where, operation)
        for container in ("items", "additionalProperties"):
            if isinstance(schema.get(container), dict):
                self.schema(schema[container], model, where, operation)

    def property(self, name: str, inner: dict[str, Any], model: Any, where: str, operation: str) -> None:
        self.properties += 1
        fields = model.model_fields.items() if model is not None else ()
        field = next((field for key, field in fields if (field.alias or key) == name), None)
        if field is None:
            self.missing.add((operation, f"{where}.{name}"))
        else:
            self.schema(inner, innermost_model(field.annotation), f"{where}.{name}", operation)


def innermost_model(annotation: Any) -> type[BaseModel] | None:
    if get_origin(annotation) is None:
        return annotation if isinstance(annotation, type) and issubclass(annotation, BaseModel) else None
    return next(filter(None, map(innermost_model, get_args(annotation))), None)


def operations(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """All answers of our tags that are JSON objects."""
    paths: dict[str, dict[str, Any]] = document["paths"]
    described = [operation for methods in paths.values() for operation in methods.values()]
    for operation in described:
        if "operationId" not in operation or not TAGS & set(operation["tags"]):
            continue
        answers: dict[Any, Any] = operation["responses"]
        for status, answer in answers.items():
            schema = answer.get("schema", {})
            if str(status) in {"200", "201"} and schema and schema.get("type") != "string":
                yield operation["operationId"], schema


@cache
def walk(version: str) -> Walk:
    document = swagger(version)
    result = Walk(document)
    for operation, schema in operations(document):
        assert operation in ANSWERS, f"{operation} answers with JSON and has no model"
        result.schema(schema, ANSWERS[operation], operation, operation)
    return result


@pytest.mark.parametrize("version", VERSIONS)
def test_every_property_of_an_answer_is_a_field(version: str) -> None:
    result = walk(version)
    known = gaps()
    unexplained = sorted(
        f"{operation}:{name}"
        for operation, name in result.missing
        if not {name, f"{operation}:{name}", name.partition(".")[0] + ".*"} & known.keys()
    )
    assert unexplained == []
    assert result.properties > 400, "the walk has not found the answers"


def test_gaps_are_still_gaps() -> None:
    missing = {pair for version in VERSIONS for pair in walk(version).missing}
    names = {spelling for operation, name in missing for spelling in (name, f"{operation}:{name}")}
    names |= {name.partition(".")[0] + ".*" for _, name in missing}
    stale = sorted(gaps().keys() - names)
    assert stale == []
    assert all(gaps().values()), "each gap needs its reason"
