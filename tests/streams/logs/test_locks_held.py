"""A process that uses a log keeps the locks by which SQLite knows that it does."""

import subprocess
import sys
from pathlib import Path

from tests.streams.logs.builders import signals
from untaken.streams.logs.sqlite import SqliteLog

WRITE_AND_LEAVE = """
import sys
from tests.streams.logs.builders import signals
from untaken.streams.logs.sqlite import SqliteLog
from pathlib import Path
log = SqliteLog(Path(sys.argv[1]))
log.append(signals(3, first=100))
log.close()
"""


def test_another_process_that_leaves_does_not_take_itself_for_the_last(tmp_path: Path) -> None:
    """Whoever leaves last deletes the WAL; under a process that still writes there, the file would break.

    POSIX drops all locks of a process on a file as soon as it closes any handle of it, so the file of a
    log is never opened but by SQLite (sqlite.org/howtocorrupt.html, 2.2).
    """
    path = tmp_path / "log.db"
    log = SqliteLog(path)
    log.append(signals(3))
    log.end()
    beside = SqliteLog(path)
    subprocess.run([sys.executable, "-c", WRITE_AND_LEAVE, str(path)], check=True)
    left = path.with_name("log.db-wal").exists()
    log.append(signals(3, first=200))

    assert left
    assert log.end() == beside.end() == {"log": 10}
    beside.close()
    log.close()
