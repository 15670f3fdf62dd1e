"""Guard effectiveness: what each guard's blocks saved and what they cost.

Money is that of the book in turn, given to the first blocker, so that guards add up to the total.
Sole and Shapley figures are known only where every guard was asked; elsewhere there are bounds.
"""

from __future__ import annotations

import polars as pl

from untaken.projections.definition import DAY, Projection, flag, gain_of, loss_of, where
from untaken.projections.ledger import in_turn

_first = pl.col("first") == pl.col("guard")
_complete = pl.col("chain_complete").fill_null(value=False)
_only = pl.col("blockers_seen") == 1
_counts = in_turn() & pl.col("pnl_e8").is_not_null()
_counts_in_r = in_turn() & pl.col("milli_r").is_not_null()
_saved = -pl.col("pnl_e8")
_saved_r = -pl.col("milli_r")

CAP_MILLI_R = 5_000
"""Cap of one signal in the capped variant that stands beside the raw sum (STATISTICS 1.4)."""


def by_asked_guard(rows: pl.LazyFrame) -> pl.LazyFrame:
    """One row per guard of each set that was asked together, with how many signals it was asked on."""
    asked = pl.col("asked").struct
    return (
        rows.filter(pl.col("asked").list.len() > 0)
        .group_by("bot", "run", "mode", "currency", "settings_digest", DAY, "asked")
        .agg(pl.len().cast(pl.Int64).alias("signals"))
        .explode("asked", empty_as_null=False, keep_nulls=False)
        .with_columns(guard=asked.field("guard"), kind=asked.field("kind"))
    )


def by_blocker(rows: pl.LazyFrame) -> pl.LazyFrame:
    """One row per blocked signal and guard among its blockers."""
    known = pl.when(_complete).then(pl.col("blockers").list.len()).otherwise(0).cast(pl.Int32)
    return (
        rows.filter(pl.col("status") == "blocked")
        .with_columns(blockers_n=known, blockers_seen=pl.col("blockers").list.len(), guard="blockers")
        .explode("guard", empty_as_null=False, keep_nulls=False)
    )


GUARDS_ASKED = Projection(
    name="guards_asked",
    version=1,
    source="ledger",
    time="at",
    keys=("bot", "run", "mode", "currency", "settings_digest", "guard", "kind"),
    rows=by_asked_guard,
    sums={"judged": pl.col("signals")},
)

GUARD_EFFECTIVENESS = Projection(
    name="guard_effectiveness",
    version=1,
    source="ledger",
    time="at",
    keys=("bot", "run", "mode", "currency", "settings_digest", "guard", "blockers_n"),
    rows=by_blocker,
    sums={
        "blocked": pl.lit(1),
        "first_blocked": flag(_first),
        "resolved": flag(pl.col("resolved")),
        "unresolved": flag(~pl.col("resolved")),
        "first_unresolved": flag(_first & ~pl.col("resolved")),
        "overlapped": flag(pl.col("overlapped")),
        "money_unknown": flag(_first & in_turn() & pl.col("pnl_e8").is_null()),
        "counted": flag(_first & _counts),
        "avoided": flag(_first & _counts & (pl.col("pnl_e8") < 0)),
        "avoided_loss_e8": where(_first & _counts, loss_of("pnl_e8")),
        "missed_profit_e8": where(_first & _counts, gain_of("pnl_e8")),
        "counted_r": flag(_first & _counts_in_r),
        "avoided_loss_milli_r": where(_first & _counts_in_r, loss_of("milli_r")),
        "missed_profit_milli_r": where(_first & _counts_in_r, gain_of("milli_r")),
        "capped_saved_milli_r": where(_first & _counts_in_r, _saved_r.clip(-CAP_MILLI_R, CAP_MILLI_R)),
        "slippage_milli_r": where(_first & _counts_in_r, pl.col("slippage_milli_r")),
        "risk_ppm": where(_first & _counts_in_r, (pl.col("stop_loss_pct") * 10_000).round()),
        "saved_ppm": where(_first & _counts_in_r, -pl.col("return_ppm")),
        "over_cluster": flag(_first & _counts_in_r & pl.col("over_cluster")),
        "sole_e8": where(_only & _complete & _counts, _saved),
        "unknown_beyond_first": flag(_first & ~_complete),
        "sole_unknown_loss_e8": where(_only & ~_complete & _counts, gain_of("pnl_e8")),
        "sole_unknown_gain_e8": where(_only & ~_complete & _counts, loss_of("pnl_e8")),
        "shapley_whole_e8": where(_complete & _counts, _saved),
    },
)
"""`shapley_whole_e8` is divided by `blockers_n` when it is read: an exact rational."""
