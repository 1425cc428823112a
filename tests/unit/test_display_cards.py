"""One card per noun and result: what a person reads, hostile content, objects that misbehave."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from types import SimpleNamespace
from typing import cast

import pytest

from pydock import display
from pydock.display.cards import MANY, ONE, card

NOW = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)
AS_OF = "as of " + NOW.astimezone().strftime("%Y-%m-%d %H:%M:%S")


def make(kind: str, **values: object) -> SimpleNamespace:
    made = type(kind, (SimpleNamespace,), {"__display__": kind})
    return cast("SimpleNamespace", made(**{"seen_at": NOW, **values}))


class Many(Sequence[object]):
    def __init__(self, items: Sequence[object], title: str = "") -> None:
        self._items = items
        self.title = title
        self.seen_at = NOW

    def __len__(self) -> int:
        return len(self._items)

    def __iter__(self) -> Iterator[object]:
        return iter(self._items)

    def __getitem__(self, index):  # type: ignore[no-untyped-def]
        return self._items[index]


def text(obj: object) -> str:
    return card(obj).text()


def container(name: str, status: str = "running", **values: object) -> SimpleNamespace:
    given = {
        "id": "ab" * 32, "name": name, "status": status, "status_text": "Up 3 hours", "image": "nginx:1.27",
        "ports": [SimpleNamespace(host_ip="0.0.0.0", host_port=8080, container_port=80, protocol="tcp")],
    }  # fmt: skip
    return make("container", **{**given, **values})


def test_a_list_of_containers() -> None:
    broken = container("broken", "exited", exit_code=3, status_text="Exited (3) 5 seconds ago", ports=[])
    healthy = container("web", health="healthy", status_text="Up 3 hours (healthy)")
    assert text(Many([healthy, broken], "containers")) == (
        f"2 containers · 1 running · {AS_OF}\n"
        "NAME    STATE               IMAGE       STATUS                    PORTS          ID\n"
        "web     ● running, healthy  nginx:1.27  Up 3 hours                8080 → 80/tcp  abababababab\n"
        "broken  ■ exited (3)        nginx:1.27  Exited (3) 5 seconds ago  —              abababababab"
    )


def test_compose_projects_have_a_column_only_where_there_are_some() -> None:
    assert "PROJECT" not in text([container("a")])
    assert "PROJECT" in text([container("a"), container("b", compose=SimpleNamespace(project="shop", service="api"))])


def test_an_empty_list_says_so() -> None:
    assert text(Many([], "containers")) == f"0 containers · {AS_OF}"
    assert text(Many([], "images")) == f"0 images · {AS_OF}"


def test_one_container_masks_its_environment_and_its_command() -> None:
    inspected = container(
        "web", status_text="", path="mysqld", args=["--password=hunter2"], created=NOW - timedelta(days=2),
        state=SimpleNamespace(started_at=NOW - timedelta(hours=3), error="", health=None),
        config=SimpleNamespace(env=["A=hunter2", "DB_PASSWORD=hunter2"]),
        labels={"tier": "web", "api-key": "hunter2"},
        networks={"back": SimpleNamespace(ip_address="10.0.0.2", aliases=["db"])},
        mounts=[SimpleNamespace(type="volume", name="data", destination="/data", writable=False)],
        host_config=SimpleNamespace(
            memory=2**28, nano_cpus=1_500_000_000, pids_limit=100,
            restart_policy=SimpleNamespace(name="always"),
        ),
    )  # fmt: skip
    bundle = display.mimebundle(inspected)
    assert "hunter2" not in bundle["text/html"] + bundle["text/plain"]
    assert bundle["text/plain"] == (
        f"web · ● running · nginx:1.27 · abababababab · {AS_OF}\n"
        "Status       up 3 hours\n"
        "Command      mysqld --password=•••\n"
        "Created      2 days ago\n"
        "Ports        8080 → 80/tcp\n"
        "Networks     back  10.0.0.2  as db\n"
        "Mounts       data → /data (read-only)\n"
        "Limits       256 MiB memory, 1.5 CPUs, 100 processes\n"
        "Restart      always\n"
        "Labels       tier=web\n"
        "             api-key=•••\n"
        "Environment  A=•••\n"
        "             DB_PASSWORD=•••"
    )
    assert "<details><summary>" in bundle["text/html"]


def test_ports_name_their_address_only_when_it_matters() -> None:
    ports = [
        SimpleNamespace(host_ip="127.0.0.1", host_port=1, container_port=2, protocol="udp"),
        SimpleNamespace(host_ip="::", host_port=3, container_port=4, protocol="tcp"),
        SimpleNamespace(host_ip="::1", host_port=5, container_port=6, protocol="tcp"),
        SimpleNamespace(host_ip="", host_port=None, container_port=7, protocol="tcp"),
    ]
    shown = text(container("a", ports=ports))
    assert "127.0.0.1:1 → 2/udp" in shown
    assert " 3 → 4/tcp" in shown
    assert "[::1]:5 → 6/tcp" in shown
    assert " 7/tcp" in shown


def test_images() -> None:
    tagged = make(
        "image",
        id="sha256:" + "cd" * 32,
        repo_tags=["app:1", "app:2"],
        size=67_000_000,
        created=NOW - timedelta(days=3),
        containers=2,
    )
    untagged = make(
        "image",
        id="sha256:" + "ef" * 32,
        repo_tags=["<none>:<none>"],
        size=33_500_000,
        created=NOW,
        containers=-1,
    )
    assert text(Many([tagged, untagged])) == (
        f"2 images · 100 MB without counting shared layers once · {AS_OF}\n"
        "IMAGE      ID            CREATED        SIZE                    USED BY\n"
        "app:1  +1  cdcdcdcdcdcd  3 days ago    67 MB  ████████████████        2\n"
        "untagged   efefefefefef  just now    33.5 MB  ████████                —"
    )


def test_layers_lie_one_after_the_other_the_oldest_first() -> None:
    newest = make("layer", created_by="RUN |1 TOKEN=hunter2 /bin/sh -c make # buildkit", size=30_000_000, created=NOW)
    nothing = make("layer", created_by="ENV PASSWORD=hunter2", size=0, created=NOW)
    oldest = make(
        "layer",
        created_by="/bin/sh -c #(nop) ADD file:1 in / ",
        size=10_000_000,
        created=NOW - timedelta(days=1),
    )
    assert text(Many([newest, nothing, oldest], "layers")) == (
        f"3 history entries · 2 with files · 40 MB · {AS_OF}\n"
        "#   SIZE  SHARE             CREATED BY            AGE\n"
        "1  10 MB  ████              ADD file:1 in /       1 day ago\n"
        "2      —                    ENV PASSWORD=•••      just now\n"
        "3  30 MB      ████████████  RUN |1 TOKEN=••• make  just now"
    ).replace("CREATED BY            AGE", "CREATED BY             AGE").replace(
        "in /       1", "in /        1"
    ).replace("=•••      just", "=•••       just")


def test_disk_usage_shows_what_a_prune_would_free() -> None:
    def usage(total: int, active: int, size: int, free: int) -> object:
        return SimpleNamespace(total_count=total, active_count=active, size=size, reclaimable=free)

    used = make(
        "disk_usage", images=usage(2, 1, 1000, 400), volumes=usage(1, 0, 500, 500), build_cache=usage(0, 0, 0, 0)
    )
    assert text(used) == (
        f"Disk usage · 1.5 kB used · 900 B reclaimable · {AS_OF}\n"
        "KIND         COUNT  IN USE   SIZE                      RECLAIMABLE\n"
        "Images           2       1   1 kB  ██████████▒▒▒▒▒▒   400 B (40 %)\n"
        "Containers       0       0    0 B                                —\n"
        "Volumes          1       0  500 B  ▒▒▒▒▒▒▒▒          500 B (100 %)\n"
        "Build cache      0       0    0 B                                —"
    )
    assert 'aria-label="600 B in use, 400 B reclaimable"' in card(used).html()


def test_a_run_that_failed() -> None:
    failed = make(
        "run_result",
        exit_code=3,
        stdout=b"\x1b[32mok\x1b[0m\n",
        stderr=b"boom <b>\n",
        duration=timedelta(seconds=2),
        container=SimpleNamespace(id="ab" * 32),
    )
    assert text(failed) == f"abababababab · ■ exited 3 · 2 s · {AS_OF}\n\nstdout\nok\n\nstderr\n! boom <b>"
    html = card(failed).html()
    assert '<span class="pd-c2">ok</span>' in html
    assert "boom &lt;b&gt;" in html


def test_a_command_that_said_nothing() -> None:
    assert text(make("exec_result", exit_code=0, command=["true"], stdout=b"", stderr=b"")) == (
        f"true · ● exited 0 · {AS_OF}\nno output"
    )


def test_logs_mark_stderr() -> None:
    line = NOW.astimezone().strftime("%H:%M:%S")
    lines = [
        make("log_line", stream="stdout", text="a", timestamp=NOW),
        make("log_line", stream="stderr", text="b", timestamp=None),
    ]
    assert text(Many(lines)) == f"2 log lines · 1 on stderr · {AS_OF}\n{line} a\n! b"


def test_events_the_last_first() -> None:
    def happened(action: str, **about: str) -> object:
        return make(
            "event",
            type="container",
            action=action,
            time=NOW,
            actor=SimpleNamespace(id="ab" * 32, attributes={"name": "web", **about}),
        )

    shown = text(Many([happened("start", image="nginx"), happened("die", exitCode="137")])).splitlines()
    assert re.sub(r" +", " ", shown[2]).endswith("container ■ die web exitCode=137")
    assert re.sub(r" +", " ", shown[3]).endswith("container ● start web image=nginx")


def test_a_command_in_an_event_is_masked() -> None:
    action = "exec_create: mysql --password=hunter2"
    assert "hunter2" not in text([make("event", type="container", action=action, time=NOW)])


def test_progress_of_layers() -> None:
    pull = make(
        "progress", what="Pulling app:1", fraction=0.5, events=[SimpleNamespace(error=None, stream="")],
        layers=[
            SimpleNamespace(id="aa", status="Pull complete", current=10, total=10, done=True),
            SimpleNamespace(id="bb", status="Downloading", current=5, total=20, done=False),
        ],
    )  # fmt: skip
    assert text(pull) == (
        "Pulling app:1 · ◐ working · 15 B / 30 B · ████████\n"
        "PART  PROGRESS          STATE                SIZE\n"
        "aa    ████████████████  Pull complete        10 B\n"
        "bb    ████              Downloading    5 B / 20 B"
    )
    failed = make("progress", what="Pulling app:1", layers=[], events=[SimpleNamespace(error="denied", stream="")])
    assert text(failed) == "Pulling app:1 · ■ failed\nError: denied"
    assert (
        text(make("progress", what="Pulling app:1", layers=[], events=[])) == "Pulling app:1 · ○ not started: await it"
    )


def test_a_prune_report() -> None:
    report = make("prune", deleted=["ab" * 32], reclaimed=31_000_000)
    assert text(report) == "Pruned · 1 removed · 31 MB reclaimed\nSTATE      KIND  WHAT\n○ removed        abababababab"
    preview = make("prune", networks_deleted=["back"], volumes_deleted=[], reclaimed=0, dry_run=True)
    assert (
        text(preview)
        == "Prune, not done yet · 1 would go · 0 B reclaimed\nSTATE       KIND      WHAT\n▲ would go  networks  back"
    )


def test_stats() -> None:
    sample = make(
        "stats", name="/web", cpu_percent=100.0, cpu_stats=SimpleNamespace(processors=4), pids=7,
        memory=SimpleNamespace(used=2**29, limit=2**30), network=SimpleNamespace(rx=1000, tx=2000),
        block_io=SimpleNamespace(read=3000, write=4000),
    )  # fmt: skip
    shown = text(sample)
    assert "CPU              100.0 %  ████      of 4 CPUs" in shown
    assert "Memory           512 MiB  ████████  50 % of 1 GiB" in shown
    assert "1 kB received" in shown
    assert "2 kB sent" in shown
    assert "2 samples" in text([sample, sample])


def test_what_nobody_described_shows_its_fields_and_masks_secrets() -> None:
    thing = SimpleNamespace(name="x", api_token="hunter2", created=None, size=5_000_000, nested=SimpleNamespace(a=1))
    assert text(thing) == "SimpleNamespace · x\nName       x\nApi token  •••\nSize       5 MB"
    assert "hunter2" not in card(thing).html()
    assert "nested" in card(thing).html()


def test_a_list_of_what_nobody_described() -> None:
    assert (
        text([SimpleNamespace(id="a", tier=1), SimpleNamespace(id="b", tier=2)])
        == "2 simplenamespaces\nID  TIER\na   1\nb   2"
    )
    assert text(["a", "b"]) == "2 items\nVALUE\na\nb"


class ContainerRef:
    noun = "container"

    def __init__(self) -> None:
        self._api = object()
        self.id = "ab" * 32


def test_a_ref_says_that_it_knows_its_id_alone() -> None:
    assert text(ContainerRef()).startswith("Container · " + "ab" * 29)


# Strangers

EVIL = "\"'><script>alert(1)</script><img src=x onerror=alert(1)>\x1b[2J\u202e"


class Tags(HTMLParser):
    """Collects elements and attributes; whoever breaks out of his place shows up here."""

    ALLOWED = frozenset({
        "div", "style", "pre", "span", "table", "thead", "tbody", "tr", "th", "td", "code", "b", "i", "p", "details",
        "summary", "time", "svg", "title", "path", "rect", "g", "text", "tspan", "polyline",
    })  # fmt: skip

    def __init__(self) -> None:
        super().__init__()
        self.strange: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.strange += [tag] if tag not in self.ALLOWED else []
        self.strange += [name for name, _ in attrs if name.startswith("on") or name in {"src", "href"}]


class Evil:
    """Answers every question with an attack, as text or as a thing that is asked on."""

    def __init__(self, kind: str, depth: int = 0) -> None:
        self.depth = depth
        self.kind = kind

    def __getattr__(self, name: str) -> object:
        if name.startswith("_"):
            raise AttributeError(name)
        things: dict[str, object] = {}
        if self.depth < 3:
            things = {
                "labels": {EVIL: EVIL}, "networks": {EVIL: Evil(self.kind, 3)}, "options": {EVIL: EVIL},
                "containers": {EVIL: Evil(self.kind, 3)}, "runtimes": {EVIL: EVIL},
                "attributes": {EVIL: EVIL, "name": EVIL},
                "state": Evil(self.kind, self.depth + 1), "config": Evil(self.kind, self.depth + 1),
                "actor": Evil(self.kind, self.depth + 1), "ipam": Evil(self.kind, self.depth + 1),
                "host_config": Evil(self.kind, self.depth + 1), "health": EVIL,
            }  # fmt: skip
        for name_, value in {"env": [f"{EVIL}={EVIL}"], "titles": [EVIL], "processes": [[EVIL]]}.items():
            things[name_] = value
        for name_ in ("mounts", "ports", "layers", "components", "events", "log"):
            things[name_] = [Evil(self.kind, 3)] if self.depth < 3 else []
        for name_ in ("repo_tags", "warnings", "security_options", "deleted", "args"):
            things[name_] = [EVIL]
        return things.get(name, EVIL)

    def __repr__(self) -> str:
        return EVIL


def check(html: str) -> None:
    parser = Tags()
    parser.feed(html)
    assert parser.strange == []
    assert "\x1b" not in html
    assert "\u202e" not in html


@pytest.mark.parametrize("kind", [kind for kind in [*ONE, "no such kind"] if kind != "map"])
def test_hostile_content_stays_text_in_every_card(kind: str) -> None:
    made = type("Evil_", (Evil,), {"__display__": kind})(kind)
    shown = card(made)
    check(shown.html())
    check(display.html(made))
    assert "\x1b" not in shown.text()


@pytest.mark.parametrize("kind", [*MANY, "no such kind"])
def test_hostile_content_stays_text_in_every_list(kind: str) -> None:
    made = type("Evil_", (Evil,), {"__display__": kind})
    shown = card([made(kind), made(kind)])
    check(shown.html())
    assert "\x1b" not in shown.text()


class Raises:
    """Raises at everything that it is asked."""

    def __getattr__(self, name: str) -> object:
        raise RuntimeError(name)

    def __repr__(self) -> str:
        raise RuntimeError("repr")


class BadList(Sequence[object]):
    def __len__(self) -> int:
        raise RuntimeError("len")

    def __getitem__(self, index):  # type: ignore[no-untyped-def]
        raise RuntimeError("item")


@pytest.mark.parametrize("kind", [*ONE, ""])
def test_objects_that_raise_never_raise_in_a_cell(kind: str) -> None:
    made = type("Raises_", (Raises,), {"__display__": kind})()
    bundle = display.mimebundle(made)
    assert set(bundle) in ({"text/plain"}, {"text/plain", "text/html"})
    assert display.text(made) == bundle["text/plain"]
    assert display.html(made)


def test_when_all_else_fails_there_is_a_repr() -> None:
    bad = BadList()
    assert display.mimebundle(bad) == {"text/plain": repr(bad)}
    assert display.text(bad) == repr(bad)
    assert display.text(type("Worse", (BadList,), {"__repr__": Raises.__repr__})()) == "<Worse (its repr raises)>"
    assert display.html(BadList()).startswith("<pre>&lt;")


def test_a_card_is_small() -> None:
    many = [container(f"c{i}") for i in range(300)]
    bundle = display.mimebundle(many)
    assert len(bundle["text/html"]) < 40_000
    assert len(display.html([container("one")])) < 7_000
