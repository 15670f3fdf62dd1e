"""Exit signals by book; of those that came under several names of one symbol an id counts once under all of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from untaken.streams.chain.aliases import aliased, books_by_ref, other_names
from untaken.streams.chain.facts import empty_of, typed
from untaken.streams.store.facts import STORED, FactStore

EXIT = "exit.signalled"


@dataclass(frozen=True)
class ExitSignals:
    """Times of exit signals by book, sorted: those of books[i] are times[starts[i] : starts[i + 1]]."""

    books: pl.Series
    starts: NDArray[np.int64]
    times: NDArray[np.int64]

    @classmethod
    def of(cls, rows: pl.DataFrame) -> ExitSignals:
        """Group rows of (book, at)."""
        grouped = rows.sort("book", "at").group_by("book", maintain_order=True).agg("at")
        lengths = grouped["at"].list.len().to_numpy().astype(np.int64)
        times = rows.sort("book", "at")["at"].to_numpy().astype(np.int64)
        return cls(grouped["book"], np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64), times)

    def ranges(self, books: pl.Series) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """First and last (exclusive) index into `times` for each given book."""
        position = pl.DataFrame({"book": books}).join(
            pl.DataFrame({"book": self.books, "i": np.arange(len(self.books), dtype=np.int64)}),
            on="book",
            how="left",
            maintain_order="left",
        )["i"]
        known = position.is_not_null().to_numpy()
        index = position.fill_null(0).to_numpy()
        first = np.where(known, self.starts[index] if len(self.books) else 0, 0).astype(np.int64)
        last = np.where(known, self.starts[index + 1] if len(self.books) else 0, 0).astype(np.int64)
        return first, last


def exits_of(signals: pl.DataFrame, aliases: pl.DataFrame, facts: FactStore) -> ExitSignals:
    """Return the exit signals in the books of these signals, from their first entry on."""
    if signals.is_empty():
        return ExitSignals.of(pl.DataFrame(schema={"book": pl.String(), "at": pl.Int64()}))
    earliest = int(signals["entry_at"].to_numpy().min())
    books = books_by_ref(signals, aliases)
    found = facts.exits_of(books["ref"], earliest)
    return ExitSignals.of(_standing(found, aliases, facts).join(books, on="ref").select("book", "at"))


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
