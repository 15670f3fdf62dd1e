"""What a chain notes of its changes, inside its own transaction."""

from collections.abc import Sequence

import pytest

from tests.streams.chain.engines import entries_of, log_of
from tests.streams.chain.records import HOUR, MINUTE, NOON, Record, bars, declared, record, signal, tick
from untaken.streams.engine import Engine
from untaken.streams.logs.memory import MemoryLog
from untaken.streams.published.writing.outbox import LEDGER, LETTERS, SHADOW, TABLES, TRADES, Outbox, state_id
from untaken.streams.store.state import State

ALL = 1_000


def engine_of(log: MemoryLog) -> tuple[Engine, Outbox]:
    state = State(None)
    outbox = Outbox(state)
    return Engine(log, state, outbox), outbox


def applied(records: Sequence[Record]) -> Outbox:
    engine, outbox = engine_of(log_of(records))
    engine.run(until_idle=True, progress=lambda _: None, stop=lambda: False)
    return outbox


def keys(outbox: Outbox, kind: str) -> list[str]:
    return [note.key for note in outbox.pending(ALL) if note.kind == kind]


def test_a_new_signal_is_noted_with_the_days_that_it_changes() -> None:
    outbox = applied([declared(), *bars(3), signal()])

    assert keys(outbox, LEDGER) == ["s\x1fdemo\x1fdefault\x1fs1"]
    assert keys(outbox, SHADOW) == ["s\x1fdemo\x1fdefault\x1fs1"]
    assert keys(outbox, TRADES) == []
    assert "shadow_performance.v1/19786" in keys(outbox, TABLES)


def test_prices_that_change_no_row_leave_no_note() -> None:
    assert len(applied([declared(), *bars(3)])) == 0


def test_a_refused_record_is_noted_by_its_place() -> None:
    late = record("market.bar", "late", NOON, appended_at=NOON + 8 * 24 * HOUR, backfill=False,
                  symbol="BTC/USD", interval="5m", open_at="2024-03-04T11:55:00Z",
                  open=1.0, high=1.0, low=1.0, close=1.0)  # fmt: skip

    assert keys(applied([late]), LETTERS) == ["log\x1f1"]


def test_a_change_that_is_no_news_of_the_shadow_trade_is_a_change_of_the_row_alone() -> None:
    log = log_of([declared(), *bars(3), signal()])
    engine, outbox = engine_of(log)
    engine.run(until_idle=True, progress=lambda _: None, stop=lambda: False)
    outbox.clear()

    log.append(entries_of([signal(at=NOON + MINUTE, event_id="again")]))
    engine.run(until_idle=True, progress=lambda _: None, stop=lambda: False)

    assert len(keys(outbox, LEDGER)) == 1
    assert keys(outbox, SHADOW) == []


def test_what_changes_again_while_it_is_published_stays_noted() -> None:
    log = log_of([declared(), *bars(3), signal()])
    engine, outbox = engine_of(log)
    engine.run(until_idle=True, progress=lambda _: None, stop=lambda: False)
    going_out = outbox.pending(ALL)
    log.append(entries_of([signal(at=NOON + MINUTE, event_id="again")]))
    engine.run(until_idle=True, progress=lambda _: None, stop=lambda: False)

    outbox.take_out(going_out)

    assert keys(outbox, LEDGER) == ["s\x1fdemo\x1fdefault\x1fs1"]


def test_notes_of_a_batch_that_is_undone_are_undone_with_it(monkeypatch: pytest.MonkeyPatch) -> None:
    engine, outbox = engine_of(log_of([declared(), *bars(3), signal(), tick(NOON + 30 * HOUR)]))

    def fails(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(engine.chain.state, "put", fails)
    with pytest.raises(KeyboardInterrupt):
        engine.step()

    assert len(outbox) == 0


def test_a_state_that_is_emptied_is_another_one() -> None:
    state = State(None)
    first = state_id(state)
    with state.transaction():
        state.clear()

    assert state_id(state) != first
