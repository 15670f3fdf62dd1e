"""Draws that read like what they stand for."""

from decimal import Decimal
from random import Random
from typing import TypeVar

T = TypeVar("T")


class Chance(Random):
    """A seeded source of chance."""

    def happens(self, probability: float) -> bool:
        return self.random() < probability

    def one_of(self, *choices: T) -> T:
        return self.choice(choices)

    def between(self, low: int, high: int) -> int:
        return self.randint(low, high)


def rounded(value: float, digits: int) -> float:
    """Return the double nearest to a decimal with so many digits after the point."""
    return float(round(Decimal(value), digits))
