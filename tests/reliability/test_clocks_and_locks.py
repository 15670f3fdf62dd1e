"""Clocks that run backwards, bots whose clock is wrong, logs that are locked or being written."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from threading import Thread

import pytest

from tests.reference.moments import microseconds
from tests.streams.chain.engines import differences, entries_of, run_through
from tests.streams.chain.records import HOUR, MINUTE, NOON, SECOND, Record, bars, declared, signal
from untaken.streams.engine import Engine
from untaken.streams.logs.base import Entry
from untaken.streams.logs.memory import MemoryLog
from untaken.streams.logs.sqlite import SqliteLog
from untaken.streams.store.state import State, StateBroken
from untaken.streams.view import View


def live(record: Record) -> Entry:
    """Return an event as a bot sends it: the log's clock says when it arrived."""
    return entries_of([record])[0]._replace(appended_at=None, backfill=False)


class Wandering:
    """A clock that follows the events, but is moved by the given spans in turn."""

    def __init__(self, *moves: int) -> None:
        self.now = NOON
        self._moves = moves
        self._reads = 0

    def __call__(self) -> int:
        self._reads += 1
        return self.now + self._moves[self._reads % len(self._moves)]


def written(path: Path, clock: Wandering) -> SqliteLog:
    """Write a day of signals and bars, each at its time, into a log with a clock that wanders."""
    log = SqliteLog(path, clock=clock)
    log.append([live(declared())])
    records = sorted(
        [*(signal(number, NOON + number // 3 * 7 * MINUTE) for number in range(30)), *bars(120)],
        key=lambda record: str(record["event"]["at"]),
    )
    for record in records:
        clock.now = max(clock.now, microseconds(record["event"]["at"]))
        log.append([live(record)])
    return log


@pytest.mark.parametrize("back", [SECOND, MINUTE, 5 * MINUTE])
def test_a_clock_that_runs_backwards_a_little_changes_nothing(tmp_path: Path, back: int) -> None:
    wandering = written(tmp_path / "wandering.db", Wandering(0, -back, 0, -back // 2))
    steady = written(tmp_path / "steady.db", Wandering(0))
    arrivals = wandering.read(wandering.start(), 1000).frame["appended_at"].to_list()

    assert arrivals != sorted(arrivals)
    assert differences(run_through(wandering, State(None), [20, 70]), run_through(steady, State(None))) == {}
    wandering.close()
    steady.close()


def test_a_clock_that_falls_back_by_hours_costs_dead_letters_and_never_consistency(tmp_path: Path) -> None:
    log = written(tmp_path / "log.db", Wandering(0, 0, 0, -2 * HOUR))
    state = State(None)
    chain = run_through(log, state, [30, 31, 90])
    refused = View(state).refused()

    assert set(refused["code"]) == {"future"}
    assert refused.height == len(range(3, 152, 4))
    assert differences(chain, run_through(log, State(None))) == {}
    log.close()


def test_a_bot_whose_clock_is_wrong_gets_each_of_its_events_back_with_the_reason(tmp_path: Path) -> None:
    log = SqliteLog(tmp_path / "log.db", clock=lambda: NOON)
    ahead, behind, right = signal(1, NOON + HOUR), signal(2, NOON - 8 * 24 * HOUR), signal(3, NOON)
    log.append([live(ahead), live(behind), live(right)])
    state = State(None)
    chain = run_through(log, state)
    refused = View(state).refused()

    assert refused["id"].to_list() == ["e1", "e2"]
    assert refused["code"].to_list() == ["future", "late"]
    assert "check the bot's clock" in refused["sentence"][0]
    assert "emit it as backfill" in refused["sentence"][1]
    assert chain.stores.rows.load_all("ledger")["signal_id"].to_list() == ["s3"]
    log.close()


def test_an_engine_reads_on_while_another_program_holds_the_write_lock(tmp_path: Path) -> None:
    log = SqliteLog(tmp_path / "log.db")
    log.append(entries_of([declared(), signal(1), *bars(40)]))
    with closing(sqlite3.connect(log.path, isolation_level=None)) as browser:
        browser.execute("BEGIN EXCLUSIVE")
        chain = run_through(log, State(tmp_path / "state.db"), [5])

    assert chain.position == log.end()
    chain.state.close()
    log.close()


def test_a_state_locked_by_another_program_is_said_and_nothing_of_the_batch_is_kept(tmp_path: Path) -> None:
    log = MemoryLog()
    log.append(entries_of([declared(), signal(1), *bars(40)]))
    state = State(tmp_path / "state.db")
    engine = Engine(log, state)
    engine.step(10)
    state.connection.execute("PRAGMA busy_timeout = 20")
    with closing(sqlite3.connect(tmp_path / "state.db", isolation_level=None)) as browser:
        browser.execute("BEGIN IMMEDIATE")
        with pytest.raises(StateBroken, match="is locked by another program"):
            engine.step(10)
        browser.execute("ROLLBACK")

    assert engine.chain.position == {"log": 11}
    assert differences(run_through(log, state), run_through(log, State(None))) == {}
    state.close()


def test_an_engine_beside_several_writers_counts_everything_once(tmp_path: Path) -> None:
    log = SqliteLog(tmp_path / "log.db", timeout_s=60)
    log.append(entries_of([declared()]))
    parts = [entries_of([signal(10 * part + n, NOON + n * HOUR) for n in range(10)]) for part in range(4)]
    writers = [
        Thread(target=writer_of(tmp_path / "log.db", part)) for part in (*parts, entries_of(bars(200)))
    ]
    for writer in writers:
        writer.start()
    state = State(tmp_path / "state.db")
    engine = Engine(log, state)
    while any(writer.is_alive() for writer in writers):
        engine.step(25)
    chain = run_through(log, state)

    assert chain.stores.rows.load_all("ledger").height == 40
    assert differences(chain, run_through(log, State(None))) == {}
    state.close()
    log.close()


def writer_of(path: Path, entries: list[Entry]) -> Callable[[], None]:
    def write() -> None:
        own = SqliteLog(path, timeout_s=60)
        for entry in entries:
            own.append([entry])
        own.close()

    return write
