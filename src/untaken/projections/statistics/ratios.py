"""How sure a profit factor, a Sharpe ratio or a drawdown is, from days rather than trades.

Sources: Bailey, Lopez de Prado, The Sharpe ratio efficient frontier, Journal of Risk 15 (2012); Magdon-Ismail,
Atiya, Pratap, Abu-Mostafa, On the maximum drawdown of a Brownian motion, Journal of Applied Probability 41
(2004).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr, ndtri, stdtrit

LEAST_DAYS = 10
"""Days below which a linearised interval says nothing."""


def profit_factor_interval(
    gains: Sequence[int], losses: Sequence[int], alpha: float = 0.05
) -> tuple[float, float] | None:
    """Return the interval of gains / losses, both given by day as positive sums; for one look at the data.

    The logarithm is linearised over days, with Student's t. None below ten days, without gains or losses, or
    without variation.

    >>> gains = (500, 0, 300, 800, 200, 0, 600, 400, 100, 700)
    >>> losses = (200, 300, 100, 400, 300, 250, 150, 300, 200, 300)
    >>> low, high = profit_factor_interval(gains, losses)
    >>> round(low, 4), round(high, 4)
    (0.8129, 2.5508)
    """
    days, G, L = len(gains), sum(gains), sum(losses)
    if days < LEAST_DAYS or not G or not L:
        return None
    shares = [g / G - loss / L for g, loss in zip(gains, losses, strict=True)]
    error = math.sqrt(days / (days - 1) * math.fsum(share * share for share in shares))
    spread = float(stdtrit(days - 1, 1 - alpha / 2)) * error
    return (G / L * math.exp(-spread), G / L * math.exp(spread)) if 0 < spread < 700 else None


def sharpe_above(per_day: float, benchmark: float, days: int, skew: float, kurtosis: float) -> float | None:
    """Return the probability that the true daily Sharpe ratio lies above a benchmark; None where undefined.

    `kurtosis` is that of the fourth moment: 3 where results are normal.

    >>> round(sharpe_above(0.1, 0, 250, -1, 8), 6), round(sharpe_above(0.1, 0, 250, 0, 3), 6)
    (0.932244, 0.942261)
    """
    variance = _variance(per_day, skew, kurtosis)
    if days < 2 or variance <= 0:
        return None
    return float(ndtr((per_day - benchmark) * math.sqrt(days - 1) / math.sqrt(variance)))


def least_days(
    per_day: float, benchmark: float, skew: float, kurtosis: float, alpha: float = 0.05
) -> float | None:
    """Return the days after which such a ratio lies surely above the benchmark; None where it never does.

    >>> round(least_days(0.1, 0, -1, 8), 2)
    303.34
    """
    variance = _variance(per_day, skew, kurtosis)
    if per_day <= benchmark or variance <= 0:
        return None
    return 1 + variance * (float(ndtri(1 - alpha)) / (per_day - benchmark)) ** 2


def _variance(per_day: float, skew: float, kurtosis: float) -> float:
    return 1 - skew * per_day + (kurtosis - 1) / 4 * per_day * per_day


@dataclass(frozen=True)
class Moments:
    """Moments of daily results over a period, idle days as 0; `deviation` in the unit of the results (n - 1)."""

    days: int
    per_day: float | None
    """Mean / standard deviation; None with the others below two days or without variation."""
    deviation: float
    skew: float
    kurtosis: float

    @classmethod
    def of(cls, active: Sequence[int], results: Sequence[int], period: tuple[int, int]) -> Moments:
        """Return the moments; `results` of the active days within the period (first and last day)."""
        days = period[1] - period[0] + 1
        daily = np.zeros(days, dtype=np.float64)
        daily[np.array(active, dtype=np.int64) - period[0]] = np.array(results, dtype=np.float64)
        centred = daily - daily.mean()
        variance = float((centred**2).mean())
        if days < 2 or daily.min() == daily.max():
            return cls(days, None, 0.0, 0.0, 3.0)
        deviation = math.sqrt(variance * days / (days - 1))
        skew, kurtosis = (float((centred**k).mean()) / variance ** (k / 2) for k in (3, 4))
        return cls(days, float(daily.mean()) / deviation, deviation, skew, kurtosis)

    def sharpe_above(self, benchmark: float) -> float | None:
        """Return the probability that the true daily ratio lies above a benchmark."""
        if self.per_day is None:
            return None
        return sharpe_above(self.per_day, benchmark, self.days, self.skew, self.kurtosis)

    def least_days(self, benchmark: float) -> float | None:
        """Return the days after which the ratio would lie surely above the benchmark."""
        return None if self.per_day is None else least_days(self.per_day, benchmark, self.skew, self.kurtosis)

    def drawdown_to_luck(self, drawdown: int) -> float | None:
        """Return a drawdown over deviation x sqrt(days), the size of a random walk of that length."""
        return drawdown / (self.deviation * math.sqrt(self.days)) if self.per_day is not None else None
