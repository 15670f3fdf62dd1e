"""Which rows are wanted, and where they are to go."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from untaken.errors import UntakenError
from untaken.reading import exports
from untaken.reading.reader import Reader, Status
from untaken.streams.store.rows import Kind

STANDARD_OUTPUT = "-"

Write = Callable[[pl.LazyFrame, exports.Out], int]


class OutputRefused(UntakenError):
    """What was asked for excludes each other; nothing is read."""


@dataclass(frozen=True)
class Output:
    """Where rows are to go; nowhere means the terminal."""

    json: bool = False
    csv: str | None = None
    jsonl: str | None = None
    parquet: Path | None = None

    def __post_init__(self) -> None:
        to_stdout = [self.json, self.csv == STANDARD_OUTPUT, self.jsonl == STANDARD_OUTPUT]
        if sum(to_stdout) > 1:
            raise OutputRefused(
                "--json, --csv - and --jsonl - all write to standard output: name one of them"
            )

    @property
    def texts(self) -> list[tuple[str, Write]]:
        """Targets of text, and how each is written."""
        ways: list[tuple[str | None, Write]] = [(self.csv, exports.csv), (self.jsonl, exports.json_lines)]
        return [(target, write) for target, write in ways if target is not None]

    @property
    def to_terminal(self) -> bool:
        return not (self.json or self.texts or self.parquet)


@dataclass(frozen=True)
class Wanted:
    """Which rows, of which columns."""

    kind: Kind
    limit: int | None = None
    status: Status | None = None
    sql: str | None = None
    exact: bool = False

    def __post_init__(self) -> None:
        if self.sql is not None and (self.limit is not None or self.status is not None):
            raise OutputRefused(
                "--limit and --status are of rows: with --sql write limit and where into the query"
            )

    def rows(self, reader: Reader) -> pl.LazyFrame:
        """Return what is wanted, to be collected while the reader is open; money of rows in whole numbers of 1e-8."""
        if self.sql is not None:
            return reader.query(self.sql, exact=self.exact)
        if self.limit is not None:
            return self.newest(reader, self.limit).lazy()
        found = reader.scan(self.kind, exact=True)
        return found if self.status is None else found.filter(pl.col("status") == self.status)

    def newest(self, reader: Reader, limit: int) -> pl.DataFrame:
        """Return the newest rows."""
        if self.kind == "trades":
            return reader.trades(limit=limit, exact=True)
        return reader.ledger(limit=limit, status=self.status, exact=True)

    def for_files(self, reader: Reader, *, in_text: bool) -> pl.LazyFrame:
        """Return it as it is written: money to the last digit in text, the nearest float in Parquet."""
        rows = self.rows(reader)
        if self.sql is not None or self.exact:
            return rows
        return exports.decimals(rows) if in_text else exports.floats(rows)
