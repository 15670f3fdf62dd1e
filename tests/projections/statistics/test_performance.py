"""Win rate, profit factor, Sharpe ratio and drawdown."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from untaken.projections.statistics.performance import (
    drawdown,
    drawdown_pct,
    lag_one_correlation,
    lo_factor,
    profit_factor,
    sharpe,
    sharpe_lag_corrected,
    sharpe_standard_error,
    win_rate,
)


def test_too_few_rows_have_no_figure() -> None:
    assert win_rate(0, 0) is None
    assert profit_factor(0, 0) is None
    assert profit_factor(500, 0) is None
    assert sharpe([5]) is None
    assert sharpe([5, 5, 5]) is None
    assert sharpe_lag_corrected([5, 7]) is None
    assert sharpe_standard_error(0.1, 0) is None
    assert drawdown_pct([5, -3], 0) is None


def test_win_rate_and_profit_factor() -> None:
    gains, losses = (
        [500, 0, 300, 800, 200, 0, 600, 400, 100, 700],
        [200, 300, 100, 400, 300, 250, 150, 300, 200, 300],
    )

    assert win_rate(58, 100) == 0.58
    assert profit_factor(sum(gains), sum(losses)) == 1.44


def test_sharpe_counts_idle_days() -> None:
    traded, with_idle = sharpe([300, 100, -100]), sharpe([300, 0, 100, 0, -100, 0], days_per_year=252)

    assert traded == pytest.approx(100 / 200 * math.sqrt(365))
    assert with_idle == pytest.approx(50 / math.sqrt(19_000) * math.sqrt(252))


def test_sharpe_standard_error_and_lo_factors() -> None:
    assert sharpe_standard_error(0.1, 250) == pytest.approx(0.063403, abs=5e-7)
    assert lo_factor(250, 0.0) == pytest.approx(math.sqrt(250))
    assert lo_factor(250, 0.2) == pytest.approx(12.9207, abs=5e-5)
    assert lo_factor(250, -0.2) == pytest.approx(19.3488, abs=5e-5)


def test_days_that_follow_each_other_make_the_sharpe_ratio_smaller() -> None:
    trending = [300, 250, 200, -100, -150, -100, 250, 300, 200]

    rho, plain, corrected = lag_one_correlation(trending), sharpe(trending), sharpe_lag_corrected(trending)

    assert rho is not None
    assert rho > 0
    assert plain is not None
    assert corrected is not None
    assert 0 < corrected < plain


def test_drawdown_is_the_deepest_fall_from_a_peak() -> None:
    assert drawdown([5, -3, 4, -8, 2, -1, 7, -4, -6, 3]) == 10
    assert drawdown([-4, -2, 10]) == 6
    assert drawdown([1, 2, 3]) == 0
    assert drawdown([]) == 0
    assert drawdown_pct([500, -250], 10_000) == 2.5


@given(st.lists(st.integers(-(10**15), 10**15), max_size=40))
def test_drawdown_is_the_largest_loss_of_any_stretch(results: list[int]) -> None:
    stretches = [results[a:b] for a in range(len(results)) for b in range(a, len(results) + 1)]

    assert drawdown(results) == max((-sum(stretch) for stretch in stretches), default=0)
