"""Weights of strategies or components that would have made the steadiest result.

The result of a cluster is linear in the weights, so that the ratio of its mean to its standard deviation follows
from the means and the covariances of the parts. That ratio knows no size: weights are scaled so that as much is
traded as before, and drawn towards 1 where little is known.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from untaken.projections.statistics.ranking import HALF_TRUSTED

F64 = NDArray[np.float64]

MOST = 2.0
STEPS = np.linspace(0.0, MOST, 21)
_ROUNDS = 100


def steadiest(parts: F64, traded: Sequence[float]) -> tuple[float, ...]:
    """Return the weight of each part (column of results by cluster), multiples of 0.01 from 0 to MOST.

    `traded`: how much each part trades at weight 1. Where nothing gains, all weights are 1.

    >>> steady, wild = [100, 120, 80, 100], [400, -300, 250, -350]
    >>> steadiest(np.array([steady, wild], dtype=float).T, [1, 1])
    (1.03, 0.97)
    """
    clusters, names = (int(size) for size in parts.shape)
    if clusters < 2 or names == 0:
        return (1.0,) * names
    mean, spread = parts.mean(axis=0), np.atleast_2d(np.cov(parts, rowvar=False))
    weights = _climbed(mean, spread)
    if _ratio(weights, mean, spread) <= max(0.0, _ratio(np.ones(names), mean, spread)):
        return (1.0,) * names
    return _drawn_in(weights, np.asarray(traded, dtype=np.float64), clusters)


def _climbed(mean: F64, spread: F64) -> F64:
    """Improve one weight after the other, over the steps, until none can be."""
    weights = np.ones(len(mean))
    for _ in range(_ROUNDS):
        before = weights.copy()
        for place in range(len(weights)):
            tried = np.repeat(weights[None, :], len(STEPS), axis=0)
            tried[:, place] = STEPS
            ratios = [_ratio(each, mean, spread) for each in tried]
            best = int(np.argmax(ratios))
            if ratios[best] > _ratio(weights, mean, spread) + 1e-12:
                weights = tried[best]
        if np.array_equal(before, weights):
            break
    return weights


def _ratio(weights: F64, mean: F64, spread: F64) -> float:
    variance = float(weights @ spread @ weights)
    return float(weights @ mean) / variance**0.5 if variance > 0 else -np.inf


def _drawn_in(weights: F64, traded: F64, clusters: int) -> tuple[float, ...]:
    """Scale to the size traded before, draw towards 1 as the clusters are few, and round."""
    scaled = weights * traded.sum() / max(float(weights @ traded), 1e-300)
    trusted = clusters / (clusters + HALF_TRUSTED)
    return tuple(float(np.round(min(1 + trusted * (w - 1), MOST), 2)) for w in scaled)
