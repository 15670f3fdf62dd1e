"""An e-value that needs no approximation, for results with a true bound.

Where stops and targets bound every result by K, Y = S / (K max(n, n0)) lies in [-1, 1] and
mean over lambda of prod(1 + lambda Y) is an e-value for "the guard saves nothing". It is slower than the
mixture, and assumes nothing about the shape of results. Source: Waudby-Smith, Ramdas, Estimating means of
bounded random variables by betting, Journal of the Royal Statistical Society B 86 (2024).
"""

from __future__ import annotations

import math

from untaken.projections.statistics.clusters import Clusters
from untaken.projections.statistics.mixture import log_mean_exp

STAKES = tuple(2.0**-k for k in range(1, 9))
SMALLEST_CLUSTER = 5
"""Clusters of fewer signals than this are weighed as if they had so many (n0)."""


def log_betting_e(clusters: Clusters, bound_milli_r: float, direction: int) -> float | None:
    """Return log e for "the mean is not on this side of 0"; `direction` +1: it saves, -1: it costs.

    None without clusters, and where a cluster lies beyond its bound: then the bound is not a true one.
    Sums are exactly rounded, so that the order of clusters does not matter.
    """
    if not clusters.n or _beyond(clusters, bound_milli_r):
        return None
    returns = [
        direction * s / (bound_milli_r * max(n, SMALLEST_CLUSTER))
        for s, n in zip(clusters.s, clusters.n, strict=True)
    ]
    return log_mean_exp([math.fsum(math.log1p(stake * y) for y in returns) for stake in STAKES])


def _beyond(clusters: Clusters, bound_milli_r: float) -> bool:
    return any(abs(s) > bound_milli_r * n for s, n in zip(clusters.s, clusters.n, strict=True))
