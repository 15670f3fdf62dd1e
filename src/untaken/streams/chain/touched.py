"""What a batch touches: which signals and trades are to be computed again."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import polars as pl

from untaken.schemas.settings import ResultSettings, Timeline
from untaken.streams.chain.aliases import aliased, names_of
from untaken.streams.chain.context import Context
from untaken.streams.chain.exits import rivals_of, typed_exits
from untaken.streams.chain.facts import CHAINED
from untaken.streams.chain.refs import book_ref

if TYPE_CHECKING:
    from untaken.streams.chain.chain import Stores


@dataclass
class Touched:
    """References that are to be computed again."""

    refs: set[str] = field(default_factory=set)
    """Signals and trades of which facts, settings or declarations changed: computed from all their facts."""
    walks: set[str] = field(default_factory=set)
    """Signals of which prices, exit signals or the clock may have moved the shadow trade, and nothing else."""


def touched_by_facts(
    facts: Mapping[str, pl.DataFrame], after: Context, stores: Stores, touched: Touched
) -> None:
    """Add what facts concern, whether they came or gave way to others."""
    for name in CHAINED:
        if name in facts:
            touched.refs.update(facts[name]["ref"].unique())
            touched.refs.update(facts[name]["other"].drop_nulls().unique())
    _touched_by_exits(facts, after.alias_frame(), stores, touched)


def touched_by(
    changed_prices: pl.DataFrame,
    before: Context,
    after: Context,
    watermark: int,
    stores: Stores,
    touched: Touched,
) -> None:
    """Add what changed prices, the clock and changed settings touch."""
    aliases = after.alias_frame()
    for symbol, since, until in changed_prices.iter_rows():
        touched.walks.update(stores.signals.touched_by_prices(symbol, since, until))
        for name in names_of(symbol, aliases):
            touched.refs.update(stores.facts.refs_of_fills(name, since, until))
    touched.walks.update(stores.signals.due(watermark))
    if before != after:
        _touched_by_context(before, after, stores, touched)


def _touched_by_exits(
    facts: Mapping[str, pl.DataFrame], aliases: pl.DataFrame, stores: Stores, touched: Touched
) -> None:
    exits = facts.get("exit.signalled")
    if exits is None:
        return
    rivals = typed_exits(rivals_of(exits, aliases, stores.facts))
    named = aliased(pl.concat([exits.select(rivals.columns), rivals]), aliases).with_columns(ref=book_ref())
    for book, first, last in (
        named.group_by("ref").agg(pl.col("at").min(), pl.col("at").max().alias("to")).iter_rows()
    ):
        touched.walks.update(stores.signals.of_book(book, first, last))


def _touched_by_context(before: Context, after: Context, stores: Stores, touched: Touched) -> None:
    if before.timeline != after.timeline:
        since = _first_difference(before.timeline, after.timeline, lambda settings: settings)
        touched.refs.update(stores.signals.since(since))
        touched.refs.update(
            stores.facts.refs_of_fills_since(since)
        )  # other prices, other bars to hold them against
    old = {(d.bot, d.run): [] for d in (*before.declarations, *after.declarations)}  # type: dict[tuple[str, str], list[object]]
    new = {key: [] for key in old}  # type: dict[tuple[str, str], list[object]]
    for declarations, runs in ((before.declarations, old), (after.declarations, new)):
        for declaration in declarations:
            runs[declaration.bot, declaration.run].append(declaration)
    for bot, run in (key for key in old if old[key] != new[key]):
        touched.refs.update(stores.signals.of_run(bot, run))
        touched.refs.update(stores.trades.of_run(bot, run))


def accepts_otherwise(before: Timeline, after: Timeline, until: int) -> bool:
    """Whether settings differ in what they accept, for any time up to `until`."""
    return _first_difference(before, after, lambda settings: settings.log) <= until


def _first_difference(before: Timeline, after: Timeline, part: Callable[[ResultSettings], object]) -> int:
    """Return the earliest time from which settings hold that differ in a part of them."""
    times = sorted({*before.starts, *after.starts})
    differing = (t for t in times if part(before.holding_at(t)) != part(after.holding_at(t)))
    return next(differing, 2**62)
