"""Evidence that a win rate has fallen: worked numbers, and stretches that may be joined in any grouping."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from untaken.projections.statistics.win_rate import Cusum, Steps, alarm_at, level_e_value

STEPS = Steps(-164_821, 171_578)
"""Of a fall from 55 % by 8 points, to the nearest whole number."""
TRADES = [each == "1" for each in "1001000101100001"]


@pytest.mark.parametrize(
    ("wins", "losses", "baseline", "expected"),
    [
        (20, 30, 0.58, 7.7157),
        (20, 30, 0.529939, 1.7020),
        (40, 60, 0.529939, 6.8067),
        (60, 90, 0.529939, 30.4975),
    ],
)
def test_evidence_against_a_level(wins: int, losses: int, baseline: float, expected: float) -> None:
    assert level_e_value(wins, losses, baseline) == pytest.approx(expected, abs=1.5e-4)


def test_no_trades_are_no_evidence_and_many_losses_no_overflow() -> None:
    assert level_e_value(0, 0, 0.5) == pytest.approx(1.0)
    assert level_e_value(0, 100_000, 0.5) > 1e300
    assert level_e_value(100_000, 0, 0.5) < 1e-3


@pytest.mark.parametrize("baseline", [0.0, 1.0, -0.1])
def test_a_baseline_is_a_share(baseline: float) -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        level_e_value(1, 1, baseline)


def test_steps_are_rounded_down_and_impossible_falls_refused() -> None:
    assert Steps.of(0.55) == Steps(-164_822, 171_577)
    with pytest.raises(ValueError, match=r"found 0\.6 of 0\.55"):
        Steps.of(0.55, 0.6)


@pytest.mark.parametrize("cut", range(17))
def test_the_worked_stretch_is_the_same_for_every_cut(cut: int) -> None:
    joined = Cusum.of(TRADES[:cut], STEPS).then(Cusum.of(TRADES[cut:], STEPS))

    assert joined == Cusum(726_854, 891_675, 891_675, 1_056_496)


stretches = st.lists(st.booleans(), max_size=12)


@given(stretches, stretches, stretches)
def test_stretches_join_in_any_grouping(a: list[bool], b: list[bool], c: list[bool]) -> None:
    one, two, three = (Cusum.of(each, STEPS) for each in (a, b, c))

    assert one.then(two).then(three) == one.then(two.then(three)) == Cusum.of(a + b + c, STEPS)


@given(stretches)
def test_the_peak_is_the_highest_level_that_a_walk_meets(results: list[bool]) -> None:
    level = peak = 0
    for won in results:
        level = max(0, level + (STEPS.won if won else STEPS.lost))
        peak = max(peak, level)
    found = Cusum.of(results, STEPS)

    assert (found.level, found.peak) == (level, peak)


def test_a_healthy_year_raises_no_alarm_and_a_ruined_one_does() -> None:
    draw = random.Random(3)
    healthy = Cusum.of((draw.random() < 0.55 for _ in range(1_000)), STEPS)
    ruined = Cusum.of((draw.random() < 0.40 for _ in range(1_000)), STEPS)

    assert alarm_at() == 7_243_306
    assert healthy.peak < alarm_at() < ruined.peak
