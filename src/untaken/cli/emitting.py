"""untaken emit: events from files or standard input into the log."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from untaken.cli.lines import LinesFile
from untaken.cli.progress import progress_of
from untaken.cli.session import ConfigOption, JsonOption, LogOption, Session, counted, print_json
from untaken.errors import UntakenError
from untaken.streams.edge import Edge, Emitted, emit_lines
from untaken.streams.engine import agree_on_settings, log_context
from untaken.streams.logs.base import Log


class SomeRefused(UntakenError):
    """Some lines were refused; the others are in the log, these among its dead letters."""


def emit(
    files: Annotated[
        list[Path] | None, typer.Argument(help="JSON Lines, plain or .gz; standard input if none.")
    ] = None,
    log: LogOption = None,
    config: ConfigOption = None,
    live: Annotated[bool, typer.Option("--live", help="Files are live events: refuse what is late.")] = False,
    backfill: Annotated[
        bool, typer.Option("--backfill", help="Standard input is history: never late.")
    ] = False,
    json: JsonOption = False,
) -> None:
    """Append events, one JSON object a line; what is refused becomes a dead letter with its reason."""
    session = Session.of(log, config)
    sources = [LinesFile(file) for file in files or []]
    total: list[Emitted] = []
    with session.log(create=True) as opened:
        agree_on_settings(opened, session.effective.config.settings, by="emit")
        total.extend(_emit(opened, str(each.path), each.lines(), backfill=not live) for each in sources)
        if not sources:
            total.append(_emit(opened, "standard input", iter(sys.stdin.buffer), backfill=backfill))
    _tell(total, json=json)
    for source in sources:
        source.demand_whole()
    _demand_all_accepted(total)


def _emit(log: Log, origin: str, lines: Iterator[bytes], *, backfill: bool) -> Emitted:
    edge = Edge(log_context(log).aliases(), origin=origin, backfill=backfill)
    with progress_of(f"emitting {origin}") as advance:
        before = 0
        for emitted in emit_lines(log, edge, lines):
            advance(emitted.lines - before)
            before = emitted.lines
    return edge.emitted


def _tell(total: list[Emitted], *, json: bool) -> None:
    accepted = sum((each.by_type for each in total), Counter[str]())
    refused = sum((each.refused for each in total), Counter[str]())
    if json:
        print_json(
            {
                "accepted": accepted.total(),
                "refused": refused.total(),
                "by_type": dict(sorted(accepted.items())),
                "by_code": dict(sorted(refused.items())),
                "reasons": [example for each in total for example in each.examples][:5],
            }
        )
    else:
        counts = "".join(f"\n  {n:>9} {name}" for name, n in sorted(accepted.items()))
        typer.echo(f"{counted(accepted.total(), 'event')} accepted{counts}")


def _demand_all_accepted(total: list[Emitted]) -> None:
    refused = sum(each.refused.total() for each in total)
    if refused:
        first = next(example for each in total for example in each.examples)
        fate = (
            "was refused and kept as a dead letter"
            if refused == 1
            else "were refused and kept as dead letters"
        )
        raise SomeRefused(
            f"{counted(refused, 'line')} {fate} (untaken dead-letters lists all), the first: {first}"
        )
