"""Moments: RFC 3339 text and integer microseconds since the epoch, UTC."""

from datetime import UTC, datetime, timedelta

SECOND = 1_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def microseconds(text: str) -> int:
    return (datetime.fromisoformat(text) - EPOCH) // timedelta(microseconds=1)


def text_of(moment: int | None) -> str | None:
    if moment is None:
        return None
    when = EPOCH + timedelta(microseconds=moment)
    return when.replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


def day_of(moment: int) -> str:
    """Return the UTC day of a moment, such as 2024-03-04."""
    return (EPOCH + timedelta(microseconds=moment)).date().isoformat()
