"""Dates across a drawing: round ones, few, with their places."""

from collections.abc import Iterator
from datetime import date, timedelta

from untaken.web.reports.charts.scale import Scale, Tick

MOST = 7
MONTHS = (1, 2, 3, 6, 12, 24, 60, 120, 240)
DAYS = (1, 2, 7, 14)


def date_ticks(first: date, last: date) -> list[Tick]:
    """Give round dates from first to last, at most MOST; places in percent, the day before the first being 0."""
    across = Scale(first.toordinal() - 1, last.toordinal())
    days = (last - first).days + 1
    step = next((step for step in DAYS if days / step <= MOST), None)
    if step is not None:
        return [
            Tick(across.at(day.toordinal()), f"{day.day} {day:%b}")
            for day in (first + timedelta(days=n) for n in range(0, days, step))
        ]
    months = next(step for step in (*MONTHS, 10_000) if days / 30.4 / step <= MOST)
    return [Tick(across.at(day.toordinal()), _name(day, months)) for day in _firsts(first, last, months)]


def _firsts(first: date, last: date, months: int) -> Iterator[date]:
    """Yield the first days of every so many months."""
    number = first.year * 12 + first.month - 1
    number += -number % months
    while (day := date(number // 12, number % 12 + 1, 1)) <= last:
        if day >= first:
            yield day
        number += months


def _name(day: date, months: int) -> str:
    return f"{day:%Y}" if months >= 12 else f"{day:%b %Y}" if day.month == 1 else f"{day:%b}"
