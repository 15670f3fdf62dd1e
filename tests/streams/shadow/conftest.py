"""The kernels are compiled before the first test, lest its deadline pay for it."""

import pytest

from tests.streams.shadow.builders import Order, candle, outcome


@pytest.fixture(scope="session", autouse=True)
def _compiled() -> None:
    outcome(Order(bid=99.0, ask=101.0, price=100.00000000005), [candle(0, 100, 101, 99, 100)])
