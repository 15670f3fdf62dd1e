"""All signals beside the real trades and the error between them, worked out by hand."""

import math
from decimal import Decimal

import pytest

from tests.projections.builders import Row, at, blocked, ledger_of, signal, trade, trades_of
from untaken.projections.figures import Figures
from untaken.projections.shadow_performance.figures import Ordered, shadow_section
from untaken.projections.shadow_performance.table import MEASURED_ERROR, REAL_PERFORMANCE, SHADOW_PERFORMANCE


def section(*rows: Row, trades: tuple[Row, ...] = ()) -> Figures:
    ledger, real = ledger_of(*rows), trades_of(*trades)
    return shadow_section(
        SHADOW_PERFORMANCE.fold(ledger),
        REAL_PERFORMANCE.fold(real),
        MEASURED_ERROR.fold(ledger),
        Ordered(ledger, real),
        365,
    )


def a_week() -> list[Row]:
    """Five results in order of exit, +30, -20, +10, -40 and an overlapped +100, and two without one."""
    return [
        signal("s1", pnl=30.0, r=1.5, exit_at=at(1), status="filled"),
        signal("s2", pnl=-20.0, r=-1.0, exit_at=at(2), status="approved", strategy="drift"),
        signal("s3", pnl=10.0, r=0.5, exit_at=at(4)),
        blocked("s4", ["spread"], pnl=-40.0, r=-2.0, exit_at=at(4, second=60)),
        signal("again", pnl=100.0, r=5.0, exit_at=at(3), overlapped=True),
        signal("no prices", exit_reason="no_data", status="expired"),
        signal("running"),
    ]


def test_in_turn_leaves_out_what_overlaps_and_alone_counts_it() -> None:
    figures = section(*a_week())
    in_turn, alone = figures["in_turn"], figures["alone"]

    assert (in_turn["resolved"], in_turn["counted"], in_turn["wins"], in_turn["overlapped"]) == (4, 4, 2, 1)
    assert (alone["resolved"], alone["counted"], alone["wins"], alone["overlapped"]) == (5, 5, 3, 0)
    assert (in_turn["pnl"], alone["pnl"]) == (Decimal("-20.00000000"), Decimal("80.00000000"))
    assert (in_turn["milli_r"], alone["milli_r"]) == (-1000, 4000)
    assert (in_turn["win_rate"], in_turn["profit_factor"]) == (0.5, 40 / 60)
    assert (in_turn["unresolved"], alone["unresolved"]) == (2, 2)
    assert in_turn["return_ppm_mean"] == (30_000 - 20_000 + 10_000 - 40_000) / 4


def test_drawdown_is_the_deepest_fall_in_order_of_exit() -> None:
    """In turn: 30, 10, 20, -20: a fall of 50. Alone the overlapped +100 lies between: 30, 10, 110, 120, 80."""
    figures = section(*a_week())

    assert (figures["in_turn"]["drawdown"], figures["alone"]["drawdown"]) == (50, 40)


def test_sharpe_counts_idle_days_and_is_annualised() -> None:
    """Days 1 to 4: 30, -20, 0, -30; mean -5, standard deviation sqrt((35^2 + 15^2 + 5^2 + 25^2) / 3)."""
    expected = -5 / math.sqrt((35**2 + 15**2 + 5**2 + 25**2) / 3) * math.sqrt(365)

    assert section(*a_week())["in_turn"]["sharpe"] == pytest.approx(expected, rel=1e-12)


def test_every_signal_has_one_status() -> None:
    assert section(*a_week())["statuses"] == {
        "filled": 1,
        "blocked": 1,
        "expired": 1,
        "approved": 1,
        "undecided": 3,
    }


def test_results_are_told_by_strategy_and_by_day_of_the_signal() -> None:
    figures = section(*a_week())

    assert [(row["strategy"], row["signals"], row["pnl"]) for row in figures["strategies"]] == [
        ("drift", 1, -20),
        ("swing", 6, 0),
    ]
    assert figures["days"] == [{"day": "2024-01-01", "in_turn": -20, "alone": 80, "real": 0}]


def test_a_result_whose_money_is_unknown_counts_in_r_and_is_said_to_be_unknown() -> None:
    in_turn = section(signal(r=-1.0), signal("s2", pnl=5.0, r=0.25))["in_turn"]

    assert (in_turn["resolved"], in_turn["counted"], in_turn["money_unknown"]) == (2, 1, 1)
    assert (in_turn["pnl"], in_turn["milli_r"], in_turn["win_rate"]) == (5, -750, 1.0)


def test_daily_results_may_leave_64_bits() -> None:
    """Ninety billion twice a day is more than 2^63 units of 1e-8."""
    ledger = ledger_of(*(signal(f"s{n}", pnl=9e10, exit_at=at(n // 2)) for n in range(4)))

    assert Ordered(ledger, trades_of()).daily_e8("in_turn") == [18 * 10**18, 18 * 10**18]


def test_a_flat_result_is_no_win() -> None:
    in_turn = section(signal(pnl=0.0, r=0.0))["in_turn"]

    assert (in_turn["wins"], in_turn["win_rate"], in_turn["profit_factor"]) == (0, 0.0, None)


def test_figures_over_too_few_rows_are_null_and_never_zero() -> None:
    figures = section(signal(pnl=5.0))
    nothing = section()

    assert (figures["in_turn"]["profit_factor"], figures["in_turn"]["sharpe"]) == (None, None)
    assert [nothing["in_turn"][name] for name in ("win_rate", "profit_factor", "drawdown", "sharpe")] == [
        None
    ] * 4
    assert [nothing["measured_error"][name] for name in ("mean_ppm", "p50_ppm", "p95_ppm")] == [None] * 3
    assert nothing["real"]["win_rate"] is None


def test_real_trades_count_once_closed_and_known() -> None:
    trades = (
        trade("won", pnl=30.0, fees=1.0),
        trade("lost", pnl=-10.0, fees=0.5),
        trade("open", fees=0.25),
        trade("unknown", state="closed", exit_at=at()),
        trade("left before it entered", pnl=99.0, counts=False, anomalies=["exit_not_after_entry"]),
    )
    real = section(trades=trades)["real"]

    assert (real["trades_closed"], real["trades_open"], real["counted"], real["wins"]) == (3, 1, 2, 1)
    assert (real["pnl"], real["fees"]) == (20, Decimal("1.5"))
    assert (real["win_rate"], real["profit_factor"], real["drawdown"]) == (0.5, 3.0, 10)


def test_real_trades_of_other_modes_and_currencies_are_rows_of_their_own() -> None:
    table = REAL_PERFORMANCE.fold(
        trades_of(trade(pnl=1.0), trade("t2", pnl=2.0, mode="paper"), trade("t3", pnl=4.0, currency="EUR"))
    )

    assert table.select("mode", "currency", "gains_e8").rows() == [
        ("live", "EUR", 400_000_000),
        ("live", "USD", 100_000_000),
        ("paper", "USD", 200_000_000),
    ]


def traded(name: str, error: int, shadow: int = 1, real: int = 1) -> Row:
    return signal(name, pnl=1.0, error_ppm=error, return_ppm=shadow, real_return_ppm=real)


def test_the_measured_error_is_shadow_minus_real_of_signals_really_traded() -> None:
    rows = [
        traded("s1", 100, shadow=5_100, real=5_000),
        traded("s2", -250, shadow=-100, real=150),
        traded("s3", 30, shadow=10, real=-20),
        traded("s4", 40, shadow=40, real=0),
        signal("never traded", pnl=3.0),
    ]
    error = section(*rows)["measured_error"]

    assert (error["n"], error["mean_ppm"], error["sign_disagreements"]) == (4, -20.0, 2)
    assert error["p50_ppm"] == 40
    assert error["p95_ppm"] == pytest.approx(250, rel=0.01)


@pytest.mark.parametrize("size", [1, 63, 64, 2**36, 2**37 + 1, 2**40, 2**62, 2**63 - 1])
def test_an_error_of_any_size_lies_in_a_bucket_that_holds_it(size: int) -> None:
    error = section(traded("s1", size), traded("s2", -size))["measured_error"]

    assert error["p50_ppm"] == pytest.approx(size, rel=0.01)
    assert error["n"] == 2
