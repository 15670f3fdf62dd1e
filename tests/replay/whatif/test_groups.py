"""What a group says of its books: limits in place of portfolio guards, and how sure a difference is."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import polars as pl
import pytest

from tests.projections.builders import Row, asked, at, blocked, ledger_of, signal
from untaken.projections.definition import DAY_US
from untaken.projections.guard_effectiveness.figures import VerdictBasis
from untaken.projections.statistics.clusters import Clusters
from untaken.projections.statistics.rules import GuardEvidence, VerdictRules
from untaken.projections.statistics.verdict import judge
from untaken.replay.whatif.books import Account
from untaken.replay.whatif.group import Group
from untaken.replay.whatif.judging import judged
from untaken.replay.whatif.scenario import Scenario, scenario_of

BASIS = VerdictBasis(VerdictRules(), declared=1, closed_before=10**6)
TERMS: Row = {"size": 1000.0, "fx": 1.0, "entry_at": at()}


def taken(name: str, **fields: Any) -> Row:
    return signal(name, **{**TERMS, "status": "approved", **fields})


def held(name: str, *guards: str, **fields: Any) -> Row:
    return blocked(name, guards, **{**TERMS, **fields})


def group_of(rows: Sequence[Row], changed: Sequence[Row] | None = None, **rules: Any) -> Group:
    base = ledger_of(*rows)
    new = base if changed is None else ledger_of(*changed)
    even = pl.repeat(1.0, base.height, eager=True)
    return Group(scenario_of(rules), base, new, even, Account(10_000, 365), BASIS, signals=True)


def book(group: Group, name: str) -> Any:
    return group.figures((name,))[name]


@pytest.mark.parametrize("kind", ["portfolio", None])
def test_limits_take_the_place_of_portfolio_guards(kind: str | None) -> None:
    rows = [
        taken("a", pnl=10),
        held("b", "slots", pnl=7, asked=asked("slots", kind=kind)),
        held("c", "spread", pnl=5),
    ]
    capacity = book(group_of(rows, guards_off=["spread"], max_positions=9), "capacity")

    assert capacity["base_admitted"] == ["a", "b"]
    assert capacity["admitted"] == ["a", "b", "c"]
    assert (capacity["stateless_gain"], capacity["interaction"]) == (5, 0)


def test_limits_alone_are_compared_with_what_the_bot_let_through() -> None:
    rows = [taken("a", pnl=10), held("b", "slots", pnl=7, asked=asked("slots", kind="portfolio"))]
    capacity = book(group_of(rows, max_positions=2), "capacity")

    assert capacity["base_limits"] is None
    assert (capacity["base_admitted"], capacity["admitted"]) == (["a"], ["a", "b"])
    assert capacity["difference"] == 7


def test_a_base_may_have_limits_of_its_own() -> None:
    rows = [taken("a", pnl=10, exit_at=at() + 5), taken("b", pnl=7, exit_at=at() + 5)]
    capacity = book(group_of(rows, max_positions=2, base_max_positions=1), "capacity")

    assert (capacity["base_admitted"], capacity["admitted"]) == (["a"], ["a", "b"])


def test_what_has_no_result_takes_no_slot_and_is_counted() -> None:
    rows = [taken("a"), taken("b", r=1.0), taken("c", pnl=3)]
    capacity = book(group_of(rows, max_positions=1), "capacity")

    assert capacity["admitted"] == ["c"]
    assert (capacity["unresolved"], capacity["money_unknown"]) == (1, 1)


def test_without_limits_there_is_no_simulation() -> None:
    assert book(group_of([taken("a", pnl=1)], guards_off=["spread"]), "capacity") is None


def days_of(count: int) -> list[Row]:
    """Return blocked signals of many days, losers and winners, in a pattern that has no period of theirs."""
    results = [(place * 37 % 23 - 9) / 4 for place in range(count)]
    return [
        held(f"s{place:03}", "spread", pnl=result * 20, r=result, at=at(day=place // 2))
        for place, result in enumerate(results)
    ]


def test_evidence_for_a_guard_off_is_the_guards_own_with_the_sign_turned() -> None:
    rows = days_of(200)
    found = book(group_of(rows, guards_off=["spread"]), "in_turn")["evidence"]
    saved = [(row["at"] // DAY_US, 1, -row["milli_r"], -row["milli_r"]) for row in rows]
    (verdict,) = judge([GuardEvidence("spread", Clusters.of(saved))], 1, VerdictRules())
    low, high = verdict.interval_milli_r

    assert found["mean_milli_r"] == -(verdict.mean_saved_milli_r or 0)
    assert found["e_value"] == verdict.e_value
    assert found["interval_milli_r"] == pytest.approx([-(high or 0), -(low or 0)])
    assert (found["clusters"], found["judged_signals"]) == (100, 200)


def test_the_more_scenarios_were_tried_the_larger_must_evidence_be() -> None:
    group = group_of(days_of(200), guards_off=["spread"])
    lone = book(group, "in_turn")["evidence"]
    group = replace(group, basis=replace(BASIS, declared=50))
    one_of_many = book(group, "in_turn")["evidence"]

    assert (lone["e_needed"], one_of_many["e_needed"]) == (20, 1000)
    assert lone["interval_milli_r"] == one_of_many["interval_milli_r"]


def test_clusters_that_are_still_open_are_no_evidence() -> None:
    group = group_of(days_of(200), guards_off=["spread"])
    closed = replace(group, basis=replace(BASIS, closed_before=at(day=30) // DAY_US))
    found = book(closed, "in_turn")["evidence"]

    assert (found["clusters"], found["changed_signals"]) == (30, 200)


def test_another_stop_is_judged_in_the_r_of_the_base() -> None:
    old = taken("a", pnl=-20, r=-1.0)
    new = {**old, "stop_loss_pct": 1.0, "return_ppm": -10_000, "pnl_e8": -10 * 10**8}
    found = book(group_of([old], [new], stop_loss_pct=1.0), "in_turn")["evidence"]

    assert found["mean_milli_r"] == 500


def test_a_signal_without_a_stop_is_no_evidence_and_counted() -> None:
    found = book(group_of([held("a", "g", pnl=5, stop_loss_pct=None)], guards_off=["g"]), "in_turn")[
        "evidence"
    ]

    assert (found["without_stop"], found["judged_signals"]) == (1, 0)


def verdict(**fields: Any) -> Row:
    given: Row = {
        "guard": "gate",
        "attempt": 1,
        "verdict": "blocked",
        "at": at(),
        "value": 0.4,
        "threshold": 0.5,
        "comparison": ">=",
        "reason_code": "confidence_threshold",
    }
    return given | fields


@pytest.mark.parametrize(
    ("said", "through", "unjudged"),
    [
        (verdict(), True, False),
        (verdict(value=0.3), True, False),
        (verdict(value=0.29), False, False),
        (verdict(value=None), False, True),
        (verdict(comparison=None), False, True),
        (verdict(value=0.7), False, True),
        (verdict(comparison="<=", value=0.7), False, False),
        (verdict(threshold=None), True, False),
        (verdict(reason_code="spread"), False, False),
        (verdict(reason_code=None), False, False),
        (verdict(attempt=2, value=0.1), False, False),
    ],
    ids=str,
)
def test_a_looser_threshold_releases_what_its_record_says(
    said: Row, *, through: bool, unjudged: bool
) -> None:
    rows = ledger_of(held("a", "gate", verdicts=[said]))
    (found,) = judged(rows, Scenario(thresholds={"confidence_threshold": 0.3})).to_dicts()

    assert (found["through"], found["not_rejudged"]) == (through, unjudged)


def test_a_verdict_without_a_code_has_the_one_that_its_guard_always_blocks_with() -> None:
    passed = verdict(verdict="approved", value=0.6, reason_code=None)
    rows = ledger_of(taken("a", verdicts=[passed]), held("b", "gate", verdicts=[verdict()]))
    found = judged(rows, Scenario(thresholds={"confidence_threshold": 0.7}))
    other = held("c", "gate", verdicts=[verdict(reason_code="min_roi")])
    unsure = judged(ledger_of(*rows.to_dicts(), other), Scenario(thresholds={"confidence_threshold": 0.7}))

    assert found["through"].to_list() == [False, False]
    assert unsure["through"].to_list() == [True, False, False]
    assert unsure["not_rejudged"].to_list() == [True, False, False]


def test_a_threshold_may_be_named_by_guard() -> None:
    rows = ledger_of(held("a", "gate", verdicts=[verdict(reason_code=None)]))

    assert judged(rows, Scenario(thresholds={"gate": 0.4}))["through"].to_list() == [True]


def test_only_the_attempt_that_gave_the_status_is_judged_again() -> None:
    early = verdict(attempt=1, value=0.2)
    late = verdict(attempt=3, value=0.45, at=at(second=90))
    rows = ledger_of(
        held("a", "gate", verdicts=[early, verdict(attempt=2, value=0.45)]),
        held("b", "gate", verdicts=[early, late], expired_at=at(second=60)),
    )

    assert judged(rows, Scenario(thresholds={"gate": 0.4}))["through"].to_list() == [True, False]


def test_chains_that_were_cut_stay_unknown() -> None:
    rows = ledger_of(held("a", "gate", complete=False, verdicts=[verdict()]))
    (found,) = judged(rows, Scenario(thresholds={"gate": 0.4})).to_dicts()

    assert (found["through"], found["unknown"]) == (False, True)


def test_a_hold_longer_than_a_cluster_fails_the_gate() -> None:
    rows = [{**row, "max_hold_us": 2 * DAY_US} for row in days_of(200)]
    found = book(group_of(rows, guards_off=["spread"]), "in_turn")["evidence"]

    assert "hold" in found["failing_gates"]


def test_a_portfolio_guard_that_is_off_is_named() -> None:
    slots = held("a", "slots", pnl=1, asked=asked("slots", kind="portfolio") + asked("spread"))
    group = group_of([slots], guards_off=["slots", "spread"])

    assert group.figures(("in_turn",))["portfolio_guards_off"] == ["slots"]
