"""Records as lines of JSON: an envelope around each event, which `untaken emit` reads too.

The event stands last and byte for byte as the log has it. Bytes that are no line of JSON are kept beside it,
or instead of it, as base64 in `raw`.
"""

from __future__ import annotations

import base64
import binascii
from functools import lru_cache
from typing import Any, NamedTuple

import orjson

from untaken.errors import SchemaUnknown, UntakenError
from untaken.schemas.registry import topic_of
from untaken.schemas.times import EARLIEST, LATEST, from_us, instant, rfc3339, to_us

_EVENT = b',"event":'
_FIRST_US, _LAST_US = to_us(EARLIEST), to_us(LATEST)

LINES = "lines"
"""Stream of lines that name no position; their offsets are the numbers of the lines."""


class Record(NamedTuple):
    """One record of a log; the columns of `Batch.frame`."""

    stream: str
    offset: int
    topic: str
    type: str
    appended_at: int
    backfill: bool
    value: bytes


class NoEnvelope(UntakenError):
    """A line is not what an export writes; nothing of its file is imported."""


def line_of(record: Record) -> bytes:
    """Return a record as one line, without its end."""
    event = _object(record.value)
    exact = event is not None and not {10, 13} & set(record.value)
    place = _place(record.stream, record.topic, record.backfill)
    kind = b"" if event is not None and event.get("type") == record.type else _member("type", record.type)
    raw = b"" if exact else _member("raw", base64.b64encode(record.value).decode())
    head = b'{"appended_at":%b%b,"offset":%d%b%b' % (
        _written(record.appended_at),
        place,
        record.offset,
        kind,
        raw,
    )
    if event is None:
        return head + b"}"
    return head + _EVENT + (record.value if exact else orjson.dumps(event)) + b"}"


def record_of(line: bytes, number: int) -> Record:
    """Return the record of a line; raises `NoEnvelope` that says what is wrong with it."""
    envelope = _object(line)
    if envelope is None:
        raise NoEnvelope("it is broken off or no JSON object")
    if not {"event", "raw"} & envelope.keys() or "appended_at" not in envelope:
        raise NoEnvelope("it is no envelope of an export; `untaken emit` takes plain events")
    event = envelope.get("event")
    type_name = envelope.get("type", event.get("type") if isinstance(event, dict) else None)
    if not isinstance(type_name, str):
        raise NoEnvelope("it names no type of event")
    backfill = envelope.get("backfill", False)
    if not isinstance(backfill, bool):
        raise NoEnvelope(f"backfill was {backfill!r}; true or false is allowed")
    return Record(
        *_position(envelope, number),
        _topic(envelope, type_name),
        type_name,
        _microseconds(envelope["appended_at"]),
        backfill,
        _value(envelope, line),
    )


def _object(data: bytes) -> dict[str, Any] | None:
    try:
        value = orjson.loads(data)
    except orjson.JSONDecodeError:
        return None
    return value if isinstance(value, dict) else None


@lru_cache(maxsize=1024)
def _place(stream: str, topic: str, backfill: bool) -> bytes:  # noqa: FBT001 - a column of a record
    mark = b"true" if backfill else b"false"
    return b',"backfill":' + mark + _member("topic", topic) + _member("stream", stream)


def _member(name: str, value: str) -> bytes:
    return b',"%b":%b' % (name.encode(), orjson.dumps(value))


def _written(appended_at: int) -> bytes:
    """Return a time as text; one that no clock shows stays a number of microseconds."""
    if _FIRST_US <= appended_at < _LAST_US:
        return b'"%b"' % rfc3339(from_us(appended_at)).encode()
    return b"%d" % appended_at


def _microseconds(value: object) -> int:
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    try:
        return to_us(instant(value))
    except (ValueError, TypeError):
        raise NoEnvelope(
            f"appended_at was {value!r}; a time such as 2024-03-04T10:00:00Z is allowed"
        ) from None


def _position(envelope: dict[str, Any], number: int) -> tuple[str, int]:
    if "stream" not in envelope and "offset" not in envelope:
        return LINES, number
    stream, offset = envelope.get("stream"), envelope.get("offset")
    if not isinstance(stream, str) or not isinstance(offset, int) or isinstance(offset, bool):
        raise NoEnvelope(f"its position was {stream!r}, {offset!r}; a name and a whole number are allowed")
    return stream, offset


def _topic(envelope: dict[str, Any], type_name: str) -> str:
    topic = envelope.get("topic")
    if isinstance(topic, str) and topic:
        return topic
    try:
        return topic_of(type_name)
    except SchemaUnknown as unknown:
        raise NoEnvelope(str(unknown)) from None


def _value(envelope: dict[str, Any], line: bytes) -> bytes:
    raw = envelope.get("raw")
    if isinstance(raw, str):
        try:
            return base64.b64decode(raw, validate=True)
        except (binascii.Error, ValueError):
            raise NoEnvelope("its raw bytes are not base64") from None
    if next(reversed(envelope)) == "event":
        start = line.find(_EVENT)
        if start >= 0 and line.endswith(b"}") and _object(line[:start] + b"}") is not None:
            return line[start + len(_EVENT) : -1]
    return orjson.dumps(envelope["event"])
