"""How often the report is wrong where the truth is known, through the whole path.

python -m tests.properties.planted.error_rates prints the table. The rules by themselves, which are much faster
to try, are in `simulated.py`.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from functools import partial

from tests.generators.planted import Bot, Guard, Strategy, late
from tests.properties.planted import statements
from tests.properties.planted.populations import Population, Rates, in_reports
from untaken.replay.whatif.sweeps.grid import grid_of

DAYS = 60
LOOKS = statements.Looks(DAYS)
HIGH = (0.6, 0.65, 0.7, 0.75, 0.8)
CONFIDENCE = "confidence_threshold"
GRID = grid_of({}, {"min_confidence": "0.30:0.80:0.02"})


@dataclass(frozen=True)
class Study:
    """A population, how many bots of it are tried, and which statements are measured but not promised of it."""

    population: Population
    few: int
    many: int
    unpromised: frozenset[str] = field(default_factory=frozenset)

    def broken(self, rates: Rates) -> set[str]:
        """Return the promises that were not kept."""
        return rates.beyond(statements.STATED) - self.unpromised


def nothing(name: str) -> Bot:
    """Return a bot whose strategies are alike, without an edge, and whose guards toss coins."""
    guards = (Guard("one", "max_positions", share=0.2), Guard("two", CONFIDENCE, share=0.2))
    return Bot(name, tuple(Strategy(each, 3) for each in ("a", "b", "c")), guards)


def honest(name: str, *, common: float, fair_odds: tuple[float, ...]) -> Bot:
    """Return a bot whose confidence is the frequency with which it wins."""
    return Bot(name, (Strategy(signals_per_day=6, fair_odds=fair_odds),), (), common)


def ranked(name: str) -> Bot:
    """Return a bot of four strategies, `a` the best."""
    edges = {"a": 0.3, "b": 0.2, "c": 0.1, "d": 0.0}
    return Bot(name, tuple(Strategy(each, 3, edge_r=edge) for each, edge in edges.items()), ())


def decaying(name: str, *, edge_r: float = 0.4, half_life_s: float | None = None) -> Bot:
    """Return a bot of one strategy, of whose edge so much is left at every delay."""
    return Bot(name, (late(edge_r=edge_r, half_life_s=half_life_s),), ())


def thresholds(name: str) -> Bot:
    """Return a bot whose confidence says nothing, under a guard that asks for 0.6."""
    guard = Guard("confidence", CONFIDENCE, threshold=0.6)
    return Bot(name, (Strategy(signals_per_day=6, confidence="drawn"),), (guard,))


STUDIES = {
    "nothing planted": Study(
        Population(
            nothing,
            in_reports(
                *(LOOKS.guards, LOOKS.reasons, LOOKS.ranks),
                *(statements.suggestions, statements.performance, statements.calibration),
            ),
            DAYS,
        ),
        few=20,
        many=100,
        unpromised=statements.OF_INDEPENDENT_SIGNALS,
    ),
    "honest confidence, independent signals": Study(
        Population(
            partial(honest, common=0.0, fair_odds=HIGH), in_reports(statements.calibration), DAYS, seed=2
        ),
        few=0,
        many=80,
    ),
    "honest high confidence, days in common": Study(
        Population(
            partial(honest, common=0.3, fair_odds=HIGH), in_reports(statements.calibration), DAYS, seed=3
        ),
        few=20,
        many=80,
        unpromised=statements.OF_INDEPENDENT_SIGNALS,
    ),
    "edges of 0.3, 0.2, 0.1 and 0 R": Study(
        Population(ranked, in_reports(partial(LOOKS.best, best="a")), DAYS, seed=4), few=0, many=60
    ),
    "an edge of 0.4 R that stays": Study(
        Population(decaying, in_reports(statements.half_life_where_none_is), DAYS, seed=5), few=10, many=60
    ),
    "prices at all delays and no edge": Study(
        Population(
            partial(decaying, edge_r=0.0), in_reports(statements.half_life_where_none_is), DAYS, seed=6
        ),
        few=0,
        many=25,
    ),
    "an edge of 0.4 R that halves in 300 s": Study(
        Population(
            partial(decaying, half_life_s=300.0),
            in_reports(partial(statements.half_life_of, 300.0)),
            DAYS,
            seed=7,
        ),
        few=10,
        many=60,
    ),
    "thresholds that change nothing": Study(
        Population(thresholds, statements.sweeps(GRID), 100, seed=8), few=10, many=80
    ),
}


def main(times: int = 1, *parts: str) -> None:
    """Print the table in full size, or so many times as large; of studies whose name holds a part, or of all."""
    for name, study in STUDIES.items():
        if parts and not any(part in name for part in parts):
            continue
        rates = study.population.rates(study.many * times)
        for statement in rates.made:
            row = (statement, name, f"{100 * rates.share(statement):.1f} %", f"{rates.made[statement]:,}")
            sys.stdout.write(f"| {' | '.join(row)} |\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1, *sys.argv[2:])
