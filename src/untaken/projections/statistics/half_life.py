"""The half-life of a signal's edge: m(d) = a 2^(-d / h), fitted to the mean return at each delay.

Least squares of the means themselves (their logarithm would need them positive). All delays share the same
signals, so that the errors of their means go together while the differences between delays are precise: the
fit weighs by the inverse of their covariance over clusters of days, the interval is by the delta method for
ln h, with Student's t as the covariance is itself estimated.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, stdtrit

Floats = NDArray[np.float64]

LEAST_DELAYS = 4
"""Delays besides 0 whose edge must be known."""
LEAST_DAYS = 20
"""Days, or blocks of days, below which no covariance of the delays can be trusted."""
WIDEST = 5.0
"""Upper / lower bound beyond which a half-life counts as not identified."""
Z = 1.959963984540054
"""Half-width of a 95 % interval in standard errors that are known."""

WhyNot = Literal["delays", "clusters", "no_edge", "fit", "interval"]
"""Fewer delays than are needed; too few days, or no standard error; no edge that could decay; no decay within
reach of the delays; an interval too wide."""


@dataclass(frozen=True)
class DecayFit:
    """A fitted decay; edge in the unit of the means, times in that of the delays."""

    edge: float
    edge_error: float
    half_life: float
    low: float
    high: float
    chi2: float
    freedom: int


@dataclass(frozen=True)
class HalfLife:
    """A half-life, or why there is none."""

    fit: DecayFit | None
    why_not: WhyNot | None = None


@dataclass(frozen=True)
class DelayedResults:
    """Signals and sums of their returns, one row a delay (0 among them) and one column a day or block of days."""

    delays: tuple[int, ...]
    n: Floats
    totals: Floats

    def known(self) -> DelayedResults:
        """Leave out the delays without a signal, and days without any."""
        rows = self.n.sum(axis=1) > 0
        days = self.n.sum(axis=0) > 0
        delays = tuple(delay for delay, some in zip(self.delays, rows, strict=True) if some)
        return DelayedResults(delays, self.n[rows][:, days], self.totals[rows][:, days])

    def means(self) -> tuple[Floats, Floats | None]:
        """Return the mean at each delay and their covariance over days; None where a mean has no error.

        The mean is a ratio of sums, linearised: a day's share in its error is (S - mean n) / N.
        """
        signals = self.n.sum(axis=1)
        means: Floats = self.totals.sum(axis=1) / signals
        days = self.n.shape[1]
        if days < 2:
            return means, None
        shares = (self.totals - means[:, None] * self.n) / signals[:, None]
        covariance: Floats = days / (days - 1) * shares @ shares.T
        return means, covariance if bool(np.all(np.diag(covariance) > 0)) else None


def half_life(results: DelayedResults, edge_interval: tuple[float | None, float | None]) -> HalfLife:
    """Return the half-life of the edge from results by delay.

    `edge_interval` is the confidence sequence of the edge at once, in any unit: unless all of it lies above
    0 there is no edge that could decay.
    """
    known = results.known()
    if 0 not in known.delays or len(known.delays) - 1 < LEAST_DELAYS:
        return HalfLife(None, "delays")
    if edge_interval[0] is None or edge_interval[0] <= 0:
        return HalfLife(None, "no_edge")
    means, covariance = known.means()
    delays, days = known.n.shape
    if covariance is None or days < LEAST_DAYS:
        return HalfLife(None, "clusters")
    fit = fit_decay(
        known.delays, means, covariance, diagonal=min(1.0, delays / days), freedom=max(days - delays, 1)
    )
    if fit is None:
        return HalfLife(None, "fit")
    return HalfLife(None, "interval") if fit.high > WIDEST * fit.low else HalfLife(fit)


def fit_decay(
    delays: Sequence[float],
    means: Floats,
    covariance: Floats,
    *,
    diagonal: float = 0.0,
    freedom: float = math.inf,
) -> DecayFit | None:
    """Fit the decay; None where the best half-life lies beyond all reach of the delays.

    `diagonal` is how far the weights are drawn from the covariance towards independent errors, as a
    covariance of few days is itself uncertain; the interval always takes the whole of it into account.
    `freedom` is how many days more than delays it rests on; infinite where it is known.

    >>> delays = (0, 5, 15, 30, 60, 120, 300)
    >>> bps = np.array([10.2, 9.3, 8.6, 6.9, 5.2, 2.4, 0.4])
    >>> fit = fit_decay(delays, bps, np.eye(7) * 0.5**2)
    >>> round(fit.edge, 4), round(fit.edge_error, 4), round(fit.half_life, 3), round(fit.chi2, 3)
    (10.0633, 0.3298, 59.712, 0.688)
    >>> round(fit.low, 2), round(fit.high, 2), fit.freedom
    (48.68, 73.25, 5)
    """
    trusted = (1 - diagonal) * covariance + diagonal * np.diag(np.diag(covariance))
    weights = _inverse(trusted)
    if weights is None:
        return None
    d = np.asarray(delays, dtype=np.float64)
    log_h = _least(d, means, weights)
    if log_h is None:
        return None
    edge, chi2 = _at(log_h, d, means, weights)
    h = math.exp(log_h)
    left = 2.0 ** (-d / h)
    slopes = np.column_stack([left, edge * left * d * math.log(2) / h])
    errors = _errors(slopes, weights, covariance)
    if errors is None:
        return None
    width = float(stdtrit(freedom, float(ndtr(Z))))
    spread = math.exp(min(width * errors[1], 300.0))
    return DecayFit(edge, errors[0], h, h / spread, h * spread, chi2, len(d) - 2)


def _at(log_h: float, d: Floats, means: Floats, weights: Floats) -> tuple[float, float]:
    """Return the best edge for this half-life, and chi squared."""
    left = 2.0 ** (-d / math.exp(log_h))
    edge = float(left @ weights @ means / (left @ weights @ left))
    rest = means - edge * left
    return edge, float(rest @ weights @ rest)


def _least(d: Floats, means: Floats, weights: Floats) -> float | None:
    """Search ln h: on a grid around the delays, then by golden section; None at the grid's end."""
    later = d[d > 0]
    grid = np.linspace(math.log(later.min() / 16), math.log(later.max() * 16), 200)
    best = int(np.argmin([_at(float(each), d, means, weights)[1] for each in grid]))
    if best in {0, len(grid) - 1}:
        return None
    low, high = float(grid[best - 1]), float(grid[best + 1])
    golden = (math.sqrt(5) - 1) / 2
    for _ in range(60):
        first, second = high - golden * (high - low), low + golden * (high - low)
        if _at(first, d, means, weights)[1] <= _at(second, d, means, weights)[1]:
            high = second
        else:
            low = first
    return (low + high) / 2


def _errors(slopes: Floats, weights: Floats, covariance: Floats) -> tuple[float, float] | None:
    """Return the standard errors of edge and ln h, whatever the weights were."""
    inverse = _inverse(slopes.T @ weights @ slopes)
    if inverse is None:
        return None
    gain = inverse @ slopes.T @ weights
    edge, log_h = np.diag(gain @ covariance @ gain.T)
    return math.sqrt(max(edge, 0.0)), math.sqrt(max(log_h, 0.0))


def _inverse(matrix: Floats) -> Floats | None:
    """Return the inverse; None where the matrix holds no more than rounding."""
    scale = np.sqrt(np.diag(matrix))
    if not bool(np.all(scale > 0)) or np.linalg.cond(matrix / np.outer(scale, scale)) > 1e12:
        return None
    return np.linalg.inv(matrix).astype(np.float64)
