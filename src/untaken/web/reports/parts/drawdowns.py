"""The deepest falls of a book, from its peak to its bottom and back."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from untaken.web.reports.numbers import Money, count, exact
from untaken.web.reports.parts.grid import Grid, grid, line
from untaken.web.reports.words import Document

MOST = 3
BOOKS = (("in_turn", "shadow, in turn"), ("real", "real"))


@dataclass(frozen=True)
class Fall:
    """One fall of the cumulated result; `until` is None while it has not come back."""

    peak: date
    bottom: date
    until: date | None
    depth: Decimal


def falls_of(days: Sequence[Document], book: str) -> list[Fall]:
    """Return the deepest falls of the result at the end of each day, deepest first; ties in order of time."""
    return sorted(_falls(days, book), key=lambda fall: -fall.depth)[:MOST]


def _falls(days: Sequence[Document], book: str) -> Iterator[Fall]:
    level = top = low = Decimal(0)
    peak = bottom = None
    for day in sorted(days, key=lambda day: str(day["day"])):
        at = date.fromisoformat(str(day["day"]))
        level += exact(day.get(book) or 0)
        if level >= top:
            if peak is not None and bottom is not None:
                yield Fall(peak, bottom, at, top - low)
            top, low, peak, bottom = level, level, at, None
        elif level < low or bottom is None:
            low, bottom, peak = level, at, peak or at
    if peak is not None and bottom is not None:
        yield Fall(peak, bottom, None, top - low)


def drawdowns_of(days: Sequence[Document], money: Money) -> Grid | None:
    """Make the table of the deepest falls of shadow and real; None where nothing ever fell."""
    rows = [
        {"book": label, "fall": fall}
        for book, label in BOOKS
        if any(day.get(book) for day in days)
        for fall in falls_of(days, book)
    ]
    if not rows:
        return None
    return grid(
        "Deepest drawdowns",
        rows,
        [
            line("book", lambda row: row["book"], words=True),
            line(f"depth, {money.currency}", lambda row: money.plain(row["fall"].depth)),
            line("from", lambda row: row["fall"].peak.isoformat()),
            line("bottom", lambda row: row["fall"].bottom.isoformat()),
            line("back", lambda row: row["fall"].until.isoformat() if row["fall"].until else "not yet"),
            line("days", _length),
        ],
    )


def _length(row: Document) -> str:
    fall: Fall = row["fall"]
    return count(((fall.until or fall.bottom) - fall.peak).days)
