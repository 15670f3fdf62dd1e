"""The numbers of STATISTICS 1.5 and 1.7, to the digits given there."""

import json
import math
from statistics import stdev
from typing import Any

import pytest

from tests.golden.cases import golden_folder
from tests.projections.statistics.builders import WORKED_N, WORKED_S, clusters, evidence, verdict_of
from tests.projections.statistics.textbook import (
    asymptotic_half_width,
    bootstrap_interval,
    empirical_bernstein_e,
    t_interval,
    tuning,
)
from untaken.projections.statistics.betting import log_betting_e
from untaken.projections.statistics.selection import selected, threshold


def test_sums_of_the_worked_example() -> None:
    sums = clusters().sums()

    assert (sums.clusters, sums.sum_s, sums.sum_n, sums.sum_s2) == (24, 18_000, 88, 55_980_000)
    assert (sums.sum_s4, sums.sum_sn, sums.sum_n2) == (255_036_600_000_000, 73_500, 362)
    assert (sums.positive, sums.negative) == (17, 7)
    assert round(sums.n_eff, 3) == 12.287


def test_the_worked_example_is_inconclusive_for_want_of_bad_days() -> None:
    verdict = verdict_of(evidence(net_saved_e8=360_00000000))

    assert [round(e, 6) for e in verdict.e_components] == [3.846032, 4.475980, 2.817934, 1.522545, 1.131325]
    assert round(verdict.e_value, 6) == 2.758763
    assert verdict.mean_saved_milli_r == pytest.approx(204.545, abs=5e-4)
    assert rounded(verdict.interval_milli_r) == (-139.6705, 551.6258)
    assert (verdict.verdict, verdict.failing_gates) == ("inconclusive", ("sides",))
    assert verdict.more_days_about == 6
    assert verdict.break_even_extra_cost_e8 == -4_09090909


@pytest.mark.parametrize(
    ("repeat", "e_value", "digits"), [(1, 2.758763, 6), (2, 27.218669, 6), (3, 372.1836, 4), (4, 5642.987, 3)]
)
def test_evidence_of_the_repeated_table(repeat: int, e_value: float, digits: int) -> None:
    verdict = verdict_of(evidence(clusters(repeat=repeat)))

    assert round(verdict.e_value, digits) == e_value
    assert verdict.sums.clusters == 24 * repeat
    assert verdict.verdict == ("inconclusive" if repeat == 1 else "saves")


def test_the_table_twice_saves_money_and_its_interval_leaves_out_zero() -> None:
    verdict = verdict_of(evidence(clusters(repeat=2)))

    assert rounded(verdict.interval_milli_r) == (8.8331, 401.2239)
    assert (verdict.sums.positive, verdict.sums.negative) == (34, 14)
    assert (verdict.failing_gates, verdict.more_days_about) == ((), None)


def test_three_trades_teach_nothing() -> None:
    verdict = verdict_of(evidence(clusters([500, 400, 300])))

    assert round(verdict.e_value, 6) == 1.028928
    assert verdict.interval_milli_r == (None, None)
    assert verdict.verdict == "inconclusive"


def test_fourteen_equal_days_are_the_fewest_that_could_convince() -> None:
    below, enough = (verdict_of(evidence(clusters([1000] * days))) for days in (13, 14))

    assert below.e_value < 20
    assert round(enough.e_value, 3) == 26.788


@pytest.mark.parametrize("days", range(1, 6))
def test_below_six_clusters_no_data_at_all_convince(days: int) -> None:
    verdict = verdict_of(evidence(clusters([10**9] * days)))

    assert verdict.e_value < 20
    assert verdict.interval_milli_r == (None, None)


def test_betting_on_a_bound_beats_the_sums_alone() -> None:
    log_e = log_betting_e(clusters(), 3000, +1)

    assert log_e is not None
    assert round(math.exp(log_e), 5) == 1.18481
    assert round(empirical_bernstein_e(WORKED_S, WORKED_N, bound=3000, smallest=5), 5) == 1.18060


def test_textbook_intervals_leave_out_zero_where_the_sequence_does_not() -> None:
    rho2 = tuning(0.05, best_at=50)
    sd = stdev(WORKED_S)

    assert [round(bound, 2) for bound in t_interval(WORKED_S)] == [176.13, 1323.87]
    assert [round(x, 1) for x in bootstrap_interval(WORKED_S, WORKED_N, draws=20_000, seed=123)] == [
        56.5,
        340.7,
    ]
    assert round(rho2, 10) == 0.1587230920
    assert round(asymptotic_half_width(sd, 24, rho2), 3) == 857.155
    assert round(asymptotic_half_width(1.0, 100, rho2), 6) == 0.306148


def test_many_guards_need_more_evidence_each() -> None:
    e_values = (210, 65, 41, 30, 12, 3, 1.1, 0.8, 0.4, 0.1)
    thresholds = [threshold(k, 10, 0.05) for k in range(1, 11)]

    assert [round(each, 1) for each in thresholds] == [200, 100, 66.7, 50, 40, 33.3, 28.6, 25, 22.2, 20]
    assert selected([math.log(e) for e in e_values], 10, 0.05) == 1


def test_golden_numbers_for_the_bare_function() -> None:
    path = golden_folder() / "22-verdict" / "expected.json"
    if not path.exists():
        pytest.skip(f"no golden cases in {golden_folder()}")
    direct: dict[str, Any] = json.loads(path.read_text("utf-8"))["direct"]

    for row in direct["rows"]:
        of = clusters(row["S"], row["n"]) if "S" in row else clusters(repeat=row["repeat"])
        verdict = verdict_of(evidence(of), declared=direct["guards_declared"])
        assert verdict.sums.clusters == row["clusters"]
        assert verdict.e_value == pytest.approx(row["e_value"], rel=1e-6)
        assert verdict.verdict == row["verdict"]
        if "interval" in row:
            assert in_words(verdict.interval_milli_r) == row["interval"]


def rounded(interval: tuple[float | None, float | None]) -> tuple[float | None, ...]:
    return tuple(None if bound is None else round(bound, 4) for bound in interval)


def in_words(interval: tuple[float | None, float | None]) -> str | list[float | None]:
    return "unbounded" if interval == (None, None) else list(rounded(interval))
