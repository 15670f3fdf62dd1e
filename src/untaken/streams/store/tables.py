"""Projection tables: rows of integer sums by UTC day, kept in blocks of days."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence

import polars as pl

from untaken.projections.definition import DAY, Projection
from untaken.streams.store.frames import DayFrames

BLOCK_DAYS = 16
"""Days that lie in one frame. Verdicts read all days, and opening a frame costs more than what is in it."""


class TableStore:
    """The integer sums of every projection; a correction is added like anything else."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._frames: dict[str, DayFrames] = {}

    def add(self, projection: Projection, delta: pl.DataFrame) -> None:
        """Add sums to the days they belong to."""
        blocks = self._blocks(projection)
        first = pl.col(DAY) - pl.col(DAY) % BLOCK_DAYS
        for key, part in (
            delta.with_columns(block=first).partition_by("block", as_dict=True, include_key=False).items()
        ):
            block = int(key[0])
            known = blocks.load([block])
            blocks.save(part if known.is_empty() else projection.merge([known, part]), block)

    def load(
        self,
        projection: Projection,
        first_day: int | None = None,
        last_day: int | None = None,
        columns: Sequence[str] | None = None,
    ) -> pl.DataFrame:
        """Return the table of the days from first to last, both included, sorted by day and keys; or some columns."""
        first_block = None if first_day is None else first_day - first_day % BLOCK_DAYS
        table = self._blocks(projection).load_all(first_block, last_day, columns)
        bounds = [pl.col(DAY) >= first_day] if first_day is not None else []
        bounds += [pl.col(DAY) <= last_day] if last_day is not None else []
        return table.filter(*bounds) if bounds else table

    def by_day(self, projection: Projection, days: Iterable[int] | None = None) -> dict[int, pl.DataFrame]:
        """Return the table of each of these days, or of all, that has sums, in order of the days."""
        if days is None:
            found = self.load(projection)
        else:
            wanted = sorted(set(days))
            blocks = self._blocks(projection).load(day - day % BLOCK_DAYS for day in wanted)
            found = blocks.filter(pl.col(DAY).is_in(wanted))
        parts = found.partition_by(DAY, as_dict=True, maintain_order=True)
        return {int(day): part for (day,), part in parts.items()}

    def _blocks(self, projection: Projection) -> DayFrames:
        """Frames by the first day of their block."""
        name = f"{projection.name}.v{projection.version}"
        if name not in self._frames:
            self._frames[name] = DayFrames(self._connection, "tables", name, projection.empty())
        return self._frames[name]
