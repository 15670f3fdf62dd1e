"""Calibration: how often signals of a stated confidence won, for real and in shadow."""

from __future__ import annotations

from typing import Literal

import polars as pl

from untaken.projections.definition import Projection, flag, where
from untaken.projections.performance.dimensions import confidence_bucket, confidence_e4
from untaken.projections.performance.table import booked, counted

_won = pl.col("pnl_e8") > 0


def _calibration(
    name: str, source: Literal["ledger", "trades"], known: pl.Expr, group: tuple[str, ...]
) -> Projection:
    def with_confidence(rows: pl.LazyFrame) -> pl.LazyFrame:
        stated = rows.filter(known & pl.col("confidence").is_not_null())
        return stated.with_columns(bucket=confidence_bucket(), c=confidence_e4())

    c = pl.col("c")
    return Projection(
        name=name,
        version=1,
        source=source,
        time="at",
        keys=(*group, "strategy", "model_version", "bucket"),
        rows=with_confidence,
        sums={
            "n": pl.lit(1),
            "wins": flag(_won),
            "confidence_e4": c,
            "won_confidence_e4": where(_won, c),
            "confidence2_e8": c * c,
            "surprise_e8": _surprise_e8(c),
        },
    )


def _surprise_e8(c: pl.Expr) -> pl.Expr:
    """Return (1 - 2p)^2 p (1 - p) of a confidence in 1e-4, in 1e-8: Spiegelhalter's variance of one row."""
    return (10_000 - 2 * c).pow(2) * c * (10_000 - c) // 10**8


CALIBRATION = _calibration("calibration", "trades", booked, ("bot", "run", "mode", "currency"))
SHADOW_CALIBRATION = _calibration(
    "shadow_calibration", "ledger", counted, ("bot", "run", "mode", "currency", "settings_digest")
)
