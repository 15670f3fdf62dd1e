"""Backtest results of freqtrade into batches of events, one run for each strategy."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from pydantic import ValidationError

from untaken.schemas.base import Event
from untaken.streams.connectors.completion import completed
from untaken.streams.connectors.freqtrade.cells import Record, Unusable
from untaken.streams.connectors.freqtrade.events import Fault, counted, entry_of, reason, refusals
from untaken.streams.connectors.freqtrade.files import ResultFile, read_result
from untaken.streams.connectors.freqtrade.runs import (
    declaration,
    figures,
    first_moment,
    limits,
    locks,
    run_of,
)
from untaken.streams.connectors.freqtrade.trades import Run, Trade, events_of, read_trade
from untaken.streams.connectors.report import Import, ImportRefused, ImportReport, SourceReport
from untaken.streams.logs.base import Entry

BATCH = 5_000


def read_freqtrade(
    paths: Sequence[Path], *, bot: str | None = None, aliases: Mapping[str, str] | None = None
) -> Import:
    """Read backtest results (JSON, zip, or the folder that names the latest), each strategy a run of its own.

    `bot` is the strategy's name where none is given; `aliases` maps pairs to symbols.
    All files are read before the first batch, and ImportRefused is raised if one is no backtest result.
    """
    files = [read_result(path) for path in paths]
    runs = [
        (file, run_of(strategy, result, file.digest, bot, aliases or {}, str(file.path)))
        for file in files
        for strategy, result in file.strategies.items()
    ]
    report = ImportReport()
    return Import(_batches(runs, report), report)


def _batches(runs: list[tuple[ResultFile, Run]], report: ImportReport) -> Iterator[list[Entry]]:
    for file, run in runs:
        source = SourceReport(str(file.path), f"freqtrade:{run.strategy}"[:200], file.digest)
        report.sources.append(source)
        entries = list(_entries(run, source))
        yield from (entries[start : start + BATCH] for start in range(0, len(entries), BATCH))


def _entries(run: Run, source: SourceReport) -> Iterator[Entry]:
    trades, events = _trades(run.result["trades"], run, source)
    if not trades:
        source.notes.append("no trade in this result; nothing was taken")
        return
    head = [_declared(run, trades, source), *_locks(run, source)]
    yield from counted([*head, *sorted(events, key=lambda event: event.at)], source)
    source.notes += limits(run, trades)
    source.figures = figures(run, trades)
    yield entry_of(completed(source, run.bot, run.run, "backtest"))


def _declared(run: Run, trades: list[Trade], source: SourceReport) -> Event:
    try:
        return declaration(run, trades, first_moment(run, trades))
    except ValidationError as error:
        raise ImportRefused(f"{source.path}: strategy {run.strategy!r}: {reason(error)}") from None


def _trades(records: list[Record], run: Run, source: SourceReport) -> tuple[list[Trade], list[Event]]:
    """Read each trade and the events it stands for; the event models alone say what is valid."""
    trades: list[Trade] = []
    events: list[Event] = []
    faults: list[Fault] = []
    source.rows = len(records)
    for place, record in enumerate(records, start=1):
        try:
            trade = read_trade(record, str(place))
            events += list(events_of(trade, run))
        except (Unusable, ValidationError) as error:
            faults.append(Fault(place, error))
        else:
            trades.append(trade)
    source.refusals += refusals(faults)
    return trades, events


def _locks(run: Run, source: SourceReport) -> list[Event]:
    try:
        return list(locks(run))
    except (Unusable, ValidationError, AttributeError, TypeError) as error:
        source.notes.append(f"its pair locks cannot be read ({reason(error)}); they are left out")
        return []
