"""Records of a partition as columns."""

from collections import Counter
from collections.abc import Iterable
from typing import Any, NamedTuple

import orjson

from untaken.streams.logs.kafka.headers import APPENDED_AT, BACKFILL, TIME, TYPE


class Columns(NamedTuple):
    """What a batch of the log tells of each record; `times` is the event time as it was written, if any."""

    offsets: list[int]
    types: list[str]
    appended: list[int]
    backfill: list[bool]
    values: list[bytes]
    times: list[str | None]


def columns_of(records: Iterable[Any]) -> Columns:
    """Split raw records; the type of what carries no header is the JSON's, and empty where there is none."""
    columns = Columns([], [], [], [], [], [])
    names: dict[bytes, str] = {}
    for record in records:
        headers = dict(record.headers)
        value = b"" if record.value is None else bytes(record.value)
        type_name, time = headers.get(TYPE), headers.get(TIME)
        if not type_name:
            told, at = _told(value)
        else:
            told = names.setdefault(type_name, type_name.decode(errors="replace"))
            at = None if time is None else time.decode(errors="replace")
        columns.offsets.append(record.offset)
        columns.types.append(told)
        columns.appended.append(_appended_at(headers.get(APPENDED_AT), record.timestamp))
        columns.backfill.append(headers.get(BACKFILL) == b"1")
        columns.values.append(value)
        columns.times.append(at)
    return columns


def kinds_of(records: Iterable[Any]) -> Counter[tuple[str, bool]]:
    """Count records by type and backfill."""
    return Counter(map(_kind_of, records))


def _kind_of(record: Any) -> tuple[str, bool]:
    headers = dict(record.headers)
    type_name = headers.get(TYPE)
    told = type_name.decode(errors="replace") if type_name else _told(record.value or b"")[0]
    return told, headers.get(BACKFILL) == b"1"


def _told(value: bytes) -> tuple[str, str | None]:
    """Return type and time of an event whose producer wrote no headers."""
    try:
        event = orjson.loads(value)
    except orjson.JSONDecodeError:
        return "", None
    if not isinstance(event, dict):
        return "", None
    type_name, at = event.get("type"), event.get("at")
    return (type_name if isinstance(type_name, str) else ""), (at if isinstance(at, str) else None)


def _appended_at(header: bytes | None, timestamp_ms: int) -> int:
    """Return microseconds; a header that is no number does not count."""
    if header is not None and header.removeprefix(b"-").isdigit():
        return int(header)
    return timestamp_ms * 1000
