"""The options against the API and the CLI: every property of a request has one, and so has every flag.

What has none stands here with its reason; an entry that is not needed any more fails, too.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import fields
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from pydock.models.options import ContainerOptions, Endpoint, UpdateOptions, entries
from pydock.transport.version import NEWEST

SWAGGER = Path(__file__).parents[3] / "shared" / "facts" / "engine-api" / "swagger-v1.55.yaml"

# Properties without an option, and why.
CONFIG_GAPS = {
    "Image": "the first argument of create and run",
    "Cmd": "the second argument of create and run",
    "Volumes": 'anonymous volumes are mounts: mounts=["/data"]',
    "OnBuild": "only images have it; the builder writes it",
    "Shell": "only the builder reads it",
    "ArgsEscaped": "only Windows images have it; the builder writes it",
}
HOST_GAPS = {
    "ContainerIDFile": "a note about a file that the docker CLI writes; the daemon does nothing with it",
    "Cgroup": "a word of 2016 that got no flag and no meaning; raw= can send it",
}
ENDPOINT_GAPS: dict[str, str] = dict.fromkeys(
    (
        "DNSNames",
        "EndpointID",
        "Gateway",
        "GlobalIPv6Address",
        "GlobalIPv6PrefixLen",
        "IPAddress",
        "IPPrefixLen",
        "IPv6Gateway",
        "NetworkID",
    ),
    "an answer of the daemon, not a wish",
)
UPDATE_GAPS: dict[str, str] = dict.fromkeys(
    (
        "CgroupParent",
        "CpuCount",
        "CpuPercent",
        "DeviceCgroupRules",
        "DeviceRequests",
        "Devices",
        "IOMaximumBandwidth",
        "IOMaximumIOps",
        "Init",
        "MemorySwappiness",
        "OomKillDisable",
        "Ulimits",
    ),
    "the daemon reads it at create only",
)
ENDPOINT_FIELDS = {
    "aliases": "Aliases",
    "ip": "IPAMConfig",
    "ip6": "IPAMConfig",
    "mac": "MacAddress",
    "gw_priority": "GwPriority",
    "links": "Links",
    "link_local_ips": "IPAMConfig",
    "driver_opts": "DriverOpts",
}

# Flags of `docker run` and `docker create` (CLI 28 and 29) whose option has another name, or that have none.
RENAMED = {
    "add-host": "extra_hosts",
    "annotation": "annotations",
    "cap-add": "cap_add",
    "cpu-rt-period": "cpu_rt_period",
    "device": "devices",
    "device-cgroup-rule": "device_cgroup_rules",
    "dns-opt": "dns_options",
    "dns-option": "dns_options",
    "health-cmd": "healthcheck",
    "health-interval": "healthcheck",
    "health-retries": "healthcheck",
    "health-start-interval": "healthcheck",
    "health-start-period": "healthcheck",
    "health-timeout": "healthcheck",
    "label": "labels",
    "link": "links",
    "link-local-ip": "link_local_ips",
    "log-opt": "log_opts",
    "mount": "mounts",
    "net": "network",
    "net-alias": "network_aliases",
    "network-alias": "network_aliases",
    "no-healthcheck": "healthcheck",
    "publish": "ports",
    "rm": "remove",
    "sysctl": "sysctls",
    "ulimit": "ulimits",
    "volume": "mounts",
}
SAME = [
    "attach",
    "blkio-weight",
    "blkio-weight-device",
    "cap-drop",
    "cgroup-parent",
    "cgroupns",
    "cpu-count",
    "cpu-percent",
    "cpu-period",
    "cpu-quota",
    "cpu-rt-runtime",
    "cpu-shares",
    "cpus",
    "cpuset-cpus",
    "cpuset-mems",
    "device-read-bps",
    "device-read-iops",
    "device-write-bps",
    "device-write-iops",
    "dns",
    "dns-search",
    "domainname",
    "entrypoint",
    "env",
    "env-file",
    "expose",
    "gpus",
    "group-add",
    "hostname",
    "init",
    "interactive",
    "io-maxbandwidth",
    "io-maxiops",
    "ip",
    "ip6",
    "ipc",
    "isolation",
    "label-file",
    "log-driver",
    "mac-address",
    "memory",
    "memory-reservation",
    "memory-swap",
    "memory-swappiness",
    "name",
    "network",
    "oom-kill-disable",
    "oom-score-adj",
    "pid",
    "pids-limit",
    "platform",
    "privileged",
    "publish-all",
    "read-only",
    "restart",
    "runtime",
    "security-opt",
    "shm-size",
    "stop-signal",
    "stop-timeout",
    "storage-opt",
    "tmpfs",
    "tty",
    "user",
    "userns",
    "uts",
    "volume-driver",
    "volumes-from",
    "workdir",
]
NO_OPTION = {
    "cidfile": "the CLI writes a file; container.id is at hand",
    "detach": "the verbs run_detached and create",
    "detach-keys": "an argument of attach",
    "disable-content-trust": "the CLI's own trust, gone in 29",
    "kernel-memory": "no engine since 23.0 has it",
    "pull": "an argument of create and run",
    "quiet": "the CLI's own output",
    "sig-proxy": "the CLI's own signals",
    "use-api-socket": "an experiment of the CLI: a bind of the socket and a secret, both of which can be written",
}
UPDATE_FLAGS = [
    "blkio-weight",
    "cpu-period",
    "cpu-quota",
    "cpu-rt-period",
    "cpu-rt-runtime",
    "cpu-shares",
    "cpus",
    "cpuset-cpus",
    "cpuset-mems",
    "memory",
    "memory-reservation",
    "memory-swap",
    "pids-limit",
    "restart",
]


@cache
def definitions() -> Mapping[str, Any]:
    if not SWAGGER.exists():
        pytest.skip("the swagger of the Engine API is not beside the checkout")
    found: dict[str, Any] = yaml.load(SWAGGER.read_text(), yaml.CSafeLoader)["definitions"]
    return found


def properties(name: str) -> set[str]:
    definition = definitions()[name]
    found: set[str] = set()
    for part in definition.get("allOf", [definition]):
        found |= set(part.get("properties", ()))
        if "$ref" in part:
            found |= properties(part["$ref"].rpartition("/")[2])
    return found


def served(table: type, prefix: str) -> set[str]:
    paths = [path for at in entries(table).values() for path in at.paths]
    return {path.removeprefix(prefix).partition(".")[0] for path in paths if path.startswith(prefix)}


def hold(wanted: set[str], has: set[str], gaps: Mapping[str, str]) -> None:
    assert wanted - has - set(gaps) == set(), "neither an option nor a gap with its reason"
    assert set(gaps) & has == set(), "gaps that are closed"
    assert set(gaps) - wanted == set(), "gaps of what the API does not have"


def test_every_property_of_the_container_config_has_an_option() -> None:
    has = {path for path in served(ContainerOptions, "") if path and not path.startswith("?")}
    has -= {"HostConfig", "NetworkingConfig"}
    hold(properties("ContainerConfig"), has, CONFIG_GAPS)
    assert has <= properties("ContainerConfig")


def test_every_property_of_the_host_config_has_an_option() -> None:
    has = served(ContainerOptions, "HostConfig.")
    hold(properties("HostConfig"), has, HOST_GAPS)
    assert has <= properties("HostConfig")


def test_every_property_that_update_reads_has_an_option() -> None:
    has = served(UpdateOptions, "HostConfig.") - {"RestartPolicy"}
    hold(properties("Resources"), has, UPDATE_GAPS)
    assert has <= properties("Resources")


def test_every_property_of_an_endpoint_has_a_field() -> None:
    assert {field.name for field in fields(Endpoint)} == set(ENDPOINT_FIELDS)
    hold(properties("EndpointSettings"), set(ENDPOINT_FIELDS.values()), ENDPOINT_GAPS)
    sent = Endpoint(
        aliases=["a"],
        ip="10.0.0.9",
        ip6="fd00::9",
        mac="02:42:ac:11:00:02",
        gw_priority=1,
        links=["a:b"],
        link_local_ips=["169.254.1.1"],
        driver_opts={"a": "b"},
    ).settings(NEWEST)
    assert set(sent) == set(ENDPOINT_FIELDS.values())
    assert set(sent["IPAMConfig"]) == properties("EndpointIPAMConfig")


@pytest.mark.row(64)
@pytest.mark.parametrize("flag", [*RENAMED, *SAME])
def test_every_flag_of_docker_run_has_its_option(flag: str) -> None:
    assert RENAMED.get(flag, flag.replace("-", "_")) in entries(ContainerOptions)


@pytest.mark.row(64)
@pytest.mark.parametrize("verb", ["run", "create"])
def test_the_docker_cli_of_this_machine_has_no_flag_that_is_not_listed(verb: str) -> None:
    program = shutil.which("docker")
    if program is None:
        pytest.skip("no docker CLI (apt-get install docker-cli)")
    shown = subprocess.run([program, verb, "--help"], capture_output=True, text=True, check=True).stdout
    flags = re.findall(r"^ +(?:-\w, )?--([\w-]+)", shown, re.MULTILINE)
    assert len(flags) > 80
    assert set(flags) - {*RENAMED, *SAME, *NO_OPTION, "help"} == set()


@pytest.mark.parametrize("flag", UPDATE_FLAGS)
def test_every_flag_of_docker_update_has_its_option(flag: str) -> None:
    assert flag.replace("-", "_") in entries(UpdateOptions)


def test_the_lists_of_flags_are_tidy() -> None:
    assert len({*SAME, *RENAMED, *NO_OPTION}) == len(SAME) + len(RENAMED) + len(NO_OPTION)
    assert not {flag.replace("-", "_") for flag in NO_OPTION} & set(entries(ContainerOptions))
    served_by_a_flag = {RENAMED.get(flag, flag.replace("-", "_")) for flag in [*SAME, *RENAMED]}
    assert set(entries(ContainerOptions)) - served_by_a_flag == {
        "console_size",
        "device_requests",
        "logging",
        "masked_paths",
        "network_disabled",
        "networks",
        "raw",
        "readonly_paths",
        "stdin_once",
    }
