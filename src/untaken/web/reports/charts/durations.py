"""Durations: a small histogram on a logarithmic axis, with the median and the slow end marked."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from untaken.projections.statistics.histogram import midpoint
from untaken.web.reports.charts.scale import Scale, Tick
from untaken.web.reports.numbers import counted, duration
from untaken.web.reports.words import Document

SLOTS = 44
NEAR = 9.0
"""Marks nearer than this, in percent, share a label."""
MARKS = (("median", "median_us"), ("p95", "p95_us"), ("p99", "p99_us"))


@dataclass(frozen=True)
class Column:
    x: float
    width: float
    height: float
    label: str


@dataclass(frozen=True)
class Durations:
    name: str
    columns: list[Column]
    marks: list[Tick]
    label: str


@dataclass(frozen=True)
class DurationAxis:
    ticks: list[Tick]


def durations(stages: Sequence[tuple[str, Document]]) -> tuple[DurationAxis, list[Durations]] | None:
    """Lay out the histograms of several stages on one axis; None where no stage has any duration."""
    known = [(name, stage) for name, stage in stages if stage["n"]]
    middles = [_middle(int(bucket)) for _, stage in known for bucket in stage["buckets"]]
    if not middles:
        return None
    low, high = min(middles), max(middles)
    scale = Scale(math.log10(low) - 0.15, math.log10(high) + 0.15)
    return _axis(scale), [_stage(name, stage, scale) for name, stage in known]


def _middle(bucket: int) -> float:
    """Give the middle of a bucket in microseconds; 0 stands at one, as a logarithm has no place for it."""
    return max(1.0, midpoint(bucket))


def _axis(scale: Scale) -> DurationAxis:
    powers = range(math.floor(scale.low), math.floor(scale.high) + 1)
    step = max(1, math.ceil(len(powers) / 7))
    between = (1, 2, 5) if len(powers) <= 3 else (1,)
    values = [times * 10.0**power for power in powers if power % step == 0 for times in between]
    return DurationAxis(
        [Tick(scale.at(math.log10(v)), duration(v)) for v in values if scale.holds(math.log10(v))]
    )


def _stage(name: str, stage: Document, scale: Scale) -> Durations:
    slots = _slots(stage["buckets"], scale)
    largest = max(slots.values())
    width = 100 / SLOTS
    marks = [(label, stage[key]) for label, key in MARKS if stage.get(key) is not None]
    said = ", ".join(f"{label} {duration(value)}" for label, value in marks)
    return Durations(
        name=name,
        columns=[
            Column(
                round(slot * width, 3),
                round(width * 0.86, 3),
                round(max(2.0, 100 * n / largest), 2),
                f"about {duration(10 ** _value(slot, scale))}: {counted(n, 'signal')}",
            )
            for slot, n in sorted(slots.items())
        ],
        marks=_marks([(label, scale.at(math.log10(max(1.0, value)))) for label, value in marks]),
        label=f"{name}: {counted(stage['n'], 'signal')}, {said}",
    )


def _marks(places: Sequence[tuple[str, float]]) -> list[Tick]:
    """Put marks that stand too near for a label each under one label."""
    marks: list[Tick] = []
    for label, place in places:
        if marks and place - marks[-1].at < NEAR:
            last = marks.pop()
            marks.append(Tick(last.at, f"{last.label}, {label}"))
        else:
            marks.append(Tick(place, label))
    return marks


def _slots(buckets: Mapping[str, int], scale: Scale) -> dict[int, int]:
    slots: dict[int, int] = {}
    for bucket, n in buckets.items():
        slot = min(SLOTS - 1, int(scale.at(math.log10(_middle(int(bucket)))) / 100 * SLOTS))
        slots[slot] = slots.get(slot, 0) + n
    return slots


def _value(slot: int, scale: Scale) -> float:
    return scale.low + (slot + 0.5) / SLOTS * (scale.high - scale.low)
