"""Whether a win rate has fallen: evidence that may be looked at after every trade.

The level is judged by a mixture over all lower rates, the moment of a change by an e-CUSUM. "So many points
down over the last trades" is no evidence: it alarms in nearly every healthy year (docs, null simulation).
Source: Shin, Ramdas, Rinaldo, E-detectors, New England Journal of Statistics in Data Science (2023).
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from scipy.special import betainc, betaln

SCALE = 1 << 20
"""Steps of the log likelihood ratio are whole numbers of this."""


def level_e_value(wins: int, losses: int, baseline: float) -> float:
    """Return the e-value against "the win rate is at least the baseline", the mean over all lower rates.

    >>> [round(level_e_value(wins, wins * 3 // 2, 0.529939), 4) for wins in (20, 40, 60)]
    [1.702, 6.8067, 30.4976]
    """
    if not 0 < baseline < 1:
        raise ValueError(f"a baseline lies between 0 and 1, found {baseline}")
    share = float(betainc(wins + 1, losses + 1, baseline))
    if share == 0:
        return 0.0
    log_e = (
        math.log(share)
        + float(betaln(wins + 1, losses + 1))
        - (wins + 1) * math.log(baseline)
        - losses * math.log1p(-baseline)
    )
    return math.exp(min(log_e, 709.0))


@dataclass(frozen=True)
class Steps:
    """Steps of the e-CUSUM for a fall of a win rate."""

    won: int
    lost: int

    @classmethod
    def of(cls, baseline: float, fall: float = 0.08) -> Steps:
        """Return the log likelihood ratios of the fallen rate, rounded down, which keeps the error bound.

        >>> Steps.of(0.55)
        Steps(won=-164822, lost=171577)
        """
        if not 0 < fall < baseline < 1:
            raise ValueError(f"a fall lies between 0 and the baseline below 1, found {fall} of {baseline}")
        won = math.log((baseline - fall) / baseline)
        lost = math.log((1 - baseline + fall) / (1 - baseline))
        return cls(math.floor(SCALE * won), math.floor(SCALE * lost))


def alarm_at(trades: int = 1_000) -> int:
    """Return the level of the e-CUSUM that a healthy strategy reaches after so many trades in the mean at least.

    >>> alarm_at(1_000)
    7243306
    """
    return round(SCALE * math.log(trades))


@dataclass(frozen=True)
class Cusum:
    """The e-CUSUM over a stretch of trades; stretches that follow each other are joined, in any grouping."""

    total: int = 0
    level: int = 0
    """Where it stands at the end, having begun at 0."""
    highest_prefix: int = 0
    """Largest sum from the beginning."""
    peak: int = 0
    """Highest level on the way."""

    @classmethod
    def of(cls, results: Iterable[bool], steps: Steps) -> Cusum:
        """Walk trades in order of exit; True is a win."""
        whole = cls()
        for won in results:
            step = steps.won if won else steps.lost
            up = max(step, 0)
            whole = whole.then(cls(step, up, up, up))
        return whole

    def then(self, later: Cusum) -> Cusum:
        """Join the stretch that follows."""
        return Cusum(
            self.total + later.total,
            max(later.level, self.level + later.total),
            max(self.highest_prefix, self.total + later.highest_prefix),
            max(self.peak, later.peak, self.level + later.highest_prefix),
        )
