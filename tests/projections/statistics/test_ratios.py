"""How sure ratios are: the worked numbers of their sources, and too few rows."""

import pytest

from untaken.projections.statistics.ratios import (
    Moments,
    least_days,
    profit_factor_interval,
    sharpe_above,
)

GAINS = [500, 0, 300, 800, 200, 0, 600, 400, 100, 700]
LOSSES = [200, 300, 100, 400, 300, 250, 150, 300, 200, 300]


def test_the_interval_of_a_profit_factor() -> None:
    interval = profit_factor_interval(GAINS, LOSSES)

    assert interval is not None
    assert list(interval) == pytest.approx([0.8129, 2.5508], abs=5e-5)


@pytest.mark.parametrize(
    ("gains", "losses"),
    [([], []), (GAINS[:9], LOSSES[:9]), (GAINS, [0] * 10), ([0] * 10, LOSSES), ([2] * 10, [1] * 10)],
)
def test_no_interval_of_too_few_days_of_one_sign_or_without_variation(
    gains: list[int], losses: list[int]
) -> None:
    assert profit_factor_interval(gains, losses) is None


def test_the_probability_of_a_positive_sharpe_ratio() -> None:
    assert sharpe_above(0.1, 0.0, 250, -1.0, 8.0) == pytest.approx(0.932244, abs=5e-7)
    assert sharpe_above(0.1, 0.0, 250, 0.0, 3.0) == pytest.approx(0.942261, abs=5e-7)
    assert sharpe_above(0.1, 0.0, 1, 0.0, 3.0) is None
    assert sharpe_above(2.0, 0.0, 250, 9.0, 3.0) is None


def test_the_days_that_a_track_record_needs() -> None:
    assert least_days(0.1, 0.0, -1.0, 8.0) == pytest.approx(303.34, abs=5e-3)
    assert least_days(-0.1, 0.0, -1.0, 8.0) is None


def test_moments_count_idle_days() -> None:
    """Results 3, 0, 0, -1: mean 0.5, deviations 2.5, -0.5, -0.5, -1.5; m2 = 9 / 4, m3 = 12 / 4, m4 = 44.25 / 4."""
    moments = Moments.of([10, 13], [3, -1], (10, 13))

    assert moments.days == 4
    assert moments.deviation == pytest.approx((9 / 3) ** 0.5)
    assert moments.per_day == pytest.approx(0.5 / 3**0.5)
    assert moments.skew == pytest.approx(3 / 2.25**1.5)
    assert moments.kurtosis == pytest.approx(11.0625 / 2.25**2)
    assert moments.drawdown_to_luck(6) == pytest.approx(6 / (3**0.5 * 2))


def test_without_variation_there_are_no_moments() -> None:
    for moments in (
        Moments.of([], [], (1, 5)),
        Moments.of([1], [7], (1, 1)),
        Moments.of([1, 2], [7, 7], (1, 2)),
    ):
        assert (moments.per_day, moments.sharpe_above(0.0), moments.least_days(0.0)) == (None, None, None)
        assert moments.drawdown_to_luck(0) is None
