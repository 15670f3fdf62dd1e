"""Connections to the SQLite file of a log, and what goes wrong with them in words."""

import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import RLock
from urllib.parse import quote

from untaken.streams.logs.errors import (
    LogClosed,
    LogCorrupt,
    LogError,
    LogFull,
    LogLocked,
    LogMissing,
    LogReadOnly,
    LogUnavailable,
    NotALog,
)
from untaken.streams.logs.forking import survive_forks

_WAL_INDEX_BYTES = 1 << 15
_SHORTEST_DATABASE = 512
"""Bytes of the smallest page that SQLite knows."""


class Session:
    """One connection, opened on first use and used by one thread at a time; a fork closes it first."""

    def __init__(self, path: Path, open_connection: Callable[[], sqlite3.Connection]) -> None:
        self._path = path
        self._open = open_connection
        self._lock = RLock()
        self._connection: sqlite3.Connection | None = None
        self._file = (0, 0)
        self._ended = False
        survive_forks(self)

    @contextmanager
    def connection(self) -> Iterator[sqlite3.Connection]:
        with self._lock:
            if self._ended:
                raise LogClosed(self._path)
            if self._connection is None:
                self._connection = self._open()
                self._file = _identity(self._path)
            elif _identity(self._path) != self._file:
                self._drop()
                raise LogMissing(
                    self._path, "it was moved or deleted while in use; it is opened anew next time"
                )
            yield self._connection

    def end(self) -> None:
        with self._lock:
            self._ended = True
            self._drop()

    def before_fork(self) -> None:
        self._lock.acquire()
        self._drop()

    def after_fork(self) -> None:
        self._lock.release()

    def _drop(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def connect(path: Path, mode: str, timeout_s: float) -> sqlite3.Connection:
    """Open the file in one of SQLite's modes: rwc, rw, ro."""
    with explained(path, timeout_s):
        return sqlite3.connect(
            f"file:{quote(str(path))}?mode={mode}",
            uri=True,
            timeout=timeout_s,
            isolation_level=None,
            check_same_thread=False,
        )


def connect_readable(path: Path, timeout_s: float) -> sqlite3.Connection:
    """Open the file for reading, also on a read-only disk."""
    connection = connect(path, "ro", timeout_s)
    try:
        connection.execute("SELECT 1 FROM sqlite_master").fetchone()
    except sqlite3.Error as error:
        connection.close()
        unreachable = error.sqlite_errorcode & 0xFF in {sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY}
        if unreachable and wal_bytes(path) == 0:
            # SQLite cannot make the index of a WAL on a read-only disk; without a WAL it needs none.
            return connect(path, "ro&immutable=1", timeout_s)
        raise explanation(error, path, timeout_s) from error
    return connection


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """Hold the write lock; commit at the end, or leave no trace."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


@contextmanager
def explained(path: Path, timeout_s: float) -> Iterator[None]:
    """Raise what SQLite reports as the `LogError` that a user understands."""
    try:
        yield
    except sqlite3.ProgrammingError:
        raise
    except sqlite3.Error as error:
        raise explanation(error, path, timeout_s) from error


def explanation(error: sqlite3.Error, path: Path, timeout_s: float) -> LogError:
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if code == sqlite3.SQLITE_IOERR and is_full(path):
        code = sqlite3.SQLITE_FULL
    if code == sqlite3.SQLITE_READONLY or (code == sqlite3.SQLITE_CANTOPEN and _only_readable(path)):
        return LogReadOnly(path)
    match code:
        case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED:
            return LogLocked(path, timeout_s)
        case sqlite3.SQLITE_FULL:
            return LogFull(path)
        case sqlite3.SQLITE_NOTADB | sqlite3.SQLITE_CORRUPT:
            return (
                NotALog(path, "no database")
                if code == sqlite3.SQLITE_NOTADB
                else LogCorrupt(path, str(error))
            )
        case _:
            return LogUnavailable(path, str(error))


def is_full(path: Path) -> bool:
    """Whether the disk of a file has no room for the index of a WAL, for which SQLite reports an I/O error."""
    try:
        return shutil.disk_usage(path.parent).free < _WAL_INDEX_BYTES
    except OSError:
        return False


def _only_readable(path: Path) -> bool:
    """Say whether nothing but writing is what fails here; SQLite cannot even open a WAL that it may not write."""
    there = not path.exists() or os.access(path, os.R_OK)
    return there and not os.access(path.parent, os.W_OK)


def _identity(path: Path) -> tuple[int, int]:
    try:
        found = path.stat()
    except FileNotFoundError:
        return (0, 0)
    return (found.st_dev, found.st_ino)


def demand_place(path: Path, *, create: bool) -> None:
    """Raise unless there is a file, or a directory to make it in."""
    if path.is_dir():
        raise NotALog(path, "a directory")
    if path.exists():
        _demand_database(path)
        return
    if not path.parent.is_dir():
        raise LogMissing(path, f"there is no directory {path.parent}: make it, or correct the log URL")
    if not create:
        raise LogMissing(
            path, "there is no such log: correct the log URL, or emit something, which makes one"
        )


def _demand_database(path: Path) -> None:
    """Raise for a short file that SQLite would take for an empty database and write over.

    Told by its size alone: this process may have the file open already, and closing any other handle of it
    would drop SQLite's locks (sqlite.org/howtocorrupt.html, 2.2). Of longer files SQLite tells by itself.
    """
    if 0 < path.stat().st_size < _SHORTEST_DATABASE and not path.with_name(path.name + "-journal").exists():
        raise NotALog(path, "no database")


def wal_bytes(path: Path) -> int:
    """Return the size of the write-ahead log beside the file."""
    try:
        return path.with_name(path.name + "-wal").stat().st_size
    except FileNotFoundError:
        return 0
