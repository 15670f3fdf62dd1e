"""Price series: of all bars and quotes of one symbol and source, at each moment the finest."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
import polars as pl

from untaken.streams.shadow.arithmetic import F64, I64, Bool
from untaken.streams.shadow.compiled import borrowed
from untaken.streams.shadow.coverage import Pieces, finest
from untaken.streams.shadow.decimals import entry_prices, round_prices
from untaken.streams.shadow.walk import BLOCK, Bars

_FIELDS = ("open", "high", "low", "close")


class Prices(NamedTuple):
    """Prices of each bar, rounded to 12 digits; an open beyond the extremes widens them."""

    open: F64
    high: F64
    low: F64
    close: F64


@dataclass(frozen=True, eq=False)
class PriceSeries:
    """Bars that follow each other without overlap; quotes are bars of length zero."""

    open_at: I64
    close_at: I64
    interval_us: I64
    """Nominal length; 0 for quotes."""
    close_only: Bool
    """Partly covered by finer bars: opens where they end, all four prices are its close."""
    bid: Prices
    """What longs leave at."""
    ask: Prices
    """What shorts leave at; the same arrays where no bar has bid and ask."""
    middle: F64
    """The bar's own close, whatever its bid and ask; of a quote the middle of both."""
    crossed_quotes: int = 0
    """Quotes that were skipped, as their bid was above their ask."""

    def __len__(self) -> int:
        return self.open_at.size

    @cached_property
    def longs(self) -> Bars:
        """The series as longs walk it."""
        return self._bars(self.bid)

    @cached_property
    def shorts(self) -> Bars:
        """The series as shorts walk it: negated, highs and lows swapped."""
        return self._bars(Prices(-self.ask.open, -self.ask.low, -self.ask.high, -self.ask.close))

    def _bars(self, prices: Prices) -> Bars:
        blocks = (len(self) // BLOCK, BLOCK)
        full = blocks[0] * BLOCK
        extremes = (
            prices.high[:full].reshape(blocks).max(axis=1),
            prices.low[:full].reshape(blocks).min(axis=1),
        )
        times = (self.open_at, self.close_at, self.interval_us, self.close_only)
        return Bars._make(borrowed(column, column.dtype) for column in (*times, *prices, *extremes))


def compose(bars: pl.DataFrame, quotes: pl.DataFrame | None = None) -> PriceSeries:
    """Compose the series of one symbol from one source's winning bars and, where they serve, its quotes.

    `bars` has open_at, close_at, interval_us, open, high, low, close and may have bid_open ... ask_close
    (null where a bar has none); `quotes` has at, bid, ask, those of one instant in their order. Any order of
    bars will do. A bar that finer ones (or quotes) touch counts for its close, and not at all where they
    cover its end; one that overlaps its predecessor of the same interval likewise.
    """
    points, crossed = _uncrossed(quotes)
    pieces = finest(
        *(borrowed(bars[name].to_numpy(), np.int64) for name in ("open_at", "close_at", "interval_us")),
        points=borrowed(points["at"].to_numpy(), np.int64),
    )
    middle = {name: round_prices(bars[name].to_numpy()) for name in _FIELDS}
    bid = _side("bid", bars, middle, points, pieces)
    has_sides = "ask_open" in bars.columns or not points.is_empty()
    ask = _side("ask", bars, middle, points, pieces) if has_sides else bid
    closes = np.concatenate([middle["close"], _halfway(points)])[pieces.taken]
    return PriceSeries(
        pieces.open_at, pieces.close_at, pieces.interval_us, pieces.close_only, bid, ask, closes, crossed
    )


def choose_sources(bars: pl.DataFrame, configured: Mapping[str, str]) -> pl.DataFrame:
    """Return which source (null is one of its own) serves each symbol: symbol, source.

    `bars` has symbol, source, interval_us; one row per distinct triple will do. Configured is what it is
    set to, whether it has prices or not; else the one with the finest interval, the first by name.
    """
    found = bars.group_by("symbol", "source").agg(pl.col("interval_us").min())
    chosen = (
        found.sort("interval_us", "source", nulls_last=False)
        .unique("symbol", keep="first", maintain_order=True)
        .select("symbol", "source")
        .filter(~pl.col("symbol").is_in(list(configured)))
    )
    fixed = pl.DataFrame(
        {"symbol": list(configured), "source": list(configured.values())}, schema=chosen.schema
    )
    return pl.concat([chosen, fixed]).sort("symbol")


def _uncrossed(quotes: pl.DataFrame | None) -> tuple[pl.DataFrame, int]:
    if quotes is None:
        return pl.DataFrame(schema={"at": pl.Int64, "bid": pl.Float64, "ask": pl.Float64}), 0
    kept = quotes.filter(pl.col("bid") <= pl.col("ask")).sort("at", maintain_order=True)
    return kept, quotes.height - kept.height


def _halfway(points: pl.DataFrame) -> F64:
    """Return the middle of bid and ask: the bid and half the spread."""
    bid, ask = (round_prices(points[side].to_numpy()) for side in ("bid", "ask"))
    rows = len(points)
    return entry_prices(np.ones(rows, np.int8), bid, bid, ask, np.zeros(rows, np.int64))


def _side(
    side: str, bars: pl.DataFrame, middle: Mapping[str, F64], points: pl.DataFrame, pieces: Pieces
) -> Prices:
    """Return what one side walks: its own prices where a bar has them, else the bar's."""
    of_bars = dict(middle)
    if f"{side}_open" in bars.columns:
        own = {name: round_prices(bars[f"{side}_{name}"].to_numpy()) for name in _FIELDS}
        has = ~np.isnan(own["open"])
        of_bars = {name: np.where(has, own[name], middle[name]) for name in _FIELDS}
    of_points = round_prices(points[side].to_numpy())
    columns = {name: np.concatenate([of_bars[name], of_points])[pieces.taken] for name in _FIELDS}
    for name in ("open", "high", "low"):
        columns[name] = np.where(pieces.close_only, columns["close"], columns[name])
    high, low = np.maximum(columns["open"], columns["high"]), np.minimum(columns["open"], columns["low"])
    return Prices(columns["open"], high, low, columns["close"])
