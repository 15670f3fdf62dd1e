"""Money, returns and R are exact quotients rounded half-even once, whatever lies near a tie."""

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.reference.moments import MINUTE
from tests.reference.numbers import number
from tests.streams.shadow.builders import Order, candle, orders_of, outcome, series_of
from untaken.streams.shadow.compiled import borrowed
from untaken.streams.shadow.decimals import percent_units, rate_units, round_prices
from untaken.streams.shadow.exactly import settle_exactly
from untaken.streams.shadow.execution import execute
from untaken.streams.shadow.levels import TAKE_PROFIT, TIME
from untaken.streams.shadow.settlement import Figures, Trades, settle

LARGEST = 2**63 - 1


@dataclass(frozen=True, kw_only=True)
class Deal:
    """A trade that has ended."""

    side: int = 1
    entry: float = 100.0
    left: float = 104.0
    size: float = 1000.0
    fx: float = 1.0
    stop: float = 2.0
    fee: float = 5.0
    reason: int = TAKE_PROFIT

    @property
    def fee_share(self) -> Fraction:
        return Fraction(int(rate_units(np.array([self.fee]))[0]), 10**18)


ROUND = st.integers(1, 10**6).map(lambda ticks: ticks / 100)
PRICES = st.one_of(ROUND, st.floats(1e-6, 1e6), st.floats(1e-15, 1e15))
DEALS = st.builds(
    Deal,
    side=st.sampled_from([1, -1]),
    entry=PRICES,
    left=PRICES,
    size=st.one_of(st.sampled_from([1000.0, 250.5, 1e6]), st.floats(1e-3, 1e7), st.floats(1e-12, 1e12)),
    fx=st.one_of(st.sampled_from([1.0, 0.00625]), st.floats(1e-6, 1e6)),
    stop=st.one_of(st.sampled_from([0.0, 1.0, 2.0, 0.35, 900.0]), st.floats(1e-3, 1e3)),
    fee=st.one_of(st.sampled_from([0.0, 5.0, 7.5, 0.125]), st.floats(0, 50)),
    reason=st.sampled_from([TAKE_PROFIT, TIME]),
)
NEAR = st.builds(
    Deal,
    side=st.sampled_from([1, -1]),
    entry=ROUND,
    left=ROUND,
    size=st.integers(1, 10**5).map(lambda cents: cents / 100),
    stop=st.sampled_from([0.5, 1.0, 2.0, 2.5]),
    fee=st.sampled_from([0.0, 5.0, 10.0, 12.5]),
)


@settings(max_examples=400)
@given(deal=st.one_of(DEALS, NEAR))
@example(deal=Deal(left=105.0, fee=10.0))
@example(deal=Deal(entry=1.0, left=1.0000005, fee=0.0))
@example(deal=Deal(side=-1, entry=1.0, left=1.0000015, fee=0.0))
@example(deal=Deal(entry=1.0, left=2.0, size=1.5e-8, fee=0.0))
@example(deal=Deal(entry=3.0, left=3.0, size=1e12, fx=1e6, reason=TIME))
@example(deal=Deal(side=-1, entry=1e-15, left=1e15, size=1e12, fx=1e6, stop=1e-3))
def test_figures_equal_fractions(deal: Deal) -> None:
    found = settled(deal)

    for figure, exact in expected(deal).items():
        if abs(round(exact)) <= LARGEST:
            assert found[figure] == round(exact), figure


@pytest.mark.parametrize(
    ("left", "milli_r"),
    [(100.001, 0), (100.003, 2), (100.005, 2), (99.999, 0), (99.997, -2), (99.995, -2), (100.005000001, 3)],
)
def test_ties_go_to_the_even_neighbour_and_need_no_fractions(left: float, milli_r: int) -> None:
    found = settled(Deal(left=left, fee=0.0))  # 0.001 % of a stop of 2 % is half a milli-R

    assert (found["milli_r"], found["hard"]) == (milli_r, 0)


@pytest.mark.parametrize(("fx", "pnl"), [(None, None), (0.00625, 48_725_00000), (1e12, None)])
def test_money_needs_a_rate_and_64_bits_returns_do_not(fx: float | None, pnl: int | None) -> None:
    # 200,000 x (0.04 - 0.0005 x 2.04) = 7796; times 1e12 is beyond 64 bits of 1e-8
    found = outcome(Order(price=160, size=200_000, fx=fx), [candle(0, 160, 170, 160, 165)])

    assert found.pnl_e8 == pnl
    assert (found.return_ppm, found.milli_r) == (38_980, 1_949)


def test_planned_risk_is_size_times_stop() -> None:
    rows = [Order(), Order(fx=0.5, size=300), Order(stop_loss=0), Order(fx=None), Order(hold=MINUTE)]
    found = execute(orders_of(rows), [series_of([])], 0)

    assert found.risk_e8.tolist() == [2_000_000_000, 300_000_000, 0, 0, 2_000_000_000]


def test_modelled_slippage_is_of_the_entry_and_of_exits_that_slip() -> None:
    rows = [Order(), Order(take_profit=0, hold=MINUTE), Order(stop_loss=0), Order(slippage_bps=0)]
    found = execute(orders_of(rows), [series_of([candle(0, 100, 105, 100, 100.1)])], 10 * MINUTE)

    assert found.slippage_milli_r.tolist() == [10, 20, 0, 0]  # 2 bps are a hundredth of a stop of 2 %


def test_no_orders_have_no_outcomes() -> None:
    assert len(execute(orders_of([]), [], 0)) == 0


def expected(deal: Deal) -> dict[str, Fraction]:
    prices = round_prices(np.array([deal.entry, deal.left])).tolist()
    entry, left = (Fraction(number(price)) for price in prices)
    size, fx, stop = (Fraction(number(value)) for value in (deal.size, deal.fx, deal.stop))
    gain = deal.side * (left / entry - 1)
    share = gain - deal.fee_share * (1 + left / entry)
    figures = {
        "pnl_e8": share * size * fx * 10**8,
        "return_ppm": share * 10**6,
        "favourable_ppm": gain * 10**6,
        "adverse_ppm": gain * 10**6,
        "risk_e8": size * fx * stop * 10**6,
    }
    if stop:
        slips = deal.reason == TIME
        figures["milli_r"] = share * 10**5 / stop
        figures["slippage_milli_r"] = Fraction(2, 10**4) * (1 + slips * left / entry) * 10**5 / stop
    return figures


def settled(deal: Deal) -> dict[str, int]:
    """Settle one trade through kernel and fractions, as `execute` does."""
    entry, left = round_prices(np.array([deal.entry, deal.left]))
    trades = Trades(
        side=column(deal.side, np.int8),
        reason=column(deal.reason, np.int8),
        entry=column(entry),
        exit=column(left),
        best=column(left),
        worst=column(left),
        fee_units=column(rate_units(np.array([deal.fee]))[0], np.int64),
        slippage_units=column(rate_units(np.array([2.0]))[0], np.int64),
        stop_loss=column(deal.stop),
        stop_units=column(percent_units(np.array([deal.stop]))[0], np.int64),
        size=column(deal.size),
        fx=column(deal.fx),
    )
    figures = Figures._make(np.zeros(1, np.bool_ if name == "hard" else np.int64) for name in Figures._fields)
    settle(trades, figures)
    if figures.hard[0]:
        settle_exactly(trades, figures, 0)
    return {name: int(getattr(figures, name)[0]) for name in Figures._fields}


def column(value: float, dtype: type[np.generic] = np.float64) -> np.ndarray[Any, Any]:
    return borrowed([value], dtype)
