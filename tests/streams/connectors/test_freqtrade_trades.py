"""A backtest's trades as signals, fills and closed trades, with what is not in the file left out."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.streams.connectors.builders import MARCH_4_S, imported, notes, order, result, result_file, trade
from untaken.schemas.base import Event
from untaken.schemas.events.executions import OrderFilled, TradeClosed
from untaken.schemas.events.market import ContextObserved
from untaken.schemas.events.runs import ImportCompleted, RunDeclared
from untaken.schemas.events.signals import ExitSignalled, SignalEmitted
from untaken.streams.connectors.report import ImportRefused

TEN = datetime(2024, 3, 4, 10, tzinfo=UTC)
HOUR = timedelta(hours=1)


def events(tmp_path: Path, *trades: dict[str, Any], **changes: Any) -> list[Event]:
    found, _ = imported(result_file(tmp_path / "result.json", Dip=result(*trades, **changes)))
    return found


def one(found: list[Event], kind: type[Any]) -> Any:
    chosen = [event for event in found if isinstance(event, kind)]
    assert len(chosen) == 1
    return chosen[0]


def test_a_strategy_is_a_run_of_mode_backtest(tmp_path: Path) -> None:
    found = events(tmp_path)
    declared = one(found, RunDeclared)

    assert {(event.bot, event.run, event.mode) for event in found} == {("Dip", declared.run, "backtest")}
    assert declared.run.startswith("backtest-")
    assert (declared.account_currency, declared.reference_capital, declared.software) == (
        "USDT",
        5000.0,
        "freqtrade",
    )
    assert found[0] is declared
    assert isinstance(found[-1], ImportCompleted)
    assert found[-1].counts == {"order.filled": 2, "run.declared": 1, "signal.emitted": 1, "trade.closed": 1}


def test_the_signal_is_derived_from_the_entry(tmp_path: Path) -> None:
    signal = one(events(tmp_path), SignalEmitted)

    assert (signal.at, signal.candle_at, signal.timeframe) == (TEN, TEN - timedelta(minutes=5), "5m")
    assert (signal.symbol, signal.strategy, signal.direction, signal.price) == (
        "AAA/USDT",
        "Dip",
        "long",
        100.0,
    )
    assert (signal.size, signal.leverage, signal.tags, signal.confidence) == (1000.0, 1.0, ["dip"], None)
    assert signal.meta == {"derived_from": "trade-1"}


def test_fills_and_the_closed_trade_carry_the_money_as_reported(tmp_path: Path) -> None:
    found = events(tmp_path, trade(profit_abs=-37.96))
    entry, leave = [event for event in found if isinstance(event, OrderFilled)]
    closed = one(found, TradeClosed)

    assert (entry.at, entry.side, entry.role, entry.price, entry.qty, entry.fee) == (
        TEN,
        "buy",
        "entry",
        100.0,
        10.0,
        1.0,
    )
    assert (leave.at, leave.side, leave.role, leave.price, leave.fee) == (
        TEN + HOUR,
        "sell",
        "exit",
        104.0,
        1.04,
    )
    assert {fill.signal_id for fill in (entry, leave)} == {closed.signal_id}
    assert (closed.pnl, closed.pnl_pct) == (-37.96, pytest.approx(3.7922))
    assert (closed.fees, closed.exit_reason, closed.entry_at, closed.exit_at) == (
        2.04,
        "roi",
        TEN,
        TEN + HOUR,
    )


def test_roi_steps_are_the_price_moves_at_which_the_net_profit_is_reached(tmp_path: Path) -> None:
    signal = one(events(tmp_path), SignalEmitted)

    # By hand: 1.041 / 0.999 and 1.011 / 0.999.
    assert signal.roi_steps == [[0.0, 4.2042042], [60.0, 1.2012012]]
    assert (signal.take_profit_pct, signal.stop_loss_pct, signal.trailing_stop_pct) == (0.0, 10.0, 0.0)


def test_a_leveraged_short_has_its_moves_divided_and_its_fees_on_the_other_side(tmp_path: Path) -> None:
    short = trade(is_short=True, leverage=5.0, close_rate=96.0, stake_amount=200.0)
    found = events(tmp_path, short)
    signal = one(found, SignalEmitted)

    # By hand: 1 less 0.991 / 1.001; four percent of the margin are 0.8 percent of the price.
    assert signal.roi_steps[0] == [0.0, 0.99900100]
    assert (signal.direction, signal.stop_loss_pct, signal.size, signal.leverage) == (
        "short",
        2.0,
        1000.0,
        5.0,
    )
    assert [event.side for event in found if isinstance(event, OrderFilled)] == ["sell", "buy"]


def test_a_plain_trailing_stop_follows_at_the_distance_of_the_stop(tmp_path: Path) -> None:
    signal = one(events(tmp_path, trailing_stop=True, trailing_stop_positive=None), SignalEmitted)

    assert signal.trailing_stop_pct == 10.0


def test_a_trailing_stop_with_an_offset_is_left_out_and_said(tmp_path: Path) -> None:
    path = result_file(
        tmp_path / "result.json",
        Dip=result(trailing_stop=True, trailing_stop_positive=0.003, trailing_stop_positive_offset=0.008),
    )
    found, report = imported(path)

    assert one(found, SignalEmitted).trailing_stop_pct is None
    assert "the trailing stop (positive 0.003, offset 0.008) starts only above an offset" in notes(report)


def test_orders_give_every_entry_and_exit(tmp_path: Path) -> None:
    orders = [
        order(price=100.0, amount=4.0),
        order(price=90.0, amount=6.0, after_s=600),
        order(entry=False, side="sell", price=100.0, amount=5.0, after_s=1800),
        order(entry=False, side="sell", price=110.0, amount=5.0, after_s=3600),
        {**order(price=80.0, after_s=900), "order_filled_timestamp": None},
    ]
    path = result_file(
        tmp_path / "result.json", Dip=result(trade(orders=orders, open_rate=94.0, close_rate=110.0))
    )
    found, report = imported(path)
    closed = one(found, TradeClosed)

    assert [(event.role, event.price, event.qty) for event in found if isinstance(event, OrderFilled)] == [
        ("entry", 100.0, 4.0), ("entry", 90.0, 6.0), ("exit", 100.0, 5.0), ("exit", 110.0, 5.0),
    ]  # fmt: skip
    assert (closed.entry_price, closed.exit_price, closed.qty) == (94.0, 105.0, 10.0)
    assert one(found, SignalEmitted).size == 400.0
    assert "1 trade added to after the entry" in notes(report)
    assert "1 trade closed in parts" in notes(report)


def test_an_open_trade_stays_open(tmp_path: Path) -> None:
    found = events(
        tmp_path, trade(is_open=True, close_timestamp=None, close_date=None, close_rate=None, profit_abs=None)
    )

    assert [event.role for event in found if isinstance(event, OrderFilled)] == ["entry"]
    assert not any(isinstance(event, TradeClosed) for event in found)


@pytest.mark.parametrize(
    ("reason", "expected"), [("exit_signal", 1), ("macd_cross_down", 1), ("roi", 0), ("force_exit", 0)]
)
def test_a_strategy_that_wanted_to_leave_is_an_exit_signal(
    tmp_path: Path, reason: str, expected: int
) -> None:
    found = [
        event for event in events(tmp_path, trade(exit_reason=reason)) if isinstance(event, ExitSignalled)
    ]

    assert [(event.at, event.reason, event.direction) for event in found] == [
        (TEN + HOUR, reason, "long")
    ] * expected


def test_locks_are_outside_readings_whose_value_is_their_end(tmp_path: Path) -> None:
    lock = {
        "lock_timestamp": MARCH_4_S * 1000,
        "lock_end_timestamp": (MARCH_4_S + 600) * 1000,
        "reason": "StoplossGuard",
    }
    found = events(
        tmp_path, locks=[{**lock, "pair": "AAA/USDT", "side": "long"}, {**lock, "pair": "*", "side": "*"}]
    )
    observed = [event for event in found if isinstance(event, ContextObserved)]

    assert [(event.name, event.symbol, event.value) for event in observed] == [
        ("freqtrade.lock", "AAA/USDT", MARCH_4_S + 600.0),
        ("freqtrade.lock", None, MARCH_4_S + 600.0),
    ]
    assert observed[0].meta == {"reason": "StoplossGuard", "side": "long", "guard": "pair_lock"}
    assert observed[1].meta == {"reason": "StoplossGuard", "side": "*", "guard": "pair_lock"}


def test_float_stamps_old_names_and_dates_alone_are_read(tmp_path: Path) -> None:
    old = trade(enter_tag=None, buy_tag="old", open_timestamp=float(MARCH_4_S * 1000), orders=None)
    del old["is_short"], old["leverage"], old["close_timestamp"]
    old["sell_reason"] = old.pop("exit_reason")
    found = events(tmp_path, {**old, "close_date": "2024-03-04 11:00:00"})

    assert one(found, SignalEmitted).tags == ["old"]
    assert (one(found, TradeClosed).exit_at, one(found, TradeClosed).exit_reason) == (TEN + HOUR, "roi")


def test_bot_and_aliases_may_be_given(tmp_path: Path) -> None:
    found, _ = imported(result_file(tmp_path / "result.json"), bot="mine", aliases={"AAA/USDT": "AAA/USD"})
    signal = one(found, SignalEmitted)

    assert (signal.bot, signal.strategy, signal.symbol) == ("mine", "Dip", "AAA/USD")
    assert signal.meta == {"derived_from": "trade-1", "reported_symbol": "AAA/USDT"}


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"pair": None}, "it has no pair"),
        ({"open_rate": None}, "it has no open_rate"),
        ({"open_rate": float("nan")}, "it has no open_rate"),
        ({"open_rate": -3.0}, "its price was -3.0"),
        ({"amount": 0.0}, "its qty was 0.0"),
        ({"open_timestamp": None, "open_date": None}, "it has no open_timestamp"),
        ({"open_timestamp": 1e30}, "its open_timestamp is no time"),
        ({"open_timestamp": None, "open_date": "soon"}, "its open_timestamp is no time"),
        ({"open_timestamp": 5000}, "lies outside the years"),
        ({"orders": [order(side="hold")]}, "neither buy nor sell"),
        ({"profit_abs": 1e300}, "its pnl was 1e+300"),
    ],
)
def test_a_trade_that_is_none_is_refused_and_the_others_are_taken(
    tmp_path: Path, changes: dict[str, Any], reason: str
) -> None:
    found, report = imported(
        result_file(tmp_path / "result.json", Dip=result(trade(), trade(**changes), trade()))
    )

    assert sum(isinstance(event, SignalEmitted) for event in found) == 2
    assert report.refused == 1
    assert reason in notes(report)
    assert "(first: trade 2)" in notes(report)


def test_importing_twice_gives_the_same_events(tmp_path: Path) -> None:
    first, second = events(tmp_path), events(tmp_path)

    assert first == second
    assert len({event.id for event in first}) == len(first)


def test_another_result_is_another_run(tmp_path: Path) -> None:
    first = events(tmp_path)
    second = events(tmp_path, trade(), trade(pair="BBB/USDT"))

    assert first[0].run != second[0].run


def test_the_report_says_what_a_result_cannot_tell(tmp_path: Path) -> None:
    doubtful = result(
        trade(profit_abs=3.0, exit_reason="force_exit", close_timestamp=(MARCH_4_S + 200_000) * 1000),
        rejected_signals=7,
        enable_protections=True,
        use_custom_stoploss=True,
        exit_profit_only=True,
        timedout_entry_orders=2,
        minimal_roi=None,
    )
    _, report = imported(result_file(tmp_path / "result.json", Dip=doubtful))
    said = notes(report)

    assert "no guard can be judged from it" in said
    assert "7 signals found no free slot" in said
    assert "protections were on" in said
    assert "timedout_entry_orders 2" in said
    assert "custom_stoploss" in said
    assert "exit_profit_only" in said
    assert "no readable ROI table" in said
    assert "1 of 1 trade lasted longer than 24 h" in said
    assert "1 trade closed by the end of the backtest" in said
    assert "in 1 of 1 trade;" in said
    assert "shadow.fee_bps = 10" in said
    assert report.sources[0].figures["matching_fee_bps"] == 10.0


def test_locks_that_cannot_be_read_do_not_lose_the_trades(tmp_path: Path) -> None:
    found, report = imported(
        result_file(tmp_path / "result.json", Dip=result(locks=[{"pair": "AAA/USDT"}, 3]))
    )

    assert any(isinstance(event, TradeClosed) for event in found)
    assert "its pair locks cannot be read" in notes(report)


def test_a_strategy_that_cannot_be_declared_is_refused_with_the_reason(tmp_path: Path) -> None:
    with pytest.raises(ImportRefused, match="strategy 'Dip': its stop_loss_pct was 1000100"):
        imported(result_file(tmp_path / "result.json", Dip=result(stoploss=10_001)))


def test_a_result_without_a_trade_takes_nothing(tmp_path: Path) -> None:
    path = result_file(tmp_path / "result.json", Dip={**result(), "trades": []})
    found, report = imported(path)

    assert found == []
    assert "no trade in this result; nothing was taken" in notes(report)
