"""Files that are not logs, older or newer than this version, torn or truncated."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.streams.logs.builders import ids_of, signal, signals
from untaken.streams.logs import LogCorrupt, LogError, LogNewer, LogOlder, NotALog
from untaken.streams.logs.facts_file import APPLICATION_ID, FORMAT, Format, open_for_reading, open_for_writing
from untaken.streams.logs.sqlite import SqliteLog

NEXT = Format(
    FORMAT.version + 1,
    FORMAT.tables,
    {FORMAT.version: "ALTER TABLE kinds ADD COLUMN note TEXT;\nUPDATE kinds SET note = 'upgraded'"},
)
BROKEN = Format(
    FORMAT.version + 1,
    FORMAT.tables,
    {FORMAT.version: "ALTER TABLE kinds ADD COLUMN note TEXT;\nUPDATE nowhere SET note = 'upgraded'"},
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "bot.db"


def written(path: Path, count: int = 3) -> SqliteLog:
    log = SqliteLog(path)
    for entry in signals(count):
        log.append([entry])
    return log


def versions(path: Path) -> tuple[int, int]:
    with closing(sqlite3.connect(path)) as connection:
        application = connection.execute("PRAGMA application_id").fetchone()[0]
        return application, connection.execute("PRAGMA user_version").fetchone()[0]


def test_a_log_is_stamped_with_program_and_format(path: Path) -> None:
    written(path).close()

    assert versions(path) == (APPLICATION_ID, FORMAT.version)


def test_a_log_of_a_newer_format_is_refused_and_left_alone(path: Path) -> None:
    written(path).close()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA user_version = 99")
    before = path.read_bytes()

    for read_only in (False, True):
        with pytest.raises(
            LogNewer, match="log format 99, this version of untaken reads up to 1: upgrade untaken"
        ):
            SqliteLog(path, read_only=read_only)
    assert path.read_bytes() == before


@pytest.mark.parametrize("content", [b"date,open,close\n" * 100, b"\x80\x04pickle" * 50, b"x"])
def test_a_file_that_is_no_database_is_refused_and_left_alone(path: Path, content: bytes) -> None:
    path.write_bytes(content)

    for read_only in (False, True):
        with pytest.raises(NotALog, match="not an untaken log"):
            SqliteLog(path, read_only=read_only)
    assert path.read_bytes() == content


def test_the_database_of_another_program_is_refused_and_left_alone(path: Path) -> None:
    with closing(sqlite3.connect(path)) as freqtrade:
        freqtrade.execute("CREATE TABLE trades (id INTEGER)")
        freqtrade.commit()
    before = path.read_bytes()

    for read_only in (False, True):
        with pytest.raises(NotALog, match="a database of another program"):
            SqliteLog(path, read_only=read_only)
    assert path.read_bytes() == before


def test_a_directory_is_not_a_log(tmp_path: Path) -> None:
    with pytest.raises(NotALog, match="a directory"):
        SqliteLog(tmp_path)


def test_an_empty_file_becomes_a_log_when_written_and_is_none_when_read(path: Path) -> None:
    path.touch()
    with pytest.raises(NotALog, match="an empty file"):
        SqliteLog(path, read_only=True)

    log = written(path, 1)
    assert ids_of(log) == ["signal-1"]
    log.close()


def test_an_older_log_is_backed_up_then_upgraded(path: Path) -> None:
    written(path).close()

    upgraded = open_for_writing(path, create=False, timeout_s=1, form=NEXT)
    assert upgraded.execute("SELECT note FROM kinds").fetchall() == [("upgraded",)]
    upgraded.close()
    backup = path.with_name("bot.db.format-1.backup")
    assert versions(path) == (APPLICATION_ID, 2)
    assert versions(backup) == (APPLICATION_ID, 1)
    old = SqliteLog(backup, read_only=True)
    assert ids_of(old) == ["signal-1", "signal-2", "signal-3"]
    old.close()


def test_an_upgrade_that_fails_changes_nothing(path: Path) -> None:
    written(path).close()

    with pytest.raises(LogError, match="nowhere"):
        open_for_writing(path, create=False, timeout_s=1, form=BROKEN)
    assert versions(path) == (APPLICATION_ID, 1)
    log = SqliteLog(path)
    assert log.append([signal(4)]) == [4]
    log.close()


def test_an_older_log_is_not_upgraded_by_a_reader(path: Path) -> None:
    written(path).close()

    with pytest.raises(LogOlder, match="open it once for writing"):
        open_for_reading(path, timeout_s=1, form=NEXT)
    assert versions(path) == (APPLICATION_ID, 1)


def test_a_torn_write_ahead_log_loses_its_torn_end_and_nothing_before(path: Path, tmp_path: Path) -> None:
    log = written(path, 10)
    wal = path.with_name("bot.db-wal").read_bytes()
    lengths: list[int] = []
    for cut in range(0, len(wal), 1_537):
        copy = tmp_path / "copy" / "bot.db"
        copy.parent.mkdir(exist_ok=True)
        copy.with_name("bot.db-shm").unlink(missing_ok=True)
        copy.write_bytes(path.read_bytes())
        copy.with_name("bot.db-wal").write_bytes(wal[:cut])
        lengths.append(recovered(copy))
    log.close()

    assert lengths == sorted(lengths)
    assert lengths[0] == 0
    assert 7 <= lengths[-1] <= 10


def recovered(path: Path) -> int:
    log = SqliteLog(path)
    ids = ids_of(log)
    assert log.check() == []
    assert ids == [f"signal-{number}" for number in range(1, len(ids) + 1)]
    assert log.append([signal(99)]) == [len(ids) + 1]
    log.close()
    return len(ids)


@pytest.mark.parametrize("pages", [1, 2, 40, 120])
@pytest.mark.parametrize("read_only", [False, True])
def test_a_truncated_file_is_refused(path: Path, pages: int, *, read_only: bool) -> None:
    large_log(path).close()
    path.write_bytes(path.read_bytes()[: pages * 4096])

    with pytest.raises(LogCorrupt, match="restore it from an archive"):
        SqliteLog(path, read_only=read_only)


def test_damage_inside_the_file_is_found_by_the_check_and_never_read_as_events(path: Path) -> None:
    large_log(path).close()
    whole = path.read_bytes()
    path.write_bytes(whole[: 40 * 4096] + b"\xff" * 8192 + whole[42 * 4096 :])

    damaged = SqliteLog(path)
    assert damaged.check()
    with pytest.raises(LogCorrupt, match="restore it from an archive"):
        ids_of(damaged)
    damaged.close()


def large_log(path: Path) -> SqliteLog:
    log = SqliteLog(path)
    log.append([signal(number, note="x" * 3_000) for number in range(200)])
    return log
