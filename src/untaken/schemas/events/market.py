"""The market: bars, quotes, outside readings, and time itself."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from untaken.schemas.base import Event
from untaken.schemas.intervals import Interval
from untaken.schemas.kinds import Count, FreeMap, Name, Price, Volume
from untaken.schemas.times import Instant


class MarketBar(Event):
    """A closed bar; `at` is its close time. Open and close beyond the extremes are taken as feeds send them."""

    type: Literal["market.bar"] = Field(default="market.bar", description="Event type.")
    symbol: Name = Field(description="Symbol of the bar.")
    interval: Interval = Field(description="Nominal length, such as 1m, 5m, 1h, 1d.")
    open_at: Instant = Field(description="When it opened; UTC.")
    open: Price = Field(description="First price; quote currency.")
    high: Price = Field(description="Highest price; quote currency.")
    low: Price = Field(description="Lowest price; quote currency.")
    close: Price = Field(description="Last price; quote currency.")
    volume: Volume | None = Field(default=None, description="Traded volume in the source's measure.")
    bid_open: Price | None = Field(default=None, description="First bid; quote currency.")
    bid_high: Price | None = Field(default=None, description="Highest bid; quote currency.")
    bid_low: Price | None = Field(default=None, description="Lowest bid; quote currency.")
    bid_close: Price | None = Field(default=None, description="Last bid; quote currency.")
    ask_open: Price | None = Field(default=None, description="First ask; quote currency.")
    ask_high: Price | None = Field(default=None, description="Highest ask; quote currency.")
    ask_low: Price | None = Field(default=None, description="Lowest ask; quote currency.")
    ask_close: Price | None = Field(default=None, description="Last ask; quote currency.")
    source: Name | None = Field(default=None, description="Where the prices come from.")
    revision: Count | None = Field(
        default=None, description="How often the source repaired it; 0 where left out."
    )
    meta: FreeMap | None = Field(default=None, description="Anything else; the reported symbol is kept here.")

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.at <= self.open_at:
            raise PydanticCustomError(
                "bar_times", "at must lie after open_at: it is the close of the bar, open_at the open"
            )
        _check_extremes("high", self.high, "low", self.low)
        _check_side("bid", (self.bid_open, self.bid_high, self.bid_low, self.bid_close))
        _check_side("ask", (self.ask_open, self.ask_high, self.ask_low, self.ask_close))
        return self


def _check_extremes(high_name: str, high: float, low_name: str, low: float) -> None:
    if high < low:
        raise PydanticCustomError(
            "bar_extremes",
            f"{high_name} was {high}, below {low_name} {low}: the high of a bar is never below its low",
        )


def _check_side(side: str, prices: tuple[float | None, float | None, float | None, float | None]) -> None:
    _, high, low, _ = prices
    if high is not None and low is not None:
        _check_extremes(f"{side}_high", high, f"{side}_low", low)
    if None in prices and any(price is not None for price in prices):
        raise PydanticCustomError(
            "bar_sides",
            f"{side}_open, {side}_high, {side}_low and {side}_close belong together: give all or none",
        )


class MarketQuote(Event):
    """Best bid and ask at a moment; a crossed one is kept and skipped later."""

    type: Literal["market.quote"] = Field(default="market.quote", description="Event type.")
    symbol: Name = Field(description="Symbol of the quote.")
    bid: Price = Field(description="Best bid; quote currency.")
    ask: Price = Field(description="Best ask; quote currency.")
    last: Price | None = Field(default=None, description="Last traded price; quote currency.")
    source: Name | None = Field(default=None, description="Where the prices come from.")
    meta: FreeMap | None = Field(default=None, description="Anything else; the reported symbol is kept here.")


class ContextObserved(Event):
    """An outside reading, such as sentiment, a funding rate or an index."""

    type: Literal["context.observed"] = Field(default="context.observed", description="Event type.")
    name: Name = Field(description="Name of the reading.")
    value: Annotated[float, Field(allow_inf_nan=False)] = Field(description="The reading.")
    symbol: Name | None = Field(default=None, description="Symbol it concerns; all where left out.")
    source: Name | None = Field(default=None, description="Where it comes from.")
    meta: FreeMap | None = Field(default=None, description="Anything else; the reported symbol is kept here.")


class ClockTicked(Event):
    """Event time has moved although nothing happened."""

    type: Literal["clock.ticked"] = Field(default="clock.ticked", description="Event type.")
