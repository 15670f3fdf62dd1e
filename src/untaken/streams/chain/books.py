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
    moved = pl.concat([old.select("ref"), new.select("ref")]).unique()
    walked = [_from(index, str(book), int(start), new, moved) for book, start in starts.iter_rows()]
    if not walked:
        return pl.DataFrame(schema={"ref": pl.String(), "overlapped": pl.Boolean()})
    counts = np.array([rows.height for rows, _ in walked], dtype=np.int64)
    rows = pl.concat([rows for rows, _ in walked])
    occupied = np.array([NOBODY if free is None else free for _, free in walked], dtype=np.int64)
    flags = _walk(
        np.concatenate([[0], np.cumsum(counts)]),
        rows["entry_at"].to_numpy(),
        rows["free_at"].fill_null(NOBODY).to_numpy(),
        occupied,
    )
    return rows.select("ref").with_columns(overlapped=pl.Series(flags, dtype=pl.Boolean))


def _first_changes(old: pl.DataFrame, new: pl.DataFrame) -> pl.DataFrame:
    """Per book, the earliest entry at which it is not what it was."""
    columns = ["ref", "book", "entry_at", "free_at"]
    before, after = old.select(columns), new.select(columns)
    gone = before.join(after, on=columns, how="anti", nulls_equal=True)
    come = after.join(before, on=columns, how="anti", nulls_equal=True)
    return pl.concat([gone, come]).group_by("book").agg(pl.col("entry_at").min()).sort("book")


def _from(
    index: SignalIndex, book: str, start: int, new: pl.DataFrame, moved: pl.DataFrame
) -> tuple[pl.DataFrame, int | None]:
    stored, free_at = index.book_from(book, start)
    columns = ["ref", "entry_at", "free_at"]
    fresh = new.filter((pl.col("book") == book) & (pl.col("entry_at") >= start)).select(columns)
    kept = stored.select(columns).join(moved, on="ref", how="anti")
    return pl.concat([kept, fresh]).sort("entry_at", "ref"), free_at


@numba.njit(cache=True)
def _walk(
    starts: NDArray[np.int64], entry_at: NDArray[np.int64], free_at: NDArray[np.int64], occupied: NDArray[np.int64]
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
