"""The equity curves: shadow in turn, alone and real, day by day, with how deep each was under water."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import accumulate

from untaken.web.reports.charts.dates import date_ticks
from untaken.web.reports.charts.scale import Scale, Tick
from untaken.web.reports.numbers import Money, exact
from untaken.web.reports.words import Document

BOOKS = (("in_turn", "shadow, in turn"), ("alone", "shadow, alone"), ("real", "real"))
WIDE, HIGH = 1000, 100
"""The drawing that the paths are laid out on; it is stretched to the page."""
MOST_POINTS = 420
"""More days than this are drawn by every so many: nobody sees more on a page."""


@dataclass(frozen=True)
class Curve:
    """One book: its path, its drawdown as a closed area under zero, and where it ended.

    Alone has no drawdown: with unlimited capital there is no account that could fall.
    """

    name: str
    label: str
    path: str
    under: str
    end: str


@dataclass(frozen=True)
class Equity:
    curves: list[Curve]
    zero: float
    ticks: list[Tick]
    dates: list[Tick]
    deepest: str
    first: str
    last: str
    days: int


def equity(days: Sequence[Document], money: Money) -> Equity | None:
    """Cumulate the results per day and lay them out; None below two days, which make no curve.

    A book without any result has no curve: a line at zero would look like trades that came to nothing.
    """
    ordered = sorted(days, key=lambda day: str(day["day"]))
    if len(ordered) < 2:
        return None
    dates = [date.fromisoformat(str(day["day"])) for day in ordered]
    books = {name: _cumulated(ordered, name) for name, _ in BOOKS if any(day.get(name) for day in ordered)}
    if not books:
        return None
    across = Scale(dates[0].toordinal() - 1, dates[-1].toordinal())
    up = Scale.around(value for values in books.values() for value in values)
    depths = {name: _drawdowns(values) for name, values in books.items() if name != "alone"}
    deepest = min((depth for values in depths.values() for depth in values), default=0.0)
    down = Scale(deepest or -1.0, 0.0)
    places = [0.0, *(across.at(day.toordinal()) * WIDE / 100 for day in dates)]
    shown = _thinned(len(places))
    whole = money.rounded(max(abs(up.low), abs(up.high)))
    return Equity(
        curves=[
            Curve(
                name=name,
                label=label,
                path=_line([places[i] for i in shown], [books[name][i] for i in shown], up),
                under=_area(places, depths[name], shown, down) if name in depths else "",
                end=money.named_signed(exact(round(books[name][-1], 8))),
            )
            for name, label in BOOKS
            if name in books
        ],
        zero=up.from_top(0),
        ticks=[Tick(up.from_top(tick), whole.signed(round(tick, 8))) for tick in up.ticks(6)],
        dates=date_ticks(dates[0], dates[-1]),
        deepest=money.signed(exact(round(deepest, 8))),
        first=dates[0].isoformat(),
        last=dates[-1].isoformat(),
        days=len(dates),
    )


def _cumulated(days: Sequence[Document], name: str) -> list[float]:
    """Give the running sum, beginning at zero before the first day; a day without a result adds nothing."""
    return list(accumulate((float(day.get(name) or 0) for day in days), initial=0.0))


def _drawdowns(values: Sequence[float]) -> list[float]:
    peaks = accumulate(values, max)
    return [value - peak for value, peak in zip(values, peaks, strict=True)]


def _thinned(points: int) -> list[int]:
    """Give the points that are drawn: every so many, the first and the last among them."""
    step = max(1, -(-points // MOST_POINTS))
    return sorted({*range(0, points, step), points - 1})


def _line(places: Sequence[float], values: Sequence[float], up: Scale) -> str:
    points = (
        f"{x:.1f},{up.from_top(value) * HIGH / 100:.2f}" for x, value in zip(places, values, strict=True)
    )
    return "M" + " L".join(points)


def _area(places: Sequence[float], depths: Sequence[float], shown: Sequence[int], down: Scale) -> str:
    """Draw the deepest of the days that each point stands for: a thinned line would lose the lowest."""
    since = [0, *(index + 1 for index in shown[:-1])]
    lowest = [min(depths[first : last + 1]) for first, last in zip(since, shown, strict=True)]
    return f"{_line([places[i] for i in shown], lowest, down)} L{places[-1]:.1f},0 L0,0 Z"
