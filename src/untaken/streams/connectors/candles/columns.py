"""Which column of a candle file is which."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from untaken.streams.connectors.report import ImportRefused

PRICES = ("open", "high", "low", "close")
BID = tuple(f"bid_{price}" for price in PRICES)
ASK = tuple(f"ask_{price}" for price in PRICES)
BINANCE = (
    "open_time", "open", "high", "low", "close", "volume", "close_time",
    "quote_volume", "count", "taker_buy_volume", "taker_buy_quote_volume", "ignore",
)  # fmt: skip
"""Binance's kline columns in order; its files came without a header until 2025, with times in ms, later us."""
FREQTRADE = ("date", "open", "high", "low", "close", "volume")

# The first name present wins: names that can only be the bar's open come before bare ones.
_TIMES = (
    "open_at", "open_time", "opentime", "time_open", "kline_open_time", "kline_start_time", "time_period_start",
    "open_timestamp", "bar_open", "start_time", "start_at", "unix", "unix_timestamp", "ts", "timestamp",
    "timestamp_utc", "date_utc", "datetime_utc", "time_utc", "gmt_time", "time_gmt", "datetime", "date_time",
    "date", "time", "start", "t",
)  # fmt: skip
_NAMES: Mapping[str, tuple[str, ...]] = {
    "time": _TIMES,
    "open": ("open", "o", "open_price", "price_open"),
    "high": ("high", "h", "high_price", "price_high", "max"),
    "low": ("low", "l", "low_price", "price_low", "min"),
    "close": ("close", "c", "close_price", "price_close"),
    "volume": ("volume", "vol", "v", "base_volume", "tickvol", "tick_volume"),
    "symbol": ("symbol", "pair", "ticker", "instrument", "market", "tic"),
    "interval": ("interval", "timeframe", "tf"),
    "close_time": (
        "close_time",
        "closetime",
        "close_at",
        "time_close",
        "kline_close_time",
        "time_period_end",
    ),
    "clock": ("time",),
}


@dataclass(frozen=True)
class Layout:
    """The file's own column names by what they mean, and those that are left aside."""

    columns: Mapping[str, str]
    aside: tuple[str, ...]

    @property
    def utc_by_name(self) -> bool:
        """The time column says itself that it is UTC."""
        return re.search(r"utc|gmt", self.columns["time"], flags=re.IGNORECASE) is not None

    def has(self, names: Iterable[str]) -> bool:
        return all(name in self.columns for name in names)


def read_layout(names: list[str], place: str) -> Layout:
    """Recognise columns by name, whatever the case and punctuation.

    Raises ImportRefused where the file has no open time or no prices.
    """
    present: dict[str, str] = {}
    for name in names:
        present.setdefault(_plain(name), name)
    columns = {meaning: present[known] for meaning, known in _matches(present)}
    if columns.get("clock") == columns.get("time") or _plain(columns.get("time", "")) != "date":
        columns.pop("clock", None)
    layout = Layout(columns, tuple(name for name in names if name not in columns.values()))
    _check(layout, names, place)
    return layout


def _matches(present: Mapping[str, str]) -> Iterable[tuple[str, str]]:
    for meaning, candidates in [*_NAMES.items(), *_sides()]:
        known = next((name for name in candidates if name in present), None)
        if known is not None:
            yield meaning, known


def _sides() -> Iterable[tuple[str, tuple[str, ...]]]:
    for side in ("bid", "ask"):
        for price in PRICES:
            short = price[0]
            yield (
                f"{side}_{price}",
                (f"{side}_{price}", f"{side}{price}", f"{price}_{side}", f"{side}_{short}"),
            )


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "_", name.strip().lstrip("\ufeff").lower()).strip("_")


def _check(layout: Layout, names: list[str], place: str) -> None:
    shown = ", ".join(repr(name[:40]).strip("'") for name in names[:12]) + (
        ", ..." if len(names) > 12 else ""
    )
    if not (layout.has(PRICES) or layout.has(BID) or layout.has(ASK)):
        missing = [price for price in PRICES if price not in layout.columns]
        raise ImportRefused(
            f"{place}: no candle file, for it has no column {' or '.join(missing)}; found {shown or 'nothing'}; "
            "needed are the bar's open time, open, high, low and close"
        )
    if "time" not in layout.columns:
        raise ImportRefused(
            f"{place}: no column with the bar's open time; found {shown}; "
            "name it ts, date, timestamp or open_time"
        )
