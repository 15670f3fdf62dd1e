"""How long the bars of a table are, and which of them cannot be of that length."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from untaken.streams.connectors.candles.naming import FileName, in_words, interval_text, interval_us
from untaken.streams.connectors.candles.table import Wishes
from untaken.streams.connectors.report import ImportRefused

_HOUR_US = 3_600_000_000
STRETCH = 20
"""So many bars in a row, all the same multiple of the interval apart, are bars of another interval."""

OFF_GRID = "it does not lie on the grid of its interval (bars of several intervals in one file)"
COARSER = "it lies in a stretch of bars of a longer interval"


@dataclass(frozen=True)
class Spacing:
    """Bars with the column `interval_us`, and sentences about how it was found."""

    frame: pl.DataFrame
    notes: tuple[str, ...]


def with_interval(frame: pl.DataFrame, name: FileName, wishes: Wishes, place: str) -> Spacing:
    """Add `interval_us` to bars sorted by (symbol, open_at): as asked for, stated, named, else most common.

    Raises ImportRefused where nothing says the interval, or where the bars lie closer than it.
    """
    usual = _usual(frame)
    asked = wishes.interval or (None if _stated(frame) else name.interval)
    if asked is not None:
        length, origin = pl.lit(interval_us(interval_text(asked))), _origin(wishes)
    elif _stated(frame):
        length, origin = pl.col("stated_us"), "the file states it"
    else:
        length, origin = pl.col("usual_us"), "the most common spacing"
    placed = frame.join(usual, on="symbol", how="left").with_columns(interval_us=length.cast(pl.Int64))
    _check(placed, place)
    lengths = sorted(placed["interval_us"].unique().drop_nulls().to_list())
    note = f"interval {', '.join(map(in_words, lengths))} ({origin})"
    return Spacing(placed.drop("usual_us", "stated_us"), (note, *_sparse(placed)))


def misfits(frame: pl.DataFrame) -> pl.Series:
    """Say for each bar, sorted by (symbol, interval_us, open_at), why it cannot be one of its interval; else null.

    A bar off the grid of most others, or crowding the next one, or in a stretch of regular longer steps.
    Longer intervals than an hour may shift by an hour where clocks change.
    """
    keys = ["symbol", "interval_us"]
    length, ahead = pl.col("interval_us"), pl.col("open_at").shift(-1).over(keys) - pl.col("open_at")
    offset = (pl.col("open_at") % length - (pl.col("open_at") % length).mode().min().over(keys)) % length
    slack = pl.when(length > _HOUR_US).then(_HOUR_US).otherwise(0)
    table = frame.select(
        *keys,
        ahead=ahead,
        behind=ahead.shift(1).over(keys),
        distance=pl.min_horizontal(offset, length - offset),
        slack=slack,
    )
    crowded = pl.min_horizontal("ahead", "behind") < pl.col("interval_us") - pl.col("slack")
    off = (pl.col("distance") > pl.col("slack")) | ((pl.col("distance") > 0) & crowded)
    coarse = _in_stretch(keys)
    return table.select(pl.when(off).then(pl.lit(OFF_GRID)).when(coarse).then(pl.lit(COARSER))).to_series()


def _in_stretch(keys: list[str]) -> pl.Expr:
    """Only where most bars do follow each other at their interval; a sparse series proves nothing."""
    ahead, behind, length = pl.col("ahead"), pl.col("behind"), pl.col("interval_us")
    run = pl.struct(*keys, "ahead").rle_id()
    longer = (ahead > length) & (pl.len().over(run) >= STRETCH)
    regular = (ahead == length).mean().over(keys) > 0.2
    return regular & (
        longer
        | (longer.shift(1, fill_value=False) & (behind > length) & (ahead != length).fill_null(value=True))
    )


def _usual(frame: pl.DataFrame) -> pl.DataFrame:
    """Find the most common distance between bars by symbol; the smaller one of a tie, null for a single bar."""
    steps = frame.select("symbol", step=pl.col("open_at").diff().over("symbol")).filter(pl.col("step") > 0)
    usual = steps.group_by("symbol").agg(usual_us=pl.col("step").mode().min())
    return frame.select("symbol").unique().join(usual, on="symbol", how="left")


def _stated(frame: pl.DataFrame) -> bool:
    return frame["stated_us"].null_count() < frame.height


def _origin(wishes: Wishes) -> str:
    return "as asked for" if wishes.interval else "the file's name says it"


def _check(placed: pl.DataFrame, place: str) -> None:
    unknown = placed.filter(pl.col("interval_us").is_null())
    if not unknown.is_empty():
        symbols = ", ".join(unknown["symbol"].unique().sort().head(3).to_list())
        raise ImportRefused(
            f"{place}: how long the bars of {symbols} are cannot be seen; give --interval, such as 5m"
        )
    tight = placed.filter((pl.col("usual_us") < pl.col("interval_us")) & pl.col("stated_us").is_null())
    if not tight.is_empty():
        symbol, usual, length = tight.select("symbol", "usual_us", "interval_us").row(0)
        raise ImportRefused(
            f"{place}: bars of {symbol} are {in_words(usual)} apart and cannot be {in_words(length)} long; "
            f"give --interval {in_words(usual)}"
        )


def _sparse(placed: pl.DataFrame) -> list[str]:
    wide = placed.filter(pl.col("usual_us") > pl.col("interval_us")).unique("symbol").sort("symbol")
    if wide.is_empty():
        return []
    symbol, usual, length = wide.select("symbol", "usual_us", "interval_us").row(0)
    others = f" (and of {wide.height - 1} more symbols)" if wide.height > 1 else ""
    apart = f"mostly {usual / 60_000_000:g} min apart, longer than their interval {in_words(length)}"
    return [f"bars of {symbol}{others} are {apart}"]
