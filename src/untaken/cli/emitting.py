"""untaken emit: events from files or standard input into the log."""

from __future__ import annotations

import gzip
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from untaken.cli.progress import progress_of
from untaken.cli.session import ConfigOption, JsonOption, LogOption, Session, print_json
from untaken.errors import UntakenError
from untaken.streams.edge import Edge, Emitted, emit_lines
from untaken.streams.engine import agree_on_settings, log_context
from untaken.streams.logs.base import Log


class SomeRefused(UntakenError):
    """Some lines were refused; the others are in the log, these among its dead letters."""


class NoSuchFile(UntakenError):
    """A file that was named does not exist or cannot be read; nothing of it was emitted."""


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
    total: list[Emitted] = []
    for file in files or []:
        if not file.is_file():
            raise NoSuchFile(f"{file} is no file that can be read; name JSON Lines files, plain or .gz")
    with session.log(create=True) as opened:
        agree_on_settings(opened, session.effective.config.settings, by="emit")
        total.extend(_emit(opened, str(file), _lines(file), backfill=not live) for file in files or [])
        if not files:
            total.append(_emit(opened, "standard input", iter(sys.stdin.buffer), backfill=backfill))
    _tell(total, json=json)


def _emit(log: Log, origin: str, lines: Iterator[bytes], *, backfill: bool) -> Emitted:
    edge = Edge(log_context(log).aliases(), origin=origin, backfill=backfill)
    with progress_of(f"emitting {origin}") as advance:
        before = 0
        for emitted in emit_lines(log, edge, lines):
            advance(emitted.lines - before)
            before = emitted.lines
    return edge.emitted


def _lines(file: Path) -> Iterator[bytes]:
    with file.open("rb") as plain:
        if file.suffix == ".gz":
            with gzip.open(plain, "rb") as lines:
                yield from lines
        else:
            yield from plain


def _tell(total: list[Emitted], *, json: bool) -> None:
    accepted = sum(each.accepted for each in total)
    refused = sum(sum(each.refused.values()) for each in total)
    by_type: dict[str, int] = {}
    by_code: dict[str, int] = {}
    for each in total:
        for counts, into in ((each.by_type, by_type), (each.refused, by_code)):
            for name, n in counts.items():
                into[name] = into.get(name, 0) + n
    examples = [example for each in total for example in each.examples][:5]
    if json:
        print_json(
            {
                "accepted": accepted,
                "refused": refused,
                "by_type": by_type,
                "by_code": by_code,
                "reasons": examples,
            }
        )
    else:
        typer.echo(
            f"{accepted} events accepted"
            + "".join(f"\n  {n:>9} {name}" for name, n in sorted(by_type.items()))
        )
    if refused:
        raise SomeRefused(
            f"{refused} lines were refused and kept as dead letters (untaken dead-letters lists them), the first: "
            f"{examples[0]}"
        )
