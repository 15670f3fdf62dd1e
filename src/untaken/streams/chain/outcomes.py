"""Shadow outcomes: signals and stored prices into the one kernel, its arrays back into rows."""

from __future__ import annotations

import numpy as np
import polars as pl
from numpy.typing import NDArray

from untaken.projections.ledger import OUTCOME
from untaken.streams.chain.exits import ExitSignals
from untaken.streams.chain.later import NEVER, Later, entered_later, nothing_later
from untaken.streams.chain.series import SeriesReader
from untaken.streams.shadow.execution import execute
from untaken.streams.shadow.orders import EXIT_REASONS, Orders, Outcomes
from untaken.streams.shadow.walk import GAP_US
from untaken.streams.store.index import FOREVER

WALKED_FROM = (
    *("ref", "bot", "run", "symbol", "strategy", "direction", "entry_at", "base_price", "bid", "ask"),
    *("size", "fx", "take_profit_pct", "stop_loss_pct", "trailing_stop_pct", "roi_steps", "max_hold_us"),
    *("fee_bps", "slippage_bps", "grace_us"),
)
"""Columns of a ledger row that its shadow trade follows from."""

PLACED = ("book", "settings_index", "next_expiry")
"""Where it belongs, and when the clock alone ends it."""


def with_outcomes(
    signals: pl.DataFrame, prices: SeriesReader, exits: ExitSignals, watermark: int, *, later: bool = True
) -> pl.DataFrame:
    """Add to rows of WALKED_FROM and PLACED the columns of `projections.ledger.OUTCOME` and `store.index.TIMES`.

    Without `later` nobody asks what later entries would have brought, which takes several times as long.
    """
    if signals.is_empty():
        return _joined(signals, _no_outcomes(), None, watermark)
    parts = [
        _executed(part, prices, exits, watermark, later)
        for part in signals.sort("symbol", "entry_at", "ref").partition_by("grace_us", maintain_order=True)
    ]
    return pl.concat(parts).sort("ref")


def _executed(
    signals: pl.DataFrame,
    prices: SeriesReader,
    exits: ExitSignals,
    watermark: int,
    later: bool,  # noqa: FBT001 - handed on from a keyword
) -> pl.DataFrame:
    """Run the kernel over signals that share one grace."""
    grace_us = int(signals["grace_us"][0])
    numbers, series = prices.of_signals(signals)
    orders = orders_of(signals, numbers, exits)
    outcomes = execute(orders, series, watermark, grace_us)
    entered = entered_later(orders, outcomes.resolved, series, watermark, grace_us) if later else None
    return _joined(signals, _frame(outcomes, numbers), entered, watermark)


def orders_of(signals: pl.DataFrame, series: NDArray[np.int32], exits: ExitSignals) -> Orders:
    exit_first, exit_last = exits.ranges(signals["book"])
    steps = signals["roi_steps"]
    counts = steps.list.len().fill_null(0).to_numpy().astype(np.int64)
    flat = steps.drop_nulls().explode(empty_as_null=False, keep_nulls=False)
    column = {
        name: signals[name].fill_null(float("nan")).to_numpy()
        for name in (
            "base_price",
            "bid",
            "ask",
            "fee_bps",
            "slippage_bps",
            "size",
            "fx",
            "take_profit_pct",
            "stop_loss_pct",
            "trailing_stop_pct",
        )
    }
    ends = np.cumsum(counts)
    return Orders(
        series=series,
        side=np.where((signals["direction"] == "long").to_numpy(), 1, -1).astype(np.int8),
        entry_at=signals["entry_at"].to_numpy(),
        max_hold_us=signals["max_hold_us"].to_numpy(),
        roi_start=ends - counts,
        roi_stop=ends,
        roi_minutes=flat.list.get(0).cast(pl.Float64).to_numpy(),
        roi_pct=flat.list.get(1).cast(pl.Float64).to_numpy(),
        exit_start=exit_first,
        exit_stop=exit_last,
        exit_signalled_at=exits.times,
        **column,
    )


def _frame(outcomes: Outcomes, series: NDArray[np.int32]) -> pl.DataFrame:
    resolved = pl.Series(outcomes.resolved)
    frame = pl.DataFrame(
        {
            "entry_price": outcomes.entry_price,
            "exit_price": pl.Series(outcomes.exit_price).fill_nan(None),
            "exit_at": outcomes.exit_at,
            "exit_reason": pl.Series(outcomes.exit_reason.astype(np.int64)).replace_strict(
                dict(enumerate(EXIT_REASONS)), return_dtype=pl.String
            ),
            "resolved": resolved,
            "pnl_e8": outcomes.pnl_e8,
            "pnl_known": outcomes.pnl_known,
            "return_ppm": outcomes.return_ppm,
            "milli_r": outcomes.milli_r,
            "milli_r_known": outcomes.milli_r_known,
            "adverse_ppm": outcomes.adverse_ppm,
            "favourable_ppm": outcomes.favourable_ppm,
            "slippage_milli_r": outcomes.slippage_milli_r,
            "partial": outcomes.entry_bar_partial,
            "has_prices": series >= 0,
        }
    )
    return _nulled(frame)


def _nulled(frame: pl.DataFrame) -> pl.DataFrame:
    """Null what is not known, so that nothing unknown can be added as zero."""
    resolved = pl.col("resolved")
    in_r = resolved & pl.col("milli_r_known")
    no_flags = pl.lit([], dtype=pl.List(pl.String))
    return frame.with_columns(
        exit_at=pl.when(resolved).then("exit_at"),
        exit_price=pl.when(resolved).then("exit_price"),
        exit_reason=pl.when(pl.col("exit_reason") != "pending").then("exit_reason"),
        pnl_e8=pl.when(resolved & pl.col("pnl_known")).then("pnl_e8"),
        return_ppm=pl.when(resolved).then("return_ppm"),
        milli_r=pl.when(in_r).then("milli_r"),
        slippage_milli_r=pl.when(in_r).then("slippage_milli_r"),
        adverse_ppm=pl.when(resolved).then("adverse_ppm"),
        favourable_ppm=pl.when(resolved).then("favourable_ppm"),
        flags=pl.when("partial").then(pl.lit(["entry_bar_partial"])).otherwise(no_flags),
    ).drop("pnl_known", "milli_r_known", "partial")


def _no_outcomes() -> pl.DataFrame:
    return pl.DataFrame(schema=OUTCOME)


def _joined(
    signals: pl.DataFrame, outcomes: pl.DataFrame, later: Later | None, watermark: int
) -> pl.DataFrame:
    """Put outcomes beside their signals, with what may still move each of them."""
    beside = (
        outcomes.with_columns(
            later_ppm=nothing_later(signals.height),
            later_until=pl.lit(0, dtype=pl.Int64),
            later_next=pl.lit(None, dtype=pl.Int64),
        )
        if later is None
        else outcomes.with_columns(
            later_ppm=pl.when("resolved").then(later.ppm),
            later_until=pl.Series(later.until_at),
            later_next=pl.when(pl.col("resolved") & pl.Series(later.next_at < NEVER)).then(
                pl.Series(later.next_at)
            ),
        )
    )
    return _timed(pl.concat([signals, beside], how="horizontal"), watermark).drop("later_until", "later_next")


def _timed(rows: pl.DataFrame, watermark: int) -> pl.DataFrame:
    end = pl.col("entry_at") + pl.col("max_hold_us")
    last_chance = end + GAP_US + pl.col("grace_us") + 1
    pending = pl.col("exit_reason").is_null()
    waiting = pl.when(pending).then(pl.when(end > watermark).then(end).otherwise(last_chance))
    until = (
        pl.when(pending)
        .then(FOREVER)
        .when(pl.col("exit_reason") == "no_data")
        .then(end + GAP_US + 1)
        .when(pl.col("exit_reason") == "time")
        .then(pl.max_horizontal(end + 1, "later_until"))
        .otherwise(pl.max_horizontal(pl.col("exit_at") + 1, "later_until"))
    )
    return rows.with_columns(
        until_at=until.cast(pl.Int64),
        next_at=pl.min_horizontal("next_expiry", waiting, "later_next").cast(pl.Int64),
        free_at=pl.when(pending).then(pl.lit(FOREVER)).otherwise(pl.col("exit_at")).cast(pl.Int64),
    )
