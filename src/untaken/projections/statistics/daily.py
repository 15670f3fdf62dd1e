"""Sharpe ratios from the days that had results, all other days of the period being 0.

Exact until the last step, like `performance`, but a strategy that trades on ten days of a thousand costs ten.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from untaken.projections.statistics.performance import lo_factor


@dataclass(frozen=True)
class DailySums:
    """Sums over the days of a period, idle ones included."""

    days: int
    total: int
    squares: int
    products: int
    """Of each day's result with that of the day before."""
    ends: int
    """Results of the first and the last day, added."""

    @classmethod
    def of(cls, active: Sequence[int], results: Sequence[int], period: tuple[int, int]) -> DailySums:
        """Add up results of the active days, in order; `period` holds its first and last day."""
        first, last = period
        known = list(zip(active, results, strict=True))
        if known and not (first <= known[0][0] and known[-1][0] <= last):
            raise ValueError(f"results of days {known[0][0]} to {known[-1][0]} lie outside {first} to {last}")
        return cls(
            days=last - first + 1,
            total=sum(results),
            squares=sum(result * result for result in results),
            products=sum(a * b for (day, a), (following, b) in pairwise(known) if following == day + 1),
            ends=sum(result for day, result in known if day == first)
            + sum(result for day, result in known if day == last),
        )

    @property
    def _spread(self) -> int:
        return self.days * self.squares - self.total * self.total

    def per_day(self) -> float | None:
        """Return mean / standard deviation (n - 1); None below two days or without variation."""
        n = self.days
        if n < 2 or self._spread == 0:
            return None
        return self.total / n / math.sqrt(self._spread / (n * (n - 1)))

    def lag_one_correlation(self) -> float | None:
        """Return the correlation with the day before; None below three days or without variation."""
        n, total = self.days, self.total
        if n < 3 or self._spread == 0:
            return None
        neighbours = n * n * self.products - n * total * (2 * total - self.ends) + (n - 1) * total * total
        return neighbours / (n * self._spread)

    def sharpe(self, days_per_year: int = 365) -> float | None:
        """Return the ratio annualised by the square root of the days."""
        per_day = self.per_day()
        return None if per_day is None else per_day * math.sqrt(days_per_year)

    def sharpe_lag_corrected(self, days_per_year: int = 365) -> float | None:
        """Return the ratio annualised by Lo's factor (see `performance.sharpe_lag_corrected`)."""
        per_day, rho = self.per_day(), self.lag_one_correlation()
        if per_day is None or rho is None:
            return None
        factor = lo_factor(days_per_year, rho)
        return None if factor is None else per_day * factor
