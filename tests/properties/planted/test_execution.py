"""A slow executor, planted, beside a fast one: how long fills take, and what the price does meanwhile."""

import math
from collections.abc import Sequence
from dataclasses import replace

import pytest

from tests.generators.planted import PRICE, Bot, Case, Guard, Strategy, cases
from tests.properties.planted.reports import Report, named, reported

FAST = Strategy("fast", 6, edge_r=0.4, half_life_s=60.0, decides_s=0.02, fills_s=0.05)
TWIN = replace(FAST, name="twin")
SLOW = replace(FAST, name="slow", decides_s=1.5, fills_s=20.0, slips_bps=3.0)
BOT = Bot("bot", (SLOW, FAST, TWIN), (Guard(share=0.1),))


def decay(strategy: Strategy) -> Report:
    return named(reported(BOT)["bot"]["signal_decay"]["strategies"], strategy=strategy.name)


def told(strategy: Strategy) -> list[Case]:
    return [case for case in cases(BOT) if case.strategy == strategy]


def filled(strategy: Strategy) -> list[Case]:
    return [case for case in told(strategy) if case.blocked_by is None]


def nearest_rank(durations: Sequence[int], quantile: float) -> int:
    return sorted(durations)[math.ceil(quantile * len(durations)) - 1]


def shortfall_bps(case: Case) -> float:
    lost = (case.price(case.fill_r) - PRICE) / PRICE
    return 10_000 * (lost if case.long else -lost)


@pytest.mark.parametrize("strategy", [SLOW, FAST, TWIN])
@pytest.mark.parametrize(
    ("figure", "quantile"), [("median_us", 0.5), ("p90_us", 0.9), ("p95_us", 0.95), ("p99_us", 0.99)]
)
def test_durations_are_those_planted_within_one_percent(
    strategy: Strategy, figure: str, quantile: float
) -> None:
    to_decision = [case.decided_at - case.at for case in told(strategy)]
    to_fill = [case.fill_at - case.at for case in filled(strategy)]

    assert decay(strategy)["to_decision"][figure] == pytest.approx(
        nearest_rank(to_decision, quantile), rel=0.01
    )
    assert decay(strategy)["to_fill"][figure] == pytest.approx(nearest_rank(to_fill, quantile), rel=0.01)


@pytest.mark.parametrize("strategy", [SLOW, FAST, TWIN])
def test_the_shortfall_is_the_mean_of_what_every_fill_lost(strategy: Strategy) -> None:
    lost = [shortfall_bps(case) for case in filled(strategy)]

    assert decay(strategy)["shortfall_bps"]["n"] == len(lost)
    assert decay(strategy)["shortfall_bps"]["mean"] == pytest.approx(sum(lost) / len(lost), abs=1e-4)


def slower(one: Strategy, other: Strategy) -> bool:
    mine, its = decay(one), decay(other)
    later = all(
        mine[stage]["median_us"] > 2 * its[stage]["median_us"] for stage in ("to_decision", "to_fill")
    )
    return later and bool(mine["shortfall_bps"]["mean"] > its["shortfall_bps"]["mean"] + 5)


def test_the_slow_executor_is_told_from_the_fast_one_and_twins_are_not() -> None:
    """Twenty seconds are a third of a half-life: 20 % of an edge of 80 bps, and three bps of slippage."""
    assert slower(SLOW, FAST)
    assert not slower(FAST, TWIN)
    assert not slower(TWIN, FAST)
    assert 15 < decay(SLOW)["shortfall_bps"]["mean"] < 27
