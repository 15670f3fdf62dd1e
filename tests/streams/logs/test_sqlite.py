"""The embedded log passes the contract, and what a file brings with it."""

import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Thread

import pytest

from tests.streams.logs.builders import Ticking, ids_of, settings, signal, signals, values_of
from tests.streams.logs.contract import GivenClockContract
from tests.streams.logs.processes import acknowledged, in_forked_child, start_writer
from untaken.streams.logs import Log, LogFull, LogLocked, LogMissing, LogReadOnly, sqlite
from untaken.streams.logs.sqlite import SqliteLog

NOBODY = 65534

forking = pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")


class TestSqliteLog(GivenClockContract):
    @pytest.fixture
    def make(self, tmp_path: Path) -> Callable[[], Log]:
        return lambda: SqliteLog(tmp_path / "bot.db", clock=Ticking())


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "bot.db"


@pytest.fixture
def log(path: Path) -> Iterator[SqliteLog]:
    opened = SqliteLog(path, timeout_s=0.05, clock=Ticking())
    yield opened
    opened.close()


def test_what_was_appended_is_there_when_the_log_is_opened_again(path: Path) -> None:
    first = SqliteLog(path)
    first.append([settings(), *signals(3)])
    end, counts = first.end(), first.counts()
    first.close()

    again = SqliteLog(path)
    assert ids_of(again) == ["settings-1", "signal-1", "signal-2", "signal-3"]
    assert (again.end(), again.counts()) == (end, counts)
    assert again.append([signal(4)]) == [5]
    again.close()


def test_an_append_is_seen_by_others_as_soon_as_it_returns(log: SqliteLog, path: Path) -> None:
    log.append([signal(1)])

    other = SqliteLog(path, read_only=True)
    assert ids_of(other) == ["signal-1"]
    other.close()


def test_every_append_is_forced_to_disk(log: SqliteLog) -> None:
    with log._writer.connection() as connection:
        assert connection.execute("PRAGMA synchronous").fetchone() == (2,)
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)


def test_several_processes_write_at_once_and_a_reader_misses_nothing(path: Path) -> None:
    writers = [start_writer(path, f"writer{number}", 40) for number in range(4)]
    outputs = [writer.communicate(timeout=120) for writer in writers]

    log = SqliteLog(path, read_only=True)
    by_offset = dict(zip(log.read(log.start(), 10_000).frame["offset"].to_list(), ids_of(log), strict=True))
    log.close()
    assert [writer.returncode for writer in writers] == [0, 0, 0, 0], outputs
    for number, (output, _) in enumerate(outputs):
        for append, offsets in acknowledged(output.splitlines(keepends=True)).items():
            own = [f"writer{number}-{append}-{part}" for part in range(1 + append % 3)]
            assert [by_offset.pop(offset) for offset in offsets] == own
    assert by_offset == {}


@forking
def test_a_forked_child_and_its_parent_both_go_on_writing(log: SqliteLog) -> None:
    log.append([signal(1)])

    def use() -> None:
        log.append([signal(2)])
        log.close()

    assert in_forked_child(use)
    log.append([signal(3)])
    assert ids_of(log) == ["signal-1", "signal-2", "signal-3"]


def test_a_log_locked_by_another_program_says_so_and_keeps_nothing(log: SqliteLog, path: Path) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as browser:
        browser.execute("BEGIN IMMEDIATE")
        with pytest.raises(LogLocked, match=r"bot\.db is locked by another process, waited 0\.05 s: close"):
            log.append([signal(1)])
        browser.execute("ROLLBACK")

    assert log.append([signal(2)]) == [1]


def test_readers_are_not_disturbed_by_a_writer_that_holds_the_lock(log: SqliteLog, path: Path) -> None:
    log.append([signal(1)])
    with closing(sqlite3.connect(path, isolation_level=None)) as browser:
        browser.execute("BEGIN IMMEDIATE")

        assert ids_of(log) == ["signal-1"]


def test_a_full_disk_undoes_the_append_as_a_whole(log: SqliteLog) -> None:
    log.append([signal(1)])
    with log._writer.connection() as connection:
        connection.execute("PRAGMA max_page_count = 12")
        with pytest.raises(LogFull, match="free space"):
            log.append([signal(2), settings(), signal(3, note="x" * 100_000)])
        counts = log.counts()
        connection.execute("PRAGMA max_page_count = 1073741823")

    assert [count.events for count in counts] == [1]
    assert ids_of(log) == ["signal-1"]
    assert log.append([settings(2), signal(4)]) == [2, 3]
    assert log.read({"log": 2}, 2).frame["topic"].to_list() == ["settings", "signals"]


def test_a_log_opened_for_reading_refuses_to_write(log: SqliteLog, path: Path) -> None:
    log.append([signal(1)])
    reader = SqliteLog(path, read_only=True)

    with pytest.raises(LogReadOnly, match="give the account"):
        reader.append([signal(2)])
    reader.close()


@forking
def test_a_log_without_write_permission_can_be_read_but_not_written() -> None:
    with TemporaryDirectory() as place:
        path = Path(place, "bot.db")
        log = SqliteLog(path)
        log.append([signal(1)])
        log.close()
        path.chmod(0o444)
        path.parent.chmod(0o555)

        assert in_forked_child(lambda: demand_readable_only(path), user=NOBODY if os.geteuid() == 0 else None)
        path.parent.chmod(0o755)


def demand_readable_only(path: Path) -> None:
    with closing(SqliteLog(path, read_only=True)) as readable:
        assert [count.events for count in readable.counts()] == [1]  # polars does not survive a fork
    with pytest.raises(LogReadOnly, match="cannot be written"):
        SqliteLog(path).append([signal(2)])


def test_a_log_that_is_deleted_while_in_use_is_noticed_and_made_anew(log: SqliteLog, path: Path) -> None:
    log.append([signal(1)])
    for file in path.parent.iterdir():
        file.unlink()

    with pytest.raises(LogMissing, match="moved or deleted while in use"):
        log.append([signal(2)])
    assert log.append([signal(2)]) == [1]


def test_processes_that_make_the_log_at_the_same_moment_agree(path: Path) -> None:
    failures: list[Exception] = []

    def make() -> None:
        try:
            opened = SqliteLog(path)
            opened.append([signal(1)])
            opened.close()
        except Exception as error:  # noqa: BLE001 - shown below
            failures.append(error)

    threads = [Thread(target=make) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert failures == []
    again = SqliteLog(path)
    assert len(values_of(again)) == 8
    again.close()


def test_the_write_ahead_log_is_cut_once_no_reader_stands_in_its_way(
    log: SqliteLog, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite, "WAL_LIMIT_BYTES", 100_000)
    wal = path.with_name("bot.db-wal")
    log.append([signal(1)])
    with closing(sqlite3.connect(path, isolation_level=None)) as browser:
        browser.execute("BEGIN")
        browser.execute("SELECT count(*) FROM log").fetchone()
        for number in range(30):
            log.append([signal(number, note="x" * 10_000)])
        pinned = wal.stat().st_size
    for number in range(30):
        log.append([signal(number, note="x" * 10_000)])

    assert pinned > 300_000
    assert wal.stat().st_size < 250_000
    assert len(values_of(log)) == 61


def test_reading_stops_before_a_batch_fills_the_memory(
    log: SqliteLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite, "_BATCH_BYTES", 5_000)
    log.append([signal(number, note="x" * 1_000) for number in range(1_000)])

    assert len(log.read(log.start(), 1_000)) == sqlite._FETCH_ROWS
    assert len(values_of(log)) == 1_000


def test_the_settings_are_found_through_their_index(log: SqliteLog) -> None:
    with log._writer.connection() as connection:
        plan = connection.execute(f"EXPLAIN QUERY PLAN {sqlite._SETTINGS}").fetchall()

    assert "settings_of_log" in plan[0][3]


def test_people_find_readable_events_in_the_file(log: SqliteLog, path: Path) -> None:
    log.append([signal(1)])

    with closing(sqlite3.connect(path)) as browser:
        row = browser.execute("SELECT offset, topic, type, symbol, event FROM events").fetchone()
    assert row == (1, "signals", "signal.emitted", "BTC/USDT", signal(1).value.decode())
