"""Rows on their way out: to a terminal, standard output or files."""

from __future__ import annotations

import sys
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import polars as pl
import typer

from untaken.cli.rows.wanted import STANDARD_OUTPUT, Output, Wanted, Write
from untaken.cli.session import counted
from untaken.reading import exports
from untaken.reading.reader import Reader
from untaken.reading.sql import explained
from untaken.streams.store.rows import Kind

SHOWN = 1_000
"""Rows that are printed where nothing is said of how many."""

COLUMNS: dict[Kind, tuple[str, ...]] = {
    "ledger": (
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
    "trades": (
        "at",
        "trade_id",
        "symbol",
        "direction",
        "state",
        "entry_price",
        "exit_price",
        "pnl",
        "anomalies",
    ),
}
"""Columns that are printed of rows."""


class StandardOutput:
    """Standard output as bytes, UTF-8 whatever the terminal."""

    def write(self, data: bytes) -> None:
        buffer = getattr(sys.stdout, "buffer", None)
        if buffer is None:
            sys.stdout.write(data.decode())
        else:
            buffer.write(data)


def put(reader: Reader, wanted: Wanted, output: Output) -> None:
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
