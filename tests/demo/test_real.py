"""The demo bot on real candles: what it tells the log, and that it could not have known more."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from typing import TypeVar

import pytest

from untaken.demo import run_demo
from untaken.demo.guards import GUARDS, MAX_POSITIONS
from untaken.demo.real import CANDLES
from untaken.schemas.base import Event
from untaken.schemas.codec import decode
from untaken.schemas.events.decisions import DecisionMade
from untaken.schemas.events.executions import OrderFilled, TradeClosed
from untaken.schemas.events.market import MarketBar
from untaken.schemas.events.runs import RunDeclared, SettingsChanged
from untaken.schemas.events.signals import ExitSignalled, SignalEmitted
from untaken.streams.logs import open_log

E = TypeVar("E", bound=Event)


def some_candles(folder: Path, bars: int) -> Path:
    """Return the first of the bundled candles under their own name."""
    lines = CANDLES.read_text().splitlines()[: bars + 1]
    path = folder / CANDLES.name
    path.write_text("\n".join(lines) + "\n")
    return path


def told(folder: Path, candles: Sequence[Path] | None) -> list[Event]:
    """Run the demo into a new log and return its events in order."""
    folder.mkdir()
    url = f"sqlite:///{folder / 'demo.db'}"
    run_demo(url, candles)
    log = open_log(url)
    try:
        frame = log.read(log.start(), 1_000_000).frame
    finally:
        log.close()
    history = frame["type"] != "settings.changed"
    assert frame.filter(history)["backfill"].all()
    return [decode(value) for value in frame["value"]]


@pytest.fixture(scope="module")
def events(tmp_path_factory: pytest.TempPathFactory) -> list[Event]:
    return told(tmp_path_factory.mktemp("demo") / "log", None)


def of(events: list[Event], kind: type[E]) -> list[E]:
    return [event for event in events if isinstance(event, kind)]


def asked(events: list[Event]) -> dict[str, list[DecisionMade]]:
    found: dict[str, list[DecisionMade]] = defaultdict(list)
    for decision in of(events, DecisionMade):
        found[decision.signal_id].append(decision)
    return found


def without_ids(events: list[Event]) -> list[dict[str, object]]:
    return [event.model_dump(exclude={"id"}) for event in events if not isinstance(event, SettingsChanged)]


def test_every_guard_is_asked_on_every_signal_in_turn(events: list[Event]) -> None:
    signals, decisions = of(events, SignalEmitted), asked(events)

    assert len(signals) > 200
    assert set(decisions) == {signal.signal_id for signal in signals}
    for signal in signals:
        verdicts = decisions[signal.signal_id]
        times = [signal.at, *(verdict.at for verdict in verdicts)]
        assert [verdict.guard for verdict in verdicts] == [guard.name for guard in GUARDS]
        assert [verdict.seq for verdict in verdicts] == [1, 2, 3, 4, 5]
        assert (verdicts[-1].final, verdicts[-1].chain_complete) == (True, True)
        assert all(
            timedelta(0) < after - before < timedelta(milliseconds=50) for before, after in pairwise(times)
        )


def test_guards_of_all_three_kinds_are_declared(events: list[Event]) -> None:
    declared = of(events, RunDeclared)[0]

    assert declared.account_currency == "USD"
    assert {guard.kind for guard in (declared.guards or {}).values()} == {"stateless", "market", "portfolio"}
    assert list(declared.guards or {}) == [guard.name for guard in GUARDS]
    assert set(declared.strategies or {}) == {"breakout", "reversion", "momentum"}


def test_a_signal_comes_at_the_close_of_its_candle_with_its_price(events: list[Event]) -> None:
    closes = {bar.at: bar for bar in of(events, MarketBar)}
    decisions = asked(events)

    for signal in of(events, SignalEmitted):
        bar = closes[signal.at]
        snapshot = decisions[signal.signal_id][0].snapshot
        assert (signal.price, signal.candle_at) == (bar.close, bar.open_at)
        assert snapshot is not None
        assert snapshot.price == bar.close


def test_the_strategies_leave_in_different_ways(events: list[Event]) -> None:
    signals = of(events, SignalEmitted)
    ways = {
        signal.strategy: (
            bool(signal.take_profit_pct),
            bool(signal.trailing_stop_pct),
            bool(signal.roi_steps),
        )
        for signal in signals
    }
    exits = {(trade.strategy, trade.exit_reason) for trade in of(events, TradeClosed)}

    assert ways == {
        "breakout": (False, True, False),
        "reversion": (False, False, True),
        "momentum": (True, False, False),
    }
    assert {leaving.strategy for leaving in of(events, ExitSignalled)} == {"momentum"}
    assert {("breakout", "trailing"), ("reversion", "roi")} <= exits
    assert {("momentum", "signal"), ("momentum", "take_profit")} <= exits


def test_only_approved_signals_are_traded_and_the_money_adds_up(events: list[Event]) -> None:
    decisions, fills = asked(events), of(events, OrderFilled)
    trades = {trade.trade_id: trade for trade in of(events, TradeClosed)}

    assert len(trades) > 10
    for fill in fills:
        verdicts = decisions[str(fill.signal_id)]
        assert all(verdict.verdict == "approved" for verdict in verdicts)
        assert fill.at > verdicts[-1].at
    for trade in trades.values():
        entry, leave = [fill for fill in fills if fill.trade_id == trade.trade_id]
        side = 1 if trade.direction == "long" else -1
        gross = side * (leave.price - entry.price) * entry.qty
        assert trade.pnl == pytest.approx(gross - (entry.fee or 0) - (leave.fee or 0))


def test_never_more_positions_than_the_guard_allows(events: list[Event]) -> None:
    open_now, most = 0, 0
    for fill in sorted(of(events, OrderFilled), key=lambda fill: (fill.at, fill.role == "entry")):
        open_now += 1 if fill.role == "entry" else -1
        most = max(most, open_now)

    assert most == MAX_POSITIONS


def test_the_same_candles_give_the_same_events(tmp_path: Path) -> None:
    first, second = (told(tmp_path / name, [some_candles(tmp_path, 1_500)]) for name in ("first", "second"))

    assert of(first, SignalEmitted)
    assert without_ids(first) == without_ids(second)


def test_what_comes_later_changes_nothing_before_it(events: list[Event], tmp_path: Path) -> None:
    shorter = told(tmp_path / "log", [some_candles(tmp_path, 1_500)])
    last = max(bar.at for bar in of(shorter, MarketBar))

    assert [shown(signal) for signal in of(shorter, SignalEmitted)] == [
        shown(signal) for signal in of(events, SignalEmitted) if signal.at <= last
    ]


def shown(signal: SignalEmitted) -> tuple[object, ...]:
    return signal.at, signal.strategy, signal.direction, signal.price, signal.confidence, signal.stop_loss_pct


def test_the_bundled_candles_come_at_the_costs_of_their_market(events: list[Event]) -> None:
    settings = of(events, SettingsChanged)[0].settings

    assert len(of(events, MarketBar)) == 6_225
    assert {bar.source for bar in of(events, MarketBar)} == {"gym-anytrading"}
    assert (settings["shadow.fee_bps"], settings["shadow.slippage_bps"]) == (0.5, 0.5)


def test_the_bundled_candles_come_with_source_and_licence() -> None:
    notice = CANDLES.with_name("NOTICE.txt").read_text()

    assert "gym-anytrading, version 2.0.0" in notice
    assert "MIT License" in notice
    assert "Not known" in notice
