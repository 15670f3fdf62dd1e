"""Payloads of one type straight to columns."""

from typing import Final, NamedTuple

import polars as pl

from untaken.errors import RefusalCode, Refused, Unread
from untaken.schemas.base import Event
from untaken.schemas.codec import decode
from untaken.schemas.columnar import fastpath
from untaken.schemas.columnar.columns import frame_of, schema_of
from untaken.schemas.registry import EVENTS
from untaken.schemas.wire import claim_of

CHUNK: Final = 16_384
"""Payloads read at once; bounds memory and keeps it in the processor's cache."""

FEW: Final = 256
"""Up to here the fast path does not pay."""


class Refusal(NamedTuple):
    """A payload that is not an event, and why."""

    row: int
    code: RefusalCode
    sentence: str
    id: str | None
    """Its id, where that could be read."""


class Decoded(NamedTuple):
    """What payloads of one type hold."""

    frame: pl.DataFrame
    """Columns of the type, and `row`: the index of the payload; in order of the payloads."""
    refused: list[Refusal]
    unread: list[int]
    """Indices of payloads that are newer than this software."""


def decode_batch(type_name: str, values: pl.Series) -> Decoded:
    """Decode payloads of one type, as read from a log, into columns.

    Takes what `codec.decode` takes, with the same values, and refuses what it refuses.
    """
    model = EVENTS.get(type_name)
    if model is None:
        return Decoded(_empty(Event), [], list(range(len(values))))
    values = values.fill_null(b"").rechunk()
    starts = range(0, len(values), CHUNK)
    chunks = [_decode_chunk(model, values.slice(start, CHUNK), start) for start in starts]
    return Decoded(
        frame=pl.concat([chunk.frame for chunk in chunks]) if chunks else _empty(model),
        refused=[refusal for chunk in chunks for refusal in chunk.refused],
        unread=[row for chunk in chunks for row in chunk.unread],
    )


def _decode_chunk(model: type[Event], values: pl.Series, first: int) -> Decoded:
    rows = pl.int_range(first, first + len(values), dtype=pl.UInt32, eager=True).alias("row")
    if len(values) <= FEW:
        return _decode_singly(model, values, rows)
    frame, sure = fastpath.read(model, values)
    if sure.all():
        return Decoded(frame.with_columns(rows), [], [])
    certain = pl.Series(sure)
    rest = _decode_singly(model, values.filter(~certain), rows.filter(~certain))
    frame = pl.concat([frame.with_columns(rows.filter(certain)), rest.frame]).sort("row")
    return rest._replace(frame=frame)


def _decode_singly(model: type[Event], values: pl.Series, rows: pl.Series) -> Decoded:
    """Give each payload to the pydantic model, which alone judges."""
    events: dict[int, Event] = {}
    refused: list[Refusal] = []
    unread: list[int] = []
    for row, payload in zip(rows, values, strict=True):
        try:
            events[row] = _judge(model, payload)
        except Unread:
            unread.append(row)
        except Refused as refusal:
            refused.append(Refusal(row, refusal.code, refusal.sentence, claim_of(payload).id))
    taken = pl.Series("row", list(events), dtype=pl.UInt32)
    return Decoded(frame_of(model, list(events.values())).with_columns(taken), refused, unread)


def _judge(model: type[Event], payload: bytes) -> Event:
    event = decode(payload, edge=False)
    if isinstance(event, model):
        return event
    raise Refused(
        "invalid", f"type was {event.type!r}: the log has filed it as {model.model_fields['type'].default!r}"
    )


def _empty(model: type[Event]) -> pl.DataFrame:
    return pl.DataFrame(schema={**schema_of(model), "row": pl.UInt32})
