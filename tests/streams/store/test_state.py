"""The state file: made, stamped, refused where it is foreign, all or nothing in what is written."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from untaken.streams.store.state import (
    APPLICATION_ID,
    VERSION,
    NotAState,
    State,
    StateBroken,
    StateNewer,
    StateOlder,
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "bot.state.db"


def stamp(path: Path, pragma: str) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(f"PRAGMA {pragma}")


def test_a_new_state_is_stamped_and_kept(path: Path) -> None:
    first = State(path)
    first.put("key", "one")
    first.put("key", "two")
    first.close()
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA application_id").fetchone() == (APPLICATION_ID,)
        assert connection.execute("PRAGMA user_version").fetchone() == (VERSION,)

    again = State(path)
    assert (again.get("key"), again.get("other")) == ("two", None)
    again.close()


def test_a_state_of_an_older_layout_is_emptied_by_an_engine_and_refused_to_a_reader(path: Path) -> None:
    old = State(path)
    old.put("position", "here")
    old.close()
    stamp(path, f"user_version = {VERSION - 1}")
    with pytest.raises(StateOlder, match="untaken run computes it anew"):
        State(path, writer=False)
    renewed = State(path)

    assert renewed.get("position") is None
    assert renewed.connection.execute("PRAGMA user_version").fetchone() == (VERSION,)
    renewed.close()


@pytest.mark.parametrize("writer", [True, False])
def test_a_state_of_a_newer_version_is_refused_and_left_alone(path: Path, *, writer: bool) -> None:
    State(path).close()
    stamp(path, f"user_version = {VERSION + 1}")
    before = path.read_bytes()

    with pytest.raises(StateNewer, match="upgrade, or delete the file and let it be rebuilt"):
        State(path, writer=writer)
    assert path.read_bytes() == before


@pytest.mark.parametrize("writer", [True, False])
@pytest.mark.parametrize("content", [b"time,open,close\n" * 200, b"\x80\x04pickle" * 50])
def test_a_file_that_is_no_state_is_refused_and_left_alone(
    path: Path, content: bytes, *, writer: bool
) -> None:
    path.write_bytes(content)

    with pytest.raises(NotAState, match="is no state file"):
        State(path, writer=writer)
    assert path.read_bytes() == content


@pytest.mark.parametrize("writer", [True, False])
def test_the_database_of_another_program_is_refused_and_left_alone(path: Path, *, writer: bool) -> None:
    with closing(sqlite3.connect(path)) as freqtrade:
        freqtrade.execute("CREATE TABLE trades (id INTEGER)")
        freqtrade.commit()
    before = path.read_bytes()

    with pytest.raises(NotAState, match="name another log, or move that file away"):
        State(path, writer=writer)
    assert path.read_bytes() == before


def test_a_directory_in_its_place_is_said(path: Path) -> None:
    path.mkdir()

    with pytest.raises(StateBroken, match=r"bot\.state\.db could not be read or written"):
        State(path)


def test_a_refused_state_can_be_opened_once_the_file_is_gone(path: Path) -> None:
    path.write_bytes(b"nonsense" * 100)
    with pytest.raises(NotAState):
        State(path)
    path.unlink()

    State(path).close()


def test_a_transaction_leaves_no_trace_of_what_failed(path: Path) -> None:
    state = State(path)
    state.put("key", "before")
    with pytest.raises(ZeroDivisionError):
        put_and_fail(state)

    assert state.get("key") == "before"
    with state.transaction():
        state.put("key", "after")
    assert state.get("key") == "after"
    state.close()


def put_and_fail(state: State) -> None:
    with state.transaction():
        state.put("key", "after")
        raise ZeroDivisionError


def test_a_cleared_state_is_empty_and_still_a_state(path: Path) -> None:
    state = State(path)
    state.put("key", "value")
    with state.transaction():
        state.clear()
    state.close()

    again = State(path)
    assert again.get("key") is None
    again.close()


def test_what_sqlite_reports_is_said_in_words(path: Path) -> None:
    state = State(path)
    with pytest.raises(StateBroken, match="could not be read or written"), state.transaction():
        state.connection.execute("SELECT * FROM nowhere")

    state.close()
