"""Queries of polars read a state in threads of their own."""

import sqlite3
from threading import Thread

import pytest

from untaken.projections import ledger
from untaken.streams.store.state import State
from untaken.streams.view import View


def test_a_state_is_not_closed_under_a_query_that_still_reads() -> None:
    state = State(None)
    closing = Thread(target=state.close)
    with state.reading:
        closing.start()
        closing.join(0.2)
        waits, read = closing.is_alive(), state.connection.execute("SELECT 1").fetchone()
    closing.join()

    assert waits
    assert read == (1,)


def test_what_is_asked_after_that_is_refused_and_crashes_nothing() -> None:
    state = State(None)
    view = View(state)
    state.close()

    with pytest.raises(sqlite3.ProgrammingError, match="closed"):
        view._rows_of("ledger", 0, list(ledger.COLUMNS))
