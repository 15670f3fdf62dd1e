"""The half-life of an edge: the worked numbers of the formula's source, and when there is none."""

import math

import numpy as np
import pytest

from untaken.projections.statistics.half_life import DelayedResults, fit_decay, half_life

DELAYS = (0, 5, 15, 30, 60, 120, 300)
BPS = np.array([10.2, 9.3, 8.6, 6.9, 5.2, 2.4, 0.4])


def independent(error: float, delays: int = 7) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    return np.eye(delays) * error**2


LATER = (0, 1, 5, 15, 30, 60, 300)


def decaying(
    h: float, *, days: int = 40, noise: float = 3_000, own_noise: float = 0, delays: tuple[int, ...] = LATER
) -> DelayedResults:
    """Return ten signals a day whose mean return, 10000 at once, halves every `h` seconds.

    `noise` of a day is shared by all delays, and decays with them; `own_noise` is each delay's own.
    """
    generator = np.random.default_rng(7)
    level = 10_000 + generator.normal(0, noise, days)
    own = generator.normal(0, own_noise, (len(delays), days)) if own_noise else 0
    totals = 10 * level * 2.0 ** (-np.array(delays)[:, None] / h) + own
    return DelayedResults(delays, np.full(totals.shape, 10.0), np.round(totals))


def test_the_worked_example_of_seven_delays() -> None:
    fit = fit_decay(DELAYS, BPS, independent(0.5))

    assert fit is not None
    assert fit.edge == pytest.approx(10.0633, abs=5e-5)
    assert fit.edge_error == pytest.approx(0.3298, abs=5e-5)
    assert fit.half_life == pytest.approx(59.712, abs=5e-4)
    assert [fit.low, fit.high] == pytest.approx([48.68, 73.25], abs=5e-3)
    assert fit.chi2 == pytest.approx(0.688, abs=5e-4)
    assert fit.freedom == 5


def test_with_eight_times_the_error_the_interval_is_far_too_wide() -> None:
    fit = fit_decay(DELAYS, BPS, independent(4.0))

    assert fit is not None
    assert fit.low == pytest.approx(11.6, abs=0.05)
    assert fit.high == pytest.approx(306, abs=0.5)
    assert fit.high / fit.low > 5


def test_a_common_error_of_all_delays_leaves_the_half_life_sharper_than_independent_ones() -> None:
    shared = np.full((7, 7), 0.49**2) + np.eye(7) * (0.5**2 - 0.49**2)
    alone, together = fit_decay(DELAYS, BPS, independent(0.5)), fit_decay(DELAYS, BPS, shared)

    assert alone is not None
    assert together is not None
    assert together.half_life == pytest.approx(alone.half_life, rel=0.05)
    assert together.high / together.low < (alone.high / alone.low) ** 0.5


def test_means_and_their_covariance_come_from_days() -> None:
    """Means (3 + 5) / 2 and (2 + 8) / 4; a day's share is (S - mean n) / N, that of the second day the opposite."""
    results = DelayedResults((0, 1), np.array([[1.0, 1.0], [2.0, 2.0]]), np.array([[3.0, 5.0], [2.0, 8.0]]))
    means, covariance = results.means()

    assert means.tolist() == [4.0, 2.5]
    assert covariance is not None
    assert covariance.tolist() == [[2 * 2 * 0.25, 2 * 2 * 0.375], [1.5, 2 * 2 * 0.75**2]]


def test_a_planted_half_life_is_found() -> None:
    found = half_life(decaying(60.0), (100.0, 900.0)).fit

    assert found is not None
    assert found.half_life == pytest.approx(60, rel=0.02)
    assert found.low < 60 < found.high


@pytest.mark.parametrize("interval", [(-10.0, 500.0), (0.0, 500.0), (None, None), (-900.0, -100.0)])
def test_without_an_edge_there_is_nothing_that_could_decay(
    interval: tuple[float | None, float | None],
) -> None:
    assert half_life(decaying(60.0), interval).why_not == "no_edge"


def test_three_delays_besides_none_are_too_few() -> None:
    assert half_life(decaying(60.0, delays=(0, 30, 60, 300)), (100.0, 900.0)).why_not == "delays"


def test_a_delay_without_signals_counts_as_unknown() -> None:
    full = decaying(60.0, delays=(0, 15, 30, 60, 300))
    unknown = DelayedResults(full.delays, full.n * [[1], [0], [1], [1], [1]], full.totals)

    assert half_life(full, (100.0, 900.0)).why_not is None
    assert half_life(unknown, (100.0, 900.0)).why_not == "delays"


def test_days_without_any_signal_are_no_evidence() -> None:
    full = decaying(60.0)
    idle = np.zeros((len(full.delays), 5))
    padded = DelayedResults(full.delays, np.hstack([full.n, idle]), np.hstack([full.totals, idle]))

    assert half_life(padded, (100.0, 900.0)) == half_life(full, (100.0, 900.0))


def test_one_day_has_no_standard_error() -> None:
    assert half_life(decaying(60.0, days=1), (100.0, 900.0)).why_not == "clusters"


def test_an_edge_that_lasts_beyond_all_delays_has_no_half_life() -> None:
    assert half_life(decaying(1e9), (100.0, 900.0)).why_not in {"fit", "interval"}


def test_an_interval_of_more_than_five_times_is_not_identified() -> None:
    found = half_life(decaying(60.0, own_noise=300_000), (100.0, 900.0))

    assert found.fit is None
    assert found.why_not == "interval"


def test_twice_the_unit_gives_the_same_half_life() -> None:
    one, two = fit_decay(DELAYS, BPS, independent(0.5)), fit_decay(DELAYS, 2 * BPS, independent(1.0))

    assert one is not None
    assert two is not None
    assert math.isclose(one.half_life, two.half_life, rel_tol=1e-6)


def test_below_twenty_days_nothing_is_identified() -> None:
    interval = (100.0, 900.0)

    assert half_life(decaying(60.0, days=19), interval).why_not == "clusters"
    assert half_life(decaying(60.0, days=20), interval).fit is not None


def test_a_covariance_of_few_days_widens_the_interval_by_students_t() -> None:
    """2.570582 against 1.959964 standard errors, at five degrees of freedom."""
    known, estimated = (fit_decay(DELAYS, BPS, independent(0.5), freedom=f) for f in (math.inf, 5))

    assert known is not None
    assert estimated is not None
    wider = math.log(estimated.high / estimated.low) / math.log(known.high / known.low)

    assert wider == pytest.approx(2.570582 / 1.959964, abs=1e-6)
    assert estimated.half_life == known.half_life
