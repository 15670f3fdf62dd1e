"""Values of a result's JSON, read with the doubts that real files teach."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from typing import Any

from untaken.schemas.times import EARLIEST, LATEST, from_us

Record = dict[str, Any]


class Unusable(ValueError):
    """A trade lacks what makes it one; its text says what."""


def number(record: Record, *names: str) -> float | None:
    """Return the first finite number under these names; None where there is none."""
    for name in names:
        value = record.get(name)
        if isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value):
            return float(value)
    return None


def needed(record: Record, name: str) -> float:
    value = number(record, name)
    if value is None:
        raise Unusable(f"it has no {name}")
    return value


def text(record: Record, *names: str) -> str | None:
    """Return the first text under these names that is not empty."""
    return next(
        (value for name in names if isinstance(value := record.get(name), str) and value.strip()), None
    )


def flag(record: Record, name: str) -> bool:
    return record.get(name) is True


def moment(record: Record, stamp: str, date: str | None = None) -> datetime | None:
    """Return the time of a stamp in milliseconds, else of a date, which freqtrade writes in UTC."""
    milliseconds = number(record, stamp)
    written = text(record, date) if date else None
    try:
        if milliseconds is not None:
            return _believable(from_us(round(milliseconds * 1000)), stamp)
        return None if written is None else _believable(datetime.fromisoformat(written), date)
    except (OverflowError, ValueError) as error:
        raise error if isinstance(error, Unusable) else Unusable(f"its {stamp} is no time") from None


def _believable(found: datetime, name: str | None) -> datetime:
    utc = found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
    if not EARLIEST <= utc < LATEST:
        raise Unusable(f"its {name} lies outside the years 1990 to 2199")
    return utc


def needed_moment(record: Record, stamp: str, date: str) -> datetime:
    value = moment(record, stamp, date)
    if value is None:
        raise Unusable(f"it has no {stamp}")
    return value
