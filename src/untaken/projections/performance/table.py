"""Performance: results of real trades, and of all signals in the book in turn, under every dimension."""

from __future__ import annotations

import polars as pl

from untaken.projections.definition import flag, gain_of, loss_of, where
from untaken.projections.ledger import in_turn
from untaken.projections.performance.dimensions import (
    EXCHANGE_ZONE,
    ByDimension,
    signal_dimensions,
    trade_dimensions,
)

closed = (pl.col("state") == "closed") & pl.col("counts")
"""Trades that are over and count."""
booked = closed & pl.col("pnl_e8").is_not_null()
"""Trades whose money is known besides."""
counted = in_turn() & pl.col("pnl_e8").is_not_null()
"""Signals with a shadow result in the book in turn."""

_held = pl.col("exit_at") - pl.col("entry_at")
_won = pl.col("pnl_e8") > 0


def performance(zone: str = EXCHANGE_ZONE) -> ByDimension:
    """Return the projection of real trades; times of day are told in this zone."""
    return ByDimension(
        name="performance",
        version=1,
        source="trades",
        time="at",
        keys=("bot", "run", "mode", "currency", "dimension", "value"),
        sums={
            "trades": flag(closed),
            "counted": flag(booked),
            "wins": flag(booked & _won),
            "losers": flag(booked & (pl.col("pnl_e8") < 0)),
            "gains_e8": where(booked, gain_of("pnl_e8")),
            "losses_e8": where(booked, loss_of("pnl_e8")),
            "fees_e8": where(booked, pl.col("fees_e8")),
            "held": flag(closed & _held.is_not_null()),
            "held_us": where(closed, _held),
            "won_held": flag(booked & _won & _held.is_not_null()),
            "won_held_us": where(booked & _won, _held),
            "returns": flag(closed & pl.col("return_ppm").is_not_null()),
            "return_ppm": where(closed, pl.col("return_ppm")),
        },
        dimensions=trade_dimensions(zone),
    )


def signal_performance(zone: str = EXCHANGE_ZONE) -> ByDimension:
    """Return the projection of signals: emitted, taken, and their shadow results in turn."""
    in_r = in_turn() & pl.col("milli_r").is_not_null()
    return ByDimension(
        name="signal_performance",
        version=1,
        source="ledger",
        time="at",
        keys=("bot", "run", "mode", "currency", "settings_digest", "dimension", "value"),
        sums={
            "emitted": pl.lit(1),
            "taken": flag(pl.col("status") == "filled"),
            "unresolved": flag(~pl.col("resolved")),
            "counted": flag(counted),
            "wins": flag(counted & _won),
            "losers": flag(counted & (pl.col("pnl_e8") < 0)),
            "gains_e8": where(counted, gain_of("pnl_e8")),
            "losses_e8": where(counted, loss_of("pnl_e8")),
            "counted_r": flag(in_r),
            "result_milli_r": where(in_r, pl.col("milli_r")),
        },
        dimensions=signal_dimensions(zone),
    )


PERFORMANCE = performance()
SIGNAL_PERFORMANCE = signal_performance()
