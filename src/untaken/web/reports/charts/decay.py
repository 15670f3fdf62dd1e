"""The decay curve: what a signal's edge is worth when it is entered late, with the fit and its band."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from untaken.projections.statistics.half_life import Z
from untaken.web.reports.charts.scale import Scale, Tick
from untaken.web.reports.numbers import counted, delay, ppm, written
from untaken.web.reports.words import Document

WIDE, HIGH = 1000, 100
STEPS = 80
"""Points of a fitted curve."""


@dataclass(frozen=True)
class Dot:
    x: float
    y: float
    label: str


@dataclass(frozen=True)
class Decay:
    """Places in percent, paths on a drawing of WIDE x HIGH that is stretched."""

    dots: list[Dot]
    line: str
    fit: str
    band: str
    zero: float
    half_life: float | None
    half_life_label: str
    across: list[Tick]
    up: list[Tick]
    label: str


def decay_curve(figures: Document) -> Decay | None:
    """Lay out the mean return at each delay; None below two known delays, which make no curve."""
    edge = {int(d): float(value) for d, value in figures["edge_ppm"].items() if value is not None}
    if len(edge) < 2:
        return None
    across = Scale(_log(0), _log(max(edge)) * 1.03)
    fits = _fits(figures)
    spread = [value for fit in fits for value in (fit.at(0), fit.at(max(edge)))]
    up = Scale.around([*edge.values(), *spread], margin=0.12)
    half_life = figures.get("half_life_s")
    return Decay(
        dots=[_dot(d, value, figures, across, up) for d, value in edge.items()],
        line=_path([(_log(d), value) for d, value in edge.items()], across, up),
        fit=_path(fits[0].points(max(edge)), across, up) if fits else "",
        band=_band(fits[1], fits[2], max(edge), across, up) if fits else "",
        zero=up.from_top(0),
        half_life=across.at(_log(half_life)) if half_life is not None and half_life <= max(edge) else None,
        half_life_label=f"half-life {delay(half_life)}" if half_life is not None else "",
        across=[Tick(across.at(_log(d)), delay(d) if d else "0") for d in edge],
        up=[Tick(up.from_top(tick), f"{written(tick / 10_000, 2, signed=True)} %") for tick in up.ticks(4)],
        label="; ".join(_said(d, value, figures) for d, value in edge.items()),
    )


@dataclass(frozen=True)
class _Fit:
    edge_ppm: float
    half_life_s: float

    def at(self, delay_s: float) -> float:
        return self.edge_ppm * math.exp2(-delay_s / self.half_life_s)

    def points(self, longest: int) -> Sequence[tuple[float, float]]:
        end = _log(longest)
        return [(x, self.at(math.expm1(x))) for x in (end * step / STEPS for step in range(STEPS + 1))]


def _fits(figures: Document) -> list[_Fit]:
    """Give the fitted decay, and the fastest from the least edge and the slowest from the largest that fit too.

    None where the half-life is not identified.
    """
    fit, interval = figures.get("half_life_fit"), figures.get("half_life_interval_s")
    if not fit or not interval:
        return []
    edge, off = float(fit["edge_ppm"]), Z * float(fit["edge_error_ppm"])
    fastest, slowest = map(float, interval)
    return [_Fit(edge, float(figures["half_life_s"])), _Fit(edge - off, fastest), _Fit(edge + off, slowest)]


def _log(delay_s: float) -> float:
    """Place a delay on a logarithmic axis that begins at 0."""
    return math.log1p(delay_s)


def _dot(d: int, value: float, figures: Document, across: Scale, up: Scale) -> Dot:
    return Dot(across.at(_log(d)), up.from_top(value), _said(d, value, figures))


def _said(d: int, value: float, figures: Document) -> str:
    counts: Mapping[str, int] = figures.get("edge_n") or {}
    when = f"{delay(d)} late" if d else "at once"
    return f"{when} {ppm(value)} of {counted(counts.get(str(d)) or 0, 'signal')}"


def _path(points: Sequence[tuple[float, float]], across: Scale, up: Scale) -> str:
    return "M" + " L".join(_at(x, y, across, up) for x, y in points)


def _band(low: _Fit, high: _Fit, longest: int, across: Scale, up: Scale) -> str:
    there = [_at(x, y, across, up) for x, y in low.points(longest)]
    back = [_at(x, y, across, up) for x, y in reversed(high.points(longest))]
    return "M" + " L".join([*there, *back]) + " Z"


def _at(x: float, y: float, across: Scale, up: Scale) -> str:
    return f"{across.at(x) * WIDE / 100:.1f},{up.from_top(y) * HIGH / 100:.2f}"
