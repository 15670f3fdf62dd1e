"""Figures of shadow performance: every signal in both books, beside the real result and the error."""

from __future__ import annotations

import polars as pl

from untaken.projections.definition import DAY, DAY_US
from untaken.projections.figures import Figures, day_name, mean, money, share, total
from untaken.projections.ledger import in_turn
from untaken.projections.statistics import histogram
from untaken.projections.statistics.performance import drawdown, profit_factor, sharpe

BOOKS = ("in_turn", "alone")


def shadow_section(
    shadow: pl.DataFrame, real: pl.DataFrame, error: pl.DataFrame, ordered: Ordered, days_per_year: int
) -> Figures:
    """Figures of one bot, run, mode and currency over a window; the tables are of that window."""
    return {
        "signals": total(shadow, "signals"),
        "statuses": {name: total(shadow, name) for name in STATUSES},
        **{book: _book(shadow, book, ordered, days_per_year) for book in BOOKS},
        "real": _real(real, ordered, days_per_year),
        "measured_error": _error(error),
        "days": _days(shadow, real),
        "strategies": _strategies(shadow),
    }


STATUSES = ("filled", "blocked", "expired", "approved", "undecided")


LEDGER_RESULTS = ("exit_at", "signal_id", "pnl_e8", "resolved", "overlapped")
TRADE_RESULTS = ("exit_at", "trade_id", "pnl_e8", "state", "counts")
"""Columns, beside those of the identity, that ordered results are read from."""


class Ordered:
    """Results in exit order, from rows: what drawdowns and daily series are computed of at read time."""

    def __init__(self, ledger: pl.DataFrame, trades: pl.DataFrame) -> None:
        known = ledger.filter(pl.col("pnl_e8").is_not_null()).sort("exit_at", "bot", "run", "signal_id")
        booked = trades.filter(
            (pl.col("state") == "closed") & pl.col("counts") & pl.col("pnl_e8").is_not_null()
        )
        columns = ["exit_at", "pnl_e8"]
        self.results = {
            "in_turn": known.filter(in_turn()).select(columns),
            "alone": known.filter("resolved").select(columns),
            "real": booked.sort("exit_at", "bot", "run", "trade_id").select(columns),
        }

    def drawdown_e8(self, name: str) -> int | None:
        """Largest fall from a peak of cumulated results, in exit order."""
        results = self.results[name]["pnl_e8"]
        return None if results.is_empty() else drawdown(results)

    def daily_e8(self, name: str) -> list[int]:
        """Results by day of exit, idle days between the first and the last included."""
        results = self.results[name]
        if results.is_empty():
            return []
        by_day = (
            results.group_by(pl.col("exit_at") // DAY_US)
            .agg(pl.col("pnl_e8").cast(pl.Int128).sum())
            .sort("exit_at")
        )
        first, last = int(by_day["exit_at"][0]), int(by_day["exit_at"][-1])
        known = dict(by_day.iter_rows())
        return [int(known.get(day, 0)) for day in range(first, last + 1)]


def _book(shadow: pl.DataFrame, book: str, ordered: Ordered, days_per_year: int) -> Figures:
    resolved, counted = total(shadow, f"{book}_resolved"), total(shadow, f"{book}_counted")
    gains, losses = total(shadow, f"{book}_gains_e8"), total(shadow, f"{book}_losses_e8")
    wins = total(shadow, f"{book}_wins")
    return {
        "resolved": resolved,
        "counted": counted,
        "money_unknown": resolved - counted,
        "pnl": money(gains - losses),
        "wins": wins,
        "win_rate": share(wins, counted),
        "profit_factor": profit_factor(gains, losses),
        "return_ppm_mean": mean(total(shadow, f"{book}_return_ppm"), resolved),
        "milli_r": total(shadow, f"{book}_milli_r"),
        "drawdown": money(ordered.drawdown_e8(book)),
        "sharpe": sharpe(ordered.daily_e8(book), days_per_year),
        "overlapped": total(shadow, "overlapped") if book == "in_turn" else 0,
        "unresolved": total(shadow, "no_data") + total(shadow, "pending"),
    }


def _real(real: pl.DataFrame, ordered: Ordered, days_per_year: int) -> Figures:
    gains, losses = total(real, "gains_e8"), total(real, "losses_e8")
    wins, counted = total(real, "wins"), total(real, "counted")
    return {
        "trades_closed": total(real, "trades_closed"),
        "trades_open": total(real, "trades_open"),
        "counted": counted,
        "pnl": money(gains - losses),
        "fees": money(total(real, "fees_e8")),
        "wins": wins,
        "win_rate": share(wins, counted),
        "profit_factor": profit_factor(gains, losses),
        "drawdown": money(ordered.drawdown_e8("real")),
        "sharpe": sharpe(ordered.daily_e8("real"), days_per_year),
    }


def _error(error: pl.DataFrame) -> Figures:
    """Shadow minus real return of signals really traded; quantiles of its size from the histogram."""
    n = total(error, "n")
    counts = {
        int(bucket): int(count)
        for bucket, count in error.group_by("bucket").agg(pl.col("n").sum()).iter_rows()
    }
    return {
        "n": n,
        "mean_ppm": mean(total(error, "error_ppm"), n),
        "p50_ppm": histogram.quantile(counts, 0.5),
        "p95_ppm": histogram.quantile(counts, 0.95),
        "sign_disagreements": total(error, "sign_disagreements"),
    }


def _days(shadow: pl.DataFrame, real: pl.DataFrame) -> list[Figures]:
    by_day: dict[int, Figures] = {}
    for book in BOOKS:
        saved = (pl.col(f"{book}_gains_e8").sum() - pl.col(f"{book}_losses_e8").sum()).alias("pnl")
        for day, pnl in shadow.group_by(DAY).agg(saved).iter_rows():
            by_day.setdefault(day, {})[book] = int(pnl)
    pnl = (pl.col("gains_e8").sum() - pl.col("losses_e8").sum()).alias("pnl")
    for day, value in real.group_by(DAY).agg(pnl).iter_rows():
        by_day.setdefault(day, {})["real"] = int(value)
    return [
        {"day": day_name(day), **{name: money(by_day[day].get(name, 0)) for name in (*BOOKS, "real")}}
        for day in sorted(by_day)
    ]


def _strategies(shadow: pl.DataFrame) -> list[Figures]:
    return [
        {
            "strategy": name,
            "signals": total(rows, "signals"),
            "resolved": total(rows, "in_turn_resolved"),
            "pnl": money(total(rows, "in_turn_gains_e8") - total(rows, "in_turn_losses_e8")),
            "win_rate": share(total(rows, "in_turn_wins"), total(rows, "in_turn_counted")),
        }
        for (name,), rows in sorted(
            shadow.partition_by("strategy", as_dict=True).items(), key=lambda item: str(item[0])
        )
    ]
