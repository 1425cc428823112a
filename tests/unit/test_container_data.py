"""What people reach for in a container without a request, the same on both tenses and on all API versions."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from pydock.errors import InvalidArgument
from pydock.models._base import parse, parse_listing
from pydock.models.container_config import ContainerConfig
from pydock.models.container_data import ContainerData, ContainerSummaryData
from pydock.models.container_network import PublishedPort
from pydock.models.container_parts import ContainerChange, TopResult
from pydock.models.host_config import HostConfig

CORPUS = Path(__file__).parents[1] / "corpus" / "bodies"
Tense = ContainerData | ContainerSummaryData


def body(file: str, name: str) -> bytes:
    return json.dumps(json.loads((CORPUS / f"{file}.json").read_text(encoding="utf-8"))[name]).encode()


def full(file: str, name: str) -> ContainerData:
    return parse(ContainerData, body(file, name))


def summary(file: str, name: str, number: int = 0) -> ContainerSummaryData:
    return parse_listing(ContainerSummaryData, body(file, name), None, "containers")[number]


OLD = full("api-1.40", "GET container (both addresses)")
NEW = full("api-1.52", "GET container (networks only)")
NEW_SUMMARY = summary("api-1.52", "GET containers (health)")
OLD_SUMMARY = summary("api-1.40", "GET containers (linked)")


@pytest.mark.row(8)
def test_ip_address_in_the_old_and_the_new_shape() -> None:
    assert OLD.ip_address() == "172.17.0.2"
    assert OLD.ip_address("app_default") == "172.20.0.2"
    assert NEW.ip_address() == NEW_SUMMARY.ip_address() == "10.5.0.7"  # of the network it was created in
    assert NEW.ip_address("back") == NEW_SUMMARY.ip_address("back") == "10.6.0.7"
    assert NEW.ip_address("nowhere") is None
    assert full("podman", "GET container (podman)").ip_address() == "10.88.0.5"
    assert full("windows", "GET container (windows)").ip_address() == "172.30.0.5"
    assert ContainerData(id="x").ip_address() is None


def test_ipv6_where_there_is_no_other() -> None:
    endpoint = {"IPAddress": "", "GlobalIPv6Address": "2001:db8::7"}
    sent = {"Id": "x", "NetworkSettings": {"Networks": {"six": endpoint}}}
    assert parse(ContainerData, json.dumps(sent).encode()).ip_address() == "2001:db8::7"


@pytest.mark.parametrize("container", [NEW, NEW_SUMMARY])
def test_published_prefers_ipv4(container: Tense) -> None:
    expected = PublishedPort(host_ip="0.0.0.0", host_port=8080, container_port=80)
    assert container.published(80) == container.published("80") == container.published("80/tcp") == expected
    assert str(container.published(80)) == "0.0.0.0:8080->80/tcp"
    assert container.published(443) is None
    assert container.published("80/udp") is None


@pytest.mark.parametrize("port", ["http", "80/tcp/x", "", -1])
def test_published_refuses_what_is_no_port(port: str | int) -> None:
    if port == "80/tcp/x":
        assert NEW.published(port) is None
        return
    with pytest.raises(InvalidArgument, match="53/udp"):
        NEW.published(port)


def test_ports_of_both_tenses_are_alike() -> None:
    assert sorted(map(str, NEW.ports)) == sorted(map(str, NEW_SUMMARY.ports))
    assert [str(port) for port in OLD.ports] == ["53/udp", "82/tcp", "127.0.0.1:15432->5432/tcp"]


def test_names() -> None:
    assert OLD.name == OLD_SUMMARY.name == "app_db_1"  # not the alias of a legacy link
    assert summary("api-1.40", "GET containers (linked)", 1).name == ""
    assert NEW.short_id == NEW_SUMMARY.short_id == "3f4e5d6c3f4e"


def test_words_that_both_tenses_have() -> None:
    assert NEW.image == NEW_SUMMARY.image == "web:1"
    assert NEW.image_id == NEW_SUMMARY.image_id
    assert NEW.status == NEW_SUMMARY.status == "running"
    assert summary("podman", "GET containers (podman)").status == "stopping"
    assert OLD.labels["empty"] == ""
    assert OLD_SUMMARY.labels == {}


def test_exit_code_is_none_while_it_runs() -> None:
    assert OLD.exit_code == OLD_SUMMARY.exit_code == 137
    assert NEW.exit_code is None
    assert NEW_SUMMARY.exit_code is None
    assert full("windows", "GET container (windows)").exit_code == 3221225786
    assert ContainerData(id="created").exit_code is None


def with_status(text: str) -> ContainerSummaryData:
    return parse(ContainerSummaryData, json.dumps({"Id": "x", "Status": text}).encode())


@pytest.mark.parametrize(
    ("text", "health", "code"),
    [
        ("Up 2 hours (healthy)", "healthy", None),
        ("Up 3 seconds (health: starting)", "starting", None),
        ("Up 2 hours (unhealthy)", "unhealthy", None),
        ("Up 2 hours (Paused)", None, None),
        ("Up 2 hours", None, None),
        ("Exited (0) 5 minutes ago", None, 0),
        ("Restarting (1) 5 seconds ago", None, 1),
        ("Created", None, None),
    ],
)
def test_health_and_exit_code_of_older_lists(text: str, health: str | None, code: int | None) -> None:
    container = with_status(text)
    assert container.health == health
    assert container.exit_code == code


def test_health() -> None:
    assert NEW_SUMMARY.health == "unhealthy"
    assert summary("api-1.52", "GET containers (health)", 1).health is None
    assert NEW.health == "starting"
    assert OLD.health is None
    assert full("podman", "GET container (podman)").health is None


def test_compose() -> None:
    assert OLD.compose == ("app", "db", 1)
    assert NEW.compose is None
    assert NEW_SUMMARY.compose is None


def test_age() -> None:
    assert NEW.age is not None
    assert NEW.age > timedelta(0)
    assert ContainerData(id="x").age is None


@pytest.mark.row(52)
def test_what_was_made_by_hand_or_from_an_id_shows_itself() -> None:
    for container in (ContainerData(id="x"), ContainerSummaryData(id="x"), parse(ContainerData, b'{"Id": "x"}')):
        assert repr(container)
        assert container.name == ""
        assert container.status == "unknown"
        assert container.ports == []


def test_environment() -> None:
    assert OLD.config.environment == {"PATH": "/bin", "EMPTY": "", "BARE": None}
    assert ContainerConfig().environment == {}


@pytest.mark.parametrize(
    ("sent", "cpus"),
    [({}, None), ({"NanoCpus": 1500000000}, 1.5), ({"CpuQuota": 50000}, 0.5), ({"CpuQuota": 5, "CpuPeriod": 10}, 0.5)],
)
def test_cpus(sent: dict[str, Any], cpus: float | None) -> None:
    assert parse(HostConfig, json.dumps(sent).encode()).cpus == cpus


def test_durations_are_timedeltas() -> None:
    assert OLD.config.healthcheck is not None
    assert OLD.config.healthcheck.interval == timedelta(seconds=90)
    assert OLD.config.healthcheck.timeout == timedelta(seconds=1.5)


def test_results_show_themselves() -> None:
    changes = parse_listing(ContainerChange, body("api-1.52", "GET changes"), None, "changes")
    assert [str(change) for change in changes] == ["A /new", "C /etc", "D /gone"]
    top = parse(TopResult, body("api-1.52", "GET top"))
    assert str(top) == "PID  CMD\n1    nginx\n22   sh"
    assert top.rows[1] == {"PID": "22", "CMD": "sh"}
    assert str(TopResult()) == ""
