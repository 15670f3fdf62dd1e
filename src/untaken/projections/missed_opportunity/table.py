"""Missed opportunities: what the signals that were never traded would have brought.

Money is that of the book in turn; of a blocked signal it goes to the first blocker and its reason, so that
reasons and guards add up to the total.
"""

from __future__ import annotations

import polars as pl

from untaken.projections.definition import Projection, flag, gain_of, loss_of, where
from untaken.projections.guard_effectiveness.table import CAP_MILLI_R
from untaken.projections.ledger import in_turn

CONFIDENT_FROM = 0.60
"""A signal at least this confident is counted apart (default)."""

_known = pl.col("resolved") & pl.col("pnl_e8").is_not_null()
_counts = in_turn() & pl.col("pnl_e8").is_not_null()
_counts_in_r = in_turn() & pl.col("milli_r").is_not_null()
_blocked = pl.col("status") == "blocked"
_expired = pl.col("status") == "expired"


def not_traded(rows: pl.LazyFrame) -> pl.LazyFrame:
    """Signals without a fill; guard and reason are those of the first blocker, null where nothing blocked."""
    return rows.filter(pl.col("status") != "filled").with_columns(guard="first")


def _outcome(prefix: str, among: pl.Expr) -> dict[str, pl.Expr]:
    return {
        f"{prefix}counted": flag(among & _counts),
        f"{prefix}wins": flag(among & _counts & (pl.col("pnl_e8") > 0)),
        f"{prefix}missed_profit_e8": where(among & _counts, gain_of("pnl_e8")),
        f"{prefix}avoided_loss_e8": where(among & _counts, loss_of("pnl_e8")),
    }


def _statuses(prefix: str, among: pl.Expr) -> dict[str, pl.Expr]:
    return {
        f"{prefix}blocked": flag(among & _blocked),
        f"{prefix}expired": flag(among & _expired),
        f"{prefix}never_traded": flag(among & ~_blocked & ~_expired),
    }


def missed_opportunity(confident_from: float = CONFIDENT_FROM) -> Projection:
    """Return the projection that counts signals of at least this confidence apart."""
    everything, confident = pl.lit(value=True), pl.col("confidence") >= confident_from
    return Projection(
        name="missed_opportunity",
        version=1,
        source="ledger",
        time="at",
        keys=(
            *("bot", "run", "mode", "currency", "settings_digest"),
            *("reason_code", "guard", "strategy", "symbol"),
        ),
        rows=not_traded,
        sums={
            **_statuses("", everything),
            **_statuses("confident_", confident),
            "unresolved": flag(~pl.col("resolved")),
            "overlapped": flag(pl.col("overlapped")),
            "money_unknown": flag(in_turn() & pl.col("pnl_e8").is_null()),
            **_outcome("", everything),
            **_outcome("confident_", confident),
            "alone_counted": flag(_known),
            "alone_missed_profit_e8": where(_known, gain_of("pnl_e8")),
            "alone_avoided_loss_e8": where(_known, loss_of("pnl_e8")),
        },
    )


MISSED_OPPORTUNITY = missed_opportunity()


def with_reason(rows: pl.LazyFrame) -> pl.LazyFrame:
    """Signals without a fill that a guard blocked for a reason."""
    return rows.filter((pl.col("status") != "filled") & pl.col("reason_code").is_not_null())


MISSED_REASONS = Projection(
    name="missed_reasons",
    version=1,
    source="ledger",
    time="at",
    keys=("bot", "run", "mode", "currency", "settings_digest", "reason_code"),
    rows=with_reason,
    sums={
        "unresolved": flag(~pl.col("resolved")),
        "counted": flag(_counts),
        "missed_profit_e8": where(_counts, gain_of("pnl_e8")),
        "avoided_loss_e8": where(_counts, loss_of("pnl_e8")),
        "counted_r": flag(_counts_in_r),
        "missed_profit_milli_r": where(_counts_in_r, gain_of("milli_r")),
        "avoided_loss_milli_r": where(_counts_in_r, loss_of("milli_r")),
        "capped_milli_r": where(_counts_in_r, pl.col("milli_r").clip(-CAP_MILLI_R, CAP_MILLI_R)),
        "slippage_milli_r": where(_counts_in_r, pl.col("slippage_milli_r")),
        "risk_ppm": where(_counts_in_r, (pl.col("stop_loss_pct") * 10_000).round()),
        "missed_ppm": where(_counts_in_r, pl.col("return_ppm")),
        "over_cluster": flag(_counts_in_r & pl.col("over_cluster")),
    },
)
"""What evidence on a reason stands on: a few rows a day, as it is read over all days."""
