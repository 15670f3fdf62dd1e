"""Trades databases of freqtrade."""

from untaken.streams.connectors.freqtrade.database.opening import is_database
from untaken.streams.connectors.freqtrade.database.reader import read_database

__all__ = ["is_database", "read_database"]
