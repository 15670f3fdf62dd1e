"""Calibration: whether signals of confidence c win with frequency c.

Confidences are whole numbers of 1e-4, sums of their squares of 1e-8: the Brier score is exact. Sources:
Brier, Verification of forecasts expressed in terms of probability, Monthly Weather Review 78 (1950); Murphy,
A new vector partition of the probability score, Journal of Applied Meteorology 12 (1973); Spiegelhalter,
Probabilistic prediction in patient management and clinical trials, Statistics in Medicine 5 (1986).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray
from scipy.special import betaincinv, gammaln, stdtr

E4, E8 = 10**4, 10**8
LEAST_DAYS = 20
"""Days with results below which their sums say nothing of how far they scatter."""
DRAWS = 4_000
INVERTED_UP_TO = 5_000
"""Signals in a bin beyond which its wins are as good as normal."""
SEED = 20_240_304
"""Of the simulated null: the same bins give the same figure."""


@dataclass(frozen=True)
class Bin:
    """Signals of about one confidence."""

    n: int
    wins: int
    confidence_e4: int
    """Sum of confidences."""
    won_confidence_e4: int
    """The same of those that won."""
    confidence2_e8: int
    """Sum of squared confidences."""
    surprise_e8: int
    """Sum of (1 - 2p)^2 p (1 - p)."""

    @classmethod
    def alike(cls, confidence: float, n: int, wins: int) -> Bin:
        """Return a bin in which every signal is equally confident."""
        c = round(confidence * E4)
        surprise = (E4 - 2 * c) ** 2 * c * (E4 - c) // E8
        return cls(n, wins, n * c, wins * c, n * c * c, n * surprise)

    @property
    def mean_confidence(self) -> float:
        """Mean stated confidence."""
        return self.confidence_e4 / (self.n * E4)

    @property
    def win_rate(self) -> float:
        """Share that won."""
        return self.wins / self.n


@dataclass(frozen=True)
class Calibration:
    """Figures of a reliability table."""

    n: int
    accuracy: float
    mean_confidence: float
    brier: float
    reliability: float
    resolution: float
    uncertainty: float
    error: float
    """Expected calibration error: mean distance of win rate and confidence, weighted by bin."""
    null_mean: float
    null_95: float
    """What the error comes to in the mean, and in 19 of 20 cases at most, where confidences are right."""
    z: float | None
    """Spiegelhalter's z; above 0 over-confident, where confidences lie above one half. None without spread."""
    p_value: float | None
    """Two-sided, as if results were independent of each other."""


def calibrate(bins: Sequence[Bin], *, draws: int = DRAWS, seed: int = SEED) -> Calibration | None:
    """Return the figures of non-empty bins; None without any."""
    filled = [each for each in bins if each.n]
    n, wins = sum(each.n for each in filled), sum(each.wins for each in filled)
    if not n:
        return None
    base = wins / n
    null_mean, null_95 = null_error(filled, draws=draws, seed=seed)
    z = _z(filled)
    return Calibration(
        n=n,
        accuracy=base,
        mean_confidence=sum(each.confidence_e4 for each in filled) / (n * E4),
        brier=float(brier(filled)),
        reliability=math.fsum(each.n * (each.mean_confidence - each.win_rate) ** 2 for each in filled) / n,
        resolution=math.fsum(each.n * (each.win_rate - base) ** 2 for each in filled) / n,
        uncertainty=base * (1 - base),
        error=math.fsum(each.n * abs(each.mean_confidence - each.win_rate) for each in filled) / n,
        null_mean=null_mean,
        null_95=null_95,
        z=z,
        p_value=None if z is None else math.erfc(abs(z) / math.sqrt(2)),
    )


def brier(bins: Sequence[Bin]) -> Fraction:
    """Return the mean squared distance of confidence and result, exactly."""
    squares = sum(b.confidence2_e8 - 2 * E4 * b.won_confidence_e4 + E8 * b.wins for b in bins)
    return Fraction(squares, E8 * sum(b.n for b in bins))


def null_error(bins: Sequence[Bin], *, draws: int = DRAWS, seed: int = SEED) -> tuple[float, float]:
    """Return mean and 95 % quantile of the calibration error where every confidence is right.

    The error is a mean of absolute values, hence above 0 by chance alone; of a few rows, far above.
    """
    draw = np.random.default_rng(seed)
    off = sum((_deviations(b, draw, draws) for b in bins), np.zeros(draws))
    errors = np.sort(off / sum(b.n for b in bins))
    return float(errors.mean()), float(errors[math.ceil(0.95 * draws) - 1])


def _deviations(each: Bin, draw: np.random.Generator, draws: int) -> NDArray[np.float64]:
    """Draw how far the wins of a bin are off where its confidence is right: binomial, by inversion."""
    n, p = each.n, each.mean_confidence
    if not 0 < p < 1:
        return np.zeros(draws)
    if n > INVERTED_UP_TO:
        return np.abs(draw.standard_normal(draws)) * math.sqrt(n * p * (1 - p))
    k = np.arange(n + 1)
    ways = gammaln(n + 1) - gammaln(k + 1) - gammaln(n - k + 1)
    below = np.cumsum(np.exp(ways + k * math.log(p) + (n - k) * math.log1p(-p)))
    wins = np.minimum(np.searchsorted(below, draw.random(draws)), n)
    return np.abs(wins - n * p)


def _z(bins: Sequence[Bin]) -> float | None:
    """Return sum (y - p)(1 - 2p) over its standard deviation, from sums."""
    surprise = sum(b.surprise_e8 for b in bins)
    if not surprise:
        return None
    above = sum(
        E4 * (E4 * b.wins - b.confidence_e4 - 2 * b.won_confidence_e4) + 2 * b.confidence2_e8 for b in bins
    )
    return above / E8 / math.sqrt(surprise / E8)


def p_value_by_day(surprises: Sequence[int]) -> float | None:
    """Return the p-value of right confidences from the sums (y - p)(1 - 2p) of each day with results; two-sided.

    Results of one day come and go together, so that z is too large: where confidences are right, it is beyond 1.96
    up to four times as often as it should be. Days scatter as they do: their sum over the root of the sum of
    their squares, as Student's t. None below twenty days.

    >>> p_value_by_day([0] * 20), p_value_by_day([1, -1] * 10)
    (None, 1.0)
    >>> round(p_value_by_day([3, -1] * 10), 6)
    0.042086
    """
    days, squares = len(surprises), sum(each * each for each in surprises)
    if days < LEAST_DAYS or not squares:
        return None
    share = Fraction(sum(surprises) ** 2, days * squares)
    if share == 1:
        return 0.0
    return 2 * float(stdtr(days - 1, -math.sqrt((days - 1) * share / (1 - share))))


def win_rate_interval(wins: int, n: int, alpha: float = 0.05) -> tuple[float, float]:
    """Return the exact interval of a win rate. Source: Clopper, Pearson, Biometrika 26 (1934).

    >>> [round(bound, 3) for bound in win_rate_interval(20, 40)]
    [0.338, 0.662]
    """
    low = float(betaincinv(wins, n - wins + 1, alpha / 2)) if wins else 0.0
    high = float(betaincinv(wins + 1, n - wins, 1 - alpha / 2)) if wins < n else 1.0
    return low, high
