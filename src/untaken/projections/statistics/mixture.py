"""The self-normalised mixture e-process and the confidence sequence that it yields.

For the null "the mean saved per blocked signal is m", with cluster totals Y = S - m n,

    E(m) = mean over eta of (1 + V/eta)^(-1/2) exp(S^2 / (2 (V + eta))),   S = sum Y,  V = sum Y^2.

It may be looked at after every day: under the null it ever reaches 1/alpha with probability at most alpha,
whatever the tails, if clusters are symmetric about 0, else asymptotically. Sources: de la Pena, A general
class of exponential inequalities for martingales and ratios, Annals of Probability 27 (1999); Howard, Ramdas,
McAuliffe, Sekhon, Time-uniform Chernoff bounds via nonnegative supermartingales, Probability Surveys 17 (2020).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction

from untaken.projections.statistics.clusters import ClusterSums

TOLERANCE = 1e-9
"""Slack in log E, so that the last bit of a logarithm decides nothing."""
MILLI_R2 = 1_000_000
SEARCH_LIMIT_MILLI_R = 1_000_000.0
"""A bound beyond 1000 R is none."""
BISECTIONS = 60
LARGEST_LOG = 709.0
"""The logarithm of about the largest double."""

Interval = tuple[float | None, float | None]
"""Lower and upper bound in milli-R; None: unbounded on that side."""

UNBOUNDED: Interval = (None, None)


def log_component(S: float, V: float, eta: float) -> float:
    """Return the logarithm of one component of E."""
    return S * S / (2 * (V + eta)) - 0.5 * math.log1p(V / eta)


def log_mean_exp(logs: Sequence[float]) -> float:
    """Return the logarithm of the mean of exponentials, whatever their size.

    >>> round(log_mean_exp([1000.0, 1000.0]), 9)
    1000.0
    """
    top = max(logs)
    return top + math.log(math.fsum(math.exp(each - top) for each in logs) / len(logs))


def plain(log_e: float) -> float:
    """Return e to this power, at most about 8e307 so that it stays a number in JSON."""
    return math.exp(min(log_e, LARGEST_LOG))


def reaches(log_e: float, threshold: float) -> bool:
    """Say whether an e-value reaches a threshold; the one comparison that verdicts and intervals share."""
    return log_e >= math.log(threshold) - TOLERANCE


@dataclass(frozen=True)
class Mixture:
    """E(m) of these sums, as logarithms. `etas` in milli-R squared.

    The quadratic V(m) is centred at the mean, where its coefficients are rationals computed exactly:
    in raw sums its terms cancel and a verdict could hang on the last bits.
    """

    sums: ClusterSums
    etas: tuple[float, ...]
    centre: float
    """Mean saved per blocked signal, where E is smallest."""
    _v: float
    _slope: float

    @classmethod
    def of(cls, sums: ClusterSums, eta_grid_r2: Iterable[float]) -> Mixture:
        """Centre the sums. They must hold at least one signal."""
        mean = Fraction(sums.sum_s, sums.sum_n)
        v = sums.sum_s2 - 2 * mean * sums.sum_sn + mean * mean * sums.sum_n2
        slope = sums.sum_sn - mean * sums.sum_n2
        etas = tuple(eta * MILLI_R2 for eta in eta_grid_r2)
        return cls(sums, etas, float(mean), float(v), float(slope))

    def log_components(self) -> tuple[float, ...]:
        """Return the logarithms of the components of E(0)."""
        S, V = float(self.sums.sum_s), float(self.sums.sum_s2)
        return tuple(log_component(S, V, eta) for eta in self.etas)

    def log_e(self, m: float = 0.0) -> float:
        """Return log E of the null that the mean is `m` milli-R per blocked signal."""
        if m == 0.0:
            return log_mean_exp(self.log_components())
        d = m - self.centre
        S = -d * self.sums.sum_n
        V = max(0.0, self._v - 2 * d * self._slope + d * d * self.sums.sum_n2)
        return log_mean_exp([log_component(S, V, eta) for eta in self.etas])

    def interval(self, alpha: float) -> Interval:
        """Return the confidence sequence: the means around the estimate whose E is below 1/alpha.

        It contains 0 if and only if E(0) is below 1/alpha. Far out E falls again, as nothing can
        be said against means of thousands of R; so where the set has a hole between the estimate and an
        admissible 0, the hole is filled.
        """

        def inside(m: float) -> bool:
            return not reaches(self.log_e(m), 1 / alpha)

        start = (min(self.centre, 0.0), max(self.centre, 0.0)) if inside(0.0) else (self.centre, self.centre)
        return _bound(inside, start[0], -1), _bound(inside, start[1], +1)


def _bound(inside: Callable[[float], bool], start: float, side: int) -> float | None:
    """Search outward from an admissible mean by doubling, then bisect; the outermost admissible mean found.

    A 0 on the way is never stepped over: it is not admissible, else the search would have begun there.
    """
    step = 1.0
    while True:
        probe = start + side * min(step, SEARCH_LIMIT_MILLI_R)
        if start * probe < 0:
            return _bisect(inside, start, 0.0)
        if not inside(probe):
            return _bisect(inside, start, probe)
        if step >= SEARCH_LIMIT_MILLI_R:
            return None
        step *= 2


def _bisect(inside: Callable[[float], bool], within: float, beyond: float) -> float:
    for _ in range(BISECTIONS):
        middle = (within + beyond) / 2
        within, beyond = (middle, beyond) if inside(middle) else (within, middle)
    return within
