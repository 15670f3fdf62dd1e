"""Walking forward through a grid, and the one look at the locked clusters: what comes of a choice afterwards."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from math import pi

import polars as pl

from untaken.projections.figures import Figures, moment, money
from untaken.projections.guard_effectiveness.figures import VerdictBasis
from untaken.projections.statistics.walking import Fold
from untaken.replay.whatif.books import Account, Side, figures
from untaken.replay.whatif.evidence import Pair, evidence
from untaken.replay.whatif.sweeps.table import Periods

EMBARGO = 1
"""Clusters; one is at least as long as the longest hold."""


def alpha_of_look(alpha: float, look: int) -> float:
    """Return what the look of a number may spend: all looks ever together spend no more than alpha.

    >>> round(alpha_of_look(0.05, 1), 5), round(alpha_of_look(0.05, 2), 6)
    (0.0304, 0.007599)
    """
    return 6 * alpha / (pi**2 * look**2)


def between(pair: Pair, since: int, until: int) -> Pair:
    """Return a pair of the signals of some time, in microseconds."""
    inside = pair.base.rows.select((pl.col("at") >= since) & (pl.col("at") < until)).to_series()
    return Pair(
        Side(pair.base.rows.filter(inside), pair.base.counts.filter(inside)),
        Side(pair.scenario.rows.filter(inside), pair.scenario.counts.filter(inside)),
        pair.waiting.filter(inside),
    )


def stitched(pairs: Sequence[Pair]) -> Pair:
    """Put pairs of times that follow each other together."""

    def side(parts: Sequence[Side]) -> Side:
        return Side(pl.concat([part.rows for part in parts]), pl.concat([part.counts for part in parts]))

    return Pair(
        side([pair.base for pair in pairs]),
        side([pair.scenario for pair in pairs]),
        pl.concat([pair.waiting for pair in pairs]),
    )


def judged_forward(
    picks: Sequence[tuple[Fold, Pair]], periods: Periods, basis: VerdictBasis
) -> tuple[Figures, list[Figures]]:
    """Return what following the choices made, with its evidence, and each fold by itself."""
    pieces = [between(pair, periods.moment(fold.since), periods.moment(fold.until)) for fold, pair in picks]
    whole = stitched(pieces)
    folds = [
        {
            "since": moment(periods.moment(fold.since)),
            "until": moment(periods.moment(fold.until)),
            "clusters": fold.until - fold.since,
            "difference": money(piece.difference_e8()),
        }
        for (fold, _), piece in zip(picks, pieces, strict=True)
    ]
    found = evidence(whole, replace(basis, declared=1))
    return {"difference": money(whole.difference_e8()), "evidence": found}, folds


def out_of_sample(pair: Pair, periods: Periods, basis: VerdictBasis, account: Account, look: int) -> Figures:
    """Judge one scenario on the locked clusters, which nothing was chosen on."""
    until = periods.moment(periods.clusters)
    locked = between(pair, periods.moment(periods.locked_from), until)
    alpha = alpha_of_look(basis.rules.alpha, look)
    rules = replace(basis.rules, alpha=alpha)
    return {
        "look": look,
        "alpha": alpha,
        "base": figures(locked.base, account),
        "scenario": figures(locked.scenario, account),
        "difference": money(locked.difference_e8()),
        "evidence": evidence(locked, replace(basis, declared=1, rules=rules)),
    }
