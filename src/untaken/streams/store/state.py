"""The state file: everything derived, in one SQLite file written by one engine in one transaction a batch."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from urllib.parse import quote

from untaken.errors import UntakenError
from untaken.streams.logs.connections import is_full, wal_bytes

APPLICATION_ID = 0x554E5453
VERSION = 4
"""Layout of the file and meaning of what is in it: 2 keeps tables in blocks of days, 3 knows what later entries would
have brought, in 4 a filled signal never lapses."""

_SCHEMA = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE facts (
    symbol TEXT NOT NULL, topic TEXT NOT NULL, id TEXT NOT NULL, type TEXT NOT NULL,
    ref TEXT NOT NULL, other TEXT, at INTEGER NOT NULL, appended_at INTEGER NOT NULL,
    batch INTEGER NOT NULL, payload BLOB NOT NULL,
    PRIMARY KEY (symbol, topic, id)) WITHOUT ROWID;
CREATE INDEX facts_by_ref ON facts (ref, at);
CREATE INDEX facts_by_other ON facts (other) WHERE other IS NOT NULL;
CREATE INDEX fills_by_time ON facts (symbol, at) WHERE type = 'order.filled';
CREATE TABLE prices (
    symbol TEXT NOT NULL, source TEXT NOT NULL, interval_us INTEGER NOT NULL, slot INTEGER NOT NULL,
    frame BLOB NOT NULL, PRIMARY KEY (symbol, source, interval_us, slot)) WITHOUT ROWID;
CREATE TABLE signals (
    ref TEXT PRIMARY KEY, symbol TEXT NOT NULL, day INTEGER NOT NULL, at INTEGER NOT NULL, book TEXT NOT NULL,
    entry_at INTEGER NOT NULL, until_at INTEGER NOT NULL, next_at INTEGER, free_at INTEGER,
    overlapped INTEGER NOT NULL, revision INTEGER NOT NULL) WITHOUT ROWID;
CREATE INDEX signals_by_prices ON signals (symbol, until_at);
CREATE INDEX signals_by_clock ON signals (next_at) WHERE next_at IS NOT NULL;
CREATE INDEX signals_by_book ON signals (book, entry_at);
CREATE INDEX signals_by_exit ON signals (book, until_at);
CREATE TABLE trades (ref TEXT PRIMARY KEY, day INTEGER NOT NULL, revision INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE rows (kind TEXT NOT NULL, day INTEGER NOT NULL, frame BLOB NOT NULL, PRIMARY KEY (kind, day))
    WITHOUT ROWID;
CREATE TABLE tables (name TEXT NOT NULL, day INTEGER NOT NULL, frame BLOB NOT NULL, PRIMARY KEY (name, day))
    WITHOUT ROWID;
CREATE TABLE refused (
    stream TEXT NOT NULL, offset INTEGER NOT NULL, code TEXT NOT NULL, type TEXT NOT NULL, id TEXT,
    at INTEGER, appended_at INTEGER NOT NULL, sentence TEXT NOT NULL, payload BLOB NOT NULL,
    PRIMARY KEY (stream, offset)) WITHOUT ROWID;
CREATE TABLE unread (
    stream TEXT NOT NULL, offset INTEGER NOT NULL, topic TEXT NOT NULL, type TEXT NOT NULL,
    appended_at INTEGER NOT NULL, backfill INTEGER NOT NULL, payload BLOB NOT NULL,
    PRIMARY KEY (stream, offset)) WITHOUT ROWID;
CREATE TABLE counters (name TEXT NOT NULL, key TEXT NOT NULL, n INTEGER NOT NULL, PRIMARY KEY (name, key))
    WITHOUT ROWID;
"""


class StateInUse(UntakenError):
    """Another engine writes this state; this one stops."""


class StateNewer(UntakenError):
    """The state was written by a newer version; it is refused (it can be deleted and rebuilt)."""


class StateOlder(UntakenError):
    """The state has an older layout; it is not read until an engine has computed it anew."""


class NotAState(UntakenError):
    """The file is not a state file; it is refused."""


class StateBroken(UntakenError):
    """The state cannot be read or written; the batch at hand is undone, and nothing is lost: the log has it all."""


class State:
    """One open state file (or one in memory, for tests and rebuilds).

    With `writer` the file is locked against a second engine for as long as it is open. Without, everything is
    read as it stood when the file was opened, whatever an engine writes meanwhile. The connection may go from one
    thread to another, but serves one at a time: a query of polars reads in threads of its own, which may go on for a
    moment after the query has ended, and hold `reading` while they do.
    """

    def __init__(self, path: Path | None, *, writer: bool = True) -> None:
        self.path = path
        self.writer = writer
        self.reading = Lock()
        self._lock: sqlite3.Connection | None = None
        if path is not None and writer:
            self._lock = _engine_lock(path)
        try:
            with self.explained():
                self.connection = self._connect()
                self._prepare()
        except BaseException:
            self.close()
            raise

    def _connect(self) -> sqlite3.Connection:
        if self.path is None:
            return sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
        if self.writer:
            return sqlite3.connect(self.path, isolation_level=None, timeout=10.0, check_same_thread=False)
        return _readable(self.path)

    def _prepare(self) -> None:
        connection = self.connection
        connection.execute("PRAGMA cache_size = -65536")
        version = int(connection.execute("PRAGMA user_version").fetchone()[0])
        application = int(connection.execute("PRAGMA application_id").fetchone()[0])
        if self.writer and application == version == 0 and not self._tables():
            connection.execute("PRAGMA journal_mode = WAL")
            self._create()
        elif application != APPLICATION_ID:
            raise NotAState(
                f"{self.path} is no state file of untaken; name another log, or move that file away"
            )
        elif version > VERSION:
            raise StateNewer(
                f"{self.path} was written by a newer untaken (state version {version}, this one reads {VERSION}); "
                "upgrade, or delete the file and let it be rebuilt from the log"
            )
        elif 0 < version < VERSION:
            self._renew()
        if self.writer:
            # The log holds every fact durably: what a power failure takes from the state is computed again.
            connection.execute("PRAGMA synchronous = NORMAL")
        else:
            connection.execute("BEGIN")
            connection.execute(
                "SELECT 1 FROM meta LIMIT 1"
            ).fetchone()  # the snapshot begins with the first read

    def _create(self, instead_of: Iterable[str] = ()) -> None:
        gone = " ".join(f"DROP TABLE {table};" for table in instead_of)
        self.connection.executescript(
            f"BEGIN; {gone} {_SCHEMA} PRAGMA application_id = {APPLICATION_ID}; "
            f"PRAGMA user_version = {VERSION}; COMMIT;"
        )

    def _renew(self) -> None:
        """Empty a state of an older layout: it is a cache, and the engine reads its log again."""
        if not self.writer:
            raise StateOlder(
                f"{self.path} was written by an older untaken; untaken run computes it anew from the log"
            )
        self._create(instead_of=self._tables())

    def clear(self) -> None:
        """Delete everything, inside a transaction."""
        for table in self._tables():
            self.connection.execute(f"DELETE FROM {table}")

    def _tables(self) -> list[str]:
        query = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
        return [row[0] for row in self.connection.execute(query)]

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """All or nothing: what a batch derived and the position up to which it counted."""
        with self.explained():
            self.connection.execute("BEGIN IMMEDIATE")
            try:
                yield self.connection
                self.connection.execute("COMMIT")
            except BaseException:
                if self.connection.in_transaction:  # a full disk has undone it already
                    self.connection.execute("ROLLBACK")
                raise

    @contextmanager
    def explained(self) -> Iterator[None]:
        """Raise what SQLite reports in words that a user understands."""
        try:
            yield
        except sqlite3.ProgrammingError:
            raise
        except sqlite3.Error as error:
            raise _explanation(error, self.path) from error

    def get(self, key: str) -> str | None:
        """One entry of the meta table."""
        row = self.connection.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
        return None if row is None else str(row[0])

    def put(self, key: str, value: str) -> None:
        """Set one entry of the meta table."""
        self.connection.execute(
            "INSERT INTO meta VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
            (key, value),
        )

    def close(self) -> None:
        """Close the file and let another engine have it."""
        if hasattr(self, "connection"):
            with self.reading:
                self.connection.close()
        if self._lock is not None:
            self._lock.close()


def _readable(path: Path) -> sqlite3.Connection:
    """Open a file without the right to change it, also on a read-only disk."""
    address = f"file:{quote(str(path))}?mode=ro"
    connection = sqlite3.connect(
        address, uri=True, isolation_level=None, timeout=10.0, check_same_thread=False
    )
    try:
        connection.execute("SELECT 1 FROM sqlite_master").fetchone()
    except sqlite3.OperationalError as error:
        connection.close()
        unreachable = error.sqlite_errorcode & 0xFF in {sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY}
        if not unreachable or wal_bytes(path) > 0:
            raise
        # Without a WAL none of its index, which cannot be made on a read-only disk, is needed.
        return sqlite3.connect(
            f"{address}&immutable=1", uri=True, isolation_level=None, check_same_thread=False
        )
    return connection


def _explanation(error: sqlite3.Error, path: Path | None) -> UntakenError:
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if code == sqlite3.SQLITE_IOERR and path is not None and is_full(path):
        code = sqlite3.SQLITE_FULL
    match code:
        case sqlite3.SQLITE_NOTADB:
            return NotAState(f"{path} is no state file ({error}); delete it, it is rebuilt from the log")
        case sqlite3.SQLITE_CORRUPT:
            return StateBroken(f"{path} is damaged ({error}): delete it, it is rebuilt from the log")
        case sqlite3.SQLITE_FULL:
            return StateBroken(
                f"{path} cannot grow, the disk or the quota is full: free space, then run again"
            )
        case sqlite3.SQLITE_READONLY:
            return StateBroken(
                f"{path} cannot be written: give this account the right to write it and its directory"
            )
        case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED:
            return StateBroken(f"{path} is locked by another program: close what holds it open and try again")
        case _:
            return StateBroken(f"{path} could not be read or written ({error}): check the disk and its mount")


def _engine_lock(path: Path) -> sqlite3.Connection:
    """Hold an exclusive lock in a file beside the state; the system frees it when the process dies."""
    path.parent.mkdir(parents=True, exist_ok=True)
    lock: sqlite3.Connection | None = None
    try:
        lock = sqlite3.connect(f"{path}-engine", isolation_level=None, timeout=0.0)
        lock.execute("BEGIN EXCLUSIVE")
    except sqlite3.OperationalError as error:
        if lock is not None:
            lock.close()
        if error.sqlite_errorcode & 0xFF not in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}:
            raise _explanation(error, path) from error
        raise StateInUse(
            f"{path} is written by another engine already; one engine serves a log: stop that one, or only read"
        ) from None
    return lock
