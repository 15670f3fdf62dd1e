"""untaken report: figures in the terminal, as JSON, CSV, a workbook, or one HTML file; daily with `latest`."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import orjson
import typer

from untaken.cli.choosing import (
    AllOption,
    BotOption,
    HoursOption,
    ModeOption,
    RunOption,
    SinceOption,
    StrategyOption,
    SymbolOption,
    UntilOption,
    asked_span,
    demand_known,
)
from untaken.cli.session import (
    ConfigOption,
    JsonOption,
    LogOption,
    Session,
    as_json,
    counted,
    now_if_live,
    print_json,
)
from untaken.errors import UntakenError
from untaken.projections.figures import Figures
from untaken.streams.view import Filters, View
from untaken.version import __version__
from untaken.web.reports.document import Asked, Beside, document

HtmlOption = Annotated[Path | None, typer.Option("--html", help="Write one self-contained HTML file.")]
CsvOption = Annotated[
    Path | None,
    typer.Option("--csv", help="Write every table as CSV into this folder; - prints the one of --table."),
]
TableOption = Annotated[
    list[str] | None, typer.Option("--table", help="With --csv only this table (repeatable).")
]
XlsxOption = Annotated[Path | None, typer.Option("--xlsx", help="Write a workbook, one sheet a table.")]
DailyOption = Annotated[
    Path | None,
    typer.Option("--daily", help="Write report-YYYY-MM-DD and latest, HTML and JSON, into this folder."),
]
AnswersOption = Annotated[
    list[Path] | None,
    typer.Option("--answers", help="Show this answer of replay what-if --json beside (repeatable)."),
]
ScenarioOption = Annotated[
    str | None, typer.Option("--scenario", help="The report as it would be under this saved scenario.")
]


class AnswerRefused(UntakenError):
    """The file holds no answer to a what-if; no report is made."""


class TablesRefused(UntakenError):
    """The tables asked for cannot be written that way; nothing is."""


def report(
    log: LogOption = None,
    config: ConfigOption = None,
    hours: HoursOption = None,
    everything: AllOption = False,
    since: SinceOption = None,
    until: UntilOption = None,
    bot: BotOption = None,
    run: RunOption = None,
    mode: ModeOption = None,
    strategy: StrategyOption = None,
    symbol: SymbolOption = None,
    json: JsonOption = False,
    html: HtmlOption = None,
    csv: CsvOption = None,
    table: TableOption = None,
    xlsx: XlsxOption = None,
    daily: DailyOption = None,
    answers: AnswersOption = None,
    scenario: ScenarioOption = None,
) -> None:
    """Show what guards saved and cost, and what was not taken; money is after fees."""
    session = Session.of(log, config)
    _demand_tables(csv, table or [])
    beside = [_answer(file) for file in answers or []]
    default = session.effective.config.report.hours if since is None and until is None else None
    span = asked_span(default if hours is None else hours, since, until, everything=everything)
    asked = Asked(span.hours, span.since, span.until, Filters(bot, run, mode, strategy, symbol))
    figures = _figures(session, asked, scenario, beside)
    written = _written(figures, html, csv, table or [], xlsx, daily)
    if json:
        print_json(figures)
    elif written:
        typer.echo("\n".join(f"{file} ({file.resolve().as_uri()})" for file in written))
    elif csv is None:
        show(figures)
    if not json and str(csv) != STANDARD_OUTPUT and "freshness" in figures:
        typer.echo(freshness_line(figures["freshness"]))


STANDARD_OUTPUT = "-"


def _figures(session: Session, asked: Asked, scenario: str | None, beside: Sequence[Figures]) -> Figures:
    with session.view() as (view, lag):
        demand_known(view, asked.filters)
        now = now_if_live(view.watermark)
        with _under(session, view, scenario) as (shown, title):
            figures = document(
                shown,
                asked,
                log=session.log_url,
                version=__version__,
                now=now,
                lag=lag,
                beside=Beside(tuple(beside), _saved(session, view, asked, now), title),
            )
        published = view.freshness_figures(time.time_ns() // 1000)
    if published:
        figures["freshness"] = published
    return figures


def _saved(session: Session, view: View, asked: Asked, now: int | None) -> tuple[Figures, ...]:
    from untaken.web.reports.saved import saved_figures

    state = session.state_path
    return () if state is None or not state.exists() else tuple(saved_figures(view, state, asked, now))


@contextmanager
def _under(session: Session, view: View, scenario: str | None) -> Iterator[tuple[View, str | None]]:
    """Open the view of a saved scenario, and say what its rules are; without one the log's own view."""
    if scenario is None:
        yield view, None
        return
    from untaken.replay.whatif.saved import saved_scenarios, saved_view
    from untaken.replay.whatif.scenario import ScenarioRefused

    state = session.state_path
    if state is None:
        raise ScenarioRefused(f"--scenario {scenario}: beside {session.log_url} no scenario can be kept")
    with saved_view(state, scenario) as saved:
        (title,) = (each.title for each in saved_scenarios(state) if each.name == scenario)
        yield saved, title


def _answer(file: Path) -> Figures:
    try:
        found = orjson.loads(file.read_bytes())
    except (OSError, orjson.JSONDecodeError) as problem:
        raise AnswerRefused(
            f"--answers {file}: {problem}; a file of untaken replay what-if --json is wanted"
        ) from None
    if not isinstance(found, dict) or not (
        {"scenarios", "scenarios_tried"} <= set(found) or "sweep" in found
    ):
        raise AnswerRefused(
            f"--answers {file} holds no answer to a what-if; make one with untaken replay what-if ... --json > {file}"
        )
    return found


def _demand_tables(csv: Path | None, tables: Sequence[str]) -> None:
    if tables and csv is None:
        raise TablesRefused("--table names what --csv writes: add --csv FOLDER, or --csv - to print it")
    if str(csv) == STANDARD_OUTPUT and len(tables) != 1:
        raise TablesRefused(f"--csv - prints one table, and {len(tables)} were named: add --table guards")


def _written(
    figures: Figures,
    html: Path | None,
    csv: Path | None,
    names: Sequence[str],
    xlsx: Path | None,
    daily: Path | None,
) -> list[Path]:
    """Write what was asked for; return the files, in the order of the options."""
    files = []
    if html is not None:
        write_html(figures, html)
        files.append(html)
    if csv is not None:
        files += _write_csv(figures, csv, names)
    if xlsx is not None:
        from untaken.web.reports.files.workbook import write_workbook

        write_workbook(figures, xlsx)
        files.append(xlsx)
    if daily is not None:
        files += _write_daily(figures, daily)
    return files


def _write_csv(figures: Figures, folder: Path, names: Sequence[str]) -> list[Path]:
    from untaken.web.reports.files.comma import csv_of, write_csv
    from untaken.web.reports.files.tables import tables

    made = tables(figures, names)
    if str(folder) != STANDARD_OUTPUT:
        write_csv(folder, made)
        return [folder]
    for table in made.values():
        typer.echo(csv_of(table), nl=False)
    return []


def _write_daily(figures: Figures, folder: Path) -> list[Path]:
    from untaken.web.reports.files.daily import day_of, write_daily
    from untaken.web.reports.html import render

    return write_daily(folder, day_of(figures), {"html": render(figures), "json": as_json(figures)})


def show(figures: dict[str, object]) -> None:
    """Print the report as tables."""
    from rich.console import Console

    from untaken.web.reports.terminal import render

    render(figures, Console())


def freshness_line(partitions: Sequence[Figures]) -> str:
    """Say how fresh what workers have published is, of all partitions together."""
    behind = sum(partition["behind"] for partition in partitions)
    silent = [str(partition["partition"]) for partition in partitions if partition["age_s"] is None]
    ages = [partition["age_s"] for partition in partitions if partition["age_s"] is not None]
    said = f"as published by {counted(len(ages), 'partition')}, the oldest {max(ages):,.0f} s ago"
    lacking = f"; {counted(behind, 'record')} of the log not in it yet" if behind else ""
    nothing_of = f"; nothing of partition {', '.join(silent)}" if silent else ""
    return said + lacking + nothing_of


def write_html(figures: dict[str, object], file: Path) -> None:
    """Write the report as one HTML file, whole or not at all."""
    from untaken.web.reports.files.whole import write_whole
    from untaken.web.reports.html import render

    write_whole(file, render(figures))
