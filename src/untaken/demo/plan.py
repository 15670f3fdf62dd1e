"""A generated market whose outcome is known: which guard saves, which costs, and which does nothing.

Everything here is made up. It exists so that the verdicts can be seen to come out as planted.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal, TypeAlias

import numpy as np
import polars as pl

from untaken.schemas.times import to_us

Direction: TypeAlias = Literal["long", "short"]
Wins: TypeAlias = Sequence[tuple[int, int]]
"""(number of days, winners on each of them)."""

START = datetime(2024, 1, 1, tzinfo=UTC)
DAYS = 90
QUIET_DAYS = 2
"""Without a signal, so that the last day's evidence is closed."""
HOURS = 24
QUARTERS = 4
SYMBOLS = ("PLANTED-A/USD", "PLANTED-B/USD", "PLANTED-C/USD")

_HOUR_US = 3_600_000_000
_QUARTER_US = _HOUR_US // QUARTERS
_NOISE = 0.001
_WICK = 0.0002


@dataclass(frozen=True)
class Style:
    """How a planted strategy trades; every trade is over within its hour."""

    name: str
    move: float
    """How far the price runs for or against it, as a ratio."""
    stop_loss_pct: float
    take_profit_pct: float
    size: float
    """Notional; chosen so that every planted trade risks the same 20 USD."""


SWING = Style("planted_swing", move=0.022, stop_loss_pct=2.0, take_profit_pct=2.0, size=1000.0)
DRIFT = Style("planted_drift", move=0.01, stop_loss_pct=50.0, take_profit_pct=0.0, size=40.0)
"""Its stop is so wide that a trade is worth a fiftieth of its risk either way: no guard on it can matter."""


@dataclass(frozen=True)
class Planting:
    """What a guard is to meet: `daily` signals a day, of which so many win."""

    guard: str | None
    style: Style
    daily: int
    wins: Wins
    verdict: str


PLANTINGS = (
    Planting("saver", SWING, 3, ((20, 2), (41, 1), (29, 0)), "saves"),
    Planting("spender", SWING, 3, ((20, 1), (41, 2), (29, 3)), "costs"),
    Planting("bystander", DRIFT, 8, ((45, 5), (45, 3)), "no_material_effect"),
    Planting("doubtful", SWING, 3, ((45, 2), (45, 1)), "inconclusive"),
    Planting(None, SWING, 1, ((45, 1), (45, 0)), "traded"),
)
"""Days of both signs are planted for every guard, for a verdict needs to have seen both."""


@dataclass(frozen=True)
class Case:
    """One planted signal and what becomes of it; `at` in microseconds, `price` the last close before it."""

    at: int
    symbol: str
    style: Style
    direction: Direction
    wins: bool
    guard: str | None
    price: float


@dataclass(frozen=True)
class Plan:
    """Bars as a candle file would give them, and the cases in order of time."""

    bars: pl.DataFrame
    cases: list[Case]


@dataclass(frozen=True)
class _Slot:
    planting: Planting
    wins: bool


def draw(seed: int) -> Plan:
    """Draw a plan; the seed moves hours, days and directions, and never how many win."""
    random = np.random.default_rng(seed)
    slots = _slots(random)
    prices = dict.fromkeys(SYMBOLS, 100.0)
    bars: list[tuple[str, int, float, float, float, float]] = []
    cases: list[Case] = []
    for hour in range((DAYS + QUIET_DAYS) * HOURS):
        for symbol in SYMBOLS:
            opened = to_us(START) + hour * _HOUR_US
            slot, price = slots.get((hour, symbol)), prices[symbol]
            up = bool(random.random() < 0.5 - (price - 100) / 30)
            size = slot.planting.style.move if slot else abs(float(random.normal(0, _NOISE)))
            if slot:
                cases.append(_case(slot, opened, symbol, price, up=up))
            path = list(_path(price, size if up else -size, random))
            bars += _bars(symbol, opened, price, path)
            prices[symbol] = path[-1]
    return Plan(_frame(bars), cases)


def _slots(random: np.random.Generator) -> dict[tuple[int, str], _Slot]:
    """Give every signal of every day an hour and a symbol of its own."""
    winners = {planting: _winners_by_day(planting, random) for planting in PLANTINGS}
    places = [(hour, symbol) for hour in range(HOURS) for symbol in SYMBOLS]
    slots: dict[tuple[int, str], _Slot] = {}
    for day in range(DAYS):
        free = iter(random.permutation(len(places)).tolist())
        for planting in PLANTINGS:
            for number in range(planting.daily):
                hour, symbol = places[next(free)]
                slots[day * HOURS + hour, symbol] = _Slot(planting, number < winners[planting][day])
    return slots


def _winners_by_day(planting: Planting, random: np.random.Generator) -> list[int]:
    days = [winners for count, winners in planting.wins for _ in range(count)]
    return [days[place] for place in random.permutation(DAYS).tolist()]


def _case(slot: _Slot, at: int, symbol: str, price: float, *, up: bool) -> Case:
    direction: Direction = "long" if up == slot.wins else "short"
    return Case(at, symbol, slot.planting.style, direction, slot.wins, slot.planting.guard, price)


def _path(price: float, move: float, random: np.random.Generator) -> Iterator[float]:
    """Yield the closes of the hour's quarters: a straight way to the end, a little blurred before it."""
    for quarter in range(1, QUARTERS + 1):
        blur = 0.0 if quarter == QUARTERS else float(random.normal(0, _NOISE / 10))
        yield round(price * (1 + move * quarter / QUARTERS + blur), 5)


def _bars(
    symbol: str, opened: int, price: float, path: list[float]
) -> Iterator[tuple[str, int, float, float, float, float]]:
    for quarter, (first, last) in enumerate(zip([price, *path], path, strict=False)):
        high, low = round(max(first, last) * (1 + _WICK), 5), round(min(first, last) * (1 - _WICK), 5)
        yield symbol, opened + quarter * _QUARTER_US, first, high, low, last


def _frame(bars: list[tuple[str, int, float, float, float, float]]) -> pl.DataFrame:
    names = {
        "symbol": pl.String,
        "open_at": pl.Int64,
        **dict.fromkeys(("open", "high", "low", "close"), pl.Float64),
    }
    frame = pl.DataFrame(bars, schema=names, orient="row")
    return frame.with_columns(interval_us=pl.lit(_QUARTER_US, dtype=pl.Int64)).sort("open_at", "symbol")
