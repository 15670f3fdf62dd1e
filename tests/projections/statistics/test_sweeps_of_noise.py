"""How often the winner of a sweep over scenarios without any effect is believed (STATISTICS 7.4)."""

import math
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from untaken.projections.statistics.clusters import Clusters
from untaken.projections.statistics.rules import GuardEvidence, VerdictRules
from untaken.projections.statistics.stepdown import enough_of, step_down
from untaken.projections.statistics.verdict import judge
from untaken.projections.statistics.walking import best_of, chosen

pytestmark = pytest.mark.xdist_group("null-simulation")

ALPHA = 0.05
RULES = VerdictRules()
DAYS = 250
SCENARIOS = 300
LOCKED = 100


@dataclass(frozen=True)
class Rates:
    """Shares of runs in which something without any effect was taken for one."""

    best_gains: float
    """The best beats the base: what one sees who does not test."""
    best_alone: float
    """The best has t > 1.96, as if it had been the only one."""
    superior: float
    """Some scenario is superior by the step-down test."""
    forward: float
    """What was chosen walking forward is found better or worse."""
    locked: float
    """The best of the first days is found better or worse on the last ones."""


def differences(kind: str, chance: np.random.Generator) -> np.ndarray:
    """Return a sweep of thresholds over a score that says nothing: days by scenario, milli-R.

    About four signals a day with a result whose mean is 0; each scenario lets in those above its threshold.
    """
    day = np.repeat(np.arange(DAYS), chance.poisson(4, DAYS))
    common = chance.standard_t(3, DAYS)[day] * 0.55
    kinds: dict[str, Callable[[], Any]] = {
        "t3": lambda: chance.standard_t(3, day.size) * 0.84 + common,
        "bracket": lambda: np.where(chance.random(day.size) < 1 / 3, 2.0, -1.0),
        "lottery": lambda: np.where(chance.random(day.size) < 0.1, 9.0, -1.0),
    }
    own = kinds[kind]()
    place = (chance.random(day.size) * SCENARIOS).astype(int)
    sums = np.zeros((DAYS, SCENARIOS), np.int64)
    np.add.at(sums, (day, place), np.round(own * 1000).astype(np.int64))
    return sums[:, ::-1].cumsum(axis=1)[:, ::-1]


def verdict(daily: np.ndarray) -> str:
    rows = ((day, 1, int(value), int(value)) for day, value in enumerate(daily) if value)
    return judge([GuardEvidence("x", Clusters.of(rows))], 1, RULES)[0].verdict


def simulated(kind: str, runs: int, draws: int) -> Rates:
    found = np.zeros((runs, 5), np.bool_)
    for run in range(runs):
        grid = differences(kind, np.random.default_rng([20_240_304, run]))
        enough = enough_of(grid, RULES)
        test = step_down(grid, enough, run, draws)
        open_days = grid[: DAYS - LOCKED]
        picks = [
            grid[fold.since : fold.until, index] if index is not None else np.zeros(0, np.int64)
            for fold, index in chosen(open_days, 1, RULES)
        ]
        best = best_of(open_days, RULES)
        locked = "" if best is None else verdict(grid[DAYS - LOCKED + 1 :, best])
        largest = np.nanmax(np.where(np.isnan(test.t), -np.inf, test.t))
        found[run] = (
            largest > 0,
            largest > 1.96,
            test.superior(ALPHA).any(),
            verdict(np.concatenate(picks)) in {"saves", "costs"},
            locked in {"saves", "costs"},
        )
    return Rates(*(float(share) for share in found.mean(axis=0)))


def with_slack(runs: int) -> float:
    return ALPHA + 2 * math.sqrt(ALPHA * (1 - ALPHA) / runs)


@pytest.mark.parametrize("kind", ["t3", "bracket", "lottery"])
def test_of_300_scenarios_without_effect_hardly_ever_one_is_believed(kind: str) -> None:
    runs = 60
    rates = simulated(kind, runs, draws=200)

    assert rates.best_gains > 0.6
    assert rates.superior <= with_slack(runs)
    assert rates.forward <= with_slack(runs)
    assert rates.locked <= with_slack(runs)


@pytest.mark.torture
@pytest.mark.parametrize("kind", ["t3", "bracket", "lottery"])
def test_the_stated_error_of_sweeps_holds_in_full_size(kind: str) -> None:
    runs = 1000
    rates = simulated(kind, runs, draws=1000)
    sys.stderr.write(f"{kind}, {runs} sweeps of {SCENARIOS} scenarios over {DAYS} days: {rates}\n")

    assert rates.superior <= with_slack(runs)
    assert rates.forward <= with_slack(runs)
    assert rates.locked <= with_slack(runs)
