"""The demo on whatever candles it is given, clean or not."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from tests.streams.connectors.builders import shared
from untaken.demo import run_demo
from untaken.demo.market import Series, load_series
from untaken.demo.real import account_currency, quote_of
from untaken.streams.connectors.candles import Wishes
from untaken.streams.connectors.report import ImportRefused

HOUR_MS = 3_600_000


def candles(path: Path, bars: int = 400, step: float = 1.0) -> Path:
    lines = ["ts,open,high,low,close"]
    for place in range(bars):
        price = 100 + step * ((place * 37) % 11)
        lines.append(f"{1_600_000_000_000 + place * HOUR_MS},{price},{price + 1},{price - 1},{price + 0.5}")
    path.write_text("\n".join(lines) + "\n")
    return path


def in_log(folder: Path) -> str:
    return f"sqlite:///{folder / 'demo.db'}"


@pytest.mark.parametrize(
    "name",
    [
        "crypto_1m_freqtrade_xrpeth_2019-10",
        "crypto_5m_freqtrade_xrpusdt_perp_2021-11",
        "equity_1m_shy_lean_2008-03_dst_quote",
        "equity_1h_spy_lean_2010_2012",
    ],
)
def test_it_runs_on_real_candles_of_other_markets(tmp_path: Path, name: str) -> None:
    done = run_demo(in_log(tmp_path), [shared("bars", f"{name}.parquet")])

    assert done.signals > 50
    assert done.candles.refused == 0


def test_only_symbols_in_the_currency_of_the_account_are_traded(tmp_path: Path) -> None:
    paths = [candles(tmp_path / f"{pair}-1h.csv") for pair in ("AAA_USDT", "BBB_USDT", "CCC_BTC")]
    done = run_demo(in_log(tmp_path), paths)

    assert done.symbols == ("AAA/USDT", "BBB/USDT")
    assert done.candles.counts["market.bar"] == 1_200


def test_a_folder_of_candles_may_be_given(tmp_path: Path) -> None:
    folder = tmp_path / "candles"
    folder.mkdir()
    candles(folder / "AAA_USDT-1h.csv")
    candles(folder / "BBB_USDT-1h.csv")

    assert run_demo(in_log(tmp_path), [folder]).symbols == ("AAA/USDT", "BBB/USDT")


def test_a_market_that_stands_still_gives_no_signals_and_no_error(tmp_path: Path) -> None:
    lines = [f"{1_600_000_000_000 + place * HOUR_MS},5,5,5,5" for place in range(300)]
    (tmp_path / "AAA_USD-1h.csv").write_text("\n".join(["ts,open,high,low,close", *lines]) + "\n")

    assert run_demo(in_log(tmp_path), [tmp_path / "AAA_USD-1h.csv"]).signals == 0


def test_a_file_without_candles_is_refused(tmp_path: Path) -> None:
    (tmp_path / "notes.csv").write_text("hello\n")

    with pytest.raises(ImportRefused, match="no candle file"):
        run_demo(in_log(tmp_path), [tmp_path / "notes.csv"])


def test_of_a_symbol_in_two_files_the_finest_bars_are_traded_on(tmp_path: Path) -> None:
    fine = pl.read_csv(candles(tmp_path / "hourly.csv"))
    coarse = tmp_path / "AAA_USD-4h.csv"
    fine.gather_every(4).write_csv(coarse)
    (tmp_path / "hourly.csv").rename(tmp_path / "AAA_USD-1h.csv")

    found = load_series([coarse, tmp_path / "AAA_USD-1h.csv"], Wishes())

    assert [(series.symbol, series.interval_us) for series in found] == [("AAA/USD", HOUR_MS * 1000)]


def named(tmp_path: Path, symbol: str) -> Series:
    return load_series([candles(tmp_path / "bars.csv", 60)], Wishes(symbol=symbol))[0]


def test_the_account_counts_in_what_most_symbols_are_quoted_in(tmp_path: Path) -> None:
    series = [named(tmp_path, symbol) for symbol in ("A/BTC", "B/USDT:USDT", "C/USDT", "SPY")]

    assert account_currency(series) == "USDT"
    assert account_currency(series[3:]) == "USD"
    assert [quote_of(each) for each in series] == ["BTC", "USDT", "USDT", None]
