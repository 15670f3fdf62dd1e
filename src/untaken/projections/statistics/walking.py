"""Walk forward: choose on the past, judge on what comes next, again and again.

A choice that uses only the past is no data snooping: the judged pieces, put together, are one hypothesis ("who
follows this rule of choice beats the base"), whatever the number of scenarios to choose from (STATISTICS 2.3).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from untaken.projections.statistics.rules import VerdictRules
from untaken.projections.statistics.stepdown import enough_of, t_of

FOLDS = 5
FIRST_SHARE = 0.4
"""Share of the clusters that the first choice is made on."""


@dataclass(frozen=True)
class Fold:
    """Clusters by number: chosen on [0, `known`), judged on [`since`, `until`); between lies the embargo."""

    known: int
    since: int
    until: int


def folds(clusters: int, embargo: int, least: int, most: int = FOLDS) -> list[Fold]:
    """Cut clusters into expanding folds, at most so many; none where the first choice would have less than `least`.

    `embargo`: clusters before a judged piece that nothing is chosen on, as their trades may reach into it.

    >>> folds(100, 1, 20, 3)
    [Fold(known=39, since=40, until=60), Fold(known=59, since=60, until=80), Fold(known=79, since=80, until=100)]
    """
    first = max(least + embargo, round(FIRST_SHARE * clusters))
    pieces = min(most, clusters - first)
    if pieces < 1:
        return []
    cuts = [first + (clusters - first) * piece // pieces for piece in range(pieces + 1)]
    return [Fold(since - embargo, since, until) for since, until in pairwise(cuts)]


def best_of(differences: NDArray[np.int64], rules: VerdictRules) -> int | None:
    """Return the scenario (column) with the largest t, the first of equal ones; None where none gains, or too little is known."""
    if len(differences) < 2:
        return None
    t = np.where(enough_of(differences, rules), t_of(differences.astype(np.float64)), -np.inf)
    t = np.where(np.isnan(t), -np.inf, t)
    best = int(t.argmax())
    return best if t[best] > 0 else None


def chosen(
    differences: NDArray[np.int64], embargo: int, rules: VerdictRules, most: int = FOLDS
) -> Iterator[tuple[Fold, int | None]]:
    """Yield every fold with what is chosen for it; None stays with the base."""
    for fold in folds(len(differences), embargo, rules.min_clusters, most):
        yield fold, best_of(differences[: fold.known], rules)
