"""The SQLite file of an embedded log: its tables and stamps, how it is made, upgraded and checked."""

import sqlite3
import time
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from untaken.streams.logs.connections import (
    connect,
    connect_readable,
    demand_place,
    explained,
    transaction,
)
from untaken.streams.logs.errors import LogNewer, LogOlder, NotALog

APPLICATION_ID = 0x756E746B
"""The letters "untk" in the file's header."""

TABLES = """
CREATE TABLE kinds (
    kind INTEGER PRIMARY KEY,
    topic TEXT NOT NULL,
    type TEXT NOT NULL,
    backfill INTEGER NOT NULL,
    events INTEGER NOT NULL,
    UNIQUE (topic, type, backfill)
);
CREATE TABLE log (
    offset INTEGER PRIMARY KEY AUTOINCREMENT,
    appended_at INTEGER NOT NULL,
    kind INTEGER NOT NULL,
    symbol TEXT,
    payload BLOB NOT NULL
);
CREATE INDEX settings_of_log ON log (offset) WHERE kind < 0;
CREATE VIEW events AS
    SELECT offset, appended_at, topic, type, symbol, backfill, CAST(payload AS TEXT) AS event
    FROM log JOIN kinds USING (kind)
"""
"""A kind is a topic, type and backfill mark, with the number of its events: a row then carries one small
integer instead of two texts, and counting costs nothing. Kinds of the topic `settings` have negative numbers,
so that a small index finds them. The view is for people with a database browser."""

_RETRY_S = 0.005

WAL_LIMIT_BYTES = 64 << 20
"""Beyond this the WAL is folded into the file and cut, as soon as no reader stands in the way."""


_STAMPS = """
SELECT application_id, user_version, EXISTS (SELECT 1 FROM sqlite_master)
FROM pragma_application_id, pragma_user_version
"""
"""One statement, so that all are of one moment, while another process may be making the file."""


@dataclass(frozen=True, slots=True)
class Format:
    """A version of the file, and how earlier ones become the next.

    `upgrades`: statements by the version that they start from, separated by a semicolon at the end of a line.
    """

    version: int
    tables: str
    upgrades: Mapping[int, str] = field(default_factory=dict)


FORMAT = Format(1, TABLES)


def open_for_writing(
    path: Path, *, create: bool, timeout_s: float, form: Format = FORMAT
) -> sqlite3.Connection:
    """Open the file, made or upgraded where need be; raises a `LogError` that says what is wrong."""
    demand_place(path, create=create)
    connection = connect(path, "rwc" if create else "rw", timeout_s)
    try:
        with explained(path, timeout_s):
            connection.execute("PRAGMA synchronous = FULL")
            connection.execute(f"PRAGMA journal_size_limit = {WAL_LIMIT_BYTES}")
            _settle_version(connection, path, form, timeout_s)
    except BaseException:
        connection.close()
        raise
    return connection


def open_for_reading(path: Path, *, timeout_s: float, form: Format = FORMAT) -> sqlite3.Connection:
    """Open the file without the right to change it."""
    demand_place(path, create=False)
    connection = connect_readable(path, timeout_s)
    try:
        with explained(path, timeout_s):
            _demand_version(connection, path, form)
    except BaseException:
        connection.close()
        raise
    return connection


def check_file(connection: sqlite3.Connection) -> list[str]:
    """Return what SQLite finds wrong with the structure of the file, at most 20 findings."""
    try:
        found = [str(row[0]) for row in connection.execute("PRAGMA quick_check(20)")]
    except sqlite3.DatabaseError as error:
        return [str(error)]
    return [] if found == ["ok"] else found


def _version_of(connection: sqlite3.Connection, path: Path, form: Format) -> int | None:
    """Return the version of the file's format, None for a database that is still empty."""
    application, version, tables = connection.execute(_STAMPS).fetchone()
    if application == APPLICATION_ID and version > form.version:
        raise LogNewer(path, version, form.version)
    if application == APPLICATION_ID:
        return int(version)
    if application or version or tables:
        raise NotALog(path, "a database of another program")
    return None


def _demand_version(connection: sqlite3.Connection, path: Path, form: Format) -> None:
    version = _version_of(connection, path, form)
    if version is None:
        raise NotALog(path, "an empty file")
    if version < form.version:
        raise LogOlder(path, version, form.version)


def _settle_version(connection: sqlite3.Connection, path: Path, form: Format, timeout_s: float) -> None:
    version = _version_of(connection, path, form)
    if version is None:
        _use_wal(connection, timeout_s)
        _make(connection, path, form)
    elif version < form.version:
        _upgrade(connection, path, form)


def _use_wal(connection: sqlite3.Connection, timeout_s: float) -> None:
    """Turn the file to WAL; for other processes that do the same SQLite does not wait by itself."""
    deadline = time.monotonic() + timeout_s
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise
            time.sleep(_RETRY_S)
        else:
            return


def _make(connection: sqlite3.Connection, path: Path, form: Format) -> None:
    with transaction(connection):
        if _version_of(connection, path, form) is None:  # nobody else was faster
            _run_script(connection, form.tables)
            connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            connection.execute(f"PRAGMA user_version = {form.version}")


def _upgrade(connection: sqlite3.Connection, path: Path, form: Format) -> None:
    with transaction(connection):
        version = _version_of(connection, path, form)
        if version is None or version == form.version:
            return
        _back_up(path, version)
        for step in range(version, form.version):
            _run_script(connection, form.upgrades[step])
        connection.execute(f"PRAGMA user_version = {form.version}")


def _back_up(path: Path, version: int) -> None:
    """Copy the file as it was before the transaction that now holds the write lock."""
    target = path.with_name(f"{path.name}.format-{version}.backup")
    partial = target.with_name(target.name + ".partial")
    partial.unlink(missing_ok=True)
    with closing(connect(path, "ro", 0)) as source, closing(sqlite3.connect(partial)) as copy:
        source.backup(copy)
    partial.replace(target)


def _run_script(connection: sqlite3.Connection, script: str) -> None:
    for statement in script.split(";\n"):  # executescript() would commit first
        connection.execute(statement)
