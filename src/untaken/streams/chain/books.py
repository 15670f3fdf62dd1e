"""The book in turn: one trade at a time per bot, run, strategy, symbol and direction."""

from __future__ import annotations

import numba
import numpy as np
import polars as pl
from numpy.typing import NDArray

from untaken.streams.store.index import SignalIndex

NOBODY = -(2**62)
"""free_at of a trade that occupies its book for no time."""


def rebooked(index: SignalIndex, old: pl.DataFrame, new: pl.DataFrame) -> pl.DataFrame:
    """Walk every book that changed, from its first change on; return (ref, overlapped) of what was walked.

    `old` and `new` are index rows of the same signals before and after; a trade whose entry is before the
    exit of the last one that counted is overlapped. A pending trade occupies its book until it is known,
    one without data for no time.
    """
    starts = _first_changes(old, new)
    if starts.is_empty():
        return pl.DataFrame(schema={"ref": pl.String(), "overlapped": pl.Boolean()})
    rows, occupied = _walked_rows(index, starts, old, new)
    lengths = rows.group_by("book", maintain_order=True).len()
    known = lengths.join(occupied, on="book", how="left", maintain_order="left")
    flags = walk_books(
        np.concatenate([[0], np.cumsum(lengths["len"].to_numpy())]).astype(np.int64),
        rows["entry_at"].to_numpy(),
        rows["free_at"].fill_null(NOBODY).to_numpy(),
        known["free_at"].fill_null(NOBODY).to_numpy(),
    )
    return rows.select("ref").with_columns(overlapped=pl.Series(flags, dtype=pl.Boolean))


def _first_changes(old: pl.DataFrame, new: pl.DataFrame) -> pl.DataFrame:
    """Per book, the earliest entry at which it is not what it was."""
    columns = ["ref", "book", "entry_at", "free_at"]
    before, after = old.select(columns), new.select(columns)
    gone = before.join(after, on=columns, how="anti", nulls_equal=True)
    come = after.join(before, on=columns, how="anti", nulls_equal=True)
    return pl.concat([gone, come]).group_by("book").agg(pl.col("entry_at").min().alias("start")).sort("book")


def _walked_rows(
    index: SignalIndex, starts: pl.DataFrame, old: pl.DataFrame, new: pl.DataFrame
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Rows of all changed books from their first change on, in order; and until when each was occupied before."""
    stored, occupied = index.books_from(starts)
    columns = ["book", "entry_at", "ref", "free_at"]
    moved = pl.concat([old.select("ref"), new.select("ref")]).unique()
    fresh = new.join(starts, on="book").filter(pl.col("entry_at") >= pl.col("start")).select(columns)
    kept = stored.join(moved, on="ref", how="anti").select(columns)
    return pl.concat([kept, fresh]).sort("book", "entry_at", "ref"), occupied


@numba.njit(cache=True)
def walk_books(
    starts: NDArray[np.int64],
    entry_at: NDArray[np.int64],
    free_at: NDArray[np.int64],
    occupied: NDArray[np.int64],
) -> NDArray[np.bool_]:
    overlapped = np.zeros(entry_at.shape[0], dtype=np.bool_)
    for book in range(starts.shape[0] - 1):
        until = occupied[book]
        for row in range(starts[book], starts[book + 1]):
            if entry_at[row] < until:
                overlapped[row] = True
            elif free_at[row] != NOBODY:
                until = free_at[row]
    return overlapped
