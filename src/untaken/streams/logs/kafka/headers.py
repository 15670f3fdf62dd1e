"""Headers of a record: CloudEvents 1.0 in binary mode, the trace, and what the log itself notes.

Source: cloudevents/spec, bindings/kafka-protocol-binding.md: attributes are UTF-8 headers `ce_<name>`.
"""

import hashlib
from functools import lru_cache
from typing import Any, TypeAlias
from urllib.parse import quote

import orjson

from untaken.streams.logs.base import Entry

TYPE = "ce_type"
TIME = "ce_time"
APPENDED_AT = "untaken_appended_at"
"""Microseconds since the epoch, written by imports: when another log accepted the event."""
BACKFILL = "untaken_backfill"
TRACE = "traceparent"

Headers: TypeAlias = list[tuple[str, bytes]]

_OF_ALL = (("ce_specversion", b"1.0"), ("content-type", b"application/json"))


def headers_of(entry: Entry) -> Headers:
    """Return what is said about an event beside it."""
    event = _document(entry.value)
    bot, run = event.get("bot"), event.get("run")
    headers = [
        *_OF_ALL,
        (TYPE, entry.type.encode()),
        ("ce_id", _identifier(event, entry.value).encode()),
        ("ce_source", _source(str(bot or ""), str(run or "default"))),
    ]
    if isinstance(at := event.get("at"), str):
        headers.append((TIME, at.encode()))
    if entry.appended_at is not None:
        headers.append((APPENDED_AT, str(entry.appended_at).encode()))
    if entry.backfill:
        headers.append((BACKFILL, b"1"))
    if entry.traceparent is not None:
        headers.append((TRACE, entry.traceparent.encode()))
    return headers


def _document(value: bytes) -> dict[str, Any]:
    try:
        event = orjson.loads(value)
    except orjson.JSONDecodeError:
        return {}
    return event if isinstance(event, dict) else {}


def _identifier(event: dict[str, Any], value: bytes) -> str:
    """Return the event's id; CloudEvents demands one of what has none, so it gets its digest."""
    found = event.get("id")
    return found if isinstance(found, str) and found else hashlib.sha256(value).hexdigest()[:32]


@lru_cache(maxsize=4096)
def _source(bot: str, run: str) -> bytes:
    """Return who reports, as a URI reference."""
    return f"/untaken/{quote(bot, safe='')}/{quote(run, safe='')}".encode()
