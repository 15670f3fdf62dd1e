"""untaken report: figures in the terminal, as JSON, or as one HTML file."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from untaken.cli.choosing import demand_known
from untaken.cli.session import (
    BotOption,
    ConfigOption,
    JsonOption,
    LogOption,
    ModeOption,
    RunOption,
    Session,
    counted,
    now_if_live,
    print_json,
)
from untaken.config import MAX_HOURS
from untaken.errors import UntakenError
from untaken.projections.figures import Figures
from untaken.schemas.times import instant, to_us
from untaken.streams.view import Filters
from untaken.version import __version__
from untaken.web.reports.document import Asked, document


class WindowRefused(UntakenError):
    """The window asked for does not exist; nothing is shown."""


def report(
    log: LogOption = None,
    config: ConfigOption = None,
    hours: Annotated[
        float | None, typer.Option("--hours", help="Length of the window (default: 24).")
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="From the beginning.")] = False,
    since: Annotated[str | None, typer.Option("--since", help="From this time on (RFC 3339).")] = None,
    until: Annotated[str | None, typer.Option("--until", help="Before this time (RFC 3339).")] = None,
    bot: BotOption = None,
    run: RunOption = None,
    mode: ModeOption = None,
    json: JsonOption = False,
    html: Annotated[Path | None, typer.Option("--html", help="Write one self-contained HTML file.")] = None,
) -> None:
    """Show what guards saved and cost, and what was not taken; money is after fees."""
    session = Session.of(log, config)
    asked = Asked(
        hours=None if everything else _hours(hours, session.effective.config.report.hours),
        since=_time("--since", since),
        until=_time("--until", until),
        filters=Filters(bot, run, mode),
    )
    if asked.since is not None and asked.until is not None and asked.since >= asked.until:
        raise WindowRefused(f"the window is empty: --since {since} is not before --until {until}")
    with session.view() as (view, lag):
        demand_known(view, asked.filters)
        figures = document(
            view, asked, log=session.log_url, version=__version__, now=now_if_live(view.watermark), lag=lag
        )
        published = view.freshness_figures(time.time_ns() // 1000)
    if published:
        figures["freshness"] = published
    if html is not None:
        write_html(figures, html)
    if json:
        print_json(figures)
    elif html is None:
        show(figures)
    else:
        typer.echo(f"{html} ({html.resolve().as_uri()})")
    if published and not json:
        typer.echo(freshness_line(published))


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
    from untaken.web.reports.html import render

    file.parent.mkdir(parents=True, exist_ok=True)
    partial = file.with_name(f".{file.name}.partial")
    partial.write_text(render(figures), encoding="utf-8")
    partial.replace(file)


def _hours(asked: float | None, configured: float) -> float:
    if asked is None:
        return configured
    if not 0 < asked <= MAX_HOURS:
        raise WindowRefused(
            f"--hours was {asked:g}; more than 0 and at most {MAX_HOURS:,} is allowed; --all shows everything"
        )
    return asked


def _time(option: str, text: str | None) -> int | None:
    if text is None:
        return None
    try:
        moment: datetime = instant(text)
    except ValueError:
        raise WindowRefused(
            f"{option} was {text!r}; a time with its zone is allowed, such as 2024-03-04T10:00:00Z"
        ) from None
    return to_us(moment)
