"""Trades databases of freqtrade as signals, fills, closed trades and locks."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.streams.connectors.builders import notes, taken
from tests.streams.connectors.databases import (
    MINUTE,
    TEN,
    Row,
    database,
    lock_row,
    open_trade,
    order_row,
    stamp,
    trade_row,
    whole_trade,
)
from untaken.schemas.base import Event
from untaken.schemas.events.executions import OrderFilled, TradeClosed
from untaken.schemas.events.market import ContextObserved
from untaken.schemas.events.runs import ImportCompleted, RunDeclared
from untaken.schemas.events.signals import ExitSignalled, SignalEmitted
from untaken.streams.connectors.freqtrade import read_database
from untaken.streams.connectors.report import ImportRefused, ImportReport

SECOND = timedelta(seconds=1)


def read(folder: Path, *parts: tuple[list[Row], list[Row]], **more: Any) -> tuple[list[Event], ImportReport]:
    trades = [row for rows, _ in parts for row in rows]
    orders = [row for _, rows in parts for row in rows]
    return taken(read_database(database(folder / "tradesv3.sqlite", trades, orders, **more)))


def of(found: list[Event], kind: type[Any]) -> list[Any]:
    return [event for event in found if isinstance(event, kind)]


def test_a_closed_trade_is_a_signal_two_fills_and_an_outcome(tmp_path: Path) -> None:
    found, _ = read(tmp_path, whole_trade())
    (signal,), (closed,) = of(found, SignalEmitted), of(found, TradeClosed)

    assert [event.type for event in found] == [
        "run.declared", "signal.emitted", "order.filled", "order.filled", "trade.closed", "import.completed",
    ]  # fmt: skip
    assert (signal.at, signal.price, signal.size, signal.stop_loss_pct) == (TEN, 99.9, 1000.0, 10.0)
    assert (signal.strategy, signal.timeframe, signal.tags, signal.candle_at) == ("Dip", "5m", ["dip"], None)
    assert [(fill.at, fill.role, fill.price, fill.fee) for fill in of(found, OrderFilled)] == [
        (TEN + 2 * SECOND, "entry", 100.0, 1.0),
        (TEN + 60 * MINUTE + 2 * SECOND, "exit", 104.0, 1.04),
    ]
    assert (closed.pnl, closed.pnl_pct, closed.exit_reason) == (37.96, pytest.approx(3.7922), "roi")
    assert {event.signal_id for event in found if hasattr(event, "signal_id")} == {"signal-1"}


def test_bot_run_and_mode_are_named_by_what_stays_while_the_database_grows(tmp_path: Path) -> None:
    first, _ = read(tmp_path, whole_trade())
    later, _ = read(tmp_path, whole_trade(), open_trade())

    assert {(event.bot, event.run, event.mode) for event in first} == {("Dip", first[0].run, "paper")}
    assert {(event.bot, event.run) for event in later} == {("Dip", first[0].run)}
    assert first[0].run.startswith("database-")


def test_a_database_before_the_bots_start_was_kept_has_the_same_run_as_after(tmp_path: Path) -> None:
    (tmp_path / "old").mkdir()
    older, _ = read(tmp_path / "old", whole_trade(), without=["KeyValueStore"])
    kept = {"id": 1, "key": "bot_start_time", "value_type": "datetime", "datetime_value": stamp(0 * MINUTE)}
    newer, _ = read(tmp_path, whole_trade(), values=[kept])

    assert older[0].run == newer[0].run


def test_real_orders_are_of_a_live_bot(tmp_path: Path) -> None:
    found, _ = read(
        tmp_path, ([trade_row()], [order_row(1, order_id="8812"), order_row(2, side="sell", order_id="8813")])
    )

    assert {event.mode for event in found} == {"live"}
    assert [fill.order_id for fill in of(found, OrderFilled)] == ["8812", "8813"]


def test_added_entries_and_partial_exits_are_fills_of_one_trade(tmp_path: Path) -> None:
    orders = [
        order_row(1, price=100.0, average=100.0, filled=4.0),
        order_row(2, after=5 * MINUTE, price=90.0, average=90.0, filled=6.0),
        order_row(3, after=7 * MINUTE, status="canceled", filled=0.0, order_filled_date=None),
        order_row(4, side="sell", after=30 * MINUTE, average=100.0, filled=5.0),
        order_row(5, side="sell", after=60 * MINUTE, average=110.0, filled=5.0),
    ]
    found, report = read(tmp_path, ([trade_row(open_rate=94.0, close_rate=110.0)], orders))
    (closed,) = of(found, TradeClosed)

    assert [(fill.role, fill.price, fill.qty) for fill in of(found, OrderFilled)] == [
        ("entry", 100.0, 4.0), ("entry", 90.0, 6.0), ("exit", 100.0, 5.0), ("exit", 110.0, 5.0),
    ]  # fmt: skip
    assert (closed.entry_price, closed.exit_price, closed.qty) == (94.0, 105.0, 10.0)
    assert of(found, SignalEmitted)[0].size == 400.0
    assert "1 trade added to after the entry" in notes(report)
    assert "1 trade closed in parts" in notes(report)


def test_a_leveraged_short_sells_first_and_keeps_its_funding(tmp_path: Path) -> None:
    short = trade_row(
        is_short=1,
        leverage=5.0,
        stake_amount=200.0,
        close_rate=96.0,
        funding_fees=-1.5,
        trading_mode="FUTURES",
    )
    orders = [order_row(1, side="sell"), order_row(2, side="buy", after=60 * MINUTE, average=96.0)]
    found, _ = read(tmp_path, ([short], orders))
    (signal,), (closed,) = of(found, SignalEmitted), of(found, TradeClosed)

    assert [(fill.side, fill.role) for fill in of(found, OrderFilled)] == [("sell", "entry"), ("buy", "exit")]
    assert (signal.direction, signal.leverage, signal.size, signal.stop_loss_pct) == (
        "short",
        5.0,
        1000.0,
        2.0,
    )
    assert (closed.direction, closed.funding, closed.leverage) == ("short", 1.5, 5.0)


def test_a_stop_at_the_exchange_is_an_exit(tmp_path: Path) -> None:
    orders = [order_row(1), order_row(2, side="stoploss", after=60 * MINUTE, average=90.0)]
    found, _ = read(tmp_path, ([trade_row(exit_reason="stoploss_on_exchange", close_rate=90.0)], orders))

    assert [(fill.side, fill.role) for fill in of(found, OrderFilled)] == [("buy", "entry"), ("sell", "exit")]


def test_an_open_trade_has_a_signal_and_an_entry_and_no_outcome(tmp_path: Path) -> None:
    found, report = read(tmp_path, open_trade())

    assert [fill.role for fill in of(found, OrderFilled)] == ["entry"]
    assert not of(found, TradeClosed)
    assert "1 trade still open, without a result" in notes(report)


def test_an_order_that_waits_for_its_fill_is_no_trade_yet(tmp_path: Path) -> None:
    rows, (order,) = open_trade()
    waiting = {**order, "ft_is_open": 1, "status": "open", "filled": 3.0, "order_filled_date": None}
    found, report = read(tmp_path, whole_trade(), (rows, [waiting]))

    assert {fill.trade_id for fill in of(found, OrderFilled)} == {"trade-1"}
    assert "1 trade not entered yet, the order is open: taken up at a later import" in notes(report)


def test_a_trade_that_was_closed_without_an_order_ends_as_its_row_says(tmp_path: Path) -> None:
    found, _ = read(tmp_path, ([trade_row()], [order_row(1)]))

    assert [(fill.role, fill.price) for fill in of(found, OrderFilled)] == [("entry", 100.0), ("exit", 104.0)]


def test_a_trade_entered_by_hand_has_no_signal(tmp_path: Path) -> None:
    rows, orders = whole_trade()
    found, report = read(
        tmp_path, ([{**rows[0], "enter_tag": "force_entry", "exit_reason": "force_exit"}], orders)
    )

    assert not of(found, SignalEmitted)
    assert [(fill.signal_id, fill.actor) for fill in of(found, OrderFilled)] == [(None, "operator")] * 2
    assert of(found, TradeClosed)[0].signal_id is None
    assert "1 trade entered by hand (force_entry)" in notes(report)


def test_the_strategys_own_exit_is_signalled_when_its_order_was_placed(tmp_path: Path) -> None:
    rows, orders = whole_trade()
    found, _ = read(tmp_path, ([{**rows[0], "exit_reason": "macd_down"}], orders))
    (wish,) = of(found, ExitSignalled)

    assert (wish.at, wish.reason) == (TEN + 60 * MINUTE, "macd_down")


@pytest.mark.parametrize(
    ("reason", "guard"),
    [
        ("2 stoplosses in 60 min, locking for 60 min.", "StoplossGuard"),
        ("4 stoplosses in 24 candles, locking until 08:00.", "StoplossGuard"),
        ("Cooldown period for 5 candles.", "CooldownPeriod"),
        ("-0.0213 < 0.02 in 360 min, locking for 60 min.", "LowProfitPairs"),
        ("0.2134 passed 0.2 in 48 candles, locking for 12 candles.", "MaxDrawdown"),
        ("Auto lock", "auto_lock"),
        ("Auto lock of mine", "pair_lock"),
        ("news at noon", "pair_lock"),
        (None, "pair_lock"),
    ],
)
def test_a_lock_names_its_guard_only_where_freqtrade_wrote_the_reason(
    tmp_path: Path, reason: str | None, guard: str
) -> None:
    found, _ = read(tmp_path, whole_trade(), locks=[lock_row(reason=reason)])
    (lock,) = of(found, ContextObserved)

    assert (lock.at, lock.symbol, lock.value) == (
        TEN + 60 * MINUTE,
        "AAA/USDT",
        (TEN + 120 * MINUTE).timestamp(),
    )
    assert (lock.meta or {})["guard"] == guard


def test_without_signals_no_lock_is_a_blocker_and_the_report_says_so(tmp_path: Path) -> None:
    found, report = read(tmp_path, whole_trade(), locks=[lock_row()])

    assert not [event for event in found if event.type == "decision.made"]
    assert "what it did not take, and why, is not in it; its 1 pair lock became readings" in notes(report)


def test_guards_are_declared_with_their_kinds(tmp_path: Path) -> None:
    found, _ = read(tmp_path, whole_trade())
    (declared,) = of(found, RunDeclared)

    assert declared.account_currency == "USDT"
    assert declared.guards["StoplossGuard"].kind == "portfolio"
    assert declared.guards["pair_lock"].kind is None


def test_a_database_of_2021_counts_as_spot_longs_and_says_what_it_lacks(tmp_path: Path) -> None:
    older = [
        "exit_reason=sell_reason", "enter_tag=buy_tag", "leverage", "is_short", "funding_fees", "trading_mode",
        "interest_rate", "record_version", "max_stake_amount", "realized_profit", "KeyValueStore",
    ]  # fmt: skip
    found, report = read(tmp_path, whole_trade(), without=older)

    assert of(found, TradeClosed)[0].exit_reason == "roi"
    assert (of(found, SignalEmitted)[0].direction, of(found, SignalEmitted)[0].tags) == ("long", ["dip"])
    assert (
        "the database of an older freqtrade lacks columns: trades count as spot trades without leverage; "
        "all trades count as longs; funding is unknown"
    ) in notes(report)


def test_a_database_without_orders_takes_the_trades_word(tmp_path: Path) -> None:
    path = database(tmp_path / "old.sqlite", [trade_row()], without=["orders", "pairlocks"])
    found, report = taken(read_database(path, mode="live"))

    assert [fill.at for fill in of(found, OrderFilled)] == [TEN, TEN + 60 * MINUTE]
    assert "has no orders: each trade counts as one entry and one exit" in notes(report)
    assert "has no pair locks" in notes(report)


def test_a_trade_that_cannot_be_read_is_refused_by_its_id_and_the_others_are_taken(tmp_path: Path) -> None:
    rows, orders = whole_trade()
    broken = trade_row(2, open_date="yesterday")
    senseless = trade_row(3, pair="BBB/USDT", open_rate=-1.0, close_rate=-1.0)
    found, report = read(tmp_path, ([*rows, broken, senseless], orders))

    assert [closed.trade_id for closed in of(found, TradeClosed)] == ["trade-1"]
    assert "1 refused: its open_date was 'yesterday', which is no time (first: trade 2)" in notes(report)
    assert "(first: trade 3)" in notes(report)


def test_an_import_ends_with_how_far_it_came(tmp_path: Path) -> None:
    found, _ = read(tmp_path, whole_trade(), open_trade(), locks=[lock_row(7)])
    (done,) = of(found, ImportCompleted)

    assert (done.meta or {})["cursor"] == {"trades": 2, "locks": 7, "again": {"2": 1}}


def test_one_database_has_one_stake_currency(tmp_path: Path) -> None:
    rows, orders = whole_trade()
    other = trade_row(2, pair="AAA/BTC", stake_currency="BTC")

    with pytest.raises(ImportRefused, match="must be of one stake currency, found were BTC, USDT"):
        read(tmp_path, ([*rows, other], orders))


def test_dry_and_real_orders_in_one_database_ask_for_the_mode(tmp_path: Path) -> None:
    orders = [order_row(1), order_row(2, side="sell", order_id="8812")]
    path = database(tmp_path / "mixed.sqlite", [trade_row()], orders)

    with pytest.raises(ImportRefused, match="1 orders are of a dry run and 1 are real"):
        read_database(path)
    assert {event.mode for event in taken(read_database(path, mode="paper"))[0]} == {"paper"}


def test_a_database_that_tells_nothing_of_real_money_asks_for_the_mode(tmp_path: Path) -> None:
    path = database(tmp_path / "old.sqlite", [trade_row()], without=["orders"])

    with pytest.raises(ImportRefused, match="say it: --mode live or --mode paper"):
        read_database(path)
