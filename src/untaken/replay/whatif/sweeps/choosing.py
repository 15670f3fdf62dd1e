"""Which scenario of a grid to believe: the best, those that luck does not explain, and what to make of it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from untaken.projections.figures import Figures
from untaken.projections.statistics.deflation import deflated_sharpe, effective_number, expected_best
from untaken.projections.statistics.overfitting import blocks_for, overfitting
from untaken.projections.statistics.ratios import Moments
from untaken.projections.statistics.rules import VerdictRules
from untaken.projections.statistics.stepdown import StepDown, enough_of, step_down
from untaken.projections.statistics.walking import best_of
from untaken.replay.whatif.sweeps.grid import Grid
from untaken.replay.whatif.sweeps.summing import I64

Bool = NDArray[np.bool_]


@dataclass(frozen=True)
class Choice:
    """What the open clusters say of each scenario."""

    enough: Bool
    test: StepDown
    superior: Bool
    best: int | None
    """Largest t; None where none gains, or too little is known of all."""
    not_excluded: Bool
    """Scenarios that the best is not told apart from."""
    plateau: int | None
    """The scenario in the middle of those: a peak may be luck, its surroundings are less so."""


def choose(differences: I64, grid: Grid, rules: VerdictRules) -> Choice:
    """Compare all scenarios with the base, and the best with the others."""
    enough = enough_of(differences, rules)
    test = step_down(differences, enough, grid.seed)
    best = best_of(differences, rules)
    superior = test.superior(rules.alpha)
    if best is None:
        return Choice(enough, test, superior, None, np.zeros_like(enough), None)
    behind = differences[:, [best]] - differences
    excluded = step_down(behind, enough & (behind != 0).any(axis=0), grid.seed + 1).superior(rules.alpha)
    left = enough & ~excluded
    return Choice(enough, test, superior, best, left, middle(np.flatnonzero(left), grid.shape))


def middle(places: I64, shape: tuple[int, ...]) -> int:
    """Return the one of these places of a grid that is nearest to their centre, the first of equal ones."""
    at = np.array(np.unravel_index(places, shape), dtype=np.float64) / np.maximum(
        np.array(shape)[:, None] - 1, 1
    )
    away = ((at - at.mean(axis=1, keepdims=True)) ** 2).sum(axis=0).round(12)
    return int(places[away.argmin()])


def diagnostics(differences: I64, choice: Choice, tried_before: int) -> Figures:
    """Return what luck alone would make of so many trials: shown beside the verdict, never in its place."""
    clusters = len(differences)
    if choice.best is None:
        return {"why": "no_winner"}
    series = differences[:, choice.enough].astype(np.float64)
    ratios = series.mean(axis=0) / series.std(axis=0, ddof=1)
    alike = effective_number(series)
    trials = alike + tried_before
    luck = expected_best(float(ratios.var(ddof=1)) if len(ratios) > 1 else 0.0, trials)
    own = differences[:, choice.best]
    moments = Moments.of(range(clusters), own.tolist(), (0, clusters - 1))
    ratio = moments.per_day or 0.0
    return {
        "effective_scenarios": alike,
        "trials": trials,
        "best_sharpe": ratio,
        "expected_best_sharpe": luck,
        "deflated_sharpe": deflated_sharpe(ratio, clusters, moments.skew, moments.kurtosis, luck),
        **_overfitting(series),
    }


def _overfitting(series: NDArray[np.float64]) -> Figures:
    blocks = blocks_for(len(series)) if series.shape[1] > 1 else None
    if blocks is None:
        return {"overfitting": None, "blocks": None, "splits": None}
    found = overfitting(series, blocks)
    return {"overfitting": found.probability, "blocks": found.blocks, "splits": found.splits}
