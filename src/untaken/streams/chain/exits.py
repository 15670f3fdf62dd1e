"""Exit signals that came under several names of one symbol: an id counts once under all of them."""

from __future__ import annotations

import polars as pl

from untaken.streams.chain.aliases import aliased, books_by_ref, other_names
from untaken.streams.chain.facts import empty_of, typed
from untaken.streams.store.facts import STORED, FactStore

EXIT = "exit.signalled"


def exits_between(signals: pl.DataFrame, aliases: pl.DataFrame, facts: FactStore, since: int) -> pl.DataFrame:
    """Return the exit signals after a time in the books of these signals: book, at."""
    books = books_by_ref(signals, aliases)
    found = facts.exits_of(books["ref"], since)
    return _standing(found, aliases, facts).join(books, on="ref").select("book", "at")


def rivals_of(exits: pl.DataFrame, aliases: pl.DataFrame, facts: FactStore) -> pl.DataFrame:
    """Return the stored exit signals that have an id of these under another name of their symbol."""
    names = other_names(aliases)
    if names.is_empty() or exits.is_empty():
        return pl.DataFrame(schema=STORED)
    asked = exits.join(names, on="symbol").select("other_name", "topic", "id").unique()
    return facts.of_ids(asked.iter_rows()).filter(type=EXIT)


def typed_exits(stored: pl.DataFrame) -> pl.DataFrame:
    """Decode stored exit signals."""
    return typed(stored).get(EXIT, empty_of(EXIT))


def _standing(found: pl.DataFrame, aliases: pl.DataFrame, facts: FactStore) -> pl.DataFrame:
    """Leave out what was appended after another exit signal of its id and symbol."""
    rivals = rivals_of(found, aliases, facts)
    if rivals.is_empty():
        return found
    key = ["symbol", "id", "appended_at", "payload"]
    both = aliased(typed_exits(pl.concat([found, rivals])), aliases).select("ref", *key).unique()
    ordered = both.sort("appended_at", "payload")
    lost = ordered.join(
        ordered.unique(["symbol", "id"], keep="first", maintain_order=True), on=["ref", *key], how="anti"
    )
    return found.join(lost, on=["ref", "id", "appended_at", "payload"], how="anti")
