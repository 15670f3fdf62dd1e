"""Trades databases and tables through the command line."""

from __future__ import annotations

import pytest

from tests.cli.commands import LOG, Untaken, complaint
from tests.streams.connectors.builders import result_file
from tests.streams.connectors.databases import database, lock_row, open_trade, whole_trade

HEADER = "at,symbol,strategy,direction,price\n"
ROW = "2024-03-04T10:00:00Z,BTC/USDT,breakout,long,64250\n"


def test_a_database_goes_from_file_to_trades(untaken: Untaken) -> None:
    database(untaken.folder / "tradesv3.sqlite", *whole_trade())
    said = untaken.done("import", "freqtrade", "tradesv3.sqlite", "--json").json
    untaken.done("run", "--until-idle")
    (trade,) = untaken.trades().values()

    assert said["counts"]["trade.closed"] == 1
    assert (trade["mode"], str(trade["pnl"]), trade["anomalies"]) == ("paper", "37.96000000", [])
    assert untaken.done("replay", "verify").code == 0


def test_a_database_imported_again_adds_what_is_new_and_nothing_else(untaken: Untaken) -> None:
    path = database(untaken.folder / "tradesv3.sqlite", *whole_trade())
    untaken.done("import", "freqtrade", "tradesv3.sqlite")
    nothing = untaken.done("import", "freqtrade", "tradesv3.sqlite")
    database(path, *open_trade())
    untaken.done("import", "freqtrade", "tradesv3.sqlite")
    untaken.done("run", "--until-idle")

    assert "nothing new since the last import" in nothing.out
    assert untaken.health()["events"] == {
        "executions": 3, "outcomes": 1, "settings": 3, "signals": 2,
    }  # fmt: skip
    assert untaken.health()["duplicates"] == 0


def test_bot_run_and_mode_of_a_database_can_be_said(untaken: Untaken) -> None:
    database(untaken.folder / "tradesv3.sqlite", *whole_trade())
    untaken.done("import", "freqtrade", "tradesv3.sqlite", "--bot", "mine", "--run", "2024", "--mode", "live")
    untaken.done("run", "--until-idle")

    assert {(t["bot"], t["run"], t["mode"]) for t in untaken.trades().values()} == {("mine", "2024", "live")}


def test_a_database_and_a_result_are_not_imported_together(untaken: Untaken) -> None:
    database(untaken.folder / "tradesv3.sqlite", *whole_trade())
    result_file(untaken.folder / "backtest.json")

    assert "a trades database is imported by itself; name one file" in complaint(
        untaken("import", "freqtrade", "tradesv3.sqlite", "backtest.json")
    )


@pytest.mark.parametrize("option", [("--run", "2024"), ("--mode", "live")])
def test_a_backtest_has_its_own_run_and_mode(untaken: Untaken, option: tuple[str, str]) -> None:
    result_file(untaken.folder / "backtest.json")

    assert f"{option[0]} is for trades databases" in complaint(
        untaken("import", "freqtrade", "backtest.json", *option)
    )


def test_an_empty_database_is_a_check_that_failed(untaken: Untaken) -> None:
    database(untaken.folder / "tradesv3.sqlite")
    ran = untaken("import", "freqtrade", "tradesv3.sqlite")

    assert (ran.code, "no trade in this database yet" in ran.out) == (1, True)


def test_what_is_no_database_leaves_no_log(untaken: Untaken) -> None:
    untaken.file("tradesv3.sqlite", b"hello")

    assert "no SQLite database, or an encrypted one" in complaint(
        untaken("import", "freqtrade", "tradesv3.sqlite")
    )
    assert not (untaken.folder / LOG).exists()


def test_locks_hold_back_signals_that_a_table_brought(untaken: Untaken) -> None:
    untaken.file("signals.csv", HEADER + ROW.replace("BTC", "AAA").replace("10:00", "11:30"))
    untaken.done(
        "import", "csv", "signals.csv", "--as", "signals", "--bot", "Dip", "--run", "r", "--mode", "paper"
    )
    database(untaken.folder / "tradesv3.sqlite", *whole_trade(), [lock_row()])
    untaken.done("import", "freqtrade", "tradesv3.sqlite", "--run", "r")
    untaken.done("run", "--until-idle")
    rows = untaken.done("ledger", "--json").json["rows"]

    assert sorted((row["status"], row["blockers"]) for row in rows) == [
        ("blocked", ["StoplossGuard"]),
        ("filled", []),
    ]


def test_a_table_goes_from_file_to_ledger_and_counts_once(untaken: Untaken) -> None:
    untaken.file("signals.csv", HEADER + ROW)
    for _ in range(2):
        untaken.done("import", "csv", "signals.csv", "--as", "signals", "--bot", "mine")
    untaken.done("run", "--until-idle")

    (row,) = untaken.signals().values()
    assert (row["bot"], row["strategy"], row["repeats"]) == ("mine", "breakout", 0)


def test_a_check_shows_the_first_rows_and_writes_nothing(untaken: Untaken) -> None:
    untaken.file("signals.csv", HEADER + ROW + ROW.replace("64250", "n/a"))
    ran = untaken.done("import", "csv", "signals.csv", "--as", "signals", "--bot", "mine", "--check")

    assert ["price", "column", "'price'", "64250.0"] in [line.split() for line in ran.out.splitlines()]
    assert "1 refused: price was not a number such as 64250.5, with a point (first: line 3: 'n/a')" in ran.out
    assert "nothing was written; leave out --check to import" in ran.out
    assert not (untaken.folder / LOG).exists()


def test_a_check_in_json_holds_the_events_themselves(untaken: Untaken) -> None:
    untaken.file("signals.csv", HEADER + ROW)
    said = untaken.done(
        "import", "csv", "signals.csv", "--as", "signals", "--bot", "mine", "--check", "--json"
    ).json

    assert said["sources"]["signals"]["price"] == "column 'price'"
    assert [event["type"] for event in said["events"]["signals"]] == ["signal.emitted"]


def test_a_table_of_which_nothing_can_be_taken_is_a_check_that_failed(untaken: Untaken) -> None:
    untaken.file("signals.csv", HEADER + ROW.replace("64250", "n/a"))

    assert untaken("import", "csv", "signals.csv", "--as", "signals", "--bot", "mine").code == 1


WRONG = {
    "a column that is not there": (["--column", "price=clse"], "the column of price was 'clse'"),
    "a field that is not there": (["--column", "prise=price"], "did you mean 'price'"),
    "half an option": (["--column", "price"], "--column was 'price'; write it as FIELD=COLUMN"),
    "half a constant": (["--set", "=1"], "--set was '=1'; write it as FIELD=VALUE"),
    "an unknown unit": (["--unit", "minutes"], "unit was 'minutes'"),
    "an unknown zone": (["--timezone", "Mars"], ""),
}


@pytest.mark.parametrize(("options", "sentence"), WRONG.values(), ids=WRONG)
def test_options_that_cannot_be_meant_are_refused_and_leave_no_log(
    untaken: Untaken, options: list[str], sentence: str
) -> None:
    untaken.file("signals.csv", HEADER + ROW.replace("Z", ""))
    said = complaint(untaken("import", "csv", "signals.csv", "--as", "signals", "--bot", "mine", *options))

    assert sentence in said
    assert not (untaken.folder / LOG).exists()


def test_fields_without_a_kind_ask_for_it(untaken: Untaken) -> None:
    untaken.file("signals.csv", HEADER + ROW)

    assert "say which with --as, or write a mapping" in complaint(
        untaken("import", "csv", "signals.csv", "--column", "price=price")
    )


def test_declared_aliases_name_the_symbols_of_a_table(untaken: Untaken) -> None:
    declared = {
        "type": "run.declared", "id": "r", "at": "2024-03-01T00:00:00Z", "bot": "mine", "run": "r",
        "account_currency": "USDT", "symbols": {"XBT": "BTC/USDT"},
    }  # fmt: skip
    untaken.emitted(declared)
    untaken.file("signals.csv", HEADER + ROW.replace("BTC/USDT", "XBT"))
    untaken.done("import", "csv", "signals.csv", "--as", "signals", "--bot", "mine", "--run", "r")
    untaken.done("run", "--until-idle")

    (row,) = untaken.signals().values()
    assert (row["symbol"], row["meta"]) == ("BTC/USDT", {"reported_symbol": "XBT"})
