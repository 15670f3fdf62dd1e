"""Event times: RFC 3339 with a zone on the wire, UTC datetimes in events, microseconds in columns."""

import re
from datetime import UTC, datetime, timedelta
from typing import Annotated

from pydantic import PlainValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)
LATEST = datetime(2200, 1, 1, tzinfo=UTC)

_RFC_3339 = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)", re.ASCII)
_WRITTEN = "%04d-%02d-%02dT%02d:%02d:%02d.%06dZ"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def to_us(moment: datetime) -> int:
    """Return microseconds since the epoch; exact, where `timestamp()` would pass through a float."""
    return (moment - _EPOCH) // _MICROSECOND


def from_us(microseconds: int) -> datetime:
    """Return the UTC datetime of microseconds since the epoch."""
    return _EPOCH + timedelta(microseconds=microseconds)


def rfc3339(moment: datetime) -> str:
    """Write a moment as `2024-03-04T10:00:00.000000Z`."""
    utc = moment if moment.tzinfo is UTC else moment.astimezone(UTC)
    # Half the time of `isoformat`, which a bot waits for at every event.
    day = utc.year, utc.month, utc.day
    return _WRITTEN % (*day, utc.hour, utc.minute, utc.second, utc.microsecond)


def instant(value: object) -> datetime:
    """Return a UTC datetime from RFC 3339 text or an aware datetime; finer than microseconds is cut off."""
    moment = value if isinstance(value, datetime) else _read(value)
    if moment.tzinfo is None:
        raise PydanticCustomError(
            "time_naive", "it has no time zone; write it in UTC, such as 2024-03-04T10:00:00Z"
        )
    try:
        utc = moment.astimezone(UTC)
    except OverflowError:
        raise PydanticCustomError("time_range", "it must lie in the years 1990 to 2199") from None
    if not EARLIEST <= utc < LATEST:
        raise PydanticCustomError("time_range", "it must lie in the years 1990 to 2199")
    return utc


def _read(value: object) -> datetime:
    if not isinstance(value, str):
        raise PydanticCustomError("time_text", "it must be a time in UTC, such as 2024-03-04T10:00:00Z")
    if _RFC_3339.fullmatch(value) is None:
        naive = _RFC_3339.fullmatch(value + "Z") is not None
        raise (
            PydanticCustomError(
                "time_naive", "it has no time zone; write it in UTC, such as 2024-03-04T10:00:00Z"
            )
            if naive
            else _unreadable()
        )
    try:
        return datetime.fromisoformat(value)
    except ValueError:
        raise _unreadable() from None


def _unreadable() -> PydanticCustomError:
    return PydanticCustomError("time_text", "it must be a time in UTC, such as 2024-03-04T10:00:00Z")


Instant = Annotated[
    datetime,
    PlainValidator(instant, json_schema_input_type=str),
    WithJsonSchema({"type": "string", "format": "date-time"}),
]
"""A moment in UTC, microseconds."""
