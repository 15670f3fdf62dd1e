"""untaken import: candles, and the results of other bots."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from untaken.cli import columns
from untaken.cli.progress import progress_of
from untaken.cli.session import CheckFailed, ConfigOption, JsonOption, LogOption, Session, print_json
from untaken.schemas.kinds import Mode
from untaken.streams.connectors.candles import read_candles
from untaken.streams.connectors.freqtrade import is_database, read_database, read_freqtrade
from untaken.streams.connectors.report import Import, ImportRefused, ImportReport
from untaken.streams.connectors.tables import events_of, read_mapped
from untaken.streams.engine import agree_on_settings, log_context
from untaken.streams.logs.base import Log

app = typer.Typer(
    help="Import candles, or the results of another bot; each import is a run of its own.",
    no_args_is_help=True,
)

Files = Annotated[list[Path], typer.Argument(help="Files or folders.")]


@app.command("candles")
def candles(
    files: Files,
    log: LogOption = None,
    config: ConfigOption = None,
    symbol: Annotated[
        str | None, typer.Option("--symbol", help="Symbol, where neither column nor file name tells.")
    ] = None,
    interval: Annotated[
        str | None, typer.Option("--interval", help="Interval, such as 5m, where it is not told.")
    ] = None,
    source: Annotated[str | None, typer.Option("--source", help="Name of the price source.")] = None,
    timezone: Annotated[str | None, typer.Option("--timezone", help="Zone of times that name none.")] = None,
    json: JsonOption = False,
) -> None:
    """Import candles: CSV, Parquet, freqtrade feather or JSON, Binance klines."""
    found = read_candles(files, symbol=symbol, interval=interval, source=source, timezone=timezone)
    _import(Session.of(log, config), found, json=json)


@app.command("freqtrade")
def freqtrade(
    files: Files,
    log: LogOption = None,
    config: ConfigOption = None,
    bot: Annotated[
        str | None, typer.Option("--bot", help="Name of the bot (default: the strategy's).")
    ] = None,
    run: Annotated[
        str | None, typer.Option("--run", help="Name of the run, of a trades database (default: its own).")
    ] = None,
    mode: Annotated[
        Mode | None, typer.Option("--mode", help="Of a trades database: live, or paper for a dry run.")
    ] = None,
    json: JsonOption = False,
) -> None:
    """Import what freqtrade left: backtest results (json, zip), a trades database (sqlite), even of a running bot."""
    session = Session.of(log, config)
    databases = [file for file in files if is_database(file)]
    if not databases:
        _demand_no_database(run, mode)
        found = _import(session, read_freqtrade(files, bot=bot), json=json)
        _advise_on_fees(session, found, json=json)
        return
    if len(files) > 1:
        raise ImportRefused(f"{databases[0]}: a trades database is imported by itself; name one file")
    wishes = _Wishes(bot, run, mode)
    wishes.read(files[0], None)  # what cannot be read at all says so before there is a log
    with _opened(session) as opened:
        found = _append(opened, wishes.read(files[0], opened))
    _tell(found, json=json)
    _advise_on_fees(session, found, json=json)


@app.command("csv")
def csv(
    files: columns.Files,
    log: LogOption = None,
    config: ConfigOption = None,
    kind: columns.KindOption = None,
    mapping: columns.MapOption = None,
    column: columns.ColumnOption = None,
    constant: columns.SetOption = None,
    check: columns.CheckOption = False,
    bot: columns.BotOption = None,
    run: columns.RunOption = None,
    mode: columns.ModeOption = None,
    currency: columns.CurrencyOption = None,
    timezone: columns.ZoneOption = None,
    unit: columns.UnitOption = None,
    decimal: columns.DecimalOption = None,
    json: JsonOption = False,
) -> None:
    """Import any table (CSV, JSON Lines) as signals, decisions, trades, fills, bars, through a mapping of columns."""
    said = {"bot": bot, "run": run, "mode": mode, "currency": currency, "timezone": timezone}
    wishes = columns.wishes_of(kind, mapping, column, constant, **said, unit=unit, decimal=decimal)
    if check:
        columns.show(files, wishes, json=json)
        return
    session = Session.of(log, config)
    mapped = read_mapped(files, wishes)  # what cannot be read at all says so before there is a log
    with _opened(session) as opened:
        found = _append(opened, events_of(mapped, aliases=log_context(opened).aliases()))
    _tell(found, json=json)


@dataclass(frozen=True)
class _Wishes:
    """What a user says of a trades database."""

    bot: str | None
    run: str | None
    mode: Mode | None

    def read(self, file: Path, log: Log | None) -> Import:
        return read_database(file, log=log, bot=self.bot, run=self.run, mode=self.mode)


def _demand_no_database(run: str | None, mode: str | None) -> None:
    if run is not None or mode is not None:
        name = "--run" if run is not None else "--mode"
        raise ImportRefused(
            f"{name} is for trades databases; a backtest result has its own run, in mode backtest"
        )


def _import(session: Session, found: Import, *, json: bool) -> ImportReport:
    batches = iter(found)
    first = next(batches, [])  # what cannot be read at all says so before there is a log
    with _opened(session) as opened:
        report = _append(opened, Import(itertools.chain([first], batches), found.report))
    _tell(report, json=json)
    return report


@contextmanager
def _opened(session: Session) -> Iterator[Log]:
    with session.log(create=True) as opened:
        agree_on_settings(opened, session.effective.config.settings, by="import")
        yield opened


def _append(log: Log, found: Import) -> ImportReport:
    with progress_of("importing") as advance:
        for batch in found:
            log.append(batch)
            advance(len(batch))
    return found.report


def _tell(report: ImportReport, *, json: bool) -> None:
    if json:
        print_json(report.as_json())
    else:
        typer.echo("\n".join(report.lines()))
    if not report.counts and not report.up_to_date:
        raise CheckFailed("nothing could be imported; the lines above say why")


def _advise_on_fees(session: Session, report: ImportReport, *, json: bool) -> None:
    """Shadow trades should pay the fees that the result paid, or the two cannot be compared."""
    matching = (source.figures.get("matching_fee_bps") for source in report.sources)
    fees = sorted({fee for fee in matching if fee is not None})
    with session.log(read_only=True) as opened:
        ours = log_context(opened).timeline.latest.shadow.fee_bps
    if not json and fees and any(abs(fee - ours) > 1e-9 for fee in fees):
        paid = ", ".join(f"{fee:g}" for fee in fees)
        typer.echo(
            f"these results paid fees of {paid} bps a side, shadow trades pay {ours:g}; to compare like with like: "
            f"untaken settings set shadow.fee_bps={fees[0]:g} --retroactive --log {session.log_url}"
        )
