"""Many guards judged at once: the e-Benjamini-Hochberg procedure.

Of the verdicts published about a family, at most the share alpha is wrong in the mean, however the guards
depend on each other. Source: Wang, Ramdas, False discovery rate control with e-values, Journal of the
Royal Statistical Society B 84 (2022).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction

from untaken.projections.statistics.mixture import TOLERANCE


def selected(log_e_values: Sequence[float | None], declared: int, alpha: float) -> int:
    """Return how many of the largest e-values are published: the largest k with e_(k) >= declared / (k alpha).

    `declared` counts every guard of the configuration, not those that look good now. None stands for an
    e-value of 0: a guard that fails a gate, which is thereby no evidence for the others either.

    >>> table = (210, 65, 41, 30, 12, 3, 1.1, 0.8, 0.4, 0.1)
    >>> selected([math.log(e) for e in table], declared=10, alpha=0.05)
    1
    """
    ranked = sorted((log_e for log_e in log_e_values if log_e is not None), reverse=True)
    passing = [
        k for k, log_e in enumerate(ranked, 1) if log_e >= math.log(threshold(k, declared, alpha)) - TOLERANCE
    ]
    return max(passing, default=0)


def threshold(k: int, declared: int, alpha: float) -> float:
    """Return the e-value that the k-th best guard needs.

    Rounded once: 3 / (3 * 0.05) in doubles would be 19.999999999999996.

    >>> threshold(1, declared=1, alpha=0.05), threshold(3, declared=3, alpha=0.05)
    (20.0, 20.0)
    >>> round(threshold(3, declared=10, alpha=0.05), 1)
    66.7
    """
    return float(Fraction(declared, k) / Fraction(str(float(alpha))))
