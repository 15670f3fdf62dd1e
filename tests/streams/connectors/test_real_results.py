"""Backtest results of real bots, held against the candles they were made on."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from tests.streams.connectors.builders import imported, notes, shared
from untaken.schemas.events.executions import OrderFilled, TradeClosed
from untaken.schemas.times import to_us
from untaken.streams.connectors.candles import Wishes, read_bars
from untaken.streams.connectors.report import ImportRefused

TESTDATA, GENETRADER = "freqtrade_testdata", "GeneTrader_freqtrade_backtests_subset"
BARS = {
    TESTDATA: "crypto_5m_freqtrade_btc_2018-01.parquet",
    GENETRADER: "crypto_5m_binance_genetrader_2024-01_04.parquet",
}
TIGHT = 1e-9

Bars = dict[tuple[str, int], tuple[float, float, float]]


def bars_of(folder: str) -> Bars:
    """Return open, high and low by symbol and opening time."""
    frame, _ = read_bars(shared("bars", BARS[folder]), Wishes())
    rows = frame.select("symbol", "open_at", "open", "high", "low").iter_rows()
    return {(symbol, open_at): (first, high, low) for symbol, open_at, first, high, low in rows}


def fills(path: Path) -> list[OrderFilled]:
    return [event for event in imported(path)[0] if isinstance(event, OrderFilled)]


def place(fill: OrderFilled, bars: Bars) -> str:
    """Say where in its candle a fill lies."""
    bar = bars.get((fill.symbol, to_us(fill.at)))
    if bar is None:
        return "no candle"
    first, high, low = bar
    if abs(fill.price - first) <= TIGHT * first:
        return "open"
    return "within" if low * (1 - TIGHT) <= fill.price <= high * (1 + TIGHT) else "outside"


@pytest.mark.parametrize("name", ["backtest-result.json", "backtest-result_multistrat.json"])
def test_freqtrades_own_results_enter_at_the_open_of_a_candle(name: str) -> None:
    bars = bars_of(TESTDATA)
    found = fills(shared("bots", TESTDATA, name))
    runs = len({fill.run for fill in found})
    entries = Counter(place(fill, bars) for fill in found if fill.role == "entry")
    exits = Counter(place(fill, bars) for fill in found if fill.role == "exit")

    assert entries == {"open": 179 * runs}
    assert exits["outside"] == 13 * runs
    assert exits["no candle"] == 0


def test_the_results_of_a_bot_enter_and_leave_within_their_candles() -> None:
    bars = bars_of(GENETRADER)
    folder = shared("bots", GENETRADER)
    found = [fill for path in sorted(folder.iterdir()) for fill in fills(path)]
    entries = Counter(place(fill, bars) for fill in found if fill.role == "entry")
    exits = Counter(place(fill, bars) for fill in found if fill.role == "exit")

    assert sum(exits.values()) == 97 + 94 + 96 + 91 + 92 + 65
    assert entries["outside"] + entries["no candle"] == 0
    assert exits["outside"] + exits["no candle"] == 0
    assert entries["open"] >= 0.99 * sum(entries.values())


def test_money_is_passed_on_as_the_files_book_it() -> None:
    events, report = imported(shared("bots", TESTDATA, "backtest-result_multistrat.json"))
    first = next(event for event in events if isinstance(event, TradeClosed))

    # The file books the difference of the two rates, whatever the stake was.
    assert first.pnl == pytest.approx(0.00010074887218 - 9.64e-05, rel=1e-6)
    assert "away from profit_ratio x stake_amount in 179 of 179 trades" in notes(report)
    assert {source.figures["matching_fee_bps"] for source in report.sources} == {25.0}


def test_the_other_files_beside_results_are_refused() -> None:
    for name, sentence in (
        ("backtest-result.meta.json", "meta file"),
        ("strategy_SampleStrategy.fthypt", "hyperopt"),
    ):
        with pytest.raises(ImportRefused, match=sentence):
            imported(shared("bots", TESTDATA, name))
