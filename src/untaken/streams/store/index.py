"""Where each signal's and trade's row lies, and what may still move it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable

import polars as pl

FOREVER = 2**62

INDEXED = {
    "ref": pl.String(),
    "symbol": pl.String(),
    "day": pl.Int64(),
    "at": pl.Int64(),
    "book": pl.String(),
    "entry_at": pl.Int64(),
    "until_at": pl.Int64(),
    "next_at": pl.Int64(),
    "free_at": pl.Int64(),
    "overlapped": pl.Int64(),
    "revision": pl.Int64(),
}
"""`until_at`: prices before it may change the outcome; `next_at`: event time from which the clock alone
may; `free_at`: when its book is free again (FOREVER while pending, null if it blocks nobody)."""

TIMES = ("until_at", "next_at", "free_at")
"""What an outcome says of when it may still change, and whom it keeps waiting."""

_NAMES = list(INDEXED)


class SignalIndex:
    """One small row per signal, so that what a batch touches is found without reading rows."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        connection.execute("CREATE TEMP TABLE IF NOT EXISTS wanted (ref TEXT PRIMARY KEY) WITHOUT ROWID")

    def save(self, rows: pl.DataFrame) -> None:
        """Insert or replace index rows."""
        marks = ",".join("?" * len(_NAMES))
        self._connection.executemany(
            f"INSERT OR REPLACE INTO signals VALUES ({marks})", rows.select(_NAMES).rows()
        )

    def remove(self, refs: Iterable[str]) -> None:
        """Forget signals that no longer exist."""
        self._connection.executemany("DELETE FROM signals WHERE ref = ?", [(ref,) for ref in refs])

    def of(self, refs: Iterable[str]) -> pl.DataFrame:
        """Index rows of these refs."""
        self._connection.execute("DELETE FROM wanted")
        self._connection.executemany("INSERT OR IGNORE INTO wanted VALUES (?)", [(ref,) for ref in refs])
        return self._frame("SELECT s.* FROM wanted w CROSS JOIN signals s ON s.ref = w.ref", ())

    def touched_by_prices(self, symbol: str, since: int, until: int) -> list[str]:
        """Signals whose outcome prices of this symbol in [since, until) may change."""
        query = "SELECT ref FROM signals WHERE symbol = ? AND until_at > ? AND entry_at < ?"
        return [row[0] for row in self._connection.execute(query, (symbol, since, until))]

    def due(self, watermark: int) -> list[str]:
        """Signals that the clock alone may have moved."""
        return [
            row[0]
            for row in self._connection.execute("SELECT ref FROM signals WHERE next_at <= ?", (watermark,))
        ]

    def since(self, at: int) -> list[str]:
        """Signals at or after a time."""
        return [row[0] for row in self._connection.execute("SELECT ref FROM signals WHERE at >= ?", (at,))]

    def of_run(self, bot: str, run: str) -> list[str]:
        """All signals of one run."""
        prefix = f"s\x1f{bot}\x1f{run}\x1f"
        query = "SELECT ref FROM signals WHERE ref >= ? AND ref < ?"
        return [row[0] for row in self._connection.execute(query, (prefix, prefix[:-1] + "\x20"))]

    def of_book(self, book: str, since: int, before: int = FOREVER) -> list[str]:
        """Signals of a book whose outcome an exit signal at `since` might still end."""
        query = "SELECT ref FROM signals WHERE book = ? AND until_at > ? AND +entry_at < ?"
        return [row[0] for row in self._connection.execute(query, (book, since, before))]

    def books_from(self, starts: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
        """Rows of books from an entry on, given (book, start); and (book, free_at) of the trades before them."""
        rows: list[tuple[object, ...]] = []
        before: list[tuple[str, int]] = []
        later = "SELECT book, entry_at, ref, free_at FROM signals WHERE book = ? AND entry_at >= ?"
        last = (
            "SELECT book, free_at FROM signals WHERE book = ? AND entry_at < ? AND overlapped = 0 "
            "AND free_at IS NOT NULL ORDER BY entry_at DESC, ref DESC LIMIT 1"
        )
        for book, start in starts.iter_rows():
            rows.extend(self._connection.execute(later, (book, start)))
            before.extend(self._connection.execute(last, (book, start)))
        columns = {name: INDEXED[name] for name in ("book", "entry_at", "ref", "free_at")}
        occupied = pl.DataFrame(before, schema={"book": pl.String(), "free_at": pl.Int64()}, orient="row")
        return pl.DataFrame(rows, schema=columns, orient="row"), occupied

    def symbols(self) -> list[str]:
        """Symbols that have signals."""
        return [
            row[0] for row in self._connection.execute("SELECT DISTINCT symbol FROM signals ORDER BY symbol")
        ]

    def _frame(self, query: str, values: tuple[object, ...]) -> pl.DataFrame:
        return pl.DataFrame(self._connection.execute(query, values).fetchall(), schema=INDEXED, orient="row")


class TradeIndex:
    """On which day each trade's row lies."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def days_of(self, refs: Iterable[str]) -> dict[str, tuple[int, int]]:
        """Day and revision of each known trade."""
        find = "SELECT day, revision FROM trades WHERE ref = ?"
        found = ((ref, self._connection.execute(find, (ref,)).fetchone()) for ref in refs)
        return {ref: row for ref, row in found if row is not None}

    def of_run(self, bot: str, run: str) -> list[str]:
        """All trades of one run."""
        prefix = f"t\x1f{bot}\x1f{run}\x1f"
        query = "SELECT ref FROM trades WHERE ref >= ? AND ref < ?"
        return [row[0] for row in self._connection.execute(query, (prefix, prefix[:-1] + "\x20"))]

    def save(self, rows: Iterable[tuple[str, int, int]]) -> None:
        """Insert or replace (ref, day, revision)."""
        self._connection.executemany("INSERT OR REPLACE INTO trades VALUES (?, ?, ?)", rows)

    def remove(self, refs: Iterable[str]) -> None:
        """Forget trades that no longer exist."""
        self._connection.executemany("DELETE FROM trades WHERE ref = ?", [(ref,) for ref in refs])
