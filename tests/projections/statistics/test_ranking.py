"""Ranks: shrunk scores, and only those ranks excluded that the evidence excludes."""

from fractions import Fraction

import numpy as np

from untaken.projections.statistics.ranking import Ranked, ranked, shrunk, told_apart
from untaken.projections.statistics.rules import VerdictRules

RULES = VerdictRules()

Daily = dict[int, int]


def results(mean: float, *, days: int = 120, seed: int = 1, spread: float = 1_000) -> Daily:
    drawn = np.random.default_rng(seed).normal(mean, spread, days)
    return {day: round(float(result)) for day, result in enumerate(drawn)}


def by_name(found: list[Ranked]) -> dict[str, Ranked]:
    return {each.name: each for each in found}


def test_a_mean_of_few_days_is_drawn_towards_that_of_all() -> None:
    """30 days weigh 30 / 130."""
    assert shrunk(Fraction(1300), Fraction(0), 30) == 300
    assert shrunk(Fraction(1300), Fraction(1300), 30) == 1300
    assert shrunk(Fraction(1300), Fraction(100), 0) == 100


def test_a_lucky_week_does_not_beat_a_good_year() -> None:
    """Both earn 500 and 600 a day of the year; the second on 5 days only, hence hardly of its own."""
    steady, lucky = dict.fromkeys(range(100), 500), dict.fromkeys(range(5), 12_000)
    found = by_name(ranked({"steady": steady, "lucky": lucky, "nothing": {0: 0}}, 100, RULES))

    assert found["lucky"].rank == 2
    assert found["steady"].rank == 1


def test_without_evidence_every_rank_is_open() -> None:
    few = {
        name: results(mean, days=5, seed=n)
        for n, (name, mean) in enumerate([("a", 900), ("b", 0), ("c", -900)])
    }

    assert {each.ranks_not_excluded for each in ranked(few, 5, RULES)} == {(1, 3)}


def test_a_strategy_that_loses_every_week_is_told_from_the_others() -> None:
    daily = {"good": results(600, seed=1), "also good": results(650, seed=2), "bad": results(-700, seed=3)}
    found = by_name(ranked(daily, 120, RULES))

    assert found["bad"].ranks_not_excluded == (3, 3)
    assert found["good"].ranks_not_excluded == (1, 2)
    assert found["also good"].ranks_not_excluded == (1, 2)


def test_the_better_one_of_a_pair_comes_first() -> None:
    daily = {"a": results(-700, seed=3), "b": results(650, seed=2)}

    assert told_apart(daily, RULES) == {("b", "a")}


def test_equal_strategies_are_not_told_apart_and_rank_by_name() -> None:
    same = results(500)
    found = ranked({"b": same, "a": same}, 120, RULES)

    assert [(each.name, each.rank, each.ranks_not_excluded) for each in found] == [
        ("a", 1, (1, 2)),
        ("b", 2, (1, 2)),
    ]


def test_one_strategy_ranks_first_and_none_has_no_rank() -> None:
    assert [each.ranks_not_excluded for each in ranked({"a": {0: 5}}, 1, RULES)] == [(1, 1)]
    assert ranked({}, 0, RULES) == []


def test_ten_equal_strategies_are_hardly_ever_told_apart() -> None:
    """The best of ten is lucky by construction; e-BH over the 45 pairs asks for it."""
    claimed = sum(
        bool(told_apart({f"s{n}": results(0, days=100, seed=100 * run + n) for n in range(10)}, RULES))
        for run in range(20)
    )

    assert claimed <= 2
