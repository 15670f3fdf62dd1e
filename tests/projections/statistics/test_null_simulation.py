"""How often a harmless guard is judged all the same, and how often a useful one is found (STATISTICS 7).

The rule is read after every day, and any verdict in the whole period counts. `figures.py` prints the full tables.
"""

import math
from collections.abc import Iterator

import numpy as np
import pytest

from tests.projections.statistics.builders import evidence
from tests.projections.statistics.claims import Signs, claims, ever, log_e
from tests.projections.statistics.figures import family_error_rates
from tests.projections.statistics.null_logs import KINDS, Logs, daily
from untaken.projections.statistics.rules import Verdict, VerdictRules
from untaken.projections.statistics.verdict import judge

ALPHA = 0.05
SEED = 20_240_304


def with_slack(runs: int) -> float:
    """Return the accepted error rate and two standard errors of its estimate."""
    return ALPHA + 2 * math.sqrt(ALPHA * (1 - ALPHA) / runs)


@pytest.mark.parametrize("kind", KINDS)
def test_a_neutral_guard_is_hardly_ever_judged(kind: str) -> None:
    logs = daily(kind, runs=200, days=120, seed=SEED)

    assert ever(claims(logs), by=120) <= with_slack(200)


def test_a_guard_that_saves_two_fifths_of_r_is_found_within_120_days() -> None:
    claimed = claims(daily("t3", runs=200, days=120, effect_r=0.4, seed=SEED))

    assert ever(claimed, by=120) >= 0.88
    assert claimed.min() == 0


def test_without_gates_jackpots_would_fool_the_rule() -> None:
    convinced = log_e(daily("jackpot", runs=200, days=120, seed=SEED)) >= np.log(20)

    assert np.mean(convinced.any(axis=1)) > 0.2


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("effect_r", [0.0, 0.4])
def test_the_verdict_is_the_rule_that_was_simulated(kind: str, effect_r: float) -> None:
    logs = daily(kind, runs=40, days=120, effect_r=effect_r, seed=SEED)
    claimed = claims(logs)

    for run, days in moments(claimed):
        assert sign(verdict_after(logs, run, days)) == claimed[run, days - 1], (run, days)


@pytest.mark.torture
@pytest.mark.parametrize("kind", KINDS)
def test_a_neutral_guard_is_hardly_ever_judged_in_a_year(kind: str) -> None:
    logs = daily(kind, runs=2000, days=250, seed=SEED)

    assert ever(claims(logs), by=250) <= ALPHA


@pytest.mark.torture
def test_a_useful_guard_is_found_in_a_year() -> None:
    for kind, share in (("t3", 0.97), ("bracket", 0.99)):
        claimed = claims(daily(kind, runs=2000, days=250, effect_r=0.4, seed=SEED))

        assert ever(claimed, by=250) >= share
        assert np.mean((claimed < 0).any(axis=1)) <= 0.001


@pytest.mark.torture
@pytest.mark.parametrize(
    ("kind", "limit"), [("t3", ALPHA), ("bracket", ALPHA), ("lottery", 0.08), ("jackpot", ALPHA)]
)
def test_ten_neutral_guards_on_the_same_days_are_hardly_ever_judged(kind: str, limit: float) -> None:
    """The lottery misses the mark (6.5 %): the mixture is only asymptotic for one-sided results."""
    assert family_error_rates(kind, guards=10, runs=2000, days=250, seed=SEED).published <= limit


def moments(claimed: Signs) -> Iterator[tuple[int, int]]:
    """Yield (run, days read): where a claim comes up or goes, the day before, and the end of every run."""
    for run, signs in enumerate(claimed):
        turns = np.flatnonzero(np.diff(signs)) + 1
        yield from ((run, int(day) + read) for day in turns[:4] for read in (0, 1))
        yield run, len(signs)


def verdict_after(logs: Logs, run: int, days: int) -> Verdict:
    rules = VerdictRules(bound_r=logs.bound_r)
    return judge([evidence(logs.clusters(run, days))], 1, rules)[0]


def sign(verdict: Verdict) -> int:
    return {"saves": 1, "costs": -1}.get(verdict.verdict, 0)
