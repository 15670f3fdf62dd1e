"""The ledger: one row per signal, everything known about it."""

from __future__ import annotations

import polars as pl

VERDICT = pl.Struct(
    {
        "guard": pl.String(),
        "kind": pl.String(),
        "attempt": pl.Int64(),
        "seq": pl.Int64(),
        "verdict": pl.String(),
        "at": pl.Int64(),
        "value": pl.Float64(),
        "threshold": pl.Float64(),
        "comparison": pl.String(),
        "reason_code": pl.String(),
        "reason": pl.String(),
        "actor": pl.String(),
    }
)
"""The last verdict of one guard in one attempt."""

ASKED = pl.Struct({"guard": pl.String(), "kind": pl.String()})
"""A guard that gave any verdict on a signal, in any attempt."""

IDENTITY = ("bot", "run", "signal_id")

SIGNAL = {
    "bot": pl.String(),
    "run": pl.String(),
    "signal_id": pl.String(),
    "mode": pl.String(),
    "symbol": pl.String(),
    "strategy": pl.String(),
    "direction": pl.String(),
    "at": pl.Int64(),
    "id": pl.String(),
    "price": pl.Float64(),
    "confidence": pl.Float64(),
    "timeframe": pl.String(),
    "candle_at": pl.Int64(),
    "expected_roi_pct": pl.Float64(),
    "leverage": pl.Float64(),
    "regime": pl.String(),
    "sector": pl.String(),
    "model_version": pl.String(),
    "expires_at": pl.Int64(),
    "components": pl.String(),
    "features": pl.String(),
    "tags": pl.List(pl.String()),
    "meta": pl.String(),
    "repeats": pl.Int64(),
}
"""What the signal said of itself."""

TERMS = {
    "currency": pl.String(),
    "settings_digest": pl.String(),
    "size": pl.Float64(),
    "contract_size": pl.Float64(),
    "fx": pl.Float64(),
    "take_profit_pct": pl.Float64(),
    "stop_loss_pct": pl.Float64(),
    "stop_assumed": pl.Boolean(),
    "trailing_stop_pct": pl.Float64(),
    "roi_steps": pl.List(pl.List(pl.Float64())),
    "max_hold_us": pl.Int64(),
    "fee_bps": pl.Float64(),
    "slippage_bps": pl.Float64(),
    "grace_us": pl.Int64(),
    "over_cluster": pl.Boolean(),
}
"""On which terms it is simulated: the exit policy field by field, costs, conversion, whether its
stop (hence its R) is the settings' because nobody named one, and whether its hold is longer than the cluster that verdicts count it in."""

LIFECYCLE = {
    "status": pl.String(),
    "attempts": pl.Int64(),
    "blockers": pl.List(pl.String()),
    "first": pl.String(),
    "sole": pl.String(),
    "chain_complete": pl.Boolean(),
    "reason_code": pl.String(),
    "verdicts": pl.List(VERDICT),
    "asked": pl.List(ASKED),
    "decided_at": pl.Int64(),
    "filled_at": pl.Int64(),
    "expired_at": pl.Int64(),
    "decision_latency_us": pl.Int64(),
    "fill_latency_us": pl.Int64(),
    "entry_at": pl.Int64(),
    "decision_price": pl.Float64(),
    "base_price": pl.Float64(),
    "bid": pl.Float64(),
    "ask": pl.Float64(),
}
"""What the bot did with it. `decision_price` is the price in the snapshot of the first decision of the first
attempt, however late, else the signal's; `base_price` is what the shadow trade was entered at before costs."""

DELAYS_S = (1, 5, 15, 30, 60, 300, 900, 3600)
"""How late a signal is entered again, in seconds; 0 is the shadow result itself."""

OUTCOME = {
    "entry_price": pl.Float64(),
    "exit_price": pl.Float64(),
    "exit_at": pl.Int64(),
    "exit_reason": pl.String(),
    "resolved": pl.Boolean(),
    "pnl_e8": pl.Int64(),
    "return_ppm": pl.Int64(),
    "milli_r": pl.Int64(),
    "adverse_ppm": pl.Int64(),
    "favourable_ppm": pl.Int64(),
    "slippage_milli_r": pl.Int64(),
    "later_ppm": pl.List(pl.Int64()),
    "has_prices": pl.Boolean(),
    "flags": pl.List(pl.String()),
}
"""What the shadow trade came to; null while pending, and for ever where there was no price. `later_ppm` holds the
returns of the same trade entered DELAYS_S late, in that order: null where the delay is below the interval of the
prices, where no price came in between, and while that result is pending."""

REAL = {
    "trades": pl.List(pl.String()),
    "real_pnl_e8": pl.Int64(),
    "real_return_ppm": pl.Int64(),
    "error_ppm": pl.Int64(),
    "fill_price": pl.Float64(),
}
"""What its real trades came to, shadow minus real return where both are known, and the entry price of all of them,
weighted by quantity."""

BOOK = {"overlapped": pl.Boolean()}

COLUMNS: dict[str, pl.DataType] = {**SIGNAL, **TERMS, **LIFECYCLE, **OUTCOME, **REAL, **BOOK}
"""Schema of a ledger row; times in microseconds, money in 1e-8 account currency, returns in ppm."""


def in_turn() -> pl.Expr:
    """Rows whose shadow trade counts in the headline book: resolved and not overlapped."""
    return pl.col("resolved") & ~pl.col("overlapped")


def error_ppm() -> pl.Expr:
    """Shadow less real return; null where it does not fit 64 bits, which polars would let wrap."""
    return (pl.col("return_ppm").cast(pl.Int128) - pl.col("real_return_ppm").cast(pl.Int128)).cast(
        pl.Int64, strict=False
    )


def empty() -> pl.DataFrame:
    """Return a ledger of no rows."""
    return pl.DataFrame(schema=COLUMNS)
