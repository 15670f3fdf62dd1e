"""Shadow trades on changed terms: ledger rows through the very kernel that made them, and the book walked anew."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from untaken.projections import ledger
from untaken.replay.whatif.partitioned import PartitionedView
from untaken.replay.whatif.scenario import TERMS, Scenario
from untaken.schemas.settings import MICROSECONDS
from untaken.streams.chain.books import rebooked
from untaken.streams.chain.context import Context
from untaken.streams.chain.exits import exits_of
from untaken.streams.chain.outcomes import with_outcomes
from untaken.streams.chain.refs import book_ref, signal_ref
from untaken.streams.chain.series import SeriesReader
from untaken.streams.store.facts import FactStore
from untaken.streams.store.index import INDEXED, SignalIndex
from untaken.streams.store.prices import PriceStore
from untaken.streams.store.state import State
from untaken.streams.view import View


@dataclass(frozen=True)
class Market:
    """What a trade is executed against: prices and exit signals as they are stored, settings, and the time."""

    prices: PriceStore
    facts: FactStore
    context: Context
    watermark: int

    @classmethod
    def of(cls, view: View) -> Market:
        """Take them from a state."""
        return cls(view.stores.prices, view.stores.facts, view.context, view.watermark)


def executed(
    rows: pl.DataFrame, weights: pl.Series, scenario: Scenario, view: View, *, later: bool = True
) -> pl.DataFrame:
    """Return ledger rows with the terms, outcomes and overlaps that the scenario gives them, in their order.

    `rows` holds whole books: all signals of each bot and run, whatever their status, as the book in turn asks
    what a strategy would have done without guards. Without `later` nobody asks what later entries would bring.
    """
    if not scenario.changes_terms or rows.is_empty():
        return rows
    if not isinstance(view, PartitionedView):
        return _executed(rows, weights, scenario, Market.of(view), later=later)
    parts = [
        (mine, _executed(rows[mine], weights[mine], scenario, Market.of(part), later=later))
        for part, mine in view.split(rows)
    ]
    order = pl.concat([mine for mine, _ in parts]).arg_sort()
    return pl.concat([changed for _, changed in parts])[order]


def _executed(
    rows: pl.DataFrame, weights: pl.Series, scenario: Scenario, market: Market, *, later: bool
) -> pl.DataFrame:
    signals = prepared(rows, weights, scenario, market.context)
    exits = exits_of(signals, market.context.alias_frame(), market.facts)
    prices = SeriesReader(market.prices, market.context)
    outcomes = with_outcomes(signals, prices, exits, market.watermark, later=later)
    overlaps = _overlaps(outcomes)
    joined = outcomes.drop("overlapped").join(overlaps, on="ref", how="left")
    return joined.sort("row").select(rows.columns)


def prepared(rows: pl.DataFrame, weights: pl.Series, scenario: Scenario, context: Context) -> pl.DataFrame:
    """Return rows as the kernel takes them, on the changed terms."""
    return (
        rows.drop(ledger.OUTCOME, strict=False)
        .with_columns(_terms(scenario))
        .with_columns(
            size=pl.when(weights > 0).then(pl.col("size") * weights).otherwise("size"),
            ref=signal_ref(),
            book=book_ref(),
            row=pl.int_range(pl.len(), dtype=pl.UInt32),
            settings_index=context.settings_index(),
            next_expiry=pl.lit(None, dtype=pl.Int64),
        )
    )


def _terms(scenario: Scenario) -> list[pl.Expr]:
    changed = {name: value for name in TERMS if (value := getattr(scenario, name)) is not None}
    hold_s = changed.pop("max_hold_s", None)
    terms = [pl.lit(float(value)).alias(name) for name, value in changed.items()]
    hold = (
        [] if hold_s is None else [pl.lit(round(hold_s * MICROSECONDS), dtype=pl.Int64).alias("max_hold_us")]
    )
    return terms + hold


def _overlaps(outcomes: pl.DataFrame) -> pl.DataFrame:
    """Walk every book from its first signal on."""
    rows = outcomes.select("ref", "book", "entry_at", "free_at")
    empty = SignalIndex(State(None).connection)
    return rebooked(empty, pl.DataFrame(schema=INDEXED), rows)
