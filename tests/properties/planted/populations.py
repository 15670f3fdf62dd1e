"""Many bots of one kind, and how often what is stated about them is wrong."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from scipy.stats import binom

from tests.generators.planted import Bot
from tests.generators.telling import planted_log
from tests.properties.planted.reports import read
from untaken.streams.answers import Answers, Asked, Group
from untaken.streams.view import View

SURE = 0.99
CHUNK = 25
"""Bots in a log; a large population consists of several logs."""


@dataclass
class Rates:
    """How often statements were wrong."""

    wrong: Counter[str] = field(default_factory=Counter)
    made: Counter[str] = field(default_factory=Counter)

    def count(self, statement: str, *, wrong: bool) -> None:
        """Count a statement that could have been wrong."""
        self.wrong[statement] += wrong
        self.made[statement] += 1

    def share(self, statement: str) -> float:
        """Return how often a statement was wrong."""
        return self.wrong[statement] / self.made[statement]

    def beyond(self, stated: float) -> set[str]:
        """Return the statements that were wrong more often than chance allows at the rate stated."""
        return {name for name in self.made if self.wrong[name] > most(stated, self.made[name])}


def most(rate: float, trials: int) -> int:
    """Return how many of so many trials are wrong at most, in 99 of 100 cases, if the rate holds."""
    return int(binom.ppf(SURE, trials, rate))


OfView = Callable[[Rates, View], None]
OfGroup = Callable[[Rates, Answers, Group], None]


def in_reports(*counts: OfGroup) -> OfView:
    """Return what counts in the report of every bot over everything."""

    def count(rates: Rates, view: View) -> None:
        answers = Answers(view, Asked(hours=None))
        for group in answers.groups:
            for each in counts:
                each(rates, answers, group)

    return count


@dataclass(frozen=True)
class Population:
    """Bots that are alike but for chance, and what is counted about them."""

    bot: Callable[[str], Bot]
    count: OfView
    days: int = 60
    seed: int = 1

    def rates(self, bots: int) -> Rates:
        """Count over so many bots."""
        rates = Rates()
        for view in self._views(bots):
            self.count(rates, view)
        return rates

    def _views(self, bots: int) -> Iterator[View]:
        names = [f"bot{number:04}" for number in range(bots)]
        for first in range(0, bots, CHUNK):
            chunk = map(self.bot, names[first : first + CHUNK])
            yield read(planted_log(*chunk, days=self.days, seed=self.seed))
