"""The demo's strategies see no future and say the same on any scale of prices."""

from __future__ import annotations

import pytest

from tests.demo.builders import walk, wandering
from untaken.demo.market import Series
from untaken.demo.strategies import STRATEGIES, Strategy


def found(strategy: Strategy, market: Series) -> list[tuple[int, str]]:
    return [(idea.index, idea.direction) for idea in strategy.ideas(market)]


@pytest.mark.parametrize("strategy", STRATEGIES, ids=lambda strategy: strategy.name)
def test_an_idea_rests_on_the_bars_up_to_it_alone(strategy: Strategy) -> None:
    closes = wandering().price.close.tolist()
    whole = found(strategy, walk(closes))

    assert whole
    assert [idea for idea in whole if idea[0] < 250] == found(strategy, walk(closes[:250]))


@pytest.mark.parametrize("strategy", STRATEGIES, ids=lambda strategy: strategy.name)
def test_ideas_do_not_depend_on_the_scale_of_prices(strategy: Strategy) -> None:
    closes = wandering().price.close.tolist()

    assert found(strategy, walk(closes)) == found(strategy, walk([close * 1024 for close in closes]))


@pytest.mark.parametrize("strategy", STRATEGIES, ids=lambda strategy: strategy.name)
def test_a_market_that_does_not_move_gives_no_ideas(strategy: Strategy) -> None:
    assert found(strategy, walk([100.0] * 200)) == []


def test_confidence_rises_with_strength_and_stays_a_probability() -> None:
    for strategy in STRATEGIES:
        ideas = sorted(strategy.ideas(wandering()), key=lambda idea: idea.strength)
        confidences = [idea.confidence for idea in ideas]

        assert confidences == sorted(confidences)
        assert all(0.4 <= confidence <= 0.9 for confidence in confidences)


def test_a_rise_beyond_all_recent_highs_is_a_long_breakout_and_a_long_way_from_the_mean() -> None:
    market = walk([100.0, 100.5] * 60 + [104.0])
    ideas = {strategy.name: found(strategy, market)[-1:] for strategy in STRATEGIES}

    assert ideas["breakout"] == [(120, "long")]
    assert ideas["reversion"] == [(120, "short")]
