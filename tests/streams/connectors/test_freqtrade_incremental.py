"""A trades database imported again, and its locks held against signals that were reported apart."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

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
from untaken.schemas.codec import decode, encode
from untaken.schemas.events.decisions import DecisionMade
from untaken.schemas.events.executions import OrderFilled
from untaken.schemas.events.signals import SignalEmitted
from untaken.streams.connectors.freqtrade import read_database
from untaken.streams.connectors.report import ImportReport
from untaken.streams.logs.base import Entry
from untaken.streams.logs.memory import MemoryLog

RUN = "2024"


class Home:
    """A database and the log that it is imported into, again and again."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "tradesv3.sqlite"
        self.log = MemoryLog()

    def wrote(
        self, trades: Sequence[Row] = (), orders: Sequence[Row] = (), locks: Sequence[Row] = ()
    ) -> Home:
        """Let freqtrade write rows, over those of the same id."""
        database(self.path, trades, orders, locks)
        return self

    def imported(self) -> tuple[list[Event], ImportReport]:
        found = read_database(self.path, log=self.log, bot="Dip", run=RUN)
        entries = [entry for batch in found for entry in batch]
        self.log.append(entries)
        return [decode(entry.value) for entry in entries], found.report

    def reported(self, *signals: SignalEmitted) -> Home:
        self.log.append([Entry(event.type, encode(event), event.symbol, backfill=True) for event in signals])
        return self


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


def reported(key: str, at: datetime, **changes: Any) -> SignalEmitted:
    """Return a signal as a strategy's own data would give it, on the candle that closed at `at`."""
    fields = {
        "symbol": "AAA/USDT",
        "strategy": "Dip",
        "direction": "long",
        "price": 100.0,
        "candle_at": at - 5 * MINUTE,
    }
    return SignalEmitted(
        id=key, at=at, bot="Dip", run=RUN, mode="paper", signal_id=key, **{**fields, **changes}
    )


def blocked(events: list[Event]) -> list[tuple[str, str]]:
    return [(event.signal_id, event.guard) for event in events if isinstance(event, DecisionMade)]


def types(events: list[Event]) -> list[str]:
    return [event.type for event in events]


def test_importing_again_adds_nothing(home: Home) -> None:
    home.wrote(*whole_trade(), [lock_row()]).wrote(*open_trade()).imported()
    events, report = home.imported()

    assert events == []
    assert report.up_to_date
    assert "nothing new since the last import" in report.sources[0].notes


def test_a_trade_that_has_closed_since_is_taken_up_without_what_was_taken(home: Home) -> None:
    home.wrote(*open_trade()).imported()
    closed = trade_row(2, open_date=stamp(180 * MINUTE), close_date=stamp(240 * MINUTE))
    exit_order = order_row(21, 2, side="sell", after=240 * MINUTE, price=104.0, average=104.0)
    events, _ = home.wrote([closed], [exit_order]).imported()

    assert types(events) == ["order.filled", "trade.closed", "import.completed"]
    assert isinstance(events[0], OrderFilled)
    assert (events[0].role, events[0].trade_id) == ("exit", "trade-2")


def test_an_entry_that_was_added_since_is_taken_up(home: Home) -> None:
    home.wrote(*open_trade()).imported()
    events, _ = home.wrote(orders=[order_row(21, 2, after=200 * MINUTE, average=90.0)]).imported()
    again, _ = home.imported()

    assert types(events) == ["order.filled", "import.completed"]
    assert again == []


def test_a_trade_that_waited_for_its_fill_is_taken_up_when_it_has_it(home: Home) -> None:
    (row,), (order,) = open_trade()
    pending = {**order, "ft_is_open": 1, "filled": 0.0, "order_filled_date": None}
    home.wrote(*whole_trade()).wrote([row], [pending]).imported()
    events, _ = home.wrote(orders=[order]).imported()

    assert types(events) == ["signal.emitted", "order.filled", "import.completed"]


def test_a_new_lock_alone_is_taken(home: Home) -> None:
    home.wrote(*whole_trade()).imported()
    events, _ = home.wrote(locks=[lock_row()]).imported()

    assert types(events) == ["context.observed", "import.completed"]


def test_a_copy_of_the_log_without_the_last_import_gets_the_same_events_again(home: Home) -> None:
    first, _ = home.wrote(*whole_trade()).imported()
    home.log = MemoryLog()
    again, _ = home.imported()

    assert again == first


SPAN = {"begin": 65, "end": 120}
"""Of the lock, in minutes after ten."""


@pytest.mark.parametrize(
    ("minutes", "changes", "held"),
    [
        (65, {}, True),
        (115, {}, True),
        (120, {}, False),
        (64, {}, False),
        (90, {"symbol": "BBB/USDT"}, False),
        (90, {"direction": "short"}, True),
    ],
    ids=["at its begin", "within", "at its end", "before", "another pair", "both sides"],
)
def test_a_lock_holds_back_signals_of_its_pair_from_its_begin_to_before_its_end(
    home: Home, minutes: int, changes: Row, held: object
) -> None:
    home.wrote(*whole_trade(), [lock_row(**SPAN)]).reported(reported("s", TEN + minutes * MINUTE, **changes))
    events, _ = home.imported()

    assert (blocked(events) == [("s", "StoplossGuard")]) is held


def test_a_global_lock_holds_back_every_pair_and_a_lock_of_one_side_only_that_side(home: Home) -> None:
    locks = [lock_row(1, pair="*", side="long", **SPAN)]
    at = TEN + 90 * MINUTE
    home.wrote(*whole_trade(), locks).reported(
        reported("a", at, symbol="BBB/USDT"), reported("b", at, symbol="BBB/USDT", direction="short")
    )
    events, _ = home.imported()

    assert blocked(events) == [("a", "StoplossGuard")]


def test_a_block_says_why_and_what_kind_of_guard_it_was(home: Home) -> None:
    home.wrote(*whole_trade(), [lock_row(**SPAN)]).reported(reported("s", TEN + 90 * MINUTE))
    decision = next(event for event in home.imported()[0] if isinstance(event, DecisionMade))

    assert (decision.at, decision.verdict, decision.kind) == (TEN + 90 * MINUTE, "blocked", "portfolio")
    assert (decision.reason_code, decision.reason) == (
        "pair_locked",
        "2 stoplosses in 60 min, locking for 60 min.",
    )
    assert decision.chain_complete is None


def test_locks_of_several_guards_all_block(home: Home) -> None:
    locks = [lock_row(1, **SPAN), lock_row(2, reason="Auto lock", **SPAN), lock_row(3, **SPAN)]
    home.wrote(*whole_trade(), locks).reported(reported("s", TEN + 90 * MINUTE))

    assert sorted(blocked(home.imported()[0])) == [("s", "StoplossGuard"), ("s", "auto_lock")]


def test_a_lock_that_was_lifted_blocks_nothing_for_nobody_knows_until_when_it_held(home: Home) -> None:
    home.wrote(*whole_trade(), [lock_row(active=0, **SPAN)]).reported(reported("s", TEN + 90 * MINUTE))
    events, report = home.imported()

    assert blocked(events) == []
    assert "1 lock lifted before the end, when is not kept: no blocker" in report.sources[0].notes


def test_a_pair_that_is_held_already_takes_no_signal_and_asks_no_lock(home: Home) -> None:
    home.wrote(*whole_trade(), [lock_row(begin=0, end=120)]).reported(reported("s", TEN + 30 * MINUTE))

    assert blocked(home.imported()[0]) == [("s", "position_open")]


def test_a_trade_follows_the_signal_of_its_candle_and_derives_none(home: Home) -> None:
    home.wrote(*whole_trade()).reported(reported("s", TEN))
    events, _ = home.imported()

    assert not [event for event in events if isinstance(event, SignalEmitted)]
    assert {event.signal_id for event in events if isinstance(event, OrderFilled)} == {"s"}
    assert blocked(events) == []


@pytest.mark.parametrize(
    ("at", "changes"),
    [
        (TEN - 5 * MINUTE, {}),
        (TEN + 5 * MINUTE, {}),
        (TEN, {"direction": "short"}),
        (TEN - timedelta(seconds=1), {"candle_at": None}),
    ],
    ids=["the candle before", "the candle after", "the other side", "before the candle closed"],
)
def test_a_trade_does_not_follow_any_other_signal(home: Home, at: datetime, changes: Row) -> None:
    home.wrote(*whole_trade()).reported(reported("s", at, **changes))

    assert [event.signal_id for event in home.imported()[0] if isinstance(event, SignalEmitted)] == [
        "signal-1"
    ]


def test_signals_that_nothing_in_the_database_explains_are_counted_and_not_blocked(home: Home) -> None:
    home.wrote(*whole_trade()).reported(reported("s", TEN + 300 * MINUTE))
    events, report = home.imported()

    assert blocked(events) == []
    assert any("of 1 not traded the blocker is unknown" in note for note in report.sources[0].notes)


def test_signals_reported_later_are_judged_at_the_next_import_and_only_once(home: Home) -> None:
    home.wrote(*whole_trade(), [lock_row(**SPAN)]).imported()
    home.reported(reported("s", TEN + 90 * MINUTE))
    events, _ = home.imported()
    again, _ = home.imported()

    assert types(events) == ["decision.made", "import.completed"]
    assert again == []


def test_signals_of_another_run_are_nobodys_business(home: Home) -> None:
    other = reported("s", TEN + 90 * MINUTE).model_copy(update={"run": "2023"})
    home.wrote(*whole_trade(), [lock_row(**SPAN)]).reported(other)
    events, report = home.imported()

    assert blocked(events) == []
    assert any("to judge its guards, import its signals" in note for note in report.sources[0].notes)
