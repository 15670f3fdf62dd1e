"""A trades database, read without touching it, even while freqtrade writes it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import quote

from untaken.streams.connectors.freqtrade.cells import Record
from untaken.streams.connectors.report import ImportRefused

MAGIC: Final = b"SQLite format 3\x00"
PATIENCE_S: Final = 5.0
"""How long another program may hold the whole database."""

_WANTED = "import freqtrade's trades database: tradesv3.sqlite or tradesv3.dryrun.sqlite"
_NEEDED: Final = (
    "id",
    "pair",
    "is_open",
    "fee_open",
    "fee_close",
    "open_rate",
    "stake_amount",
    "amount",
    "open_date",
)
_TABLES: Final = ("trades", "orders", "pairlocks", "KeyValueStore")
_BESIDE: Final = ("-wal", "-journal")


@dataclass(frozen=True)
class Tables:
    """What the database held at one moment; a table that it lacks is None, a column that it lacks in no row."""

    trades: list[Record]
    orders: list[Record] | None
    locks: list[Record] | None
    values: list[Record] | None
    columns: frozenset[str]
    """Of the trades."""


def is_database(path: Path) -> bool:
    """Say whether a file is a SQLite database, by its first bytes or, empty or unreadable, by its name."""
    return _beginning(path).startswith(MAGIC) or path.suffix in {".sqlite", ".sqlite3", ".db"}


def read_tables(path: Path) -> Tables:
    """Read the tables in one transaction.

    Raises ImportRefused for what is no database, another program's, damaged, held by another program, or of a
    freqtrade too old.
    """
    _demand_database(path)
    try:
        with _connection(path) as connection:
            return _tables(connection, path)
    except sqlite3.DatabaseError as error:
        raise ImportRefused(f"{path}: {_why(error)}") from None


def _beginning(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(len(MAGIC))
    except OSError:
        return b""


def _demand_database(path: Path) -> None:
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            begins = file.read(len(MAGIC))
    except OSError as error:
        raise ImportRefused(f"{path}: cannot be read ({error.strerror}); check the path") from None
    if size == 0:
        raise ImportRefused(f"{path}: the file is empty: freqtrade has not written to it yet; {_WANTED}")
    if begins.startswith(b"\x80"):
        raise ImportRefused(f"{path}: a pickle is never opened, since it can run any code; {_WANTED}")
    if begins != MAGIC:
        raise ImportRefused(
            f"{path}: no SQLite database, or an encrypted one, which only its owner can open; {_WANTED}"
        )


@contextmanager
def _connection(path: Path) -> Iterator[sqlite3.Connection]:
    """Open for reading alone; where nobody writes, without even the files that SQLite puts beside a database."""
    quiet = not any(Path(f"{path}{ending}").exists() for ending in _BESIDE)
    before = _stamp(path)
    way = "immutable=1" if quiet else "mode=ro"
    connection = sqlite3.connect(f"file:{quote(str(path.absolute()))}?{way}", uri=True, timeout=PATIENCE_S)
    try:
        connection.row_factory = _record
        connection.execute("PRAGMA query_only = 1")
        connection.execute("BEGIN")
        yield connection
        if quiet and _stamp(path) != before:
            raise ImportRefused(f"{path}: was written to while it was read; import it again")
    finally:
        connection.close()


def _stamp(path: Path) -> tuple[int, int]:
    found = path.stat()
    return found.st_size, found.st_mtime_ns


def _record(cursor: sqlite3.Cursor, row: tuple[object, ...]) -> Record:
    return {column[0]: value for column, value in zip(cursor.description, row, strict=True)}


def _tables(connection: sqlite3.Connection, path: Path) -> Tables:
    names = {row["name"] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    if "trades" not in names:
        raise ImportRefused(_foreign(path, names))
    columns = frozenset(row["name"] for row in connection.execute("PRAGMA table_info(trades)"))
    missing = [name for name in _NEEDED if name not in columns]
    if missing:
        raise ImportRefused(_too_old(path, missing, columns))
    if problem := connection.execute("PRAGMA quick_check(1)").fetchone()["quick_check"]:
        _demand_sound(path, problem)
    trades, orders, locks, values = (
        list(connection.execute(f'SELECT * FROM "{name}" ORDER BY id')) if name in names else None  # noqa: S608 # our own names
        for name in _TABLES
    )
    return Tables(trades or [], orders, locks, values, columns)


def _demand_sound(path: Path, problem: str) -> None:
    if problem != "ok":
        raise ImportRefused(
            f"{path}: the database is damaged ({problem.splitlines()[0][:120]}); restore a backup, or mend it: "
            "sqlite3 FILE .recover"
        )


def _foreign(path: Path, names: set[str]) -> str:
    if {"kinds", "log"} <= names:
        return f"{path}: a log of untaken and no trades database; copy it with: untaken replay import"
    found = ", ".join(sorted(names)[:6]) or "none"
    return f"{path}: another program's database, for it has no table `trades` (found: {found}); {_WANTED}"


def _too_old(path: Path, missing: list[str], columns: frozenset[str]) -> str:
    if not {"pair", "open_rate", "open_date"} & columns:
        found = ", ".join(sorted(columns)[:6])
        return f"{path}: another program's database, for its trades have only {found}, ...; {_WANTED}"
    return (
        f"{path}: its trades lack {', '.join(missing)}: a freqtrade too old wrote it; freqtrade converts a database "
        "when it starts: copy it, start a current version on the copy once, and import that"
    )


def _why(error: sqlite3.DatabaseError) -> str:
    said = str(error)
    if "locked" in said or "busy" in said:
        return (
            f"another program has held the whole database for {PATIENCE_S:g} s; import again when it is done, "
            "or import a copy made with: sqlite3 FILE '.backup COPY'"
        )
    if "unable to open" in said or "readonly" in said:
        return (
            "it was copied without the files that belong to it (-wal, -shm), or lies where nothing can be written; "
            "copy it with: sqlite3 FILE '.backup COPY'"
        )
    return f"the database is damaged, or encrypted ({said[:120]}); restore a backup, or mend it: sqlite3 FILE .recover"
