"""A linear scale from values to percent of a drawing's width or height."""

import math
from collections.abc import Iterable
from dataclasses import dataclass

STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)

NOTHING = 1e-9
"""Values that lie closer together than this are all alike: less than the smallest unit of money."""


@dataclass(frozen=True)
class Tick:
    at: float
    label: str


@dataclass(frozen=True)
class Scale:
    low: float
    high: float

    @classmethod
    def around(cls, values: Iterable[float], *, margin: float = 0.06) -> "Scale":
        """Cover the values and zero, with a margin at both ends that is a share of the range."""
        known = [0.0, *values]
        low, high = min(known), max(known)
        if high - low < NOTHING:
            return cls(-1.0, 1.0)
        room = (high - low) * margin
        return cls(low - room, high + room)

    def at(self, value: float) -> float:
        """Give the place of a value in percent from the low end, kept within the drawing."""
        share = (value - self.low) / (self.high - self.low)
        return round(100 * min(1.0, max(0.0, share)), 3)

    def from_top(self, value: float) -> float:
        return round(100 - self.at(value), 3)

    def holds(self, value: float) -> bool:
        return self.low <= value <= self.high

    def ticks(self, about: int = 5) -> list[float]:
        """Give round values within the scale, about as many as asked for, zero among them if it is inside."""
        rough = (self.high - self.low) / about
        magnitude = 10.0 ** math.floor(math.log10(rough))
        step = next(step * magnitude for step in STEPS if step * magnitude >= rough * (1 - 1e-9))
        first, last = math.ceil(self.low / step), math.floor(self.high / step)
        return [round(index * step, 12) for index in range(first, last + 1)]
