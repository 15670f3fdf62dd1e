"""Figures of a series of results: win rate, profit factor, Sharpe ratio, drawdown.

Inputs are exact integers of one unit (1e-8 account currency, ppm, milli-R); figures are None over
fewer rows than they need, never 0 and never infinite.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

import polars as pl


def win_rate(wins: int, trades: int) -> float | None:
    """Return the share of trades with a net result above 0."""
    return wins / trades if trades else None


def profit_factor(gains: int, losses: int) -> float | None:
    """Return gains / losses, both as positive sums; None (undefined) without losses.

    >>> profit_factor(3600, 2500), profit_factor(100, 0)
    (1.44, None)
    """
    return gains / losses if losses else None


def sharpe(daily: Sequence[int], days_per_year: int = 365) -> float | None:
    """Return mean / standard deviation (n - 1) of daily results, annualised by the square root of the days.

    `daily` holds every day of the period, idle ones as 0. None below two days or without variation.
    """
    per_day = daily_sharpe(daily)
    return None if per_day is None else per_day * math.sqrt(days_per_year)


def sharpe_lag_corrected(daily: Sequence[int], days_per_year: int = 365) -> float | None:
    """Return the Sharpe ratio annualised by Lo's factor: results of neighbouring days are not independent.

    The correlation at lag k is taken as that at lag 1 to the power k (a first-order autoregression); longer lags
    estimated one by one would be noise. None below three days. Source: Lo, The statistics of Sharpe
    ratios, Financial Analysts Journal 58 (2002).
    """
    per_day, rho = daily_sharpe(daily), lag_one_correlation(daily)
    if per_day is None or rho is None:
        return None
    factor = lo_factor(days_per_year, rho)
    return None if factor is None else per_day * factor


def daily_sharpe(daily: Sequence[int]) -> float | None:
    """Return mean / standard deviation (n - 1), not annualised."""
    n, total = len(daily), sum(daily)
    spread = n * sum(x * x for x in daily) - total * total
    if n < 2 or spread == 0:
        return None
    return total / n / math.sqrt(spread / (n * (n - 1)))


def sharpe_standard_error(per_day: float, days: int) -> float | None:
    """Return the standard error of a daily Sharpe ratio over independent days.

    >>> round(sharpe_standard_error(0.1, 250), 6)
    0.063403
    """
    return math.sqrt((1 + per_day * per_day / 2) / days) if days else None


def lag_one_correlation(daily: Sequence[int]) -> float | None:
    """Return the correlation of results with those of the day before; None below three days."""
    n, total = len(daily), sum(daily)
    scaled = [n * x - total for x in daily]
    spread = sum(x * x for x in scaled)
    if n < 3 or spread == 0:
        return None
    return sum(before * after for before, after in pairwise(scaled)) / spread


def lo_factor(days: int, rho: float) -> float | None:
    """Return q / sqrt(q + 2 sum (q - k) rho^k), the factor that replaces sqrt(q).

    >>> [round(lo_factor(250, rho), 4) for rho in (0.0, 0.2, -0.2)]
    [15.8114, 12.9207, 19.3488]
    """
    radicand = days + 2 * math.fsum((days - k) * rho**k for k in range(1, days))
    return days / math.sqrt(radicand) if radicand > 0 else None


def drawdown(results: Sequence[int] | pl.Series) -> int:
    """Return the largest fall of the cumulated result from an earlier peak, the start included; >= 0.

    `results` in order of (exit_at, bot, run, id).

    >>> drawdown([5, -3, 4, -8, 2, -1, 7, -4, -6, 3])
    10
    """
    level = pl.Series(results, dtype=pl.Int128).cum_sum()
    falls = level.cum_max().clip(lower_bound=0) - level
    return int(falls.max() or 0)  # type: ignore[arg-type]  # an integer column


def drawdown_pct(results: Sequence[int] | pl.Series, reference_capital: int) -> float | None:
    """Return the drawdown in percent of the capital, which is in the unit of the results."""
    return 100 * drawdown(results) / reference_capital if reference_capital > 0 else None
