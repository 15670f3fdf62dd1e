"""Prices and rates on doubles must equal decimal arithmetic, at every tie and in every decade."""

from decimal import Decimal
from fractions import Fraction

import numpy as np
from hypothesis import example, given
from hypothesis import strategies as st

from tests.reference.numbers import EXACT, basis_points, half, moved, percent, price
from untaken.streams.shadow.arithmetic import COARSE_PERCENT
from untaken.streams.shadow.decimals import (
    entry_prices,
    minutes_us,
    percent_units,
    price_of_decimal,
    rate_units,
    round_prices,
)

PRICES = st.one_of(
    st.floats(1e-9, 1e7),
    st.floats(1e-15, 1e15),
    st.builds(lambda digits, places: digits / 10**places, st.integers(1, 10**13), st.integers(0, 12)),
)
TIES = st.builds(
    lambda digits, places: float(f"{digits}5e{-places}"), st.integers(10**11, 10**12 - 1), st.integers(-3, 26)
)
TWELVE_DIGITS = st.builds(
    lambda digits, places: float(f"{digits}e{-places}"), st.integers(1, 10**12 - 1), st.integers(-3, 26)
)
PERCENTAGES = st.one_of(
    st.sampled_from([0.5, 1.0, 2.0, 4.0, 2.4, 99.99, 100.0, 799.9, 800.0, 10_000.0, 1e6]),
    st.floats(1e-3, 50),
    st.integers(1, 10**6).map(lambda units: units / 10**4),
)
BPS = st.one_of(st.sampled_from([0.0, 2.0, 1.5, 0.125, 7.25, 5000.0]), st.floats(0, 100))


@given(value=st.one_of(PRICES, TIES, TWELVE_DIGITS))
@example(value=98.00000000004)
@example(value=0.1 + 0.2)
@example(value=999_999_999_999.5)
def test_a_price_is_its_shortest_decimal_rounded_half_even_to_twelve_digits(value: float) -> None:
    rounded = float(round_prices(np.array([value]))[0])

    assert rounded == float(price(value)) == price_of_decimal(price(value))


@given(digits=st.integers(10**11, 10**12 - 1), places=st.integers(-10, 40))
def test_the_double_of_a_price_is_the_nearest_and_comes_back_unchanged(digits: int, places: int) -> None:
    value = Decimal(digits).scaleb(-places)
    found = price_of_decimal(value)

    assert found == float(value)
    assert round_prices(np.array([found])).tolist() == [found]


def test_what_is_no_price_stays_as_it_is() -> None:
    given_values = [0.0, np.inf, -np.inf, 5e-324, 1e300]
    rounded = round_prices(np.array([*given_values, np.nan, -1.2345678901234]))

    assert rounded[:5].tolist() == given_values
    assert np.isnan(rounded[5])
    assert rounded[6] == -1.23456789012


@given(base=st.one_of(PRICES, TWELVE_DIGITS), side=st.sampled_from([1, -1]), bps=BPS)
def test_an_entry_price_is_the_exact_product_rounded_once(base: float, side: int, bps: float) -> None:
    found = entry_of(base, side=side, bps=bps)

    assert found == price_of_decimal(moved(price(base), rate_of(bps), side))


@given(
    base=PRICES,
    side=st.sampled_from([1, -1]),
    bps=BPS,
    spread=st.one_of(st.floats(1e-6, 0.9), st.sampled_from([0.0, 0.001, 3.0, 1e6])),
)
def test_half_the_spread_is_added_before_the_slippage(
    base: float, side: int, bps: float, spread: float
) -> None:
    bid, ask = (round_prices(np.array([base / (1 + spread), base * (1 + spread)]))).tolist()
    quoted = EXACT.add(price(base), side * half(EXACT.subtract(price(ask), price(bid))))
    expected = moved(quoted if quoted > 0 else price(base), rate_of(bps), side)

    assert entry_of(base, side=side, bps=bps, bid=bid, ask=ask) == price_of_decimal(expected)


def test_a_crossed_or_half_known_spread_adds_nothing() -> None:
    plain = entry_of(100.0)

    assert entry_of(100.0, bid=100.2, ask=99.9) == plain
    assert entry_of(100.0, bid=99.0) == plain
    assert entry_of(100.0, ask=101.0) == plain


@given(value=PERCENTAGES)
@example(value=0.30000000000000004)
@example(value=1 / 3)
def test_percentages_are_counted_as_they_are_written(value: float) -> None:
    places = 16 if value < COARSE_PERCENT else 10
    expected = round(Fraction(percent(value)) * 100 * 10**places)

    assert percent_units(np.array([value, value])).tolist() == [expected, expected]


@given(bps=BPS)
def test_rates_are_counted_as_they_are_written(bps: float) -> None:
    assert rate_units(np.array([bps])).tolist() == [round(Fraction(basis_points(bps)) * 10**18)]


def test_percentages_that_cannot_be_reached_saturate() -> None:
    assert percent_units(np.array([1e300, -1e300])).tolist() == [9 * 10**18, -9 * 10**18]


def test_minutes_have_passed_at_the_first_microsecond_not_before_them() -> None:
    minutes = np.array([0.0, 1.0, 2.5, 1 / 3, 0.33333333334, 1e300])

    assert minutes_us(minutes).tolist() == [0, 60_000_000, 150_000_000, 20_000_000, 20_000_001, 10**17]


def rate_of(bps: float) -> Decimal:
    return Decimal(round(Fraction(basis_points(bps)) * 10**18)).scaleb(-18)


def entry_of(
    base: float, *, side: int = 1, bps: float = 2.0, bid: float = np.nan, ask: float = np.nan
) -> float:
    prices, spread = round_prices(np.array([base])), round_prices(np.array([bid, ask]))
    slippage = rate_units(np.array([bps]))
    return float(entry_prices(np.array([side], np.int8), prices, spread[:1], spread[1:], slippage)[0])
