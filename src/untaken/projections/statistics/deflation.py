"""The Sharpe ratio of the best of many trials, deflated by what the best of them has by luck.

Source: Bailey, Lopez de Prado, The deflated Sharpe ratio, Journal of Portfolio Management 40 (2014).
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from untaken.projections.statistics.ratios import sharpe_above

EULER = 0.5772156649


def expected_best(variance: float, trials: float) -> float:
    """Return the Sharpe ratio that the best of so many trials without any skill is expected to have.

    `variance` of the ratios over the trials, not annualised; 0 for a single trial.

    >>> round(expected_best(0.5 / 250, 100), 7)
    0.113172
    """
    if trials <= 1:
        return 0.0
    lower, upper = 1 - 1 / trials, 1 - 1 / (trials * math.e)
    return math.sqrt(variance) * float((1 - EULER) * ndtri(lower) + EULER * ndtri(upper))


def deflated_sharpe(
    per_day: float, days: int, skew: float, kurtosis: float, best_by_luck: float
) -> float | None:
    """Return the probability that the true ratio lies above what the best has by luck; None where undefined.

    >>> luck = expected_best(0.5 / 250, 100)
    >>> round(deflated_sharpe(2.5 / math.sqrt(250), 1250, -3, 10, luck), 7)
    0.9003968
    """
    return sharpe_above(per_day, best_by_luck, days, skew, kurtosis)


def effective_number(series: NDArray[np.float64]) -> float:
    """Return how many independent scenarios vary as much as these columns do, (sum of eigenvalues)^2 / sum of squares.

    Of the correlation matrix of columns that vary; 0 without any.

    >>> one = np.array([[1.0], [-1.0], [2.0], [-2.0]])
    >>> other = np.array([[1.0], [1.0], [-1.0], [-1.0]])
    >>> round(effective_number(np.hstack([one, one, one])), 9)
    1.0
    """
    clusters, scenarios = (int(size) for size in series.shape)
    if not scenarios or clusters < 2:
        return 0.0
    standard = (series - series.mean(axis=0)) / series.std(axis=0)
    # The sum of squared eigenvalues is that of squared correlations; the smaller Gram matrix has the same.
    gram = standard @ standard.T if clusters < scenarios else standard.T @ standard
    return scenarios**2 / float(((gram / clusters) ** 2).sum())
