"""The pages of all answers: missed, decay, strategies, months, calibration, performance, knobs, other rules."""

from functools import cache
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.web import answers, generated, samples
from tests.web.test_html import Page, page
from untaken.web.reports.html import render

Document = dict[str, Any]


@cache
def group() -> Document:
    return generated.group(generated.bot(days=60))


def knob(name: str = "stop_loss_pct", **other: Any) -> Document:
    moved = {
        "kind": "adjusted",
        "at": "2024-03-02T20:05:00.000000Z",
        "old": 2.0,
        "target": 2.5,
        "new": 2.1,
        "rules": ["average_loss"],
        "cycle_id": "daily-1",
    }
    return {
        "bot": "scout",
        "mode": "live",
        "symbol": None,
        "knob": name,
        "alias": "DT_STOP_LOSS_PCT",
        "unit": "percent",
        "current": 2.1,
        "used": 2.1,
        "learned": 2.1,
        "default": 2.0,
        "target": 2.5,
        "range": [0.5, 5.0],
        "last_rules": ["average_loss"],
        "evidence": None,
        "last_change": "2024-03-02T20:05:00.000000Z",
        "override": None,
        "history": [moved],
        **other,
    }


def whole(**other: Any) -> Document:
    """Build a report with every section there is."""
    beside = {
        "scenarios": [answers.what_if(), answers.sweep(), answers.sweep(*TWO_AXES)],
        "saved_scenarios": [answers.saved()],
        "knob_state": [knob(), knob("max_positions", history=[])],
    }
    return samples.report(group(), **{**beside, **other})


TWO_AXES = (("take_profit_pct", [1.0, 2.0, 3.0]), ("stop_loss_pct", [0.5, 1.0]))


def without(*sections: str) -> Page:
    return page(samples.report({name: value for name, value in group().items() if name not in sections}))


def test_every_section_is_there_and_every_link_leads_to_one() -> None:
    shown = page(whole())
    places = {value for name, value in shown.attributes if name == "id"}
    links = {value.removeprefix("#") for name, value in shown.attributes if name == "href"}

    assert shown.open == []
    assert links <= places
    for title in ("Guards", "Missed opportunities", "Signal decay", "Strategies", "Shadow beside real",
                  "Month by month", "Calibration", "Performance by every key", "Other rules", "Knobs"):  # fmt: skip
        assert title in shown.text


def test_a_section_without_figures_is_left_out_with_its_link() -> None:
    shown = without("missed_opportunity", "signal_decay", "calibration")

    assert "Missed opportunities" not in shown.text
    assert "#group-1-decay" not in {value for name, value in shown.attributes if name == "href"}


def test_what_was_missed_stands_with_its_sample_its_evidence_and_what_to_try() -> None:
    shown = page(whole())
    missed = group()["missed_opportunity"]

    assert f"{missed['missed']:,} signals not traded" in shown.text
    assert "clearly avoided loss" in shown.text
    assert "untaken replay what-if --guard-off min_confidence" in shown.text


def test_a_half_life_that_is_not_identified_says_what_is_lacking() -> None:
    decay = group()["signal_decay"]["overall"]
    blind = decay | {
        "edge_ppm": decay["edge_ppm"] | dict.fromkeys(("1", "5", "15", "30", "60"), None),
        "half_life": "not identified",
        "half_life_reason": "delays",
        **dict.fromkeys(("half_life_s", "half_life_interval_s", "half_life_fit")),
    }
    section = {**group()["signal_decay"], "overall": blind}

    assert "too few: 3 of 4 delays" in page(samples.report({**group(), "signal_decay": section})).text


def test_the_reader_is_told_that_confidence_promises_too_much() -> None:
    assert "too confident" in page(whole()).text


def test_a_group_of_trades_without_any_has_a_dash_and_no_zero() -> None:
    rows = [
        row | {"trades": 0, "counted": 0, "pnl": samples.money(0), "win_rate": None, "value": "idle"}
        for row in group()["performance"]["symbol"][:1]
    ]
    performance = group()["performance"] | {"symbol": rows}
    text = page(samples.report({**group(), "performance": performance})).text

    assert "idle 0 – –" in text


def test_only_knobs_that_were_moved_are_listed() -> None:
    shown = page(whole())

    assert "stop_loss_pct" in shown.text
    assert "1 other knob stands at the default." in shown.text


def test_an_override_says_by_whom_and_why() -> None:
    override = {"new": 3.0, "by": "ada", "why": "holiday", "at": "2024-03-01T00:00:00Z", "until": None}

    assert "overridden by ada: holiday" in page(whole(knob_state=[knob(override=override)])).text


def test_other_rules_stand_beside_with_how_sure_they_are() -> None:
    text = page(whole()).text

    assert "▲ better than the base" in text
    assert "▼ worse than the base" in text
    assert "Sweep over take profit, % and stop loss, %" in text
    assert "corrected p 0.031" in text
    assert "it is kept for one honest test" in text
    assert "400 → 690" in text


def test_a_kept_scenario_shows_how_sure_its_difference_was_when_it_was_kept() -> None:
    answer = answers.what_if()
    answer["scenarios"][0]["groups"][0] |= {"not_rejudged": 7}
    text = page(whole(scenarios=[], saved_scenarios=[answers.saved(answer)])).text

    assert "better than the base: +0.21 R a signal, +0.09 R to +0.33 R" in text
    assert "290 changed signals on 147 days; 2 signals without a result." in text
    assert "7 could not be judged again." in text


def test_a_scenario_kept_without_an_answer_says_so() -> None:
    unlimited = answers.what_if()
    for scenario in unlimited["scenarios"]:
        scenario["groups"] = [{**group, **dict.fromkeys(BOOKS)} for group in scenario["groups"]]

    assert "not answered" in page(whole(saved_scenarios=[answers.saved()])).text
    assert (
        "not answered" in page(whole(scenarios=[unlimited], saved_scenarios=[answers.saved(unlimited)])).text
    )


BOOKS = ("in_turn", "alone", "capacity")


def test_a_kept_scenario_that_cannot_be_read_says_why() -> None:
    broken = answers.saved() | {"problem": "its state is of an older layout", "groups": []}

    assert "its state is of an older layout" in page(whole(saved_scenarios=[broken])).text


def test_very_long_lists_are_cut_and_say_so() -> None:
    row = group()["performance"]["symbol"][0]
    many = [row | {"value": f"S{number}"} for number in range(500)]
    text = page(samples.report({**group(), "performance": group()["performance"] | {"symbol": many}})).text

    assert "and 476 more values" in text


def test_the_page_stays_small_over_years() -> None:
    days = [
        {"day": f"{year}-{month:02}-{day:02}", "in_turn": samples.money(1), "alone": None, "real": None}
        for year in range(1990, 2024)
        for month in range(1, 13)
        for day in range(1, 29)
    ]
    shadow = group()["shadow_performance"] | {"days": days}
    text = render(samples.report({**group(), "shadow_performance": shadow}))

    assert len(text) < 400_000
    assert "22 earlier years are left out" in text


@given(name=st.text(min_size=1, max_size=30))
@settings(max_examples=6, deadline=None)
def test_no_name_in_any_answer_changes_what_the_page_is_made_of(name: str) -> None:
    def structure(text: str) -> list[str]:
        named = _renamed(whole(), text)
        return page(named).tags

    assert structure(name) == structure("plain")


NAMES = {"strategy", "symbol", "guard", "value", "scenario", "top_strategy", "top_strategy_real"}
OWN = {"confidence", "utc_hour", "time_of_day"}
"""Dimensions whose values are ours and no names."""


def _renamed(found: Any, text: str) -> Any:
    """Return a document in which every name from the log is this text."""
    if isinstance(found, dict):
        return {name: _value(name, value, text) for name, value in found.items()}
    return [_renamed(each, text) for each in found] if isinstance(found, list) else found


def _value(name: str, value: Any, text: str) -> Any:
    if name in NAMES and isinstance(value, str):
        return text
    return value if name in OWN else _renamed(value, text)
