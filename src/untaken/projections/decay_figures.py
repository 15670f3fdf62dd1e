"""Figures of signal decay: durations, shortfall, edge by delay and its half-life."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from untaken.projections.buckets import NEGATIVE
from untaken.projections.definition import DAY
from untaken.projections.figures import Figures, mean, total
from untaken.projections.signal_decay import DELAYS_S
from untaken.projections.statistics import histogram
from untaken.projections.statistics.clusters import Clusters
from untaken.projections.statistics.half_life import DelayedResults, HalfLife, half_life
from untaken.projections.statistics.mixture import UNBOUNDED, Interval, Mixture
from untaken.projections.statistics.rules import VerdictRules

QUANTILES = {"median": 0.5, "p90": 0.9, "p95": 0.95, "p99": 0.99}
E8_PER_BPS = 10_000
DELAYS = (0, *DELAYS_S)


@dataclass(frozen=True)
class DecayTables:
    """SIGNAL_DELAYS, IMPLEMENTATION_SHORTFALL and EDGE_BY_DELAY of one bot, run, mode and currency over a window."""

    delays: pl.DataFrame
    shortfall: pl.DataFrame
    edge: pl.DataFrame

    def by(self, *names: str) -> dict[tuple[str | None, ...], DecayTables]:
        """Split by strategy, by symbol or by both, in order of their names."""
        tables = (self.delays, self.shortfall, self.edge)
        parts = [table.partition_by(names, as_dict=True) for table in tables]
        keys = pl.concat([table.select(names) for table in tables]).unique().sort(names).rows()
        return {
            key: DecayTables(*(part.get(key, table[:0]) for part, table in zip(parts, tables, strict=True)))
            for key in keys
        }


def decay_section(tables: DecayTables, rules: VerdictRules, closed_before: int) -> Figures:
    """Figures over a window: overall, by strategy, by symbol and by both.

    The half-life is fitted to the days before `closed_before` (since 1970-01-01), whose results are all in.
    """
    whole = DecayTables(_over_days(tables.delays), _over_days(tables.shortfall), tables.edge)
    parts = {"strategies": ("strategy",), "symbols": ("symbol",), "pairs": ("strategy", "symbol")}
    listed = {
        part: [
            {**dict(zip(names, key, strict=True)), **_decay(mine, rules, closed_before)}
            for key, mine in whole.by(*names).items()
        ]
        for part, names in parts.items()
    }
    return {"overall": _decay(whole, rules, closed_before), **listed}


def _over_days(table: pl.DataFrame) -> pl.DataFrame:
    sums = [name for name, kind in table.schema.items() if kind == pl.Int128]
    keys = [name for name in table.columns if name not in {DAY, *sums}]
    return table.group_by(keys).agg(pl.col(sums).sum())


def _decay(mine: DecayTables, rules: VerdictRules, closed_before: int) -> Figures:
    n = total(mine.shortfall, "n")
    lost = mean(total(mine.shortfall, "shortfall_e8"), n)
    return {
        "to_decision": durations(mine.delays.filter(stage="decision")),
        "to_fill": durations(mine.delays.filter(stage="fill")),
        "shortfall_bps": {"n": n, "mean": None if lost is None else lost / E8_PER_BPS},
        **edge_by_delay(mine.edge),
        **_half_life(_decayed(mine.edge.filter(pl.col(DAY) < closed_before), rules)),
    }


def durations(delays: pl.DataFrame) -> Figures:
    """Return the mean, exactly, and quantiles by nearest rank; the middle of a bucket at most 1 % wide."""
    counts = {
        int(bucket): int(n)
        for bucket, n in delays.group_by("bucket").agg(pl.col("n").sum()).sort("bucket").iter_rows()
        if bucket != NEGATIVE
    }
    n, sum_us = sum(counts.values()), total(delays, "duration_us")
    return {
        "n": n,
        "negative": total(delays, "negative"),
        "sum_us": sum_us,
        "mean_us": mean(sum_us, n),
        **{f"{name}_us": histogram.quantile(counts, q) for name, q in QUANTILES.items()},
        "buckets": {str(bucket): count for bucket, count in counts.items()},
    }


def edge_by_delay(edge: pl.DataFrame) -> Figures:
    """Return the mean return at each delay, and what it differs from entering at once, in ppm, over the same signals."""
    sums = edge.select(pl.col(pl.Int128).sum()).row(0, named=True)
    n = {delay: int(sums[f"n_{delay}"]) for delay in DELAYS}
    later = {delay: int(sums[f"later_{delay}_ppm"]) for delay in DELAYS}
    at_once = {delay: int(sums[f"at_once_{delay}_ppm"]) for delay in DELAYS_S}
    return {
        "edge_n": {str(delay): n[delay] for delay in DELAYS},
        "edge_ppm": {str(delay): mean(later[delay], n[delay]) for delay in DELAYS},
        "paired_difference_ppm": {
            str(delay): mean(later[delay] - at_once[delay], n[delay]) for delay in DELAYS_S
        },
    }


def _decayed(edge: pl.DataFrame, rules: VerdictRules) -> HalfLife:
    block = (pl.col(DAY) - pl.col(DAY) % rules.block_days).alias(DAY)
    days = edge.group_by(block).agg(pl.col(pl.Int128).sum()).sort(DAY)
    results = DelayedResults(
        DELAYS,
        _matrix(days, [f"n_{delay}" for delay in DELAYS]),
        _matrix(days, [f"later_{delay}_ppm" for delay in DELAYS]),
    )
    return half_life(results, _edge_interval(days, rules))


def _matrix(days: pl.DataFrame, names: list[str]) -> NDArray[np.float64]:
    """One row a column of the frame, one column a day."""
    return days.select(pl.col(names).cast(pl.Float64)).to_numpy().T


def _edge_interval(days: pl.DataFrame, rules: VerdictRules) -> Interval:
    """Return the confidence sequence of the edge at once, in milli-R per signal."""
    rows = days.select(DAY, "n_r", "edge_milli_r").iter_rows()
    sums = Clusters.of((int(day), int(n), int(r), int(r)) for day, n, r in rows).sums()
    return Mixture.of(sums, rules.eta_grid_r2).interval(rules.alpha) if sums.sum_n else UNBOUNDED


def _half_life(found: HalfLife) -> Figures:
    fit = found.fit
    return {
        "half_life": "identified" if fit else "not identified",
        "half_life_reason": found.why_not,
        "half_life_s": fit.half_life if fit else None,
        "half_life_interval_s": [fit.low, fit.high] if fit else None,
        "half_life_fit": {"edge_ppm": fit.edge, "chi2": fit.chi2, "freedom": fit.freedom} if fit else None,
    }
