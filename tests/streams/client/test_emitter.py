"""What a bot reports is what the log holds."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from enum import Enum
from pathlib import Path
from threading import Thread
from typing import Any, get_type_hints

import numpy as np
import pytest

from tests.streams.client.builders import NOON, WAIT_S, Ticking, emitter, events_of, ids_of
from tests.streams.logs.builders import START_US
from untaken.schemas.base import Event
from untaken.schemas.events.decisions import DecisionMade, SignalExpired, Snapshot
from untaken.schemas.events.executions import OrderFilled, TradeClosed
from untaken.schemas.events.market import ClockTicked, ContextObserved, MarketBar, MarketQuote
from untaken.schemas.events.runs import RunDeclared
from untaken.schemas.events.signals import ExitSignalled, SignalEmitted
from untaken.streams.client import Emitter, EmitterClosed, InvalidEvent, fields
from untaken.streams.client.identity import Ids
from untaken.streams.logs import NotALog, UnknownLogUrl
from untaken.streams.logs.memory import MemoryLog


@pytest.fixture
def log() -> MemoryLog:
    return MemoryLog(Ticking())


@pytest.fixture
def bot(log: MemoryLog) -> Iterator[Emitter]:
    with emitter(log, run="one") as made:
        yield made


def only_event(log: MemoryLog, bot: Emitter) -> Event:
    assert bot.flush(WAIT_S)
    (event,) = events_of(log)
    return event


def test_a_signal_reaches_the_log_and_its_receipt_says_where(log: MemoryLog, bot: Emitter) -> None:
    receipt = bot.signal(
        "BTC/USDT", "breakout", "long", 64_000.5, signal_id="s1", confidence=0.7, tags=("a",)
    )

    assert receipt.wait(WAIT_S) == 1
    assert (receipt.state, receipt.done, receipt.offset) == ("delivered", True, 1)
    event = only_event(log, bot)
    assert isinstance(event, SignalEmitted)
    assert (event.bot, event.run, event.mode, event.id) == ("demo", "one", "live", receipt.id)
    assert (event.symbol, event.strategy, event.direction) == ("BTC/USDT", "breakout", "long")
    assert (event.price, event.confidence, event.tags) == (64_000.5, 0.7, ["a"])
    assert START_US / 1e6 < event.at.timestamp() < START_US / 1e6 + 60


def test_decisions_refer_to_the_receipt_of_their_signal(log: MemoryLog, bot: Emitter) -> None:
    signal = bot.signal("BTC/USDT", "breakout", "long", 64_000.5, signal_id="s1")
    bot.approve(signal, "spread", seq=1, kind="market", value=1.0, threshold=2.0, comparison="<=")
    bot.block(
        signal,
        "slots",
        seq=2,
        attempt=3,
        kind="portfolio",
        reason_code="max_positions",
        reason="3 of 3 open",
        snapshot={"price": 64_001.0, "bid": 64_000.0, "ask": 64_002.0},
        final=True,
        chain_complete=True,
    )

    assert bot.flush(WAIT_S)
    _, approved, blocked = events_of(log)
    assert isinstance(approved, DecisionMade)
    assert isinstance(blocked, DecisionMade)
    assert (approved.signal_id, approved.symbol, approved.guard, approved.verdict) == (
        "s1",
        "BTC/USDT",
        "spread",
        "approved",
    )
    assert (approved.value, approved.threshold, approved.comparison) == (1.0, 2.0, "<=")
    assert (blocked.verdict, blocked.attempt, blocked.final, blocked.chain_complete) == (
        "blocked",
        3,
        True,
        True,
    )
    assert blocked.snapshot == Snapshot(price=64_001.0, bid=64_000.0, ask=64_002.0)


def test_a_signal_may_be_named_by_its_id_and_symbol(log: MemoryLog, bot: Emitter) -> None:
    bot.expire("s1", symbol="BTC/USDT", reason="too late")

    assert only_event(log, bot) == SignalExpired(
        id=ids_of(log)[0],
        at=only_event(log, bot).at,
        bot="demo",
        run="one",
        signal_id="s1",
        symbol="BTC/USDT",
        reason="too late",
    )


def test_an_id_without_a_symbol_is_a_mistake_of_the_bot(bot: Emitter) -> None:
    with pytest.raises(InvalidEvent, match="DecisionMade: symbol is missing"):
        bot.block("s1", "spread")


def test_fills_and_trades_are_reported(log: MemoryLog, bot: Emitter) -> None:
    bot.fill(
        "t1", "BTC/USDT", side="buy", role="entry", price=64_000, qty=0.5, fee=1.5, signal_id="s1", at=NOON
    )
    bot.trade_closed(
        "t1",
        "BTC/USDT",
        "long",
        entry_at=NOON,
        exit_at=NOON + timedelta(hours=1),
        entry_price=64_000.0,
        exit_price=64_100.0,
        qty=0.5,
        pnl=47.0,
        pnl_pct=0.15,
        exit_reason="roi",
    )

    assert bot.flush(WAIT_S)
    fill, trade = events_of(log)
    assert isinstance(fill, OrderFilled)
    assert isinstance(trade, TradeClosed)
    assert (fill.trade_id, fill.side, fill.role, fill.price, fill.qty, fill.fee) == (
        "t1",
        "buy",
        "entry",
        64_000.0,
        0.5,
        1.5,
    )
    assert trade.at == trade.exit_at == NOON + timedelta(hours=1)
    assert (trade.pnl, trade.exit_reason) == (47.0, "roi")


def test_a_bar_happens_when_it_closes_and_belongs_to_no_run(log: MemoryLog, bot: Emitter) -> None:
    bot.bar("BTC/USDT", "5m", NOON, open=1.0, high=3.0, low=0.5, close=2.0, volume=7.0, source="binance")

    event = only_event(log, bot)
    assert isinstance(event, MarketBar)
    assert (event.open_at, event.at) == (NOON, NOON + timedelta(minutes=5))
    assert (event.bot, event.run) == ("demo", "default")
    assert (event.open, event.high, event.low, event.close, event.source) == (1.0, 3.0, 0.5, 2.0, "binance")


def test_the_close_of_a_monthly_bar_must_be_said(log: MemoryLog, bot: Emitter) -> None:
    with pytest.raises(InvalidEvent, match="close time of a monthly bar"):
        bot.bar("BTC/USDT", "1M", NOON, open=1.0, high=3.0, low=0.5, close=2.0)
    with pytest.raises(InvalidEvent, match="interval"):
        bot.bar("BTC/USDT", "5 minutes", NOON, open=1.0, high=3.0, low=0.5, close=2.0)
    bot.bar("BTC/USDT", "1M", NOON, open=1.0, high=3.0, low=0.5, close=2.0, at=NOON + timedelta(days=31))

    assert only_event(log, bot).at == NOON + timedelta(days=31)


def test_the_rest_of_what_a_bot_sees_is_reported(log: MemoryLog, bot: Emitter) -> None:
    bot.quote("BTC/USDT", 64_000.0, 64_001.0, last=64_000.5)
    bot.exit_signal("BTC/USDT", "breakout", "long", reason="trend over")
    bot.context("funding_rate", 0.0001, symbol="BTC/USDT")
    bot.clock(NOON)

    assert bot.flush(WAIT_S)
    quote, leaving, context, clock = events_of(log)
    assert isinstance(quote, MarketQuote)
    assert isinstance(leaving, ExitSignalled)
    assert isinstance(context, ContextObserved)
    assert isinstance(clock, ClockTicked)
    assert [event.run for event in (quote, leaving, context, clock)] == [
        "default",
        "one",
        "default",
        "default",
    ]
    assert clock.at == NOON


def test_an_event_made_elsewhere_keeps_its_own_bot_and_run(log: MemoryLog, bot: Emitter) -> None:
    event = ClockTicked(id="c1", at=NOON, bot="feed", run="other")
    bot.emit(event)

    assert only_event(log, bot) == event


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        ({"confidense": 0.7}, "confidense is not a field: did you mean 'confidence'"),
        ({"confidence": 7.0}, "confidence was 7"),
        ({"confidence": float("nan")}, "confidence was nan"),
        ({"price": -1.0}, "price was -1"),
        ({"price": "64000"}, "price was '64000'"),
        ({"direction": "up"}, "direction was 'up'"),
        ({"at": datetime(2024, 3, 4)}, "at"),  # noqa: DTZ001 - what is tested
        ({"candle_at": "yesterday"}, "candle_at"),
        ({"symbol": ""}, "symbol was ''"),
        ({"meta": {"deep": object()}}, "meta"),
    ],
)
def test_a_mistake_in_an_event_is_raised_where_it_was_made(
    log: MemoryLog, bot: Emitter, more: dict[str, Any], sentence: str
) -> None:
    given = {"symbol": "BTC/USDT", "strategy": "breakout", "direction": "long", "price": 64_000.0}

    with pytest.raises(InvalidEvent, match=sentence):
        bot.signal(**{**given, **more})
    assert bot.flush(WAIT_S)
    assert events_of(log) == []


class Side(Enum):
    """As freqtrade names directions."""

    LONG = "long"


class Timestamp(datetime):
    """As pandas subclasses datetimes."""


def test_values_of_numpy_decimal_pandas_and_enumerations_are_taken(log: MemoryLog, bot: Emitter) -> None:
    bot.signal(
        "BTC/USDT",
        "breakout",
        Side.LONG,  # type: ignore[arg-type]
        np.float64(64_000.5),
        confidence=np.float32(0.5),  # type: ignore[arg-type]
        size=Decimal("1000.10"),  # type: ignore[arg-type]
        leverage=np.int64(3),  # type: ignore[arg-type]
        candle_at=Timestamp(2024, 3, 4, 12, tzinfo=UTC),
        features={"rsi": np.float64(30.5), "flags": np.int32(1)},  # type: ignore[dict-item]
        roi_steps=np.array([[0, 2.0], [60, 1.0]]),  # type: ignore[arg-type]
        meta={"seen": [np.bool_(1), np.int64(7)], "when": "now"},
    )

    event = only_event(log, bot)
    assert isinstance(event, SignalEmitted)
    assert (event.direction, event.price, event.confidence, event.size) == ("long", 64_000.5, 0.5, 1000.10)
    assert (event.leverage, event.candle_at) == (3.0, NOON)
    assert event.features == {"rsi": 30.5, "flags": 1.0}
    assert event.roi_steps == [[0.0, 2.0], [60.0, 1.0]]
    assert event.meta == {"seen": [True, 7], "when": "now"}


def test_what_the_bot_changes_after_emitting_changes_nothing(log: MemoryLog, bot: Emitter) -> None:
    meta: dict[str, Any] = {"deep": {"list": [1]}}
    features = {"rsi": 30.0}
    receipt = bot.signal("BTC/USDT", "breakout", "long", 64_000.0, meta=meta, features=features)
    meta["deep"]["list"].append(object())
    features["rsi"] = 99.0

    assert receipt.wait(WAIT_S)
    event = only_event(log, bot)
    assert isinstance(event, SignalEmitted)
    assert (event.meta, event.features) == ({"deep": {"list": [1]}}, {"rsi": 30.0})


def test_a_signal_that_stands_keeps_its_derived_id_and_another_candle_gets_another(bot: Emitter) -> None:
    def id_of(minute: int = 0, **more: Any) -> str:
        given = {"symbol": "BTC/USDT", "strategy": "breakout", "direction": "long", "price": 64_000.0}
        given |= {"at": NOON + timedelta(minutes=minute), "timeframe": "5m"}
        return bot.signal(**{**given, **more}).signal_id

    assert id_of(0) == id_of(4) == id_of(4, price=64_001.0) == id_of(9, candle_at=NOON)
    others = {id_of(5), id_of(0, direction="short"), id_of(0, strategy="other"), id_of(0, symbol="ETH/USDT")}
    assert len({id_of(0)} | others) == 5
    assert id_of(1, timeframe="five minutes") != id_of(2, timeframe="five minutes")
    assert id_of(0, signal_id="mine") == "mine"


def test_declared_aliases_are_applied_and_the_reported_name_is_kept(log: MemoryLog, bot: Emitter) -> None:
    bot.bar("BTCUSDT", "5m", NOON, open=1.0, high=3.0, low=0.5, close=2.0)
    bot.declare("USDT", symbols={"BTCUSDT": "BTC/USDT"}, strategies={"breakout": {"stop_loss_pct": 2.0}})
    signal = bot.signal("BTCUSDT", "breakout", "long", 64_000.0, meta={"note": "kept"}, signal_id="s1")
    bot.block(signal, "spread")
    bot.emit(SignalExpired(id="e1", at=NOON, bot="demo", run="one", signal_id="s1", symbol="BTCUSDT"))
    bot.bar("ETHUSDT", "5m", NOON, open=1.0, high=3.0, low=0.5, close=2.0)

    assert bot.flush(WAIT_S)
    before, declared, *after, other = events_of(log)
    assert isinstance(before, MarketBar)
    assert isinstance(other, MarketBar)
    assert isinstance(declared, RunDeclared)
    assert (before.symbol, before.meta) == ("BTCUSDT", None)
    assert declared.symbols == {"BTCUSDT": "BTC/USDT"}
    assert [getattr(event, "symbol", None) for event in after] == ["BTC/USDT"] * 3
    assert [getattr(event, "meta", None) for event in after] == [
        {"note": "kept", "reported_symbol": "BTCUSDT"},
        {"reported_symbol": "BTCUSDT"},
        {"reported_symbol": "BTCUSDT"},
    ]
    assert (other.symbol, other.meta) == ("ETHUSDT", None)


def test_a_derived_signal_id_is_that_of_the_real_symbol(bot: Emitter) -> None:
    direct = bot.signal("BTC/USDT", "breakout", "long", 64_000.0, candle_at=NOON)
    bot.declare("USDT", symbols={"BTCUSDT": "BTC/USDT"})
    aliased = bot.signal("BTCUSDT", "breakout", "long", 64_000.0, candle_at=NOON)

    assert aliased.signal_id == direct.signal_id


def test_backfill_is_marked_in_the_log(log: MemoryLog) -> None:
    with emitter(log, backfill=True) as bot:
        bot.clock()

    assert log.read({}, 1).frame["backfill"].to_list() == [True]


def test_leaving_the_with_block_delivers_everything(log: MemoryLog) -> None:
    with emitter(log) as bot:
        receipts = [bot.clock() for _ in range(100)]

    assert [receipt.offset for receipt in receipts] == list(range(1, 101))
    assert bot.metrics.delivered == 100
    bot.close()


def test_a_closed_emitter_says_so(log: MemoryLog) -> None:
    bot = emitter(log)
    bot.close()

    with pytest.raises(EmitterClosed):
        bot.clock()


def test_threads_may_share_an_emitter(log: MemoryLog, bot: Emitter) -> None:
    threads = [Thread(target=lambda: [bot.clock() for _ in range(200)]) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert bot.flush(WAIT_S)
    assert len(set(ids_of(log))) == 800


def test_ids_rise_within_a_process_whatever_its_clock_does() -> None:
    times = iter([10_000_000, 10_000_000, 9_000_000, 10_000_001, 20_000_000, *[5] * 995])
    ids = Ids(lambda: next(times))

    made = [ids.next() for _ in range(1_000)]
    assert made == sorted(set(made))


def test_the_run_is_made_once_and_kept_beside_the_log(tmp_path: Path) -> None:
    path = tmp_path / "bot.db"
    with Emitter(path, "demo") as first, Emitter(f"sqlite:///{path}", "other") as second:
        runs = {first.run, second.run}
    with Emitter(path, "demo") as again, Emitter(path, "demo", run="mine") as named:
        assert runs == {again.run} == {(tmp_path / "bot.db.run").read_text().strip()}
        assert named.run == "mine"


def test_a_log_in_memory_has_the_default_run() -> None:
    with emitter() as bot:
        assert bot.run == "default"


def test_what_only_a_person_can_put_right_is_raised_at_the_start(tmp_path: Path) -> None:
    candles = tmp_path / "candles.db"
    candles.write_text("date,open,high,low,close\n" * 10)

    with pytest.raises(NotALog):
        Emitter(candles, "demo")
    with pytest.raises(UnknownLogUrl):
        Emitter("kafka://localhost", "demo")
    with pytest.raises(InvalidEvent, match="bot was ''"):
        emitter(bot="")
    with pytest.raises(InvalidEvent, match="mode was 'real'"):
        emitter(mode="real")


@pytest.mark.parametrize(
    ("typed", "model", "required"),
    [
        (fields.SignalFields, SignalEmitted, {"symbol", "strategy", "direction", "price"}),
        (fields.DecisionFields, DecisionMade, {"signal_id", "guard", "verdict"}),
        (fields.ExpiryFields, SignalExpired, {"signal_id"}),
        (fields.FillFields, OrderFilled, {"trade_id", "symbol", "side", "role", "price", "qty"}),
        (
            fields.TradeFields,
            TradeClosed,
            {
                "trade_id",
                "symbol",
                "direction",
                "entry_at",
                "exit_at",
                "entry_price",
                "exit_price",
                "qty",
                "pnl",
            }
            | {"pnl_pct", "exit_reason"},
        ),
        (fields.BarFields, MarketBar, {"symbol", "interval", "open_at", "open", "high", "low", "close"}),
        (fields.QuoteFields, MarketQuote, {"symbol", "bid", "ask"}),
        (fields.ExitFields, ExitSignalled, {"symbol", "strategy", "direction"}),
        (fields.ContextFields, ContextObserved, {"name", "value"}),
        (fields.RunFields, RunDeclared, {"account_currency"}),
    ],
)
def test_the_methods_take_exactly_the_fields_of_the_models(
    typed: type, model: type[Event], required: set[str]
) -> None:
    of_the_emitter = {"type", "bot", "run", "mode", "v"}

    assert set(get_type_hints(typed)) | required == set(model.model_fields) - of_the_emitter
