"""Ranks of strategies, with those that the evidence does not exclude: never a bare rank.

Every pair is compared by the daily difference of their results, by the same mixture and gates as guards are,
and the pairs told apart are chosen together (e-BH), since the best of many is always lucky.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations

from untaken.projections.statistics.clusters import Clusters, ClusterSums
from untaken.projections.statistics.gates import missing_clusters
from untaken.projections.statistics.mixture import Mixture, log_mean_exp, reaches
from untaken.projections.statistics.rules import VerdictRules
from untaken.projections.statistics.selection import selected, threshold

HALF_TRUSTED = 100
"""Days with results after which a strategy's own mean weighs as much as that of all strategies."""


@dataclass(frozen=True)
class Ranked:
    """A strategy among others."""

    name: str
    score: float
    """Mean result a day, shrunk towards that of all strategies."""
    rank: int
    """By score, 1 is best; equal scores by name."""
    ranks_not_excluded: tuple[int, int]
    """Best and worst rank that its comparisons with the others leave open."""


def shrunk(own: Fraction, others: Fraction, n: int) -> Fraction:
    """Return n / (n + 100) of a mean over n days, and the rest of the mean of all.

    >>> shrunk(Fraction(300), Fraction(100), 100)
    Fraction(200, 1)
    """
    weight = Fraction(n, n + HALF_TRUSTED)
    return weight * own + (1 - weight) * others


def ranked(daily: Mapping[str, Mapping[int, int]], days: int, rules: VerdictRules) -> list[Ranked]:
    """Rank strategies by results (milli-R) by day, the best first.

    `days` counts all days of the period, idle ones too; a strategy without results scores as all do.
    """
    if not daily:
        return []
    means = {name: Fraction(sum(results.values()), max(days, 1)) for name, results in daily.items()}
    pooled = sum(means.values(), Fraction(0)) / len(means)
    scores = {name: shrunk(means[name], pooled, len(daily[name])) for name in daily}
    order = sorted(daily, key=lambda name: (-scores[name], name))
    better = told_apart(daily, rules)
    return [
        Ranked(name, float(scores[name]), rank, _range(name, len(order), better))
        for rank, name in enumerate(order, 1)
    ]


def _range(name: str, strategies: int, better: set[tuple[str, str]]) -> tuple[int, int]:
    above = sum(loser == name for _, loser in better)
    below = sum(winner == name for winner, _ in better)
    return 1 + above, strategies - below


def told_apart(daily: Mapping[str, Mapping[int, int]], rules: VerdictRules) -> set[tuple[str, str]]:
    """Return the pairs (better, worse) that the evidence tells apart, at the rules' alpha over all pairs."""
    pairs = list(combinations(sorted(daily), 2))
    sums = [_difference(daily[one], daily[other], rules.block_days) for one, other in pairs]
    logs = [_log_e(each, rules) for each in sums]
    if not pairs:
        return set()
    published = selected(logs, len(pairs), rules.alpha)
    if not published:
        return set()
    needed = threshold(published, len(pairs), rules.alpha)
    return {
        (one, other) if each.sum_s > 0 else (other, one)
        for (one, other), each, log_e in zip(pairs, sums, logs, strict=True)
        if log_e is not None and reaches(log_e, needed)
    }


def _difference(one: Mapping[int, int], other: Mapping[int, int], block_days: int) -> ClusterSums:
    days = sorted(one.keys() | other.keys())
    rows = ((day, 1, one.get(day, 0) - other.get(day, 0), 0) for day in days)
    return Clusters.of(rows, block_days=block_days).sums()


def _log_e(sums: ClusterSums, rules: VerdictRules) -> float | None:
    """Return log E of "no difference"; None where a gate on the amount of evidence fails."""
    if not sums.sum_s or missing_clusters(sums, None, rules):
        return None
    return log_mean_exp(Mixture.of(sums, rules.eta_grid_r2).log_components())
