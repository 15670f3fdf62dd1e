"""What a projection is: a source, keys, integer sums per UTC day, and how parts are put together.

A projection's table holds one row per (day, *keys) with sums of integers (128 bit, since polars' own
64-bit sums wrap silently). Sums of disjoint parts are merged by adding, a corrected row is taken out by
subtracting what it had added: so any cut of the facts into batches, partitions or workers gives the
same table, to the last bit.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

import polars as pl

from untaken.projections.packing import Packing, in_parts, sums_by

DAY_US = 86_400_000_000
DAY = "day"

BULK_FROM = 100_000
"""From so many rows on keys are packed before sums are taken (integer sums do not depend on the order)."""

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
        if isinstance(source, pl.LazyFrame) or source.height >= BULK_FROM:
            return self.added_up(self.bulk(source.lazy()))
        return self._added(self.spread(source.lazy()))

    def spread(self, source: pl.LazyFrame) -> pl.LazyFrame:
        """Return what each row adds to each sum, with the day and the keys that it adds it to."""
        return self.rows(self.dated(source)).select(DAY, *self.keys, *self.contributions().values())

    def dated(self, source: pl.LazyFrame) -> pl.LazyFrame:
        """Return source rows with the day that they belong to."""
        return source.with_columns(pl.col(self.time).floordiv(DAY_US).cast(pl.Int32).alias(DAY))

    def contributions(self) -> dict[str, pl.Expr]:
        """Return what each row adds to each sum, as whole numbers without nulls, under the names of the sums."""
        return {
            name: expression.cast(pl.Int64).fill_null(0).alias(name) for name, expression in self.sums.items()
        }

    def bulk(self, source: pl.LazyFrame) -> Iterator[pl.DataFrame]:
        """Yield tables of parts of the rows: as much is in memory at a time as one part takes."""
        for part in in_parts(self.spread(source)):
            packing = Packing(part, (DAY, *self.keys))
            yield self.unpacked(packing, sums_by(packing.numbers, part, list(self.sums)))

    def unpacked(self, packing: Packing, sums: pl.DataFrame) -> pl.DataFrame:
        """Return sums by packed number as a table."""
        keys = pl.DataFrame(packing.unpacked(sums["number"]))
        columns = (pl.col(name).cast(dtype) for name, dtype in self.columns.items())
        return keys.hstack(sums.drop("number")).select(columns).filter(self._something)

    def added_up(self, parts: Iterable[pl.DataFrame]) -> pl.DataFrame:
        """Merge tables of parts; a single one stands as it is."""
        tables = list(parts)
        return tables[0] if len(tables) == 1 else self.merge(tables)

    def merge(self, parts: Iterable[pl.DataFrame]) -> pl.DataFrame:
        """Add tables together; what adds up to nothing at all is left out."""
        stacked = pl.concat([self.empty(), *parts], how="vertical")
        added = stacked.group_by(DAY, *self.keys).agg(pl.col(name).sum() for name in self.sums)
        return self._settled(added)

    def change(self, old: pl.DataFrame, new: pl.DataFrame) -> pl.DataFrame:
        """Return what a table changes by when source rows give way to others."""
        if old.is_empty() or new.is_empty():
            return self.fold(new) if old.is_empty() else self.negated(self.fold(old))
        if old.height + new.height >= BULK_FROM:
            return self.merge([self.negated(self.fold(old)), self.fold(new)])
        # Most rows of a batch change little or nothing of a table: added up together they cost one step, not four.
        gone = self.spread(old.lazy()).with_columns(-pl.col(*self.sums))
        return self._added(pl.concat([self.spread(new.lazy()), gone]))

    def correct(self, table: pl.DataFrame, old: pl.DataFrame, new: pl.DataFrame) -> pl.DataFrame:
        """Return the table with the contributions of old source rows replaced by those of new ones."""
        return self.merge([table, self.change(old, new)])

    def negated(self, table: pl.DataFrame) -> pl.DataFrame:
        """Return the table with every sum's sign turned."""
        return table.with_columns(
            (pl.lit(0, dtype=pl.Int128) - pl.col(name)).alias(name) for name in self.sums
        )

    def _added(self, rows: pl.LazyFrame) -> pl.DataFrame:
        """Return the table of what rows add."""
        added = rows.group_by(DAY, *self.keys).agg(_sum_of(name) for name in self.sums)
        return self._settled(added.collect())

    @property
    def _something(self) -> pl.Expr:
        return pl.any_horizontal(pl.col(name) != 0 for name in self.sums)

    def _settled(self, table: pl.DataFrame) -> pl.DataFrame:
        return (
            table.filter(self._something).select(list(self.columns)).sort(DAY, *self.keys, nulls_last=False)
        )


WIDE = ("_e8", "_e4", "_milli_r", "_ppm", "_us")
"""Endings of sums that could leave 64 bits within one fold; counts cannot (docs/explanation/exactness.md)."""


def _sum_of(name: str) -> pl.Expr:
    column = pl.col(name).cast(pl.Int128) if name.endswith(WIDE) else pl.col(name)
    return column.sum().cast(pl.Int128)


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
