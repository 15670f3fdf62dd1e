"""Tables as CSV: one file a table, exact decimals, nothing that a spreadsheet would take for a formula."""

from pathlib import Path

import polars as pl
import polars.selectors as cs

from untaken.web.reports.files.whole import write_whole

FORMULA = r"^([=+\-@\t\r])"
"""What a text must begin with for spreadsheets to compute it."""


def csv_of(table: pl.DataFrame) -> str:
    """Write a table as RFC 4180 with lines of one newline; unknown figures are empty.

    A name that begins like a formula gets an apostrophe, since names come from whoever wrote the log.
    """
    safe = table.with_columns(cs.string().str.replace(FORMULA, "'${1}"))
    return safe.write_csv()


def write_csv(folder: Path, tables: dict[str, pl.DataFrame]) -> list[Path]:
    """Write each table to its own file in a folder; return the files."""
    files = [folder / f"{name}.csv" for name in tables]
    for file, table in zip(files, tables.values(), strict=True):
        write_whole(file, csv_of(table))
    return files
