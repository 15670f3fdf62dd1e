"""Positions and capital are limited: which trades find a free slot, simulated in order of time.

A trade that is let in takes the place of others, so guards and limits cannot be added up one by one. Signals are
taken in order of (entry, identity); exits at or before an entry have freed their slot and their capital. A trade
blocks its margin, size / leverage, from entry to exit; results are not reinvested. The recorded shadow exits
are used: what more trades would do to prices is not modelled (STATISTICS 2.4).
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass

import numba
import numpy as np
import polars as pl
from numpy.typing import NDArray

from untaken.projections.ledger import IDENTITY

UNLIMITED = 2**62

I64 = NDArray[np.int64]


@dataclass(frozen=True)
class Limits:
    """At most so many open positions, so many in one symbol, and so much margin; None is without limit."""

    max_positions: int | None = None
    max_per_symbol: int | None = None
    capital: float | None = None
    """In account currency."""

    def named(self) -> dict[str, float | None]:
        """Limits by name."""
        return dict(vars(self))


def admitted(rows: pl.DataFrame, limits: Limits) -> pl.Series:
    """Return which ledger rows find room, in their order; all of them resolved, with money known."""
    return Queue.of(rows).admitted(np.ones(rows.height, np.bool_), limits)


@dataclass(frozen=True)
class Queue:
    """Signals in the order in which they ask for room, so that many limits can be tried on them."""

    order: I64
    """Row number by place in the queue."""
    entry_at: I64
    exit_at: I64
    margin: I64
    symbol: I64

    @classmethod
    def of(cls, rows: pl.DataFrame) -> Queue:
        """Put ledger rows into order; those without a result must never be wanted."""
        order = _order(rows)
        ordered = rows.select(
            pl.col("entry_at", "exit_at").fill_null(0),
            margin=_margin_e8(),
            symbol=pl.col("symbol").rank("dense").cast(pl.Int64) - 1,
            row=pl.int_range(pl.len(), dtype=pl.Int64),
        )[order]
        return cls(*(ordered[name].to_numpy() for name in ("row", "entry_at", "exit_at", "margin", "symbol")))

    def admitted(self, wanted: NDArray[np.bool_], limits: Limits) -> pl.Series:
        """Return which of the wanted rows find room, as Booleans over all rows in their own order."""
        places = np.flatnonzero(wanted[self.order])
        columns = (self.entry_at, self.exit_at, self.margin, self.symbol)
        entry_at, exit_at, margin, symbol = (column[places] for column in columns)
        taken = _admit(
            entry_at,
            exit_at,
            np.zeros_like(margin) if limits.capital is None else margin,
            symbol,
            _limit(limits.max_positions),
            _limit(limits.max_per_symbol),
            _limit(None if limits.capital is None else limits.capital * 1e8),
        )
        inside = np.zeros(len(self.order), np.bool_)
        inside[self.order[places[taken]]] = True
        return pl.Series("admitted", inside)


def _order(rows: pl.DataFrame) -> pl.Series:
    """Return row numbers by entry and identity; identities, which are long to compare, only of equal entries."""
    order = rows["entry_at"].arg_sort(nulls_last=True)
    entries = rows["entry_at"].gather(order)
    equal = entries.is_duplicated()
    if not equal.any():
        return order
    tied = order.filter(equal)
    named = rows.select("entry_at", *IDENTITY)[tied].with_columns(row=tied)
    sorted_ties = named.sort("entry_at", *IDENTITY, nulls_last=True)["row"]
    return order.scatter(equal.arg_true(), sorted_ties)


def _limit(value: float | None) -> int:
    return UNLIMITED if value is None else min(round(value), UNLIMITED)


def _margin_e8() -> pl.Expr:
    """Return what a position blocks, in 1e-8 account currency."""
    margin = pl.col("size") * pl.col("fx").fill_null(0.0) / pl.col("leverage").fill_null(1.0) * 1e8
    return margin.fill_null(0.0).round(0, mode="half_to_even").clip(0, float(UNLIMITED)).cast(pl.Int64)


@numba.njit(cache=True)
def _admit(
    entry_at: NDArray[np.int64],
    exit_at: NDArray[np.int64],
    margin: NDArray[np.int64],
    symbol: NDArray[np.int64],
    slots: int,
    per_symbol: int,
    capital: int,
) -> NDArray[np.bool_]:
    """Rows in order of entry; a heap of (exit, row) holds what is open."""
    rows = entry_at.shape[0]
    taken = np.zeros(rows, dtype=np.bool_)
    held = np.zeros(symbol.max() + 1 if rows else 1, dtype=np.int64)
    opened = [(np.int64(0), np.int64(0)) for _ in range(0)]
    free = capital
    for row in range(rows):
        while len(opened) > 0 and opened[0][0] <= entry_at[row]:
            gone = heapq.heappop(opened)[1]
            free += margin[gone]
            held[symbol[gone]] -= 1
        if len(opened) < slots and held[symbol[row]] < per_symbol and margin[row] <= free:
            taken[row] = True
            free -= margin[row]
            held[symbol[row]] += 1
            heapq.heappush(opened, (exit_at[row], np.int64(row)))
    return taken
