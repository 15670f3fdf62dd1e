"""Strategy leaderboard: real and shadow side by side, with ranks and those that the evidence leaves open."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

import polars as pl

from untaken.projections.definition import DAY
from untaken.projections.figures import Figures
from untaken.projections.ordered import (
    Ordered,
    Period,
    ordered_by_value,
    period_of,
    real_results,
    shadow_results,
)
from untaken.projections.performance.figures import (
    Account,
    ordered_figures,
    real_figures,
    shadow_figures,
    sums_by_value,
)
from untaken.projections.statistics.ranking import Ranked, ranked
from untaken.projections.statistics.rules import VerdictRules

RISK_PPM = 20_000
"""One R of a real trade in ppm of its notional: the default stop. Real trades do not say what they risked."""


REAL_RANKED = ("dimension", "value", "returns", "return_ppm")
SHADOW_RANKED = ("dimension", "value", "counted_r", "result_milli_r")
"""Columns that strategies are ranked by, the last two of them sums: results, and what they come to."""


@dataclass(frozen=True)
class LeaderboardTables:
    """PERFORMANCE and SIGNAL_PERFORMANCE of one bot, run, mode and currency over a window, and over the epoch.

    Of the epoch the sums that strategies are ranked by will do.
    """

    real: pl.DataFrame
    signals: pl.DataFrame
    all_real: pl.DataFrame
    all_signals: pl.DataFrame


@dataclass(frozen=True)
class RankingBasis:
    """What ranks are told apart by."""

    rules: VerdictRules
    closed_before: int
    """Results of signals and exits before this day (since 1970-01-01) are in."""
    risk_ppm: int = RISK_PPM


def leaderboard_section(
    tables: LeaderboardTables,
    trades: pl.DataFrame,
    ledger: pl.DataFrame,
    account: Account,
    basis: RankingBasis,
) -> Figures:
    """Figures by strategy over the window of `trades` and `ledger`; ranks over all closed days of the epoch.

    Strategies are ordered by rank in shadow, where all are compared on every signal and on equal terms;
    `top_strategy` is the first with a shadow result, `top_strategy_real` the first with a real one.
    """
    real = _Side.of(tables.real, real_results(trades), _real_ranks(tables.all_real, basis))
    shadow = _Side.of(tables.signals, shadow_results(ledger), _shadow_ranks(tables.all_signals, basis))
    names = sorted(
        {*real.sums, *shadow.sums, *real.ranks, *shadow.ranks},
        key=lambda name: (_rank(shadow, name), _rank(real, name), name),
    )
    return {
        "strategies": [_strategy(name, real, shadow, account) for name in names],
        "top_strategy": shadow.top,
        "top_strategy_real": real.top,
    }


@dataclass(frozen=True)
class _Side:
    """Real or shadow results, by strategy."""

    sums: Mapping[str, dict[str, int]]
    ordered: Mapping[str | None, Ordered]
    ranks: Mapping[str, Ranked]
    period: Period | None

    @classmethod
    def of(cls, table: pl.DataFrame, results: pl.DataFrame, ranks: Sequence[Ranked]) -> _Side:
        sums = sums_by_value(table, "strategy")
        return cls(
            sums={name: sums[name] for name in sums if name is not None},
            ordered=ordered_by_value(results.with_columns(value="strategy")),
            ranks={each.name: each for each in ranks},
            period=period_of(results),
        )

    @property
    def top(self) -> str | None:
        return next(iter(self.ranks), None)


def _rank(side: _Side, name: str) -> int:
    return side.ranks[name].rank if name in side.ranks else len(side.ranks) + 1


def _strategy(name: str, real: _Side, shadow: _Side, account: Account) -> Figures:
    return {
        "strategy": name,
        "real": {
            **real_figures(real.sums.get(name, {}), real.ordered.get(name), real.period, account),
            **_standing(real.ranks.get(name)),
        },
        "shadow": {
            **shadow_figures(shadow.sums.get(name, {})),
            **ordered_figures(shadow.ordered.get(name), shadow.period, account),
            **_standing(shadow.ranks.get(name)),
        },
    }


def _standing(each: Ranked | None) -> Figures:
    """Return the score in milli-R a day, shrunk, and the ranks; None without results."""
    return {
        "score": each.score if each else None,
        "rank": each.rank if each else None,
        "ranks_not_excluded": list(each.ranks_not_excluded) if each else None,
    }


def _shadow_ranks(table: pl.DataFrame, basis: RankingBasis) -> list[Ranked]:
    """Rank by milli-R by day of the signal, in turn."""
    return _ranks(table, SHADOW_RANKED, 1, basis)


def _real_ranks(table: pl.DataFrame, basis: RankingBasis) -> list[Ranked]:
    """Rank by returns on notional by day of exit, in milli-R of the risk assumed."""
    return _ranks(table, REAL_RANKED, Fraction(1000, basis.risk_ppm), basis)


def _ranks(
    table: pl.DataFrame, columns: Sequence[str], unit: Fraction | int, basis: RankingBasis
) -> list[Ranked]:
    *_, n, result = columns
    mine = table.filter(
        (pl.col("dimension") == "strategy")
        & pl.col("value").is_not_null()
        & (pl.col(DAY) < basis.closed_before)
    )
    daily = mine.group_by("value", DAY).agg(pl.col(n, result).sum()).filter(pl.col(n) > 0).sort("value", DAY)
    if daily.is_empty():
        return []
    found: dict[str, dict[int, int]] = {}
    for name, day, total in daily.select("value", DAY, result).iter_rows():
        found.setdefault(name, {})[int(day)] = round(total * unit)
    first, last = daily.select(first=pl.col(DAY).min(), last=pl.col(DAY).max()).row(0)
    return ranked(found, last - first + 1, basis.rules)
