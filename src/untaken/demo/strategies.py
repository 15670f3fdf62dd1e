"""Three strategies of different kinds. Their figures were fixed before they first ran, and tuned to nothing.

All distances are multiples of the average true range (ATR), so that they mean the same on any market.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from untaken.demo.market import Floats, Series

Direction = Literal["long", "short"]

HOLD_BARS = 24


@dataclass(frozen=True)
class Exits:
    """How a strategy leaves, in ATR at the entry; None for what it does not use."""

    stop: float
    target: float
    """What it hopes for; a take-profit order only where `take_profit` is set."""
    take_profit: bool = False
    trailing: float | None = None
    steps: tuple[tuple[int, float], ...] = ()
    """(bars since entry, profit at which it leaves)."""


@dataclass(frozen=True)
class Idea:
    """A strategy's wish at the close of bar `index`; `strength` from 0 up."""

    strategy: Strategy
    index: int
    direction: Direction
    strength: float

    @property
    def confidence(self) -> float:
        return round(0.4 + 0.5 * (1 - math.exp(-self.strength)), 4)


@dataclass(frozen=True)
class Strategy:
    """A rule for entries, a way to leave, and whether it also says when to leave."""

    name: str
    exits: Exits
    find: Callable[[Series], Iterator[tuple[int, Direction, float]]] = field(repr=False)
    leaves_on_reversal: bool = False

    def ideas(self, series: Series) -> Iterator[Idea]:
        """Find ideas in order of time, where the market has moved enough to measure."""
        for index, direction, strength in self.find(series):
            if series.measures.atr[index] > 0:
                yield Idea(self, index, direction, strength)


def breakouts(series: Series) -> Iterator[tuple[int, Direction, float]]:
    """Follow a close beyond the extremes of the last two days of bars; stronger, the further beyond."""
    close, found = series.price.close, series.measures
    with np.errstate(invalid="ignore", divide="ignore"):
        above, below = (close - found.highest) / found.atr, (found.lowest - close) / found.atr
    yield from _both_ways(above, below, limit=0.0)


def extremes(series: Series) -> Iterator[tuple[int, Direction, float]]:
    """Fade a close more than two standard deviations from its mean."""
    deviation = series.measures.deviation
    yield from _both_ways(-deviation, deviation, limit=2.0)


def crosses(series: Series) -> Iterator[tuple[int, Direction, float]]:
    """Follow the fast mean as it crosses the slow one; stronger, the further the close has run ahead."""
    found = series.measures
    ahead = np.sign(found.fast - found.slow)
    crossed = np.flatnonzero((ahead[1:] * ahead[:-1]) < 0) + 1
    with np.errstate(invalid="ignore", divide="ignore"):
        run = np.abs(series.price.close - found.slow) / found.atr
    for index in crossed.tolist():
        yield index, "long" if ahead[index] > 0 else "short", float(run[index])


def _both_ways(up: Floats, down: Floats, limit: float) -> Iterator[tuple[int, Direction, float]]:
    for index in np.flatnonzero((up > limit) | (down > limit)).tolist():
        rising = up[index] > limit
        strength = float((up if rising else down)[index]) - limit
        if math.isfinite(strength):
            yield index, "long" if rising else "short", strength


STRATEGIES = (
    Strategy("breakout", Exits(stop=2.0, target=3.0, trailing=3.0), breakouts),
    Strategy("reversion", Exits(stop=2.0, target=2.0, steps=((0, 2.0), (6, 1.0), (12, 0.5))), extremes),
    Strategy("momentum", Exits(stop=2.5, target=5.0, take_profit=True), crosses, leaves_on_reversal=True),
)
"""Trend with a trailing stop; mean reversion with falling profit targets; momentum that says when it is over."""
