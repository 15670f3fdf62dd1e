"""What lies in a reader's folder before a page begins."""

from __future__ import annotations

import json
import math
import shutil
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import polars as pl

from tests.house.sources import PACKAGE, ROOT
from tests.streams.connectors.builders import MARCH_4_S, result, trade
from tests.streams.connectors.databases import MINUTE, Row, database, lock_row, order_row, stamp, trade_row

Bar = tuple[int, float, float, float, float, float]

_FEE, _ROI, _STOP = 0.001, 0.01, 0.02
_STEP_S = 300
_EVERY = 50


def few_candles(folder: Path) -> None:
    """Put the first six weeks of the demo's candles there."""
    lines = (PACKAGE / "demo" / "data" / "EUR_USD-1h.csv").read_text().splitlines()
    (folder / "EUR_USD-1h.csv").write_text("\n".join(lines[:1000]) + "\n")


def freqtrade_user(folder: Path) -> None:
    """Put freqtrade's folders there: candles of one pair, and a backtest of a strategy on them."""
    candles = list(_candles(1_000))
    data, results = folder / "user_data" / "data" / "binance", folder / "user_data" / "backtest_results"
    data.mkdir(parents=True)
    results.mkdir()
    frame = pl.DataFrame(candles, schema=["date", "open", "high", "low", "close", "volume"], orient="row")
    stamped = frame.with_columns(pl.from_epoch("date", time_unit="s").dt.replace_time_zone("UTC"))
    stamped.write_ipc(data / "BTC_USDT-5m.feather", compression="lz4")
    trades = [_trade(candles, entry) for entry in range(_EVERY, len(candles) - _EVERY, _EVERY)]
    backtest = {
        "strategy": {"Wave": result(*trades, stoploss=-_STOP, minimal_roi={"0": _ROI}, rejected_signals=7)}
    }
    with zipfile.ZipFile(results / "backtest-result-2024-03-08_12-00-00.zip", "w") as archive:
        archive.writestr("backtest-result-2024-03-08_12-00-00.json", json.dumps(backtest))


def _candles(count: int) -> Iterator[Bar]:
    """Yield a slow wave with a faster one on it."""
    closes = [64_000 * (1 + 0.03 * math.sin(i / 60) + 0.004 * math.sin(i / 3.7)) for i in range(-1, count)]
    for place in range(count):
        first, last = round(closes[place], 2), round(closes[place + 1], 2)
        high, low = round(max(first, last) * 1.0005, 2), round(min(first, last) * 0.9995, 2)
        yield MARCH_4_S + place * _STEP_S, first, high, low, last, 10.0


def _trade(candles: list[Bar], entry: int) -> dict[str, Any]:
    """Return a long from the open of a candle to the first that reaches the stop or the ROI, as freqtrade books it."""
    rate = candles[entry][1]
    target, stop = rate * (1 + _ROI + _FEE) / (1 - _FEE), rate * (1 - _STOP)
    place = next(
        (i for i in range(entry, len(candles)) if candles[i][3] <= stop or candles[i][2] >= target),
        len(candles) - 1,
    )
    leaves = {True: ("stop_loss", stop), False: ("roi", target)}[candles[place][3] <= stop]
    if leaves[0] == "roi" and candles[place][2] < target:
        leaves = ("force_exit", candles[place][1])
    amount = round(1_000 / rate, 8)
    paid, got = amount * rate * (1 + _FEE), amount * leaves[1] * (1 - _FEE)
    return trade(
        pair="BTC/USDT",
        stake_amount=amount * rate,
        max_stake_amount=amount * rate,
        amount=amount,
        open_timestamp=candles[entry][0] * 1000,
        close_timestamp=candles[place][0] * 1000,
        open_rate=rate,
        close_rate=leaves[1],
        profit_abs=got - paid,
        profit_ratio=got / paid - 1,
        exit_reason=leaves[0],
        initial_stop_loss_ratio=-_STOP,
    )


_SIGNALS = """date,pair,side,close,enter_tag
2024-03-04 10:10:00+00:00,BTC/USDT,long,64950.0,dip
2024-03-04 11:05:00+00:00,BTC/USDT,long,65100.0,dip
2024-03-04 20:00:00+00:00,BTC/USDT,long,64700.0,dip
"""


def freqtrade_running(folder: Path) -> None:
    """Put freqtrade's folders there, the database of its dry run, and the signals that its strategy wrote down."""
    freqtrade_user(folder)
    order: Row = {"ft_pair": "BTC/USDT", "price": 65000.0, "average": 65000.0, "amount": 0.01, "filled": 0.01}
    trade_of_an_hour = trade_row(
        1, pair="BTC/USDT", open_rate=65000.0, close_rate=65200.0, amount=0.01, stake_amount=650.0,
        open_date=stamp(15 * MINUTE), close_date=stamp(60 * MINUTE), close_profit_abs=0.69802, close_profit=0.00107,
    )  # fmt: skip
    orders = [
        order_row(1, after=15 * MINUTE + MINUTE / 20, **order),
        order_row(2, side="sell", after=60 * MINUTE, **{**order, "average": 65200.0}),
    ]
    locks = [lock_row(pair="BTC/USDT", begin=61, end=120)]
    database(folder / "tradesv3.dryrun.sqlite", [trade_of_an_hour], orders, locks)
    (folder / "signals.csv").write_text(_SIGNALS)


def table_example(folder: Path) -> None:
    """Put the example of a table there."""
    shutil.copytree(ROOT / "examples" / "table", folder / "table")


PLACES: dict[str, Callable[[Path], None]] = {
    "docs/how-to/own-candles.md": few_candles,
    "docs/how-to/freqtrade.md": freqtrade_user,
    "docs/how-to/freqtrade-database.md": freqtrade_running,
    "docs/how-to/import-csv.md": table_example,
    "docs/tutorial/your-own-freqtrade.md": freqtrade_user,
    "README.md": freqtrade_user,
}
"""By page."""
