"""A day of a projection's table as JSON and back: 128-bit sums as whole numbers of any size."""

from __future__ import annotations

import json
from typing import Any

import polars as pl

from untaken.errors import UntakenError
from untaken.projections.catalogue import PROJECTIONS
from untaken.projections.definition import DAY, Projection
from untaken.streams.published.form.keys import key_of, parts_of, table_name

BY_NAME: dict[str, Projection] = {table_name(p.name, p.version): p for p in PROJECTIONS}
"""Projections by the name under which this version keeps them."""


class NotATable(UntakenError):
    """A record of the topic `tables` is none of ours; it is left out and counted."""


def table_key(name: str, day: int) -> bytes:
    """Return the key of a day of a table (`name` with its version)."""
    return key_of(name, str(day))


def of_table_key(key: bytes) -> tuple[str, int]:
    """Return name (with version) and day of a key; raises NotATable."""
    try:
        name, day = parts_of(key)
        return name, int(day)
    except ValueError:
        raise NotATable(f"the key {key!r} names no table and day") from None


def table_json(projection: Projection, day: int, frame: pl.DataFrame) -> bytes:
    """Return the rows of one day; equal rows give equal bytes."""
    columns = [name for name in projection.columns if name != DAY]
    document = {
        "projection": projection.name,
        "version": projection.version,
        "day": day,
        "columns": columns,
        "rows": frame.select(columns).rows(),
    }
    # The standard library's: orjson refuses whole numbers beyond 64 bits, which sums of money reach.
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()


def table_of(projection: Projection, value: bytes) -> pl.DataFrame:
    """Return the frame of a day; raises NotATable where the bytes are not one of this projection."""
    try:
        document: dict[str, Any] = json.loads(value)
        names = document["columns"]
        schema = {name: projection.columns[name] for name in names}
        frame = pl.DataFrame(document["rows"], schema=schema, orient="row")
        day = pl.lit(document["day"], dtype=pl.Int32).alias(DAY)
        return frame.select(day, *(name for name in projection.columns if name != DAY))
    except (ValueError, KeyError, TypeError, pl.exceptions.PolarsError) as error:
        raise NotATable(
            f"a record of {projection.name} is no table ({error}): something else writes into the topic"
        ) from None
