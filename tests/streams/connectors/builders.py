"""Small candle and backtest files, and ways to read what became of them."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import pytest

from untaken.schemas.base import Event
from untaken.schemas.codec import decode
from untaken.schemas.events.market import MarketBar
from untaken.streams.connectors.candles import read_candles
from untaken.streams.connectors.freqtrade import read_freqtrade
from untaken.streams.connectors.report import Import, ImportReport

MARCH_4_S = 1_709_546_400
"""2024-03-04 10:00 UTC."""

Row = tuple[object, ...]


def shared(*parts: str) -> Path:
    """Return a path to the shared market data; skips the test where there is none."""
    default = Path(__file__).resolve().parents[4] / "shared"
    path = Path(os.environ.get("UNTAKEN_SHARED", str(default))).joinpath("data", *parts)
    if not path.exists():
        pytest.skip(f"no shared data at {path}; set UNTAKEN_SHARED")
    return path


def rows(count: int = 4, step_s: int = 300, start_s: int = MARCH_4_S) -> list[Row]:
    """Return bars as (epoch seconds, open, high, low, close, volume)."""
    return [
        (start_s + place * step_s, 100.0 + place, 101.0 + place, 99.0 + place, 100.5 + place, 7.0)
        for place in range(count)
    ]


def csv(
    path: Path,
    lines: Iterable[Row],
    header: str | None = "ts,open,high,low,close,volume",
    separator: str = ",",
) -> Path:
    text = [separator.join("" if cell is None else str(cell) for cell in line) for line in lines]
    path.write_text("\n".join([*([header] if header is not None else []), *text]) + "\n")
    return path


def taken(source: Import) -> tuple[list[Event], ImportReport]:
    """Read an import to its end; every entry is decoded by the codec that judges all events."""
    entries = [entry for batch in source for entry in batch]
    assert all(entry.backfill for entry in entries)
    return [decode(entry.value) for entry in entries], source.report


def bars(path: Path | Sequence[Path], **wishes: Any) -> tuple[list[MarketBar], ImportReport]:
    events, report = taken(read_candles([path] if isinstance(path, Path) else path, **wishes))
    return [event for event in events if isinstance(event, MarketBar)], report


def notes(report: ImportReport) -> str:
    return "\n".join(report.lines())


def trade(**changes: Any) -> dict[str, Any]:
    """Return a freqtrade trade: long 10 units from 100 to 104 at 0.1 % fee, net 3.796."""
    return {
        "pair": "AAA/USDT",
        "stake_amount": 1000.0,
        "max_stake_amount": 1000.0,
        "amount": 10.0,
        "open_date": "2024-03-04 10:00:00+00:00",
        "close_date": "2024-03-04 11:00:00+00:00",
        "open_timestamp": MARCH_4_S * 1000,
        "close_timestamp": (MARCH_4_S + 3600) * 1000,
        "open_rate": 100.0,
        "close_rate": 104.0,
        "fee_open": 0.001,
        "fee_close": 0.001,
        "profit_ratio": 0.037922,
        "profit_abs": 37.96,
        "exit_reason": "roi",
        "initial_stop_loss_ratio": -0.1,
        "is_open": False,
        "is_short": False,
        "leverage": 1.0,
        "enter_tag": "dip",
        **changes,
    }


def order(
    *, entry: bool = True, side: str = "buy", price: float = 100.0, amount: float = 10.0, after_s: int = 0
) -> dict[str, Any]:
    return {
        "amount": amount,
        "safe_price": price,
        "ft_order_side": side,
        "order_filled_timestamp": (MARCH_4_S + after_s) * 1000,
        "ft_is_entry": entry,
        "ft_order_tag": "",
    }


def result(*trades: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """Return one strategy's part of a backtest result."""
    return {
        "trades": list(trades or [trade()]),
        "locks": [],
        "stake_currency": "USDT",
        "starting_balance": 5000.0,
        "timeframe": "5m",
        "stoploss": -0.1,
        "minimal_roi": {"0": 0.04, "60": 0.01},
        "trailing_stop": False,
        "use_custom_stoploss": False,
        "rejected_signals": 0,
        **changes,
    }


def result_file(path: Path, **strategies: dict[str, Any]) -> Path:
    path.write_text(json.dumps({"strategy": strategies or {"Dip": result()}, "strategy_comparison": []}))
    return path


def imported(path: Path, **wishes: Any) -> tuple[list[Event], ImportReport]:
    return taken(read_freqtrade([path], **wishes))
