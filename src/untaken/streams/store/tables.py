"""Projection tables, kept by UTC day."""

from __future__ import annotations

import sqlite3

import polars as pl

from untaken.projections.definition import DAY, Projection
from untaken.streams.store.frames import DayFrames


class TableStore:
    """The integer sums of every projection; a correction is added like anything else."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def add(self, projection: Projection, delta: pl.DataFrame) -> None:
        """Add sums to the days they belong to."""
        days = self._days(projection)
        for key, part in delta.partition_by(DAY, as_dict=True).items():
            day = int(key[0])
            days.save(projection.merge([days.load([day]), part]), day)

    def load(
        self, projection: Projection, first_day: int | None = None, last_day: int | None = None
    ) -> pl.DataFrame:
        """Return the table of the days from first to last, both included, sorted by day and keys."""
        return self._days(projection).load_all(first_day, last_day)

    def _days(self, projection: Projection) -> DayFrames:
        name = f"{projection.name}.v{projection.version}"
        return DayFrames(self._connection, "tables", name, projection.empty())
