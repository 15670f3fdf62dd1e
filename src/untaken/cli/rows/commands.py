"""The two commands, and the options that they share."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

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
from untaken.cli.grouped import grouped
from untaken.cli.rows.wanted import Output, Wanted
from untaken.cli.rows.writing import put
from untaken.cli.session import ConfigOption, JsonOption, LogOption, Session
from untaken.reading.chosen import Choice
from untaken.reading.reader import Reader, Status
from untaken.reading.snapshot import Snapshot
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


@dataclass(frozen=True)
class Source:
    """Which part of which log."""

    log: LogOption = None
    config: ConfigOption = None
    hours: HoursOption = None
    since: SinceOption = None
    until: UntilOption = None
    bot: BotOption = None
    run: RunOption = None
    mode: ModeOption = None
    strategy: StrategyOption = None
    symbol: SymbolOption = None

    @property
    def choice(self) -> Choice:
        filters = Filters(self.bot, self.run, self.mode, self.strategy, self.symbol)
        return Choice(filters, asked_span(self.hours, self.since, self.until))


@dataclass(frozen=True)
class Form:
    """How many rows, or which query, and where they go."""

    limit: LimitOption = None
    sql: SqlOption = None
    csv: CsvOption = None
    jsonl: JsonlOption = None
    parquet: ParquetOption = None
    exact: ExactOption = False
    json: JsonOption = False

    @property
    def output(self) -> Output:
        return Output(self.json, self.csv, self.jsonl, self.parquet)

    def wanted(self, kind: Kind, status: Status | None) -> Wanted:
        return Wanted(kind, self.limit, status, self.sql, self.exact)


@grouped
def ledger(source: Source, *, status: StatusOption = None, form: Form) -> None:
    """List signals with all that is known of them, query them, or write them to files."""
    _list("ledger", source, form, status)


@grouped
def trades(source: Source, *, form: Form) -> None:
    """List real trades with all that is known of them, query them, or write them to files."""
    _list("trades", source, form)


def _list(kind: Kind, source: Source, form: Form, status: Status | None = None) -> None:
    output, wanted, choice = form.output, form.wanted(kind, status), source.choice
    session = Session.of(source.log, source.config)
    snapshot = Snapshot(session.log_url, session.effective.config.report.hours, session.kafka)
    with Reader(snapshot, choice) as reader:
        put(reader, wanted, output)
