"""A table as the page shows it: columns, cells, and what was left out."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import islice

from untaken.web.reports.charts.scale import Scale
from untaken.web.reports.numbers import Number, count, exact
from untaken.web.reports.words import Document, clean

MOST_ROWS = 24
"""Longer lists are cut: the page is read by people, and the document has every row."""


@dataclass(frozen=True)
class Bar:
    """A bar to one side of zero; places in percent from the left."""

    zero: float
    low: float
    high: float
    gain: bool


@dataclass(frozen=True)
class Cell:
    text: str
    note: str = ""
    bar: Bar | None = None
    strong: bool = False


@dataclass(frozen=True)
class Column:
    label: str
    note: str = ""
    words: bool = False
    """Holds words, not figures."""
    drawn: bool = False
    """Holds bars only."""


@dataclass(frozen=True)
class Grid:
    """The first column names the rows. `over` are titles above groups of columns, with how many they span."""

    label: str
    columns: list[Column]
    rows: list[list[Cell]]
    over: list[tuple[str, int]] = field(default_factory=list)
    more: str = ""


@dataclass(frozen=True)
class Line:
    """One column of a table made of documents: its title, and how its cell is written."""

    column: Column
    cell: Callable[[Document], Cell | str]


def line(label: str, write: Callable[[Document], Cell | str], note: str = "", *, words: bool = False) -> Line:
    return Line(Column(label, note, words=words), write)


def bars(
    rows: Sequence[Document], value: Callable[[Document], Number | None], *, gain_is_bad: bool = False
) -> Line:
    """Draw a signed figure of each row on one scale; a missed profit is a gain that cost money."""
    scale = Scale.around(float(found) for row in rows if (found := value(row)) is not None)

    def cell(row: Document) -> Cell:
        found = value(row)
        if found is None:
            return Cell("")
        low, high = sorted((scale.at(0), scale.at(float(found))))
        return Cell("", bar=Bar(scale.at(0), low, high, (found >= 0) != gain_is_bad))

    return Line(Column("", drawn=True), cell)


def grid(
    label: str,
    rows: Sequence[Document],
    lines: Sequence[Line],
    *,
    over: Sequence[tuple[str, int]] = (),
    most: int = MOST_ROWS,
    things: str = "rows",
) -> Grid:
    """Make a table of documents; beyond `most` rows it is cut and says so."""
    made = [[_cell(each.cell(row)) for each in lines] for row in islice(rows, most)]
    left = len(rows) - len(made)
    more = f"and {count(left)} more {things}; the JSON document and the tables have them all" if left else ""
    return Grid(clean(label), [each.column for each in lines], made, list(over), more)


def _cell(written: Cell | str) -> Cell:
    return written if isinstance(written, Cell) else Cell(written)


def pnl_of(side: Document) -> Number | None:
    """Give the result of a group of trades; that of none is unknown, not zero."""
    found: Number | None = side["pnl"]
    return found if side["counted"] else None


def largest_first(rows: Sequence[Document], value: Callable[[Document], Number | None]) -> list[Document]:
    """Sort by the size of a figure, those without one last; equals keep their order."""
    return sorted(rows, key=lambda row: -_size(value(row)))


def _size(value: Number | None) -> Decimal:
    return Decimal(-1) if value is None else abs(exact(value))
