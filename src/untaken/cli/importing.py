"""untaken import: candles, and the results of other bots."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Annotated

import typer

from untaken.cli.progress import progress_of
from untaken.cli.session import CheckFailed, ConfigOption, JsonOption, LogOption, Session, print_json
from untaken.streams.connectors.candles import read_candles
from untaken.streams.connectors.freqtrade import read_freqtrade
from untaken.streams.connectors.report import Import, ImportReport
from untaken.streams.engine import agree_on_settings, log_context

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
    json: JsonOption = False,
) -> None:
    """Import backtest results of freqtrade (json or zip): trades, orders, locks; says what it cannot know."""
    session = Session.of(log, config)
    found = _import(session, read_freqtrade(files, bot=bot), json=json)
    _advise_on_fees(session, found, json=json)


def _import(session: Session, found: Import, *, json: bool) -> ImportReport:
    batches = iter(found)
    first = next(batches, [])  # what cannot be read at all says so before there is a log
    with session.log(create=True) as opened, progress_of("importing") as advance:
        agree_on_settings(opened, session.effective.config.settings, by="import")
        for batch in itertools.chain([first], batches):
            opened.append(batch)
            advance(len(batch))
    if json:
        print_json(found.report.as_json())
    else:
        typer.echo("\n".join(found.report.lines()))
    if not found.report.counts:
        raise CheckFailed("nothing could be imported; the lines above say why")
    return found.report


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
