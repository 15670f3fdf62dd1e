"""Fills that lie far outside the bar of their time."""

from __future__ import annotations

import numpy as np
import polars as pl
from numpy.typing import NDArray

from untaken.streams.chain.context import Context
from untaken.streams.chain.series import SeriesReader
from untaken.streams.shadow.series import PriceSeries

TOLERANCE = 0.05
"""How far beyond its bar's range a fill may lie, as a share of the range's end (READINGS 36)."""


def fills_outside_bars(fills: pl.DataFrame, prices: SeriesReader, context: Context) -> pl.DataFrame:
    """Return the refs of trades with a fill more than 5 % beyond the range of the bar that contains it."""
    index = pl.Series(context.timeline.starts).search_sorted(fills["at"], side="right") - 1
    ordered = fills.with_columns(settings=index).sort("symbol", "settings")
    groups = ordered.group_by("symbol", "settings", maintain_order=True).agg(
        pl.col("at").min().alias("since"), (pl.col("at").max() + 1).alias("until"), pl.len().alias("rows")
    )
    ends = np.cumsum(groups["rows"].to_numpy()).tolist()
    at, price = ordered["at"].to_numpy(), ordered["price"].to_numpy()
    outside = np.zeros(ordered.height, dtype=np.bool_)
    for series, first, last in zip(
        prices.of(groups.drop("rows").iter_rows()), [0, *ends], ends, strict=False
    ):
        if series is not None and len(series):
            outside[first:last] = _outside(at[first:last], price[first:last], series)
    return ordered.filter(pl.Series(outside)).select("ref").unique()


def _outside(at: NDArray[np.int64], price: NDArray[np.float64], series: PriceSeries) -> NDArray[np.bool_]:
    bar = np.searchsorted(series.open_at, at, side="right") - 1
    found = (bar >= 0) & (at < series.close_at[bar]) & ~series.close_only[bar]
    low, high = _range(series)
    return found & ((price > high[bar] * (1 + TOLERANCE)) | (price < low[bar] * (1 - TOLERANCE)))


def _range(series: PriceSeries) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    return np.minimum(series.bid.low, series.ask.low), np.maximum(series.bid.high, series.ask.high)
