"""The heat map of months: what each month of each year came to, shaded by its size."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from untaken.web.reports.numbers import Money, exact
from untaken.web.reports.words import Document

NAMES = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
SHADES = 5
MOST_YEARS = 12
"""Older years than this are left to the tables; a heat map of a century shows nothing."""


@dataclass(frozen=True)
class Cell:
    month: str
    text: str
    shade: str
    """Style: `gain-1` to `gain-5`, `loss-1` to `loss-5`, `even` for exactly nothing, `none` without a result."""


@dataclass(frozen=True)
class Year:
    name: str
    cells: list[Cell]
    total: str


@dataclass(frozen=True)
class HeatMap:
    name: str
    label: str
    years: list[Year]
    left_out: int
    """Earlier years that are not shown."""


def heat_map(days: Sequence[Document], book: str, label: str, money: Money) -> HeatMap | None:
    """Add the results per day up to months; None of a book without any result.

    Shades are shares of the largest month, so that books are each shaded by themselves.
    """
    months = by_month(days, book)
    if not months:
        return None
    largest = max(map(abs, months.values()))
    years = sorted({year for year, _ in months})
    shown = years[-MOST_YEARS:]
    whole = money.rounded(max((abs(total) for total in _totals(months).values()), default=Decimal(0)))
    return HeatMap(
        book, label, [_year(year, months, largest, whole) for year in shown], len(years) - len(shown)
    )


def by_month(days: Sequence[Document], book: str) -> dict[tuple[int, int], Decimal]:
    """Give the result of every month in which the book had a day, by (year, month)."""
    months: dict[tuple[int, int], Decimal] = {}
    if not any(day.get(book) for day in days):
        return months
    for day in days:
        if day.get(book) is not None:
            at = date.fromisoformat(str(day["day"]))
            months[at.year, at.month] = months.get((at.year, at.month), Decimal(0)) + exact(day[book])
    return months


def _totals(months: dict[tuple[int, int], Decimal]) -> dict[int, Decimal]:
    totals: dict[int, Decimal] = {}
    for (year, _), result in months.items():
        totals[year] = totals.get(year, Decimal(0)) + result
    return totals


def _year(year: int, months: dict[tuple[int, int], Decimal], largest: Decimal, money: Money) -> Year:
    return Year(
        name=str(year),
        cells=[_cell(NAMES[month - 1], months.get((year, month)), largest, money) for month in range(1, 13)],
        total=money.signed(_totals(months)[year]),
    )


def _cell(month: str, result: Decimal | None, largest: Decimal, money: Money) -> Cell:
    if result is None:
        return Cell(month, "", "none")
    if result == 0:
        return Cell(month, money.plain(result), "even")
    # The square root lets a small month be told from nothing beside a very large one.
    shade = max(1, min(SHADES, round(SHADES * float(abs(result) / largest) ** 0.5)))
    return Cell(month, money.signed(result), f"{'gain' if result > 0 else 'loss'}-{shade}")
