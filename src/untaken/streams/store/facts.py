"""The facts of signals, trades and settings, by what they concern."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from typing import Any, NamedTuple

import polars as pl

STORED = {
    "symbol": pl.String(),
    "topic": pl.String(),
    "id": pl.String(),
    "type": pl.String(),
    "ref": pl.String(),
    "other": pl.String(),
    "at": pl.Int64(),
    "appended_at": pl.Int64(),
    "payload": pl.Binary(),
}
"""`ref` names the signal or trade a fact belongs to, `other` the signal that a fill or trade names."""

_NAMES = list(STORED)

FORESEEN = 0
"""Batch of facts that were taken in before the log was read up to them."""


class Added(NamedTuple):
    """What became of facts that were to be stored."""

    copies: int
    """How many were there already, under the same id."""
    stands: pl.Series
    """Which of them are stored now; the others gave way to what had been appended before them."""
    lost: pl.DataFrame
    """Stored facts that gave way to one of them."""


class FactStore:
    """Every accepted fact but prices, once: of copies of one id the first appended counts."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        connection.execute("CREATE TEMP TABLE IF NOT EXISTS wanted (ref TEXT PRIMARY KEY) WITHOUT ROWID")

    def add(self, facts: pl.DataFrame, batch: int) -> Added:
        """Store what is new; of different events under one id the first appended stands, whichever came first here.

        `facts` has the columns of STORED, ids unique within (symbol, topic).
        """
        before = self._connection.total_changes
        rows = facts.select(*_NAMES[:-1], pl.lit(batch), "payload").rows()
        self._connection.executemany(
            "INSERT INTO facts VALUES (?,?,?,?,?,?,?,?,?,?) ON CONFLICT DO NOTHING", rows
        )
        copies = facts.height - (self._connection.total_changes - before)
        if copies == 0:
            return Added(0, pl.repeat(True, facts.height, eager=True), pl.DataFrame(schema=STORED))
        return self._settle_conflicts(rows, batch)

    def _settle_conflicts(self, rows: list[tuple[Any, ...]], batch: int) -> Added:
        lost: list[tuple[Any, ...]] = []
        stands: list[bool] = []
        find = f"SELECT {', '.join(_NAMES)}, batch FROM facts WHERE symbol = ? AND topic = ? AND id = ?"
        for row in rows:
            *stored, since = self._connection.execute(find, row[:3]).fetchone()
            is_new = since == batch or (since == FORESEEN and (row[7], row[9]) == (stored[7], stored[8]))
            comes_first = not is_new and (row[7], row[9]) < (stored[7], stored[8])
            stands.append(is_new or comes_first)
            if comes_first:
                lost.append(tuple(stored))
            if stands[-1] and since != batch:
                self._connection.execute("INSERT OR REPLACE INTO facts VALUES (?,?,?,?,?,?,?,?,?,?)", row)
        gone = pl.DataFrame(lost, schema=STORED, orient="row")
        return Added(len(rows) - sum(stands) + len(lost), pl.Series(stands, dtype=pl.Boolean), gone)

    def of(self, refs: Iterable[str], *, before_batch: int | None = None) -> pl.DataFrame:
        """Facts that belong to these refs or name them, optionally only those of earlier batches."""
        self._want(refs)
        limit = 2**62 if before_batch is None else before_batch
        columns = ", ".join(f"f.{name}" for name in _NAMES)
        # A cross join keeps its order, wanted first: SQLite, which knows no sizes, would rather scan all facts.
        query = (
            f"SELECT {columns} FROM wanted w CROSS JOIN facts f ON f.ref = w.ref WHERE f.batch < ? UNION ALL "
            f"SELECT {columns} FROM wanted w CROSS JOIN facts f ON f.other = w.ref "
            "WHERE f.batch < ? AND f.ref NOT IN (SELECT ref FROM wanted)"
        )
        rows = self._connection.execute(query, (limit, limit)).fetchall()
        return pl.DataFrame(rows, schema=STORED, orient="row")

    def refs_of_ids(self, keys: Iterable[tuple[str, str, str]]) -> set[str]:
        """Return what the facts under these (symbol, topic, id) belong to."""
        return set(self.of_ids(keys)["ref"])

    def of_ids(self, keys: Iterable[tuple[str, str, str]]) -> pl.DataFrame:
        """Facts under these (symbol, topic, id)."""
        query = f"SELECT {', '.join(_NAMES)} FROM facts WHERE symbol = ? AND topic = ? AND id = ?"
        rows = [row for key in keys for row in self._connection.execute(query, key)]
        return pl.DataFrame(rows, schema=STORED, orient="row")

    def of_topic(self, topic: str) -> pl.DataFrame:
        """All facts of one topic (used for settings, of which there are few)."""
        rows = self._connection.execute(
            f"SELECT {', '.join(_NAMES)} FROM facts WHERE symbol = '' AND topic = ?", (topic,)
        ).fetchall()
        return pl.DataFrame(rows, schema=STORED, orient="row")

    def exits_of(self, books: Iterable[str], since: int) -> pl.DataFrame:
        """Exit signals after `since` whose `ref` is that of one of these books."""
        self._want(books)
        columns = ", ".join(f"f.{name}" for name in _NAMES)
        query = f"SELECT {columns} FROM wanted w CROSS JOIN facts f ON f.ref = w.ref AND f.at > ?"
        rows = self._connection.execute(query, (since,)).fetchall()
        return pl.DataFrame(rows, schema=STORED, orient="row")

    def refs_of_fills(self, symbol: str, since: int, until: int) -> list[str]:
        """Trades with a fill of this symbol in [since, until)."""
        query = (
            "SELECT DISTINCT ref FROM facts WHERE type = 'order.filled' AND symbol = ? AND at >= ? AND at < ?"
        )
        return [row[0] for row in self._connection.execute(query, (symbol, since, until))]

    def refs_of_fills_since(self, at: int) -> list[str]:
        """Trades with a fill at or after a time, whatever their symbol."""
        query = "SELECT DISTINCT ref FROM facts WHERE type = 'order.filled' AND at >= ?"
        return [row[0] for row in self._connection.execute(query, (at,))]

    def _want(self, refs: Iterable[str]) -> None:
        self._connection.execute("DELETE FROM wanted")
        self._connection.executemany("INSERT OR IGNORE INTO wanted VALUES (?)", [(ref,) for ref in refs])
