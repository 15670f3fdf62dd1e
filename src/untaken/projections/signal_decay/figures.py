"""Figures of signal decay: durations, shortfall, edge by delay and its half-life."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import groupby
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from untaken.projections.buckets import NEGATIVE
from untaken.projections.definition import DAY
from untaken.projections.figures import Figures, mean
from untaken.projections.ledger import DELAYS_S
from untaken.projections.signal_decay.table import EDGE_BY_DELAY
from untaken.projections.statistics import histogram
from untaken.projections.statistics.clusters import Clusters
from untaken.projections.statistics.half_life import LEAST_DELAYS, DelayedResults, HalfLife, half_life
from untaken.projections.statistics.mixture import UNBOUNDED, Interval, Mixture
from untaken.projections.statistics.rules import VerdictRules

QUANTILES = {
    "median_us": Fraction(1, 2),
    "p90_us": Fraction(9, 10),
    "p95_us": Fraction(19, 20),
    "p99_us": Fraction(99, 100),
}
E8_PER_BPS = 10_000
DELAYS = (0, *DELAYS_S)


@dataclass(frozen=True)
class DecayTables:
    """SIGNAL_DELAYS, IMPLEMENTATION_SHORTFALL and EDGE_BY_DELAY of one bot, run, mode and currency over a window."""

    delays: pl.DataFrame
    shortfall: pl.DataFrame
    edge: pl.DataFrame


PARTS = {"strategies": ("strategy",), "symbols": ("symbol",), "pairs": ("strategy", "symbol")}

Key = tuple[str | None, ...]
"""The values of the names that figures are told apart by; empty for all together."""


def decay_section(tables: DecayTables, rules: VerdictRules, closed_before: int) -> Figures:
    """Figures over a window: overall, by strategy, by symbol and by both.

    The half-life is fitted to the days before `closed_before` (since 1970-01-01), whose results are all in.
    """
    closed = tables.edge.filter(pl.col(DAY) < closed_before)
    block = (pl.col(DAY) - pl.col(DAY) % rules.block_days).alias(DAY)
    daily = _added(closed.with_columns(block), (DAY, "strategy", "symbol"))
    whole = DecayTables(
        _added(tables.delays, ("stage", "bucket", "strategy", "symbol")),
        _added(tables.shortfall, ("strategy", "symbol")),
        _added(tables.edge, ("strategy", "symbol")),
    )
    listed = {
        part: [
            {**dict(zip(names, key, strict=True)), **figures}
            for key, figures in _decays(whole, daily, names, rules).items()
        ]
        for part, names in PARTS.items()
    }
    return {"overall": _decays(whole, daily, (), rules)[()], **listed}


def _added(table: pl.DataFrame, keys: Sequence[str]) -> pl.DataFrame:
    """Return the sums by these keys, in their order; without a key one row, also of no rows."""
    sums = [name for name, kind in table.schema.items() if kind == pl.Int128]
    if not keys:
        return table.select(pl.col(sums).sum())
    return table.group_by(keys).agg(pl.col(sums).sum()).sort(keys)


def _decays(
    tables: DecayTables, daily: pl.DataFrame, names: tuple[str, ...], rules: VerdictRules
) -> dict[Key, Figures]:
    """Return the figures of every key, in order; each table is summed once for all of them."""
    stages = _durations_by(tables.delays, names)
    shortfalls = {key: _shortfall(n, lost) for key, (n, lost) in _rows_by(tables.shortfall, names)}
    edges = _edges_by(tables.edge, names)
    lives = _half_lives_by(daily, names, rules)
    keys = pl.concat([table.select(names) for table in (tables.delays, tables.shortfall, tables.edge)])
    return {
        key: {
            "to_decision": stages.get((*key, "decision")) or _NO_DURATIONS,
            "to_fill": stages.get((*key, "fill")) or _NO_DURATIONS,
            "shortfall_bps": shortfalls.get(key) or _shortfall(0, 0),
            **(edges.get(key) or _NO_EDGE),
            **_half_life(lives.get(key) or HalfLife(None, "delays")),
        }
        for key in (keys.unique().sort(names).rows() if names else [()])
    }


def _rows_by(table: pl.DataFrame, names: Sequence[str]) -> Iterator[tuple[tuple[Any, ...], tuple[int, ...]]]:
    """Yield the sums of every key."""
    for row in _added(table, names).iter_rows():
        yield row[: len(names)], row[len(names) :]


def _shortfall(n: int, lost_e8: int) -> Figures:
    lost = mean(lost_e8, n)
    return {"n": n, "mean": None if lost is None else lost / E8_PER_BPS}


def _durations_by(delays: pl.DataFrame, names: Sequence[str]) -> dict[Key, Figures]:
    """Return the durations by key and stage."""
    counts: dict[Key, dict[int, int]] = {}
    sums: dict[Key, tuple[int, int]] = {}
    for (*key, bucket), (n, us, below) in _rows_by(delays, (*names, "stage", "bucket")):
        place = tuple(key)
        so_far = sums.get(place, (0, 0))
        sums[place] = (so_far[0] + us, so_far[1] + below)
        known = counts.setdefault(place, {})
        if bucket != NEGATIVE:
            known[int(bucket)] = n
    return {place: durations(counts[place], *sums[place]) for place in sums}


def durations(counts: Mapping[int, int], sum_us: int, negative: int) -> Figures:
    """Return the mean, exactly, and quantiles by nearest rank; the middle of a bucket at most 1 % wide."""
    n = sum(counts.values())
    return {
        "n": n,
        "negative": negative,
        "sum_us": sum_us,
        "mean_us": mean(sum_us, n),
        **dict(zip(QUANTILES, histogram.quantiles(counts, QUANTILES.values()), strict=True)),
        "buckets": {str(bucket): counts[bucket] for bucket in sorted(counts)},
    }


_NO_DURATIONS = durations({}, 0, 0)


def _edges_by(edge: pl.DataFrame, names: Sequence[str]) -> dict[Key, Figures]:
    added = _added(edge, names)
    columns = added.columns[len(names) :]
    return {
        row[: len(names)]: edge_by_delay(dict(zip(columns, row[len(names) :], strict=True)))
        for row in added.iter_rows()
    }


def edge_by_delay(sums: Mapping[str, int]) -> Figures:
    """Return the mean return at each delay, and what it differs from entering at once, in ppm, over the same signals."""
    n = {delay: sums[f"n_{delay}"] for delay in DELAYS}
    later = {delay: sums[f"later_{delay}_ppm"] for delay in DELAYS}
    at_once = {delay: sums[f"at_once_{delay}_ppm"] for delay in DELAYS_S}
    return {
        "edge_n": {str(delay): n[delay] for delay in DELAYS},
        "edge_ppm": {str(delay): mean(later[delay], n[delay]) for delay in DELAYS},
        "paired_difference_ppm": {
            str(delay): mean(later[delay] - at_once[delay], n[delay]) for delay in DELAYS_S
        },
    }


_NO_EDGE = edge_by_delay(dict.fromkeys(EDGE_BY_DELAY.sums, 0))


def _half_lives_by(daily: pl.DataFrame, names: Sequence[str], rules: VerdictRules) -> dict[Key, HalfLife]:
    """Return the half-life of every key; `daily` holds sums by block of days."""
    days = _added(daily, (*names, DAY))
    n, totals = (_matrix(days, names) for names in (N_COLUMNS, TOTAL_COLUMNS))
    keys = days.select(names).rows() if names else [()] * days.height
    found: dict[Key, HalfLife] = {}
    first = 0
    for key, same in groupby(keys):
        last = first + len(list(same))
        results = DelayedResults(DELAYS, n[first:last].T, totals[first:last].T)
        enough = (n[first:last, 1:] > 0).any(axis=0).sum() >= LEAST_DELAYS
        interval = _edge_interval(days[first:last], rules) if enough else UNBOUNDED
        found[key] = half_life(results, interval)
        first = last
    return found


N_COLUMNS = [f"n_{delay}" for delay in DELAYS]
TOTAL_COLUMNS = [f"later_{delay}_ppm" for delay in DELAYS]


def _matrix(days: pl.DataFrame, names: list[str]) -> NDArray[np.float64]:
    """One row a day, one column a delay."""
    return days.select(pl.col(names).cast(pl.Float64)).to_numpy()


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
        "half_life_fit": {
            "edge_ppm": fit.edge,
            "edge_error_ppm": fit.edge_error,
            "chi2": fit.chi2,
            "freedom": fit.freedom,
        }
        if fit
        else None,
    }
