"""Figures of performance: real trades overall and under every dimension, beside the signals they came from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import polars as pl

from untaken.projections.definition import DAY
from untaken.projections.figures import Figures, mean, money, share, total
from untaken.projections.ordered import Ordered, Period, ordered_by_value, period_of, real_results
from untaken.projections.performance.dimensions import EXCHANGE_ZONE, Dimension, trade_dimensions
from untaken.projections.statistics.performance import profit_factor
from untaken.projections.statistics.ratios import Moments, profit_factor_interval

MICROSECONDS = 1_000_000

FEW = 10_000
"""Results of which those of all dimensions may lie in one frame."""


@dataclass(frozen=True)
class Account:
    """What results are measured against."""

    reference_capital: float = 10_000.0
    days_per_year: int = 365


@dataclass(frozen=True)
class PerformanceRows:
    """PERFORMANCE and SIGNAL_PERFORMANCE of one bot, run, mode and currency, and its trades, over one window."""

    real: pl.DataFrame
    signals: pl.DataFrame
    trades: pl.DataFrame
    days: float | None = None
    """Length of the window; None: from the first signal's day to the last."""
    zone: str = EXCHANGE_ZONE
    """The zone of the tables."""


def performance_section(rows: PerformanceRows, account: Account) -> Figures:
    """Figures by dimension: `overall` is one object, every other a list by value, rows without one last.

    A dimension that no row knows is an empty list.
    """
    results = real_results(rows.trades)
    period, days = period_of(results), _days(rows.signals, rows.days)
    found: Figures = {}
    sums = [sums_by_dimension(table) for table in (rows.real, rows.signals)]
    dimensions = trade_dimensions(rows.zone)
    in_order = _ordered(results, dimensions)
    for dimension in dimensions:
        real, signals = (by_dimension.get(dimension.name, {}) for by_dimension in sums)
        ordered = in_order[dimension.name]
        figures = [
            {
                "value": value,
                **real_figures(real.get(value, {}), ordered.get(value), period, account),
                "signals": _signals(signals.get(value), days),
                "shadow": shadow_figures(signals.get(value, {})),
            }
            for value in sorted({*real, *signals}, key=lambda value: (value is None, value or ""))
        ]
        found[dimension.name] = [] if [each["value"] for each in figures] == [None] else figures
        if dimension.name == "overall":
            found["overall"] = _overall(figures, rows.real, ordered.get(None), period)
    return found


def _ordered(results: pl.DataFrame, dimensions: Sequence[Dimension]) -> dict[str, dict[str | None, Ordered]]:
    """Return the measures of each value of each dimension: of a few results all at once, which is faster."""
    if results.height > FEW:
        return {each.name: ordered_by_value(each.of(results.lazy()).collect()) for each in dimensions}
    named = pl.concat_str(pl.col("dimension") + "\x1f", "value", ignore_nulls=False)
    parts = [
        each.of(results.lazy()).select("value", "exit_at", "pnl_e8", dimension=pl.lit(each.name))
        for each in dimensions
    ]
    long = pl.concat(parts).with_columns(value=pl.coalesce(named, "dimension")).collect()
    found: dict[str, dict[str | None, Ordered]] = {each.name: {} for each in dimensions}
    for name, ordered in ordered_by_value(long).items():
        dimension, known, value = str(name).partition("\x1f")
        found[dimension][value if known else None] = ordered
    return found


def _overall(
    figures: list[Figures], real: pl.DataFrame, ordered: Ordered | None, period: Period | None
) -> Figures | None:
    """Return the figures of all rows, with what luck alone would do beside them; None of no rows."""
    if not figures:
        return None
    overall = {name: value for name, value in figures[0].items() if name != "value"}
    mine = real.filter(dimension="overall").group_by(DAY).agg(pl.col("gains_e8", "losses_e8").sum()).sort(DAY)
    gains, losses = mine["gains_e8"].to_list(), mine["losses_e8"].to_list()
    return {
        **overall,
        "profit_factor_interval": profit_factor_interval(gains, losses),
        **(luck_figures(ordered, period) if ordered and period else dict.fromkeys(LUCK)),
    }


LUCK = ("sharpe_above_zero", "least_track_record_days", "drawdown_to_luck")


def luck_figures(ordered: Ordered, period: Period) -> Figures:
    """Return how sure a Sharpe ratio above 0 is, the days it needs, and the drawdown beside a random walk's.

    `drawdown_to_luck` is the drawdown over the standard deviation of a period without drift: 1.25 in the
    mean of long ones, below 2.18 in 19 of 20.
    """
    moments = Moments.of(ordered.days, ordered.daily_e8, period)
    return {
        "sharpe_above_zero": moments.sharpe_above(0.0),
        "least_track_record_days": moments.least_days(0.0),
        "drawdown_to_luck": moments.drawdown_to_luck(ordered.drawdown_e8),
    }


Sums = dict[str, int]


def sums_by_value(table: pl.DataFrame, dimension: str) -> dict[str | None, Sums]:
    """Return the sums of each value of a dimension over all days of the table."""
    names = [name for name, kind in table.schema.items() if kind == pl.Int128]
    added = table.filter(dimension=dimension).group_by("value").agg(pl.col(names).sum())
    return {row.pop("value"): {name: int(n) for name, n in row.items()} for row in added.to_dicts()}


def sums_by_dimension(table: pl.DataFrame) -> dict[str, dict[str | None, Sums]]:
    """Return the sums of each value of every dimension, over all days of the table."""
    names = [name for name, kind in table.schema.items() if kind == pl.Int128]
    found: dict[str, dict[str | None, Sums]] = {}
    for dimension, value, *sums in table.group_by("dimension", "value").agg(pl.col(names).sum()).iter_rows():
        found.setdefault(dimension, {})[value] = dict(zip(names, sums, strict=True))
    return found


def _days(signals: pl.DataFrame, days: float | None) -> float | None:
    """Return the length of the window; of one without bounds the days from the first signal's to the last's."""
    if days is not None or signals.is_empty():
        return days
    known = signals[DAY].to_list()
    return float(max(known) - min(known) + 1)


def emitted_per_day(signals: pl.DataFrame, days: float | None) -> float | None:
    """Return how many signals a day were emitted, from SIGNAL_PERFORMANCE; None where nobody knows."""
    length = _days(signals, days)
    return total(signals.filter(dimension="overall"), "emitted") / length if length else None


def real_figures(sums: Sums, ordered: Ordered | None, period: Period | None, account: Account) -> Figures:
    """Return the figures of one group of trades; what its rows are too few for is None."""
    get = sums.get
    trades, counted = get("trades", 0), get("counted", 0)
    gains, losses = get("gains_e8", 0), get("losses_e8", 0)
    return {
        "trades": trades,
        "counted": counted,
        "money_unknown": trades - counted,
        "pnl": money(gains - losses),
        "fees": money(get("fees_e8", 0)),
        "wins": get("wins", 0),
        "losers": get("losers", 0),
        "win_rate": share(get("wins", 0), counted),
        "profit_factor": profit_factor(gains, losses),
        "average_win": average_money(gains, get("wins", 0)),
        "average_loss": average_money(losses, get("losers", 0)),
        "return_ppm_mean": mean(get("return_ppm", 0), get("returns", 0)),
        "hold_s_mean": mean(get("held_us", 0), get("held", 0) * MICROSECONDS),
        "winners_hold_s_mean": mean(get("won_held_us", 0), get("won_held", 0) * MICROSECONDS),
        **ordered_figures(ordered, period, account),
    }


def shadow_figures(sums: Sums) -> Figures:
    """Return the figures of a group's signals in the book in turn."""
    get = sums.get
    gains, losses, counted = get("gains_e8", 0), get("losses_e8", 0), get("counted", 0)
    return {
        "counted": counted,
        "unresolved": get("unresolved", 0),
        "pnl": money(gains - losses),
        "wins": get("wins", 0),
        "losers": get("losers", 0),
        "win_rate": share(get("wins", 0), counted),
        "profit_factor": profit_factor(gains, losses),
        "average_win": average_money(gains, get("wins", 0)),
        "average_loss": average_money(losses, get("losers", 0)),
        "milli_r_mean": mean(get("result_milli_r", 0), get("counted_r", 0)),
    }


def ordered_figures(ordered: Ordered | None, period: Period | None, account: Account) -> Figures:
    """Return drawdown, Sharpe and streaks; all None of no results."""
    if ordered is None or period is None:
        return dict.fromkeys(_ORDERED)
    sums, capital_e8 = ordered.sums(period), account.reference_capital * 1e8
    return {
        "sharpe": sums.sharpe(account.days_per_year),
        "sharpe_lag_corrected": sums.sharpe_lag_corrected(account.days_per_year),
        "drawdown": money(ordered.drawdown_e8),
        "drawdown_pct": 100 * ordered.drawdown_e8 / capital_e8 if capital_e8 > 0 else None,
        "longest_winning_streak": ordered.longest_winning_streak,
        "longest_losing_streak": ordered.longest_losing_streak,
        "current_streak": ordered.current_streak,
    }


_ORDERED = (
    "sharpe",
    "sharpe_lag_corrected",
    "drawdown",
    "drawdown_pct",
    "longest_winning_streak",
    "longest_losing_streak",
    "current_streak",
)


def average_money(total_e8: int, n: int) -> Any:
    """Return a mean amount in account currency, rounded half-even to 1e-8; None of nothing."""
    return money(round(Fraction(total_e8, n))) if n else None


def _signals(sums: Sums | None, days: float | None) -> Figures | None:
    """Signals emitted and taken; None under a dimension that signals do not know."""
    if sums is None:
        return None
    emitted, taken = sums["emitted"], sums["taken"]
    return {
        "emitted": emitted,
        "taken": taken,
        "emitted_per_day": emitted / days if days else None,
        "taken_per_day": taken / days if days else None,
    }
