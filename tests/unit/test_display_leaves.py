"""The smallest things: escaping, escape sequences, masking, numbers for people."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

import pytest

from pydock.display.ansi import colours, plain
from pydock.display.leaf import Leaf, code
from pydock.display.markup import Html, clean, columns, cut, escape, tag
from pydock.display.masking import MASK, environment, is_secret, safe_text
from pydock.display.measures import age, ago, percent, short_id, size, span

NOW = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    "hostile",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        '" onmouseover="x',
        "' onclick='x",
        "&lt;b&gt;",
        "</style>",
    ],
)
def test_text_cannot_become_markup(hostile: str) -> None:
    shown = tag("td", hostile, title=hostile)
    inside = shown[shown.index(">") + 1 : -len("</td>")]
    assert "<" not in inside
    assert ">" not in inside
    assert shown.count('"') == 2
    assert "'" not in shown


def test_ampersands_are_escaped_once_and_html_is_not_escaped_again() -> None:
    assert escape("a&amp;b") == "a&amp;amp;b"
    assert tag("b", tag("i", "x&y")) == "<b><i>x&amp;y</i></b>"


def test_a_string_of_the_daemon_is_never_taken_for_markup() -> None:
    assert not isinstance(clean("<b>"), Html)


@pytest.mark.parametrize("character", ["\x00", "\x07", "\x1b", "\x9b", "\u202e", "\u2066", "\ud800", "\r"])
def test_controlling_characters_are_replaced(character: str) -> None:
    assert clean(f"a{character}b") == "a\N{REPLACEMENT CHARACTER}b"


def test_a_cell_has_one_line() -> None:
    assert Leaf("a\nb\tc").text() == "a b c"
    assert "\n" not in Leaf("a\nb").html()


def test_long_text_is_cut_and_the_whole_is_in_the_title() -> None:
    shown = Leaf("x" * 300).html()
    assert shown.count("x") > 300
    assert "…" in shown
    assert len(Leaf("x" * 300).text()) == 60


def test_an_empty_code_is_a_dash() -> None:
    assert code("").text() == "—"


def test_wide_characters_take_two_columns() -> None:
    assert columns("日本") == 4
    assert columns("e\N{COMBINING ACUTE ACCENT}") == 1


def test_cut_keeps_the_limit() -> None:
    assert cut("abcdef", 4) == "abc…"
    assert cut("abcd", 4) == "abcd"


# Escape sequences


def test_colours_become_classes_and_end() -> None:
    assert colours("\x1b[31mred\x1b[0m plain") == '<span class="pd-c1">red</span> plain'
    assert colours("\x1b[1;32mok") == '<span class="pd-c2 pd-b">ok</span>'
    assert colours("\x1b[38;5;200mx\x1b[38;2;1;2;3my") == "xy"


def test_colours_escape_what_is_coloured() -> None:
    assert colours("\x1b[31m<script>\x1b[0m") == '<span class="pd-c1">&lt;script&gt;</span>'


@pytest.mark.parametrize(
    "sequence",
    ["\x1b[2J", "\x1b[10;10H", "\x1b]0;title\x07", "\x1b]8;;http://evil\x1b\\", "\x1b(B", "\x1bc", "\x9b5A"],
)
def test_other_sequences_vanish(sequence: str) -> None:
    assert plain(f"a{sequence}b") == "ab"
    assert colours(f"a{sequence}b") == "ab"


def test_an_escape_at_the_end_vanishes() -> None:
    assert plain("a\x1b") == "a"
    assert plain("a\x1b[3") == "a3"


def test_what_a_carriage_return_overwrote_is_gone() -> None:
    assert plain("10%\r50%\r100%\r\nnext") == "100%\nnext"


def test_a_title_that_never_ends_swallows_the_rest_only() -> None:
    assert plain("before\x1b]0;evil\nmore") == "before"


@pytest.mark.parametrize("evil", ["\x1b" * 50_000, "a.a" * 50_000, "x\r" * 50_000, "a=" * 50_000, "-a " * 50_000])
def test_nothing_takes_long_on_hostile_text(evil: str) -> None:
    begun = time.perf_counter()
    Leaf(safe_text(evil)).html()
    colours(evil[:100_000])
    assert time.perf_counter() - begun < 5


# Masking


@pytest.mark.parametrize(
    "name",
    ["PASSWORD", "MYSQL_ROOT_PASSWORD", "db-passwd", "secret", "API_TOKEN", "apiKey", "AWS_SECRET_ACCESS_KEY",
     "auth",
     "X-Registry-Auth", "PrivateKey", "ssh_key", "JoinTokens", "credentials", "DATABASE_DSN", "--pass"],
)  # fmt: skip
def test_names_of_secrets_are_known(name: str) -> None:
    assert is_secret(name)


@pytest.mark.parametrize(
    "name", ["author", "monkey", "keyboard", "PATH", "image", "authors", "compass", "hostname", "tokyo"]
)
def test_other_names_are_not_secrets(name: str) -> None:
    assert not is_secret(name)


def test_environment_values_are_masked_unless_asked_for_and_those_of_secrets_always() -> None:
    assert environment("A=1") == ("A", MASK)
    assert environment("A=1", show=True) == ("A", "1")
    assert environment("TOKEN=abc", show=True) == ("TOKEN", MASK)
    assert environment("URL=http://u:hunter2@h", show=True) == ("URL", f"http://u:{MASK}@h")
    assert environment("A=") == ("A", "")
    assert environment("A") == ("A", "(unset)")


@pytest.mark.parametrize(
    "line",
    ["mysql --password=hunter2", "mysql --password hunter2", "app --api-key 'hunter2'", "TOKEN=hunter2 make",
     "curl -H 'Authorization: Bearer hunter2'",
     "curl https://me:hunter2@host/", 'run {"password": "hunter2"}',
     "ENV A=hunter2", "/bin/sh -c #(nop)  ENV A=hunter2 B=hunter2",
     "RUN |2 A=hunter2 B=hunter2 /bin/sh -c make"],
)  # fmt: skip
def test_secrets_in_lines_are_masked(line: str) -> None:
    assert "hunter2" not in safe_text(line)
    assert MASK in safe_text(line)


@pytest.mark.parametrize(
    "line", ["nginx -g 'daemon off;'", "sh -c echo hi", "auth:latest", "sleep 300", "ls --color=auto"]
)
def test_other_lines_are_left_alone(line: str) -> None:
    assert safe_text(line) == line


# Numbers for people


@pytest.mark.parametrize(
    ("count", "shown"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1000, "1 kB"),
        (12_600_000, "12.6 MB"),
        (999_999, "1 MB"),
        (2.1e9, "2.1 GB"),
        (None, "—"),
        (-1, "—"),
    ],
)
def test_sizes(count: float | None, shown: str) -> None:
    assert size(count) == shown


@pytest.mark.parametrize(
    ("length", "shown"),
    [(0.25, "250 ms"), (2.4, "2.4 s"), (125, "2 min 5 s"), (3600, "1 h"), (11_040, "3 h 4 min"),
     (90_000, "1 d 1 h"),
     (timedelta(seconds=5), "5 s"), (None, "—")],
)  # fmt: skip
def test_spans(length: float | timedelta | None, shown: str) -> None:
    assert span(length) == shown


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (0, "0 seconds"),
        (1, "1 second"),
        (60, "1 minute"),
        (180, "3 minutes"),
        (86400 * 10, "10 days"),
        (86400 * 20, "2 weeks"),
    ],
)
def test_ages(seconds: float, shown: str) -> None:
    assert age(seconds) == shown


def test_ages_count_to_the_moment_of_reading_and_forgive_another_clock() -> None:
    assert ago(NOW - timedelta(minutes=3), NOW) == "3 minutes ago"
    assert ago(NOW + timedelta(seconds=20), NOW) == "just now"
    assert ago(NOW + timedelta(hours=2), NOW) == "in 2 hours"
    assert ago((NOW - timedelta(hours=1)).replace(tzinfo=None), NOW) == "1 hour ago"
    assert ago(None, NOW) == "—"


def test_shares() -> None:
    assert [percent(0), percent(0.042), percent(0.5), percent(1)] == ["0 %", "4.2 %", "50 %", "100 %"]


def test_short_ids_are_twelve_digits_but_names_stay() -> None:
    assert short_id("sha256:" + "ab" * 32) == "abababababab"
    assert short_id("my-volume-with-a-very-long-name-indeed") == "my-volume-with-a-very-long-name-indeed"
