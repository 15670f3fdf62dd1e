"""What lies in a log and is no event stops nothing: it becomes a dead letter, or waits for an upgrade."""

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import orjson
import pytest

from tests.streams.chain.engines import differences, entries_of, run_through
from tests.streams.chain.records import HOUR, MINUTE, NOON, bars, declared, exit_signal, record, signal
from untaken.schemas.registry import EVENTS
from untaken.streams.chain.chain import Chain
from untaken.streams.logs.base import Entry
from untaken.streams.logs.memory import MemoryLog
from untaken.streams.logs.sqlite import SqliteLog
from untaken.streams.store.state import State
from untaken.streams.view import View

GOOD = [declared(), *(signal(number) for number in range(5)), *bars(50)]
EVENT = signal(7)["event"]
LETTER = {"type": "dead.lettered", "id": "letter", "at": "2024-03-04T12:00:00Z", "bot": "untaken"}


def poisoned(kind: str, value: object, topic: str | None = None) -> Entry:
    payload = value if isinstance(value, bytes) else orjson.dumps(value)
    return Entry(kind, payload, "BTC/USD", backfill=True, topic=topic)


REFUSED: Mapping[str, tuple[Entry, str]] = {
    "nothing": (poisoned("signal.emitted", b""), "unreadable"),
    "no JSON": (poisoned("signal.emitted", b"{nonsense"), "unreadable"),
    "zeros": (poisoned("signal.emitted", b"\0" * 100), "unreadable"),
    "broken UTF-8": (
        poisoned("signal.emitted", orjson.dumps(EVENT).replace(b"demo", b"d\xff\xfe")),
        "unreadable",
    ),
    "a list": (poisoned("signal.emitted", b"[1]"), "unreadable"),
    "an impossible price": (poisoned("signal.emitted", {**EVENT, "price": -1}), "invalid"),
    "an unknown field": (poisoned("signal.emitted", {**EVENT, "pirce": 1}), "invalid"),
    "another type than filed": (poisoned("market.bar", EVENT), "invalid"),
    "too many bytes": (
        poisoned("signal.emitted", {**EVENT, "meta": {"a": ["x" * 15_000] * 200}}),
        "too_large",
    ),
    "broken settings": (poisoned("settings.changed", b"\xff"), "unreadable"),
    "no dead letter": (poisoned("dead.lettered", {}), "invalid"),
    "a broken dead letter": (poisoned("dead.lettered", b"\xff"), "unreadable"),
    "a dead letter of half a byte": (
        poisoned(
            "dead.lettered",
            {
                **LETTER,
                "code": "late",
                "sentence": "too late",
                "raw": "A",
                "raw_size": 1,
                "raw_sha256": "0" * 64,
                "origin": "x",
            },
        ),
        "late",
    ),
}
NEWER: Mapping[str, Entry] = {
    "a newer signal": poisoned("signal.emitted", {**EVENT, "v": 2, "mood": "good"}),
    "a type to come": poisoned("mood.reported", {"type": "mood.reported", "mood": "good"}, topic="moods"),
    "newer settings": poisoned("settings.changed", {"type": "settings.changed", "v": 9}),
    "a newer dead letter": poisoned("dead.lettered", {**LETTER, "v": 2}),
}


@pytest.fixture
def log(tmp_path: Path) -> Iterator[SqliteLog]:
    opened = SqliteLog(tmp_path / "log.db")
    yield opened
    opened.close()


def fill(log: SqliteLog, *poison: Entry) -> None:
    """Put entries in the middle of a healthy log."""
    log.append(entries_of(GOOD[:20]))
    log.append(poison)
    log.append(entries_of(GOOD[20:]))


def healthy() -> Chain:
    return run_through_memory(GOOD)


def run_through_memory(records: list[dict[str, Any]]) -> Chain:
    log = MemoryLog()
    log.append(entries_of(records))
    return run_through(log, State(None))


@pytest.mark.parametrize(("entry", "code"), REFUSED.values(), ids=REFUSED)
def test_what_is_no_event_becomes_a_dead_letter_and_everything_else_goes_on(
    log: SqliteLog, entry: Entry, code: str
) -> None:
    fill(log, entry)
    state = State(None)
    chain = run_through(log, state, [10, 21, 40])
    refused = View(state).refused()

    assert refused["code"].to_list() == [code]
    assert refused["offset"].to_list() == [21]
    assert len(refused["sentence"][0]) > 5
    assert differences(chain, healthy()).keys() == {"dead_letters"}
    if entry.type != "dead.lettered" or code != "late":
        assert refused["payload"][0] == entry.value


def test_all_poisons_in_one_batch_are_told_one_by_one(log: SqliteLog) -> None:
    fill(log, *(entry for entry, _ in REFUSED.values()), *NEWER.values())
    state = State(None)
    chain = run_through(log, state)

    assert View(state).refused()["code"].to_list() == [code for _, code in REFUSED.values()]
    assert differences(chain, healthy()).keys() == {"dead_letters"}
    assert differences(chain, run_through(log, State(None), range(15, 45))) == {}


@pytest.mark.parametrize("entry", NEWER.values(), ids=NEWER)
def test_what_is_newer_than_this_version_is_counted_as_unread_and_refused_by_nobody(
    log: SqliteLog, entry: Entry
) -> None:
    fill(log, entry)
    state = State(None)
    chain = run_through(log, state, [21])

    assert state.connection.execute("SELECT offset, payload FROM unread").fetchall() == [(21, entry.value)]
    assert View(state).refused().is_empty()
    assert differences(chain, healthy()) == {}


@pytest.mark.parametrize("type_name", ["exit.signalled", "market.bar", "settings.changed", "run.declared"])
def test_what_an_older_version_could_not_read_is_read_after_the_upgrade(
    log: SqliteLog, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, type_name: str
) -> None:
    bad_clock = signal(8, NOON + 10 * MINUTE, appended_at=NOON)
    patience = {"shadow.fee_bps": 30, "log.future_s": 3600}
    costs = record("settings.changed", "fees", NOON, settings=patience, digest="x")
    everything = [*GOOD, exit_signal(at=NOON + HOUR), bad_clock, costs]
    log.append(entries_of(everything))
    state = State(tmp_path / "state.db")
    with monkeypatch.context() as older:
        older.delitem(EVENTS, type_name)
        run_through(log, state, [10, 30])
        unread = state.connection.execute("SELECT count(*) FROM unread").fetchone()[0]
    state.close()

    assert unread == sum(one["event"]["type"] == type_name for one in everything)
    upgraded = State(tmp_path / "state.db")
    chain = run_through(log, upgraded)
    assert upgraded.connection.execute("SELECT count(*) FROM unread").fetchone()[0] == 0
    assert differences(chain, run_through_memory(everything)) == {}
    upgraded.close()


def test_an_event_that_somebody_wrote_as_text_into_the_table_is_an_event(log: SqliteLog) -> None:
    fill(log)
    with closing(sqlite3.connect(log.path)) as browser:
        browser.execute("UPDATE log SET payload = CAST(payload AS TEXT) WHERE offset % 3 = 0")
        browser.commit()

    assert differences(run_through(log, State(None), [7]), healthy()) == {}


@pytest.mark.parametrize(
    "fields",
    [
        {"pnl": 1e15, "qty": 1e-12, "entry_price": 1e-3, "exit_price": 1e-3},
        {"pnl": -1e15, "qty": 1e18, "entry_price": 1e15, "exit_price": 1e-15},
        {"pnl": 1e-15, "qty": 1e-300, "entry_price": 1e-15, "exit_price": 1e15},
    ],
)
def test_a_valid_event_of_impossible_size_stops_nothing(log: SqliteLog, fields: dict[str, float]) -> None:
    times: dict[str, Any] = {"entry_at": "2024-03-04T12:00:00Z", "exit_at": "2024-03-04T13:00:00Z"}
    told: dict[str, Any] = {
        "symbol": "BTC/USD",
        "direction": "long",
        "exit_reason": "x",
        "pnl_pct": 1.0,
        "signal_id": "s1",
    }
    monster = record("trade.closed", "c", NOON, trade_id="t1", **{**times, **told, **fields})
    fill(log, *entries_of([monster, {**monster, "event": {**monster["event"], "id": "d", "trade_id": "t2"}}]))
    chain = run_through(log, State(None), [10])

    assert chain.position == log.end()
    assert differences(chain, run_through(log, State(None))) == {}
