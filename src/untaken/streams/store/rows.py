"""Ledger and trade rows, kept by UTC day."""

from __future__ import annotations

import sqlite3
from collections import OrderedDict
from collections.abc import Sequence
from typing import Literal

import polars as pl

from untaken.projections import ledger, trades
from untaken.streams.store.frames import DayFrames

Kind = Literal["ledger", "trades"]

SCHEMAS: dict[str, dict[str, pl.DataType]] = {
    "ledger": {"ref": pl.String(), **ledger.COLUMNS},
    "trades": {"ref": pl.String(), **trades.COLUMNS},
}

CACHED_DAYS = 32


class RowStore:
    """Rows of both kinds, with the days in use kept in memory."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._days = {
            kind: DayFrames(connection, "rows", kind, pl.DataFrame(schema=schema))
            for kind, schema in SCHEMAS.items()
        }
        self._cache: OrderedDict[tuple[str, int], pl.DataFrame] = OrderedDict()

    def load(
        self, kind: Kind, days: pl.Series, refs: pl.Series, columns: Sequence[str] | None = None
    ) -> pl.DataFrame:
        """Rows with these refs, which lie on these days, or some of their columns (`ref` among them)."""
        names = list(SCHEMAS[kind]) if columns is None else list(columns)
        frames = [self._day(kind, day).select(names) for day in days.unique().sort().to_list()]
        whole = pl.concat([pl.DataFrame(schema=SCHEMAS[kind]).select(names), *frames])
        return whole.join(pl.DataFrame({"ref": refs}).unique(), on="ref", how="semi")

    def load_all(
        self,
        kind: Kind,
        first_day: int | None = None,
        last_day: int | None = None,
        columns: Sequence[str] | None = None,
    ) -> pl.DataFrame:
        """All rows of the days from first to last, both included, or some of their columns."""
        return self._days[kind].load_all(first_day, last_day, columns)

    def days(self, kind: Kind) -> list[int]:
        """Return the days that have rows of a kind, in order."""
        return self._days[kind].days()

    def replace(self, kind: Kind, old: pl.DataFrame, new: pl.DataFrame) -> None:
        """Take out old rows and put in new ones; both have a `day` column beside the row's own."""
        days = pl.concat([old["day"], new["day"]]).unique().sort()
        gone = old.select("ref", "day")
        for day in days.to_list():
            kept = self._day(kind, day).join(gone.filter(day=day), on="ref", how="anti")
            come = new.filter(pl.col("day") == day).select(list(SCHEMAS[kind]))
            frame = pl.concat([kept, come]).sort("ref")
            self._days[kind].save(frame, day)
            self._keep(kind, day, frame)

    def forget_cache(self) -> None:
        """Drop what is in memory, after a transaction that was rolled back."""
        self._cache.clear()

    def _day(self, kind: Kind, day: int) -> pl.DataFrame:
        cached = self._cache.get((kind, day))
        if cached is None:
            cached = self._days[kind].load([day])
            self._keep(kind, day, cached)
        return cached

    def _keep(self, kind: Kind, day: int, frame: pl.DataFrame) -> None:
        self._cache[kind, day] = frame
        self._cache.move_to_end((kind, day))
        if len(self._cache) > CACHED_DAYS:
            self._cache.popitem(last=False)
