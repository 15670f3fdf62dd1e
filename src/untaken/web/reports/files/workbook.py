"""The report as a workbook: an overview in words, then one sheet a table, numbers as numbers."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from untaken.errors import UntakenError
from untaken.web.reports.files.tables import tables
from untaken.web.reports.files.whole import whole
from untaken.web.reports.findings import find, guards_of, is_empty, money_of, story
from untaken.web.reports.parts.overview import tiles_of
from untaken.web.reports.words import Document, basis, clean, filters, instant, who, window

if TYPE_CHECKING:
    from xlsxwriter import Workbook
    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet

MOST_ROWS = 1_048_575
"""Rows of a sheet below its header."""
WIDEST = 48
SAFE = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
"""Names come from whoever wrote the log: none is computed or followed."""


class NoWorkbooks(UntakenError):
    """The library that writes workbooks is not installed; nothing is written."""


def write_workbook(report: Document, file: Path) -> None:
    """Write a workbook, whole or not at all; raises NoWorkbooks where XlsxWriter is missing."""
    try:
        from xlsxwriter import Workbook  # noqa: PLC0415 - only who writes workbooks needs it
    except ImportError:
        raise NoWorkbooks(
            'a workbook needs XlsxWriter, which is not installed; run: pip install "untaken[engine]", '
            "or write the same tables with --csv"
        ) from None
    made = tables(report)
    with whole(file) as partial, Workbook(str(partial), SAFE) as book:
        book.set_properties({"title": "Untaken report", "created": _created(report)})
        formats = _formats(book)
        _overview(book.add_worksheet("overview"), report, made, formats)
        for name, table in made.items():
            _write(book.add_worksheet(name), table.head(MOST_ROWS), formats)


def _created(report: Document) -> datetime:
    """Give the time of the report, so that one document makes one file."""
    at = report["generated_at"] or report["watermark"]
    moment = datetime.fromisoformat(at) if at else datetime(1980, 1, 1, tzinfo=UTC)
    return moment.astimezone(UTC).replace(tzinfo=None)


def _formats(book: Workbook) -> dict[str, Format]:
    return {
        "head": book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"}),
        "money": book.add_format({"num_format": "#,##0.00;[Red]-#,##0.00"}),
        "share": book.add_format({"num_format": "0.0 %"}),
        "whole": book.add_format({"num_format": "#,##0"}),
        "number": book.add_format({"num_format": "#,##0.00##"}),
        "date": book.add_format({"num_format": "yyyy-mm-dd"}),
        "title": book.add_format({"bold": True, "font_size": 14}),
        "strong": book.add_format({"bold": True}),
        "wrapped": book.add_format({"text_wrap": True, "valign": "top"}),
    }


def _write(sheet: Worksheet, table: pl.DataFrame, formats: dict[str, Format]) -> None:
    sheet.freeze_panes(1, 0)
    for column, series in enumerate(table.get_columns()):
        sheet.write_string(0, column, series.name, formats["head"])
        values = _values(series)
        kind = formats.get(_kind(series.name, series.dtype))
        sheet.write_column(1, column, values, kind)
        sheet.set_column(column, column, _width(series.name, values))
    if table.height:
        sheet.autofilter(0, 0, table.height, table.width - 1)


SHARES = ("_rate", "_share", "accuracy", "_confidence")


def _kind(name: str, dtype: pl.DataType) -> str:
    if name == "day":
        return "date"
    if isinstance(dtype, pl.Decimal):
        return "money"
    if isinstance(dtype, pl.Float64):
        return "share" if name.endswith(SHARES) else "number"
    return "whole" if dtype.is_integer() else ""


def _values(series: pl.Series) -> list[Any]:
    """Give cells as a sheet holds them: integers beyond 15 digits would lose some, and are texts."""
    if series.name == "day":
        return [date.fromisoformat(day) for day in series.to_list()]
    return [_cell(value) for value in series.to_list()]


def _cell(value: Any) -> Any:
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) >= 10**15:
        return str(value)
    return value


def _width(name: str, values: list[Any]) -> float:
    longest = max((len(str(value)) for value in values[:500] if isinstance(value, str)), default=8)
    return min(WIDEST, max(10, longest + 2, min(len(name), 14)))


def _overview(
    sheet: Worksheet, report: Document, made: dict[str, pl.DataFrame], formats: dict[str, Format]
) -> None:
    for column, width in enumerate((30, 18, 90)):
        sheet.set_column(column, column, width)
    for row, (cells, style) in enumerate(_lines(report, made)):
        for column, cell in enumerate(cells):
            sheet.write(row, column, cell, formats.get(style))


def _lines(report: Document, made: dict[str, pl.DataFrame]) -> Iterator[tuple[list[str], str]]:
    yield ["What the trades not taken were worth"], "title"
    yield [window(report)], ""
    yield [clean(report["log"]), "", filters(report)], ""
    yield from ((["before reading", "", clean(banner["text"])], "") for banner in report["banners"])
    for name, table in made.items():
        if table.height > MOST_ROWS:
            yield ["cut", "", f"{name} has {table.height:,} rows, of which a sheet holds {MOST_ROWS:,}"], ""
    for group in report["groups"]:
        money, found = money_of(group), find(group, {})
        yield [""], ""
        yield [who(group)], "strong"
        guards = bool(guards_of(group))
        yield (
            [
                f"net saved by blocking, {money.currency}",
                money.signed(found.net_saved),
                story(found, money, guards=guards, empty=is_empty(group)),
            ],
            "",
        )
        yield from (([tile.label, tile.figure, tile.note], "") for tile in tiles_of(group, money))
        yield from ((["what to look at next", "", text], "") for text in found.next)
        yield ["", "", basis(group)], ""
    mark = report["watermark"]
    yield [""], ""
    yield [f"events up to {instant(mark) if mark else 'none yet'}, untaken {clean(report['untaken'])}"], ""
