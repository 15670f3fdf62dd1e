"""Candles of exchanges and brokers as they are, gaps, crossed quotes and clock changes included."""

from __future__ import annotations

import polars as pl
import pytest

from tests.streams.connectors.builders import shared, taken
from untaken.schemas.events.market import MarketBar
from untaken.schemas.times import to_us
from untaken.streams.connectors.candles import Wishes, read_bars, read_candles

FILES = {
    "crypto_1m_btcperp_nautilus_2022-01a": ("1m", 14_459, 0),
    "crypto_1m_coinbase_lean_2018-04_quote": ("1m", 7_192, 0),
    "crypto_1m_coinbase_lean_2018-04_trade": ("1m", 6_336, 0),
    "crypto_1m_freqtrade_xrpeth_2019-10": ("1m", 2_469, 0),
    "crypto_5m_binance_genetrader_2024-01_04": ("5m", 243_936, 0),
    "crypto_5m_freqtrade_btc_2018-01": ("5m", 57_546, 0),
    "crypto_5m_freqtrade_xrpusdt_perp_2021-11": ("5m", 1_999, 0),
    "equity_1h_spy_lean_2010_2012": ("1h", 5_263, 0),
    "equity_1m_shy_lean_2008-03_dst_quote": ("1m", 910, 0),
    "equity_1m_shy_lean_2008-03_dst_trade": ("1m", 652, 0),
    "equity_1m_spy_lean_2013-10_quote": ("1m", 5_412, 24),
    "equity_1m_spy_lean_2013-10_trade": ("1m", 4_839, 0),
    "fx_1m_eurusd_fxcm_lean_2014-05_quote": ("1m", 9_590, 1_019),
    "fx_1m_gbpusd_fxcm_nautilus_2012-02_quote": ("1m", 30_117, 1_203),
}
"""Interval, bars, and bars with a bid above the ask at some point."""


@pytest.mark.parametrize("name", FILES)
def test_every_bar_of_a_real_file_is_taken(name: str) -> None:
    interval, count, crossed = FILES[name]
    bars, report = read_bars(shared("bars", f"{name}.parquet"), Wishes())

    assert (bars.height, report.refused, report.figures["intervals"]) == (count, 0, [interval])
    assert ("ask" in report.figures["sides"]) == name.endswith("quote")
    assert any(f"{crossed:,} bars have a bid above the ask" in note for note in report.notes) == bool(crossed)


def test_the_events_say_what_the_file_says() -> None:
    path = shared("bars", "fx_1m_eurusd_fxcm_lean_2014-05_quote.parquet")
    events, _ = taken(read_candles([path]))
    bars = [event for event in events if isinstance(event, MarketBar)]
    names = ("open", "high", "low", "close", "bid_open", "bid_low", "ask_high", "ask_close")

    got = pl.DataFrame(
        [(to_us(bar.open_at), *(getattr(bar, name) for name in names)) for bar in bars], orient="row"
    )
    expected = pl.read_parquet(path).select(pl.col("ts").dt.epoch("us"), *names)

    assert got.rows() == expected.rows()
