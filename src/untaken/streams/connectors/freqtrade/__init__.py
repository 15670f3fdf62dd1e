"""Backtest results and trades databases of freqtrade."""

from untaken.streams.connectors.freqtrade.database import is_database, read_database
from untaken.streams.connectors.freqtrade.reader import read_freqtrade

__all__ = ["is_database", "read_database", "read_freqtrade"]
