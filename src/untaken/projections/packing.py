"""Several keys as one whole number: sums by one integer cost a fraction of sums by many strings.

Numbers are packed in the order of the keys, nulls first, so that sorting by the number sorts by the keys.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import polars as pl

LIMIT = 1 << 62
"""No packed number reaches this."""

PART_ROWS = 1 << 21
"""Rows that are packed and summed at a time: 28 sums of so many take half a gigabyte."""


@dataclass(frozen=True)
class Digit:
    """One key's place in the number: its values by their rank, null before all others."""

    name: str
    dtype: pl.DataType
    size: int
    nullable: bool
    lowest: int = 0
    texts: pl.Series | None = None
    """All texts there are, sorted; None of whole numbers, which count from `lowest`."""

    @classmethod
    def of(cls, column: pl.Series) -> Digit:
        """Return the place that the values of a column need: texts, whole numbers or truths."""
        nullable = column.null_count() > 0
        if column.dtype == pl.String:
            return cls.of_texts(column.name, column.unique().drop_nulls().sort(), nullable=nullable)
        lowest, highest = _bounds(column.cast(pl.Int64))
        return cls(column.name, column.dtype, highest - lowest + 1 + nullable, nullable, lowest)

    @classmethod
    def of_texts(cls, name: str, texts: pl.Series, *, nullable: bool) -> Digit:
        """Return the place for texts, which are sorted and without null."""
        return cls(name, pl.String(), texts.len() + nullable, nullable, 0, texts)

    def ranks(self, column: pl.Series) -> pl.Series:
        """Return the rank of each value (Int64)."""
        if self.texts is None:
            ranks = column.cast(pl.Int64) - self.lowest
        else:
            ranks = column.cast(pl.Enum(self.texts)).to_physical().cast(pl.Int64)
        return (ranks + 1).fill_null(0) if self.nullable else ranks

    def values(self, ranks: pl.Series) -> pl.Series:
        """Return the values of ranks."""
        known = (ranks - 1).set(ranks == 0, None) if self.nullable else ranks
        found = known + self.lowest if self.texts is None else self.texts.gather(known)
        return found.cast(self.dtype).alias(self.name)


@dataclass(frozen=True)
class _Dense:
    """A step at which numbers gave way to their ranks, as the next key would not have fitted."""

    numbers: pl.Series


class Packing:
    """The numbers of rows by some keys; more keys can be put behind them."""

    def __init__(self, rows: pl.DataFrame, keys: Iterable[str]) -> None:
        self.numbers = pl.zeros(rows.height, pl.Int64, eager=True)
        self._span = 1
        self._steps: list[Digit | _Dense] = []
        for key in keys:
            digit = Digit.of(rows[key])
            self.make_room(digit.size)
            if digit.size > 1:
                self.numbers = self.numbers * digit.size + digit.ranks(rows[key])
            self.follow(digit)

    def make_room(self, size: int) -> None:
        """Replace the numbers by their ranks if another key of so many values would not fit behind them."""
        if self._span <= LIMIT // max(size, 1):
            return
        distinct = self.numbers.unique().sort()
        self.numbers = distinct.search_sorted(self.numbers).cast(pl.Int64)
        self._steps.append(_Dense(distinct))
        self._span = distinct.len()

    def follow(self, digit: Digit) -> None:
        """Note that the ranks of one more key stand behind the numbers."""
        self._steps.append(digit)
        self._span *= digit.size

    def unpacked(self, numbers: pl.Series) -> list[pl.Series]:
        """Return the keys of these numbers, in their order."""
        keys: list[pl.Series] = []
        for step in reversed(self._steps):
            if isinstance(step, _Dense):
                numbers = step.numbers.gather(numbers)
            elif step.size == 1:
                keys.append(step.values(pl.zeros(numbers.len(), pl.Int64, eager=True)))
            else:
                keys.append(step.values(numbers % step.size))
                numbers = numbers // step.size
        return keys[::-1]


def _bounds(whole: pl.Series) -> tuple[int, int]:
    lowest, highest = whole.min(), whole.max()
    return (lowest, highest) if isinstance(lowest, int) and isinstance(highest, int) else (0, -1)


def in_parts(rows: pl.LazyFrame) -> Iterator[pl.DataFrame]:
    """Yield rows a part at a time, in any order."""
    return iter(rows.collect_batches(chunk_size=PART_ROWS, maintain_order=False, engine="streaming"))


def sums_by(numbers: pl.Series, rows: pl.DataFrame, sums: Sequence[str]) -> pl.DataFrame:
    """Return the sums of columns by number (column `number`, sorted); 128 bits wide, whatever they come to."""
    counted = rows.select(numbers.alias("number"), *(_in_enough_bits(rows[name]) for name in sums))
    added = counted.lazy().group_by("number").agg(pl.col(name).sum() for name in sums)
    table = added.collect(engine="streaming").sort("number")
    return table.with_columns(pl.col(name).cast(pl.Int128) for name in sums)


def _in_enough_bits(column: pl.Series) -> pl.Series:
    """Return the column as it is where no sum of it can leave 64 bits, else 128 bits wide."""
    lowest, highest = _bounds(column)
    fits = max(-lowest, highest) < (1 << 63) // max(column.len(), 1)
    return column if fits else column.cast(pl.Int128)
