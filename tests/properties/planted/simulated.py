"""The rules by themselves on many logs: what the figures are computed by, on days that are drawn, without events.

Signals are those of `tests.generators.planted`, drawn in bulk: python -m tests.properties.planted.simulated.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from tests.generators.planted import COMMON, FAIR_ODDS, HOLD_S, LATE_LOSS_R, LATE_ODDS, LOSS_R, NOISE_R
from tests.properties.planted import statements
from tests.properties.planted.populations import Rates
from untaken.projections.ledger import DELAYS_S
from untaken.projections.statistics.calibration import E4, Bin, calibrate, p_value_by_day, win_rate_interval
from untaken.projections.statistics.clusters import Clusters
from untaken.projections.statistics.half_life import DelayedResults, half_life
from untaken.projections.statistics.mixture import Mixture
from untaken.projections.statistics.performance import drawdown
from untaken.projections.statistics.ranking import ranked
from untaken.projections.statistics.ratios import Moments, profit_factor_interval
from untaken.projections.statistics.rules import GuardEvidence, VerdictRules
from untaken.projections.statistics.stepdown import enough_of, step_down, t_of
from untaken.projections.statistics.verdict import judge

DAYS = 60
RULES = VerdictRules()
HIGH = (0.6, 0.65, 0.7, 0.75, 0.8)

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


@dataclass(frozen=True)
class Signals:
    """Signals of one log in order of their days."""

    day: Integers
    odds: Floats
    """How often such a signal wins: honest confidence."""
    result_r: Floats

    @property
    def milli_r(self) -> Integers:
        return np.rint(self.result_r * 1000).astype(np.int64)

    def by_day(self, of: Integers | Floats, days: int) -> Integers:
        return np.rint(np.bincount(self.day, of, days)).astype(np.int64)


def drawn(
    chance: np.random.Generator,
    market: Floats,
    per_day: float = 4.0,
    *,
    edge_r: float = 0.0,
    common: float = COMMON,
    fair_odds: tuple[float, ...] = FAIR_ODDS,
    loss_r: float = LOSS_R,
) -> Signals:
    """Draw the signals of a strategy on the days of a market."""
    day = np.repeat(np.arange(len(market)), chance.poisson(per_day, len(market)))
    fair = chance.choice(fair_odds, len(day))
    won_r = (1 - fair) * loss_r / fair
    odds = (edge_r + loss_r) / (won_r + loss_r)
    luck = np.sqrt(common) * market[day] + np.sqrt(1 - common) * chance.standard_normal(len(day))
    return Signals(day, odds, np.where(luck < ndtri(odds), won_r, -loss_r))


def ranks(edges_r: tuple[float, ...], chance: np.random.Generator, rates: Rates) -> None:
    """Look at a leaderboard every ten days; the first strategy is the best, or all are alike."""
    market = chance.standard_normal(DAYS)
    each = [drawn(chance, market, 3.0, edge_r=edge) for edge in edges_r]
    wrong = False
    for until in range(20, DAYS + 1, 10):
        daily = {f"s{n}": _daily(signals, until) for n, signals in enumerate(each)}
        open_ranks = {one.name: one.ranks_not_excluded for one in ranked(daily, until, RULES)}
        alike = set(open_ranks.values()) == {(1, len(each))}
        wrong |= open_ranks["s0"][0] > 1 if any(edges_r) else not alike
    rates.count(statements.BEST if any(edges_r) else statements.RANK, wrong=wrong)


def _daily(signals: Signals, until: int) -> dict[int, int]:
    sums = signals.by_day(signals.milli_r, DAYS)
    return {int(day): int(sums[day]) for day in np.unique(signals.day[signals.day < until])}


def performance(chance: np.random.Generator, rates: Rates) -> None:
    """Take six trades a day without an edge."""
    signals = drawn(chance, chance.standard_normal(DAYS), 6.0)
    gains = signals.by_day(np.maximum(signals.milli_r, 0), DAYS).tolist()
    losses = signals.by_day(np.maximum(-signals.milli_r, 0), DAYS).tolist()
    daily = signals.by_day(signals.milli_r, DAYS).tolist()
    moments = Moments.of(range(DAYS), daily, (0, DAYS - 1))
    low, high = profit_factor_interval(gains, losses) or (0.0, np.inf)
    rates.count(statements.PROFIT_FACTOR, wrong=not low <= 1 <= high)
    rates.count(statements.SHARPE, wrong=(moments.sharpe_above(0.0) or 0.0) > 0.95)
    worst = moments.drawdown_to_luck(drawdown(signals.milli_r.tolist())) or 0.0
    rates.count(statements.DRAWDOWN, wrong=worst > statements.LUCK_95)


def calibration(
    common: float, fair_odds: tuple[float, ...], chance: np.random.Generator, rates: Rates
) -> None:
    """Take six signals a day of honest confidence."""
    signals = drawn(chance, chance.standard_normal(DAYS), 6.0, common=common, fair_odds=fair_odds)
    wins = signals.result_r > 0
    bins = [
        Bin.alike(float(odds), int((signals.odds == odds).sum()), int(wins[signals.odds == odds].sum()))
        for odds in np.unique(signals.odds)
    ]
    stated = np.rint(signals.odds * E4).astype(np.int64)
    surprise = np.bincount(signals.day, (E4 * wins - stated) * (E4 - 2 * stated), DAYS)
    found, by_day = (
        calibrate(bins),
        p_value_by_day([round(each) for each in surprise[np.unique(signals.day)]]),
    )
    if found is None or by_day is None or found.p_value is None:
        raise AssertionError
    rates.count(statements.P_BY_DAY, wrong=by_day < 0.05)
    rates.count(statements.P_OF_Z, wrong=found.p_value < 0.05)
    rates.count(statements.BEYOND_LUCK, wrong=found.error > found.null_95)
    for each in bins:
        low, high = win_rate_interval(each.wins, each.n)
        rates.count(statements.BUCKET, wrong=not low <= each.mean_confidence <= high)


def decay(
    edge_r: float, half_life_s: float | None, days: int, chance: np.random.Generator, rates: Rates
) -> None:
    """Enter four signals a day at each delay, as the price goes in `tests.generators.planted`."""
    market = chance.standard_normal(days)
    signals = drawn(chance, market, edge_r=edge_r, fair_odds=LATE_ODDS, loss_r=LATE_LOSS_R)
    seconds = np.array([*DELAYS_S, HOLD_S], dtype=np.float64)
    steps = np.sqrt(np.diff(seconds, prepend=0.0) / HOLD_S)
    walk = np.cumsum(chance.standard_normal((len(signals.day), len(seconds))) * steps, axis=1)
    shares = seconds / HOLD_S
    left = 2.0 ** (-seconds / half_life_s) if half_life_s else np.ones(len(seconds))
    gone = edge_r * (1 - left) + np.outer(signals.result_r - edge_r, shares)
    gone += 2 * NOISE_R * (walk - np.outer(walk[:, -1], shares))
    later = signals.result_r[:, None] - np.column_stack([np.zeros(len(gone)), gone[:, :-1]])
    n = np.bincount(signals.day, minlength=days).astype(np.float64)
    totals = np.zeros((later.shape[1], days))
    np.add.at(totals.T, signals.day, later * 20_000)
    sums = Clusters.of(
        (d, int(n[d]), r, r) for d, r in enumerate(signals.by_day(signals.milli_r, days).tolist()) if n[d]
    ).sums()
    interval = Mixture.of(sums, RULES.eta_grid_r2).interval(RULES.alpha)
    fit = half_life(DelayedResults((0, *DELAYS_S), np.tile(n, (len(totals), 1)), totals), interval).fit
    if half_life_s is None:
        rates.count(statements.HALF_LIFE, wrong=fit is not None)
    elif fit:
        rates.count(statements.HALF_LIFE_INTERVAL, wrong=not fit.low <= half_life_s <= fit.high)


def sweep(chance: np.random.Generator, rates: Rates) -> None:
    """Try 26 thresholds on 60 open and 40 locked days on which confidence says nothing."""
    signals = drawn(chance, chance.standard_normal(100), 6.0)
    confidence, results = chance.uniform(0.3, 0.8, len(signals.day)), signals.milli_r
    differences = np.column_stack(
        [
            signals.by_day(results * ((confidence >= each) * 1 - (confidence >= 0.6) * 1), 100)
            for each in np.arange(0.30, 0.81, 0.02)
        ]
    )
    looked_at, locked = differences[:60], differences[60:]
    enough = enough_of(looked_at, RULES)
    test = step_down(looked_at, enough, seed=1, draws=500)
    rates.count(statements.SUPERIOR, wrong=bool(test.superior(RULES.alpha).any()))
    if enough.any():
        best = int(np.flatnonzero(enough)[np.argmax(t_of(looked_at[:, enough].astype(np.float64)))])
        rows = ((day, 1, each, each) for day, each in enumerate(locked[:, best].tolist()) if each)
        verdict = judge([GuardEvidence("best", Clusters.of(rows))], 1, RULES)[0].verdict
        rates.count(statements.LOCKED, wrong=verdict in {"saves", "costs"})


LONG = "an edge of 0.4 R that halves in 1,200 s"
LONG_STATED = 0.08
"""Of intervals of a half-life that is a third of the longest delay: too short ones look sharper than they are."""

STUDIES: dict[str, Callable[[np.random.Generator, Rates], None]] = {
    "three strategies that are alike": partial(ranks, (0.0, 0.0, 0.0)),
    "edges of 0.3, 0.2, 0.1 and 0 R": partial(ranks, (0.3, 0.2, 0.1, 0.0)),
    "no edge": performance,
    "honest confidence, independent signals": partial(calibration, 0.0, HIGH),
    "honest confidence, days in common": partial(calibration, COMMON, FAIR_ODDS),
    "honest high confidence, days in common": partial(calibration, COMMON, HIGH),
    "an edge of 0.4 R that stays": partial(decay, 0.4, None, DAYS),
    "no edge, prices at all delays": partial(decay, 0.0, None, DAYS),
    "an edge of 0.4 R that halves in 60 s": partial(decay, 0.4, 60.0, DAYS),
    "an edge of 0.4 R that halves in 300 s": partial(decay, 0.4, 300.0, DAYS),
    LONG: partial(decay, 0.4, 1200.0, DAYS),
    "thresholds that change nothing": sweep,
}


def broken(study: str, rates: Rates) -> set[str]:
    """Return the promises that were not kept."""
    in_common = study.endswith("days in common")
    beyond = rates.beyond(LONG_STATED if study == LONG else statements.STATED)
    return beyond - (statements.OF_INDEPENDENT_SIGNALS if in_common else set())


def rates_of(study: str, runs: int, seed: int = 20_240_304) -> Rates:
    """Count over so many logs."""
    rates, chance = Rates(), np.random.default_rng(seed)
    for _ in range(runs):
        STUDIES[study](chance, rates)
    return rates


def main(runs: int = 1_000, *parts: str) -> None:
    """Print the table, as Markdown; of studies whose name holds a part, or of all."""
    for name in STUDIES:
        if parts and not any(part in name for part in parts):
            continue
        rates = rates_of(name, runs)
        for statement in rates.made:
            row = (statement, name, f"{100 * rates.share(statement):.1f} %", f"{rates.made[statement]:,}")
            sys.stdout.write(f"| {' | '.join(row)} |\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000, *sys.argv[2:])
