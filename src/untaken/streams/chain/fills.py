"""Fills that lie far outside the bar of their time."""

from __future__ import annotations

import numpy as np
import polars as pl
from numpy.typing import NDArray

from untaken.streams.chain.context import Context
from untaken.streams.chain.outcomes import series_between
from untaken.streams.shadow.series import PriceSeries
from untaken.streams.store.prices import PriceStore

TOLERANCE = 0.05
"""How far beyond its bar's range a fill may lie, as a share of the range's end (READINGS 36)."""


def fills_outside_bars(fills: pl.DataFrame, prices: PriceStore, context: Context) -> pl.DataFrame:
    """Return the refs of trades with a fill more than 5 % beyond the range of the bar that contains it."""
    index = pl.Series(context.timeline.starts).search_sorted(fills["at"], side="right") - 1
    outside = []
    for key, part in (
        fills.with_columns(settings=index).partition_by("symbol", "settings", as_dict=True).items()
    ):
        symbol, settings = str(key[0]), context.timeline.settings[int(key[1])].prices
        since, until = int(part["at"].min()), int(part["at"].max())  # type: ignore[arg-type]  # Int64, not empty
        series = series_between(symbol, settings, prices, since, until + 1)
        if series is not None:
            outside.append(part.filter(pl.Series(_outside(part, series))).select("ref"))
    return pl.concat([pl.DataFrame(schema={"ref": pl.String()}), *outside]).unique()


def _outside(fills: pl.DataFrame, series: PriceSeries) -> NDArray[np.bool_]:
    at, price = fills["at"].to_numpy(), fills["price"].to_numpy()
    if len(series.open_at) == 0:
        return np.zeros(len(at), dtype=np.bool_)
    bar = np.searchsorted(series.open_at, at, side="right") - 1
    found = (bar >= 0) & (at < series.close_at[bar]) & ~series.close_only[bar]
    low, high = _range(series)
    return found & ((price > high[bar] * (1 + TOLERANCE)) | (price < low[bar] * (1 - TOLERANCE)))


def _range(series: PriceSeries) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    return np.minimum(series.bid.low, series.ask.low), np.maximum(series.bid.high, series.ask.high)
