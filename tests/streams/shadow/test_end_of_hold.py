"""Exits by the clock, by the strategy, and what is not known yet; numbers by hand."""

from dataclasses import replace

import pytest

from tests.reference.moments import DAY, HOUR, MINUTE, SECOND
from tests.streams.shadow.builders import (
    FAR_OFF,
    Candle,
    Order,
    Quote,
    candle,
    flat,
    outcome,
    outcomes,
    series_of,
)

FREE = Order(fee_bps=0, slippage_bps=0, take_profit=0, stop_loss=0, hold=10 * MINUTE)
END = FREE.hold
LAST_CHANCE = END + 5 * DAY


def left(order: Order, *candles: Candle, watermark: int = FAR_OFF) -> tuple[str, float | None, float | None]:
    """Return reason, price and minute of the exit."""
    found = outcome(order, candles, watermark)
    return found.reason, found.exit, None if found.at is None else found.at / MINUTE


def test_the_hold_ends_at_the_last_close_within_it() -> None:
    assert left(FREE, *flat(0, 9), candle(9, 100, 101, 99, 100.5), *flat(10, 12)) == ("time", 100.5, 10)


def test_a_bar_across_the_end_is_not_walked_not_even_for_its_levels() -> None:
    order = replace(FREE, stop_loss=1, hold=9 * MINUTE + 30 * SECOND)

    assert left(order, *flat(0, 9, at=99.5), candle(9, 99, 99, 90, 91)) == ("time", 99.5, 9)


def test_a_gap_before_the_end_leaves_the_last_close_before_it() -> None:
    assert left(FREE, *flat(0, 3, at=101), *flat(20, 30)) == ("time", 101, 3)


def test_without_a_close_within_the_hold_the_next_open_counts() -> None:
    assert left(FREE, candle(200, 102, 103, 101, 102)) == ("time_gap", 102, 200)


def test_the_next_open_is_one_at_or_after_the_end_not_within_the_hold() -> None:
    hours = flat(0, 180, minutes=60)
    later = [replace(hours[1], middle=(103, 103, 103, 103)), *hours[2:]]

    assert left(replace(FREE, entry_at=MINUTE), hours[0], *later) == ("time_gap", 103, 60)


def test_the_next_open_pays_slippage() -> None:
    found = outcome(replace(FREE, slippage_bps=2), [candle(200, 102, 103, 101, 102)])

    assert found.exit == 101.9796


@pytest.mark.parametrize(("late", "reason"), [(0, "time_gap"), (1, "no_data")])
def test_five_days_after_the_end_is_the_last_chance(late: int, reason: str) -> None:
    bar = replace(candle(0, 100, 100, 100, 100), open_at=LAST_CHANCE + late, close_at=LAST_CHANCE + MINUTE)

    assert left(FREE, bar)[0] == reason


@pytest.mark.parametrize(
    ("watermark", "reason"),
    [(END - 1, "pending"), (END, "time"), (LAST_CHANCE + HOUR + 1, "time")],
)
def test_a_time_exit_waits_for_the_watermark_to_reach_the_end(watermark: int, reason: str) -> None:
    assert left(FREE, *flat(0, 5), watermark=watermark)[0] == reason


@pytest.mark.parametrize(
    ("watermark", "reason"), [(LAST_CHANCE + HOUR, "pending"), (LAST_CHANCE + HOUR + 1, "no_data")]
)
def test_no_data_is_said_when_last_chance_and_grace_have_passed(watermark: int, reason: str) -> None:
    assert left(FREE, watermark=watermark) == (reason, None, None)
    assert outcomes([replace(FREE, series=-1)], [], watermark)[0].reason == reason


def test_a_level_needs_no_watermark() -> None:
    assert left(replace(FREE, take_profit=1), candle(0, 100, 102, 100, 101), watermark=0)[0] == "take_profit"


def test_what_is_not_resolved_has_no_figures() -> None:
    found = outcome(FREE, [], watermark=0)

    assert (found.pnl_e8, found.return_ppm, found.milli_r, found.favourable_ppm) == (None, None, None, None)
    assert found.entry == 100


@pytest.mark.parametrize(
    ("called", "minute", "price"),
    [(3 * MINUTE, 3, 103), (3 * MINUTE - 1, 3, 103), (2 * MINUTE + 1, 3, 103), (0, 10, 109), (-1, 10, 109)],
)
def test_an_exit_signal_after_the_entry_closes_at_the_next_open(
    called: int, minute: float, price: float
) -> None:
    bars = [candle(at, 100 + at, 100 + at, 100 + at, 100 + at) for at in range(12)]
    reason = "signal" if called > 0 else "time"

    assert left(replace(FREE, exit_signals=(called,)), *bars) == (reason, price, minute)


def test_the_first_exit_signal_after_the_entry_counts() -> None:
    order = replace(FREE, entry_at=MINUTE, exit_signals=(0, MINUTE, 4 * MINUTE, 6 * MINUTE))

    assert left(order, *flat(0, 12)) == ("signal", 100, 4)


def test_the_running_bar_is_walked_before_a_signalled_exit() -> None:
    order = replace(FREE, stop_loss=2, exit_signals=(2 * MINUTE + 1,))
    bars = [*flat(0, 2), candle(2, 100, 100, 97, 99), candle(3, 97, 97, 97, 97)]

    assert left(order, *bars) == ("stop_loss", 98, 3)


def test_a_signalled_exit_comes_before_the_levels_of_its_open() -> None:
    order = replace(FREE, stop_loss=2, exit_signals=(MINUTE,))

    assert left(order, *flat(0, 1), candle(1, 95, 95, 95, 95))[0] == "signal"


def test_an_exit_signal_in_the_bar_across_the_end_comes_too_late() -> None:
    order = replace(FREE, hold=2 * MINUTE + 30 * SECOND, exit_signals=(2 * MINUTE,))

    assert left(order, *flat(0, 5)) == ("time", 100, 2)


def test_an_exit_signal_at_the_very_end_meets_a_quote_of_that_instant_else_the_clock() -> None:
    order = replace(FREE, exit_signals=(END,))
    quoted = series_of(flat(0, 5), [Quote(at=END, bid=101, ask=102)])

    assert outcomes([order], [quoted])[0].reason == "signal"
    assert left(order, *flat(0, 5))[0] == "time"


@pytest.mark.parametrize(
    ("watermark", "reason"), [(END + DAY, "pending"), (LAST_CHANCE + HOUR + 1, "no_data")]
)
def test_where_prices_end_after_an_exit_signal_the_price_is_waited_for(watermark: int, reason: str) -> None:
    order = replace(FREE, exit_signals=(4 * MINUTE + 1,))

    assert left(order, *flat(0, 5), watermark=watermark)[0] == reason
    assert left(order, *flat(0, 5), *flat(300, 301), watermark=watermark)[0] == "time"


def test_of_a_partly_covered_bar_an_exit_signal_and_a_gap_use_no_open() -> None:
    bars = [candle(0, 90, 110, 90, 105, minutes=60), *flat(20, 30), *flat(60, 61, at=107)]

    assert left(replace(FREE, hold=2 * HOUR, exit_signals=(30 * MINUTE,)), *bars) == ("signal", 107, 60)
    assert left(replace(FREE, entry_at=30 * MINUTE), *bars) == ("time_gap", 107, 60)
    assert left(replace(FREE, stop_loss=5, hold=2 * HOUR, side=-1), *bars) == ("stop_loss", 105, 60)


def test_quotes_are_walked_from_the_instant_of_the_entry() -> None:
    quotes = [Quote(at=at * SECOND, bid=bid, ask=bid + 1) for at, bid in ((10, 97), (20, 99), (40, 101))]
    series = [series_of([], quotes)]
    orders = [
        replace(FREE, stop_loss=2, entry_at=10 * SECOND),
        replace(FREE, stop_loss=2, entry_at=10 * SECOND + 1),
        replace(FREE, exit_signals=(20 * SECOND,)),
        replace(FREE, exit_signals=(20 * SECOND + 1,), side=-1),
        replace(FREE, entry_at=50 * SECOND),
    ]

    assert [(found.reason, found.exit) for found in outcomes(orders, series)] == [
        ("stop_loss", 97),
        ("time", 101),
        ("signal", 99),
        ("signal", 102),
        ("no_data", None),
    ]


def test_each_order_walks_its_own_series() -> None:
    series = [series_of(flat(0, 12, at=price)) for price in (101, 102, 103)]
    orders = [replace(FREE, series=place, side=side) for place in (2, -1, 0, 1) for side in (1, -1)]

    exits = [found.exit for found in outcomes(orders, series, watermark=END)]

    assert exits == [103, 103, None, None, 101, 101, 102, 102]


def test_orders_need_not_come_in_order_of_entry() -> None:
    bars = [candle(at, 100 + at, 100 + at, 100 + at, 100 + at) for at in range(400)]
    entries = [350, 3, 200, 201, 0, 399, 120]
    orders = [replace(FREE, entry_at=at * MINUTE, hold=MINUTE) for at in entries]

    assert [found.exit for found in outcomes(orders, [series_of(bars)])] == [100 + at for at in entries]
