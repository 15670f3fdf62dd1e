"""Frames as bytes: how columnar rows lie in the state file."""

from __future__ import annotations

import io
import sqlite3
from collections.abc import Iterable, Sequence

import polars as pl


def packed(frame: pl.DataFrame) -> bytes:
    """Return a frame as an Arrow IPC stream."""
    buffer = io.BytesIO()
    frame.rechunk().write_ipc_stream(buffer, compression="lz4")
    return buffer.getvalue()


def unpacked(blob: bytes, columns: Sequence[str] | None = None) -> pl.DataFrame:
    """Return the frame of an Arrow IPC stream, or some of its columns."""
    return pl.read_ipc_stream(io.BytesIO(blob), columns=None if columns is None else list(columns))


def same_rows(one: pl.DataFrame, other: pl.DataFrame, columns: Iterable[str]) -> pl.Series:
    """Tell which rows, in the same place of two frames, agree in all these columns; null agrees with null."""
    same = pl.repeat(True, one.height, dtype=pl.Boolean, eager=True)
    for name in columns:
        same = same & one[name].eq_missing(other[name])
    return same


class DayFrames:
    """Frames of one kind, one a UTC day, in a table of (name, day, frame)."""

    def __init__(self, connection: sqlite3.Connection, table: str, name: str, empty: pl.DataFrame) -> None:
        self._connection = connection
        self._table = table
        self._column = "kind" if table == "rows" else "name"
        self._name = name
        self._empty = empty

    def load(self, days: Iterable[int]) -> pl.DataFrame:
        """All rows of these days, in order of the days."""
        found = [self._one(day) for day in sorted(set(days))]
        return pl.concat([self._empty, *(frame for frame in found if frame is not None)])

    def load_all(
        self, first: int | None = None, last: int | None = None, columns: Sequence[str] | None = None
    ) -> pl.DataFrame:
        """All rows of the days from first to last, both included, or some of their columns."""
        query = (
            f"SELECT frame FROM {self._table} WHERE {self._column} = ? AND day BETWEEN ? AND ? ORDER BY day"
        )
        bounds = (self._name, -(2**31) if first is None else first, 2**31 if last is None else last)
        found = self._connection.execute(query, bounds)
        empty = self._empty if columns is None else self._empty.select(columns)
        return pl.concat([empty, *(unpacked(row[0], columns) for row in found)])

    def days(self) -> list[int]:
        """Return the days that have rows, in order."""
        query = f"SELECT day FROM {self._table} WHERE {self._column} = ? ORDER BY day"
        return [row[0] for row in self._connection.execute(query, (self._name,))]

    def save(self, frame: pl.DataFrame, day: int) -> None:
        """Replace the rows of one day; a day without rows is removed."""
        if frame.is_empty():
            self._connection.execute(
                f"DELETE FROM {self._table} WHERE {self._column} = ? AND day = ?", (self._name, day)
            )
            return
        self._connection.execute(
            f"INSERT INTO {self._table} VALUES (?, ?, ?) "
            f"ON CONFLICT ({self._column}, day) DO UPDATE SET frame = excluded.frame",
            (self._name, day, packed(frame)),
        )

    def _one(self, day: int) -> pl.DataFrame | None:
        query = f"SELECT frame FROM {self._table} WHERE {self._column} = ? AND day = ?"
        row = self._connection.execute(query, (self._name, day)).fetchone()
        return None if row is None else unpacked(row[0])
