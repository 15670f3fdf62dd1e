"""Performance overall and by every key, worked out by hand."""

import math
from decimal import Decimal
from typing import Any

import polars as pl
import pytest

from tests.projections.answers import signals_of, trades_of
from tests.projections.builders import Row, at, signal, trade
from untaken.projections.figures import Figures
from untaken.projections.performance.dimensions import (
    component_names,
    confidence_name,
    signal_dimensions,
    strongest_component,
    time_of_day,
    utc_hour,
)
from untaken.projections.performance.figures import Account, PerformanceRows, performance_section
from untaken.projections.performance.table import (
    PERFORMANCE,
    SIGNAL_PERFORMANCE,
    performance,
    signal_performance,
)

MINUTE_US = 60_000_000


def section(
    *trades: Row, signals: tuple[Row, ...] = (), days: float | None = None, **account: Any
) -> Figures:
    real, ledger = trades_of(*trades), signals_of(*signals)
    rows = PerformanceRows(PERFORMANCE.fold(real), SIGNAL_PERFORMANCE.fold(ledger), real, days)
    return performance_section(rows, Account(**account))


def closed(name: str, pnl: float, day: int = 0, *, minutes: float = 60, **fields: Any) -> Row:
    """Return a trade that is left at noon of a day, entered so many minutes before."""
    left = at(day, second=12 * 3600)
    times = {"at": left, "exit_at": left, "entry_at": left - round(minutes * MINUTE_US)}
    return trade(name, pnl=pnl, **(times | fields))


def week() -> list[Row]:
    """Results +30, +10, -20, 0, -10, +50 on days 0, 0, 1, 3, 4, 6; a trade still open; one that must not count."""
    return [
        closed("t1", 30.0, 0, minutes=90, fees=1.0),
        closed("t2", 10.0, 0, minutes=30, symbol="ETH/USD"),
        closed("t3", -20.0, 1, minutes=60),
        closed("t4", 0.0, 3, minutes=60, symbol="ETH/USD"),
        closed("t5", -10.0, 4, minutes=60),
        closed("t6", 50.0, 6, minutes=60, fees=0.5),
        trade("open"),
        closed("backwards", 99.0, 2, counts=False),
    ]


def test_overall_figures_of_real_trades() -> None:
    overall = section(*week())["overall"]

    assert (overall["trades"], overall["wins"], overall["losers"], overall["money_unknown"]) == (6, 3, 2, 0)
    assert (overall["pnl"], overall["fees"]) == (60, Decimal("1.5"))
    assert (overall["win_rate"], overall["profit_factor"]) == (0.5, 3.0)
    assert (overall["average_win"], overall["average_loss"]) == (30, 15)
    assert (overall["hold_s_mean"], overall["winners_hold_s_mean"]) == (3600.0, 3600.0)


def test_drawdown_and_streaks_are_those_of_the_order_of_exits() -> None:
    """Levels 30, 40, 20, 20, 10, 60: a fall of 30. Two wins in a row; a flat result ends the loss; one win last."""
    overall = section(*week(), reference_capital=1_000.0)["overall"]

    assert (overall["drawdown"], overall["drawdown_pct"]) == (30, 3.0)
    assert (overall["longest_winning_streak"], overall["longest_losing_streak"]) == (2, 1)
    assert overall["current_streak"] == 1


def test_a_running_losing_streak_is_negative() -> None:
    overall = section(closed("t1", 5.0), closed("t2", -1.0, 1), closed("t3", -1.0, 2))["overall"]

    assert (overall["current_streak"], overall["longest_losing_streak"]) == (-2, 2)


def test_sharpe_counts_idle_days_and_the_corrected_one_knows_the_day_before() -> None:
    """Days 40, -20, 0, 0, -10, 0, 50; mean 60 / 7, squares 4600."""
    overall = section(*week())["overall"]
    spread = math.sqrt((4_600 - 60**2 / 7) / 6)

    assert overall["sharpe"] == pytest.approx(60 / 7 / spread * math.sqrt(365), rel=1e-12)
    assert overall["sharpe_lag_corrected"] != overall["sharpe"]
    assert overall["sharpe_lag_corrected"] > overall["sharpe"]


def test_every_group_is_measured_over_the_days_of_all_trades() -> None:
    """ETH: 10 on the first of seven days, 0 on the fourth."""
    (bitcoin, ether) = section(*week())["symbol"]

    assert (bitcoin["value"], bitcoin["trades"], bitcoin["pnl"]) == ("BTC/USD", 4, 50)
    assert (ether["value"], ether["trades"], ether["pnl"], ether["profit_factor"]) == ("ETH/USD", 2, 10, None)
    assert ether["sharpe"] == pytest.approx(
        10 / 7 / math.sqrt((100 - 100 / 7) / 6) * math.sqrt(365), rel=1e-12
    )


def test_order_within_a_moment_is_that_of_bot_run_and_trade() -> None:
    """b1 then b2: +10, -10, falls by 10; the other way round it would fall by 10 from the start and end at 0."""
    figures = section(closed("b2", -10.0), closed("b1", 10.0))["overall"]

    assert (figures["current_streak"], figures["longest_winning_streak"]) == (-1, 1)


def test_signals_emitted_and_taken_a_day_stand_beside_the_trades() -> None:
    signals = (
        signal("s1", status="filled", pnl=4.0, r=1.0, at=at(0)),
        signal("s2", pnl=-2.0, r=-0.5, at=at(1)),
        signal("s3", at=at(3), symbol="ETH/USD"),
    )
    figures = section(*week(), signals=signals)
    overall, (bitcoin, ether) = figures["overall"], figures["symbol"]

    assert overall["signals"] == {"emitted": 3, "taken": 1, "emitted_per_day": 0.75, "taken_per_day": 0.25}
    assert bitcoin["signals"] == {"emitted": 2, "taken": 1, "emitted_per_day": 0.5, "taken_per_day": 0.25}
    assert (bitcoin["shadow"]["pnl"], bitcoin["shadow"]["win_rate"], bitcoin["shadow"]["milli_r_mean"]) == (
        2,
        0.5,
        250,
    )
    assert (ether["shadow"]["counted"], ether["shadow"]["unresolved"], ether["shadow"]["win_rate"]) == (
        0,
        1,
        None,
    )


def test_the_length_of_a_window_may_be_given() -> None:
    overall = section(signals=(signal(),), days=0.5)["overall"]

    assert overall["signals"]["emitted_per_day"] == 2.0
    assert (overall["trades"], overall["win_rate"], overall["drawdown"]) == (0, None, None)


def test_actors_are_known_of_trades_only() -> None:
    figures = section(
        closed("t1", 1.0, actor="operator"), closed("t2", -1.0, actor="bot"), signals=(signal(),)
    )

    assert [(each["value"], each["pnl"], each["signals"]) for each in figures["actor"]] == [
        ("bot", -1, None),
        ("operator", 1, None),
    ]


def test_every_key_of_the_specification_is_told() -> None:
    assert list(section(*week())) == [
        "overall",
        "symbol",
        "sector",
        "regime",
        "timeframe",
        "symbol_timeframe",
        "direction",
        "strategy",
        "component_present",
        "component_strongest",
        "tag",
        "model_version",
        "confidence",
        "utc_hour",
        "time_of_day",
        "actor",
    ]


def test_rows_without_a_value_are_listed_last_and_a_key_that_none_has_is_empty() -> None:
    figures = section(closed("t1", 1.0, regime="trend"), closed("t2", 2.0))

    assert [(each["value"], each["pnl"]) for each in figures["regime"]] == [("trend", 1), (None, 2)]
    assert figures["sector"] == []


def test_a_trade_counts_under_each_of_its_components_and_tags_once() -> None:
    figures = section(
        closed("t1", 1.0, components='{"rsi":0.5,"trend":-0.7}', tags=["news", "news", "late"]),
        closed("t2", 2.0, components='{"rsi":0.1}', tags=[]),
    )

    assert [(each["value"], each["pnl"]) for each in figures["component_present"]] == [
        ("rsi", 3),
        ("trend", 1),
    ]
    assert [(each["value"], each["pnl"]) for each in figures["component_strongest"]] == [
        ("rsi", 2),
        ("trend", 1),
    ]
    assert [(each["value"], each["pnl"]) for each in figures["tag"]] == [("late", 1), ("news", 1), (None, 2)]


def test_many_trades_are_gone_through_by_dimension_and_few_at_once_with_the_same_figures(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    trades = [
        closed(
            f"t{number}",
            float(number % 7 - 3),
            number % 5,
            symbol="ETH/USD" if number % 2 else "BTC/USD",
            sector=(None, "defi", "")[number % 3],
            tags=(["news"], ["late", "news"], [])[number % 3],
            components=(None, '{"rsi":0.5,"trend":-0.7}')[number % 2],
        )
        for number in range(40)
    ]
    at_once = section(*trades)
    monkeypatch.setattr("untaken.projections.performance.figures.FEW", 0)

    assert section(*trades) == at_once
    assert {each["value"] for each in at_once["sector"]} == {None, "defi", ""}


def test_no_trades_and_no_signals_have_no_figures() -> None:
    figures = section()

    assert figures.pop("overall") is None
    assert all(value == [] for value in figures.values())


def test_figures_of_few_trades_are_null() -> None:
    overall = section(closed("t1", 1.0))["overall"]

    assert (overall["profit_factor"], overall["average_loss"]) == (None, None)
    assert (overall["sharpe"], overall["sharpe_lag_corrected"]) == (None, None)
    assert (overall["profit_factor_interval"], overall["sharpe_above_zero"]) == (None, None)
    assert (overall["least_track_record_days"], overall["drawdown_to_luck"]) == (None, None)


def value_of(expression: pl.Expr, **columns: Any) -> Any:
    return pl.DataFrame({name: [value] for name, value in columns.items()}).select(expression).item()


@pytest.mark.parametrize(
    ("confidence", "name"),
    [
        (0.0, "0.00"),
        (0.0499, "0.00"),
        (0.05, "0.05"),
        (0.6, "0.60"),
        (0.649999, "0.65"),
        (1.0, "0.95"),
        (None, None),
    ],
)
def test_confidence_falls_into_buckets_of_a_twentieth(confidence: float | None, name: str | None) -> None:
    frame = pl.DataFrame({"confidence": [confidence]}, schema={"confidence": pl.Float64()})

    assert frame.select(confidence_name()).item() == name


@pytest.mark.parametrize(
    ("utc", "part"),
    [
        (14 * 60 + 29, "open"),
        (14 * 60 + 30, "open"),
        (15 * 60 + 29, "open"),
        (15 * 60 + 30, "mid_morning"),
        (17 * 60, "lunch"),
        (18 * 60 + 30, "afternoon"),
        (20 * 60, "close"),
    ],
)
def test_parts_of_the_day_are_those_of_new_york_in_winter(utc: int, part: str) -> None:
    assert value_of(time_of_day(pl.col("at")), at=at(second=utc * 60)) == part


def test_parts_of_the_day_follow_summer_time_and_the_zone_asked_for() -> None:
    summer = at(day=182, second=14.5 * 3600)

    assert value_of(time_of_day(pl.col("at")), at=summer) == "mid_morning"
    assert value_of(time_of_day(pl.col("at"), "Europe/Berlin"), at=summer) == "close"


def test_the_hour_is_that_of_utc() -> None:
    assert value_of(utc_hour(pl.col("at")), at=at(second=9 * 3600 + 3599)) == "09"
    assert value_of(utc_hour(pl.col("at")), at=-1) == "23"


@pytest.mark.parametrize(
    ("components", "names", "strongest"),
    [
        ('{"rsi":0.7,"macd":-0.2}', ["rsi", "macd"], "rsi"),
        ('{"rsi":0.7,"macd":-1e1}', ["rsi", "macd"], "macd"),
        ('{"b":1,"a":-1}', ["b", "a"], "b"),
        ('{"with \\"quotes\\"":0}', ['with "quotes"'], 'with "quotes"'),
        ('{"a\\\\b":1.5}', ["a\\b"], "a\\b"),
        ('{"x:1,y":2}', ["x:1,y"], "x:1,y"),
        ("{}", [], None),
        (None, None, None),
    ],
)
def test_components_are_read_from_their_scores(
    components: str | None, names: list[str] | None, strongest: str | None
) -> None:
    frame = pl.DataFrame({"components": [components]}, schema={"components": pl.String()})
    found = frame.select(present=component_names(), strongest=strongest_component())

    assert found["present"].to_list() == [names]
    assert found["strongest"].to_list() == [strongest]


def test_the_zone_may_be_another() -> None:
    rows = trades_of(closed("t1", 1.0, minutes=0))
    table = performance("Asia/Tokyo").fold(rows).filter(dimension="time_of_day")

    assert table["value"].to_list() == ["close"]
    assert {dimension.name for dimension in signal_performance("Asia/Tokyo").dimensions} == {
        dimension.name for dimension in signal_dimensions()
    }
