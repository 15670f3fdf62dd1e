"""Money, returns and R are exact quotients rounded half-even once, whatever lies near a tie."""

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.reference.moments import MINUTE
from tests.reference.numbers import number
from tests.streams.shadow.builders import Order, Outcome, candle, orders_of, outcome, series_of
from untaken.streams.shadow.decimals import rate_units, round_prices
from untaken.streams.shadow.execution import execute
from untaken.streams.shadow.levels import TAKE_PROFIT, TIME
from untaken.streams.shadow.settlement import Figures, Trades, settle

LARGEST = 2**63 - 1

ROUND = st.integers(1, 10**6).map(lambda ticks: ticks / 100)
PRICES = st.one_of(ROUND, st.floats(1e-6, 1e6), st.floats(1e-15, 1e15))
SIZES = st.one_of(st.sampled_from([1000.0, 250.5, 1e6]), st.floats(1e-3, 1e7), st.floats(1e-12, 1e12))
RATES = st.one_of(st.sampled_from([1.0, 0.00625]), st.floats(1e-6, 1e6))
STOPS = st.one_of(st.sampled_from([0.0, 1.0, 2.0, 0.35, 900.0]), st.floats(1e-3, 1e3))
FEES = st.one_of(st.sampled_from([0.0, 5.0, 7.5, 0.125]), st.floats(0, 50))


@settings(max_examples=500)
@given(
    side=st.sampled_from([1, -1]),
    entry=PRICES,
    left=PRICES,
    size=SIZES,
    fx=RATES,
    stop=STOPS,
    fee=FEES,
    reason=st.sampled_from([TAKE_PROFIT, TIME]),
)
@example(side=1, entry=100.0, left=105.0, size=1000.0, fx=1.0, stop=2.0, fee=10.0, reason=TAKE_PROFIT)
@example(side=1, entry=1.0, left=1.0000005, size=1000.0, fx=1.0, stop=2.0, fee=0.0, reason=TAKE_PROFIT)
@example(side=-1, entry=1.0, left=1.0000015, size=1000.0, fx=1.0, stop=2.0, fee=0.0, reason=TAKE_PROFIT)
@example(side=1, entry=3.0, left=3.0, size=1e12, fx=1e6, stop=1.0, fee=5.0, reason=TIME)
@example(side=1, entry=1.0, left=2.0, size=1.5e-8, fx=1.0, stop=1.0, fee=0.0, reason=TIME)
@example(side=-1, entry=1e-15, left=1e15, size=1e12, fx=1e6, stop=1e-3, fee=0.0, reason=TIME)
def test_figures_equal_fractions(  # noqa: PLR0913, PLR0917
    side: int, entry: float, left: float, size: float, fx: float, stop: float, fee: float, reason: int
) -> None:
    entry, left = round_prices(np.array([entry, left])).tolist()
    fractions = [Fraction(number(value)) for value in (entry, left, size, fx, stop)]
    found = settled(side, entry, left, size, fx, stop, fee, reason)

    for figure, exact in expected(side, *fractions, fee_of(fee), reason).items():
        if abs(round(exact)) <= LARGEST:
            assert found[figure] == round(exact), figure


def test_ties_go_to_the_even_neighbour() -> None:
    # 1000 x 2397.5 / 1000: a target of 5 % less 10 bps a side at a stop of 2 %
    order = Order(price=100, take_profit=5, stop_loss=2, fee_bps=10, slippage_bps=0)
    halves = [
        outcome(replace(order, take_profit=percent), [candle(0, 100, 110, 100, 100)]).milli_r
        for percent in (5.0, 7.002002002002002)
    ]

    assert halves[0] == 2398


@pytest.mark.parametrize(("fx", "pnl"), [(None, None), (0.00625, 48_725_00000), (1e12, None)])
def test_money_needs_a_rate_and_64_bits_returns_do_not(fx: float | None, pnl: int | None) -> None:
    # 200,000 x (0.04 - 0.0005 x 2.04) = 7796; x 1e12 is beyond 64 bits of 1e-8
    found = outcome(Order(price=160, size=200_000, fx=fx), [candle(0, 160, 170, 160, 165)])

    assert found.pnl_e8 == pnl
    assert (found.return_ppm, found.milli_r) == (38_980, 1_949)


def test_planned_risk_is_size_times_stop() -> None:
    rows = [Order(), Order(fx=0.5, size=300), Order(stop_loss=0), Order(fx=None), Order(hold=MINUTE)]
    found = execute(orders_of(rows), [series_of([])], 0)

    assert found.risk_e8.tolist() == [2_000_000_000, 300_000_000, 0, 0, 2_000_000_000]


def test_modelled_slippage_is_of_entry_and_of_exits_that_slip() -> None:
    rows = [Order(), Order(take_profit=0, hold=MINUTE), Order(stop_loss=0), Order(slippage_bps=0)]
    found = execute(orders_of(rows), [series_of([candle(0, 100, 105, 100, 100.1)])], 10 * MINUTE)

    # 2 bps are a hundredth of a stop of 2 %: 10 milli-R a side
    assert found.slippage_milli_r.tolist() == [10, 20, 0, 0]


def test_an_outcome_of_no_orders_is_empty() -> None:
    assert len(execute(orders_of([]), [], 0)) == 0


def fee_of(bps: float) -> Fraction:
    return Fraction(int(rate_units(np.array([bps]))[0]), 10**18)


def expected(
    side: int,
    entry: Fraction,
    left: Fraction,
    size: Fraction,
    fx: Fraction,
    stop: Fraction,
    fee: Fraction,
    reason: int,
) -> dict[str, Fraction]:
    share = side * (left / entry - 1) - fee * (1 + left / entry)
    gain = side * (left / entry - 1)
    slips = reason == TIME
    figures = {
        "pnl_e8": share * size * fx * 10**8,
        "return_ppm": share * 10**6,
        "favourable_ppm": gain * 10**6,
        "adverse_ppm": gain * 10**6,
        "risk_e8": size * fx * stop * 10**6,
    }
    if stop:
        figures["milli_r"] = share * 10**5 / stop
        figures["slippage_milli_r"] = Fraction(2, 10**4) * (1 + slips * left / entry) * 10**5 / stop
    return figures


def settled(
    side: int, entry: float, left: float, size: float, fx: float, stop: float, fee: float, reason: int
) -> dict[str, int]:
    """Settle one trade through kernel and fractions, as `execute` does."""
    from untaken.streams.shadow.decimals import percent_units  # noqa: PLC0415
    from untaken.streams.shadow.exactly import settle_exactly  # noqa: PLC0415

    def column(value: float, dtype: type = np.float64) -> np.ndarray:
        array = np.array([value], dtype)
        array.flags.writeable = False
        return array

    trades = Trades(
        column(side, np.int8),
        column(reason, np.int8),
        *(column(price) for price in (entry, left, left, left)),
        column(rate_units(np.array([fee]))[0], np.int64),
        column(rate_units(np.array([2.0]))[0], np.int64),
        column(stop),
        column(percent_units(np.array([stop]))[0], np.int64),
        column(size),
        column(fx),
    )
    figures = Figures._make(
        np.zeros(1, np.bool_ if name == "hard" else np.int64) for name in Figures._fields
    )
    settle(trades, figures)
    if figures.hard[0]:
        settle_exactly(trades, figures, 0)
    return {name: int(getattr(figures, name)[0]) for name in Figures._fields}
