"""How figures are written."""

from decimal import Decimal

import pytest

from untaken.web.reports.numbers import Money, count, counted, in_r, percent, ppm, ratio, total, written


@pytest.mark.parametrize(
    ("value", "decimals", "text"),
    [
        (1234567.891, 2, "1,234,567.89"),
        (-0.5, 2, "−0.50"),
        (-0.001, 2, "0.00"),
        (Decimal("0.125"), 2, "0.12"),
        (0, 0, "0"),
        (None, 2, "–"),
    ],
)
def test_a_number_is_written(value: Decimal | float | None, decimals: int, text: str) -> None:
    assert written(value, decimals) == text


def test_a_sign_is_shown_where_asked_but_never_on_a_zero() -> None:
    assert written(1.5, 1, signed=True) == "+1.5"
    assert written(-1.5, 1, signed=True) == "−1.5"
    assert written(0.01, 1, signed=True) == "0.0"


def test_units_are_turned_into_what_a_trader_reads() -> None:
    assert in_r(-1060) == "−1.06 R"
    assert ppm(12_345) == "+1.23 %"
    assert percent(0.4249, 1) == "42.5 %"
    assert count(12_430) == "12,430"


def test_one_is_singular() -> None:
    assert counted(1, "block") == "1 block"
    assert counted(1200, "block") == "1,200 blocks"
    assert counted(2, "more anomaly", "more anomalies") == "2 more anomalies"


def test_a_ratio_without_a_number_keeps_its_word() -> None:
    assert ratio("undefined") == "undefined"
    assert ratio(1.4) == "1.40"


def test_only_what_is_known_is_added_up() -> None:
    assert total([Decimal("0.1"), None, 0.2]) == Decimal("0.3")
    assert total([None]) is None


@pytest.mark.parametrize(
    ("largest", "text"),
    [(25_000, "0.50"), (12, "0.50"), (1.5, "0.500"), (0.0421, "0.50000"), (0, "0.50"), (1e-8, "0.50000000")],
)
def test_decimals_fit_the_largest_amount(largest: float, text: str) -> None:
    assert Money.fitting("BTC", [largest, -largest / 2, None]).plain(0.5) == text
