"""Everything that is published of one partition, as of one publication."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from untaken.errors import UntakenError
from untaken.projections.catalogue import PROJECTIONS
from untaken.projections.definition import Projection
from untaken.schemas.registry import SYMBOL_TOPICS
from untaken.streams.logs.base import Position
from untaken.streams.logs.kafka.address import Address
from untaken.streams.logs.kafka.connecting import Deadline
from untaken.streams.logs.kafka.loop import completed
from untaken.streams.logs.kafka.naming import TopicPartition, bare_name, stream_name
from untaken.streams.published.form.keys import table_name
from untaken.streams.published.form.letters import refusals_in
from untaken.streams.published.form.places import place_of
from untaken.streams.published.form.progress import Progress
from untaken.streams.published.form.records import LETTERS_TOPIC, ROW_TOPICS
from untaken.streams.published.form.rows import KINDS, RowKind, rows_of
from untaken.streams.published.form.tables import of_table_key, table_of
from untaken.streams.published.reading.committed import Ends, StateReader, state_reader
from untaken.streams.published.writing.outgoing import own_refusals
from untaken.streams.store.rows import SCHEMAS

_PAUSE_S = 0.05


class NeverStill(UntakenError):
    """A partition was published again and again, or in part, while it was read; it is to be read later."""


@dataclass(frozen=True)
class Snapshot:
    """What was published of a partition up to one publication."""

    progress: Progress
    rows: dict[str, pl.DataFrame]
    """Rows by topic, with `ref`, sorted by it."""
    tables: dict[str, pl.DataFrame]
    """Tables by name of the projection, sorted by day and keys."""
    refused: pl.DataFrame
    """Refusals that this partition tells of (columns of `intake.REFUSED`), up to its position."""


class _Gathered:
    """Last values by topic and key, and where the last record of each topic lay."""

    def __init__(self, prefix: str) -> None:
        self._prefix = prefix
        self.values: dict[str, dict[bytes, bytes]] = {topic: {} for topic in (*ROW_TOPICS, "tables")}
        self.letters: list[Any] = []
        self.ends: dict[str, int] = {}
        self.reached: Ends = {}

    def take(self, place: TopicPartition, records: Sequence[Any]) -> None:
        topic = bare_name(self._prefix, place.topic)
        if topic == LETTERS_TOPIC:
            self.letters += records
            return
        for record in records:
            if record.value is None:
                self.values[topic].pop(bytes(record.key), None)
            else:
                self.values[topic][bytes(record.key or b"")] = bytes(record.value)
        if records:
            self.ends[topic] = records[-1].offset + 1


def snapshot(address: Address, partition: int) -> Snapshot | None:
    """Read what is published of a partition; None if nothing ever was.

    Raises NeverStill where publications follow each other faster than they can be read, or where a worker died
    in the midst of several and none has gone on.
    """
    return completed(_snapshot(address, partition))


async def _snapshot(address: Address, partition: int) -> Snapshot | None:
    deadline = Deadline(address.options.request_timeout_s)
    gathered = _Gathered(address.options.prefix)
    async with state_reader(address) as reader:
        while (said := await reader.last_progress(partition)) is not None:
            if await _is_still(reader, gathered, said.progress):
                return _made(gathered, said.progress, address.options.prefix)
            if deadline.passed:
                raise NeverStill(
                    f"partition {partition} was not published as a whole while it was read for "
                    f"{deadline.patience_s:.0f} s: stop its worker, or start one if none runs, and try again"
                )
            await asyncio.sleep(_PAUSE_S)
    return None


async def _is_still(reader: StateReader, gathered: _Gathered, said: Progress) -> bool:
    """Read on; return whether exactly what this publication and those before it wrote was read."""
    topics = (*ROW_TOPICS, "tables")
    places = {topic: reader.place(topic, said.partition) for topic in topics}
    places[LETTERS_TOPIC] = reader.place(LETTERS_TOPIC, 0)
    ends = await reader.ends(places.values())
    gathered.reached |= await reader.read(gathered.reached, ends, gathered.take)
    return all(
        gathered.reached[places[topic]] >= said.ends.get(topic, 0)
        and gathered.ends.get(topic, 0) <= said.ends.get(topic, 0)
        for topic in topics
    )


def _made(gathered: _Gathered, said: Progress, prefix: str) -> Snapshot:
    rows = {topic: _rows(kind, gathered.values[topic]) for topic, kind in KINDS.items()}
    tables = {p.name: _table(p, gathered.values["tables"]) for p in PROJECTIONS}
    letters = refusals_in(gathered.letters, stream_name(prefix + LETTERS_TOPIC, 0))
    return Snapshot(said, rows, tables, told_by(letters, said.position, prefix, said.partition))


def _rows(kind: RowKind, values: dict[bytes, bytes]) -> pl.DataFrame:
    read = rows_of(kind, list(values.values())).frame
    return read.select(list(SCHEMAS[kind.kind])).sort("ref")


def _table(projection: Projection, values: dict[bytes, bytes]) -> pl.DataFrame:
    name = table_name(projection.name, projection.version)
    days = sorted(
        (of_table_key(key)[1], value) for key, value in values.items() if of_table_key(key)[0] == name
    )
    return pl.concat([projection.empty(), *(table_of(projection, value) for _, value in days)])


def told_by(refused: pl.DataFrame, position: Position, prefix: str, partition: int) -> pl.DataFrame:
    """Keep the refusals of records that lie before a partition's position and that it tells of."""
    kept = [
        _lies_in(stream, prefix, partition) and offset < position.get(stream, 0)
        for stream, offset in refused.select("stream", "offset").iter_rows()
    ]
    mine = refused.filter(pl.Series(kept, dtype=pl.Boolean))
    own = own_refusals(mine, prefix, partition)
    return own.unique(["stream", "offset"], keep="last", maintain_order=True).sort("stream", "offset")


def _lies_in(stream: str, prefix: str, partition: int) -> bool:
    place = place_of(stream, prefix)
    return place.partition == partition if place.topic in SYMBOL_TOPICS else partition == 0
