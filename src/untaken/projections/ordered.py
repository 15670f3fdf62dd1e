"""What depends on the order of results: drawdown, streaks and daily series, of many groups at once.

Computed when it is read, from rows in order of (exit_at, bot, run, id): no ordered state is kept.
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from untaken.projections.definition import DAY_US
from untaken.projections.ledger import in_turn
from untaken.projections.statistics.daily import DailySums

Period = tuple[int, int]
"""First and last day, since 1970-01-01."""

_ORDER = ("exit_at", "bot", "run")


REAL_RESULTS = ("exit_at", "bot", "run", "trade_id", "pnl_e8", "state", "counts")
SHADOW_RESULTS = ("exit_at", "bot", "run", "signal_id", "pnl_e8", "resolved", "overlapped")
"""Columns that ordered results are read from."""


@dataclass(frozen=True)
class Ordered:
    """Measures of one group's results."""

    drawdown_e8: int
    """Largest fall of the cumulated result from an earlier peak, the start included."""
    longest_winning_streak: int
    longest_losing_streak: int
    current_streak: int
    """Length of the last streak, negative while losing; 0 after a result of exactly 0, which ends either."""
    days: tuple[int, ...]
    """Days with results, in order, and the results of each."""
    daily_e8: tuple[int, ...]

    def sums(self, period: Period) -> DailySums:
        """Return the sums over all days of a period, of which the results are part."""
        return DailySums.of(self.days, self.daily_e8, period)


def real_results(trades: pl.DataFrame) -> pl.DataFrame:
    """Trades that are over, count and whose money is known, in order of exit."""
    known = (pl.col("state") == "closed") & pl.col("counts") & pl.col("pnl_e8").is_not_null()
    return trades.filter(known & pl.col("exit_at").is_not_null()).sort(*_ORDER, "trade_id")


def shadow_results(ledger: pl.DataFrame) -> pl.DataFrame:
    """Signals with a shadow result in the book in turn whose money is known, in order of exit."""
    return ledger.filter(in_turn() & pl.col("pnl_e8").is_not_null()).sort(*_ORDER, "signal_id")


def period_of(results: pl.DataFrame) -> Period | None:
    """Return the days from the first exit to the last; None of nothing."""
    if results.is_empty():
        return None
    days = results.select(first=pl.col("exit_at").min() // DAY_US, last=pl.col("exit_at").max() // DAY_US)
    first, last = days.row(0)
    return int(first), int(last)


def ordered_by_value(results: pl.DataFrame) -> dict[str | None, Ordered]:
    """Return the measures of each `value`. `results` in order of exit, with value, exit_at and pnl_e8."""
    # Sorting numbers for names is several times faster, and which comes first does not matter.
    group = pl.col("value").cast(pl.Categorical).to_physical().alias("group")
    grouped = results.select("value", group, "exit_at", "pnl_e8").sort("group", maintain_order=True)
    tables = (_drawdowns(grouped), _streaks(grouped), _days(grouped))
    joined = pl.concat([tables[0], *(table.drop("group") for table in tables[1:])], how="horizontal")
    return {
        value: Ordered(int(drawdown), won, lost, current, tuple(days), tuple(int(day) for day in daily))
        for value, drawdown, won, lost, current, days, daily in joined.drop("group").iter_rows()
    }


def _drawdowns(grouped: pl.DataFrame) -> pl.DataFrame:
    level = pl.col("pnl_e8").cast(pl.Int128).cum_sum()
    peak = pl.max_horizontal(level.cum_max(), pl.lit(0, dtype=pl.Int128))
    drawdown = (peak - level).max().alias("drawdown")
    return grouped.group_by("group", maintain_order=True).agg(pl.col("value").first(), drawdown)


def _streaks(grouped: pl.DataFrame) -> pl.DataFrame:
    """Return the longest streaks and the last one, from runs of one sign."""
    signs = grouped.select("group", sign=pl.col("pnl_e8").sign())
    runs = (
        signs.group_by(pl.struct("group", "sign").rle_id().alias("streak"), maintain_order=True)
        .agg(pl.col("group", "sign").first(), pl.len().cast(pl.Int64).alias("length"))
        .group_by("group", maintain_order=True)
    )
    return runs.agg(
        pl.col("length").filter(pl.col("sign") > 0).max().fill_null(0).alias("won"),
        pl.col("length").filter(pl.col("sign") < 0).max().fill_null(0).alias("lost"),
        (pl.col("sign").last() * pl.col("length").last()).alias("current"),
    )


def _days(grouped: pl.DataFrame) -> pl.DataFrame:
    day = (pl.col("exit_at") // DAY_US).alias("day")
    daily = grouped.group_by("group", day, maintain_order=True).agg(pl.col("pnl_e8").cast(pl.Int128).sum())
    return daily.group_by("group", maintain_order=True).agg("day", "pnl_e8")
