"""Records on their way into state topics."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple
from urllib.parse import quote

import polars as pl

from untaken.schemas.times import from_us, rfc3339
from untaken.streams.published.form.encoding import Payloads

ROW_TOPICS = ("ledger", "trades")
"""Compacted topics of rows."""

OUTPUT_TOPICS = (*ROW_TOPICS, "tables", "shadow-fills", "shadow-outcomes", "progress")
"""Topics of which every partition is written by whoever works on the partition of that number."""

LETTERS_TOPIC = "dead-letters"
"""The one topic that all write to."""

PROGRESS_TOPIC = "progress"

Headers = list[tuple[str, bytes]]


class Record(NamedTuple):
    """One record; without a value it is a tombstone. `topic` is the bare name."""

    topic: str
    key: bytes | None
    value: bytes | None
    headers: Headers


def event_records(
    topic: str, type_name: str, rows: pl.DataFrame, keys: Iterable[bytes | None], events: Payloads
) -> Iterator[Record]:
    """Return records of events made of rows with bot, run and at, with the headers of CloudEvents."""
    told = rows.select("bot", "run", "at").iter_rows()
    for (bot, run, at), key, name, value in zip(told, keys, events.ids, events.values, strict=True):
        yield Record(topic, key, value, event_headers(type_name, name, bot, run, rfc3339(from_us(at))))


def event_headers(type_name: str, name: str, bot: str, run: str, at: str) -> Headers:
    """Return what is said about an event beside it (CloudEvents 1.0, binary mode)."""
    source = f"/untaken/{quote(bot, safe='')}/{quote(run, safe='')}"
    return [
        ("ce_specversion", b"1.0"),
        ("ce_type", type_name.encode()),
        ("ce_id", name.encode()),
        ("ce_source", source.encode()),
        ("ce_time", at.encode()),
        ("content-type", b"application/json"),
    ]


JSON_HEADERS: Headers = [("content-type", b"application/json")]
"""Headers of what is no event: days of tables, progress."""
