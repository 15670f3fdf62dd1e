"""The state is a cache: deleted, damaged, foreign or torn, it never makes a wrong figure."""

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.golden.command_line import in_process
from tests.reliability.processes import killed, lives_after, start
from tests.streams.chain.engines import differences, entries_of
from tests.streams.chain.records import HOUR, NOON, bars, declared, quote, signal
from untaken.replay.digest import digest
from untaken.replay.rebuild import tables_of
from untaken.streams.chain.chain import Chain
from untaken.streams.engine import Engine, StateOfAnotherLog, state_path
from untaken.streams.logs.sqlite import SqliteLog
from untaken.streams.store.state import State, StateBroken, StateInUse

SIGNALS = [signal(number, NOON + number * HOUR) for number in range(1, 9)]
RECORDS = [declared(), *SIGNALS, *bars(150)]


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'log.db'}"


@pytest.fixture
def log(url: str) -> SqliteLog:
    opened = SqliteLog(Path(url.removeprefix("sqlite:///")))
    opened.append(entries_of(RECORDS))
    return opened


def state_of(url: str) -> Path:
    path = state_path(url)
    assert path is not None
    return path


def compute(log: SqliteLog) -> dict[str, str]:
    """Let an engine read a log to its end; return the digests of everything it derived."""
    state = State(state_of(log.url))
    engine = Engine(log, state)
    engine.run(until_idle=True, batch_records=40, progress=lambda _: None, stop=lambda: False)
    found = {name: digest(table) for name, table in tables_of(engine.chain)}
    state.close()
    return found


def without(path: Path) -> None:
    for file in path.parent.glob(f"{path.name}*"):
        file.unlink()


def test_a_deleted_state_is_computed_again_to_the_same_bytes(log: SqliteLog, url: str) -> None:
    first = compute(log)
    without(state_of(url))

    assert compute(log) == first


def test_a_state_of_which_the_write_ahead_log_is_torn_goes_on_from_an_earlier_batch(
    log: SqliteLog, url: str, tmp_path: Path
) -> None:
    whole = compute(log)
    path = state_of(url)
    without(path)
    state = State(path)
    engine = Engine(log, state)
    while engine.step(20):
        pass
    torn = tmp_path / "torn"
    torn.mkdir()
    for file in (path, path.with_name(f"{path.name}-wal")):
        shutil.copy(file, torn)
    state.close()
    without(path)
    wal = torn / f"{path.name}-wal"
    wal.write_bytes(wal.read_bytes()[: wal.stat().st_size * 2 // 3])
    for file in torn.iterdir():
        shutil.copy(file, path.parent)

    with closing(sqlite3.connect(path)) as behind:
        assert behind.execute("SELECT value FROM meta WHERE key = 'position'").fetchone() != (
            f'{{"log":{len(RECORDS) + 1}}}',
        )
    assert compute(log) == whole


def test_a_damaged_state_is_named_and_can_be_deleted(log: SqliteLog, url: str) -> None:
    whole = compute(log)
    path = state_of(url)
    content = path.read_bytes()
    path.write_bytes(content[:8192] + b"\xff" * (len(content) - 8192))
    without(path.with_name(f"{path.name}-wal"))

    ran = in_process(["run", "--until-idle", "--log", url])
    assert (ran.code, ran.err.count("\n")) == (2, 1)
    assert "is damaged" in ran.err
    assert "delete it, it is rebuilt from the log" in ran.err
    without(path)
    assert compute(log) == whole


@pytest.mark.parametrize("command", [["run", "--until-idle"], ["report"], ["ledger"], ["doctor"]])
def test_the_state_of_a_log_that_was_replaced_is_refused(
    log: SqliteLog, url: str, command: list[str]
) -> None:
    compute(log)
    log.close()
    without(log.path)
    other = SqliteLog(log.path)
    other.append(entries_of([declared(), *(signal(number) for number in range(300))]))
    other.close()

    ran = in_process([*command, "--log", url])
    assert (ran.code, ran.err.count("\n")) == (2, 1)
    assert "which it counted last, is missing or another" in ran.err
    assert in_process(["replay", "rebuild", "--log", url]).code == 0
    assert in_process([*command, "--log", url]).code == 0
    assert in_process(["replay", "verify", "--log", url]).code == 0


@pytest.mark.parametrize("written_since", [0, 5, 60])
def test_a_log_that_has_lost_its_end_is_noticed_by_the_engine_that_had_counted_it(
    log: SqliteLog, url: str, written_since: int
) -> None:
    kept = Path(f"{log.path}.kept")
    log.close()
    shutil.copy(log.path, kept)
    longer = SqliteLog(log.path)
    longer.append(entries_of([signal(100 + number) for number in range(30)]))
    compute(longer)
    longer.close()
    without(log.path.with_name(f"{log.path.name}-wal"))
    shutil.copy(kept, log.path)
    shorter = SqliteLog(log.path)
    shorter.append(entries_of([signal(500 + number) for number in range(written_since)]))

    state = State(state_of(url))
    with pytest.raises(StateOfAnotherLog, match=r"log\.state\.db was not computed from"):
        Engine(shorter, state)
    state.close()
    shorter.close()
    assert in_process(["replay", "rebuild", "--log", url]).code == 0
    assert in_process(["replay", "verify", "--log", url]).code == 0


@pytest.mark.usefixtures("log")
def test_a_second_engine_is_refused_whether_in_this_process_or_in_another(url: str) -> None:
    state = State(state_of(url))
    with pytest.raises(StateInUse, match="stop that one, or only read"):
        State(state_of(url))
    ran = in_process(["run", "--until-idle", "--log", url])
    assert ran.code == 2
    assert "written by another engine already" in ran.err
    state.close()

    other = start("run", "--log", url)
    while lives_after(other, 0.05) and not state_is_begun(url):
        pass
    assert in_process(["run", "--until-idle", "--log", url]).code == 2
    killed(other)
    assert in_process(["run", "--until-idle", "--log", url]).code == 0


def state_is_begun(url: str) -> bool:
    state = State(state_of(url), writer=False) if state_of(url).exists() else None
    begun = state is not None and state.get("position") is not None
    if state is not None:
        state.close()
    return begun


def test_a_reader_sees_one_moment_whatever_an_engine_writes_meanwhile(log: SqliteLog, url: str) -> None:
    state = State(state_of(url))
    engine = Engine(log, state)
    engine.step(60)
    reader = State(state_of(url), writer=False)
    before = Chain(reader)
    position, watermark, tables = before.position, before.watermark, dict(tables_of(before))
    engine.run(until_idle=True, progress=lambda _: None, stop=lambda: False)

    assert engine.chain.position != position
    assert (before.position, before.watermark) == (position, watermark)
    assert all(table.equals(tables[name]) for name, table in tables_of(before))
    reader.close()
    state.close()


@pytest.mark.parametrize("room", [0, 3, 8, 20, 50])
def test_a_full_disk_undoes_the_batch_and_the_engine_goes_on_when_there_is_room(
    log: SqliteLog, url: str, room: int
) -> None:
    log.append(entries_of([quote(place, NOON + place * HOUR, symbol=f"X{place}") for place in range(600)]))
    state = State(state_of(url))
    engine = Engine(log, state)
    engine.step(20)
    pages = state.connection.execute("PRAGMA page_count").fetchone()[0]
    state.connection.execute(f"PRAGMA max_page_count = {pages + room}")
    seen = [engine.chain.position]
    with pytest.raises(StateBroken, match="cannot grow, the disk or the quota is full: free space"):
        read_on(engine, seen)
    undone_to = engine.chain.position
    state.connection.execute("PRAGMA max_page_count = 1073741823")
    engine.run(until_idle=True, progress=lambda _: None, stop=lambda: False)
    calm = Engine(log, State(None))
    calm.run(until_idle=True, progress=lambda _: None, stop=lambda: False)

    assert undone_to == seen[-1]
    assert engine.chain.position == log.end()
    assert differences(engine.chain, calm.chain) == {}
    state.close()


def read_on(engine: Engine, seen: list[dict[str, int]]) -> None:
    """Read batch by batch to the end, and note where each has ended."""
    while engine.step(30):
        seen.append(engine.chain.position)
