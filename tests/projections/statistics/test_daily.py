"""Sharpe ratios of the days with results are those of the whole series with its idle days."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from untaken.projections.statistics import performance
from untaken.projections.statistics.daily import DailySums

series = st.lists(
    st.just(0) | st.integers(-(10**6), 10**6) | st.integers(-(2**70), 2**70), min_size=1, max_size=20
)


def sums_of(daily: list[int], first: int = 19_000) -> DailySums:
    active = [first + day for day, result in enumerate(daily) if result]
    return DailySums.of(active, [result for result in daily if result], (first, first + len(daily) - 1))


@given(series)
def test_idle_days_count_as_if_they_were_listed(daily: list[int]) -> None:
    sums = sums_of(daily)

    assert sums.per_day() == performance.daily_sharpe(daily)
    assert sums.sharpe(252) == performance.sharpe(daily, 252)
    for one, other in (
        (sums.lag_one_correlation(), performance.lag_one_correlation(daily)),
        (sums.sharpe_lag_corrected(252), performance.sharpe_lag_corrected(daily, 252)),
    ):
        assert (one is None) == (other is None)
        assert (one or 0.0) == pytest.approx(other or 0.0, rel=1e-9)


def test_a_period_of_idle_days_only_has_no_ratio() -> None:
    sums = DailySums.of([], [], (10, 19))

    assert (sums.days, sums.per_day(), sums.lag_one_correlation()) == (10, None, None)
    assert (sums.sharpe(), sums.sharpe_lag_corrected()) == (None, None)


def test_a_result_outside_the_period_is_refused() -> None:
    with pytest.raises(ValueError, match="results of days 9 to 9 lie outside 10 to 19"):
        DailySums.of([9], [1], (10, 19))
