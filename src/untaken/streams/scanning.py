"""Ledger and trade rows as a lazy frame: day by day, only the columns and rows that a query asks for.

A query over a million rows holds a day of them at a time, and counts or sums a column without reading the others.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

import polars as pl
from polars.io.plugins import register_io_source

Load = Callable[[int, Sequence[str]], pl.DataFrame]
"""Returns some columns of the rows of one day."""

PIECE_ROWS = 2_000
"""Rows that are handed on at once: polars holds several pieces of every column asked for."""
AS_MUCH_AS_THERE_IS = 1 << 62


def scanned(
    days: Sequence[int], load: Load, schema: Mapping[str, pl.DataType], order: Sequence[str], name: str
) -> pl.LazyFrame:
    """Return the rows of these days in their order, and in `order` within each day.

    `load` is called by the threads of polars, one call at a time and scan.
    """

    def source(
        columns: list[str] | None,
        predicate: pl.Expr | None,
        most: int | None,
        batch_size: int | None,  # noqa: ARG001 - a hint of polars, which takes any size
    ) -> Iterator[pl.DataFrame]:
        wanted = list(schema) if columns is None else columns
        asked = predicate.meta.root_names() if predicate is not None else []
        read = list(dict.fromkeys((*wanted, *asked, *order)))
        left = AS_MUCH_AS_THERE_IS if most is None else most
        if not days:
            yield pl.DataFrame(schema={column: schema[column] for column in wanted})
        for day in days:
            rows = load(day, read)
            if predicate is not None:
                rows = rows.filter(predicate)
            rows = (rows.sort(order) if order else rows).select(wanted).head(left)
            left -= rows.height
            yield from rows.iter_slices(PIECE_ROWS) if rows.height else (rows,)
            if left == 0:
                return

    return register_io_source(source, schema=dict(schema), explain_name=name)
