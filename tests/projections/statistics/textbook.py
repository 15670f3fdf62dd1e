"""Methods that the verdict was chosen over, and cross-checks of it; none of them is used outside the tests."""

import math
from collections.abc import Sequence

import numpy as np
from scipy import stats

STAKES = tuple(2.0**-k for k in range(1, 9))


def t_interval(results: Sequence[int]) -> tuple[float, float]:
    """95 % interval of the mean per day by Student's t: honest for one look, not for daily ones."""
    mean, error = np.mean(results), stats.sem(results)
    low, high = stats.t.interval(0.95, len(results) - 1, mean, error)
    return float(low), float(high)


def bootstrap_interval(s: Sequence[int], n: Sequence[int], *, draws: int, seed: int) -> tuple[float, float]:
    """95 % percentile interval of sum S / sum n over resampled clusters."""
    picks = np.random.default_rng(seed).integers(0, len(s), (draws, len(s)))
    ratios = np.asarray(s)[picks].sum(axis=1) / np.asarray(n)[picks].sum(axis=1)
    low, high = np.quantile(ratios, [0.025, 0.975])
    return float(low), float(high)


def tuning(alpha: float, best_at: float) -> float:
    """Parameter rho^2 of the asymptotic sequence that is narrowest after `best_at` clusters."""
    log_alpha = -2 * math.log(alpha)
    return (log_alpha + math.log(log_alpha + 1)) / best_at


def asymptotic_half_width(sd: float, t: int, rho2: float, alpha: float = 0.05) -> float:
    """Half width of an asymptotic confidence sequence (Waudby-Smith and others, Annals of Statistics 2024)."""
    return sd * math.sqrt(2 * (t * rho2 + 1) / (t * t * rho2) * math.log(math.sqrt(t * rho2 + 1) / alpha))


def empirical_bernstein_e(s: Sequence[int], n: Sequence[int], *, bound: float, smallest: int) -> float:
    """Return the e-value of sums alone that the betting one must beat (Howard and others, Annals of Statistics 2021)."""
    y = [each / (bound * max(count, smallest)) for each, count in zip(s, n, strict=True)]
    total, squares = math.fsum(y), math.fsum(each * each for each in y)
    return math.fsum(math.exp(x * total + (math.log1p(-x) + x) * squares) for x in STAKES) / len(STAKES)
