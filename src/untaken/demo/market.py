"""Candles as arrays, and what a simple bot measures on them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import polars as pl

from untaken.streams.connectors.candles import Wishes, read_bars

Floats: TypeAlias = npt.NDArray[np.float64]
Integers: TypeAlias = npt.NDArray[np.int64]

FAST, SLOW = 12, 48
ATR_BARS = 24
USUAL_BARS = 240
"""Bars over which a usual volatility is measured."""


@dataclass(frozen=True)
class Side:
    """Prices that one side of the market trades at: open, high, low, close."""

    open: Floats
    high: Floats
    low: Floats
    close: Floats


@dataclass(frozen=True)
class Measures:
    """Readings at the close of each bar, from it and the bars before; NaN until there are enough."""

    atr: Floats
    volatility: Floats
    """ATR relative to its usual size."""
    fast: Floats
    slow: Floats
    highest: Floats
    """Highest high of the `SLOW` bars before this one."""
    lowest: Floats
    deviation: Floats
    """Distance of the close from its mean over `SLOW` bars, in standard deviations."""


@dataclass(frozen=True)
class Series:
    """The bars of one symbol in order of time; times in microseconds.

    `bid` and `ask` are the same where the candles have one price only.
    """

    symbol: str
    interval_us: int
    open_at: Integers
    price: Side
    bid: Side
    ask: Side
    volume: Floats
    measures: Measures

    def __len__(self) -> int:
        return len(self.open_at)

    @property
    def has_spread(self) -> bool:
        return self.bid is not self.ask


def load_series(paths: Sequence[Path], wishes: Wishes) -> list[Series]:
    """Read candle files; of a symbol in several of them the finest bars, of equally fine the first by source.

    The shadow's prices are chosen in the same way.
    """
    parts: dict[str, tuple[int, str, pl.DataFrame]] = {}
    for path in paths:
        bars, report = read_bars(path, wishes)
        for part in bars.partition_by("symbol", "interval_us", maintain_order=True):
            symbol, rank = part["symbol"][0], (int(part["interval_us"][0]), report.name)
            if symbol not in parts or rank < parts[symbol][:2]:
                parts[symbol] = (*rank, part)
    return [series_of(parts[symbol][2]) for symbol in sorted(parts)]


def series_of(bars: pl.DataFrame) -> Series:
    """Turn the bars of one symbol and interval, sorted by time, into arrays."""
    price = _side(bars, "")
    quoted = "bid_open" in bars.columns and "ask_open" in bars.columns
    bid = _side(bars, "bid_", price) if quoted else price
    ask = _side(bars, "ask_", price) if quoted else price
    volume = bars["volume"].to_numpy() if "volume" in bars.columns else np.full(bars.height, np.nan)
    return Series(
        symbol=bars["symbol"][0],
        interval_us=int(bars["interval_us"][0]),
        open_at=bars["open_at"].to_numpy(),
        price=price,
        bid=bid,
        ask=ask,
        volume=volume,
        measures=measure(bars),
    )


def measure(bars: pl.DataFrame) -> Measures:
    """Measure bars in order of time, columns open to close."""
    high, low, close = pl.col("high"), pl.col("low"), pl.col("close")
    before = close.shift(1)
    true_range = pl.max_horizontal(high - low, (high - before).abs(), (low - before).abs())
    frame = bars.lazy().with_columns(atr=true_range.rolling_mean(ATR_BARS))
    table = frame.select(
        atr="atr",
        volatility=pl.col("atr") / pl.col("atr").rolling_median(USUAL_BARS, min_samples=SLOW),
        fast=close.ewm_mean(span=FAST, min_samples=FAST),
        slow=close.ewm_mean(span=SLOW, min_samples=SLOW),
        highest=high.rolling_max(SLOW).shift(1),
        lowest=low.rolling_min(SLOW).shift(1),
        deviation=(close - close.rolling_mean(SLOW)) / close.rolling_std(SLOW),
    ).collect()
    return Measures(**{name: table[name].to_numpy() for name in table.columns})


def _side(bars: pl.DataFrame, prefix: str, otherwise: Side | None = None) -> Side:
    """Return one side's prices; where a bar lacks them, the bar's own."""
    arrays = []
    for name in ("open", "high", "low", "close"):
        values = bars[f"{prefix}{name}"].to_numpy()
        arrays.append(
            values if otherwise is None else np.where(np.isnan(values), getattr(otherwise, name), values)
        )
    return Side(*arrays)
