"""Logs with their states beside them, as an engine leaves them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from tests.streams.chain.engines import Record, entries_of, run_through
from untaken.streams.engine import state_path
from untaken.streams.logs.base import Log
from untaken.streams.logs.sqlite import SqliteLog
from untaken.streams.store.state import State


def written(path: Path, records: Sequence[Record], *, computed: bool = True) -> str:
    """Append records to a log, let an engine read them, and return its URL."""
    log = SqliteLog(path)
    log.append(entries_of(records))
    if computed:
        caught_up(log)
    log.close()
    return log.url


def caught_up(log: Log) -> None:
    """Let an engine read what a log holds."""
    beside = state_path(log.url)
    state = State(beside)
    run_through(log, state)
    state.close()
