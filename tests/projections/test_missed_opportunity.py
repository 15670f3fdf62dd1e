"""What was never traded, worked out by hand, and what is suggested of it."""

import random
from decimal import Decimal
from typing import Any

from tests.projections.answers import signals_of
from tests.projections.builders import DAY_2024, Row, at, blocked, signal
from untaken.projections.figures import Figures
from untaken.projections.guard_effectiveness.figures import VerdictBasis
from untaken.projections.knobs import KNOBS
from untaken.projections.missed_opportunity.figures import missed_section
from untaken.projections.missed_opportunity.suggestions import SuggestionBasis, suggestions
from untaken.projections.missed_opportunity.table import (
    MISSED_OPPORTUNITY,
    MISSED_REASONS,
    missed_opportunity,
)
from untaken.projections.statistics.rules import VerdictRules

BASIS = VerdictBasis(VerdictRules(), declared=1, closed_before=DAY_2024 + 1_000)


def section(*rows: Row, basis: VerdictBasis = BASIS) -> Figures:
    ledger = signals_of(*rows)
    return missed_section(MISSED_OPPORTUNITY.fold(ledger), MISSED_REASONS.fold(ledger), basis)


def a_day() -> list[Row]:
    """Missed: +30 and -10 by spread, +20 by cooldown; expired -5; approved +2, undecided pending. Traded: +100."""
    return [
        blocked("s1", ["spread", "cooldown"], pnl=30.0, r=1.5, reason_code="spread", confidence=0.60),
        blocked("s2", ["spread"], pnl=-10.0, r=-0.5, reason_code="spread", confidence=0.59, symbol="ETH/USD"),
        blocked("s3", ["cooldown"], pnl=20.0, r=1.0, reason_code="cooldown", strategy="drift"),
        signal("s4", status="expired", pnl=-5.0, r=-0.25, confidence=0.9),
        signal("s5", status="approved", pnl=2.0, r=0.1),
        signal("s6", status="undecided", confidence=0.7),
        signal("s7", status="filled", pnl=100.0, r=5.0, confidence=0.9),
    ]


def test_what_was_missed_is_what_was_never_filled() -> None:
    figures = section(*a_day())

    assert [figures[name] for name in ("missed", "blocked", "expired", "never_traded")] == [6, 3, 1, 2]
    assert (figures["missed_profit"], figures["avoided_loss"]) == (52, 15)
    assert figures["net_opportunity_cost"] == Decimal(37)
    assert (figures["counted"], figures["wins"], figures["hypothetical_win_rate"]) == (5, 3, 0.6)
    assert figures["unresolved"] == 1


def test_signals_of_at_least_60_percent_confidence_are_counted_apart() -> None:
    confident = section(*a_day())["confident"]

    assert [confident[name] for name in ("missed", "blocked", "expired", "never_traded")] == [3, 1, 1, 1]
    assert (confident["missed_profit"], confident["avoided_loss"], confident["net_opportunity_cost"]) == (
        30,
        5,
        25,
    )
    assert confident["hypothetical_win_rate"] == 0.5


def test_another_confidence_may_be_asked_for() -> None:
    ledger = signals_of(*a_day())
    table = missed_opportunity(confident_from=0.59).fold(ledger)

    assert missed_section(table, MISSED_REASONS.fold(ledger), BASIS)["confident"]["missed"] == 4


def test_reasons_and_guards_are_those_of_the_first_blocker_and_add_up() -> None:
    figures = section(*a_day())
    by_guard = [(each["guard"], each["missed"], each["net_opportunity_cost"]) for each in figures["guards"]]
    by_reason = [(each["reason_code"], each["net_opportunity_cost"]) for each in figures["reason_codes"]]

    assert by_guard == [("cooldown", 1, 20), ("spread", 2, 20), (None, 3, -3)]
    assert by_reason == [("cooldown", 20), ("spread", 20), (None, -3)]


def test_the_costliest_strategy_and_symbol_come_first() -> None:
    figures = section(*a_day())

    assert [(each["strategy"], each["net_opportunity_cost"]) for each in figures["strategies"]] == [
        ("drift", 20),
        ("swing", 17),
    ]
    assert [(each["symbol"], each["net_opportunity_cost"]) for each in figures["symbols"]] == [
        ("BTC/USD", 47),
        ("ETH/USD", -10),
    ]


def test_what_overlaps_carries_no_money_in_turn_and_does_alone() -> None:
    figures = section(signal(pnl=7.0, r=1.0), signal("again", pnl=9.0, r=1.0, overlapped=True))

    assert (figures["missed"], figures["overlapped"], figures["counted"]) == (2, 1, 1)
    assert (figures["net_opportunity_cost"], figures["alone"]["net_opportunity_cost"]) == (7, 16)


def test_unknown_money_is_said_and_not_taken_for_zero() -> None:
    figures = section(signal(r=1.0))

    assert (figures["money_unknown"], figures["counted"], figures["hypothetical_win_rate"]) == (1, 0, None)


def test_nothing_missed_is_no_rows() -> None:
    figures = section(signal(status="filled", pnl=3.0, r=1.0))

    assert (figures["missed"], figures["net_opportunity_cost"], figures["hypothetical_win_rate"]) == (
        0,
        0,
        None,
    )
    assert figures["reason_codes"] == figures["guards"] == figures["strategies"] == []


def many(reason: str, *, mean: float, days: int = 80, guard: str = "gate") -> list[Row]:
    """Return two blocked signals a day whose results lie around a mean in R."""
    draw = random.Random(11)
    rows = []
    for day in range(days):
        for n in range(2):
            r = draw.gauss(mean, 1.0)
            rows.append(
                blocked(f"{reason}-{day}-{n}", [guard], pnl=20 * r, r=r, reason_code=reason, at=at(day))
            )
    return rows


def suggested(*rows: Row, **given: Any) -> list[Figures]:
    return suggestions(SuggestionBasis(missed=section(*rows), **given))


def test_clearly_positive_misses_for_want_of_a_slot_suggest_one_more() -> None:
    rows = many("max_positions", mean=0.6)
    (suggestion,) = suggested(*rows)

    assert (suggestion["name"], suggestion["direction"], suggestion["from"], suggestion["to"]) == (
        "max_positions",
        "raise",
        3,
        4,
    )
    assert suggestion["at_stake"] == section(*rows)["net_opportunity_cost"] > 0
    assert suggestion["evidence"]["interval_milli_r"][0] > 0
    assert suggestion["what_if"] == {"knob": "max_positions", "to": 4}


def test_clearly_positive_misses_for_confidence_suggest_a_lower_one() -> None:
    state = [{"knob": "min_confidence", "symbol": None, "current": 0.32}]
    (suggestion,) = suggested(*many("confidence_threshold", mean=0.6), knobs=state)

    assert (suggestion["name"], suggestion["direction"]) == ("min_confidence", "lower")
    assert (suggestion["from"], suggestion["to"]) == (0.32, 0.3)


def test_a_knob_at_the_end_of_its_range_is_left_alone() -> None:
    state = [{"knob": "max_positions", "symbol": None, "current": 10.0}]

    assert suggested(*many("max_positions", mean=0.6), knobs=state) == []


def test_misses_that_may_be_luck_suggest_nothing() -> None:
    assert suggested(*many("max_positions", mean=0.6, days=5)) == []
    assert suggested(*many("max_positions", mean=0.0)) == []
    assert suggested(*many("max_positions", mean=-0.6)) == []


def test_only_days_that_are_closed_are_evidence() -> None:
    (reason,) = section(
        *many("max_positions", mean=0.6), basis=VerdictBasis(VerdictRules(), 1, closed_before=DAY_2024 + 30)
    )["reason_codes"]

    assert (reason["missed"], reason["evidence"]["clusters"]) == (160, 30)


def test_misses_for_another_reason_move_no_knob() -> None:
    rows = many("spread", mean=0.6)

    assert section(*rows)["reason_codes"][0]["evidence"]["clearly"] == "missed_profit"
    assert suggested(*rows) == []


def test_a_guard_that_clearly_costs_is_suggested_to_go() -> None:
    guard = {"guard": "spread", "bucket": "guard", "net_saved": Decimal(-120), "verdict_detail": {}}
    found = suggested(
        guards=[
            guard | {"verdict": "costs"},
            guard | {"verdict": "inconclusive"},
            guard | {"verdict": "costs", "bucket": "portfolio"},
        ]
    )

    assert [(each["name"], each["direction"], each["at_stake"]) for each in found] == [("spread", "off", 120)]
    assert found[0]["what_if"] == {"scenario": "no_spread"}


def test_too_few_signals_a_day_suggest_lower_thresholds() -> None:
    found = suggested(signals_per_day=1.9)

    assert [(each["name"], each["from"], each["to"]) for each in found] == [
        ("min_profit_pct", 1.0, 0.8),
        ("min_signal_confidence", 0.50, 0.48),
    ]
    assert suggested(signals_per_day=2.0) == suggested(signals_per_day=None) == []


def test_defaults_of_knobs_lie_within_their_ranges() -> None:
    assert all(knob.low <= knob.default <= knob.high for knob in KNOBS)
