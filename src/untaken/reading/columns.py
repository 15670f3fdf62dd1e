"""Columns of the frames that are read: what they are called, what they hold, and in which unit."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal

import orjson
import polars as pl

Holds = Literal[
    "text",
    "texts",
    "count",
    "number",
    "numbers",
    "share",
    "money",
    "ppm",
    "milli_r",
    "seconds",
    "time",
    "flag",
    "json",
]

TIME = pl.Datetime("us", "UTC")

TYPES: dict[Holds, pl.DataType] = {
    "text": pl.String(),
    "texts": pl.List(pl.String()),
    "count": pl.Int64(),
    "number": pl.Float64(),
    "numbers": pl.List(pl.Float64()),
    "share": pl.Float64(),
    "money": pl.Float64(),
    "ppm": pl.Float64(),
    "milli_r": pl.Float64(),
    "seconds": pl.Float64(),
    "time": TIME,
    "flag": pl.Boolean(),
    "json": pl.String(),
}
UNITS: dict[Holds, str] = {
    "share": "0 to 1",
    "money": "account currency",
    "ppm": "parts per million",
    "milli_r": "R/1000",
    "seconds": "seconds",
    "time": "UTC",
    "json": "JSON text",
}
"""Units, where there is one."""

MONEY_EXACTLY = pl.Int128()
"""Sums in 1e-8 of the account currency, as the tables keep them."""

Path = tuple[str | int, ...]


@dataclass(frozen=True)
class Column:
    """A column of a frame of figures, and where its value lies in the figures of a row."""

    name: str
    holds: Holds
    text: str
    """What it is, without its unit."""
    path: Path = ()
    """Keys and places in lists; the name alone where it is empty."""

    @property
    def dtype(self) -> pl.DataType:
        return TYPES[self.holds]

    def cell(self, figures: Mapping[str, Any], *, exact: bool) -> Any:
        """Return the value of a row; nothing where the figures do not have it."""
        value: Any = figures
        for step in self.path or (self.name,):
            if value is None:
                return None
            value = value[step]
        return _cell(self.holds, value, exact=exact)

    def within(self, key: str, prefix: str = "", text: str | None = None) -> Column:
        """Return the same column of figures that lie one level deeper."""
        path = (key, *(self.path or (self.name,)))
        return replace(self, name=f"{prefix}{self.name}", path=path, text=text or self.text)


def _cell(holds: Holds, value: Any, *, exact: bool) -> Any:
    if value is None:
        return None
    match holds:
        case "money":
            return int(Decimal(value).scaleb(8)) if exact else float(value)
        case "time":
            return datetime.fromisoformat(value)
        case "json":
            return orjson.dumps(value, default=str).decode()
        case "number" | "share" | "ppm" | "milli_r" | "seconds":
            return None if isinstance(value, str) else float(value)
        case _:
            return value


def frame_of(
    rows: Iterable[Mapping[str, Any]], columns: Sequence[Column], *, exact: bool = False
) -> pl.DataFrame:
    """Return figures as a typed frame; `exact` gives money as integers of 1e-8, in columns that end in `_e8`."""
    cells = [tuple(column.cell(row, exact=exact) for column in columns) for row in rows]
    return pl.DataFrame(cells, schema=schema_of(columns, exact=exact), orient="row")


def schema_of(columns: Iterable[Column], *, exact: bool = False) -> dict[str, pl.DataType]:
    """Return names and types of the columns."""
    return {
        f"{column.name}_e8" if exact and column.holds == "money" else column.name: MONEY_EXACTLY
        if exact and column.holds == "money"
        else column.dtype
        for column in columns
    }
