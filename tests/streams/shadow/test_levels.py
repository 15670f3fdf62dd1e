"""Where a trade is left at a level: stops, targets, trailing stops, ROI steps, gaps; numbers by hand."""

from dataclasses import replace

import pytest

from tests.reference.moments import MINUTE, SECOND
from tests.streams.shadow.builders import Candle, Order, Outcome, candle, flat, outcome


def free(**fields: object) -> Order:
    """Return an order without costs, so that prices are plain."""
    return replace(Order(fee_bps=0, slippage_bps=0), **fields)  # type: ignore[arg-type]


def left(order: Order, *candles: Candle) -> tuple[str, float | None, float | None]:
    """Return reason, price and minute of the exit."""
    found = outcome(order, candles)
    return found.reason, found.exit, None if found.at is None else found.at / MINUTE


def test_a_long_leaves_at_its_target_with_slippage_on_entry_only() -> None:
    # 200 x 1.0002 = 200.04; x 1.03 = 206.0412; 500 x (0.03 - 0.0005 x 2.03) = 14.4925
    order = Order(price=200, size=500, take_profit=3, stop_loss=1)
    found = outcome(order, [candle(0, 200, 201, 199, 200), candle(1, 200, 207, 200, 206)])

    assert found == Outcome(
        entry=200.04,
        exit=206.0412,
        reason="take_profit",
        at=2 * MINUTE,
        pnl_e8=1_449_250_000,
        return_ppm=28_985,
        milli_r=2_898,  # 2898.5, half-even
        adverse_ppm=-5_199,
        favourable_ppm=30_000,
    )


def test_a_short_leaves_at_its_stop_with_slippage_on_both_sides() -> None:
    # 50 x 0.9998 = 49.99; x 1.02 = 50.9898; x 1.0002 = 50.99999796
    # 1000 x (-0.020204 - 0.0005 x 2.020204) = -21.214102
    found = outcome(Order(side=-1, price=50), [candle(0, 50, 51, 49.5, 50.9)])

    assert found == Outcome(
        entry=49.99,
        exit=50.99999796,
        reason="stop_loss",
        at=MINUTE,
        pnl_e8=-2_121_410_200,
        return_ppm=-21_214,
        milli_r=-1_061,
        adverse_ppm=-20_204,
        favourable_ppm=0,
    )


@pytest.mark.parametrize("side", [1, -1])
@pytest.mark.parametrize("close", [96, 104])
def test_where_one_bar_reaches_both_levels_the_stop_counts(side: int, close: float) -> None:
    order = free(side=side, take_profit=3, stop_loss=3)

    assert left(order, candle(0, 100, 104, 96, close))[:2] == ("stop_loss", 100 - 3 * side)


@pytest.mark.parametrize(
    ("side", "opened", "reason"),
    [(1, 90, "stop_loss"), (1, 110, "take_profit"), (-1, 110, "stop_loss"), (-1, 90, "take_profit")],
)
def test_an_open_beyond_a_level_is_the_exit(side: int, opened: float, reason: str) -> None:
    bars = [*flat(0, 2), candle(5, opened, 111, 89, 100)]

    assert left(free(side=side), *bars) == (reason, opened, 5)


@pytest.mark.parametrize(
    ("bar", "expected"),
    [
        (candle(0, 100, 104, 99, 100), ("take_profit", 104, 1)),
        (candle(0, 100, 103.999999999, 99, 100), ("time", 100, 1)),
        (candle(0, 100, 103, 98, 100), ("stop_loss", 98, 1)),
        (candle(0, 100, 103, 98.0000000001, 100), ("time", 100, 1)),
        (candle(0, 104, 104.5, 104, 104), ("take_profit", 104, 0)),
        (candle(0, 98, 98, 97, 98), ("stop_loss", 98, 0)),
    ],
)
def test_touching_a_level_reaches_it_and_the_twelfth_digit_short_of_it_does_not(
    bar: Candle, expected: tuple[str, float, float]
) -> None:
    assert left(free(), bar) == expected


@pytest.mark.parametrize("minute", [15, 16, 20, 31, 32, 47])
@pytest.mark.parametrize(("high", "low", "reason"), [(104, 100, "take_profit"), (100, 98, "stop_loss")])
def test_a_touch_counts_wherever_it_comes_in_a_long_walk(
    minute: int, high: float, low: float, reason: str
) -> None:
    bars = [*flat(0, minute), candle(minute, 100, high, low, 100), *flat(minute + 1, 64)]

    assert left(free(), *bars) == (reason, high if reason == "take_profit" else low, minute + 1)


def test_levels_are_decimals_not_products_of_doubles() -> None:
    # in doubles 2.2 * 1.1 is 2.4200000000000004 and 3.3 * 0.9 is 2.9699999999999998: neither was touched
    assert left(free(price=2.2, take_profit=10), candle(0, 2.2, 2.42, 2.2, 2.3))[1] == 2.42
    assert left(free(price=3.3, stop_loss=10), candle(0, 3.3, 3.3, 2.97, 3))[1] == 2.97


def test_prices_are_rounded_to_twelve_digits_before_they_are_compared() -> None:
    assert left(free(), candle(0, 100, 103.9999999999997, 99, 100))[0] == "take_profit"


@pytest.mark.parametrize("late", [0, 5 * SECOND])
def test_an_entry_just_after_the_open_uses_the_whole_bar(late: int) -> None:
    found = outcome(free(entry_at=late), [candle(0, 100, 105, 99, 100)])

    assert (found.reason, found.partial) == ("take_profit", False)


def test_just_after_is_two_percent_of_a_longer_interval() -> None:
    hour = candle(0, 100, 105, 99, 100, minutes=60)

    assert outcome(free(entry_at=72 * SECOND), [hour]).reason == "take_profit"
    assert outcome(free(entry_at=72 * SECOND + 1), [hour]).reason == "time"


@pytest.mark.parametrize(
    ("close", "expected"),
    [
        (100.5, ("time", 100.1, 2)),
        (97, ("stop_loss", 97, 1)),
        (98, ("stop_loss", 98, 1)),
        (106, ("take_profit", 106, 1)),
    ],
)
def test_a_later_entry_uses_only_the_close_of_its_bar(
    close: float, expected: tuple[str, float, float]
) -> None:
    order = free(entry_at=5 * SECOND + 1)
    bars = [candle(0, 90, 110, 90, close), candle(1, 100, 100.2, 99.9, 100.1)]

    assert left(order, *bars) == expected
    assert outcome(order, bars).partial


def test_an_entry_at_a_close_belongs_to_the_next_bar() -> None:
    found = outcome(free(entry_at=MINUTE), [candle(0, 100, 110, 90, 100), candle(1, 100, 105, 99, 100)])

    assert (found.reason, found.partial) == ("take_profit", False)


def test_an_entry_before_the_first_bar_waits_for_it() -> None:
    assert left(free(entry_at=-MINUTE), candle(0, 97, 99, 96, 98)) == ("stop_loss", 97, 0)


def test_a_trailing_stop_follows_the_peak_of_earlier_bars_only() -> None:
    order = free(trailing=1, stop_loss=5, take_profit=0)
    bars = [
        candle(0, 100, 102, 99.5, 102),  # level 99: its own high does not lift it
        candle(1, 102, 104, 101, 104),  # level 100.98
        candle(2, 104, 104, 102.96, 103),  # level 104 x 0.99
    ]

    assert left(order, *bars) == ("trailing", 102.96, 3)


def test_a_trailing_stop_that_ties_with_the_fixed_one_leaves_it_the_name() -> None:
    assert left(free(trailing=2, stop_loss=2), candle(0, 100, 100, 97, 97))[0] == "stop_loss"


def test_the_peak_of_a_short_is_its_lowest_low() -> None:
    order = free(side=-1, trailing=2, take_profit=0)

    assert left(order, candle(0, 100, 100, 90, 91), candle(1, 91, 92, 91, 92)) == ("trailing", 91.8, 2)


def test_a_peak_within_the_bar_of_a_late_entry_is_its_close() -> None:
    order = free(entry_at=30 * SECOND, trailing=1, stop_loss=0, take_profit=0)
    bars = [candle(0, 100, 120, 99, 102), candle(1, 102, 102, 101, 101.5), candle(2, 101, 101, 100, 100)]

    assert left(order, *bars) == ("trailing", 100.98, 3)


def test_a_roi_step_is_a_target_from_the_open_at_which_it_is_due() -> None:
    order = free(roi=((0, 3), (2, 1)), take_profit=4)
    bars = [
        candle(0, 100, 102.5, 99, 101.5),
        candle(1, 101.5, 102, 101, 101),
        candle(2, 100.5, 101, 100, 100),
    ]

    assert left(order, *bars) == ("roi", 101, 3)
    assert left(replace(order, roi=((0, 3), (2.1, 1))), *bars)[0] == "time"


def test_the_nearer_of_target_and_roi_counts_a_tie_is_take_profit() -> None:
    bar = candle(0, 100, 105, 99, 104)

    assert left(free(roi=((0, 3),)), bar)[:2] == ("roi", 103)
    assert left(free(roi=((0, 4),)), bar)[:2] == ("take_profit", 104)
    assert left(free(roi=((0, 4.5),)), bar)[:2] == ("take_profit", 104)


def test_a_roi_step_may_lie_at_or_below_the_entry() -> None:
    bars = [candle(0, 100, 100.5, 99, 99), candle(1, 99, 99.5, 98.8, 99), candle(2, 99, 99.2, 98.9, 99)]

    assert left(free(roi=((1, 0),)), *bars) == ("time", 99, 3)
    assert left(free(roi=((1, -1),)), *bars) == ("roi", 99, 1)


def test_zero_means_no_level() -> None:
    order = free(take_profit=0, stop_loss=0)

    assert left(order, candle(0, 100, 500, 1, 250)) == ("time", 250, 1)
    assert outcome(order, flat(0, 1)).milli_r is None


@pytest.mark.parametrize("percent", [100.0, 150.0, 1e6])
def test_a_level_at_or_below_zero_or_out_of_reach_is_never_touched(percent: float) -> None:
    long = free(stop_loss=percent, take_profit=1e6)
    short = free(side=-1, take_profit=percent, stop_loss=1e6)
    wild = candle(0, 100, 1e5, 1e-9, 50)

    assert left(long, wild)[0] == left(short, wild)[0] == "time"


def test_longs_are_left_at_the_bid_and_shorts_at_the_ask() -> None:
    sided = replace(
        candle(0, 100, 104, 98, 100), bid=(99.9, 103.9, 97.9, 99.9), ask=(100.1, 104.1, 98.1, 100.1)
    )

    assert left(free(stop_loss=0), sided) == ("time", 99.9, 1)
    assert left(free(stop_loss=2.1), sided) == ("stop_loss", 97.9, 1)
    assert left(free(side=-1, stop_loss=4.1), sided) == ("stop_loss", 104.1, 1)


def test_excursions_take_bars_before_the_exit_whole_and_of_its_bar_the_exit_price() -> None:
    bars = [candle(0, 100, 103, 99, 101), candle(1, 101, 103.5, 97, 98)]
    found = outcome(free(), bars)
    timed = outcome(free(hold=2 * MINUTE, stop_loss=50), bars)

    assert (found.adverse_ppm, found.favourable_ppm) == (-20_000, 30_000)
    assert (timed.exit, timed.adverse_ppm, timed.favourable_ppm) == (98, -20_000, 30_000)


def test_excursions_of_a_late_entry_leave_out_what_its_bar_did_before() -> None:
    found = outcome(
        free(entry_at=30 * SECOND), [candle(0, 100, 103, 99, 101), candle(1, 101, 102, 100.5, 101.5)]
    )

    assert (found.adverse_ppm, found.favourable_ppm) == (0, 15_000)
