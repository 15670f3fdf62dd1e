"""Every format of candle file gives the same bars."""

from __future__ import annotations

import gzip
import io
import json
import zipfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

from tests.streams.connectors.builders import MARCH_4_S, bars, csv, notes, rows
from untaken.schemas.codec import encode
from untaken.streams.connectors.candles import read_candles
from untaken.streams.connectors.report import ImportRefused

TEN = datetime(2024, 3, 4, 10, tzinfo=UTC)


def frame(count: int = 4) -> pl.DataFrame:
    names = ["date", "open", "high", "low", "close", "volume"]
    table = pl.DataFrame(rows(count), schema=names, orient="row")
    return table.with_columns(date=(pl.col("date") * 1000).cast(pl.Datetime("ms", "UTC")))


def kline(row: tuple[object, ...], per_second: int = 1000, length_s: int = 300) -> list[object]:
    opened = int(str(row[0])) * per_second
    texts = [f"{price:.2f}" for price in map(float, map(str, row[1:5]))]
    return [opened, *texts, "7.0", opened + length_s * per_second - 1, "700.0", 12, "3.0", "300.0", "0"]


def test_a_csv_becomes_bars_that_close_an_interval_after_they_open(tmp_path: Path) -> None:
    found, report = bars(csv(tmp_path / "BTC_USDT-5m.csv", rows()))

    assert [(bar.open_at, bar.at) for bar in found[:2]] == [
        (TEN, TEN + timedelta(minutes=5)),
        (TEN + timedelta(minutes=5), TEN + timedelta(minutes=10)),
    ]
    assert (found[0].symbol, found[0].interval, found[0].source) == ("BTC/USDT", "5m", "BTC_USDT-5m")
    assert (found[0].open, found[0].high, found[0].low, found[0].close, found[0].volume) == (
        100.0,
        101.0,
        99.0,
        100.5,
        7.0,
    )
    assert report.counts == {"market.bar": 4}


def test_the_event_is_written_as_the_codec_would_write_it(tmp_path: Path) -> None:
    source = read_candles([csv(tmp_path / "BTC_USDT-5m.csv", rows())])
    entries = [entry for batch in source for entry in batch if entry.type == "market.bar"]
    found, _ = bars(tmp_path / "BTC_USDT-5m.csv")

    assert [entry.value for entry in entries] == [encode(bar) for bar in found]
    assert {entry.symbol for entry in entries} == {"BTC/USDT"}


@pytest.mark.parametrize("ending", ["csv", "parquet", "feather", "json", "csv.gz", "json.gz", "zip"])
def test_every_format_gives_the_same_prices(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"BTC_USDT-5m.{ending}"
    as_lists = json.dumps([[int(str(row[0])) * 1000, *row[1:]] for row in rows()]).encode()
    as_csv = csv(tmp_path / "plain", rows()).read_bytes()
    if ending == "parquet":
        frame().write_parquet(path)
    elif ending == "feather":
        frame().write_ipc(path, compression="lz4")
    elif ending == "zip":
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("BTC_USDT-5m.csv", as_csv)
    else:
        content = as_lists if "json" in ending else as_csv
        path.write_bytes(gzip.compress(content) if ending.endswith("gz") else content)

    found, _ = bars(path)

    assert [(bar.open_at, bar.open, bar.close) for bar in found] == [
        (TEN + timedelta(minutes=5 * place), 100.0 + place, 100.5 + place) for place in range(4)
    ]
    assert {bar.symbol for bar in found} == {"BTC/USDT"}


@pytest.mark.parametrize("per_second", [1000, 1_000_000])
def test_binance_klines_are_read_without_a_header_in_milliseconds_and_microseconds(
    tmp_path: Path, per_second: int
) -> None:
    path = csv(
        tmp_path / "BTCUSDT-5m-2025-01.csv",
        map(tuple, (kline(row, per_second) for row in rows())),
        header=None,
    )

    found, report = bars(path)

    assert found[0].open_at == TEN
    assert (found[0].symbol, found[0].interval) == ("BTCUSDT", "5m")
    assert "quote currency not named" in notes(report)


def test_binance_klines_as_json_tell_their_interval_by_the_close_time(tmp_path: Path) -> None:
    path = tmp_path / "klines.json"
    path.write_text(json.dumps([kline(row, length_s=900) for row in rows(step_s=900)]))

    found, report = bars(path, symbol="BTC/USDT")

    assert {bar.interval for bar in found} == {"15m"}
    assert "interval 15m (the file states it)" in notes(report)


def test_klines_with_a_header_are_recognised_by_their_names(tmp_path: Path) -> None:
    header = "Open time,Open,High,Low,Close,Volume,Close time,Quote asset volume,Number of trades,a,b,Ignore"
    path = csv(tmp_path / "BTCUSDT-5m.csv", map(tuple, map(kline, rows())), header=header)

    found, report = bars(path, symbol="BTC/USDT")

    assert (len(found), found[0].open_at) == (4, TEN)
    assert "columns left aside: Quote asset volume" in notes(report)


def test_a_json_list_of_objects_is_read(tmp_path: Path) -> None:
    path = tmp_path / "bars.json"
    names = ("time", "o", "h", "l", "c", "v")
    path.write_text(json.dumps([dict(zip(names, row, strict=True)) for row in rows()]))

    found, _ = bars(path, symbol="ETH/USD", interval="5min")

    assert [(bar.open, bar.interval) for bar in found[:2]] == [(100.0, "5m"), (101.0, "5m")]


def test_futures_file_names_of_freqtrade_give_the_settled_pair(tmp_path: Path) -> None:
    found, _ = bars(csv(tmp_path / "XRP_USDT_USDT-5m-futures.csv", rows()))

    assert {bar.symbol for bar in found} == {"XRP/USDT:USDT"}


def test_a_freqtrade_feather_without_a_zone_is_utc_by_definition(tmp_path: Path) -> None:
    frame().with_columns(pl.col("date").dt.replace_time_zone(None)).write_ipc(
        tmp_path / "BTC_USDT-5m.feather"
    )

    found, _ = bars(tmp_path / "BTC_USDT-5m.feather")

    assert found[0].open_at == TEN


def test_bid_and_ask_columns_are_kept_beside_the_bid_as_price(tmp_path: Path) -> None:
    header = "Time,BidOpen,BidHigh,BidLow,BidClose,AskOpen,AskHigh,AskLow,AskClose"
    lines = [(*row[:5], *(float(str(price)) + 0.5 for price in row[1:5])) for row in rows()]

    found, report = bars(csv(tmp_path / "EUR_USD-5m.csv", lines, header=header))

    assert (found[0].open, found[0].bid_open, found[0].ask_open) == (100.0, 100.0, 100.5)
    assert (found[0].close, found[0].bid_close, found[0].ask_close) == (100.5, 100.5, 101.0)
    assert "open to close are the bid side" in notes(report)


def test_several_symbols_in_one_file_are_told_apart(tmp_path: Path) -> None:
    lines = [(symbol, *row) for symbol in ("BBB/USD", "AAA/USD") for row in rows()]

    found, _ = bars(csv(tmp_path / "all.csv", lines, header="pair,ts,open,high,low,close,volume"))

    assert [bar.symbol for bar in found[:4]] == ["AAA/USD", "BBB/USD", "AAA/USD", "BBB/USD"]


def test_aliases_and_the_given_names_are_used(tmp_path: Path) -> None:
    path = csv(tmp_path / "BTCUSDT-5m.csv", rows())

    aliased, _ = bars(path, aliases={"BTCUSDT": "BTC/USDT"}, source="binance")
    named, _ = bars(path, symbol="XBT/USD", interval="5m")

    assert {(bar.symbol, bar.source) for bar in aliased} == {("BTC/USDT", "binance")}
    assert {(bar.symbol, bar.source) for bar in named} == {("XBT/USD", "BTCUSDT-5m")}
    assert [bar.meta for bar in (aliased[0], named[0])] == [{"reported_symbol": "BTCUSDT"}] * 2


def test_the_most_common_spacing_is_the_interval_where_nothing_else_says_it(tmp_path: Path) -> None:
    lines = [row for place, row in enumerate(rows(30)) if place not in {4, 5, 11}]

    found, report = bars(csv(tmp_path / "prices.csv", lines), symbol="AAA/USD")

    assert {bar.interval for bar in found} == {"5m"}
    assert "interval 5m (the most common spacing)" in notes(report)


def test_a_folder_stands_for_the_candle_files_in_it(tmp_path: Path) -> None:
    csv(tmp_path / "AAA_USDT-5m.csv", rows())
    csv(tmp_path / "BBB_USDT-5m.csv", rows())
    csv(tmp_path / "BBB_USDT-8h-funding_rate.csv", rows())

    found, report = bars(tmp_path)

    assert {bar.symbol for bar in found} == {"AAA/USDT", "BBB/USDT"}
    assert "left out, it holds funding rates, not candles" in notes(report)


def test_reading_twice_gives_the_same_ids_and_another_price_another_id(tmp_path: Path) -> None:
    first, _ = bars(csv(tmp_path / "BTC_USDT-5m.csv", rows()))
    again, _ = bars(tmp_path / "BTC_USDT-5m.csv")
    changed, _ = bars(csv(tmp_path / "BTC_USDT-5m.csv", [(*row[:4], 100.25, 7.0) for row in rows()]))

    assert [bar.id for bar in first] == [bar.id for bar in again]
    assert len({bar.id for bar in first} | {bar.id for bar in changed}) == 8


def test_an_import_ends_with_an_event_that_names_digest_and_counts(tmp_path: Path) -> None:
    source = read_candles([csv(tmp_path / "BTC_USDT-5m.csv", rows())])
    last = [entry for batch in source for entry in batch][-1]
    event = json.loads(last.value)

    assert (last.type, event["counts"], event["source"]) == (
        "import.completed",
        {"market.bar": 4},
        "BTC_USDT-5m",
    )
    assert event["digest"] == source.report.sources[0].digest
    assert (event["since"], event["until"]) == ("2024-03-04T10:05:00.000000Z", "2024-03-04T10:20:00.000000Z")


def test_large_files_come_in_several_batches(tmp_path: Path) -> None:
    source = read_candles([csv(tmp_path / "BTC_USDT-1m.csv", rows(25_000, step_s=60, start_s=MARCH_4_S))])

    assert [len(batch) for batch in source] == [20_000, 5_000, 1]


def a_zip_of(path: Path, members: int) -> Path:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for place in range(members):
            archive.writestr(f"{place}.csv", "ts,open,high,low,close\n1709546400,1,1,1,1\n")
    path.write_bytes(buffer.getvalue())
    return path


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("empty.csv", b"", "the file is empty"),
        ("picture.csv", b"\x89PNG\r\n\x1a\n\x00\x00\x00", "no candle file"),
        ("notes.csv", b"hello,world,this,is,text\n1,2,3,4,5\n", "no column open or high or low or close"),
        ("times.csv", b"open,high,low,close\n1,1,1,1\n", "no column with the bar's open time"),
        ("header.csv", b"ts,open,high,low,close\n", "a header and no bar below it"),
        ("seven.csv", b"1709546400,1,1,1,1,1,1\n", "7 columns without a header"),
        ("broken.parquet", b"PAR1 torn", "damaged Parquet file"),
        ("broken.feather", b"ARROW1\x00\x00torn", "damaged Feather file"),
        ("broken.json", b"[[1709546400000,1,1,1", "damaged JSON"),
        ("widths.json", b"[[1,2,3],[1,2]]", "rows of [2, 3]"),
        ("result.json", b'{"strategy": {"A": {}}}', "no column open"),
        ("candles.pkl", b"\x80\x04\x95\x00", "a pickle is never opened"),
        ("torn.csv.gz", gzip.compress(b"ts,open,high,low,close\n", mtime=0)[:-9], "cannot be unpacked"),
        ("BTC_USDT-8h-funding_rate.csv", b"ts,open,high,low,close\n", "holds funding rates"),
    ],
)
def test_a_file_that_holds_no_candles_is_refused_in_one_sentence(
    tmp_path: Path, name: str, content: bytes, sentence: str
) -> None:
    (tmp_path / name).write_bytes(content)

    with pytest.raises(ImportRefused) as refusal:
        bars(tmp_path / name, symbol="AAA/USD", interval="5m")

    assert sentence in str(refusal.value)
    assert name in str(refusal.value)
    assert "\n" not in str(refusal.value)


def test_a_zip_with_two_tables_and_a_missing_file_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ImportRefused, match="holds 2 candle files"):
        bars(a_zip_of(tmp_path / "two.zip", 2), symbol="AAA/USD")
    with pytest.raises(ImportRefused, match="cannot be read"):
        bars(tmp_path / "nowhere.csv")
    (tmp_path / "folder").mkdir()
    with pytest.raises(ImportRefused, match="no candle file in this folder"):
        bars(tmp_path / "folder")
