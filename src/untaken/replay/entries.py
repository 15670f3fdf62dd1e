"""Records on their way into a log."""

from __future__ import annotations

import re

import orjson
import polars as pl

from untaken.schemas.registry import BROADCAST, SYMBOL_TOPICS
from untaken.streams.logs.base import Entry

_PARTITION = re.compile(r"(?P<topic>.+)\[(?P<number>\d+)\]")
_HOME_OF_BROADCAST = "market"


def entries_of(records: pl.DataFrame) -> list[Entry]:
    """Return records as entries that keep what their log said of them."""
    columns = ("type", "value", "topic", "backfill", "appended_at")
    return [
        Entry(name, value, symbol_of(topic, value), backfill, appended_at, topic)
        for name, value, topic, backfill, appended_at in records.select(columns).iter_rows()
    ]


def symbol_of(topic: str, value: bytes) -> str | None:
    """Return the symbol that an event of a symbol-keyed topic names, which chooses its partition."""
    if topic not in SYMBOL_TOPICS:
        return None
    try:
        event = orjson.loads(value)
    except orjson.JSONDecodeError:
        return None
    symbol = event.get("symbol") if isinstance(event, dict) else None
    return symbol if isinstance(symbol, str) else None


def is_kept_elsewhere(records: pl.DataFrame) -> pl.Series:
    """Mark the copies that Kafka keeps in every partition of what concerns all symbols, but for one of each."""
    copies = pl.repeat(False, records.height, dtype=pl.Boolean, eager=True)
    for stream in records["stream"].unique():
        found = _PARTITION.fullmatch(stream)
        if found is None:
            continue
        own = (records["stream"] == stream) & records["topic"].is_in(SYMBOL_TOPICS)
        broadcast = records["type"].is_in(sorted(BROADCAST))
        if int(found["number"]) or records.filter(own)["topic"].first() != _HOME_OF_BROADCAST:
            copies = copies | (own & broadcast)
        if int(found["number"]):
            copies = copies | (own & _without_symbol(records, own))
    return copies


def _without_symbol(records: pl.DataFrame, own: pl.Series) -> pl.Series:
    rows = zip(records["topic"], records["value"], own, strict=True)
    return pl.Series(
        [mine and symbol_of(topic, value) is None for topic, value, mine in rows], dtype=pl.Boolean
    )
