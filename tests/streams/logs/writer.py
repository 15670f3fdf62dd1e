"""A process that appends to a log and prints what was acknowledged: `python -m tests.streams.logs.writer`.

Arguments: path, name of the writer, number of appends, and optionally a fault point at which it kills itself
(`begin`, `insert`, `commit`, `acknowledge`) with the number of the append in which it does.
"""

import os
import signal as signals
import sqlite3
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import orjson

from untaken.streams.logs import Entry, sqlite
from untaken.streams.logs.connections import transaction
from untaken.streams.logs.sqlite import SqliteLog


class Fault:
    """Kills the process at a named point of the chosen append."""

    def __init__(self, point: str, append: int) -> None:
        self.point = point
        self.append = append
        self.current = 0

    def reached(self, point: str) -> None:
        if point == self.point and self.current == self.append:
            os.kill(os.getpid(), signals.SIGKILL)


def main(path: str, name: str, appends: int, point: str = "none", at: int = 0) -> None:
    fault = Fault(point, at)
    log = SqliteLog(Path(path), timeout_s=60)
    if point != "none":
        _arm(fault)
    for number in range(appends):
        fault.current = number
        offsets = log.append([_entry(name, number, part) for part in range(1 + number % 3)])
        fault.reached("acknowledge")
        sys.stdout.write(f"{number} {' '.join(map(str, offsets))}\n")
        sys.stdout.flush()


def _entry(name: str, number: int, part: int) -> Entry:
    event = {"type": "signal.emitted", "id": f"{name}-{number}-{part}", "symbol": "BTC/USDT"}
    return Entry("signal.emitted", orjson.dumps(event), "BTC/USDT")


def _arm(fault: Fault) -> None:
    """Put the fault points around the statements of an append."""
    rows_of = sqlite._rows

    def rows(
        entries: Sequence[Entry], kinds: Sequence[int], now: int
    ) -> Iterator[tuple[int, int, str | None, bytes]]:
        fault.reached("begin")
        yield from rows_of(entries, kinds, now)
        fault.reached("insert")

    @contextmanager
    def guarded(connection: sqlite3.Connection) -> Iterator[None]:
        with transaction(connection):
            yield
            fault.reached("insert")
        fault.reached("commit")

    sqlite._rows = rows
    vars(sqlite)["transaction"] = guarded


if __name__ == "__main__":
    path, name, appends, *fault = sys.argv[1:]
    main(path, name, int(appends), fault[0] if fault else "none", int(fault[1]) if fault else 0)
