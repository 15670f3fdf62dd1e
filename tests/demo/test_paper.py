"""The demo bot's own trading, by hand."""

from __future__ import annotations

import pytest

from tests.demo.builders import FREE, order, position, series
from untaken.demo.paper import Costs, Exit, enter, fees, leave, leave_at_close, profit
from untaken.demo.strategies import Exits

HOLD = 24


def test_an_order_buys_at_the_ask_and_sells_at_the_bid_with_slippage_against_it() -> None:
    market = series((100, 101, 99, 100), spread=1.0)
    costs = Costs(fee_bps=0, slippage_bps=10)

    assert enter(order("long"), market, 0, 0, costs).entry_price == pytest.approx(101.101)
    assert enter(order("short"), market, 0, 0, costs).entry_price == pytest.approx(99.9)


def test_the_stop_comes_before_the_target_within_a_bar() -> None:
    market = series((100, 104, 97, 100))

    assert leave(position(market), market, 0, HOLD, FREE) == Exit(98.0, "stop_loss")


def test_the_target_is_taken_at_its_level_and_a_gap_at_the_open() -> None:
    market = series((100, 100, 100, 100), (101, 103.5, 101, 102), (104, 105, 104, 104))

    assert leave(position(market), market, 1, HOLD, FREE) == Exit(103.0, "take_profit")
    assert leave(position(market), market, 2, HOLD, FREE) == Exit(104.0, "take_profit")


def test_a_gap_beyond_the_stop_leaves_at_the_open_with_slippage() -> None:
    market = series((100, 100, 100, 100), (95, 96, 94, 95))
    found = leave(position(market), market, 1, HOLD, Costs(fee_bps=0, slippage_bps=10))

    assert found is not None
    assert found.price == pytest.approx(94.905)
    assert found.reason == "stop_loss"


def test_a_trailing_stop_follows_the_best_price_of_the_bars_before() -> None:
    market = series((100, 100, 100, 100), (100, 106, 100, 105), (105, 105, 102.5, 104))
    held = position(market, exits=Exits(stop=2.0, target=3.0, trailing=3.0))

    assert leave(held, market, 1, HOLD, FREE) is None
    assert leave(held, market, 2, HOLD, FREE) == Exit(103.0, "trailing")


def test_profit_steps_fall_with_time() -> None:
    market = series(*[(100, 100.6, 100, 100.5)] * 8)
    held = position(market, exits=Exits(stop=2.0, target=2.0, steps=((0, 2.0), (6, 0.5))))

    assert leave(held, market, 5, HOLD, FREE) is None
    assert leave(held, market, 6, HOLD, FREE) == Exit(100.5, "roi")


def test_a_short_walks_the_ask() -> None:
    market = series((100, 101.5, 100, 101), spread=0.6)

    # Sold at the bid of 100, stopped at 102: the ask's high is 102.1, the bid's only 101.5.
    assert leave(position(market, direction="short"), market, 0, HOLD, FREE) == Exit(102.0, "stop_loss")


def test_a_position_is_left_at_the_close_when_its_time_is_up_or_the_strategy_says_so() -> None:
    market = series((100, 101, 99, 100.5), (100.5, 101, 100, 100.25))
    held = position(market)

    assert leave(held, market, 1, 2, FREE) == Exit(100.25, "time")
    assert leave_at_close(held, market, 0, FREE) == Exit(100.5, "signal")


def test_profit_is_net_of_both_fees() -> None:
    market = series((100, 101, 99, 100))
    costs = Costs(fee_bps=10, slippage_bps=0)
    held = position(market, size=1000.0)

    assert fees(held, Exit(103.0, "take_profit"), costs) == pytest.approx((1.0, 1.03))
    assert profit(held, Exit(103.0, "take_profit"), costs) == pytest.approx(27.97)
