"""Signals made ready once, to be executed on many terms: prices are read, orders sorted and books found only once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from untaken.replay.whatif.execution import Market, prepared
from untaken.replay.whatif.partitioned import PartitionedView
from untaken.replay.whatif.scenario import NO_CHANGE, Scenario
from untaken.schemas.settings import MICROSECONDS
from untaken.streams.chain.books import NOBODY, walk_books
from untaken.streams.chain.exits import exits_of
from untaken.streams.chain.outcomes import orders_of
from untaken.streams.chain.series import SeriesReader
from untaken.streams.shadow.execution import execute
from untaken.streams.shadow.orders import EXIT_REASONS, Orders
from untaken.streams.shadow.series import PriceSeries
from untaken.streams.store.index import FOREVER
from untaken.streams.view import View

I64 = NDArray[np.int64]

PERCENTAGES = ("take_profit_pct", "stop_loss_pct", "trailing_stop_pct", "fee_bps", "slippage_bps")

TERMS_OF_ROWS = (
    *("bot", "run", "signal_id", "symbol", "strategy", "direction", "entry_at", "base_price", "bid", "ask"),
    *("settings_digest", "size", "contract_size", "fx", "roi_steps", "max_hold_us", "grace_us"),
    *PERCENTAGES,
)
"""Columns of ledger rows that a trade is executed from."""


class Executor:
    """Whole books of ledger rows, and what they are executed against."""

    def __init__(self, rows: pl.DataFrame, view: View, longest_hold_s: float = 0.0) -> None:
        self._rows = rows
        self._view = view
        self._hold_us = round(longest_hold_s * MICROSECONDS)

    @cached_property
    def _parts(self) -> list[tuple[I64, _Part]]:
        """Rows by partition, with their prices; read when the first terms are changed."""
        narrow = self._rows.select(TERMS_OF_ROWS)
        return [
            (mine, _Part.of(narrow[mine], Market.of(view), self._hold_us))
            for mine, view in _by_partition(self._rows, self._view)
        ]

    def executed(self, scenario: Scenario, weights: pl.Series) -> pl.DataFrame:
        """Return the rows with the terms, results and overlaps that a scenario gives them, in their order.

        Of an outcome only what figures are made of is computed: resolved, exit_at, pnl_e8, return_ppm, milli_r and
        slippage_milli_r, and overlapped.
        """
        if not scenario.changes_terms or self._rows.is_empty():
            return self._rows
        found = [(rows, part.executed(scenario, weights.to_numpy()[rows])) for rows, part in self._parts]
        order = np.argsort(np.concatenate([rows for rows, _ in found]), kind="stable")
        changed = pl.concat([frame for _, frame in found])[order]
        return self._rows.with_columns(changed)


def _by_partition(rows: pl.DataFrame, view: View) -> Iterator[tuple[I64, View]]:
    if isinstance(view, PartitionedView):
        yield from ((mine.to_numpy().astype(np.int64), part) for part, mine in view.split(rows))
    elif rows.height:
        yield np.arange(rows.height), view


@dataclass(frozen=True)
class _Part:
    """Rows of one partition, or of a whole log, in runs of one grace."""

    rows: pl.DataFrame
    ready: list[_Ready]
    book_order: I64
    """Rows in order of book, entry and ref."""
    book_starts: I64

    @classmethod
    def of(cls, rows: pl.DataFrame, market: Market, hold_us: int) -> _Part:
        signals = prepared(rows, pl.repeat(1.0, rows.height, eager=True), NO_CHANGE, market.context)
        exits = exits_of(signals, market.context.alias_frame(), market.facts)
        signals = signals.sort("symbol", "entry_at", "ref")
        longest = pl.max_horizontal("max_hold_us", pl.lit(hold_us))
        prices = SeriesReader(market.prices, market.context)
        ready = []
        for part in signals.partition_by("grace_us", maintain_order=True):
            numbers, series = prices.of_signals(part.with_columns(max_hold_us=longest))
            orders = orders_of(part, numbers, exits)
            place = part["row"].to_numpy().astype(np.int64)
            ready.append(_Ready(place, orders, series, market.watermark, int(part["grace_us"][0])))
        books = signals.select("book", "entry_at", "ref", "row").sort("book", "entry_at", "ref")
        lengths = books.group_by("book", maintain_order=True).len()["len"].to_numpy()
        starts = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
        return cls(rows, ready, books["row"].to_numpy().astype(np.int64), starts)

    def executed(self, scenario: Scenario, weights: NDArray[np.float64]) -> pl.DataFrame:
        terms = dict(_terms(self.rows, scenario, weights))
        columns = _Columns(self.rows.height)
        for ready in self.ready:
            ready.into(columns, terms)
        return pl.DataFrame([*terms.values(), *columns.series(), self._overlapped(columns)])

    def _overlapped(self, columns: _Columns) -> pl.Series:
        order = self.book_order
        flags = walk_books(
            self.book_starts,
            self.rows["entry_at"].to_numpy()[order],
            columns.free_at[order],
            np.full(len(self.book_starts) - 1, NOBODY, dtype=np.int64),
        )
        overlapped = np.zeros(self.rows.height, dtype=np.bool_)
        overlapped[order] = flags
        return pl.Series("overlapped", overlapped)


def _terms(
    rows: pl.DataFrame, scenario: Scenario, weights: NDArray[np.float64]
) -> Iterator[tuple[str, pl.Series]]:
    """Yield the terms that rows have under a scenario, in the order of rows."""
    for name in PERCENTAGES:
        value = getattr(scenario, name)
        yield (
            name,
            rows[name] if value is None else pl.repeat(float(value), rows.height, eager=True).alias(name),
        )
    hold = scenario.max_hold_s
    held = (
        rows["max_hold_us"]
        if hold is None
        else pl.repeat(round(hold * MICROSECONDS), rows.height, eager=True)
    )
    yield "max_hold_us", held.cast(pl.Int64).alias("max_hold_us")
    sizes = (
        rows["size"] if scenario.size is None else pl.repeat(float(scenario.size), rows.height, eager=True)
    )
    factors = np.where(weights > 0, weights, 1.0)
    yield "size", (sizes * pl.Series(factors)).alias("size")


@dataclass(frozen=True)
class _Ready:
    """Orders of one grace, in order of symbol and entry."""

    rows: I64
    orders: Orders
    series: list[PriceSeries]
    watermark: int
    grace_us: int

    def into(self, columns: _Columns, terms: dict[str, pl.Series]) -> None:
        """Execute on these terms, and put what comes of it into its places."""
        given: dict[str, Any] = {
            name: _filled(values)[self.rows] if name != "max_hold_us" else values.to_numpy()[self.rows]
            for name, values in terms.items()
        }
        found = execute(replace(self.orders, **given), self.series, self.watermark, self.grace_us)
        resolved = found.resolved
        pending = found.exit_reason == EXIT_REASONS.index("pending")
        columns.resolved[self.rows] = resolved
        columns.exit_at[self.rows] = found.exit_at
        columns.free_at[self.rows] = np.where(pending, FOREVER, np.where(resolved, found.exit_at, NOBODY))
        columns.pnl_known[self.rows] = resolved & found.pnl_known
        columns.r_known[self.rows] = resolved & found.milli_r_known
        for name in _FIGURES:
            columns.figures[name][self.rows] = getattr(found, name)


def _filled(values: pl.Series) -> NDArray[np.float64]:
    return values.cast(pl.Float64).fill_null(float("nan")).to_numpy()


_FIGURES = ("pnl_e8", "return_ppm", "milli_r", "slippage_milli_r")


class _Columns:
    """What figures are made of, by row."""

    def __init__(self, rows: int) -> None:
        self.resolved, self.pnl_known, self.r_known = (np.zeros(rows, np.bool_) for _ in range(3))
        self.exit_at, self.free_at = (np.zeros(rows, np.int64) for _ in range(2))
        self.figures = {name: np.zeros(rows, np.int64) for name in _FIGURES}

    def series(self) -> list[pl.Series]:
        """Return the columns as ledger rows have them: null where nothing is known."""
        known = {
            "pnl_e8": self.pnl_known,
            "return_ppm": self.resolved,
            "milli_r": self.r_known,
            "slippage_milli_r": self.r_known,
        }
        columns = {name: (self.figures[name], known[name]) for name in _FIGURES}
        columns["exit_at"] = (self.exit_at, self.resolved)
        found = [_nullable(name, values, mask) for name, (values, mask) in columns.items()]
        return [pl.Series("resolved", self.resolved), *found]


def _nullable(name: str, values: I64, known: NDArray[np.bool_]) -> pl.Series:
    frame = pl.DataFrame({name: values, "known": known})
    return frame.select(pl.when("known").then(name).alias(name)).to_series()
