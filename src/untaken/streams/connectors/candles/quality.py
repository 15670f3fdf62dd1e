"""Which bars of a table can be used, and what is odd about those that are."""

from __future__ import annotations

from typing import Any

import polars as pl

from untaken.schemas.times import EARLIEST, LATEST, from_us, rfc3339, to_us
from untaken.streams.connectors.candles.columns import ASK, BID, PRICES
from untaken.streams.connectors.report import MAX_EXAMPLES, Refusal

LOWEST, HIGHEST = 1e-15, 1e15
"""Bounds of a price, as the event has them."""

MAX_VOLUME = 1e24


def judged(frame: pl.DataFrame) -> pl.DataFrame:
    """Add the column `reason`: why a row is no bar, null where it is one."""
    prices = [pl.col(price) for price in PRICES]
    since, until = to_us(EARLIEST), to_us(LATEST)
    reason = (
        pl.when(pl.col("open_at").is_null())
        .then(pl.lit("its time cannot be read"))
        .when(~pl.col("open_at").is_between(since, until, closed="left"))
        .then(pl.lit("its time lies outside the years 1990 to 2199"))
        .when(pl.col("symbol").is_null() | (pl.col("symbol") == ""))
        .then(pl.lit("it has no symbol"))
        .when(pl.any_horizontal(price.is_null() for price in prices))
        .then(pl.lit("a price is missing or no number"))
        .when(pl.any_horizontal(price <= 0 for price in prices))
        .then(pl.lit("a price is not above 0"))
        .when(pl.any_horizontal(~price.is_between(LOWEST, HIGHEST) for price in prices))
        .then(pl.lit("a price is beyond what can be one"))
        .when(pl.col("high") < pl.col("low"))
        .then(pl.lit("high is below low"))
    )
    return frame.with_columns(reason=reason)


def refusals(frame: pl.DataFrame) -> list[Refusal]:
    """Count the refused rows by reason, with the first of each as they stood in the file."""
    refused = frame.filter(pl.col("reason").is_not_null()).sort("line")
    grouped = refused.group_by("reason", maintain_order=True).agg(
        pl.len(), *(pl.col(name).head(MAX_EXAMPLES) for name in ("line", "open_at", *PRICES))
    )
    return [_refusal(row) for row in grouped.iter_rows(named=True)]


def _refusal(row: dict[str, Any]) -> Refusal:
    cells = zip(row["line"], row["open_at"], *(row[price] for price in PRICES), strict=True)
    examples = tuple(_example(line, open_at, prices) for line, open_at, *prices in cells)
    return Refusal(row["reason"], row["len"], examples)


def _example(line: int, open_at: int | None, prices: list[float | None]) -> str:
    readable = open_at is not None and to_us(EARLIEST) <= open_at < to_us(LATEST)
    when = f" {rfc3339(from_us(open_at))[:19]}Z" if open_at is not None and readable else ""
    return f"row {line}{when} {'/'.join('-' if price is None else f'{price:g}' for price in prices)}"


def without_bad_sides(frame: pl.DataFrame) -> tuple[pl.DataFrame, list[str]]:
    """Null bid and ask where one of them is missing, not above 0 or upside down; the bar itself stays."""
    present = [name for name in (*BID, *ASK) if name in frame.columns]
    if not present:
        return frame, []
    sides = [side for side in (BID, ASK) if side[0] in present]
    bad = pl.any_horizontal(*(_bad_side(side) for side in sides))
    given = pl.any_horizontal(pl.col(name).is_not_null() for name in present)
    count = int(frame.select((bad & given).sum()).item())
    nulled = frame.with_columns(pl.when(~bad).then(pl.col(name)).alias(name) for name in present)
    return nulled, [f"{count:,} bars keep no bid and ask: one of their prices is none"] if count else []


def _bad_side(side: tuple[str, ...]) -> pl.Expr:
    none = pl.any_horizontal(
        ~pl.col(name).is_between(LOWEST, HIGHEST).fill_null(value=False) for name in side
    )
    return none | (pl.col(side[1]) < pl.col(side[2])).fill_null(value=False)


def without_bad_volume(frame: pl.DataFrame) -> tuple[pl.DataFrame, list[str]]:
    """Null volumes below 0 or beyond belief; the bar itself stays."""
    if "volume" not in frame.columns:
        return frame, []
    volume = pl.col("volume")
    bad = ~volume.is_between(0, MAX_VOLUME)
    count = int(frame.select(bad.sum()).item() or 0)
    kept = frame.with_columns(volume=pl.when(~bad).then(volume))
    return kept, [f"{count:,} bars keep no volume: it was below 0"] if count else []


def oddities(frame: pl.DataFrame) -> list[str]:
    """Sentences about bars that are kept as the feed sent them though something about them is odd."""
    first, high, low, last = (pl.col(price) for price in PRICES)
    outside = (pl.max_horizontal(first, last) > high) | (pl.min_horizontal(first, last) < low)
    notes = [(outside, "bars open or close beyond their own high and low")]
    if BID[0] in frame.columns and ASK[0] in frame.columns:
        crossed = pl.any_horizontal(pl.col(bid) > pl.col(ask) for bid, ask in zip(BID, ASK, strict=True))
        notes.append((crossed, "bars have a bid above the ask"))
    counts = [(int(frame.select(found.sum()).item() or 0), text) for found, text in notes]
    return [f"{count:,} {text}; kept as they are" for count, text in counts if count]
