"""The kernel equals shadow execution in decimals, row by row: exits exactly, money to the last unit."""

from collections import Counter
from dataclasses import fields
from random import Random

import pytest

from tests.reference.moments import DAY
from tests.reference.series import Series
from tests.streams.shadow.builders import (
    FAR_OFF,
    Candle,
    Order,
    Outcome,
    Quote,
    outcomes,
    series_of,
    slow_bars,
)
from tests.streams.shadow.chances import random_candles, random_order, random_quotes
from tests.streams.shadow.slowly import slow_outcome
from untaken.streams.shadow.orders import EXIT_REASONS

MARKETS, ORDERS = 40, 80
AT_LEAST = 80
"""Fewest orders that leave for each reason, lest the comparison say nothing about one."""


@pytest.fixture(scope="module")
def compared() -> list[tuple[Order, Outcome, Outcome]]:
    return [row for seed in range(MARKETS) for row in compare(Random(seed), ORDERS)]


def test_random_orders_come_out_as_in_decimals(compared: list[tuple[Order, Outcome, Outcome]]) -> None:
    wrong = [(order, differences(fast, slow)) for order, fast, slow in compared if fast != slow]

    assert wrong == []


def test_the_random_orders_leave_for_every_reason(compared: list[tuple[Order, Outcome, Outcome]]) -> None:
    counts = Counter(slow.reason for _, _, slow in compared)

    assert set(counts) == set(EXIT_REASONS)
    assert min(counts.values()) >= AT_LEAST


def test_the_random_orders_see_every_kind_of_bar(compared: list[tuple[Order, Outcome, Outcome]]) -> None:
    late = sum(slow.partial for _, _, slow in compared)
    sided = sum(order.bid is not None for order, _, _ in compared)
    unknown = sum(slow.pnl_e8 is None and slow.return_ppm is not None for _, _, slow in compared)

    assert min(late, sided, unknown) >= AT_LEAST


@pytest.mark.torture
def test_very_many_random_orders_come_out_as_in_decimals() -> None:
    for seed in range(1_000, 4_000):
        wrong = [row for row in compare(Random(seed), ORDERS) if row[1] != row[2]]

        assert wrong == [], seed


def compare(chance: Random, count: int) -> list[tuple[Order, Outcome, Outcome]]:
    """Return random orders in one random market with what kernel and reference make of them."""
    candles = random_candles(chance)
    quotes: list[Quote] = random_quotes(chance, candles) if chance.random() < 0.3 else []
    orders = [random_order(chance, candles) for _ in range(count)]
    last = max(one.close_at for one in candles)
    watermark = chance.choice([FAR_OFF, FAR_OFF, last, last + 6 * DAY])
    return rows_of(orders, candles, quotes, watermark)


def rows_of(
    orders: list[Order], candles: list[Candle], quotes: list[Quote], watermark: int
) -> list[tuple[Order, Outcome, Outcome]]:
    slow = Series(slow_bars(candles, quotes))
    found = outcomes(orders, [series_of(candles, quotes)], watermark)
    return [
        (order, fast, slow_outcome(order, slow, watermark)) for order, fast in zip(orders, found, strict=True)
    ]


def differences(fast: Outcome, slow: Outcome) -> dict[str, tuple[object, object]]:
    pairs = {one.name: (getattr(fast, one.name), getattr(slow, one.name)) for one in fields(fast)}
    return {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}
