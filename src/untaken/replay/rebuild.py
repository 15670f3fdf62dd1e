"""Rebuild: everything derived, computed anew from the facts alone; verify: whether it is what is there."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from untaken.projections.catalogue import PROJECTIONS
from untaken.replay.digest import digest
from untaken.streams.chain.chain import Applied, Chain
from untaken.streams.logs.base import Batch, Log, Position
from untaken.streams.store.state import State

BATCH_RECORDS = 100_000


@dataclass(frozen=True)
class Difference:
    """One table that is not what a rebuild makes of the log."""

    table: str
    live_digest: str
    rebuilt_digest: str
    rows: pl.DataFrame
    """The first rows that are in one of the two only, with `in` = live or rebuilt."""


@dataclass(frozen=True)
class Verification:
    """Digest per table, and the tables that differ."""

    digests: dict[str, str]
    differences: list[Difference]
    records: int

    @property
    def clean(self) -> bool:
        """Whether the live tables are, to the last bit, what the log makes."""
        return not self.differences


def rebuild(
    log: Log,
    into: State,
    *,
    until: Position | None = None,
    until_at: int | None = None,
    settings_until: Position | None = None,
    batch_records: int = BATCH_RECORDS,
    progress: Callable[[Applied], None] = lambda _: None,
) -> Chain:
    """Apply the log from its beginning to an empty state, up to a position or up to an appended_at.

    `settings_until`: the position up to which settings are known, where that is beyond `until`.
    """
    chain = Chain(into)
    chain.begin(_cut(log.settings_records(), _later(until, settings_until or {}), until_at))
    for batch in _batches(log, until, until_at, batch_records):
        progress(chain.apply(batch))
    return chain


def verify(
    log: Log, live: Chain, scratch: Path | None, *, progress: Callable[[Applied], None] = lambda _: None
) -> Verification:
    """Rebuild up to where the live state stands and compare every table by digest.

    `scratch` is the file in which the rebuild works; in memory if None.
    """
    state = State(scratch)
    try:
        records = 0

        def counted(applied: Applied) -> None:
            nonlocal records
            records += applied.records
            progress(applied)

        rebuilt = rebuild(log, state, until=live.position, settings_until=live.settings_end, progress=counted)
        digests: dict[str, str] = {}
        differences = []
        theirs = dict(tables_of(rebuilt))
        for name, table in tables_of(live):
            digests[name], other = digest(table), digest(theirs[name])
            if digests[name] != other:
                differences.append(
                    Difference(name, digests[name], other, first_differing(table, theirs[name]))
                )
        return Verification(digests, differences, records)
    finally:
        state.close()


def tables_of(chain: Chain) -> Iterator[tuple[str, pl.DataFrame]]:
    """Everything derived, one sorted table after the other."""
    stores = chain.stores
    yield "ledger", stores.rows.load_all("ledger").sort("ref")
    yield "trades", stores.rows.load_all("trades").sort("ref")
    for projection in PROJECTIONS:
        yield projection.name, stores.tables.load(projection)
    yield "dead_letters", _refused(chain)


def first_differing(live: pl.DataFrame, rebuilt: pl.DataFrame, most: int = 5) -> pl.DataFrame:
    """Rows that are in one of two tables only."""
    key = live.columns
    texts = [table.select(pl.struct(key).struct.json_encode().alias("row")) for table in (live, rebuilt)]
    only_live = (
        texts[0].join(texts[1], on="row", how="anti").head(most).with_columns(pl.lit("live").alias("in"))
    )
    only_rebuilt = (
        texts[1].join(texts[0], on="row", how="anti").head(most).with_columns(pl.lit("rebuilt").alias("in"))
    )
    return pl.concat([only_live, only_rebuilt])


def _refused(chain: Chain) -> pl.DataFrame:
    query = "SELECT stream, offset, code, type, id, sentence FROM refused ORDER BY stream, offset"
    rows = chain.state.connection.execute(query).fetchall()
    names = ("stream", "offset", "code", "type", "id", "sentence")
    schema = {name: pl.Int64() if name == "offset" else pl.String() for name in names}
    return pl.DataFrame(rows, schema=schema, orient="row")


def _batches(log: Log, until: Position | None, until_at: int | None, limit: int) -> Iterator[Batch]:
    position = log.start()
    while len(batch := log.read(position, limit)) > 0:
        kept = _cut(batch, until, until_at)
        if len(kept):
            yield kept
        position = batch.position
        if until is not None and all(position.get(stream, 0) >= end for stream, end in until.items()):
            break


def _later(until: Position | None, other: Position) -> Position | None:
    if until is None:
        return None
    return {stream: max(until.get(stream, 0), other.get(stream, 0)) for stream in {**until, **other}}


def _cut(batch: Batch, until: Position | None, until_at: int | None) -> Batch:
    frame = batch.frame
    if until is not None:
        ends = pl.DataFrame(list(until.items()), schema={"stream": pl.String, "end": pl.Int64}, orient="row")
        inside = frame.join(ends, on="stream", how="left", maintain_order="left")
        frame = inside.filter(pl.col("offset") < pl.col("end")).drop("end")
    if until_at is not None:
        frame = frame.filter(pl.col("appended_at") <= until_at)
    return Batch(frame, batch.position)
