"""Log health: what came, what was refused, what could not be resolved."""

from __future__ import annotations

import polars as pl

from untaken.projections.definition import Projection, flag

SIGNAL_HEALTH = Projection(
    name="signal_health",
    version=1,
    source="ledger",
    time="at",
    keys=("bot", "run", "symbol"),
    sums={
        "signals": pl.lit(1),
        "repeats": pl.col("repeats"),
        "no_data": flag(pl.col("exit_reason") == "no_data"),
        "pending": flag(pl.col("exit_reason").is_null()),
        "without_prices": flag(~pl.col("has_prices")),
        "negative_latency": flag(pl.col("decision_latency_us") < 0),
    },
)
"""Signals by symbol; which symbols have no prices at all is read from the price store."""
