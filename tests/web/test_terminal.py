"""The report on a terminal."""

import io

import pytest
from rich.console import Console

from tests.web import samples
from untaken.web.reports.terminal import render


def shown(report: samples.Document, *, width: int = 120, colours: bool = False) -> str:
    out = io.StringIO()
    render(
        report,
        Console(file=out, width=width, force_terminal=colours, color_system="truecolor" if colours else None),
    )
    return out.getvalue()


@pytest.mark.parametrize("width", [40, 60, 80, 99, 100, 120, 200])
def test_no_line_is_wider_than_the_terminal_and_every_guard_is_there(width: int) -> None:
    text = shown(samples.report(samples.group()), width=width)

    assert max(map(len, text.splitlines())) <= width
    for verdict in ("saves money", "costs money", "no material effect", "inconclusive"):
        assert verdict in text


@pytest.mark.parametrize("width", [60, 120])
def test_a_guard_stands_with_interval_verdict_and_reason(width: int) -> None:
    guard = samples.guard(verdict="saves") | {"interval_milli_r": [210, 420]}
    text = shown(samples.report(samples.group([guard])), width=width)

    assert "▲ saves money" in text
    assert "+0.21 R to +0.42 R" in text
    assert "Its blocks saved money over 90 separate days" in text


def test_intervals_are_drawn_on_a_wide_terminal() -> None:
    text = shown(samples.report(samples.group()))

    assert "├" in text
    assert "●" in text


def test_neither_markup_nor_escapes_in_names_take_effect() -> None:
    guard = samples.guard("[red]x[/red]\x1b[2J\u202e")
    text = shown(samples.report(samples.group([guard], currency="[b]"), log="[blink]log"), colours=True)

    assert "[red]x[/red]�[2J�" in text
    assert "[blink]log" in text
    assert "\x1b[2J" not in text


def test_banners_come_before_any_figure() -> None:
    text = shown(samples.troubled())

    assert text.index("XBTUSD has no prices; BTC/USD") < text.index("net saved by blocking")


def test_a_run_without_guards_shows_its_trades() -> None:
    text = shown(samples.report(samples.group([])))

    assert "No guard's decision was seen here" in text
    assert "Shadow beside real" in text
    assert "net saved by blocking" not in text


def test_an_empty_window_says_so() -> None:
    assert "No signal and no trade lies in this window." in shown(samples.report())


def test_long_lists_of_anomalies_are_cut_and_counted() -> None:
    odd = {"kind": "several_trades_of_one_identity", "bot": "demo", "run": "default", "trade_id": "7"}
    text = shown(samples.report(samples.group(), log_health=samples.health(anomalies=[odd] * 8)))

    assert text.count("several trades of one identity") == 5
    assert "and 3 more anomalies" in text
