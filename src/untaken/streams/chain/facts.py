"""Typed facts: columns by event type, once per id, in the order of a symbol."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import polars as pl

from untaken.schemas.columnar.bulk import decode_batch
from untaken.schemas.columnar.columns import schema_of
from untaken.schemas.registry import EVENTS
from untaken.streams.chain.aliases import aliased
from untaken.streams.store.facts import STORED

ENVELOPE = {
    "symbol_key": pl.String(),
    "topic": pl.String(),
    "ref": pl.String(),
    "other": pl.String(),
    "appended_at": pl.Int64(),
    "payload": pl.Binary(),
}
"""What a typed frame carries beside the event's own columns."""

CHAINED = ("signal.emitted", "decision.made", "signal.expired", "order.filled", "trade.closed")
"""Types that make up ledger rows and trades."""


@dataclass(frozen=True)
class TypedFacts:
    """Frames by event type; a type without facts has an empty frame of the right schema."""

    frames: Mapping[str, pl.DataFrame]

    def of(self, type_name: str) -> pl.DataFrame:
        """Return the facts of one type, ids unique within (symbol, topic)."""
        frame = self.frames.get(type_name)
        return empty_of(type_name) if frame is None else frame


def empty_of(type_name: str) -> pl.DataFrame:
    """Return the frame of no facts of a type."""
    return pl.DataFrame(schema={**schema_of(EVENTS[type_name]), **ENVELOPE})


def typed(stored: pl.DataFrame) -> dict[str, pl.DataFrame]:
    """Decode stored facts into frames by type."""
    return {
        str(key[0]): _decoded(str(key[0]), part)
        for key, part in stored.partition_by("type", as_dict=True).items()
    }


def _decoded(type_name: str, part: pl.DataFrame) -> pl.DataFrame:
    decoded = decode_batch(type_name, part["payload"]).frame
    envelope = part.select(
        pl.col("symbol").alias("symbol_key"), "topic", "ref", "other", "appended_at", "payload"
    )
    rows = decoded["row"]
    aligned = envelope[rows] if len(rows) != envelope.height else envelope
    return pl.concat([decoded.drop("row"), aligned], how="horizontal").select(empty_of(type_name).columns)


def united(parts: Iterable[Mapping[str, pl.DataFrame]], refs: pl.Series, aliases: pl.DataFrame) -> TypedFacts:
    """Put facts of several origins together: those that belong to or name these refs, each id once.

    Symbols are those that the runs mean by their names.
    """
    by_type: dict[str, list[pl.DataFrame]] = {}
    for part in parts:
        for type_name, frame in part.items():
            by_type.setdefault(type_name, []).append(frame)
    return TypedFacts(
        {name: _once(pl.concat(frames), refs, aliases) for name, frames in by_type.items() if name in CHAINED}
    )


def _once(facts: pl.DataFrame, refs: pl.Series, aliases: pl.DataFrame) -> pl.DataFrame:
    concerned = facts.filter(pl.col("ref").is_in(refs.implode()) | pl.col("other").is_in(refs.implode()))
    return unique_ids(aliased(concerned, aliases).with_columns(symbol_key="symbol"))


def unique_ids(facts: pl.DataFrame, symbol: str = "symbol_key") -> pl.DataFrame:
    """Of several facts under one id in one topic and symbol, keep the first appended."""
    key = [symbol, "topic", "id"]
    if not facts.select(key).is_duplicated().any():
        return facts
    return facts.sort("appended_at", "payload").unique(key, keep="first", maintain_order=True)


def stored_form(typed_frame: pl.DataFrame) -> pl.DataFrame:
    """Return typed facts as rows of the fact store."""
    return typed_frame.select(
        pl.col("symbol_key").alias("symbol"), *[name for name in STORED if name != "symbol"]
    )
