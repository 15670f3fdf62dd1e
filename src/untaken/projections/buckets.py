"""Buckets of the integer histogram as an expression, for whole columns at once."""

from __future__ import annotations

import polars as pl

from untaken.projections.definition import flag
from untaken.projections.statistics.histogram import BITS, CUTS

NEGATIVE = -1
"""Where values below 0 go: beside the histogram, in no mean and no quantile."""


def bucket_of(size: pl.Expr) -> pl.Expr:
    """Return the bucket (Int32) of an integer column, NEGATIVE below 0; that of `statistics.histogram`."""
    whole = size.cast(pl.Int64)
    # Two is raised to this power as a float first, and the nearest double may lie in the next octave.
    guess = (whole.clip(1).cast(pl.Float64).log(2).floor().cast(pl.Int64) - BITS).clip(0)
    cut = _cut(whole, guess)
    shift = guess + flag(cut >= 2 * CUTS) - flag((cut < CUTS) & (guess > 0))
    beyond = shift * CUTS + _cut(whole, shift)
    inside = pl.when(whole < CUTS).then(whole).otherwise(beyond)
    return pl.when(whole < 0).then(NEGATIVE).otherwise(inside).cast(pl.Int32)


def _cut(size: pl.Expr, bits: pl.Expr) -> pl.Expr:
    return size // pl.lit(2, dtype=pl.Int64).pow(bits)
