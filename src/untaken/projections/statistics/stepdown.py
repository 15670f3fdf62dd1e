"""Which of many scenarios beat the base, when all are compared at once: the step-down test on the largest t.

Of many scenarios without any effect the best looks good. So each is held against what the best of all of them
would reach by luck, with the correlations that they have: clusters are drawn again, with replacement, and the
largest of the centred and studentised means is noted. Those that beat its quantile are taken out, and the rest is
held against the best of the rest. Source: Romano, Wolf, Stepwise multiple testing as formalized data snooping,
Econometrica 73 (2005).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from untaken.projections.statistics.rules import VerdictRules

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
Bool = NDArray[np.bool_]

DRAWS = 2_000
"""Bootstrap samples; an adjusted p-value is at least 1 / (DRAWS + 1)."""

_CELLS = 4_000_000
"""Numbers held at once, whatever the size of the grid."""


@dataclass(frozen=True)
class StepDown:
    """By scenario; NaN where there is too little to go by."""

    t: F64
    """Mean difference by cluster over its standard error."""
    p_adjusted: F64
    """Probability that luck alone would make the best of those not better reach as much."""

    def superior(self, alpha: float) -> Bool:
        """Say which beat the base, at this probability that even one of them does not."""
        return np.asarray(self.p_adjusted <= alpha)


def step_down(differences: I64 | F64, enough: Bool, seed: int, draws: int = DRAWS) -> StepDown:
    """Compare every scenario (column) with the base; `differences` by cluster (row), idle ones as 0.

    Only scenarios of which there is `enough` take part.
    """
    clusters, scenarios = differences.shape
    t, p = np.full(scenarios, np.nan), np.full(scenarios, np.nan)
    taking = np.flatnonzero(enough & (np.ptp(differences, axis=0) > 0)) if clusters > 1 else np.array([], int)
    if taking.size:
        values = differences[:, taking].astype(np.float64)
        t[taking] = t_of(values)
        order = np.argsort(-t[taking], kind="stable")
        p[taking[order]] = _adjusted(values[:, order], t[taking[order]], seed, draws)
    return StepDown(t, p)


def t_of(values: F64) -> F64:
    """Return mean / standard deviation (n - 1) x sqrt(n) of every column; NaN without variation."""
    n = values.shape[0]
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(values.mean(axis=0) / values.std(axis=0, ddof=1) * np.sqrt(n))


def enough_of(differences: I64 | F64, rules: VerdictRules) -> Bool:
    """Say of which scenarios there is enough: clusters that change, and no few of them that carry all."""
    squares = differences.astype(np.float64) ** 2
    changed = (differences != 0).sum(axis=0)
    fourth = (squares**2).sum(axis=0)
    with np.errstate(invalid="ignore", divide="ignore"):
        n_eff = np.where(fourth > 0, squares.sum(axis=0) ** 2 / fourth, 0.0)
    return np.asarray((changed >= rules.min_clusters) & (n_eff >= rules.min_n_eff))


def _adjusted(values: F64, t: F64, seed: int, draws: int) -> F64:
    """Return adjusted p-values of columns in order of falling t."""
    clusters, scenarios = values.shape
    centred = values - values.mean(axis=0)
    squared = centred**2
    chance = np.random.default_rng(seed)
    reached = np.zeros(scenarios, dtype=np.int64)
    step = max(1, _CELLS // max(scenarios, clusters))
    for first in range(0, draws, step):
        weights = _drawn(chance, clusters, min(step, draws - first))
        best = _best_of_the_rest(weights @ centred, weights @ squared, clusters)
        reached += (best >= t).sum(axis=0)
    p = (1 + reached) / (1 + draws)
    return np.asarray(np.maximum.accumulate(p))


def _drawn(chance: np.random.Generator, clusters: int, draws: int) -> F64:
    """Return how often each cluster is drawn."""
    places = chance.integers(0, clusters, (draws, clusters))
    places += np.arange(draws)[:, None] * clusters
    return np.bincount(places.ravel(), minlength=draws * clusters).reshape(draws, clusters).astype(np.float64)


def _best_of_the_rest(sums: F64, squares: F64, clusters: int) -> F64:
    """Return, by draw, the largest t of each column and those after it."""
    variance = (squares - sums**2 / clusters) / (clusters - 1)
    with np.errstate(invalid="ignore", divide="ignore"):
        t = np.where(variance > 0, sums / np.sqrt(variance * clusters), 0.0)
    return np.asarray(np.maximum.accumulate(t[:, ::-1], axis=1)[:, ::-1])
