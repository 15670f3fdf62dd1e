"""Base and scenario side by side: which rows count in which book, and what they come to."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from untaken.projections import trades
from untaken.projections.figures import Figures, money, share, total
from untaken.projections.ordered import SHADOW_RESULTS
from untaken.projections.shadow_performance.figures import Ordered
from untaken.projections.statistics.performance import profit_factor, sharpe


@dataclass(frozen=True)
class Account:
    """What results are measured against."""

    reference_capital: float
    days_per_year: int


@dataclass(frozen=True)
class Side:
    """Ledger rows as they are under some rules, and which of them count in a book; all of one length and order."""

    rows: pl.DataFrame
    counts: pl.Series

    def counted(self) -> pl.DataFrame:
        """Rows that count."""
        return self.rows.filter(self.counts)

    def pnl_e8(self) -> int:
        """Sum of what is known."""
        return pnl_e8(self.rows, self.counts)


def pnl_e8(rows: pl.DataFrame, counts: pl.Series) -> int:
    """Sum of shadow results that count, exactly; rows whose money is unknown add nothing."""
    return int(rows["pnl_e8"].filter(counts).cast(pl.Int128).sum() or 0)


def figures(side: Side, account: Account) -> Figures:
    """Return what a bot makes of these rows: trades, money, win rate, risk."""
    rows = side.rows.select(SHADOW_RESULTS).filter(side.counts)
    known = rows.drop_nulls("pnl_e8").with_columns(pl.col("pnl_e8").cast(pl.Int128))
    gains = total(known.filter(pl.col("pnl_e8") > 0), "pnl_e8")
    losses = -total(known.filter(pl.col("pnl_e8") < 0), "pnl_e8")
    wins = int((known["pnl_e8"] > 0).sum())
    ordered = Ordered(rows, trades.empty())
    fall = ordered.drawdown_e8("alone")
    return {
        "trades": rows.height,
        "money_unknown": rows.height - known.height,
        "pnl": money(gains - losses),
        "wins": wins,
        "win_rate": share(wins, known.height),
        "profit_factor": profit_factor(gains, losses),
        "sharpe": sharpe(ordered.daily_e8("alone"), account.days_per_year),
        "drawdown": money(fall),
        "drawdown_pct": None if fall is None else 100 * fall / (account.reference_capital * 1e8),
    }


def bounds(difference_e8: int, unknown: pl.DataFrame) -> list[object]:
    """Return between what the difference lies if each unknown signal may count or not."""
    known = unknown["pnl_e8"].drop_nulls().cast(pl.Int128)
    worst, best = (int(known.filter(part).sum() or 0) for part in (known < 0, known > 0))
    return [money(difference_e8 + worst), money(difference_e8 + best)]
