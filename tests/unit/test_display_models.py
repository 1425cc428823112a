"""The real models, filled with recorded answers of real engines, show themselves by their own cards."""

# pyright: reportPrivateUsage=false
# (the notebook, too, calls `_repr_mimebundle_` from outside)
from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from pydock.display.cards import card
from pydock.models._base import Listing, Model
from pydock.models.container_data import ContainerData, ContainerSummaryData
from pydock.models.container_parts import ContainerPruneReport
from pydock.models.disk_usage import DiskUsage
from pydock.models.event_data import Event
from pydock.models.image_data import HistoryLayer, ImageData, ImageSummaryData
from pydock.models.network_data import NetworkData, NetworkSummaryData
from pydock.models.stats import Stats
from pydock.models.system_data import SystemInfo, SystemVersion
from pydock.models.volume_data import VolumeData

BODIES = Path(__file__).parents[3] / "shared/facts/engine-api/bodies"
ENGINES = ["engine-20.10@1.41", "engine-26.1@1.45", "engine-28.5@1.51"]


@pytest.fixture(scope="module", params=ENGINES)
def bodies(request: pytest.FixtureRequest) -> dict[str, Any]:
    path = BODIES / f"{request.param}.json"
    if not path.exists():
        pytest.skip("the recorded answers are not beside this checkout")
    found: dict[str, Any] = json.loads(path.read_text())
    return found


ONE: list[tuple[str, type[Model], str]] = [
    ("GET container (rich)", ContainerData, "Networks"),
    ("GET image", ImageData, "Platform"),
    ("GET network (rich)", NetworkData, "Subnets"),
    ("GET volume", VolumeData, "Mountpoint"),
    ("GET stats (rich)", Stats, "Memory"),
    ("GET df (rich)", DiskUsage, "Build cache"),
    ("GET info", SystemInfo, "Cgroups"),
    ("GET version", SystemVersion, "COMPONENT"),
    ("POST containers/prune", ContainerPruneReport, "reclaimed"),
]
MANY: list[tuple[str, type[Model], str]] = [
    ("GET containers (rich)", ContainerSummaryData, "STATE"),
    ("GET images", ImageSummaryData, "USED BY"),
    ("GET networks", NetworkSummaryData, "SUBNETS"),
    ("GET history", HistoryLayer, "CREATED BY"),
    ("GET events", Event, "WHO"),
]


@pytest.mark.parametrize(("key", "model", "word"), ONE, ids=[key for key, _, _ in ONE])
def test_one(bodies: dict[str, Any], key: str, model: type[Model], word: str) -> None:
    shown = model.model_validate(bodies[key])
    text = card(shown).text()
    assert word in text
    assert "namespace" not in text
    assert shown._repr_mimebundle_()["text/html"].startswith('<div class="pydock">')


@pytest.mark.parametrize(("key", "model", "word"), MANY, ids=[key for key, _, _ in MANY])
def test_many(bodies: dict[str, Any], key: str, model: type[Model], word: str) -> None:
    listing = Listing([model.model_validate(item) for item in bodies[key]], title="things")
    text = card(listing).text()
    assert word in text
    assert len(text.splitlines()) == min(len(listing), 50) + 2 + (len(listing) > 50)
    assert "text/html" in listing._repr_mimebundle_()


def test_an_inspected_container_has_no_environment_value_in_either_face(bodies: dict[str, Any]) -> None:
    body = {**bodies["GET container (rich)"]}
    body["Config"] = {**body["Config"], "Env": ["GREETING=hunter2", "DB_PASSWORD=hunter2"]}
    bundle = ContainerData.model_validate(body)._repr_mimebundle_()
    assert "hunter2" not in bundle["text/html"] + bundle["text/plain"]
    assert "GREETING" in bundle["text/html"]
