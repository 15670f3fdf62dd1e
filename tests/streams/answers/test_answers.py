"""Every section of a view can be asked for by one entry, over any window, of any bot, run and mode."""

from collections.abc import Sequence
from functools import cache
from typing import Any

import pytest

from tests.properties.changes import with_settings
from tests.properties.logs import SEEDS, log_of_seed
from tests.reference.moments import text_of
from tests.streams.chain.engines import Record, computed
from tests.streams.chain.records import DAY, HOUR, MINUTE, NOON, bars, declared, record, signal, tick
from untaken.cli.session import as_json
from untaken.projections.figures import Figures
from untaken.streams.answers import SECTIONS, Answers, Asked, Group, UnknownSection, figures
from untaken.streams.view import Filters, View

EVERYTHING = Asked(hours=None)


@cache
def random_view() -> View:
    return View(computed(with_settings(log_of_seed(SEEDS[0]))).state)


def view_of(*records: Record) -> View:
    return View(computed(list(records)).state)


def blocked(number: int, at: int, reason: str, **more: Any) -> list[Record]:
    """Return a signal that its only guard blocked for a reason."""
    said: dict[str, Any] = {
        "guard": "slots",
        "verdict": "blocked",
        "reason_code": reason,
    }
    whole: dict[str, Any] = {"final": True, "chain_complete": True}
    judged = record(
        "decision.made", f"d{number}", at, signal_id=f"s{number}", symbol="BTC/USD", **said, **whole
    )
    return [signal(number, at, **more), judged]


@pytest.mark.parametrize("section", [*SECTIONS, "knob_state", "log_health"])
def test_every_section_can_be_printed_of_a_random_log_and_of_an_empty_one(section: str) -> None:
    assert as_json(figures(random_view(), section, EVERYTHING))
    assert as_json(figures(view_of(), section)) in ("[]", as_json(figures(view_of(), section, EVERYTHING)))


@pytest.mark.parametrize("section", SECTIONS)
def test_each_group_is_answered_by_itself(section: str) -> None:
    found = figures(random_view(), section, EVERYTHING)

    assert [Group(*(each[name] for name in Group._fields)) for each in found] == sorted(
        Answers(random_view(), EVERYTHING).groups
    )
    assert len(found) >= 5


@pytest.mark.parametrize("section", SECTIONS)
def test_filters_leave_the_figures_of_what_was_asked_for_as_they_are(section: str) -> None:
    whole = {named(each): each for each in figures(random_view(), section, EVERYTHING)}
    asked = Asked(hours=None, filters=Filters(bot="alpha", run="r1", mode="live"))
    found = {named(each): each for each in figures(random_view(), section, asked)}

    assert found == {name: each for name, each in whole.items() if name.startswith("alpha/r1/live/")}
    assert found


def named(group: Figures) -> str:
    return "/".join(group[name] for name in Group._fields)


def test_sums_follow_the_window() -> None:
    records = [declared(), *blocked(1, NOON, "spread"), *blocked(2, NOON + 6 * HOUR, "spread"), *bars(400)]
    view = view_of(*records)
    windows = [
        EVERYTHING,
        Asked(since=NOON + HOUR),
        Asked(until=NOON + HOUR),
        Asked(hours=20),
        Asked(hours=24),
    ]
    missed = [
        figures(view, "missed_opportunity", asked)[0]["missed_opportunity"]["missed"] for asked in windows
    ]

    assert missed == [2, 1, 1, 0, 0]


def test_a_live_log_s_window_ends_now() -> None:
    view = view_of(*blocked(1, NOON, "spread"), tick(NOON + HOUR))

    assert Answers(view, Asked(hours=1)).window.since == NOON + 1
    assert Answers(view, Asked(hours=2), now=NOON + 3 * HOUR).window.since == NOON + HOUR


def test_an_unknown_section_is_refused_with_similar_names() -> None:
    with pytest.raises(UnknownSection, match="'signal_decai' is no projection; did you mean signal_decay"):
        figures(view_of(), "signal_decai")


def test_figures_of_a_strategy_alone_are_folded_from_rows() -> None:
    asked = Asked(hours=None, filters=Filters(bot="alpha", run="r1", mode="live", strategy="trend"))
    answers = Answers(random_view(), asked)
    performance = answers.performance(answers.groups[0])
    whole = Answers(random_view(), Asked(hours=None, filters=Filters(bot="alpha", run="r1", mode="live")))
    by_strategy = {each["value"]: each for each in whole.performance(answers.groups[0])["strategy"]}

    assert performance["overall"]["signals"]["emitted"] == by_strategy["trend"]["signals"]["emitted"]
    assert performance["overall"]["pnl"] == by_strategy["trend"]["pnl"]


def knob(event_id: str, at: int, kind: str = "adjusted", **more: Any) -> Record:
    told = {"adjusted": {"old": 3, "target": 5, "rules": ["sharpe"], "cycle_id": "c", "evidence": {}}}
    fields: dict[str, Any] = {"knob": "max_positions", "new": 4.0, **told.get(kind, {"by": "ann"}), **more}
    return record(f"knob.{kind}", event_id, at, **fields)


def states(view: View, asked: Asked = EVERYTHING) -> dict[str, Figures]:
    return {state["knob"]: state for state in figures(view, "knob_state", asked)}


def test_knob_states_are_those_at_the_end_of_the_window_in_any_order_of_arrival() -> None:
    facts = [
        signal(),
        knob("k1", NOON + HOUR),
        knob("k2", NOON + 2 * HOUR, "overridden", new=2.0, until=text_of(NOON + 3 * HOUR)),
        tick(NOON + 5 * HOUR),
    ]
    for records in (facts, facts[::-1], [*facts, *facts]):
        view = view_of(*records)
        used = [
            states(view, Asked(until=NOON + hours * HOUR + MINUTE))["max_positions"]["used"]
            for hours in (0, 1, 2, 4)
        ]

        assert used == [3.0, 4.0, 2.0, 4.0]


def test_of_two_knob_events_under_one_id_the_first_appended_counts() -> None:
    view = view_of(signal(), knob("k1", NOON), knob("k1", NOON + HOUR, new=9.0), tick(NOON + 2 * HOUR))

    assert states(view)["max_positions"]["used"] == 4.0
    assert len(states(view)["max_positions"]["history"]) == 1


def test_knob_states_are_of_the_bots_asked_for() -> None:
    view = view_of(signal(), knob("k1", NOON, bot="other"), tick(NOON + HOUR))
    mine = figures(view, "knob_state", Asked(hours=None, filters=Filters(bot="demo")))

    assert {state["bot"] for state in figures(view, "knob_state", EVERYTHING)} == {"demo", "other"}
    assert {state["bot"] for state in mine} == {"demo"}


def costly_days(days: int, reason: str) -> list[Record]:
    """Return days on which what was blocked for a reason would always have won, more or less."""
    facts: list[Record] = []
    for day in range(days):
        at = NOON + day * DAY
        facts += blocked(day, at, reason, max_hold_s=3600, take_profit_pct=1.0 + day % 3)
        facts += bars(12, at, close=105.0 if day % 3 else 98.0)
    return [*facts, tick(NOON + (days + 3) * DAY)]


def suggested(records: Sequence[Record], **asked: Any) -> list[Figures]:
    answers = Answers(view_of(declared(), *records), Asked(hours=None, **asked))
    return answers.suggestions(answers.groups[0])


def test_clearly_missed_profit_for_want_of_positions_suggests_one_more() -> None:
    found = suggested(costly_days(90, "max_positions"))
    knobs = [each for each in found if each["kind"] == "knob"]

    assert [(each["name"], each["direction"], each["from"], each["to"]) for each in knobs] == [
        ("max_positions", "raise", 3.0, 4.0)
    ]
    assert knobs[0]["at_stake"] > 0
    assert knobs[0]["evidence"]["clearly"] == "missed_profit"
    assert knobs[0]["what_if"]


def test_the_knob_s_present_value_is_what_a_suggestion_moves() -> None:
    found = suggested([*costly_days(90, "max_positions"), knob("k1", NOON, new=6.0)])

    assert [(each["from"], each["to"]) for each in found if each["kind"] == "knob"] == [(6.0, 7.0)]


def test_few_days_suggest_nothing_of_a_knob() -> None:
    assert [each for each in suggested(costly_days(5, "max_positions")) if each["kind"] == "knob"] == []


def test_too_few_signals_a_day_suggest_lower_thresholds() -> None:
    few = [each["name"] for each in suggested(costly_days(3, "spread"))]
    many = [signal(number, NOON + number * MINUTE) for number in range(9)]

    assert few == ["min_profit_pct", "min_signal_confidence"]
    assert suggested(many) == []
