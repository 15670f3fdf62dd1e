"""Rebuild makes what the engine made; verify finds whatever is not that."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from tests.golden.command_line import in_process
from tests.streams.chain.engines import differences, entries_of, log_of, run_through
from tests.streams.chain.records import DAY, HOUR, MINUTE, NOON, bars, declared, record, signal
from untaken.projections.guard_effectiveness.table import GUARD_EFFECTIVENESS
from untaken.replay.rebuild import rebuild, verify
from untaken.streams.chain.chain import Chain
from untaken.streams.engine import Engine, state_path
from untaken.streams.logs.memory import MemoryLog
from untaken.streams.logs.sqlite import SqliteLog
from untaken.streams.store.frames import packed, unpacked
from untaken.streams.store.state import State

DECISIONS = [
    record(
        "decision.made",
        f"d{number}",
        NOON + number * HOUR,
        signal_id=f"s{number}",
        symbol="BTC/USD",
        guard="spread",
        verdict="blocked",
    )
    for number in range(1, 9)
]
RECORDS = [
    declared(),
    *(signal(number, NOON + number * HOUR) for number in range(1, 9)),
    *DECISIONS,
    *bars(400),
    signal(99, NOON, appended_at=NOON + 8 * DAY, backfill=False),
]


@pytest.fixture
def live(tmp_path: Path) -> Iterator[tuple[SqliteLog, State]]:
    log = SqliteLog(tmp_path / "log.db")
    log.append(entries_of(RECORDS))
    state = State(state_path(log.url))
    yield log, state
    state.close()
    log.close()


def test_a_rebuild_from_zero_is_what_the_engine_has(live: tuple[SqliteLog, State]) -> None:
    log, state = live
    chain = run_through(log, state, [7, 30, 31, 200])

    assert differences(chain, rebuild(log, State(None), batch_records=64)) == {}


@pytest.mark.parametrize("place", [0, 1, 10, 300])
def test_a_rebuild_to_a_position_is_what_the_engine_had_there(place: int) -> None:
    log = log_of(RECORDS)
    engine = Engine(log, State(None))
    if place:
        engine.step(place)

    assert differences(engine.chain, rebuild(log, State(None), until={"log": place + 1})) == {}


def test_a_rebuild_to_a_moment_knows_only_what_had_been_appended_by_then() -> None:
    log = log_of(RECORDS)
    moment = NOON + 3 * HOUR
    early = [one for one in RECORDS if one["appended_at"] <= "2024-03-04T15:00:00.000000Z"]

    assert 20 < len(early) < 100
    assert differences(
        rebuild(log, State(None), until_at=moment), run_through(log_of(early), State(None))
    ).keys() <= {"dead_letters"}


def test_verify_is_clean_after_any_batches(live: tuple[SqliteLog, State], tmp_path: Path) -> None:
    log, state = live
    chain = run_through(log, state, [5, 77])
    found = verify(log, chain, tmp_path / "scratch.db")

    assert found.clean
    assert found.records == len(RECORDS)
    assert set(found.digests) >= {"ledger", "trades", "guard_effectiveness", "dead_letters"}


def test_verify_compares_up_to_where_the_state_stands(live: tuple[SqliteLog, State]) -> None:
    log, state = live
    engine = Engine(log, state)
    engine.step(50)
    found = verify(log, engine.chain, None)

    assert (found.clean, found.records) == (True, 50)


def test_verify_of_a_state_that_knows_later_settings_is_clean() -> None:
    log = log_of(RECORDS)
    change: dict[str, Any] = {"settings": {"log.horizon_s": 864_000}, "digest": "x"}
    log.append(entries_of([record("settings.changed", "patience", NOON, **change)]))
    engine = Engine(log, State(None))
    engine.step(100)
    found = verify(log, engine.chain, None)

    assert (found.clean, found.records) == (True, 100)


def test_verify_of_a_new_state_and_an_empty_log_is_clean() -> None:
    log = MemoryLog()

    assert verify(log, Chain(State(None)), None).clean


def tampered(state: State, table: str, where: str, column: str) -> None:
    """Add one to a number in a stored frame, as a fault in a disk or a program might."""
    query = f"SELECT day, frame FROM {table} WHERE {where} LIMIT 1"  # noqa: S608 - the test's own words
    day, blob = state.connection.execute(query).fetchone()
    frame = unpacked(blob)
    changed = frame.with_columns(pl.col(column) + pl.lit(1, dtype=frame[column].dtype))
    change = f"UPDATE {table} SET frame = ? WHERE day = ? AND {where}"  # noqa: S608 - the same
    state.connection.execute(change, (packed(changed), day))


@pytest.mark.parametrize(
    ("table", "where", "column", "named"),
    [
        ("rows", "kind = 'ledger'", "pnl_e8", "ledger"),
        ("tables", "name = 'guard_effectiveness.v1'", "avoided_loss_e8", "guard_effectiveness"),
    ],
)
def test_a_single_changed_number_is_found_told_and_put_right_by_a_rebuild(
    live: tuple[SqliteLog, State], table: str, where: str, column: str, named: str
) -> None:
    log, state = live
    run_through(log, state)
    where = where.replace(".v1", f".v{GUARD_EFFECTIVENESS.version}")
    tampered(state, table, where, column)
    found = verify(log, Chain(state), None)
    state.close()

    assert [difference.table for difference in found.differences] == [named]
    assert set(found.differences[0].rows["in"]) == {"live", "rebuilt"}
    ran = in_process(["replay", "verify", "--log", log.url])
    assert (ran.code, ran.err.count("\n")) == (1, 1)
    assert f"{named} is not what the log makes" in ran.err
    assert in_process(["replay", "rebuild", "--log", log.url]).code == 0
    assert in_process(["replay", "verify", "--log", log.url]).code == 0


def test_verify_beside_a_working_engine_compares_one_moment(live: tuple[SqliteLog, State]) -> None:
    log, state = live
    engine = Engine(log, state)
    engine.step(120)
    reader = State(state.path, writer=False)
    chain = Chain(reader)
    engine.run(until_idle=True, progress=lambda _: None, stop=lambda: False)

    assert verify(log, chain, None).clean
    reader.close()


def test_a_rebuild_beside_a_working_engine_is_refused_before_it_works(live: tuple[SqliteLog, State]) -> None:
    log, state = live
    run_through(log, state)
    ran = in_process(["replay", "rebuild", "--log", log.url])

    assert ran.code == 2
    assert "another engine" in ran.err


def test_a_rebuilt_state_is_taken_up_by_the_engine_where_it_ends(live: tuple[SqliteLog, State]) -> None:
    log, state = live
    state.close()
    assert in_process(["replay", "rebuild", "--log", log.url]).code == 0
    log.append(entries_of([signal(200, NOON + 3 * MINUTE)]))
    ran = in_process(["run", "--until-idle", "--json", "--log", log.url])

    assert '"records": 1' in ran.out
    assert in_process(["replay", "verify", "--log", log.url]).code == 0
