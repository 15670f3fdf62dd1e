"""Candles and backtest results through the command line: what is taken, and what is refused and why."""

import json
import pickle
import zipfile
from pathlib import Path

import pytest

from tests.cli.commands import LOG, Untaken, complaint
from tests.streams.connectors.builders import csv, result, result_file, rows, trade


def a_pickle() -> bytes:
    return pickle.dumps({"BTC/USDT": [1, 2, 3]})


NO_RESULTS = {
    "nothing there": (None, "backtest.json: cannot be read (No such file or directory); check the path"),
    "an empty file": (b"", "the file is empty; import a backtest result: backtest-result-....zip or .json"),
    "prose": (b"my best strategy", "not readable as JSON"),
    "half a result": (b'{"strategy": {"Dip": {"trades": [', "not readable as JSON"),
    "other JSON": (b'{"pair": "BTC/USDT"}', "no backtest result, for it has no `strategy`; found 'pair'"),
    "a list": (b"[1, 2]", "holds a list, no backtest result"),
    "a result of no strategy": (b'{"strategy": {}}', "a result without a strategy; import a backtest result"),
    "a result without trades": (b'{"strategy": {"Dip": {}}}', "strategy 'Dip' has no list of trades"),
    "a strategy that is a number": (b'{"strategy": {"Dip": 3}}', "strategy 'Dip' has no list of trades"),
    "a pickle": (a_pickle(), "a pickle is never opened, since it can run any code"),
    "a broken zip": (
        b"PK\x03\x04 and so on",
        "the zip cannot be unpacked (File is not a zip file); run the backtest again",
    ),
    "bytes that are no text": (b"\xff\xfe\x00", "not readable as JSON"),
}


@pytest.mark.parametrize(("content", "sentence"), NO_RESULTS.values(), ids=NO_RESULTS)
def test_a_file_that_is_no_backtest_result_is_refused(
    content: bytes | None, sentence: str, untaken: Untaken
) -> None:
    if content is not None:
        untaken.file("backtest.json", content)

    assert sentence in complaint(untaken("import", "freqtrade", "backtest.json"))
    assert not (untaken.folder / LOG).exists()


def test_a_pickle_beside_a_result_in_its_zip_is_left_alone(untaken: Untaken) -> None:
    result_file(untaken.folder / "backtest.json")
    with zipfile.ZipFile("backtest.zip", "w") as packed:
        packed.write("backtest.json")
        packed.writestr("backtest_signals.pkl", a_pickle())

    assert untaken.done("import", "freqtrade", "backtest.zip", "--json").json["counts"]["trade.closed"] == 1


def test_a_backtest_result_becomes_a_run_of_its_own_with_its_trades(untaken: Untaken) -> None:
    result_file(
        untaken.folder / "backtest.json", Dip=result(trade(), trade(open_timestamp=1_709_553_600_000))
    )
    said = untaken.done("import", "freqtrade", "backtest.json", "--json").json
    untaken.done("run", "--until-idle")
    trades = untaken.trades().values()

    assert said["counts"]["trade.closed"] == 2
    assert {(each["bot"], each["mode"]) for each in trades} == {("Dip", "backtest")}
    assert untaken.done("replay", "verify").code == 0


def test_a_result_imported_twice_counts_once(untaken: Untaken) -> None:
    result_file(untaken.folder / "backtest.json")
    untaken.done("import", "freqtrade", "backtest.json")
    untaken.done("run", "--until-idle")
    once = untaken.done("trades", "--json").json
    untaken.done("import", "freqtrade", "backtest.json")
    untaken.done("run", "--until-idle")

    assert untaken.done("trades", "--json").json == once


def test_an_import_tells_when_its_fees_are_not_those_of_shadow_trades(untaken: Untaken) -> None:
    result_file(untaken.folder / "backtest.json")

    assert (
        "these results paid fees of 10 bps a side, shadow trades pay 5"
        in untaken.done("import", "freqtrade", "backtest.json").out
    )


NO_CANDLES = {
    "nothing there": ("BTC_USDT-1h.csv", None, "cannot be read (No such file or directory); check the path"),
    "an empty file": ("BTC_USDT-1h.csv", b"", "the file is empty; a candle file has one row a bar"),
    "prose": (
        "BTC_USDT-1h.csv",
        b"hello",
        "no candle file; known are CSV, Parquet, Feather, JSON and Binance klines",
    ),
    "a pickle": (
        "BTC_USDT-1h.pkl",
        a_pickle(),
        "a pickle is never opened, since it can run any code; export it as",
    ),
    "half a Parquet file": ("BTC_USDT-1h.parquet", b"PAR1\x15\x04\x15", "damaged Parquet file ("),
    "rubbish for Feather": ("BTC_USDT-1h.feather", b"ARROW1\x00\x00rubbish", "damaged Feather file ("),
}


@pytest.mark.parametrize(("name", "content", "sentence"), NO_CANDLES.values(), ids=NO_CANDLES)
def test_a_file_that_holds_no_candles_is_refused(
    name: str, content: bytes | None, sentence: str, untaken: Untaken
) -> None:
    if content is not None:
        untaken.file(name, content)

    assert sentence in complaint(untaken("import", "candles", name))
    assert not (untaken.folder / LOG).exists()


def test_candles_without_symbol_or_interval_say_which_option_gives_them(untaken: Untaken) -> None:
    csv(untaken.folder / "prices.csv", rows())

    assert "--symbol" in complaint(untaken("import", "candles", "prices.csv"))


def test_dirty_candles_are_taken_as_far_as_they_are_good_and_the_rest_is_told(untaken: Untaken) -> None:
    good = rows(6)
    impossible = (good[2][0], 100.0, 90.0, 95.0, 92.0, 1.0)
    csv(Path("BTC_USDT-5m.csv"), [good[5], good[0], good[0], good[1], impossible, good[3], good[4]])
    ran = untaken.done("import", "candles", "BTC_USDT-5m.csv", "--json")
    untaken.done("run", "--until-idle")

    assert ran.json["counts"]["market.bar"] == 5
    assert untaken.health()["dead_letters"] == {}
    assert json.dumps(ran.json, default=str).count("high") >= 1
