"""The embedded log: one SQLite file in WAL mode, appended by several processes, read while it is written."""

import gc
import sqlite3
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from untaken.streams.faults import point
from untaken.streams.logs.base import (
    FIRST,
    STREAM,
    Batch,
    Clock,
    Count,
    Entry,
    Position,
    system_clock,
    topic_of_entry,
)
from untaken.streams.logs.connections import Session, explained, transaction, wal_bytes
from untaken.streams.logs.errors import LogReadOnly
from untaken.streams.logs.facts_file import WAL_LIMIT_BYTES, check_file, open_for_reading, open_for_writing

if TYPE_CHECKING:
    from untaken.streams.logs.frames import Row

Kind: TypeAlias = tuple[str, str, bool]

_FETCH_ROWS = 256
_BATCH_BYTES = 64 << 20
_POLL_S = 0.01
_CHECKPOINT_WAIT_MS = 50

_INSERT = "INSERT INTO log (appended_at, kind, symbol, payload) VALUES (?, ?, ?, ?)"
_FROM = "SELECT offset, appended_at, kind, CAST(payload AS BLOB) FROM log WHERE offset >= ? ORDER BY offset LIMIT ?"
_SETTINGS = "SELECT offset, appended_at, kind, CAST(payload AS BLOB) FROM log WHERE kind < 0 ORDER BY offset"
_NEXT_KIND = {
    True: "SELECT min(coalesce(min(kind), 0), 0) - 1 FROM kinds",
    False: "SELECT max(coalesce(max(kind), 0), 0) + 1 FROM kinds",
}


class SqliteLog:
    """A log in a file.

    Safe to use from several threads and processes, and across forks. An append is one transaction, durable
    when it returns. No lock is held between two reads, so that reading never stands in a writer's way.
    """

    def __init__(
        self,
        path: Path,
        *,
        create: bool = True,
        read_only: bool = False,
        timeout_s: float = 10.0,
        clock: Clock = system_clock,
    ) -> None:
        self.path = path.expanduser().absolute()
        self._create = create
        self._read_only = read_only
        self._timeout_s = timeout_s
        self._clock = clock
        self._kinds: dict[Kind, int] = {}
        self._wal_tried_at = 0
        self._writer = Session(self.path, self._open_writer)
        self._reader = Session(self.path, self._open_reader)
        with self._using(self._reader if read_only else self._writer):
            pass

    @property
    def url(self) -> str:
        return f"sqlite:///{self.path}"

    def append(self, entries: Sequence[Entry]) -> list[int]:
        if self._read_only:
            raise LogReadOnly(self.path)
        if not entries:
            return []
        with self._using(self._writer) as connection:
            offsets = self._append(connection, entries)
            self._tame_wal(connection)
        return offsets

    def read(self, after: Position, limit: int) -> Batch:
        start = after.get(STREAM, FIRST)
        with self._using(self._reader) as connection, _collector_paused():
            return _batch(connection, _fetched(connection.execute(_FROM, (start, limit))), start)

    def start(self) -> Position:
        return {STREAM: FIRST}

    def end(self) -> Position:
        with self._using(self._reader) as connection:
            last = connection.execute("SELECT max(offset) FROM log").fetchone()[0]
        return {STREAM: (last or 0) + 1}

    def wait(self, position: Position, timeout_s: float) -> bool:
        deadline = time.monotonic() + timeout_s
        wanted = position.get(STREAM, FIRST)
        while self.end()[STREAM] <= wanted:
            left_s = deadline - time.monotonic()
            if left_s <= 0:
                return False
            time.sleep(min(_POLL_S, left_s))
        return True

    def counts(self) -> list[Count]:
        with self._using(self._reader) as connection:
            rows = connection.execute(
                "SELECT topic, type, backfill, events FROM kinds ORDER BY 1, 2, 3"
            ).fetchall()
        return [Count(topic, name, bool(backfill), events) for topic, name, backfill, events in rows]

    def settings_records(self) -> Batch:
        with self._using(self._reader) as connection:
            return _batch(connection, connection.execute(_SETTINGS).fetchall(), FIRST)

    def check(self) -> list[str]:
        with self._using(self._reader) as connection:
            return check_file(connection)

    def close(self) -> None:
        self._reader.end()
        self._writer.end()

    def _append(self, connection: sqlite3.Connection, entries: Sequence[Entry]) -> list[int]:
        kinds: list[Kind] = [(topic_of_entry(entry), entry.type, entry.backfill) for entry in entries]
        with transaction(connection):
            numbers = {
                kind: self._counted(connection, kind, events) for kind, events in Counter(kinds).items()
            }
            connection.executemany(_INSERT, _rows(entries, [numbers[kind] for kind in kinds], self._clock()))
            point("log.inserted")
            last: int = connection.execute("SELECT last_insert_rowid()").fetchone()[0]
        point("log.committed")
        self._kinds |= numbers  # only now: what is rolled back must not be remembered
        return list(range(last - len(entries) + 1, last + 1))

    def _counted(self, connection: sqlite3.Connection, kind: Kind, events: int) -> int:
        """Add to the count of a kind and return its number."""
        number = self._kinds.get(kind)
        if number is None:
            number = _number_of(connection, kind)
        connection.execute("UPDATE kinds SET events = events + ? WHERE kind = ?", (events, number))
        return number

    def _tame_wal(self, connection: sqlite3.Connection) -> None:
        """Cut a WAL that readers have kept SQLite from reusing; if one still does, try after as much again."""
        size = wal_bytes(self.path)
        if size < self._wal_tried_at + WAL_LIMIT_BYTES:
            self._wal_tried_at = min(self._wal_tried_at, size)
            return
        connection.execute(f"PRAGMA busy_timeout = {_CHECKPOINT_WAIT_MS}")
        with suppress(sqlite3.Error):  # the append itself is durable, whatever becomes of this
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        connection.execute(f"PRAGMA busy_timeout = {int(self._timeout_s * 1000)}")
        self._wal_tried_at = wal_bytes(self.path)

    @contextmanager
    def _using(self, session: Session) -> Iterator[sqlite3.Connection]:
        with explained(self.path, self._timeout_s), session.connection() as connection:
            yield connection

    def _open_writer(self) -> sqlite3.Connection:
        return open_for_writing(self.path, create=self._create, timeout_s=self._timeout_s)

    def _open_reader(self) -> sqlite3.Connection:
        return open_for_reading(self.path, timeout_s=self._timeout_s)


def _rows(
    entries: Sequence[Entry], kinds: Sequence[int], now: int
) -> Iterator[tuple[int, int, str | None, bytes]]:
    for entry, kind in zip(entries, kinds, strict=True):
        yield (now if entry.appended_at is None else entry.appended_at, kind, entry.symbol, entry.value)


def _number_of(connection: sqlite3.Connection, kind: Kind) -> int:
    topic, name, backfill = kind
    found = connection.execute(
        "SELECT kind FROM kinds WHERE topic = ? AND type = ? AND backfill = ?", (topic, name, backfill)
    ).fetchone()
    if found is None:
        found = connection.execute(_NEXT_KIND[topic == "settings"]).fetchone()
        connection.execute("INSERT INTO kinds VALUES (?, ?, ?, ?, 0)", (found[0], topic, name, backfill))
    number: int = found[0]
    return number


def _fetched(cursor: sqlite3.Cursor) -> "list[Row]":
    """Fetch rows up to a bound of bytes; the cursor is closed, for an open one pins the WAL."""
    rows: list[Row] = []
    held = 0
    with closing(cursor):
        while held < _BATCH_BYTES and (fetched := cursor.fetchmany(_FETCH_ROWS)):
            rows += fetched
            held += sum(len(row[3]) for row in fetched)
    return rows


@contextmanager
def _collector_paused() -> Iterator[None]:
    """Keep the garbage collector from scanning the growing list of rows, which costs a third of a read."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def _batch(connection: sqlite3.Connection, rows: "list[Row]", start: int) -> Batch:
    from untaken.streams.logs.frames import batch_of  # noqa: PLC0415 - writers stay free of polars

    kinds = {
        number: (topic, name, bool(backfill))
        for number, topic, name, backfill in connection.execute(
            "SELECT kind, topic, type, backfill FROM kinds"
        )
    }
    return batch_of(rows, kinds, start)
