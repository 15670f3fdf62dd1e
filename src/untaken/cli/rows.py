"""untaken ledger and untaken trades: rows as they are, queries over them, and files of either."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import polars as pl
import typer

from untaken.cli.choosing import (
    BotOption,
    HoursOption,
    ModeOption,
    RunOption,
    SinceOption,
    StrategyOption,
    SymbolOption,
    UntilOption,
    asked_span,
)
from untaken.cli.session import ConfigOption, JsonOption, LogOption, Session, counted
from untaken.errors import UntakenError
from untaken.reading import exports
from untaken.reading.chosen import Choice
from untaken.reading.reader import Reader, Status
from untaken.reading.snapshot import Snapshot
from untaken.reading.sql import explained
from untaken.streams.store.rows import Kind
from untaken.streams.view import Filters

StatusOption = Annotated[Status | None, typer.Option("--status", help="Only signals of this status.")]
LimitOption = Annotated[int | None, typer.Option("--limit", help="Only the newest of them.", min=1)]
SqlOption = Annotated[
    str | None,
    typer.Option(
        "--sql", help="A query instead, over the tables ledger, trades, decisions, guards and others."
    ),
]
CsvOption = Annotated[str | None, typer.Option("--csv", help="Write CSV to this file; - is standard output.")]
JsonlOption = Annotated[
    str | None, typer.Option("--jsonl", help="Write JSON Lines to this file; - is standard output.")
]
ParquetOption = Annotated[Path | None, typer.Option("--parquet", help="Write Parquet to this file.")]
ExactOption = Annotated[
    bool, typer.Option("--exact", help="Money as whole numbers of 1e-8, in columns that end in _e8.")
]

SHOWN = 1_000
"""Rows that are printed where nothing is said of how many."""
STANDARD_OUTPUT = "-"

COLUMNS: dict[Kind, tuple[str, ...]] = {
    "ledger": (
        *(
            "at",
            "signal_id",
            "symbol",
            "strategy",
            "direction",
            "status",
            "first",
            "exit_reason",
            "pnl",
            "milli_r",
        ),
    ),
    "trades": (
        *("at", "trade_id", "symbol", "direction", "state", "entry_price", "exit_price", "pnl", "anomalies"),
    ),
}
"""Columns that are printed of rows."""

Write = Callable[[pl.LazyFrame, exports.Out], int]


class StandardOutput:
    """Standard output as bytes, UTF-8 whatever the terminal."""

    def write(self, data: bytes) -> None:
        buffer = getattr(sys.stdout, "buffer", None)
        if buffer is None:
            sys.stdout.write(data.decode())
        else:
            buffer.write(data)


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


def ledger(
    log: LogOption = None,
    config: ConfigOption = None,
    hours: HoursOption = None,
    since: SinceOption = None,
    until: UntilOption = None,
    bot: BotOption = None,
    run: RunOption = None,
    mode: ModeOption = None,
    strategy: StrategyOption = None,
    symbol: SymbolOption = None,
    status: StatusOption = None,
    limit: LimitOption = None,
    sql: SqlOption = None,
    csv: CsvOption = None,
    jsonl: JsonlOption = None,
    parquet: ParquetOption = None,
    exact: ExactOption = False,
    json: JsonOption = False,
) -> None:
    """List signals with all that is known of them, query them, or write them to files."""
    output, wanted = Output(json, csv, jsonl, parquet), Wanted("ledger", limit, status, sql, exact)
    choice = Choice(Filters(bot, run, mode, strategy, symbol), asked_span(hours, since, until))
    with _reader(Session.of(log, config), choice) as reader:
        _put(reader, wanted, output)


def trades(
    log: LogOption = None,
    config: ConfigOption = None,
    hours: HoursOption = None,
    since: SinceOption = None,
    until: UntilOption = None,
    bot: BotOption = None,
    run: RunOption = None,
    mode: ModeOption = None,
    strategy: StrategyOption = None,
    symbol: SymbolOption = None,
    limit: LimitOption = None,
    sql: SqlOption = None,
    csv: CsvOption = None,
    jsonl: JsonlOption = None,
    parquet: ParquetOption = None,
    exact: ExactOption = False,
    json: JsonOption = False,
) -> None:
    """List real trades with all that is known of them, query them, or write them to files."""
    output, wanted = Output(json, csv, jsonl, parquet), Wanted("trades", limit, None, sql, exact)
    choice = Choice(Filters(bot, run, mode, strategy, symbol), asked_span(hours, since, until))
    with _reader(Session.of(log, config), choice) as reader:
        _put(reader, wanted, output)


@contextmanager
def _reader(session: Session, choice: Choice) -> Iterator[Reader]:
    snapshot = Snapshot(session.log_url, session.effective.config.report.hours, session.kafka)
    with Reader(snapshot, choice) as reader:
        yield reader


def _put(reader: Reader, wanted: Wanted, output: Output) -> None:
    """Write rows to where they are to go."""
    with explained(wanted.sql) if wanted.sql is not None else nullcontext():
        for target, write in output.texts:
            _write(wanted.for_files(reader, in_text=True), target, write)
        if output.parquet is not None:
            with exports.whole(output.parquet) as out:
                _tell(output.parquet, exports.parquet(wanted.for_files(reader, in_text=False), out))
        if output.json:
            _print_json(wanted.for_files(reader, in_text=True))
        if output.to_terminal:
            _print_table(reader, wanted)


def _write(rows: pl.LazyFrame, target: str, write: Write) -> None:
    if target == STANDARD_OUTPUT:
        write(rows, StandardOutput())
        sys.stdout.flush()
        return
    with exports.whole(Path(target)) as out:
        written = write(rows, out)
    _tell(target, written)


def _tell(target: str | Path, written: int) -> None:
    typer.echo(f"{target}: {counted(written, 'row')}", err=True)


def _print_json(rows: pl.LazyFrame) -> None:
    """Print one object, as other commands do, some thousands of rows at a time."""
    out = StandardOutput()
    out.write(b'{"rows": [')
    for place, lines in enumerate(exports.batches_of_lines(rows)):
        out.write((b"," if place else b"") + b"\n" + ",\n".join(lines).encode())
    out.write(b"\n]}\n")
    sys.stdout.flush()


def _print_table(reader: Reader, wanted: Wanted) -> None:
    most = wanted.limit or SHOWN
    if wanted.sql is not None:
        found = wanted.rows(reader).head(most + 1).collect()
        shown, columns = found.head(most), tuple(found.columns)
    else:
        found = exports.decimals(wanted.newest(reader, most + 1).lazy()).collect()
        shown, columns = found.tail(most), COLUMNS[wanted.kind]
    _table(shown.select(columns))
    if wanted.limit is None and found.height > shown.height:
        which = "first" if wanted.sql is not None else "newest"
        typer.echo(f"the {which} {most:,} of more rows; --csv FILE or --parquet FILE writes all of them")


def _table(rows: pl.DataFrame) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, header_style="bold")
    for name in rows.columns:
        table.add_column(name.replace("_", " "))
    for row in rows.select(exports.texts(rows.lazy())).iter_rows():
        table.add_row(*(_text(value) for value in row))
    Console().print(table)


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:.12g}"
    return ", ".join(str(each) for each in value) if isinstance(value, list) else str(value)
