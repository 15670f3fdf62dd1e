"""Sweeps: the difference to the base over one axis as a curve, over two as a heat map."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise

from untaken.web.reports.charts.scale import Scale, Tick
from untaken.web.reports.numbers import Money, exact
from untaken.web.reports.words import Document, clean

SHADES = 5
MOST_COLUMNS = 14
"""A heat map wider than this is read as a table of the best instead."""


@dataclass(frozen=True)
class Dot:
    x: float
    y: float
    style: str
    """`superior`, `open` (not excluded as the best) or `worse`."""
    label: str


@dataclass(frozen=True)
class Sweep:
    path: str
    dots: list[Dot]
    zero: float
    up: list[Tick]
    across: list[Tick]
    label: str


def curve(values: Sequence[object], scenarios: Sequence[Document], money: Money) -> Sweep:
    """Lay out the scenarios of one axis; values that are no numbers stand at equal distances."""
    numbers = [float(value) for value in values if isinstance(value, int | float)]
    places = (
        numbers if len(numbers) == len(values) and _rising(numbers) else list(map(float, range(len(values))))
    )
    across = Scale(places[0], places[-1]) if len(places) > 1 else Scale(places[0] - 1, places[0] + 1)
    results = [float(each["difference"]) for each in scenarios]
    up = Scale.around(results, margin=0.1)
    points = [(across.at(x), up.from_top(y)) for x, y in zip(places, results, strict=True)]
    return Sweep(
        path="M" + " L".join(f"{x * 10:.1f},{y:.2f}" for x, y in points),
        dots=[
            Dot(x, y, _style(each), f"{clean(each['scenario'])}: {money.named_signed(each['difference'])}")
            for (x, y), each in zip(points, scenarios, strict=True)
        ],
        zero=up.from_top(0),
        up=[Tick(up.from_top(tick), money.signed(round(tick, 8))) for tick in up.ticks(4)],
        across=_named(values, places, across),
        label="; ".join(
            f"{clean(_text(value))} {money.signed(each['difference'])}"
            for value, each in zip(values, scenarios, strict=True)
        ),
    )


def _rising(numbers: Sequence[float]) -> bool:
    return all(before < after for before, after in pairwise(numbers))


def _style(each: Document) -> str:
    return "superior" if each["superior"] else "open" if each["not_excluded"] else "worse"


def _named(values: Sequence[object], places: Sequence[float], across: Scale) -> list[Tick]:
    step = max(1, -(-len(values) // 9))
    return [
        Tick(across.at(place), clean(_text(value)))
        for number, (value, place) in enumerate(zip(values, places, strict=True))
        if number % step == 0
    ]


def _text(value: object) -> str:
    if isinstance(value, float):
        return f"{value:g}"
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value)) or "none"
    return "none" if value is None else str(value)


@dataclass(frozen=True)
class Square:
    text: str
    shade: str
    best: bool
    superior: bool


@dataclass(frozen=True)
class Squares:
    columns: list[str]
    rows: list[tuple[str, list[Square]]]


def squares(
    axes: Sequence[Document], scenarios: Sequence[Document], best: int | None, money: Money
) -> Squares | None:
    """Lay out two axes; None where the second is too long for a page, or there are not two."""
    if len(axes) != 2 or len(axes[1]["values"]) > MOST_COLUMNS:
        return None
    largest = max((abs(exact(each["difference"])) for each in scenarios), default=exact(0))
    whole = money.rounded(largest)
    width = len(axes[1]["values"])
    made = [
        Square(whole.signed(each["difference"]), shade(each, largest), number == best, bool(each["superior"]))
        for number, each in enumerate(scenarios)
    ]
    return Squares(
        columns=[clean(_text(value)) for value in axes[1]["values"]],
        rows=[
            (clean(_text(value)), made[number * width : (number + 1) * width])
            for number, value in enumerate(axes[0]["values"])
        ],
    )


def shade(each: Document, largest: Decimal) -> str:
    """Give the style of a difference by its size beside the largest."""
    result, most = exact(each["difference"]), largest
    if not result or not most:
        return "even"
    step = max(1, min(SHADES, round(SHADES * float(abs(result) / most) ** 0.5)))
    return f"{'gain' if result > 0 else 'loss'}-{step}"
