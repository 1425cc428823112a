"""Tables, trees, bars, panes, the page and the stylesheet."""

# pyright: reportPrivateUsage=false
# (the notebook, too, calls `_repr_mimebundle_` from outside)
from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest

from pydock import display
from pydock.display.bars import Bar, Spark
from pydock.display.css import STYLE
from pydock.display.map import topology
from pydock.display.mixin import Displayed
from pydock.display.page import Card, page
from pydock.display.pane import Line, Note, Pane, decoded
from pydock.display.status import Status, of_container
from pydock.display.table import Facts, Table
from pydock.display.tree import Tree


def test_the_stylesheet_is_small_scoped_and_has_no_root() -> None:
    assert len(STYLE.encode()) <= 5000
    assert ":root" not in STYLE
    rules = [rule for rule in STYLE.split("}") if rule]
    for rule in rules:
        for selector in rule.partition("{")[0].split(","):
            assert ".pydock" in selector, selector
    assert "body[data-jp-theme-light=false]" in STYLE
    assert "body.vscode-dark" in STYLE


def test_background_and_colour_are_painted_together() -> None:
    rule = STYLE.partition("}")[0]
    assert "background:var(--bg)" in rule
    assert "color:var(--fg)" in rule


def test_a_page_that_loses_its_style_shows_the_text() -> None:
    shown = page(Card("3 <things>", [], [Table(["Name"], [["a"]])]))
    assert shown.startswith('<div class="pydock"><style>')
    assert '<pre class="pd-plain">3 &lt;things&gt;\nNAME\na</pre>' in shown
    assert '<div class="pd" hidden="hidden" style="display:none">' in shown
    assert ".pydock .pd-plain{display:none}" in STYLE
    assert ".pydock .pd{display:block!important" in STYLE


def test_fifty_rows_and_the_count_of_the_rest() -> None:
    table = Table(["N"], [[f"row{i}"] for i in range(300)], "filter them")
    assert table.html().count("<tr>") == 51
    assert "… 250 more — filter them" in table.html()
    assert table.text().splitlines()[-1] == "… 250 more — filter them"
    assert "row50" not in table.html() + table.text()
    assert not Table(["N"], [["x"]] * 50).rest


def test_headings_have_a_scope_and_numbers_stand_right() -> None:
    html = Table(["Name", ">Size"], [["a", "1 B"]]).html()
    assert '<th scope="col">Name</th>' in html
    assert '<th scope="col" class="pd-r">Size</th>' in html
    assert '<td class="pd-r">1 B</td>' in html


def test_the_text_of_a_table_is_aligned_even_with_wide_characters() -> None:
    table = Table(
        ["Name", ">Size", "State"],
        [["日本", "1 B", Status.of("running")], ["web", "12.6 MB", Status.of("exited")]],
    )
    assert table.text() == "NAME     SIZE  STATE\n日本      1 B  ● running\nweb   12.6 MB  ○ exited"


def test_facts_leave_out_what_is_not_known() -> None:
    facts = Facts([("Name", "web"), ("Nothing", None), ("Empty", ""), ("Ports", ["80", "443"])])
    assert facts.text() == "Name   web\nPorts  80\n       443"
    assert '<th scope="row">Ports</th><td><div>80</div><div>443</div></td>' in facts.html()


def test_a_state_is_shape_word_and_colour() -> None:
    html = Status("running", "good").html()
    assert html == (
        '<span class="pd-status pd-is-good"><i class="pd-dot pd-good" aria-hidden="true"></i>running</span>'
    )
    marks = {Status("x", kind).text()[0] for kind in ("good", "idle", "busy", "warn", "bad")}
    assert len(marks) == 5


@pytest.mark.parametrize(
    ("given", "text"),
    [
        ({"status": "running", "health": None}, "● running"),
        ({"status": "running", "health": "healthy"}, "● running, healthy"),
        ({"status": "running", "health": "unhealthy"}, "■ running, unhealthy"),
        ({"status": "running", "health": "starting"}, "◐ running, starting"),
        ({"status": "exited", "exit_code": 0}, "○ exited (0)"),
        ({"status": "exited", "exit_code": 3}, "■ exited (3)"),
        (
            {"status": "exited", "exit_code": 137, "state": SimpleNamespace(oom_killed=True)},
            "■ exited (137), out of memory",
        ),
        ({"status": "paused"}, "▲ paused"),
        ({"status": "restarting", "exit_code": 1}, "◐ restarting"),
        ({"status": "something new"}, "○ something new"),
        ({}, "▲ unknown"),
    ],
)
def test_the_state_of_a_container(given: dict[str, object], text: str) -> None:
    assert of_container(SimpleNamespace(**given)).text() == text


@dataclass
class Inner:
    env: list[str] = field(default_factory=lambda: ["A=visible1", "DB_PASSWORD=visible2"])
    auth: dict[str, str] = field(default_factory=lambda: {"user": "visible3"})
    labels: dict[str, str] = field(default_factory=lambda: {"api_token": "visible4", "tier": "web"})
    join_tokens: list[str] = field(default_factory=lambda: ["visible5"])
    proxy: str = "http://me:visible6@proxy"
    command: list[str] = field(default_factory=lambda: ["--password=visible7"])
    empty: str = ""


def test_the_tree_masks_at_every_depth() -> None:
    shown = Tree(SimpleNamespace(outer={"inner": Inner()})).html()
    assert "visible" not in shown
    assert "DB_PASSWORD" in shown
    assert "tier" in shown
    assert "1 empty" in shown


def test_the_tree_shows_the_environment_when_asked_but_never_secrets() -> None:
    shown = Tree(Inner(), show_env=True).html()
    assert "visible1" in shown
    assert all(f"visible{i}" not in shown for i in range(2, 8))


def test_an_environment_that_is_a_mapping_is_masked_too() -> None:
    shown = Tree({"environment": {"A": "visible"}}).html()
    assert "visible" not in shown
    assert ">A<" in shown


def test_the_tree_of_a_circle_and_of_a_crowd_ends() -> None:
    circle: dict[str, object] = {"x": 1}
    circle["self"] = circle
    assert len(Tree(circle).html()) < 20_000
    crowd = {f"k{i}": {f"l{j}": j + 1 for j in range(100)} for i in range(100)}
    assert len(Tree(crowd).html()) < 100_000
    assert "… 60 more" in Tree({"many": list(range(1, 101))}).html()


@pytest.mark.parametrize("share", [-1.0, 0.0, 0.5, 1.0, 7.0, float("nan")])
def test_bars_stay_inside_their_frame(share: float) -> None:
    html = Bar(share, start=share).html()
    for part in html.split("left:")[1:]:
        left, width = part.split("%;width:")
        assert 0 <= float(left) <= 100
        assert float(left) + float(width.partition("%")[0]) <= 100.01
    assert 'role="img"' in html
    assert "aria-label=" in html
    assert len(Bar(share).text()) <= 16


def test_the_offset_of_a_bar_is_where_the_layer_lies() -> None:
    assert Bar(0.25, 0.5).text() == " " * 8 + "█" * 4
    assert Bar(0.5, second=0.25).text() == "█" * 8 + "▒" * 4
    assert "left:50.00%;width:25.00%" in Bar(0.25, 0.5).html()


def test_a_spark_says_its_newest_value() -> None:
    spark = Spark((0.0, 5.0, 10.0), "CPU 10 %")
    assert spark.text() == "▁▅█" or spark.text() == "▁▄█"
    assert "<title>CPU 10 %</title>" in spark.html()
    assert Spark((), "nothing").html()


def test_a_pane_has_the_last_lines_and_marks_stderr_without_colour() -> None:
    pane = Pane([Line(f"line{i}") for i in range(250)] + [Line("boom", error=True)])
    html = pane.html()
    assert "line50" not in html
    assert "… 51 earlier lines" in html
    assert '<span class="pd-sr">stderr: </span>boom' in html
    assert 'role="log"' in html
    assert 'tabindex="0"' in html
    assert pane.text().endswith("\n! boom")


def test_output_is_split_into_lines_and_bad_bytes_do_not_hurt() -> None:
    assert [line.said for line in decoded(b"a\n\xff\n")] == ["a", "\N{REPLACEMENT CHARACTER}"]
    assert decoded(None) == []
    assert [line.said for line in decoded("a\n\nb")] == ["a", "", "b"]


def test_a_warning_has_a_word() -> None:
    assert Note("no swap", "warn").text() == "Warning: no swap"
    assert "<b>Warning: </b>" in Note("no swap", "warn").html()


def test_the_map_draws_every_line_and_says_it() -> None:
    web = SimpleNamespace(
        name="web",
        status="running",
        networks={"front": None, "back": None},
        mounts=[SimpleNamespace(type="volume", name="data")],
    )
    drawn = topology([web], [SimpleNamespace(name="lonely")], [SimpleNamespace(name="unused")])
    html = drawn.html()
    assert html.count("<path") == 3
    assert "<title>web, running</title>" in html
    assert 'role="img"' in html
    assert "lonely" in html
    assert "unused" in html
    assert drawn.text() == "front, back → web (running) → data"
    bundle = drawn._repr_mimebundle_()
    assert set(bundle) == {"text/plain", "text/html"}


def test_the_map_of_a_crowd_ends_and_hostile_names_stay_text() -> None:
    evil = "<script>alert(1)</script>"
    things = [
        SimpleNamespace(name=f"{evil}{i}", status="running", networks={evil: None}, mounts=[]) for i in range(200)
    ]
    html = topology(things).html()
    assert "<script" not in html
    assert html.count("<rect") == 41
    assert "… 160 more" in html


class Thing(Displayed):
    def __init__(self) -> None:
        self.name = "x"
        self.seen_at = datetime(2026, 11, 25, tzinfo=UTC)


def test_the_mixin_gives_both_faces_and_obeys_include_and_exclude() -> None:
    assert set(Thing()._repr_mimebundle_()) == {"text/plain", "text/html"}
    assert set(Thing()._repr_mimebundle_(include=["text/html"])) == {"text/html"}
    assert set(Thing()._repr_mimebundle_(exclude=["text/html"])) == {"text/plain"}


def test_ipython_shows_the_faces() -> None:
    formatter = pytest.importorskip("IPython.core.formatters").DisplayFormatter()
    formatter.active_types = ["text/plain", "text/html"]  # as in a kernel
    data, _ = formatter.format(Thing())
    assert data["text/plain"].startswith("Thing")
    assert data["text/html"].startswith('<div class="pydock">')


def test_show_changes_what_is_shown() -> None:
    thing = SimpleNamespace(env=["A=visible", "TOKEN=hidden"])
    shown = display.show(thing, show_env=True)._repr_mimebundle_()["text/html"]
    assert "visible" in shown
    assert "hidden" not in shown.replace('hidden="hidden"', "").replace("overflow:hidden", "")
    assert "visible" not in display.html(thing).replace("overflow:visible", "")


def test_the_package_and_the_mixin_load_nothing() -> None:
    program = (
        "import sys, pydock.display.mixin; "
        "print([m for m in sys.modules if m.startswith('pydock.display.') or m in ('IPython', 'ipywidgets')])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "['pydock.display.mixin']"
