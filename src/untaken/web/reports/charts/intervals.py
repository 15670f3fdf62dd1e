"""The forest plot: each guard's interval of the mean saved per block, on one axis in R."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf
from statistics import median

from untaken.web.reports.charts.scale import Scale, Tick
from untaken.web.reports.numbers import in_r, written
from untaken.web.reports.words import Document

WIDEST = 6.0
"""An interval this many times wider than the middle one is cut off with arrows: it would hide all others."""

FINE = 100.0
"""An interval narrower than this, in milli-R, is written with a digit more."""


@dataclass(frozen=True)
class Axis:
    zero: float
    rope: tuple[float, float] | None
    ticks: list[Tick]


@dataclass(frozen=True)
class Interval:
    """One row; positions in percent. `left` and `right` say that the interval goes on beyond the drawing."""

    low: float
    high: float
    mean: float | None
    left: bool
    right: bool
    bounded: bool
    label: str


def forest(guards: Sequence[Document], what: str = "mean saved per block") -> tuple[Axis, list[Interval]]:
    """Lay out the intervals of the guards, in their order; `what` names the mean to those who hear it."""
    scale = _scale(guards)
    return _axis(scale, guards), [_interval(guard, scale, what) for guard in guards]


def mean_of(guard: Document) -> float | None:
    """Give the mean saved per block in milli-R."""
    mean = (guard.get("verdict_detail") or {}).get("mean_saved_milli_r")
    return None if mean is None else float(mean)


def mean_words(guard: Document) -> str:
    """Write the mean as finely as its interval."""
    return in_r(mean_of(guard), _decimals(guard))


def interval_words(guard: Document) -> str:
    """Write the interval, `+0.01 R to +0.40 R`; an end without a bound has a word of its own."""
    low, high = guard.get("interval_milli_r") or (None, None)
    decimals = _decimals(guard)
    if low is None and high is None:
        return "unbounded"
    if low is None:
        return f"at most {in_r(high, decimals)}"
    return (
        f"{in_r(low, decimals)} to {in_r(high, decimals)}"
        if high is not None
        else f"at least {in_r(low, decimals)}"
    )


def _decimals(guard: Document) -> int:
    low, high = _bounds(guard)
    return 3 if high - low < FINE else 2


def _bounds(guard: Document) -> tuple[float, float]:
    low, high = guard.get("interval_milli_r") or (None, None)
    return (-inf if low is None else float(low), inf if high is None else float(high))


def _scale(guards: Sequence[Document]) -> Scale:
    widths = [high - low for low, high in map(_bounds, guards) if high - low < inf]
    if not widths:
        return Scale.around([-1000.0, 1000.0])
    widest = WIDEST * median(widths)
    shown = [bounds for bounds in map(_bounds, guards) if bounds[1] - bounds[0] <= widest]
    return Scale.around([value for bounds in shown for value in bounds])


def _axis(scale: Scale, guards: Sequence[Document]) -> Axis:
    ropes = [rope for guard in guards if (rope := (guard.get("verdict_detail") or {}).get("rope_milli_r"))]
    rope = (scale.at(-float(ropes[0])), scale.at(float(ropes[0]))) if ropes else None
    ticks = scale.ticks(4)
    decimals = 1 if all(round(tick / 100) * 100 == round(tick) for tick in ticks) else 2
    labels = [Tick(scale.at(tick), written(tick / 1000, decimals, signed=True)) for tick in ticks]
    return Axis(scale.at(0), rope, labels)


def _interval(guard: Document, scale: Scale, what: str) -> Interval:
    mean = mean_of(guard)
    low, high = _bounds(guard)
    return Interval(
        low=scale.at(low),
        high=scale.at(high),
        mean=scale.at(mean) if mean is not None and scale.holds(mean) else None,
        left=low < scale.low,
        right=high > scale.high,
        bounded=low > -inf and high < inf,
        label=f"{what} {mean_words(guard)}, interval {interval_words(guard)}",
    )
