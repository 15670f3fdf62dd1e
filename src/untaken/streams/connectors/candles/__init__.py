"""Candles from files."""

from untaken.streams.connectors.candles.reader import candle_files, read_bars, read_candles
from untaken.streams.connectors.candles.table import Wishes

__all__ = ["Wishes", "candle_files", "read_bars", "read_candles"]
