"""Five guards of all three kinds. Their limits were fixed before they first ran, and tuned to nothing."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from untaken.demo.market import Series
from untaken.demo.paper import Costs
from untaken.demo.strategies import Idea
from untaken.schemas.times import from_us
from untaken.streams.client import HasSignal, Verdict, guard

MIN_CONFIDENCE = 0.5
MIN_ROI_IN_COSTS = 3.0
"""Expected profit, in round trips of costs."""
MAX_VOLATILITY = 1.5
"""ATR, relative to its usual size."""
FIRST_HOUR, LAST_HOUR = 7, 20
"""UTC hours in which most markets trade; outside them spreads widen."""
MAX_POSITIONS = 2


@dataclass(frozen=True)
class Look:
    """What a guard may look at: the idea, its market at the close of its bar, and the open positions."""

    idea: Idea
    series: Series
    close_at: int
    costs: Costs
    positions: Collection[tuple[str, str]]
    """(symbol, strategy) of every position and waiting order."""

    @property
    def atr_pct(self) -> float:
        index = self.idea.index
        return float(self.series.measures.atr[index] / self.series.price.close[index] * 100)

    @property
    def volatility(self) -> float:
        return float(self.series.measures.volatility[self.idea.index])

    @property
    def expected_roi_pct(self) -> float:
        """Target and stop, weighed by the confidence, before costs."""
        exits, confidence = self.idea.strategy.exits, self.idea.confidence
        return (exits.target * confidence - exits.stop * (1 - confidence)) * self.atr_pct


@guard(kind="stateless", reason_code="confidence_threshold")
def min_confidence(_: HasSignal, look: Look) -> Verdict:
    return Verdict.at_least(look.idea.confidence, MIN_CONFIDENCE)


@guard(kind="stateless", reason_code="min_roi")
def min_expected_roi(_: HasSignal, look: Look) -> Verdict:
    """Pass what promises several times its costs."""
    return Verdict.at_least(look.expected_roi_pct, MIN_ROI_IN_COSTS * look.costs.round_trip_pct)


@guard(kind="market", reason_code="volatility")
def calm_market(_: HasSignal, look: Look) -> Verdict:
    """Pass where ranges are not much wider than usual."""
    return Verdict.at_most(look.volatility, MAX_VOLATILITY)


@guard(kind="market", reason_code="trading_hours")
def trading_hours(_: HasSignal, look: Look) -> Verdict:
    """Pass in the hours of the day in which spreads are narrow; two limits, hence no threshold to move."""
    hour = from_us(look.close_at).hour
    inside = FIRST_HOUR <= hour < LAST_HOUR
    return Verdict(inside, reason=f"{hour}:00 UTC, open from {FIRST_HOUR}:00 to {LAST_HOUR}:00", value=hour)


@guard(kind="portfolio", reason_code="max_positions")
def free_position(_: HasSignal, look: Look) -> Verdict:
    """Pass while there is a free slot, and the strategy holds nothing in the symbol yet."""
    if (look.series.symbol, look.idea.strategy.name) in look.positions:
        return Verdict(
            passed=False, reason="the strategy is already in this market", reason_code="position_open"
        )
    return Verdict.at_most(len(look.positions), MAX_POSITIONS - 1)


GUARDS = (min_confidence, min_expected_roi, calm_market, trading_hours, free_position)
"""In the order in which they are asked; every one is asked on every signal."""
