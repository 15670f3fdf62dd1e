"""Files that are no trades database, databases of others, damaged ones, and those in use."""

from __future__ import annotations

import pickle
import random
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.streams.connectors.builders import taken
from tests.streams.connectors.databases import database, order_row, trade_row, whole_trade
from untaken.streams.connectors.freqtrade import is_database, read_database
from untaken.streams.connectors.freqtrade.database import opening
from untaken.streams.connectors.report import ImportRefused
from untaken.streams.logs.opening import open_log

CONTENTS = {
    "nothing there": (None, r"cannot be read \(No such file or directory\); check the path"),
    "an empty file": (b"", "the file is empty: freqtrade has not written to it yet"),
    "prose": (b"my best trades of the year", "no SQLite database, or an encrypted one"),
    "an encrypted database": (random.Random(5).randbytes(8192), "no SQLite database, or an encrypted one"),
    "a pickle": (pickle.dumps({"trades": [1]}), "a pickle is never opened, since it can run any code"),
    "a header and no more": (b"SQLite format 3\x00", "the database is damaged, or encrypted"),
}


@pytest.mark.parametrize(("content", "sentence"), CONTENTS.values(), ids=CONTENTS)
def test_a_file_that_is_no_database_is_refused(tmp_path: Path, content: bytes | None, sentence: str) -> None:
    path = tmp_path / "tradesv3.sqlite"
    if content is not None:
        path.write_bytes(content)

    with pytest.raises(ImportRefused, match=sentence):
        read_database(path)
    assert is_database(path)


def sql(path: Path, *statements: str) -> Path:
    with closing(sqlite3.connect(path)) as connection:
        for statement in statements:
            connection.execute(statement)
        connection.commit()
    return path


def test_another_programs_database_is_refused_by_its_tables(tmp_path: Path) -> None:
    path = sql(
        tmp_path / "bot.sqlite", "CREATE TABLE TradeFill (id INTEGER)", "CREATE TABLE Executors (id INTEGER)"
    )

    with pytest.raises(ImportRefused, match=r"no table `trades` \(found: Executors, TradeFill\)"):
        read_database(path)


def test_trades_of_another_program_are_no_old_freqtrade(tmp_path: Path) -> None:
    path = sql(tmp_path / "other.sqlite", "CREATE TABLE trades (id INTEGER, ticker TEXT, shares REAL)")

    with pytest.raises(
        ImportRefused, match="another program's database, for its trades have only id, shares, ticker"
    ):
        read_database(path)


def test_a_log_of_our_own_is_recognised(tmp_path: Path) -> None:
    open_log(f"sqlite:///{tmp_path / 'bot.db'}").close()

    with pytest.raises(ImportRefused, match="a log of untaken and no trades database"):
        read_database(tmp_path / "bot.db")


def test_a_schema_before_2020_says_which_columns_are_missing_and_what_to_do(tmp_path: Path) -> None:
    path = database(tmp_path / "old.sqlite", [trade_row()], without=["fee_open", "fee_close"])

    with pytest.raises(
        ImportRefused, match="its trades lack fee_open, fee_close: a freqtrade too old wrote it"
    ):
        read_database(path)


def test_a_damaged_database_is_refused_whole(tmp_path: Path) -> None:
    trades = [trade_row(key) for key in range(1, 300)]
    path = database(tmp_path / "tradesv3.sqlite", trades, [order_row(key, key) for key in range(1, 300)])
    data = bytearray(path.read_bytes())
    data[4096 * 6 : 4096 * 9] = random.Random(3).randbytes(4096 * 3)
    path.write_bytes(data)

    with pytest.raises(ImportRefused, match="the database is damaged"):
        read_database(path)


def test_a_torn_copy_is_refused(tmp_path: Path) -> None:
    whole = database(tmp_path / "tradesv3.sqlite", [trade_row(key) for key in range(1, 300)])
    torn = tmp_path / "torn.sqlite"
    torn.write_bytes(whole.read_bytes()[: 4096 * 5])

    with pytest.raises(ImportRefused, match="the database is damaged"):
        read_database(torn)


def test_an_empty_database_gives_nothing_and_says_so(tmp_path: Path) -> None:
    events, report = taken(read_database(database(tmp_path / "tradesv3.sqlite")))

    assert events == []
    assert report.sources[0].notes == ["no trade in this database yet; nothing was taken"]


def test_a_database_that_another_program_holds_alone_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = database(tmp_path / "tradesv3.sqlite", *whole_trade())
    monkeypatch.setattr(opening, "PATIENCE_S", 0.01)
    with closing(sqlite3.connect(path, isolation_level=None)) as holder:
        holder.execute("PRAGMA locking_mode = EXCLUSIVE")
        holder.execute("BEGIN EXCLUSIVE")
        holder.execute("DELETE FROM orders")

        with pytest.raises(ImportRefused, match="another program has held the whole database"):
            read_database(path)


def test_what_freqtrade_has_committed_is_read_while_it_goes_on_writing(tmp_path: Path) -> None:
    path = database(tmp_path / "tradesv3.sqlite", *whole_trade())
    with closing(sqlite3.connect(path, isolation_level=None)) as bot:
        bot.execute("UPDATE trades SET close_profit_abs = 12.5")
        bot.execute("BEGIN IMMEDIATE")
        bot.execute("UPDATE trades SET close_profit_abs = 99")
        events, _ = taken(read_database(path))
        bot.execute("COMMIT")

    assert [event.pnl for event in events if event.type == "trade.closed"] == [12.5]  # type: ignore[attr-defined] # of a closed trade


def test_reading_leaves_nothing_behind_and_changes_no_byte(tmp_path: Path) -> None:
    path = database(tmp_path / "tradesv3.sqlite", *whole_trade())
    before = path.read_bytes()
    taken(read_database(path))

    assert list(tmp_path.iterdir()) == [path]
    assert path.read_bytes() == before


def test_a_copy_with_its_wal_holds_what_the_wal_holds(tmp_path: Path) -> None:
    path = database(tmp_path / "tradesv3.sqlite", *whole_trade())
    (tmp_path / "copy").mkdir()
    with closing(sqlite3.connect(path, isolation_level=None)) as bot:
        bot.execute("UPDATE trades SET close_profit_abs = 12.5")
        for name in ("tradesv3.sqlite", "tradesv3.sqlite-wal"):
            shutil.copy(tmp_path / name, tmp_path / "copy" / name)
    events, _ = taken(read_database(tmp_path / "copy" / "tradesv3.sqlite"))

    assert [event.pnl for event in events if event.type == "trade.closed"] == [12.5]  # type: ignore[attr-defined] # of a closed trade
