"""Shadow performance: every signal, simulated, beside what was really traded; and the error between."""

from __future__ import annotations

import polars as pl

from untaken.projections.buckets import bucket_of
from untaken.projections.definition import Projection, flag, gain_of, loss_of, where
from untaken.projections.ledger import in_turn

_known = pl.col("resolved") & pl.col("pnl_e8").is_not_null()
_counts = in_turn() & pl.col("pnl_e8").is_not_null()
_closed = (pl.col("state") == "closed") & pl.col("counts")
_booked = _closed & pl.col("pnl_e8").is_not_null()


def _book(name: str, resolved: pl.Expr, known: pl.Expr) -> dict[str, pl.Expr]:
    return {
        f"{name}_resolved": flag(resolved),
        f"{name}_counted": flag(known),
        f"{name}_wins": flag(known & (pl.col("pnl_e8") > 0)),
        f"{name}_gains_e8": where(known, gain_of("pnl_e8")),
        f"{name}_losses_e8": where(known, loss_of("pnl_e8")),
        f"{name}_return_ppm": where(resolved, pl.col("return_ppm")),
        f"{name}_milli_r": where(resolved & pl.col("milli_r").is_not_null(), pl.col("milli_r")),
    }


SHADOW_PERFORMANCE = Projection(
    name="shadow_performance",
    version=1,
    source="ledger",
    time="at",
    keys=("bot", "run", "mode", "currency", "settings_digest", "strategy"),
    sums={
        "signals": pl.lit(1),
        "repeats": pl.col("repeats"),
        "overlapped": flag(pl.col("overlapped")),
        "no_data": flag(pl.col("exit_reason") == "no_data"),
        "pending": flag(pl.col("exit_reason").is_null()),
        "money_unknown": flag(pl.col("resolved") & pl.col("pnl_e8").is_null()),
        "no_confidence": flag(pl.col("confidence").is_null()),
        "stop_assumed": flag(pl.col("stop_assumed")),
        "undecided": flag(pl.col("status") == "undecided"),
        "approved": flag(pl.col("status") == "approved"),
        "filled": flag(pl.col("status") == "filled"),
        "blocked": flag(pl.col("status") == "blocked"),
        "expired": flag(pl.col("status") == "expired"),
        "chain_incomplete": flag(
            (pl.col("status") == "blocked") & ~pl.col("chain_complete").fill_null(value=False)
        ),
        **_book("in_turn", in_turn(), _counts),
        **_book("alone", pl.col("resolved"), _known),
    },
)

REAL_PERFORMANCE = Projection(
    name="real_performance",
    version=1,
    source="trades",
    time="at",
    keys=("bot", "run", "mode", "currency", "strategy"),
    sums={
        "trades_closed": flag(_closed),
        "trades_open": flag(pl.col("state") == "open"),
        "counted": flag(_booked),
        "wins": flag(_booked & (pl.col("pnl_e8") > 0)),
        "gains_e8": where(_booked, gain_of("pnl_e8")),
        "losses_e8": where(_booked, loss_of("pnl_e8")),
        "fees_e8": where(_booked, pl.col("fees_e8")),
        "anomalies": pl.col("anomalies").list.len(),
    },
)


def measured(rows: pl.LazyFrame) -> pl.LazyFrame:
    """Rows with both a shadow and a real return, with the histogram's bucket of the error's size."""
    known = rows.filter(pl.col("error_ppm").is_not_null())
    return known.with_columns(bucket=bucket_of(pl.col("error_ppm").abs()))


MEASURED_ERROR = Projection(
    name="measured_error",
    version=1,
    source="ledger",
    time="at",
    keys=("bot", "run", "mode", "currency", "settings_digest", "bucket"),
    rows=measured,
    sums={
        "n": pl.lit(1),
        "error_ppm": pl.col("error_ppm"),
        "sign_disagreements": flag(pl.col("return_ppm").sign() * pl.col("real_return_ppm").sign() < 0),
    },
)
