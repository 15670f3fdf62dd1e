"""Calibration: the worked table, its decomposition, and the error that chance alone makes."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from untaken.projections.statistics.calibration import Bin, brier, calibrate, null_error, win_rate_interval

TABLE = [
    Bin.alike(0.55, 40, 20),
    Bin.alike(0.65, 50, 28),
    Bin.alike(0.75, 60, 40),
    Bin.alike(0.85, 30, 22),
    Bin.alike(0.95, 20, 15),
]

bins = st.lists(
    st.tuples(st.integers(0, 10_000), st.integers(1, 50), st.integers(0, 50)).map(
        lambda drawn: Bin.alike(drawn[0] / 10_000, drawn[1], min(drawn[1], drawn[2]))
    ),
    min_size=1,
    max_size=6,
)


def test_the_worked_table() -> None:
    found = calibrate(TABLE)

    assert found is not None
    assert (found.n, found.accuracy, found.mean_confidence) == (200, 0.625, 0.72)
    assert found.brier == 0.237
    assert found.reliability == pytest.approx(0.01065)
    assert found.resolution == pytest.approx(0.008025)
    assert found.uncertainty == 0.234375
    assert found.error == pytest.approx(0.095)
    assert found.z == pytest.approx(3.938, abs=5e-4)
    assert found.p_value == pytest.approx(8.2e-5, rel=5e-3)


def test_chance_alone_makes_half_of_that_error() -> None:
    mean, most = null_error(TABLE, draws=50_000, seed=1)

    assert mean == pytest.approx(0.0507, abs=5e-4)
    assert most == pytest.approx(0.0850, abs=5e-4)


def test_the_null_is_the_same_for_the_same_seed() -> None:
    assert null_error(TABLE) == null_error(TABLE)
    assert null_error(TABLE, seed=1) != null_error(TABLE, seed=2)


def test_intervals_of_win_rates() -> None:
    intervals = [win_rate_interval(each.wins, each.n) for each in TABLE]

    assert [low for low, _ in intervals] == pytest.approx([0.338, 0.413, 0.533, 0.541, 0.509], abs=5e-4)
    assert [high for _, high in intervals] == pytest.approx([0.662, 0.700, 0.783, 0.877, 0.913], abs=5e-4)


def test_a_win_rate_of_nothing_or_all_is_bounded_by_0_and_1() -> None:
    assert win_rate_interval(0, 5)[0] == 0.0
    assert win_rate_interval(5, 5)[1] == 1.0


def test_signals_that_are_always_right_have_no_error() -> None:
    found = calibrate([Bin.alike(1.0, 7, 7)])

    assert found is not None
    assert (found.brier, found.error, found.null_mean, found.z, found.p_value) == (0.0, 0.0, 0.0, None, None)


def test_no_signals_have_no_figures() -> None:
    assert calibrate([]) is None
    assert calibrate([Bin(0, 0, 0, 0, 0, 0)]) is None


@given(bins)
def test_the_brier_score_is_reliability_minus_resolution_plus_uncertainty(drawn: list[Bin]) -> None:
    """Where a bin's signals are equally confident."""
    found = calibrate(drawn, draws=10)

    assert found is not None
    assert found.reliability - found.resolution + found.uncertainty == pytest.approx(found.brier, abs=1e-12)


@given(bins)
def test_the_brier_score_is_the_mean_of_every_signals_own(drawn: list[Bin]) -> None:
    squares = sum(
        b.wins * (1 - Fraction(b.confidence_e4, b.n * 10**4)) ** 2
        + (b.n - b.wins) * Fraction(b.confidence_e4, b.n * 10**4) ** 2
        for b in drawn
    )

    assert brier(drawn) == squares / sum(b.n for b in drawn)
