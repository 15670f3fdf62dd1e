"""Ledger and trade rows as `ledger.row` and `trade.row` events and back, lossless to the bit."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import polars as pl

from untaken.projections import ledger, trades
from untaken.schemas.base import Event
from untaken.schemas.columnar.bulk import CHUNK, decode_batch
from untaken.schemas.columnar.columns import schema_of
from untaken.schemas.events.derived import LedgerRow, TradeRow
from untaken.streams.chain.refs import signal_ref, trade_ref
from untaken.streams.published.form.decoding import own_events
from untaken.streams.published.form.encoding import Payloads, payloads
from untaken.streams.store.rows import Kind

Change = Callable[[pl.DataFrame], pl.DataFrame]


@dataclass(frozen=True)
class RowKind:
    """How rows of one kind are published."""

    kind: Kind
    topic: str
    event: str
    """Type of the event."""
    model: type[Event]
    identity: tuple[str, ...]
    columns: dict[str, pl.DataType]
    ref: pl.Expr
    to_event: Change
    to_row: Change


def _signal_to_event(rows: pl.DataFrame) -> pl.DataFrame:
    """Name the fact that defines the row, and say of the sole blocker only that the first is it."""
    known = pl.col("chain_complete").fill_null(value=False)
    return rows.rename({"id": "signal_event"}).with_columns(
        sole=pl.when(pl.col("sole").is_not_null()).then(True).when(known).then(False)
    )


def _signal_to_row(events: pl.DataFrame) -> pl.DataFrame:
    alone = pl.col("sole").fill_null(value=False)
    return events.with_columns(id="signal_event", sole=pl.when(alone).then("first"))


def _same(rows: pl.DataFrame) -> pl.DataFrame:
    return rows


LEDGER = RowKind(
    kind="ledger",
    topic="ledger",
    event="ledger.row",
    model=LedgerRow,
    identity=ledger.IDENTITY,
    columns=ledger.COLUMNS,
    ref=signal_ref(),
    to_event=_signal_to_event,
    to_row=_signal_to_row,
)
TRADES = RowKind(
    kind="trades",
    topic="trades",
    event="trade.row",
    model=TradeRow,
    identity=trades.IDENTITY,
    columns=trades.COLUMNS,
    ref=trade_ref(),
    to_event=_same,
    to_row=_same,
)
KINDS: dict[str, RowKind] = {LEDGER.topic: LEDGER, TRADES.topic: TRADES}


def row_events(kind: RowKind, rows: pl.DataFrame) -> Payloads:
    """Return the events of rows (columns of the kind and `revision`)."""
    return payloads(kind.model, kind.to_event(rows), kind.identity)


@dataclass(frozen=True)
class Rows:
    """Rows with their `ref`, by `row` the payload they came from; and the payloads that are none."""

    frame: pl.DataFrame
    refused: Sequence[str]
    """One sentence for each payload that is no row: somebody else writes into the topic."""
    unread: int
    """Payloads of a newer version."""


def rows_of(kind: RowKind, values: Sequence[bytes]) -> Rows:
    """Return the rows of events; the frame has `row`, `ref`, `revision` and the columns of the kind."""
    parts = [_chunk(kind, values[since : since + CHUNK], since) for since in range(0, len(values), CHUNK)]
    return Rows(
        pl.concat([_shaped(kind, _nothing(kind)), *(part.frame for part in parts)]),
        [sentence for part in parts for sentence in part.refused],
        sum(part.unread for part in parts),
    )


def _chunk(kind: RowKind, values: Sequence[bytes], since: int) -> Rows:
    binary = pl.Series(values, dtype=pl.Binary)
    ours = own_events(kind.model, binary, kind.identity)
    known = _nothing(kind) if ours is None else ours
    if known.height == len(values):
        return Rows(_shaped(kind, known, since), [], 0)
    others = (
        pl.Series(range(len(values)), dtype=pl.UInt32)
        .to_frame("row")
        .join(known, on="row", how="anti")["row"]
    )
    judged = decode_batch(kind.event, binary[others])
    taken = judged.frame.with_columns(row=others[judged.frame["row"]])
    both = pl.concat([_shaped(kind, known, since), _shaped(kind, taken, since)]).sort("row")
    return Rows(both, [refusal.sentence for refusal in judged.refused], len(judged.unread))


def _nothing(kind: RowKind) -> pl.DataFrame:
    return pl.DataFrame(schema={"row": pl.UInt32, **schema_of(kind.model)})


def _shaped(kind: RowKind, events: pl.DataFrame, since: int = 0) -> pl.DataFrame:
    """Return events as rows of the kind."""
    cast = [pl.col(name).cast(dtype) for name, dtype in kind.columns.items()]
    return (
        kind.to_row(events)
        .with_columns(pl.col("row").cast(pl.UInt32) + since, ref=kind.ref)
        .select("row", "ref", "revision", *cast)
    )
