"""Bars as encoded events, in bulk: one JSON text a row without a Python object per field."""

from __future__ import annotations

import polars as pl

from untaken.schemas.events.market import MarketBar
from untaken.schemas.ids import derived_id
from untaken.streams.connectors.candles.columns import ASK, BID
from untaken.streams.connectors.candles.naming import in_words
from untaken.streams.logs.base import Entry

FEED = "feed"
"""The bot that bars are reported by: prices belong to no bot."""

_TYPE = "market.bar"
_STAMP = "%Y-%m-%dT%H:%M:%S%.6fZ"
_OPTIONAL = ("volume", BID[0], ASK[0], "meta")


def bar_entries(frame: pl.DataFrame, source: str) -> list[Entry]:
    """Return the bars as backfill entries in the frame's order, with ids derived from all they say.

    `frame` as `BarTable` has it, valid rows only, with `interval_us`.
    """
    tails = _tails(_events(frame, source))
    return [
        Entry(_TYPE, _value(tail), symbol, backfill=True)
        for tail, symbol in zip(tails, frame["symbol"], strict=True)
    ]


def _value(tail: bytes) -> bytes:
    return b'{"type":"market.bar","id":"' + derived_id(_TYPE, tail).encode() + b'",' + tail[1:]


def _events(frame: pl.DataFrame, source: str) -> pl.DataFrame:
    """All fields of the event but type and id, in the model's order."""
    names = {length: in_words(length) for length in frame["interval_us"].unique().to_list()}
    event = frame.with_columns(
        at=_stamp(pl.col("open_at") + pl.col("interval_us")),
        open_at=_stamp(pl.col("open_at")),
        bot=pl.lit(FEED),
        run=pl.lit("default"),
        mode=pl.lit("live"),
        interval=pl.col("interval_us").replace_strict(names, return_dtype=pl.String),
        source=pl.lit(source),
    )
    if "reported" in frame.columns and frame["reported"].null_count() < frame.height:
        known = pl.col("reported").is_not_null()
        event = event.with_columns(meta=pl.when(known).then(pl.struct(reported_symbol="reported")))
    return event.select(name for name in MarketBar.model_fields if name in event.columns)


def _stamp(microseconds: pl.Expr) -> pl.Expr:
    return microseconds.cast(pl.Datetime("us")).dt.strftime(_STAMP)


def _tails(events: pl.DataFrame) -> list[bytes]:
    """Encode rows by which of their optional fields are given, since a null is left out and never written."""
    optional = [name for name in _OPTIONAL if name in events.columns]
    if not optional:
        return _encode(events)
    keyed = events.with_row_index("place").with_columns(
        pl.col(name).is_null().alias(f"no {name}") for name in optional
    )
    parts = []
    for part in keyed.partition_by([f"no {name}" for name in optional], maintain_order=True):
        fields = part.select(name for name in events.columns if part[name].null_count() == 0)
        parts.append(part.select("place", tail=pl.Series(_encode(fields), dtype=pl.Binary)))
    return pl.concat(parts).sort("place")["tail"].to_list()


def _encode(fields: pl.DataFrame) -> list[bytes]:
    text = fields.select(pl.struct(pl.all()).struct.json_encode().cast(pl.Binary)).to_series()
    return text.to_list()
