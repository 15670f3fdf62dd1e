"""Trades: one row per real position, from its fills or from its `trade.closed`."""

from __future__ import annotations

import polars as pl

IDENTITY = ("bot", "run", "trade_id")

COLUMNS: dict[str, pl.DataType] = {
    "bot": pl.String(),
    "run": pl.String(),
    "trade_id": pl.String(),
    "mode": pl.String(),
    "currency": pl.String(),
    "symbol": pl.String(),
    "signal_id": pl.String(),
    "strategy": pl.String(),
    "direction": pl.String(),
    "state": pl.String(),
    "source": pl.String(),
    "entry_at": pl.Int64(),
    "exit_at": pl.Int64(),
    "entry_price": pl.Float64(),
    "exit_price": pl.Float64(),
    "qty": pl.Float64(),
    "exit_qty": pl.Float64(),
    "open_qty": pl.Float64(),
    "fees_e8": pl.Int64(),
    "pnl_e8": pl.Int64(),
    "reported_pnl_e8": pl.Int64(),
    "computed_pnl_e8": pl.Int64(),
    "notional_e8": pl.Int64(),
    "return_ppm": pl.Int64(),
    "exit_reason": pl.String(),
    "actor": pl.String(),
    "confidence": pl.Float64(),
    "timeframe": pl.String(),
    "regime": pl.String(),
    "sector": pl.String(),
    "model_version": pl.String(),
    "leverage": pl.Float64(),
    "components": pl.String(),
    "tags": pl.List(pl.String()),
    "counts": pl.Boolean(),
    "anomalies": pl.List(pl.String()),
    "at": pl.Int64(),
}
"""`pnl_e8` is the figure that stands (the computed one where the reported sign is reversed), null while
open or where the money is unknown; `components` and `tags` are those of the signal; `counts` is false where it must not enter sums; `at` is `exit_at`,
or `entry_at` while open."""


def empty() -> pl.DataFrame:
    """Return a table of no trades."""
    return pl.DataFrame(schema=COLUMNS)
