"""untaken import csv: tables of any shape, through a mapping of their columns."""

from __future__ import annotations

import collections
from pathlib import Path
from typing import Annotated, Any

import orjson
import polars as pl
import typer

from untaken.cli.session import print_json
from untaken.schemas.kinds import Mode
from untaken.streams.connectors.report import ImportRefused
from untaken.streams.connectors.tables import (
    KINDS,
    Mapped,
    Mapping,
    events_of,
    first_events,
    read_mapped,
    read_mapping,
)

Files = Annotated[list[Path], typer.Argument(help="CSV or JSON Lines, plain or .gz.")]
FIRST = 3
"""Rows that a check shows."""
_WIDTH = 40

KindOption = Annotated[str | None, typer.Option("--as", help=f"What a row is: {', '.join(KINDS)}.")]
MapOption = Annotated[Path | None, typer.Option("--map", help="Mapping of columns to fields (TOML).")]
ColumnOption = Annotated[
    list[str] | None, typer.Option("--column", help="FIELD=COLUMN, such as price=close; repeatable.")
]
SetOption = Annotated[
    list[str] | None, typer.Option("--set", help="FIELD=VALUE, the same for every row; repeatable.")
]
CheckOption = Annotated[
    bool, typer.Option("--check", help="Show the first rows as they would be taken; write nothing.")
]
CurrencyOption = Annotated[str | None, typer.Option("--currency", help="Account currency of the bot.")]
ZoneOption = Annotated[str | None, typer.Option("--timezone", help="Zone of times that name none.")]
UnitOption = Annotated[str | None, typer.Option("--unit", help="Unit of times in numbers: s, ms, us or ns.")]
DecimalOption = Annotated[str | None, typer.Option("--decimal", help="Sign before decimals: . or a comma.")]
BotOption = Annotated[str | None, typer.Option("--bot", help="Name of the bot.")]
RunOption = Annotated[
    str | None, typer.Option("--run", help="Name of the run (default: by the files' content).")
]
ModeOption = Annotated[Mode | None, typer.Option("--mode", help="live, paper or backtest (default: live).")]


def wishes_of(
    kind: str | None,
    mapping: Path | None,
    columns: list[str] | None,
    constants: list[str] | None,
    **given: Any,
) -> Mapping:
    """Put the mapping file and the options together; options come first."""
    fields: dict[str, Any] = {name: {"column": column} for name, column in _pairs(columns, "--column")}
    fields |= {name: {"value": value} for name, value in _pairs(constants, "--set")}
    if fields and kind is None:
        raise ImportRefused(
            "--column and --set say fields of one kind of row; say which with --as, or write a mapping"
        )
    said = {name: value for name, value in given.items() if value is not None}
    return read_mapping(mapping, said, {} if kind is None else {kind: fields})


def show(files: list[Path], wishes: Mapping, *, json: bool) -> None:
    """Print how the first rows of each file would be taken."""
    for mapped in read_mapped(files, wishes):
        collections.deque(events_of([mapped]), maxlen=0)  # judged to the end, for the report to be whole
        if json:
            print_json(_document(mapped))
        else:
            typer.echo("\n".join(_lines(mapped)))


def _pairs(options: list[str] | None, name: str) -> list[tuple[str, str]]:
    pairs = [option.partition("=") for option in options or []]
    wrong = next(
        (option for option, pair in zip(options or [], pairs, strict=True) if not (pair[0] and pair[2])), None
    )
    if wrong is not None:
        raise ImportRefused(
            f"{name} was {wrong!r}; write it as FIELD={'COLUMN' if name == '--column' else 'VALUE'}"
        )
    return [(field.strip(), value.strip()) for field, _, value in pairs]


def _document(mapped: Mapped) -> dict[str, Any]:
    events = {
        kind: [orjson.loads(value) for value in values]
        for kind, values in first_events(mapped, FIRST).items()
    }
    sources = {
        each.matched.table.kind: {name: source.in_words() for name, source in each.matched.sources.items()}
        for each in mapped.ready
    }
    return {**mapped.report.as_json(), "sources": sources, "events": events}


def _lines(mapped: Mapped) -> list[str]:
    raw = mapped.raw
    lines = [f"{raw.path}: {raw.form}, {raw.frame.height:,} rows, {len(raw.columns)} columns"]
    events = first_events(mapped, FIRST)
    for each in mapped.ready:
        values = events[each.matched.table.kind]
        lines.append(f"{each.matched.table.kind} become {each.matched.table.event_type}:")
        lines += _table(values, {name: source.in_words() for name, source in each.matched.sources.items()})
    return [*lines, *mapped.report.lines(), "nothing was written; leave out --check to import"]


def _table(values: pl.Series, sources: dict[str, str]) -> list[str]:
    """Return a line for each field: its name, where it comes from, and what the first rows have."""
    rows = [_flat(orjson.loads(value)) for value in values]
    names = list(dict.fromkeys([*sources, *(name for row in rows for name in row)]))
    shown = [
        name
        for name in names
        if name not in {"type", "id", "run", "mode"} and any(name in row for row in rows)
    ]
    wide = max((len(name) for name in shown), default=0)
    origins = {name: sources.get(name) or sources.get(name.partition(".")[0], "derived") for name in shown}
    broad = max((len(origin) for origin in origins.values()), default=0)
    return [
        f"  {name:<{wide}}  {origins[name]:<{broad}}  {' | '.join(_cell(row.get(name)) for row in rows)}".rstrip()
        for name in shown
    ]


def _flat(event: dict[str, Any]) -> dict[str, Any]:
    nested = {name: value for name, value in event.items() if isinstance(value, dict)}
    plain = {name: value for name, value in event.items() if name not in nested}
    return plain | {f"{name}.{key}": inner for name, value in nested.items() for key, inner in value.items()}


def _cell(value: object) -> str:
    text = (
        "-"
        if value is None
        else str(value).removesuffix(".000000Z") + ("Z" if str(value).endswith(".000000Z") else "")
    )
    return text if len(text) <= _WIDTH else text[: _WIDTH - 3] + "..."
