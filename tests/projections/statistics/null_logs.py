"""Seeded logs of a guard, day by day: blocked signals and the milli-R that blocking them saved.

Signals of one day share a factor, as trades on one market do. Without an effect the guard is neutral: the mean
of every result is 0, however lopsided its shape (STATISTICS 7).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from statistics import NormalDist
from typing import Any

import numpy as np
from numpy.typing import NDArray

from untaken.projections.statistics.clusters import Clusters

Integers = NDArray[np.int64]
Floats = NDArray[np.float64]

COMMON = 0.3
"""Share of the variance that signals of a day have in common."""
SIGNALS_PER_DAY = 4.0


@dataclass(frozen=True)
class Logs:
    """Runs of a log: arrays (runs, days)."""

    n: Integers
    s: Integers
    bound_r: float | None

    @property
    def runs(self) -> int:
        return len(self.n)

    def clusters(self, run: int, days: int) -> Clusters:
        """Return what a projection would hold of a run after its first days."""
        n, s = self.n[run, :days].tolist(), self.s[run, :days].tolist()
        return Clusters.of(zip(range(days), n, s, s, strict=True))


@dataclass(frozen=True)
class Results:
    """A kind of result: milli-R saved as a function of a day's factor and a signal's own draw."""

    saved: Callable[[np.random.Generator, Floats, Integers, float], Integers]
    bound_r: float | None


def daily(
    kind: str, *, runs: int, days: int, effect_r: float = 0.0, seed: int, factor: Floats | None = None
) -> Logs:
    """Generate runs of one kind: "t3", "bracket", "lottery" or "jackpot".

    `effect_r` is the mean saved per blocked signal; `factor` (runs, days) makes guards share their days.
    """
    rng = np.random.default_rng(seed)
    n = rng.poisson(SIGNALS_PER_DAY, (runs, days))
    common = day_factor(kind, rng, runs, days) if factor is None else factor
    each = KINDS[kind].saved(rng, common, n, effect_r)
    ends = np.cumsum(n.ravel())
    sums = np.concatenate(([0], np.cumsum(each)))
    s = sums[ends] - sums[ends - n.ravel()]
    return Logs(n.astype(np.int64), s.reshape(runs, days), KINDS[kind].bound_r)


def day_factor(kind: str, rng: np.random.Generator, runs: int, days: int) -> Floats:
    """Draw what the signals of each day have in common."""
    drawn: Floats = _t3(rng, (runs, days)) if kind == "t3" else rng.standard_normal((runs, days))
    return drawn


def _t3(rng: np.random.Generator, size: Any) -> Floats:
    """Draw Student t with 3 degrees of freedom, scaled to variance 1."""
    drawn: Floats = rng.standard_t(3, size) / np.sqrt(3.0)
    return drawn


def _mixed(common: Floats, n: Integers, own: Floats) -> Floats:
    mixed: Floats = np.sqrt(COMMON) * np.repeat(common.ravel(), n.ravel()) + np.sqrt(1 - COMMON) * own
    return mixed


def _heavy_tailed(rng: np.random.Generator, common: Floats, n: Integers, effect_r: float) -> Integers:
    results = _mixed(common, n, _t3(rng, n.sum())) + effect_r
    return np.rint(results * 1000).astype(np.int64)


def _two_valued(won_r: int) -> Results:
    """Trades that win `won_r` or lose 1 R; blocked, they save -won_r or +1 R. Correlated by a Gaussian copula."""

    def saved(rng: np.random.Generator, common: Floats, n: Integers, effect_r: float) -> Integers:
        chance = (1 - effect_r) / (won_r + 1)
        wins = _mixed(common, n, rng.standard_normal(n.sum())) > NormalDist().inv_cdf(1 - chance)
        return np.where(wins, -1000 * won_r, 1000).astype(np.int64)

    return Results(saved, float(won_r))


KINDS = {
    "t3": Results(_heavy_tailed, None),
    "bracket": _two_valued(2),
    "lottery": _two_valued(9),
    "jackpot": _two_valued(49),
}
