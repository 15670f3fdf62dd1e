"""The reliability diagram: stated confidence across, how often such signals won upwards."""

from collections.abc import Sequence
from dataclasses import dataclass

from untaken.web.reports.numbers import count, percent
from untaken.web.reports.words import Document

LEAST, LARGEST = 2.5, 7.0
"""Radii of the dots, by the root of their numbers."""


@dataclass(frozen=True)
class Point:
    """One bin of confidence; places in percent, the radius in pixels."""

    x: float
    y: float
    low: float
    high: float
    radius: float
    outside: bool
    """The confidence lies outside the interval of the win rate."""
    label: str


def reliability(table: Sequence[Document]) -> list[Point]:
    """Lay out the bins that have signals."""
    known = [row for row in table if row["n"]]
    largest = max((row["n"] for row in known), default=1)
    return [_point(row, largest) for row in known]


def _point(row: Document, largest: int) -> Point:
    low, high = row["win_rate_interval"]
    stated = float(row["mean_confidence"])
    return Point(
        x=round(100 * stated, 2),
        y=round(100 - 100 * float(row["win_rate"]), 2),
        low=round(100 - 100 * low, 2),
        high=round(100 - 100 * high, 2),
        radius=round(LEAST + (LARGEST - LEAST) * float(row["n"] / largest) ** 0.5, 1),
        outside=not low <= stated <= high,
        label=(
            f"confidence {percent(stated, 1)}: {count(row['wins'])} of {count(row['n'])} won, "
            f"{percent(row['win_rate'], 1)} ({percent(low, 0)} to {percent(high, 0)})"
        ),
    )
