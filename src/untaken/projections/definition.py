"""What a projection is: a source, keys, integer sums per UTC day, and how parts are put together.

A projection's table holds one row per (day, *keys) with sums of integers (128 bit, since polars' own
64-bit sums wrap silently). Sums of disjoint parts are merged by adding, a corrected row is taken out by
subtracting what it had added: so any cut of the facts into batches, partitions or workers gives the
same table, to the last bit.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

import polars as pl

DAY_US = 86_400_000_000
DAY = "day"

STREAMED_FROM = 100_000
"""From so many rows on the streaming engine is faster (integer sums do not depend on its order)."""

Rows = Callable[[pl.LazyFrame], pl.LazyFrame]


def unchanged(rows: pl.LazyFrame) -> pl.LazyFrame:
    """Rows of the source as they are."""
    return rows


@dataclass(frozen=True)
class Projection:
    """A named aggregate over ledger or trade rows.

    `time` names the column (microseconds) whose UTC day a row belongs to; `rows` turns source rows into
    contributing rows (filters, explosions); `sums` are integer expressions over those.
    """

    name: str
    version: int
    source: Literal["ledger", "trades"]
    time: str
    keys: tuple[str, ...]
    sums: Mapping[str, pl.Expr]
    rows: Rows = unchanged

    @property
    def columns(self) -> dict[str, pl.DataType]:
        """Schema of the table: day (Int32, days since 1970), keys, Int128 sums."""
        keys = {key: KEY_TYPES.get(key, pl.String()) for key in self.keys}
        return {DAY: pl.Int32(), **keys, **dict.fromkeys(self.sums, pl.Int128())}

    def empty(self) -> pl.DataFrame:
        """Return the table of no rows."""
        return pl.DataFrame(schema=self.columns)

    def fold(self, source: pl.DataFrame | pl.LazyFrame) -> pl.DataFrame:
        """Return the table of these source rows, sorted by day and keys; a lazy source is read as needed."""
        if isinstance(source, pl.DataFrame) and source.is_empty():
            return self.empty()
        day = pl.col(self.time).floordiv(DAY_US).cast(pl.Int32).alias(DAY)
        contributions = [
            expression.cast(pl.Int64).fill_null(0).cast(_summed_in(name)).alias(name)
            for name, expression in self.sums.items()
        ]
        rows = self.rows(source.lazy().with_columns(day)).select(DAY, *self.keys, *contributions)
        added = rows.group_by(DAY, *self.keys).agg(pl.col(name).sum().cast(pl.Int128) for name in self.sums)
        whole = isinstance(source, pl.LazyFrame) or source.height >= STREAMED_FROM
        return self._settled(added.collect(engine="streaming" if whole else "in-memory"))

    def merge(self, parts: Iterable[pl.DataFrame]) -> pl.DataFrame:
        """Add tables together; what adds up to nothing at all is left out."""
        stacked = pl.concat([self.empty(), *parts], how="vertical")
        added = stacked.group_by(DAY, *self.keys).agg(pl.col(name).sum() for name in self.sums)
        return self._settled(added)

    def correct(self, table: pl.DataFrame, old: pl.DataFrame, new: pl.DataFrame) -> pl.DataFrame:
        """Return the table with the contributions of old source rows replaced by those of new ones."""
        return self.merge([table, self.negated(self.fold(old)), self.fold(new)])

    def negated(self, table: pl.DataFrame) -> pl.DataFrame:
        """Return the table with every sum's sign turned."""
        return table.with_columns(
            (pl.lit(0, dtype=pl.Int128) - pl.col(name)).alias(name) for name in self.sums
        )

    def _settled(self, table: pl.DataFrame) -> pl.DataFrame:
        something = pl.any_horizontal(pl.col(name) != 0 for name in self.sums)
        return table.filter(something).select(list(self.columns)).sort(DAY, *self.keys, nulls_last=False)


WIDE = ("_e8", "_milli_r", "_ppm")
"""Endings of sums that could leave 64 bits within one fold; counts cannot (docs/explanation/exactness.md)."""


def _summed_in(name: str) -> pl.DataType:
    return pl.Int128() if name.endswith(WIDE) else pl.Int64()


KEY_TYPES: dict[str, pl.DataType] = {
    "blockers_n": pl.Int32(),
    "bucket": pl.Int32(),
    "cluster_over": pl.Boolean(),
}


def flag(condition: pl.Expr) -> pl.Expr:
    """1 where the condition holds, else 0 (null counts as not)."""
    return condition.fill_null(value=False).cast(pl.Int64)


def where(condition: pl.Expr, value: pl.Expr) -> pl.Expr:
    """Return the value where the condition holds, else 0."""
    return pl.when(condition.fill_null(value=False)).then(value).otherwise(0)


def gain_of(column: str) -> pl.Expr:
    """Return the positive part of a signed integer column."""
    return pl.max_horizontal(pl.col(column), pl.lit(0))


def loss_of(column: str) -> pl.Expr:
    """Return the negative part of a signed integer column, as a positive number."""
    return pl.max_horizontal(-pl.col(column), pl.lit(0))
