"""How integers become figures: money, shares, and nothing where there are too few rows."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import polars as pl

from untaken.projections.definition import DAY_US

Figures = dict[str, Any]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def money(e8: int | None) -> Decimal | None:
    """Account currency of an amount in 1e-8."""
    return None if e8 is None else Decimal(e8).scaleb(-8)


def share(part: int, whole: int) -> float | None:
    """Return a part of a whole; None of nothing."""
    return part / whole if whole else None


def mean(total: int, n: int) -> float | None:
    """Return a mean; None of nothing."""
    return total / n if n else None


def total(table: pl.DataFrame, name: str) -> int:
    """Return the sum of a column of 128-bit integers, as a Python integer (0 of no rows)."""
    return int(table[name].sum() or 0)


def day_name(day: int) -> str:
    """ISO date of a day since 1970-01-01."""
    return (_EPOCH + timedelta(days=day)).date().isoformat()


def moment(microseconds: int | None) -> str | None:
    """RFC 3339 of a time in microseconds, with six decimals."""
    if microseconds is None:
        return None
    at = _EPOCH + timedelta(microseconds=microseconds)
    return at.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def day_of(microseconds: int) -> int:
    """Day since 1970-01-01 of a time."""
    return microseconds // DAY_US


def sums_of(table: pl.DataFrame, names: Mapping[str, Any]) -> dict[str, int]:
    """Return the sums of several columns."""
    return {name: total(table, name) for name in names}
