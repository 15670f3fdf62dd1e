"""What is said of a guard, and what keeps it from being said."""

import math
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.projections.statistics.builders import (
    WORKED_S,
    clusters,
    costing,
    evidence,
    idle,
    saving,
    verdict_of,
)
from untaken.projections.statistics.clusters import Clusters
from untaken.projections.statistics.rules import Gate, GuardEvidence, VerdictRules
from untaken.projections.statistics.verdict import by_quarter, judge

RULES = VerdictRules()

results = st.integers(-60_000, 60_000)
cluster_rows = st.lists(st.tuples(st.integers(1, 400), st.integers(1, 12), results, results), max_size=80)


def lax(**changes: Any) -> VerdictRules:
    """Rules without gates on the amount of evidence."""
    return VerdictRules(min_clusters=0, min_side_clusters=0, min_n_eff=0, **changes)


def test_a_guard_may_save_cost_do_nothing_or_be_unknown() -> None:
    verdicts = judge([saving(), costing(), idle(), evidence()], 4, lax(alpha=0.2))

    assert [verdict.verdict for verdict in verdicts] == [
        "saves",
        "costs",
        "no_material_effect",
        "inconclusive",
    ]
    assert [verdict.guard for verdict in verdicts] == ["spread", "cooldown", "balance", "spread"]


def test_a_settled_verdict_names_no_gate_and_no_days() -> None:
    for each in (saving(), costing(), idle()):
        verdict = verdict_of(each)

        assert (verdict.failing_gates, verdict.more_days_about) == ((), None)


@pytest.mark.parametrize(
    ("fields", "gate"),
    [
        ({"unresolved": 4}, "data"),
        ({"slippage_milli_r": 36_000}, "cost_model"),
        ({"saved_ppm": 176 * 400, "error_n": 10, "error_ppm": -4_001}, "exit_model"),
        ({"held_too_long": 1}, "hold"),
    ],
)
def test_sums_that_cannot_be_trusted_settle_nothing(fields: dict[str, Any], gate: Gate) -> None:
    verdict = verdict_of(saving(**fields))

    assert (verdict.verdict, verdict.failing_gates) == ("inconclusive", (gate,))
    assert verdict.more_days_about is None


@pytest.mark.parametrize(
    "fields",
    [
        {"unresolved": 3},
        {"slippage_milli_r": 35_999},
        {"saved_ppm": 176 * 400, "error_n": 10, "error_ppm": -4_000},
        {"saved_ppm": 0, "error_n": 0, "error_ppm": 0},
    ],
)
def test_what_lies_at_a_limit_passes(fields: dict[str, Any]) -> None:
    assert verdict_of(saving(**fields)).verdict == "saves"


def test_a_sign_that_hangs_on_results_beyond_the_cap_settles_nothing() -> None:
    capped = [-abs(s) for s in WORKED_S]

    verdict = verdict_of(evidence(clusters(capped=capped, repeat=2)))

    assert (verdict.verdict, verdict.failing_gates) == ("inconclusive", ("tail",))


def test_one_enormous_day_settles_nothing() -> None:
    of = clusters([100, 100, -50] * 20 + [60_000])

    verdict = verdict_of(evidence(of))

    assert verdict.failing_gates == ("n_eff",)
    assert verdict.sums.largest_share == 60_000 / 65_000
    assert verdict.more_days_about is not None
    assert verdict.more_days_about >= 9


def test_every_failing_gate_is_named_in_order() -> None:
    verdict = verdict_of(
        evidence(clusters([900, 800, -100]), unresolved=9, held_too_long=2, slippage_milli_r=5_000)
    )

    assert verdict.failing_gates == ("clusters", "sides", "n_eff", "data", "cost_model", "hold")
    assert verdict.more_days_about == 17


def test_a_guard_that_blocks_only_junk_is_believed_where_results_are_bounded() -> None:
    junk = evidence(clusters([2_500] * 60, [5] * 60))

    without, bounded = verdict_of(junk), verdict_of(junk, bound_r=1.0)

    assert (without.failing_gates, without.bounded_e_value) == (("sides",), None)
    assert (bounded.verdict, bounded.proved) == ("saves", True)
    assert bounded.bounded_e_value is not None
    assert bounded.bounded_e_value > 40


def test_a_bound_that_was_broken_proves_nothing() -> None:
    junk = evidence(clusters([2_500] * 60, [5] * 60))

    verdict = verdict_of(junk, bound_r=0.4)

    assert (verdict.failing_gates, verdict.bounded_e_value) == (("sides",), None)


def test_among_many_guards_the_same_evidence_is_not_enough() -> None:
    verdict = verdict_of(saving(), declared=10)

    assert (verdict.verdict, verdict.failing_gates) == ("inconclusive", ("evidence",))
    assert verdict.e_needed == pytest.approx(200)
    assert verdict.interval_milli_r[0] == pytest.approx(8.8331, abs=1e-4)
    assert "10 guards judged at once" in verdict.sentence


def test_guards_that_all_save_support_each_other() -> None:
    verdicts = judge([saving(f"g{k}") for k in range(3)], 3, RULES)

    assert {verdict.verdict for verdict in verdicts} == {"saves"}
    assert [verdict.e_needed for verdict in verdicts] == [20, 20, 20]


def test_a_guard_behind_a_closed_gate_supports_no_other() -> None:
    barred = replace(saving("barred"), clusters=clusters(repeat=8), held_too_long=1)

    alone, *_ = judge([saving(), barred], 2, RULES)

    assert (alone.verdict, alone.failing_gates, alone.e_needed) == ("inconclusive", ("evidence",), 40.0)


def test_guards_that_were_not_declared_count_all_the_same() -> None:
    verdicts = judge([saving(), *(evidence(guard=f"g{k}") for k in range(9))], 1, RULES)

    assert verdicts[0].e_needed == pytest.approx(200)


def test_hardly_any_effect_is_held_to_the_band_and_not_to_the_effect() -> None:
    measured: dict[str, Any] = {"risk_ppm": 500 * 20_000, "error_n": 7}
    fine = verdict_of(idle(**measured, error_ppm=7 * 400, slippage_milli_r=5_000))
    inexact = verdict_of(idle(**measured, error_ppm=7 * 401))
    unknown_risk = verdict_of(idle(error_n=7, error_ppm=7))

    assert [v.verdict for v in (fine, inexact, unknown_risk)] == [
        "no_material_effect",
        "inconclusive",
        "inconclusive",
    ]


def test_a_sign_in_doubt_is_not_called_immaterial() -> None:
    small = evidence(clusters((90, -10) * 200, (10, 10) * 200), slippage_milli_r=50_000)

    assert verdict_of(replace(small, slippage_milli_r=0)).verdict == "saves"
    assert verdict_of(small).failing_gates == ("cost_model",)


def test_a_guard_that_never_blocked_is_inconclusive() -> None:
    verdict = verdict_of(evidence(Clusters()))

    assert (verdict.verdict, verdict.e_value, verdict.interval_milli_r) == ("inconclusive", 1.0, (None, None))
    assert verdict.mean_saved_milli_r is None
    assert verdict.break_even_extra_cost_e8 is None
    assert verdict.more_days_about == 20


def test_without_a_direction_no_days_are_promised() -> None:
    assert verdict_of(evidence(clusters((500, -500) * 20))).more_days_about is None


def test_days_are_those_of_whole_blocks() -> None:
    assert verdict_of(evidence(), block_days=3).more_days_about == 18


def test_more_guards_take_more_days() -> None:
    alone, many = verdict_of(evidence()), verdict_of(evidence(), declared=10)

    assert alone.more_days_about == 6
    assert many.more_days_about == math.ceil((9 + 2 * math.log(10)) * (1359.0276 / 750) ** 2 - 24)


def test_evidence_without_end_stays_a_number() -> None:
    assert math.isfinite(verdict_of(evidence(clusters([1000] * 4000))).e_value)


@pytest.mark.parametrize(
    ("of", "said"),
    [
        (
            saving(),
            (
                "Saves money: a blocked signal would have lost 0.20 R on average, between 0.01 and 0.40 R with 95 % "
                "confidence (176 blocked signals on 48 days)."
            ),
        ),
        (
            costing(),
            (
                "Costs money: a blocked signal would have gained 0.20 R on average, between 0.01 and 0.40 R with 95 % "
                "confidence (176 blocked signals on 48 days)."
            ),
        ),
        (
            idle(),
            (
                "No material effect: with 95 % confidence blocking saves less than 0.02 R per signal and costs less than "
                "that, between −0.013 and +0.013 R (500 blocked signals on 100 days)."
            ),
        ),
        (
            evidence(),
            (
                "Inconclusive: blocking cost money on only 7 days of the 10 needed to compare; so far a block saved "
                "0.20 R on average, while anything from −0.14 to +0.55 R fits the records; about 6 more days with blocks "
                "may settle it."
            ),
        ),
        (
            evidence(Clusters()),
            "Inconclusive: no blocked signal of a closed day has a result yet; about 20 more days with blocks may settle it.",
        ),
        (
            evidence(clusters([-500, -400, -300]), unresolved=1),
            (
                "Inconclusive: only 3 days with blocks of the 20 needed and 1 of 4 blocked signals have no result for lack "
                "of prices; so far a block cost 0.40 R on average, while any saving or cost fits the records; about 17 "
                "more days with blocks may settle it."
            ),
        ),
    ],
)
def test_a_verdict_in_words(of: GuardEvidence, said: str) -> None:
    assert verdict_of(of).sentence == said


def test_every_gate_has_its_words() -> None:
    everything = evidence(
        clusters([900, 800, -100], capped=[-1, -1, -1]),
        unresolved=9,
        held_too_long=2,
        slippage_milli_r=5_000,
        error_n=3,
        error_ppm=9,
    )

    said = verdict_of(everything).sentence

    for words in (
        "no result for lack of prices",
        "beyond 5 R",
        "slippage",
        "3 traded signals",
        "held longer than 1 day",
    ):
        assert words in said


@given(cluster_rows)
@example([(day, 1, 10**9, 0) for day in range(14)])
@example([(day, 1, -(10**7), 0) for day in range(30)])
@example([(day, 1, 1_000, 0) for day in range(14)])
def test_verdict_and_interval_never_disagree(rows: list[tuple[int, int, int, int]]) -> None:
    verdict = verdict_of(evidence(Clusters.of((day, n, s, s) for day, n, s, _ in rows)), **vars(lax()))
    low, high = verdict.interval_milli_r
    saves, costs = low is not None and low > 0, high is not None and high < 0

    assert (verdict.verdict == "saves") == saves
    assert (verdict.verdict == "costs") == costs
    if verdict.mean_saved_milli_r is not None:
        assert low is None or low <= verdict.mean_saved_milli_r
        assert high is None or high >= verdict.mean_saved_milli_r


@given(cluster_rows, st.data())
def test_a_verdict_does_not_depend_on_order_or_partition(
    rows: list[tuple[int, int, int, int]], data: st.DataObject
) -> None:
    shuffled = data.draw(st.permutations(rows))
    cut = data.draw(st.integers(0, len(rows)))
    parts = [Clusters.of(shuffled[:cut]), Clusters.of(shuffled[cut:])]
    merged = Clusters.of(row for part in parts for row in part.rows())

    assert merged == Clusters.of(rows)
    assert verdict_of(evidence(merged), bound_r=60.0) == verdict_of(evidence(Clusters.of(rows)), bound_r=60.0)


@given(st.permutations(range(4)))
def test_a_guard_is_judged_the_same_wherever_it_stands(order: list[int]) -> None:
    family = [saving("a"), costing("b"), idle("c"), evidence(guard="d")]
    verdicts = dict(zip("abcd", judge(family, 4, RULES), strict=True))

    for verdict in judge([family[place] for place in order], 4, RULES):
        assert verdict == verdicts[verdict.guard]


def test_evidence_is_opened_anew_every_quarter() -> None:
    whole = clusters(repeat=5, first_day=19_783)
    quarters = by_quarter(whole, RULES)

    assert [(each.quarter, each.sums.clusters) for each in quarters] == [("2024-Q1", 31), ("2024-Q2", 89)]
    assert sum(each.sums.sum_s for each in quarters) == whole.sums().sum_s
    assert quarters[1].e_value < verdict_of(evidence(whole)).e_value


def test_days_are_gathered_into_blocks_and_empty_ones_left_out() -> None:
    of = Clusters.of([(7, 1, 100, 90), (4, 2, -30, -30), (5, 1, 10, 10), (9, 0, 0, 0)], block_days=2)

    assert of == Clusters(day=(4, 6), n=(3, 1), s=(-20, 100), capped=(-20, 90))


def test_a_row_taken_out_twice_is_noticed() -> None:
    with pytest.raises(ValueError, match="taken out twice"):
        Clusters.of([(4, 1, 100, 100), (4, -2, -200, -200)])
