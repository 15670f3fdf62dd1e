"""Candles from files."""

from untaken.streams.connectors.candles.reader import read_bars, read_candles
from untaken.streams.connectors.candles.table import Wishes

__all__ = ["Wishes", "read_bars", "read_candles"]
