"""Small series and orders for the demo's own trading."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl

from untaken.demo.market import Series, series_of
from untaken.demo.paper import Costs, Order, Position, enter
from untaken.demo.strategies import Direction, Exits, Idea, Strategy

HOUR_US = 3_600_000_000
FREE = Costs(fee_bps=0, slippage_bps=0)

Bar = tuple[float, float, float, float]


def series(*bars: Bar, spread: float = 0.0, symbol: str = "AAA/USD") -> Series:
    """Return hourly bars (open, high, low, close) from 1970 on; with a spread they are the bid."""
    names = ["open", "high", "low", "close"]
    frame = pl.DataFrame(bars, schema=dict.fromkeys(names, pl.Float64), orient="row").with_columns(
        symbol=pl.lit(symbol), interval_us=pl.lit(HOUR_US), open_at=pl.int_range(pl.len()) * HOUR_US
    )
    if spread:
        bid = [pl.col(name).alias(f"bid_{name}") for name in names]
        frame = frame.with_columns(*bid, *((pl.col(name) + spread).alias(f"ask_{name}") for name in names))
    return series_of(frame)


def walk(closes: Sequence[float]) -> Series:
    """Return bars that open at the last close and reach no further than their ends."""
    opens = [closes[0], *closes[:-1]]
    return series(
        *(
            (first, max(first, last), min(first, last), last)
            for first, last in zip(opens, closes, strict=True)
        )
    )


def wandering(count: int = 400, seed: int = 5) -> Series:
    steps = np.random.default_rng(seed).normal(0, 0.5, count)
    return walk((100 + np.cumsum(steps)).tolist())


def order(
    direction: Direction = "long", exits: Exits | None = None, atr: float = 1.0, size: float = 1000.0
) -> Order:
    """Return an order that stops 2 ATR away and hopes for 3, unless told otherwise."""
    strategy = Strategy("test", exits or Exits(stop=2.0, target=3.0, take_profit=True), lambda _: iter(()))
    return Order("t", "s", Idea(strategy, 0, direction, 1.0), atr, size)


def position(market: Series, index: int = 0, costs: Costs = FREE, **wishes: object) -> Position:
    return enter(order(**wishes), market, index, 0, costs)  # type: ignore[arg-type]
