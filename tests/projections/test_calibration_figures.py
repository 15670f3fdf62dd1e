"""Calibration of real trades and of shadow results, from rows to the reliability table."""

import pytest

from tests.projections.answers import signals_of, trades_of
from tests.projections.builders import Row, at, signal, trade
from untaken.projections.figures import Figures
from untaken.projections.performance.calibration import CALIBRATION, SHADOW_CALIBRATION
from untaken.projections.performance.calibration_figures import calibration_section


def section(*trades: Row, signals: tuple[Row, ...] = ()) -> Figures:
    return calibration_section(
        CALIBRATION.fold(trades_of(*trades)), SHADOW_CALIBRATION.fold(signals_of(*signals))
    )


def stated(confidence: float, n: int, wins: int) -> list[Row]:
    return [
        trade(f"{confidence}-{number}", pnl=1.0 if number < wins else -1.0, confidence=confidence)
        for number in range(n)
    ]


def test_the_worked_table_comes_out_of_rows() -> None:
    rows = [
        row
        for c, n, wins in ((0.55, 40, 20), (0.65, 50, 28), (0.75, 60, 40), (0.85, 30, 22), (0.95, 20, 15))
        for row in stated(c, n, wins)
    ]
    real = section(*rows)["real"]

    assert (real["n"], real["accuracy"], real["mean_confidence"], real["brier"]) == (200, 0.625, 0.72, 0.237)
    assert real["expected_calibration_error"] == pytest.approx(0.095)
    assert real["expected_calibration_error_null_mean"] == pytest.approx(0.0507, abs=1e-3)
    assert real["expected_calibration_error_null_95"] == pytest.approx(0.085, abs=2e-3)
    assert real["z"] == pytest.approx(3.938, abs=5e-4)
    assert [(each["from"], each["to"], each["n"], each["wins"]) for each in real["table"]] == [
        (0.55, 0.6, 40, 20),
        (0.65, 0.7, 50, 28),
        (0.75, 0.8, 60, 40),
        (0.85, 0.9, 30, 22),
        (0.95, 1.0, 20, 15),
    ]


def test_two_confidences_of_one_bucket_share_a_row_and_the_brier_score_stays_exact() -> None:
    """Wrong at 0.60 and right at 0.64: squares 0.36 and 0.1296."""
    real = section(*stated(0.60, 1, 0), *stated(0.64, 1, 1))["real"]

    assert [(each["from"], each["n"], each["mean_confidence"]) for each in real["table"]] == [(0.6, 2, 0.62)]
    assert real["brier"] == pytest.approx((0.36 + 0.1296) / 2, abs=1e-15)
    assert real["accuracy_to_confidence"] == pytest.approx(0.5 / 0.62)


def test_shadow_results_count_in_turn_and_once_they_are_known() -> None:
    signals = (
        signal("s1", pnl=1.0, r=1.0, confidence=0.8),
        signal("s2", pnl=-1.0, r=-1.0, confidence=0.8, status="blocked"),
        signal("again", pnl=1.0, r=1.0, confidence=0.8, overlapped=True),
        signal("pending", confidence=0.8),
        signal("silent", pnl=1.0, r=1.0),
    )
    shadow = section(signals=signals)["shadow"]

    assert (shadow["n"], shadow["accuracy"], shadow["mean_confidence"]) == (2, 0.5, 0.8)


def test_figures_are_told_by_strategy_and_model_where_they_are_named() -> None:
    rows = [
        *stated(0.6, 2, 1),
        *(row | {"model_version": "m1", "strategy": "drift"} for row in stated(0.7, 3, 3)),
    ]
    real = section(*rows)["real"]

    assert [(each["strategy"], each["n"]) for each in real["strategies"]] == [("drift", 3), ("swing", 2)]
    assert [(each["model_version"], each["n"], each["accuracy"]) for each in real["model_versions"]] == [
        ("m1", 3, 1.0)
    ]


def test_no_confidences_have_no_figures() -> None:
    real = section(trade(pnl=1.0))["real"]

    assert (real["n"], real["accuracy"], real["brier"], real["table"]) == (0, None, None, [])


def by_day(days: int, *, block_days: int = 1) -> float | None:
    """Ten trades a day of confidence 0.8, of which all win on one day and six on the next: the mean is right."""
    rows = [
        trade(f"{day}-{n}", pnl=1.0 if day % 2 or n < 6 else -1.0, confidence=0.8, at=at(day=day))
        for day in range(days)
        for n in range(10)
    ]
    tables = CALIBRATION.fold(trades_of(*rows)), SHADOW_CALIBRATION.fold(signals_of())
    found: float | None = calibration_section(*tables, block_days)["real"]["p_value_by_day"]
    return found


def test_days_that_win_and_lose_together_scatter_as_they_do() -> None:
    assert by_day(20) == 1.0
    assert by_day(21) == pytest.approx(0.833, abs=1e-3)


def test_below_twenty_days_or_blocks_of_days_no_p_value_is_given() -> None:
    assert by_day(19) is None
    assert by_day(36, block_days=2) is None
    assert by_day(41, block_days=2) is not None
