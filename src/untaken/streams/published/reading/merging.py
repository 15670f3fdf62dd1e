"""One state out of the topics of all partitions: rows and days as they were published, sums added up.

It is a cache in the form of an engine's state, so that a view reads both alike; it holds no facts. Every part of
it lies under the partition that it came from, so that a partition only ever replaces its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import orjson
import polars as pl

from untaken.projections.definition import DAY_US
from untaken.streams.logs.kafka.naming import TopicPartition, bare_name, stream_name, topic_name
from untaken.streams.published.form.keys import ref_of_key
from untaken.streams.published.form.letters import refusals_in
from untaken.streams.published.form.progress import NotProgress, Progress, Series, progress_of, series_of
from untaken.streams.published.form.records import LETTERS_TOPIC, PROGRESS_TOPIC
from untaken.streams.published.form.rows import KINDS, RowKind, rows_of
from untaken.streams.published.form.tables import BY_NAME, NotATable, of_table_key, table_of
from untaken.streams.published.reading.counting import merged_counters
from untaken.streams.store.frames import DayFrames
from untaken.streams.store.index import TradeIndex
from untaken.streams.store.rows import RowStore
from untaken.streams.store.state import State

FLUSH_BYTES = 64 << 20
"""Bytes of records that are gathered before they are written: days are rewritten whole."""

REFS = {"ledger": "s", "trades": "t"}
"""First letter of the references of rows, by topic."""

Latest = dict[tuple[int, bytes], bytes | None]
"""The last value (None: a tombstone) by partition and key."""


class Known(NamedTuple):
    """The last word of a partition, and when the broker took it."""

    progress: Progress
    at_ms: int
    offset: int
    value: bytes
    """The record as it was read, to be known again."""


class Merging:
    """Takes in raw records of state topics and keeps the merged state; whoever calls it holds the writer."""

    def __init__(self, state: State, prefix: str) -> None:
        self._state = state
        self._prefix = prefix
        self._rows = RowStore(state.connection)
        self._days = TradeIndex(state.connection)
        self._latest: dict[str, Latest] = {}
        self._meta: dict[str, str] = {}
        self._letters: list[Any] = []
        self._bytes = 0
        self._positions = self.positions
        self.foreign = int(state.get("foreign") or 0)
        """Records that are not ours: something else writes into the topics."""

    @property
    def positions(self) -> dict[str, int]:
        """Where to read on, by stream, as it was last written."""
        return dict(orjson.loads(self._state.get("positions") or "{}"))

    def take(self, place: TopicPartition, records: Sequence[Any]) -> None:
        """Gather raw records of one partition, in their order; now and then they are written."""
        topic = bare_name(self._prefix, place.topic)
        if topic == LETTERS_TOPIC:
            self._letters += records
        elif topic == PROGRESS_TOPIC:
            for record in records:
                self._hear(place.partition, record)
        else:
            latest = self._latest.setdefault(topic, {})
            for record in records:
                value = None if record.value is None else bytes(record.value)
                latest[place.partition, bytes(record.key or b"")] = value
        self._bytes += sum(len(record.value or b"") for record in records)
        if records:
            self._positions[stream_name(*place)] = records[-1].offset + 1
        if self._bytes > FLUSH_BYTES:
            self.flush()

    def stand_at(self, positions: Mapping[TopicPartition, int]) -> None:
        """Note how far was read, beyond the last record that there was."""
        self._positions |= {stream_name(*place): offset for place, offset in positions.items()}

    def flush(self) -> None:
        """Write what was gathered, with the positions, in one transaction."""
        with self._state.transaction():
            for topic, kind in KINDS.items():
                self._write_rows(kind, self._latest.pop(topic, {}))
            self._write_tables(self._latest.pop("tables", {}))
            self._write_letters()
            for key, value in self._meta.items():
                self._state.put(key, value)
            self._state.put("positions", orjson.dumps(self._positions).decode())
            self._state.put("foreign", str(self.foreign))
        self._meta.clear()
        self._bytes = 0

    def settle(self) -> None:
        """Count what all partitions say together; the last step of a refresh."""
        said, prices = progresses(self._state), self._all_series()
        connection = self._state.connection
        with self._state.transaction():
            for table in ("counters", "prices"):
                connection.execute(f"DELETE FROM {table}")  # noqa: S608 - one of its own tables
            connection.executemany(
                "INSERT INTO counters VALUES (?, ?, ?)",
                merged_counters((known.progress for known in said.values()), prices),
            )
            # A view only asks which prices there are: their chunks are empty.
            connection.executemany(
                "INSERT OR REPLACE INTO prices VALUES (?, ?, ?, 0, x'')",
                [row for of_partition in prices for row in of_partition.series],
            )
            newest = [k.progress.watermark for k in said.values() if k.progress.watermark is not None]
            if newest:
                self._state.put("watermark", str(max(newest)))

    def _hear(self, partition: int, record: Any) -> None:
        """Keep what a partition says of its progress; the last word counts."""
        value = bytes(record.value or b"")
        try:
            if (record.key or b"").endswith(b"/prices"):
                series_of(value)
                self._meta[f"series:{partition}"] = value.decode()
            else:
                progress_of(value)
                told = [record.timestamp, record.offset, value.decode()]
                self._meta[f"progress:{partition}"] = orjson.dumps(told).decode()
        except (NotProgress, UnicodeDecodeError):
            self.foreign += 1

    def _write_letters(self) -> None:
        refused = refusals_in(self._letters, stream_name(topic_name(self._prefix, LETTERS_TOPIC), 0))
        self._letters = []
        self._state.connection.executemany(
            "INSERT OR REPLACE INTO refused VALUES (?,?,?,?,?,?,?,?,?)", refused.rows()
        )

    def _all_series(self) -> list[Series]:
        rows = self._state.connection.execute("SELECT value FROM meta WHERE key LIKE 'series:%' ORDER BY key")
        return [series_of(str(value).encode()) for (value,) in rows]

    def _write_rows(self, kind: RowKind, latest: Latest) -> None:
        if not latest:
            return
        places, values = _split(latest)
        read = rows_of(kind, values)
        self.foreign += len(read.refused)
        numbers = pl.Series([partition for partition, _ in places], dtype=pl.Int64)[read.frame["row"]]
        come = read.frame.with_columns(
            ref=_own_ref(numbers, pl.col("ref")), day=pl.col("at").floordiv(DAY_US).cast(pl.Int64)
        )
        gone = [
            f"{partition}\x1f{ref_of_key(REFS[kind.topic], key)}"
            for (partition, key), value in latest.items()
            if value is None
        ]
        known = self._days.days_of([*come["ref"], *gone])
        old = pl.DataFrame(
            [(ref, day) for ref, (day, _) in known.items()],
            schema={"ref": pl.String, "day": pl.Int64},
            orient="row",
        )
        self._rows.replace(kind.kind, old, come)
        self._days.remove(gone)
        self._days.save(come.select("ref", "day", "revision").iter_rows())

    def _write_tables(self, latest: Latest) -> None:
        touched: set[tuple[str, int]] = set()
        for (partition, key), value in latest.items():
            try:
                name, day = of_table_key(key)
                if name not in BY_NAME:
                    continue  # a version that is built beside this one
                frame = BY_NAME[name].empty() if value is None else table_of(BY_NAME[name], value)
            except NotATable:
                self.foreign += 1
                continue
            self._part(name, partition).save(frame, day)
            self._note_partition(partition)
            touched.add((name, day))
        partitions = self._partitions()
        for name, day in sorted(touched):
            parts = [self._part(name, partition).load([day]) for partition in partitions]
            merged = BY_NAME[name].merge(parts)
            DayFrames(self._state.connection, "tables", name, BY_NAME[name].empty()).save(merged, day)

    def _part(self, name: str, partition: int) -> DayFrames:
        return DayFrames(self._state.connection, "tables", f"{name}@{partition}", BY_NAME[name].empty())

    def _partitions(self) -> list[int]:
        return list(orjson.loads(self._state.get("partitions") or "[]"))

    def _note_partition(self, partition: int) -> None:
        known = self._partitions()
        if partition not in known:
            self._state.put("partitions", orjson.dumps(sorted([*known, partition])).decode())


def progresses(state: State) -> dict[int, Known]:
    """Return the last word of each partition that a merged state knows of."""
    rows = state.connection.execute("SELECT key, value FROM meta WHERE key LIKE 'progress:%'")
    found = {}
    for key, text in rows:
        at_ms, offset, value = orjson.loads(text)
        found[int(key.removeprefix("progress:"))] = Known(
            progress_of(value.encode()), at_ms, offset, value.encode()
        )
    return dict(sorted(found.items()))


def _split(latest: Latest) -> tuple[list[tuple[int, bytes]], list[bytes]]:
    """Return places and values of what is no tombstone."""
    there = [(place, value) for place, value in latest.items() if value is not None]
    return [place for place, _ in there], [value for _, value in there]


def _own_ref(partitions: pl.Series, ref: pl.Expr) -> pl.Expr:
    return pl.concat_str(partitions.cast(pl.String), ref, separator="\x1f")


def streams_of(places: Iterable[TopicPartition], positions: Mapping[str, int]) -> dict[TopicPartition, int]:
    """Return known positions by place."""
    return {place: positions[name] for place in places if (name := stream_name(*place)) in positions}
