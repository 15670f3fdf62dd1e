"""Bars: losses avoided against profit missed by each guard, and what each day saved."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from untaken.web.reports.charts.scale import Scale
from untaken.web.reports.numbers import Money, counted, in_r
from untaken.web.reports.words import Document

MOST_BARS = 130
"""More days than this are drawn as weeks."""


@dataclass(frozen=True)
class Balance:
    """What a guard's blocks avoided and missed; positions in percent from the left."""

    zero: float
    missed: float
    avoided: float
    net: float
    label: str


def balances(guards: Sequence[Document], money: Money) -> list[Balance | None]:
    """Lay out one bar to each side of zero per guard; None for a guard whose money is not known."""
    scale = Scale.around(value for guard in guards for value in _sides(guard))
    return [_balance(guard, scale, money) if _sides(guard) else None for guard in guards]


def balance_of(one: Document, among: Sequence[Document], money: Money) -> Balance | None:
    """Lay out one bar on the scale of all of them; None where its money is not known."""
    if not _sides(one):
        return None
    return _balance(one, Scale.around(value for each in among for value in _sides(each)), money)


def _sides(guard: Document) -> list[float]:
    missed, avoided = guard.get("missed_profit"), guard.get("avoided_loss")
    return [] if missed is None or avoided is None else [-float(missed), float(avoided)]


def _balance(guard: Document, scale: Scale, money: Money) -> Balance:
    missed, avoided = _sides(guard)
    return Balance(
        zero=scale.at(0),
        missed=scale.at(missed),
        avoided=scale.at(avoided),
        net=scale.at(avoided + missed),
        label=(
            f"avoided {money.named(guard['avoided_loss'])} of losses, "
            f"missed {money.named(guard['missed_profit'])} of profit"
        ),
    )


@dataclass(frozen=True)
class Bar:
    x: float
    width: float
    y: float
    height: float
    saves: bool
    label: str


@dataclass(frozen=True)
class Days:
    """What a guard saved day by day (or week by week), in R; positions in percent."""

    zero: float
    bars: list[Bar]
    largest: str


@dataclass(frozen=True)
class Calendar:
    """The days that all guards are drawn on."""

    first: date
    last: date

    @property
    def step(self) -> int:
        return 7 if (self.last - self.first).days >= MOST_BARS else 1

    @property
    def span(self) -> str:
        return "week" if self.step == 7 else "day"

    @property
    def slots(self) -> int:
        return (self.last - self.first).days // self.step + 1

    def slot(self, day: date) -> int:
        return (day - self.first).days // self.step

    def name(self, slot: int) -> str:
        day = self.first + timedelta(days=slot * self.step)
        return f"week of {day}" if self.step == 7 else day.isoformat()


def calendar_of(guards: Sequence[Document]) -> Calendar | None:
    """Give the calendar from the first to the last day on which any guard's blocks have a result in R."""
    days = [day for guard in guards for day in _daily(guard)]
    return Calendar(min(days), max(days)) if days else None


def days_of(guard: Document, calendar: Calendar) -> Days | None:
    """Lay out a guard's days on the calendar, on a scale of its own; None without any."""
    slots = _slotted(_daily(guard), calendar)
    if not slots:
        return None
    scale = Scale.around((saved for saved, _ in slots.values()), margin=0.08)
    return Days(
        zero=scale.from_top(0),
        bars=[_bar(slot, saved, n, scale, calendar) for slot, (saved, n) in slots.items()],
        largest=in_r(max((saved for saved, _ in slots.values()), key=abs), 1),
    )


def _daily(guard: Document) -> dict[date, tuple[float, int]]:
    return {
        date.fromisoformat(day["day"]): (float(day["saved_milli_r"]), int(day["n"]))
        for day in guard.get("days") or ()
        if day.get("saved_milli_r") is not None
    }


def _slotted(totals: dict[date, tuple[float, int]], calendar: Calendar) -> dict[int, tuple[float, int]]:
    slots: dict[int, tuple[float, int]] = {}
    for day in sorted(totals):
        saved, n = slots.get(calendar.slot(day), (0.0, 0))
        slots[calendar.slot(day)] = (saved + totals[day][0], n + totals[day][1])
    return slots


def _bar(slot: int, saved: float, n: int, scale: Scale, calendar: Calendar) -> Bar:
    width = 100 / calendar.slots
    top, bottom = sorted((scale.from_top(saved), scale.from_top(0)))
    return Bar(
        x=round(slot * width + width * 0.12, 3),
        width=round(max(width * 0.76, 0.25), 3),
        y=top,
        height=round(max(bottom - top, 0.6), 3),
        saves=saved >= 0,
        label=f"{calendar.name(slot)}: {in_r(saved)} from {counted(n, 'blocked signal')}",
    )
